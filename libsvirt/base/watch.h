/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Long work says how far it is, and learns whether it is to go on. Who does the work knows neither
 * terminals nor signals; who watches knows nothing of the work.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

enum sv_work { SV_WORK_READ, SV_WORK_LABEL, SV_WORK_RESTORE, SV_WORK_WAIT };

struct sv_watch {
	/* total: 0 while it is not known. Anything but 0 ends the work: negative with *err filled.
	 */
	int (*fn)(void *data, enum sv_work work, const char *path, uint64_t done, uint64_t total,
		  struct sv_error *err);
	void *data;
};

/* After each piece of work, done of them so far; fn is called for each SV_WATCH_STEP of them, and
 * for the last. watch may be NULL: nobody looks. */
#define SV_WATCH_STEP 256u
int sv_watch_tell(const struct sv_watch *watch, enum sv_work work, const char *path, uint64_t done,
		  uint64_t total, struct sv_error *err) sv_must_check;
