/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much somebody may say: a bucket that holds so many, and is filled again at so many a second.
 * Who has emptied it says more than anybody who means well. Knows no clock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct sv_budget {
	unsigned rate, burst; /* a second, and at once */
	int64_t spent, at_ms;
};

/* One is said at now_ms, which never goes back. False: it was one too many. */
bool sv_budget_take(struct sv_budget *budget, int64_t now_ms);
