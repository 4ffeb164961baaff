/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sends and receives lines of JSON over a stream, for the QMP client. Memory is bounded by one
 * line, time by a deadline that a peer cannot extend by talking. Knows no command and no event.
 * Private to qemu/qmp.
 */
#pragma once

#include "qemu/qmp.h"

#include <jansson.h>
#include <stdint.h>

struct sv_qmp_stream {
	int fd;
	int interrupt;		   /* -1: none */
	bool (*works)(void *data); /* whether to wait past the deadline; NULL: never */
	void *works_data;
	int64_t good_until; /* works() said yes; not asked again before */
	bool closed;
	const char *broken; /* why the stream cannot be used any more; NULL: it can */
	size_t n_in;
	char in[SV_QMP_MAX_LINE]; /* at most one unfinished line and one read behind it */
};

/* By the clock of sv_now_ms(). */
int64_t sv_qmp_deadline_in(int timeout_ms);

/* Ends all use of the stream, because the emulator broke the protocol. */
int sv_qmp_nonsense(struct sv_qmp_stream *stream, struct sv_error *err, const char *what);
int sv_qmp_broken(const struct sv_qmp_stream *stream, struct sv_error *err);

/* Checks deadline and interruption without waiting, because with a peer that never stops talking
 * nobody gets to poll. SV_NONE: the deadline has passed. */
int sv_qmp_look_up(struct sv_qmp_stream *stream, int64_t deadline,
		   struct sv_error *err) sv_must_check;

/* The next line, which is an object; the caller owns *ret. What has arrived is read once whatever
 * the deadline. SV_NONE: the deadline has passed. SV_SKIP: the peer has closed. */
int sv_qmp_read_message(struct sv_qmp_stream *stream, int64_t deadline, json_t **ret,
			struct sv_error *err) sv_must_check;

/* Sends a command. When only a part could be sent, the stream is broken. SV_NONE: time-out.
 * SV_SKIP: the peer has closed; what it sent before can still be read. */
int sv_qmp_send_text(struct sv_qmp_stream *stream, const char *text, int64_t deadline,
		     struct sv_error *err) sv_must_check;
