/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The protocol of a running monitor's socket, RUN_DIR/NAME/monitor: one fixed request, one fixed
 * reply, for root only. A stop is answered when the guest has ended and every label is back.
 */
#pragma once

#include "guest/state/handle.h"

enum sv_control_op {
	SV_CONTROL_STOP = 1, /* ask the guest to power off */
	SV_CONTROL_DESTROY,  /* end the VMM */
	SV_CONTROL_SUSPEND,
	SV_CONTROL_RESUME,
};

#define SV_CONTROL_MAGIC 0x73766331u

struct sv_control_request {
	uint32_t magic;
	uint32_t op;
};

struct sv_control_reply {
	uint32_t magic;
	struct sv_error err;
};

/* Listens at path (an older socket there is removed; the caller holds the guest's lock). */
int sv_control_listen(const char *path, int *ret, struct sv_error *err) sv_must_check;
/* Accepts one client of uid 0. SV_NONE: there is none, or it was not root and was refused. */
int sv_control_accept(int listener, int *ret, struct sv_error *err) sv_must_check;
/* Reads a request that has arrived. SV_NONE: the client has gone or talks nonsense. */
int sv_control_receive(int client, enum sv_control_op *ret) sv_must_check;
/* err->code SV_OK: done; a message is a warning then. */
void sv_control_answer(int client, const struct sv_error *err);

/* Client: opens a connection to the monitor of name and sends nothing; the caller closes it.
 * SV_NONE: no monitor listens. SV_BUSY: it does not accept. */
int sv_control_reach(const struct svirt *sv, const char *name, int *ret,
		     struct sv_error *err) sv_must_check;
/* Client: sends a request to the monitor of name. The answer comes on *ret. Outcomes as of
 * sv_control_reach(). */
int sv_control_ask(const struct svirt *sv, const char *name, enum sv_control_op op, int *ret,
		   struct sv_error *err) sv_must_check;
/* Client: waits for the monitor's answer and returns it. SV_NONE: the monitor ended without one.
 * SV_BUSY: none within timeout_ms. */
int sv_control_wait(const struct svirt *sv, int fd, const char *name, int timeout_ms,
		    struct sv_error *err) sv_must_check;
