/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The handle behind struct svirt, and the places where this installation keeps things. Every other
 * file of guest/ starts from it.
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
	char *state_dir, *run_dir, *conf_dir;
	struct sv_config conf;
	void (*warn)(void *data, const char *msg);
	void *warn_data;
	void (*progress)(void *data, const struct svirt_progress *progress);
	void *progress_data;
	const struct sv_signals *signals; /* held at this moment, borrowed; or NULL */
	bool undecided; /* nothing is reserved yet: whoever waits for the store may be interrupted
			 */
	struct sv_watch watch; /* for the layers below: asks signals, tells progress */
	bool rehearses;	       /* a dry run: what would change the host is left out */
};

/* The places only: svirt.conf is not read, sv->conf is empty. */
int sv_handle_paths(const char *root, struct svirt **ret, struct sv_error *err) sv_must_check;
/* open.c */

int sv_handle_open(const char *root, struct svirt **ret, struct sv_error *err) sv_must_check;
void sv_handle_close(struct svirt **sv);
#define sv_auto_handle sv_cleanup(sv_handle_close)

void sv_warn(const struct svirt *sv, const char *fmt, ...) sv_printf(2, 3);

/* The paths of a domain are this system's: an error for a handle with a root of its own. */
int sv_handle_check_live(const struct svirt *sv, struct sv_error *err) sv_must_check;

/* Makes the state and run directories when they are missing, and opens the store for writing. */
int sv_handle_store(struct svirt *sv, struct sv_store **ret, struct sv_error *err) sv_must_check;
/* The same, or, for a dry run, a rehearsal: the same code then takes the same decisions on a copy
 * of the store, and each function that would change the host asks sv->rehearses, or the store
 * itself, whether it may. */
int sv_handle_store_for(struct svirt *sv, bool dry_run, struct sv_store **ret,
			struct sv_error *err) sv_must_check;
