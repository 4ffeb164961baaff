/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A callback for long work: it reports progress and may be told to stop. The work knows neither
 * terminals nor signals; the watch knows nothing of the work.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

enum sv_work { SV_WORK_READ, SV_WORK_LABEL, SV_WORK_RESTORE, SV_WORK_WAIT };

struct sv_watch {
	/* total: 0 while it is not known. 0: go on. Negative, with *err filled: end the work. */
	int (*fn)(void *data, enum sv_work work, const char *path, uint64_t done, uint64_t total,
		  struct sv_error *err);
	void *data;
};

/* Call this after each piece of work; done pieces are finished so far. fn is called after every
 * SV_WATCH_STEP pieces, and after the last. watch may be NULL. */
#define SV_WATCH_STEP 256u
int sv_watch_tell(const struct sv_watch *watch, enum sv_work work, const char *path, uint64_t done,
		  uint64_t total, struct sv_error *err) sv_must_check;
