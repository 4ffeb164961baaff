/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A wait for another process that ends after a limit and is reported to a watch. The caller checks
 * its condition between two sleeps. Must not know what is waited for.
 */
#pragma once

#include "base/watch.h"

struct sv_patience {
	const struct sv_watch *watch; /* or NULL */
	const char *path;	      /* what is waited for; borrowed */
	int64_t most_ms;
	int64_t since, told; /* 0: no wait yet */
};

/* Sleeps for ms. After a second, and each second from then on, watch is told SV_WORK_WAIT. SV_NONE:
 * the limit is reached. <0: watch ended the wait. */
int sv_patience_sleep(struct sv_patience *patience, int ms, struct sv_error *err) sv_must_check;
