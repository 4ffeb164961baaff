/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The handle behind struct svirt, with the paths of this installation. Every other file of guest/
 * uses it.
 */
#pragma once

#include "base/error.h"
#include "base/watch.h"
#include "domain/resource/resource.h"
#include "driver/driver.h"
#include "guest/state/config.h"
#include "guest/state/signals.h"
#include "store/store.h"

struct svirt_progress;

struct svirt {
	char *root; /* "" or a directory that stands for "/" */
	bool user;  /* the guests of the user who calls, who is not root: see user.h */
	char *state_dir, *run_dir, *conf_dir;
	struct sv_config conf;
	void (*warn)(void *data, const char *msg);
	void *warn_data;
	void (*progress)(void *data, const struct svirt_progress *progress);
	void *progress_data;
	const struct sv_signals *signals; /* held at this moment, borrowed; or NULL */
	bool interruptible;    /* nothing is reserved, so a wait for the store may be interrupted */
	struct sv_watch watch; /* for the layers below: checks signals, reports progress */
	bool rehearses;	       /* a dry run: nothing that changes the host is done */
};

/* A handle with the paths only: svirt.conf is not read, sv->conf is empty. */
int sv_handle_paths(const char *root, struct svirt **ret, struct sv_error *err) sv_must_check;
/* The same for the guests of the user who calls. SV_E_USAGE: it is root. */
int sv_handle_user_paths(struct svirt **ret, struct sv_error *err) sv_must_check;

/* open.c */

/* As sv_handle_open() below. The configuration decides neither what confines the user's guests nor
 * whom they run as. SV_E_HOST also on a host with SELinux. */
int sv_handle_user_open(struct svirt **ret, struct sv_error *err) sv_must_check;
int sv_handle_open(const char *root, struct svirt **ret, struct sv_error *err) sv_must_check;
void sv_handle_close(struct svirt **sv);
#define sv_auto_handle sv_cleanup(sv_handle_close)

void sv_warn(const struct svirt *sv, const char *fmt, ...) sv_printf(2, 3);

/* An error for a handle with a root (--root), because the paths of a domain are those of the
 * running system. */
int sv_handle_check_live(const struct svirt *sv, struct sv_error *err) sv_must_check;

/* Makes the state and run directories when they are missing, and opens the store for writing. */
int sv_handle_store(struct svirt *sv, struct sv_store **ret, struct sv_error *err) sv_must_check;
/* sv_handle_store() or, for a dry run, a rehearsal: the same code then takes the same decisions on
 * a copy of the store. Each function that would change the host has to check sv->rehearses, or the
 * store. */
int sv_handle_store_for(struct svirt *sv, bool dry_run, struct sv_store **ret,
			struct sv_error *err) sv_must_check;
