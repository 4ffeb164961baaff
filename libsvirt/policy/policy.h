/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * svirt's own SELinux module in the host's module store (only policy/ knows libsemanage). It runs
 * with the rights of the administrator, in the caller's domain. A process that may write the store
 * controls the whole policy, so the manager's domain must never have that right.
 */
#pragma once

#include "base/error.h"

/* The name of the module, and its priority: that of an administrator's modules, above the
 * distribution's (100). */
#define SV_POLICY_MODULE   "svirt"
#define SV_POLICY_PRIORITY 400u

struct sv_policy_store {
	const char *root; /* of an offline tree, whose policy is not loaded; NULL: this host */
	/* Called before each step that takes long; text is static. May be NULL. */
	void (*progress)(void *data, const char *text);
	void *data;
};

struct sv_policy_status {
	bool installed; /* in the store, at any priority */
	bool enabled;
	unsigned priority; /* the highest */
	char lang[16];	   /* "cil", "pp" */
	bool loaded;	   /* the running kernel knows its types; false for a tree */
	bool same;	   /* the module in the store has exactly the text of the file */
};

/* module.c */

/* Compiles the module into the store's policy and loads the policy, which takes half a minute on
 * slow machines. A module of our name and priority is replaced. The error has the compiler's
 * message. The store is unchanged on failure. */
int sv_policy_install(const struct sv_policy_store *store, const char *cil_path,
		      struct sv_error *err) sv_must_check;

/* Removes the module. SV_NONE: it is not installed at our priority. The distribution's stays. */
int sv_policy_remove(const struct sv_policy_store *store, struct sv_error *err) sv_must_check;

int sv_policy_query(const struct sv_policy_store *store, const char *cil_path,
		    struct sv_policy_status *ret, struct sv_error *err) sv_must_check;
