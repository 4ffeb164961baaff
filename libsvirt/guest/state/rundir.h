/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RUN_DIR/NAME, the manager's directory for a guest, and the lock in it. The names in it are fixed,
 * so a guest's name cannot be the path of another guest's file:
 *   lock      held while the guest is alive (base/lock); guest/state/runtime has its record
 *   monitor   the control socket (guest/state/control)
 *   guest     the guest's own directory, with its label: a tmpfs of its own with a limit
 *             (svirt.conf: run_size), so that a guest that fills it takes no room from others
 * A user's guests have a plain directory there: a user may mount nothing.
 * A monitor may not unmount (CAP_SYS_ADMIN). So it moves the directory, empty and closed, into
 * RUN_DIR/.ended, where the next command removes it.
 */
#pragma once

#include "base/string.h"
#include "guest/state/handle.h"
#include "store/store.h"

enum sv_guest_file {
	SV_GUEST_DIR,	  /* RUN_DIR/NAME */
	SV_GUEST_LOCK,	  /* RUN_DIR/NAME/lock */
	SV_GUEST_MONITOR, /* RUN_DIR/NAME/monitor */
	SV_GUEST_OWN,	  /* RUN_DIR/NAME/guest */
};

/* Whether text can be the name of a guest: it becomes part of file names. */
int sv_guest_check_name(const char *name, struct sv_error *err) sv_must_check;

/* The caller owns *ret. */
int sv_guest_path(const struct svirt *sv, const char *name, enum sv_guest_file file, char **ret,
		  struct sv_error *err) sv_must_check;

/* Takes the lock of a guest without waiting, and makes its directory. SV_BUSY: another process
 * holds it. Closing the last duplicate of *ret releases the lock and leaves the file. A rehearsal
 * only looks whether the lock is free and makes nothing; *ret may be -1 then. */
int sv_guest_lock(const struct svirt *sv, const char *name, int *ret,
		  struct sv_error *err) sv_must_check;

/* Releases the lock, and removes its file and the guest's directory. What could not be removed of
 * the guest's own directory goes into RUN_DIR/.ended. Another command may take the lock at any
 * moment; sv_guest_lock() handles that. */
void sv_guest_unlock(const struct svirt *sv, const char *name, int *lock);

/* Makes the guest's own directory again, empty and with its label and owner from the start. The
 * caller holds the lock. */
int sv_rundir_make(const struct svirt *sv, const struct sv_lease *lease,
		   struct sv_error *err) sv_must_check;

/* Removes everything in a guest's directory except the lock. The caller holds the lock. SV_NONE:
 * the tmpfs stays mounted, empty, because this process may not unmount it. */
int sv_rundir_clear(const struct svirt *sv, const char *name, struct sv_error *err) sv_must_check;

/* sv_rundir_clear() at a guest's end, which must not fail: what cannot be removed is left, with a
 * warning, where no guest can reach it whatever its level. */
void sv_rundir_leave(const struct svirt *sv, const char *name);

/* Removes what ended guests have left in RUN_DIR/.ended. What cannot be removed is a warning. */
void sv_rundir_sweep(const struct svirt *sv);

/* The names of all guests that have a directory. Other entries of RUN_DIR are left, with a warning.
 * Without RUN_DIR there are no names. */
int sv_rundir_names(const struct svirt *sv, struct sv_strv *ret,
		    struct sv_error *err) sv_must_check;
