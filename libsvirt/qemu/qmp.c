/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The QMP client: see qmp.h. It uses the stream of qmp-stream.h. */
#include "qemu/qmp-stream.h"

#include "base/proc.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

struct sv_qmp {
	struct sv_qmp_stream stream;
	json_int_t id;		 /* of the last command */
	unsigned unanswered;	 /* commands that timed out; so many late replies are accepted */
	const char *pending;	 /* the command that sv_qmp_send() has sent; NULL: none */
	struct sv_error refused; /* the error reply to it; or nothing */
	enum sv_qmp_event events[SV_QMP_MAX_EVENTS];
	size_t n_events; /* the oldest stands first */
};

int sv_qmp_new(int fd, struct sv_qmp **ret, struct sv_error *err)
{
	sv_auto_close int owned = fd;
	struct sv_qmp *qmp;
	int flags;

	flags = fcntl(owned, F_GETFL);
	if (flags < 0 || fcntl(owned, F_SETFL, flags | O_NONBLOCK) < 0)
		return sv_fail(err, SV_E_UNKNOWN, errno, "QMP: bad descriptor");
	qmp = calloc(1, sizeof(*qmp));
	if (!qmp)
		return sv_fail_oom(err);
	qmp->stream.fd = sv_take_fd(&owned);
	qmp->stream.interrupt = -1;
	*ret = qmp;
	return 0;
}

void sv_qmp_free(struct sv_qmp **qmp)
{
	if (*qmp) {
		sv_close_fd(&(*qmp)->stream.fd);
		free(*qmp);
	}
	*qmp = NULL;
}

int sv_qmp_fd(const struct sv_qmp *qmp)
{
	return qmp->stream.fd;
}

void sv_qmp_interrupt_by(struct sv_qmp *qmp, int fd)
{
	qmp->stream.interrupt = fd;
}

void sv_qmp_wait_while(struct sv_qmp *qmp, bool (*works)(void *data), void *data)
{
	qmp->stream.works = works;
	qmp->stream.works_data = data;
}

static int gone(struct sv_error *err, const char *during)
{
	sv_fail(err, SV_E_UNKNOWN, 0, "QMP: the emulator closed the connection during '%s'",
		during);
	return sv_hint(err, "the emulator has ended or crashed: look at the guest's log");
}

static int timed_out(struct sv_error *err, const char *during)
{
	return sv_fail(err, SV_E_UNKNOWN, ETIMEDOUT, "QMP: no answer to '%s'", during);
}

static enum sv_qmp_event event_of(const char *name)
{
	static const char *const names[] = {
		[SV_QMP_EVENT_NONE] = "",
		[SV_QMP_EVENT_RESUME] = "RESUME",
		[SV_QMP_EVENT_STOP] = "STOP",
		[SV_QMP_EVENT_SHUTDOWN] = "SHUTDOWN",
		[SV_QMP_EVENT_POWERDOWN] = "POWERDOWN",
		[SV_QMP_EVENT_RESET] = "RESET",
		[SV_QMP_EVENT_OTHER] = NULL,
	};
	unsigned i;

	for (i = SV_QMP_EVENT_RESUME; names[i]; i++) {
		if (sv_streq(name, names[i]))
			return (enum sv_qmp_event)i;
	}
	return SV_QMP_EVENT_OTHER;
}

static enum sv_qmp_event remove_event(struct sv_qmp *qmp, size_t at)
{
	enum sv_qmp_event event = qmp->events[at];

	qmp->n_events--;
	memmove(&qmp->events[at], &qmp->events[at + 1],
		(qmp->n_events - at) * sizeof(qmp->events[0]));
	return event;
}

static void queue_event(struct sv_qmp *qmp, enum sv_qmp_event event)
{
	size_t i;

	if (qmp->n_events == SV_QMP_MAX_EVENTS) {
		for (i = 0; i < qmp->n_events && qmp->events[i] != SV_QMP_EVENT_OTHER; i++)
			;
		(void)remove_event(qmp, i < qmp->n_events ? i : 0);
	}
	qmp->events[qmp->n_events++] = event;
}

/* Finds out what msg is. 0: an event (queued) or a late reply (dropped). SV_MORE: the reply that is
 * waited for. Only an answer to bytes that QEMU could not parse has no id, and ours are correct. */
static int classify(struct sv_qmp *qmp, const json_t *msg, bool waiting, struct sv_error *err)
{
	const json_t *event = json_object_get(msg, "event");
	const json_t *id = json_object_get(msg, "id");

	if (json_is_string(event)) {
		queue_event(qmp, event_of(json_string_value(event)));
		return 0;
	}
	if (!json_object_get(msg, "return") == !json_object_get(msg, "error") ||
	    !json_is_integer(id))
		return sv_qmp_nonsense(&qmp->stream, err,
				       "something that is neither an event nor a reply");
	if (waiting && json_integer_value(id) == qmp->id)
		return SV_MORE;
	if (qmp->unanswered == 0 || json_integer_value(id) > qmp->id)
		return sv_qmp_nonsense(&qmp->stream, err, "a reply to nothing");
	qmp->unanswered--;
	return 0;
}

/* arguments: an object, or NULL. */
static int send_command(struct sv_qmp *qmp, const char *command, const char *arguments,
			int64_t deadline, struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	int r;

	if (qmp->stream.broken)
		return sv_qmp_broken(&qmp->stream, err);
	r = sv_asprintf(&text, err, "{\"execute\":\"%s\"%s%s,\"id\":%" JSON_INTEGER_FORMAT "}\r\n",
			command, arguments ? ",\"arguments\":" : "", arguments ? arguments : "",
			++qmp->id);
	return r ? r : sv_qmp_send_text(&qmp->stream, text, deadline, err);
}

static int refused(const json_t *error, const char *command, struct sv_error *err)
{
	const char *desc = json_string_value(json_object_get(error, "desc"));
	char shown[256];

	return sv_fail(err, SV_E_UNKNOWN, 0, "QMP: the emulator refused '%s': %s", command,
		       sv_escape(desc ? desc : "no reason given", shown, sizeof(shown)));
}

/* Sends command and waits for its reply; *ret is the whole reply, owned by the caller. */
static int execute(struct sv_qmp *qmp, const char *command, const char *arguments, int timeout_ms,
		   json_t **ret, struct sv_error *err)
{
	int64_t deadline = sv_qmp_deadline_in(timeout_ms);
	json_t *msg = NULL, *error;
	int r;

	r = send_command(qmp, command, arguments, deadline, err);
	while (r == 0) {
		r = sv_qmp_read_message(&qmp->stream, deadline, &msg, err);
		if (r)
			break;
		r = classify(qmp, msg, true, err);
		error = json_object_get(msg, "error");
		if (r == SV_MORE && error)
			r = refused(error, command, err);
		if (r == SV_MORE) {
			*ret = msg;
			return 0;
		}
		json_decref(msg);
		if (r == 0)
			r = sv_qmp_look_up(&qmp->stream, deadline, err);
	}
	if (r == SV_NONE)
		qmp->unanswered++;
	return r == SV_NONE ? timed_out(err, command) : r == SV_SKIP ? gone(err, command) : r;
}

int sv_qmp_hello(struct sv_qmp *qmp, int timeout_ms, struct sv_error *err)
{
	int64_t deadline = sv_qmp_deadline_in(timeout_ms);
	json_t *msg = NULL;
	bool greeting;
	int r;

	r = sv_qmp_read_message(&qmp->stream, deadline, &msg, err);
	if (r == SV_NONE)
		return timed_out(err, "greeting");
	if (r == SV_SKIP)
		return gone(err, "greeting");
	if (r)
		return r;
	greeting = json_is_object(json_object_get(msg, "QMP"));
	json_decref(msg);
	if (!greeting)
		return sv_qmp_nonsense(&qmp->stream, err, "no greeting");
	return sv_qmp_command(qmp, "qmp_capabilities", (int)(deadline - sv_now_ms()), err);
}

int sv_qmp_command_with(struct sv_qmp *qmp, const char *command, const char *arguments,
			int timeout_ms, struct sv_error *err)
{
	json_t *reply = NULL;
	int r = execute(qmp, command, arguments, timeout_ms, &reply, err);

	if (r)
		return r;
	json_decref(reply);
	return 0;
}

int sv_qmp_command(struct sv_qmp *qmp, const char *command, int timeout_ms, struct sv_error *err)
{
	return sv_qmp_command_with(qmp, command, NULL, timeout_ms, err);
}

int sv_qmp_status(struct sv_qmp *qmp, int timeout_ms, bool *running, char **status,
		  struct sv_error *err)
{
	const json_t *value, *word, *flag;
	json_t *reply = NULL;
	int r = execute(qmp, "query-status", NULL, timeout_ms, &reply, err);

	if (r)
		return r;
	value = json_object_get(reply, "return");
	word = json_object_get(value, "status");
	flag = json_object_get(value, "running");
	if (json_is_string(word) && json_is_boolean(flag))
		r = sv_strdup(json_string_value(word), status, err);
	else
		r = sv_qmp_nonsense(&qmp->stream, err, "a status without its fields");
	if (r == 0)
		*running = json_is_true(flag);
	json_decref(reply);
	return r;
}

int sv_qmp_send(struct sv_qmp *qmp, const char *command, struct sv_error *err)
{
	int r = send_command(qmp, command, NULL, sv_now_ms(), err);

	if (r == SV_NONE)
		return sv_fail(err, SV_E_UNKNOWN, 0, "QMP: the emulator does not read");
	if (r == SV_SKIP)
		return gone(err, command);
	if (r == 0)
		qmp->pending = command;
	return r;
}

int sv_qmp_reply(const struct sv_qmp *qmp, struct sv_error *err)
{
	if (qmp->refused.code == SV_OK)
		return 0;
	*err = qmp->refused;
	return -(int)err->code;
}

int sv_qmp_give_up(struct sv_qmp *qmp, struct sv_error *err)
{
	const char *command = qmp->pending ? qmp->pending : "nothing";

	qmp->unanswered += qmp->pending != NULL;
	qmp->pending = NULL;
	return timed_out(err, command);
}

/* The reply to sv_qmp_send() has come. */
static void keep_reply(struct sv_qmp *qmp, const json_t *msg)
{
	const json_t *error = json_object_get(msg, "error");

	sv_error_clear(&qmp->refused);
	if (error)
		(void)refused(error, qmp->pending, &qmp->refused);
	qmp->pending = NULL;
}

/* The next event until the deadline; SV_NONE and SV_SKIP as sv_qmp_event(). */
static int next_event(struct sv_qmp *qmp, int64_t deadline, enum sv_qmp_event *ret,
		      struct sv_error *err)
{
	json_t *msg = NULL;
	int r;

	while (qmp->n_events == 0) {
		r = sv_qmp_read_message(&qmp->stream, deadline, &msg, err);
		if (r)
			return r;
		r = classify(qmp, msg, qmp->pending != NULL, err);
		if (r == SV_MORE)
			keep_reply(qmp, msg);
		json_decref(msg);
		if (r == SV_MORE)
			*ret = SV_QMP_EVENT_REPLY;
		if (r)
			return r == SV_MORE ? 0 : r;
	}
	*ret = remove_event(qmp, 0);
	return 0;
}

int sv_qmp_event(struct sv_qmp *qmp, enum sv_qmp_event *ret, struct sv_error *err)
{
	return next_event(qmp, sv_now_ms(), ret, err);
}

int sv_qmp_wait(struct sv_qmp *qmp, enum sv_qmp_event event, int timeout_ms, struct sv_error *err)
{
	int64_t deadline = sv_qmp_deadline_in(timeout_ms);
	enum sv_qmp_event got = SV_QMP_EVENT_NONE;
	int r;

	do {
		r = next_event(qmp, deadline, &got, err);
		if (r == 0 && got != event)
			r = sv_qmp_look_up(&qmp->stream, deadline, err);
		if (r == SV_SKIP)
			return gone(err, "waiting for an event");
		if (r == SV_NONE)
			return timed_out(err, "waiting for an event");
	} while (r == 0 && got != event);
	return r;
}

int sv_qmp_release(struct sv_qmp **qmp, int timeout_ms, int *ret_fd, struct sv_error *err)
{
	sv_auto_qmp struct sv_qmp *old = sv_take_ptr(*qmp);
	int64_t deadline = sv_qmp_deadline_in(timeout_ms);
	enum sv_qmp_event ignored;
	int r = 0;

	while (r == 0 && old->stream.n_in) {
		old->n_events = 0;
		r = next_event(old, deadline, &ignored, err);
		if (r == 0 && old->stream.n_in)
			r = sv_qmp_look_up(&old->stream, deadline, err);
	}
	if (r < 0)
		return r;
	if (r == SV_NONE)
		return timed_out(err, "the end of a line");
	if (r == SV_SKIP)
		return gone(err, "start");
	*ret_fd = sv_take_fd(&old->stream.fd);
	return 0;
}
