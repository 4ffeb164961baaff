/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A QMP client over a connected stream socket (QEMU's docs/interop/qmp-spec). The peer is hostile:
 * a compromised VMM may send anything. So lines are bounded, JSON is strict, replies are matched by
 * id, and every wait has a deadline. For one thread; all state is in the struct.
 */
#pragma once

#include "base/error.h"

/* More than enough: the longest answer is the greeting, 200 bytes. Small, because parsed JSON takes
 * up to a hundred times the size of its text, and the monitor has to stay small. */
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

/* From now on a wait ends with SV_E_UNKNOWN, "interrupted", when fd (borrowed) can be read. */
void sv_qmp_interrupt_by(struct sv_qmp *qmp, int fd);

/* From now on a wait ends on a time-out only when works() returns false. After the time-out works()
 * is called every second, and has to bound the wait itself. */
void sv_qmp_wait_while(struct sv_qmp *qmp, bool (*works)(void *data), void *data);

/* Ends the client and returns the connection, for another sv_qmp_new() without a greeting. The rest
 * of an unfinished line is waited for. Queued events are lost, so ask for the status afterwards.
 * Frees *qmp in any case; the caller owns *ret_fd. */
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

/* The same for a command with arguments, an object of JSON that the caller keeps. What they say is
 * in no message. */
int sv_qmp_command_with(struct sv_qmp *qmp, const char *command, const char *arguments,
			int timeout_ms, struct sv_error *err) sv_must_check;

/* query-status: *running, and *status (e.g. "running", "paused", "prelaunch"; caller frees). */
int sv_qmp_status(struct sv_qmp *qmp, int timeout_ms, bool *running, char **status,
		  struct sv_error *err) sv_must_check;

/* Sends a command without waiting. The reply comes as an event of sv_qmp_event(), and
 * sv_qmp_reply() returns its result. A peer that does not read is a failure. Only one command at a
 * time, and no call that waits meanwhile. command has to stay valid. */
int sv_qmp_send(struct sv_qmp *qmp, const char *command, struct sv_error *err) sv_must_check;
/* The result of that command. 0: it was done. An error reply is as for sv_qmp_command(). */
int sv_qmp_reply(const struct sv_qmp *qmp, struct sv_error *err) sv_must_check;
/* Gives the command up and fills err as after a time-out. A late reply is dropped. */
int sv_qmp_give_up(struct sv_qmp *qmp, struct sv_error *err);

/* The next event that is queued or can be read, without waiting and with at most one read. SV_NONE:
 * none is complete yet. SV_SKIP: the peer has closed, and everything before was returned. Call it
 * until SV_NONE before you poll sv_qmp_fd(), because bytes may be buffered here. */
int sv_qmp_event(struct sv_qmp *qmp, enum sv_qmp_event *ret, struct sv_error *err) sv_must_check;

/* Waits until the given event arrives; other events are dropped. Here and in every other wait,
 * deadlines and interruptions work even if the peer never stops talking. */
int sv_qmp_wait(struct sv_qmp *qmp, enum sv_qmp_event event, int timeout_ms,
		struct sv_error *err) sv_must_check;
