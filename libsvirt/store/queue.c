/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Turns at the store: see queue.h. A ticket only says who goes next. A process that is stopped and
 * does not take its turn is passed over, so that nobody waits for it.
 */
#include "store/queue.h"

#include "base/fs.h"
#include "base/parse.h"
#include "base/proc.h"
#include "base/string.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#define PASS_MS	   500 /* after the turn was free so long, a process in front is passed over */
#define NEXT_MS	   4   /* between two tries of the process that is next */
#define BEHIND_MS  32  /* between two tries of the others */
#define TURN	   0   /* the byte that is the turn */
#define SHOWN	   256
#define RECORD_LEN 35
#define COMMAND	   96

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Takes or releases the lock of one byte. SV_BUSY: another process has it. */
static int lock(int fd, short type, off_t at, struct sv_error *err)
{
	struct flock fl = {.l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};

	if (fcntl(fd, F_OFD_SETLK, &fl) == 0)
		return 0;
	if (errno == EAGAIN || errno == EACCES)
		return SV_BUSY;
	return sv_fail_errno(err, errno, "cannot lock the store's queue");
}

/* 0: another process has locked one of these bytes. SV_NONE: none has. */
static int ask(int fd, off_t at, off_t len, struct sv_error *err)
{
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = len};

	if (fcntl(fd, F_OFD_GETLK, &fl) < 0)
		return sv_fail_errno(err, errno, "cannot ask for the store's queue");
	return fl.l_type == F_UNLCK ? SV_NONE : 0;
}

/* A byte that is taken means that two came in the same nanosecond: the later one takes the next. */
static int take_ticket(int fd, off_t *ret, struct sv_error *err)
{
	off_t ticket = (off_t)now_ns();
	int r = SV_BUSY;

	while (r == SV_BUSY)
		r = lock(fd, F_WRLCK, ++ticket, err);
	*ret = ticket;
	return r;
}

struct record {
	int pid, slowest;
	long long longest_us;
};

static struct record read_record(int fd)
{
	char text[RECORD_LEN + 1], *next = text;
	uint64_t numbers[3] = {0};
	ssize_t n = pread(fd, text, RECORD_LEN, 0);

	text[n > 0 ? n : 0] = '\0';
	for (size_t i = 0; i < SV_N_ELEMENTS(numbers); i++) {
		const char *word = strsep(&next, " ");
		struct sv_error e = {0};

		if (!word || sv_parse_u64(word, 0, INT32_MAX, "number", &numbers[i], &e) < 0)
			return (struct record){0};
		next += next ? strspn(next, " \n") : 0;
	}
	return (struct record){
		.pid = (int)numbers[0],
		.longest_us = (long long)numbers[1],
		.slowest = (int)numbers[2],
	};
}

/* The record is for messages only, so a failure to write it is ignored. */
static void write_record(int fd, const struct record *rec)
{
	char text[RECORD_LEN + 1];
	int n = snprintf(text, sizeof(text), SV_QUEUE_RECORD, rec->pid, rec->longest_us,
			 rec->slowest);

	if (n == RECORD_LEN)
		(void)!pwrite(fd, text, RECORD_LEN, 0);
}

/* 0: this process has the turn. SV_BUSY: not yet; *ret_next says whether nobody is in front.
 * *free_since: since when the turn was seen free while another process was in front; 0: it was not.
 */
static int try(const struct sv_queue *queue, off_t ticket, int64_t *free_since, bool *ret_next,
	       struct sv_error *err)
{
	int r = ask(queue->fd, TURN + 1, ticket - 1, err);

	*ret_next = r == SV_NONE;
	if (r == 0) {
		int64_t now = sv_now_ms();

		r = ask(queue->fd, TURN, 1, err);
		if (r < 0)
			return r;
		if (r == 0)
			*free_since = 0;
		else if (!*free_since)
			*free_since = now;
		if (!*free_since || now - *free_since < PASS_MS)
			return SV_BUSY;
	}
	return r < 0 ? r : lock(queue->fd, F_WRLCK, TURN, err);
}

static int wait_turn(const struct sv_queue *queue, off_t ticket, struct sv_patience *patience,
		     struct sv_error *err)
{
	int64_t free_since = 0;
	bool next = false;
	int r, ms = 1;

	for (;;) {
		r = try(queue, ticket, &free_since, &next, err);
		if (r != SV_BUSY)
			return r;
		r = sv_patience_sleep(patience, ms, err);
		if (r != 0)
			return r;
		ms = ms * 2 > (next ? NEXT_MS : BEHIND_MS) ? (next ? NEXT_MS : BEHIND_MS) : ms * 2;
	}
}

/* The command line of a process, with blanks between its words; "" when it cannot be read. */
static void command_of(pid_t pid, char *ret, size_t room)
{
	sv_auto_free char *text = NULL;
	struct sv_error ignored = {0};
	char path[64], word[COMMAND];
	size_t len = 0;

	*ret = '\0';
	(void)snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	if (sv_fs_read(path, SHOWN * SHOWN, &text, &len, &ignored) < 0 || len == 0)
		return;
	for (size_t i = 0; i + 1 < len; i++)
		text[i] = text[i] ? text[i] : ' ';
	(void)snprintf(word, sizeof(word), "%s", text);
	sv_escape(word, ret, room);
}

/* Whether another process has the turn. */
static bool is_taken(int fd)
{
	struct sv_error ignored = {0};

	return fd >= 0 && ask(fd, TURN, 1, &ignored) == 0;
}

int sv_queue_blame(int fd, const struct sv_patience *patience, struct sv_error *err)
{
	const struct record rec = is_taken(fd) ? read_record(fd) : (struct record){0};
	char path[SHOWN], command[2 * COMMAND];
	long long s = (long long)patience->most_ms / 1000;
	char state = 0;
	bool stopped;

	sv_escape(patience->path, path, sizeof(path));
	if (rec.pid <= 0 || sv_proc_state(rec.pid, &state, err) != 0) {
		sv_error_clear(err);
		sv_fail(err, SV_E_BUSY, 0, "another process has kept %s busy for %lld s", path, s);
		return sv_hint(err, "try again; fuser(1) shows which process it is");
	}
	stopped = sv_proc_is_stopped(state);
	command_of(rec.pid, command, sizeof(command));
	sv_fail(err, SV_E_BUSY, 0, "process %d (%s) has kept %s busy for %lld s%s", rec.pid,
		command[0] ? command : "?", path, s, stopped ? ": it is stopped" : "");
	if (stopped)
		return sv_hint(err,
			       "'kill -CONT %d' lets it go on; 'kill -KILL %d' ends it, and the "
			       "next command puts right what it left",
			       rec.pid, rec.pid);
	return sv_hint(err,
		       "see what it waits for; 'kill -KILL %d' ends it, and the next command puts "
		       "right what it left",
		       rec.pid);
}

int sv_queue_enter(struct sv_queue *queue, struct sv_patience *patience, struct sv_error *err)
{
	struct sv_error unlock = {0};
	struct record rec;
	off_t ticket = 0;
	int r;

	if (queue->fd < 0)
		return 0;
	r = take_ticket(queue->fd, &ticket, err);
	if (r < 0)
		return r;
	r = wait_turn(queue, ticket, patience, err);
	(void)!lock(queue->fd, F_UNLCK, ticket, &unlock);
	if (r == SV_NONE)
		return sv_queue_blame(queue->fd, patience, err);
	if (r < 0)
		return r;
	rec = read_record(queue->fd);
	rec.pid = getpid();
	write_record(queue->fd, &rec);
	queue->entered = now_ns();
	return 0;
}

void sv_queue_leave(struct sv_queue *queue)
{
	struct sv_error ignored = {0};
	struct record rec;
	long long us;

	if (queue->fd < 0 || !queue->entered)
		return;
	us = (now_ns() - queue->entered) / 1000;
	queue->entered = 0;
	rec = read_record(queue->fd);
	if (us > rec.longest_us && us <= INT32_MAX) {
		rec.longest_us = us;
		rec.slowest = rec.pid;
		write_record(queue->fd, &rec);
	}
	(void)!lock(queue->fd, F_UNLCK, TURN, &ignored);
}
