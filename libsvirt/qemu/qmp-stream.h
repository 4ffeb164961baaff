/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lines of JSON over a stream, each way: what the QMP client is made of. Knows no command and no
 * event. Bounded in memory by one line, in time by a deadline that a peer cannot talk away. Private
 * to qemu/qmp.
 */
#pragma once

#include "qemu/qmp.h"

#include <jansson.h>
#include <stdint.h>

struct sv_qmp_stream {
	int fd;
	int interrupt;		   /* -1: none */
	bool (*works)(void *data); /* whether a wait goes on past its deadline; NULL: never */
	void *works_data;
	int64_t good_until; /* it was asked, and said yes */
	bool closed;
	const char *broken; /* why nothing can be said any more; NULL: all is well */
	size_t n_in;
	char in[SV_QMP_MAX_LINE]; /* at most one unfinished line and one read behind it */
};

/* By the clock of sv_now_ms(). */
int64_t sv_qmp_deadline_in(int timeout_ms);

/* Ends all use of the stream: the emulator sent what it may not. */
int sv_qmp_nonsense(struct sv_qmp_stream *stream, struct sv_error *err, const char *what);
int sv_qmp_broken(const struct sv_qmp_stream *stream, struct sv_error *err);

/* For who has not had to wait: a peer that never stops talking never makes anybody poll. SV_NONE
 * when the deadline has passed. */
int sv_qmp_look_up(struct sv_qmp_stream *stream, int64_t deadline,
		   struct sv_error *err) sv_must_check;

/* The next line, an object; the caller owns *ret. Whatever the deadline is, what has arrived is
 * read once. SV_NONE when the deadline has passed, SV_SKIP when the peer has closed. */
int sv_qmp_read_message(struct sv_qmp_stream *stream, int64_t deadline, json_t **ret,
			struct sv_error *err) sv_must_check;

/* A command is sent whole or the stream is spoilt. SV_NONE on time-out, SV_SKIP when the peer has
 * closed: what it said before that can still be read. */
int sv_qmp_send_text(struct sv_qmp_stream *stream, const char *text, int64_t deadline,
		     struct sv_error *err) sv_must_check;
