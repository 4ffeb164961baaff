/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A QMP client over a connected stream socket (QEMU's docs/interop/qmp-spec). Hostile peer: a
 * compromised VMM may send anything, so lines are bounded, JSON is strict, replies are matched by
 * id, and every wait has a deadline. One thread, no state but the struct.
 */
#pragma once

#include "base/error.h"

/* Generous for what is asked here (the longest answer is the greeting, 200 bytes), and small since
 * parsed JSON takes up to a hundred times its text in a process that has to stay small. */
#define SV_QMP_MAX_LINE	  (16u * 1024u)
#define SV_QMP_MAX_EVENTS 256u

struct sv_qmp;

enum sv_qmp_event {
	SV_QMP_EVENT_NONE,
	SV_QMP_EVENT_RESUME,
	SV_QMP_EVENT_STOP,
	SV_QMP_EVENT_SHUTDOWN,
	SV_QMP_EVENT_POWERDOWN,
	SV_QMP_EVENT_RESET,
	SV_QMP_EVENT_OTHER,
	SV_QMP_EVENT_REPLY, /* to sv_qmp_send() */
};

/* Takes fd over, also on failure. Sets it non-blocking.
 *
 * Time-outs are in milliseconds of CLOCK_BOOTTIME, 0 only takes what has arrived. After a time-out
 * the connection stays usable: the late reply is recognised and dropped. After nonsense (not JSON,
 * a line over SV_QMP_MAX_LINE, a reply to nothing) it is not, and every further call fails. */
int sv_qmp_new(int fd, struct sv_qmp **ret, struct sv_error *err) sv_must_check;
void sv_qmp_free(struct sv_qmp **qmp);
#define sv_auto_qmp sv_cleanup(sv_qmp_free)

int sv_qmp_fd(const struct sv_qmp *qmp);

/* From now on each wait ends when fd (borrowed) can be read: SV_E_UNKNOWN, "interrupted". */
void sv_qmp_interrupt_by(struct sv_qmp *qmp, int fd);

/* From now on a time-out ends a wait only when works() says false, and is asked again every second
 * from then on: how long that may go on is its business. */
void sv_qmp_wait_while(struct sv_qmp *qmp, bool (*works)(void *data), void *data);

/* Hands the connection over, to be taken up by another sv_qmp_new() without a greeting: what has
 * arrived of an unfinished line is waited for. What was queued is lost, so ask for the status
 * then. Frees *qmp in any case; the caller owns *ret_fd. */
int sv_qmp_release(struct sv_qmp **qmp, int timeout_ms, int *ret_fd,
		   struct sv_error *err) sv_must_check;

/* Waits for the greeting and negotiates (qmp_capabilities), once per connection. SV_E_UNKNOWN on
 * time-out, on a closed connection (the VMM has gone) and on nonsense. */
int sv_qmp_hello(struct sv_qmp *qmp, int timeout_ms, struct sv_error *err) sv_must_check;

/* Runs one command without arguments ("cont", "stop", "system_powerdown", "quit") and waits for
 * its reply. Events that arrive meanwhile are queued, SV_QMP_MAX_EVENTS at most: of more the
 * oldest SV_QMP_EVENT_OTHER is dropped, then the oldest. An error reply is SV_E_UNKNOWN with
 * QEMU's description. */
int sv_qmp_command(struct sv_qmp *qmp, const char *command, int timeout_ms,
		   struct sv_error *err) sv_must_check;

/* query-status: *running, and *status (e.g. "running", "paused", "prelaunch"; caller frees). */
int sv_qmp_status(struct sv_qmp *qmp, int timeout_ms, bool *running, char **status,
		  struct sv_error *err) sv_must_check;

/* For who must not wait. Sends a command; the reply is an event of sv_qmp_event(), and
 * sv_qmp_reply() says what it was. A peer that does not read is a failure. One at a time, and none
 * of the calls that wait meanwhile; command is kept. */
int sv_qmp_send(struct sv_qmp *qmp, const char *command, struct sv_error *err) sv_must_check;
/* 0: it was done. An error reply as of sv_qmp_command(). */
int sv_qmp_reply(const struct sv_qmp *qmp, struct sv_error *err) sv_must_check;
/* Fills err as after a time-out: the reply may still come, and is dropped then. */
int sv_qmp_give_up(struct sv_qmp *qmp, struct sv_error *err);

/* Next queued or readable event without waiting, and without reading more than once. SV_NONE when
 * none is whole yet, SV_SKIP when the peer has closed and everything that it said before has been
 * returned. Call until SV_NONE before polling sv_qmp_fd(): bytes may be buffered here. */
int sv_qmp_event(struct sv_qmp *qmp, enum sv_qmp_event *ret, struct sv_error *err) sv_must_check;

/* Waits until the given event arrives; other events are dropped. A peer that never stops talking is
 * no hindrance to a deadline or an interruption, here and in all that waits. */
int sv_qmp_wait(struct sv_qmp *qmp, enum sv_qmp_event event, int timeout_ms,
		struct sv_error *err) sv_must_check;
