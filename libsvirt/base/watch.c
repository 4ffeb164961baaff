/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Telling whoever watches: see watch.h. */
#include "base/watch.h"

int sv_watch_tell(const struct sv_watch *watch, enum sv_work work, const char *path, uint64_t done,
		  uint64_t total, struct sv_error *err)
{
	if (!watch || (done % SV_WATCH_STEP != 0 && done != total))
		return 0;
	return watch->fn(watch->data, work, path, done, total, err);
}
