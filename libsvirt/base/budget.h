/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A limit on the messages of a peer (token bucket): it holds burst tokens and gets rate new ones a
 * second. A peer that empties it sends more than any well-behaved one. Knows no clock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct sv_budget {
	unsigned rate, burst; /* messages a second, and at once */
	int64_t spent, at_ms;
};

/* Counts one message at now_ms, which never goes back. False: it was one too many. */
bool sv_budget_take(struct sv_budget *budget, int64_t now_ms);
