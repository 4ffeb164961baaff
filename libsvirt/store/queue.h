/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who waits for the store waits in order. SQLite lets whoever asks at the right moment go first,
 * and gives up; here everybody who is about to write takes a ticket in DIR/state.lock, and the
 * eldest goes next. Two locks of the open file description (fcntl(2)), which end with their
 * process: byte 0 is the turn, a byte at the number of the nanosecond since the boot is a ticket.
 * Order is all that this gives; that one writes at a time is SQLite's business. Private to store/
 * and its unit test.
 */
#pragma once

#include "base/patience.h"

#include <stdint.h>

struct sv_queue {
	int fd; /* of state.lock; -1: there is no order, and nothing is waited for */
	int64_t entered;
};
#define SV_QUEUE_EMPTY ((struct sv_queue){.fd = -1})

/* SV_E_BUSY: it was not this one's turn in time; see sv_queue_blame(). */
int sv_queue_enter(struct sv_queue *queue, struct sv_patience *patience,
		   struct sv_error *err) sv_must_check;
/* Harmless when it was not entered. */
void sv_queue_leave(struct sv_queue *queue);

/* SV_E_BUSY: who has the turn, as far as it can be seen, and what to do about it. fd: state.lock,
 * open for reading, or -1. */
int sv_queue_blame(int fd, const struct sv_patience *patience, struct sv_error *err);

/* The first line of state.lock, for whoever looks: the process whose turn it is, or was last; and
 * the longest turn that anybody ever had, in microseconds, with that process. */
#define SV_QUEUE_RECORD "%-10d %-12lld %-10d\n"
