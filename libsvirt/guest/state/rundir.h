/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RUN_DIR/NAME, the directory of a guest that is the manager's, and the lock in it. The names in it
 * are fixed, so no guest's name can be taken for the path of another guest's file:
 *   lock      held means alive (base/lock); the record in it is guest/state/runtime's
 *   monitor   the control socket (guest/state/control)
 *   guest     the guest's own directory, with its label: a tmpfs of its own with a limit
 *             (svirt.conf: run_size), so that what a guest writes there takes nothing from others
 * A monitor may not unmount (CAP_SYS_ADMIN): what it leaves, empty and closed, goes into
 * RUN_DIR/.ended, and from there with the next command.
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

/* Takes the lock of a guest without waiting, and makes what it lies in. SV_BUSY when somebody holds
 * it. Closing the last duplicate of *ret lets go, and leaves the file. A rehearsal looks whether it
 * could be had, and makes nothing: *ret may be -1 then. */
int sv_guest_lock(const struct svirt *sv, const char *name, int *ret,
		  struct sv_error *err) sv_must_check;

/* Lets go of the lock, and removes its file and the guest's directory; what could not be removed of
 * the guest's own goes into RUN_DIR/.ended. Another command may come at any moment: sv_guest_lock()
 * copes. */
void sv_guest_unlock(const struct svirt *sv, const char *name, int *lock);

/* Makes the guest's own directory anew: empty, with its label and owner from the start. The caller
 * holds the lock. */
int sv_rundir_make(const struct svirt *sv, const struct sv_lease *lease,
		   struct sv_error *err) sv_must_check;

/* What a guest has in its directory, but its lock, goes. The caller holds the lock. SV_NONE: what
 * is mounted there stays, empty, since this process may not unmount it. */
int sv_rundir_clear(const struct svirt *sv, const char *name, struct sv_error *err) sv_must_check;

/* The same at a guest's end, which nothing in there may put off: what cannot be removed is left,
 * with a warning, where no guest can reach it whatever level it gets. */
void sv_rundir_leave(const struct svirt *sv, const char *name);

/* What ended guests have left in RUN_DIR/.ended goes; what cannot be removed is a warning. */
void sv_rundir_sweep(const struct svirt *sv);

/* The names of all guests that have a directory. What else lies in RUN_DIR is no guest's: it is
 * left, with a warning. No RUN_DIR, no names. */
int sv_rundir_names(const struct svirt *sv, struct sv_strv *ret,
		    struct sv_error *err) sv_must_check;
