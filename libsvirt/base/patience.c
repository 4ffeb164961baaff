/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting: see patience.h. */
#include "base/patience.h"

#include "base/proc.h"

#include <time.h>

#define TELL_MS 1000

int sv_patience_sleep(struct sv_patience *p, int ms, struct sv_error *err)
{
	const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L};
	int64_t now = sv_now_ms();

	if (!p->since)
		p->since = p->told = now;
	if (now - p->since >= p->most_ms)
		return SV_NONE;
	if (p->watch && now - p->told >= TELL_MS) {
		int r = p->watch->fn(p->watch->data, SV_WORK_WAIT, p->path,
				     (uint64_t)(now - p->since) / 1000, (uint64_t)p->most_ms / 1000,
				     err);

		if (r < 0)
			return r;
		p->told = now;
	}
	(void)nanosleep(&pause, NULL);
	return 0;
}
