/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scripted peer for the tests of the QMP client: a forked child plays QEMU on the other end of a
 * socketpair, sends the script's lines and checks the commands that it gets. Its exit status is
 * part of each test.
 */
#pragma once

#include "qemu/qmp.h"

#include <sys/types.h>

#define GREETING                                                                           \
	"{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, " \
	"\"package\": \"\"}, \"capabilities\": [\"oob\"]}}\r\n"
#define OK(id) "{\"return\": {}, \"id\": " #id "}\r\n"
#define EVENT(name) \
	"{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"" name "\"}\r\n"

/* HEAR: a command and the text of its arguments. */
#define WITH(command, arguments) command "\",\"arguments\":{" arguments "},\"id"

enum peer_verb { SAY, HEAR, PAUSE, FLOOD, FILL };

struct peer_step {
	enum peer_verb verb;
	const char *text; /* SAY, FLOOD, FILL: bytes; HEAR: the expected command */
	unsigned n;	  /* PAUSE: ms; FLOOD: repetitions */
};

/* The child, and the client that is connected to it. */
struct peer {
	pid_t pid;
	struct sv_qmp *qmp;
	struct sv_error err;
};

/* steps ends with {0}. Fills peer with a child that plays them and a connected client. */
void peer_start(struct peer *peer, const struct peer_step *steps);

/* Frees the client and expects that the child has played its script to the end. */
void peer_finish(struct peer *peer);

/* Expects the error code of every fault of the peer, with this text in the message. Clears the
 * error. */
void peer_assert_failed(struct peer *peer, int r, const char *what);

void peer_pause(unsigned ms);
