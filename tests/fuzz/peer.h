/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody at the other end of a socket, for targets that wait: it talks, stalls and closes as the
 * bytes of the input say, while the library waits, and time is what the peer makes of it. A call of
 * the library that listens for longer than it was told, or without an end, aborts.
 *
 * Link with --wrap of poll, recv, read and clock_gettime.
 */
#pragma once

#include "fuzz.h"

#include <stdbool.h>

struct peer {
	struct fuzz_in in; /* its script */
	int fd;		   /* its end; -1: it has closed */
	int ours;	   /* the library's end */
	int64_t ms;	   /* the time */
	bool packets;	   /* what it says is a packet each: no ends of lines are added */
	bool flood;	   /* it goes on with what it said last, as fast as it is read */
	uint8_t last[256]; /* what that was */
	size_t len;
	int64_t until; /* the time by which the call has to be over */
};
extern struct peer peer;

/* A pair of sockets of that type, the script in. */
void peer_begin(int type, struct fuzz_in in);
void peer_end(void);

/* The call that follows may take this long, and a little more. */
void peer_expect(int ms);
/* It did not take longer. */
void peer_check(void);
