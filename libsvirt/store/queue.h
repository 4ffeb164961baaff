/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writers wait for the store in the order in which they came. SQLite alone would let whoever asks
 * at the right moment go first, and would give up. Here every writer takes a ticket in
 * DIR/state.lock, and the oldest ticket goes next. Both are open-file-description locks (fcntl(2)),
 * which end with their process: byte 0 is the turn; the byte at the current nanosecond since the
 * boot is the ticket. The queue gives the order only; SQLite keeps writers apart. Private to store/
 * and its unit test.
 */
#pragma once

#include "base/patience.h"

#include <stdint.h>

struct sv_queue {
	int fd; /* of state.lock; -1: no queue, so nothing is waited for */
	int64_t entered;
};
#define SV_QUEUE_EMPTY ((struct sv_queue){.fd = -1})

/* Waits for the turn. SV_E_BUSY: it did not come in time; see sv_queue_blame(). */
int sv_queue_enter(struct sv_queue *queue, struct sv_patience *patience,
		   struct sv_error *err) sv_must_check;
/* Gives the turn up. Harmless when the queue was not entered. */
void sv_queue_leave(struct sv_queue *queue);

/* Fills err with SV_E_BUSY: which process has the turn, as far as it is known, and what to do. fd:
 * state.lock, open for reading, or -1. */
int sv_queue_blame(int fd, const struct sv_patience *patience, struct sv_error *err);

/* The first line of state.lock: the process whose turn it is or was last; the longest turn so far,
 * in microseconds; and the process that had it. */
#define SV_QUEUE_RECORD "%-10d %-12lld %-10d\n"
