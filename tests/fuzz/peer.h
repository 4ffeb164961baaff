/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A peer at the other end of a socket, for targets that wait. It sends, stalls and closes as the
 * bytes of the input say, while the library waits, and it controls the time. A call of the library
 * that listens for longer than its timeout, or without end, aborts.
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
	bool packets;	   /* each send is a packet: no newlines are added */
	bool flood;	   /* it repeats its last output, as fast as it is read */
	uint8_t last[256]; /* that output */
	size_t len;
	int64_t until; /* the deadline of the call */
};
extern struct peer peer;

/* Makes a pair of sockets of that type; in is the script. */
void peer_begin(int type, struct fuzz_in in);
void peer_end(void);

/* The next call may take this long, and a little more. */
void peer_expect(int ms);
/* Checks that it did not take longer. */
void peer_check(void);
