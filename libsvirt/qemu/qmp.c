/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The QMP client: see qmp.h for what it promises. Everything that is read here was written by a
 * process which a guest may have taken over, so nothing in it is believed but its shape, nothing
 * grows without a bound, and no loop runs past the deadline however fast the peer talks.
 */
#include "qemu/qmp.h"

#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

static const size_t read_size = 4096;

#define AGAIN_MS 1000 /* between two questions whether the emulator still works */

struct sv_qmp {
	int fd;
	int interrupt; /* -1: none */
	bool (*works)(void *data);
	void *works_data;
	bool closed;
	const char *broken;  /* why nothing can be said any more; NULL: all is well */
	json_int_t id;	     /* of the last command */
	unsigned unanswered; /* commands that timed out: as many late replies are believed */
	enum sv_qmp_event events[SV_QMP_MAX_EVENTS];
	size_t n_events; /* the oldest stands first */
	size_t n_in;
	char in[SV_QMP_MAX_LINE]; /* at most one unfinished line and one read behind it */
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
	qmp->fd = sv_take_fd(&owned);
	qmp->interrupt = -1;
	*ret = qmp;
	return 0;
}

void sv_qmp_free(struct sv_qmp **qmp)
{
	if (*qmp) {
		sv_close_fd(&(*qmp)->fd);
		free(*qmp);
	}
	*qmp = NULL;
}

int sv_qmp_fd(const struct sv_qmp *qmp)
{
	return qmp->fd;
}

void sv_qmp_interrupt_by(struct sv_qmp *qmp, int fd)
{
	qmp->interrupt = fd;
}

void sv_qmp_wait_while(struct sv_qmp *qmp, bool (*works)(void *data), void *data)
{
	qmp->works = works;
	qmp->works_data = data;
}

/* CLOCK_BOOTTIME: a host that was asleep has let the time pass. */
static int64_t now_ms(void)
{
	struct timespec ts = {0};

	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t deadline_in(int timeout_ms)
{
	return now_ms() + (timeout_ms > 0 ? timeout_ms : 0);
}

static int nonsense(struct sv_qmp *qmp, struct sv_error *err, const char *what)
{
	qmp->broken = "the emulator has sent nonsense before";
	return sv_fail(err, SV_E_UNKNOWN, 0, "QMP: the emulator sent %s", what);
}

static int broken(const struct sv_qmp *qmp, struct sv_error *err)
{
	return sv_fail(err, SV_E_UNKNOWN, 0, "QMP: %s", qmp->broken);
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

/* SV_NONE when the deadline has passed first. */
static int wait_for(const struct sv_qmp *qmp, short what, int64_t deadline, struct sv_error *err)
{
	struct pollfd p[] = {{.fd = qmp->fd, .events = what},
			     {.fd = qmp->interrupt, .events = POLLIN}};
	int64_t left;
	int n;

	do {
		left = deadline - now_ms();
		if (left <= 0 && (!qmp->works || !qmp->works(qmp->works_data)))
			return SV_NONE;
		if (left <= 0)
			left = AGAIN_MS;
		n = poll(p, SV_N_ELEMENTS(p), left > 60000 ? 60000 : (int)left);
	} while (n == 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return sv_fail(err, SV_E_UNKNOWN, errno, "QMP: poll");
	return p[1].revents ? sv_fail(err, SV_E_UNKNOWN, 0, "interrupted") : 0;
}

/* Reads once. SV_NONE when nothing has arrived, SV_SKIP when the peer has closed. */
static int fill(struct sv_qmp *qmp, struct sv_error *err)
{
	size_t room = sizeof(qmp->in) - qmp->n_in;
	ssize_t n;

	if (room == 0)
		return nonsense(qmp, err, "a line that is too long");
	if (qmp->closed)
		return SV_SKIP;
	do {
		n = recv(qmp->fd, qmp->in + qmp->n_in, room < read_size ? room : read_size, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN) /* EWOULDBLOCK is the same on Linux */
		return SV_NONE;
	if (n == 0 || (n < 0 && errno == ECONNRESET)) {
		qmp->closed = true;
		return SV_SKIP;
	}
	if (n < 0)
		return sv_fail(err, SV_E_UNKNOWN, errno, "QMP: read");
	qmp->n_in += (size_t)n;
	return 0;
}

/* Takes one whole line out of the buffer and parses it. SV_NONE when there is none. */
static int take_line(struct sv_qmp *qmp, json_t **ret, struct sv_error *err)
{
	char *end = memchr(qmp->in, '\n', qmp->n_in);
	size_t len;
	json_t *msg;

	if (!end)
		return SV_NONE;
	len = (size_t)(end - qmp->in) + 1;
	msg = json_loadb(qmp->in, len, JSON_REJECT_DUPLICATES, NULL);
	qmp->n_in -= len;
	memmove(qmp->in, end + 1, qmp->n_in);
	if (!json_is_object(msg)) {
		json_decref(msg);
		return nonsense(qmp, err, "something that is not a JSON object");
	}
	*ret = msg;
	return 0;
}

static int read_message(struct sv_qmp *qmp, int64_t deadline, json_t **ret, struct sv_error *err)
{
	int r;

	if (qmp->broken)
		return broken(qmp, err);
	for (;;) {
		r = take_line(qmp, ret, err);
		if (r != SV_NONE)
			return r;
		r = fill(qmp, err);
		if (r == SV_NONE)
			r = wait_for(qmp, POLLIN, deadline, err);
		if (r)
			return r;
	}
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

/* Sorts out what msg is. 0: an event (queued) or a late reply (dropped); SV_MORE: the reply to
 * the command that is waited for. QEMU leaves the id out only of the answer to bytes that it
 * could not parse, which ours are not. */
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
		return nonsense(qmp, err, "something that is neither an event nor a reply");
	if (waiting && json_integer_value(id) == qmp->id)
		return SV_MORE;
	if (qmp->unanswered == 0 || json_integer_value(id) > qmp->id)
		return nonsense(qmp, err, "a reply to nothing");
	qmp->unanswered--;
	return 0;
}

/* A command is sent whole or the stream is spoilt. SV_NONE on time-out, SV_SKIP when the peer has
 * closed: what it said before that can still be read. */
static int send_text(struct sv_qmp *qmp, const char *text, int64_t deadline, struct sv_error *err)
{
	size_t left = strlen(text);
	ssize_t n;
	int r = 0;

	while (left && r == 0) {
		n = send(qmp->fd, text, left, MSG_NOSIGNAL);
		if (n > 0) {
			text += n;
			left -= (size_t)n;
		} else if (errno == EAGAIN) {
			r = wait_for(qmp, POLLOUT, deadline, err);
		} else if (errno == EPIPE || errno == ECONNRESET) {
			return SV_SKIP;
		} else if (errno != EINTR) {
			r = sv_fail(err, SV_E_UNKNOWN, errno, "QMP: write");
		}
	}
	if (r)
		qmp->broken = "an earlier command could not be sent";
	return r;
}

static int send_command(struct sv_qmp *qmp, const char *command, int64_t deadline,
			struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	int r;

	if (qmp->broken)
		return broken(qmp, err);
	r = sv_asprintf(&text, err, "{\"execute\":\"%s\",\"id\":%" JSON_INTEGER_FORMAT "}\r\n",
			command, ++qmp->id);
	return r ? r : send_text(qmp, text, deadline, err);
}

static int refused(const json_t *error, const char *command, struct sv_error *err)
{
	const char *desc = json_string_value(json_object_get(error, "desc"));
	char shown[256];

	return sv_fail(err, SV_E_UNKNOWN, 0, "QMP: the emulator refused '%s': %s", command,
		       sv_escape(desc ? desc : "no reason given", shown, sizeof(shown)));
}

/* Sends command and waits for its reply; *ret is the whole reply, owned by the caller. */
static int execute(struct sv_qmp *qmp, const char *command, int timeout_ms, json_t **ret,
		   struct sv_error *err)
{
	int64_t deadline = deadline_in(timeout_ms);
	json_t *msg = NULL, *error;
	int r;

	r = send_command(qmp, command, deadline, err);
	while (r == 0) {
		r = read_message(qmp, deadline, &msg, err);
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
		if (r == 0 && now_ms() > deadline) /* a peer that never stops talking */
			r = SV_NONE;
	}
	if (r == SV_NONE)
		qmp->unanswered++;
	return r == SV_NONE ? timed_out(err, command) : r == SV_SKIP ? gone(err, command) : r;
}

int sv_qmp_hello(struct sv_qmp *qmp, int timeout_ms, struct sv_error *err)
{
	int64_t deadline = deadline_in(timeout_ms);
	json_t *msg = NULL;
	bool greeting;
	int r;

	r = read_message(qmp, deadline, &msg, err);
	if (r == SV_NONE)
		return timed_out(err, "greeting");
	if (r == SV_SKIP)
		return gone(err, "greeting");
	if (r)
		return r;
	greeting = json_is_object(json_object_get(msg, "QMP"));
	json_decref(msg);
	if (!greeting)
		return nonsense(qmp, err, "no greeting");
	return sv_qmp_command(qmp, "qmp_capabilities", (int)(deadline - now_ms()), err);
}

int sv_qmp_command(struct sv_qmp *qmp, const char *command, int timeout_ms, struct sv_error *err)
{
	json_t *reply = NULL;
	int r = execute(qmp, command, timeout_ms, &reply, err);

	if (r)
		return r;
	json_decref(reply);
	return 0;
}

int sv_qmp_status(struct sv_qmp *qmp, int timeout_ms, bool *running, char **status,
		  struct sv_error *err)
{
	const json_t *value, *word, *flag;
	json_t *reply = NULL;
	int r = execute(qmp, "query-status", timeout_ms, &reply, err);

	if (r)
		return r;
	value = json_object_get(reply, "return");
	word = json_object_get(value, "status");
	flag = json_object_get(value, "running");
	if (json_is_string(word) && json_is_boolean(flag))
		r = sv_strdup(json_string_value(word), status, err);
	else
		r = nonsense(qmp, err, "a status without its fields");
	if (r == 0)
		*running = json_is_true(flag);
	json_decref(reply);
	return r;
}

/* The next event until the deadline; SV_NONE and SV_SKIP as sv_qmp_event(). */
static int next_event(struct sv_qmp *qmp, int64_t deadline, enum sv_qmp_event *ret,
		      struct sv_error *err)
{
	json_t *msg = NULL;
	int r;

	while (qmp->n_events == 0) {
		r = read_message(qmp, deadline, &msg, err);
		if (r)
			return r;
		r = classify(qmp, msg, false, err);
		json_decref(msg);
		if (r)
			return r;
	}
	*ret = remove_event(qmp, 0);
	return 0;
}

int sv_qmp_event(struct sv_qmp *qmp, enum sv_qmp_event *ret, struct sv_error *err)
{
	return next_event(qmp, now_ms(), ret, err);
}

int sv_qmp_wait(struct sv_qmp *qmp, enum sv_qmp_event event, int timeout_ms, struct sv_error *err)
{
	int64_t deadline = deadline_in(timeout_ms);
	enum sv_qmp_event got = SV_QMP_EVENT_NONE;
	int r;

	do {
		r = next_event(qmp, deadline, &got, err);
		if (r == SV_SKIP)
			return gone(err, "waiting for an event");
		if (r == SV_NONE || (r == 0 && got != event && now_ms() > deadline))
			return timed_out(err, "waiting for an event");
	} while (r == 0 && got != event);
	return r;
}

int sv_qmp_release(struct sv_qmp **qmp, int timeout_ms, int *ret_fd, struct sv_error *err)
{
	sv_auto_qmp struct sv_qmp *old = sv_take_ptr(*qmp);
	int64_t deadline = deadline_in(timeout_ms);
	enum sv_qmp_event ignored;
	int r = 0;

	while (r == 0 && old->n_in) {
		old->n_events = 0;
		r = next_event(old, deadline, &ignored, err);
		if (r == 0 && now_ms() > deadline) /* a peer that never stops talking */
			r = SV_NONE;
	}
	if (r < 0)
		return r;
	if (r == SV_NONE)
		return timed_out(err, "the end of a line");
	if (r == SV_SKIP)
		return gone(err, "start");
	*ret_fd = sv_take_fd(&old->fd);
	return 0;
}
