/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A wait for somebody else, which has an end and is not silent. Who waits looks again between two
 * sleeps; must not know what is waited for.
 */
#pragma once

#include "base/watch.h"

struct sv_patience {
	const struct sv_watch *watch; /* or NULL */
	const char *path;	      /* of what is waited for; borrowed */
	int64_t most_ms;
	int64_t since, told; /* 0: nothing was waited for yet */
};

/* Sleeps for ms; watch is told SV_WORK_WAIT after a second, and each second from then on. SV_NONE:
 * it has been as long as it may. <0: watch ends it. */
int sv_patience_sleep(struct sv_patience *patience, int ms, struct sv_error *err) sv_must_check;
