/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * svirt's own SELinux module in the host's module store (libsemanage, only here). Runs with the
 * rights of the administrator who asks for it, in the caller's domain: whoever may write the
 * store controls the whole policy, so the manager's domain never may.
 */
#pragma once

#include "base/error.h"

/* The name of the module, and where it stands among modules of that name: above the distribution's
 * (100), where an administrator's are. */
#define SV_POLICY_MODULE   "svirt"
#define SV_POLICY_PRIORITY 400u

struct sv_policy_store {
	const char *root; /* of an offline tree, NULL: this host. Nothing is loaded for a tree */
	/* Told before each step that takes long; text is static. May be NULL. */
	void (*progress)(void *data, const char *text);
	void *data;
};

struct sv_policy_status {
	bool installed; /* in the store, at any priority */
	bool enabled;
	unsigned priority; /* the one that counts */
	char lang[16];	   /* "cil", "pp" */
	bool loaded;	   /* the running kernel knows its types; false for a tree */
	bool same;	   /* what counts says just what the file of the query says */
};

/* Compiles the module into the store's policy and loads that: half a minute on slow machines. A
 * module of our name and priority is replaced. What the compiler says is the error's text. The
 * store is unchanged on failure. */
int sv_policy_install(const struct sv_policy_store *store, const char *cil_path,
		      struct sv_error *err) sv_must_check;

/* SV_NONE when it is not installed at our priority (the distribution's stays). */
int sv_policy_remove(const struct sv_policy_store *store, struct sv_error *err) sv_must_check;

int sv_policy_query(const struct sv_policy_store *store, const char *cil_path,
		    struct sv_policy_status *ret, struct sv_error *err) sv_must_check;
