/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of the kernel, one by one or by a ring: see calls.h. */
#include "base/calls.h"

#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdint.h>
#include <sys/xattr.h>
#include <time.h>

/* Fewer than FEW calls are made one by one. In each of the first TRIALS runs, TRIED calls are made
 * one by one and the others by the ring. There are several trials, because other processes disturb
 * the measurement. */
enum { FEW = 16, TRIED = 8, TRIALS = 3 };
enum way { UNDECIDED, PLAIN, RING };

struct sv_calls {
	struct io_uring ring;
	bool open, tried;
	struct choice {
		enum way way;
		unsigned trials;
		uint64_t plain, ring; /* ns of a call, at best */
	} choices[SV_N_CALL_KINDS];
};

#define WANTED (STATX_TYPE | STATX_MODE | STATX_NLINK | STATX_INO)

int sv_calls_new(struct sv_calls **ret, struct sv_error *err)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : sv_fail_oom(err);
}

void sv_calls_free(struct sv_calls **calls)
{
	if (*calls && (*calls)->open)
		io_uring_queue_exit(&(*calls)->ring);
	free(*calls);
	*calls = NULL;
}

static bool knows_all(struct io_uring *ring)
{
	static const int needed[] = {IORING_OP_STATX, IORING_OP_OPENAT, IORING_OP_GETXATTR,
				     IORING_OP_SETXATTR, IORING_OP_CLOSE};
	struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
	bool all = probe != NULL;

	for (size_t i = 0; all && i < SV_N_ELEMENTS(needed); i++)
		all = io_uring_opcode_supported(probe, needed[i]);
	io_uring_free_probe(probe);
	return all;
}

/* Sets the ring up on the first call. When that fails, it is not tried again. */
static bool has_ring(struct sv_calls *calls)
{
	if (calls->tried)
		return calls->open;
	calls->tried = true;
	if (io_uring_queue_init(SV_CALLS_MAX, &calls->ring, 0) < 0)
		return false;
	calls->open = knows_all(&calls->ring);
	if (!calls->open)
		io_uring_queue_exit(&calls->ring);
	return calls->open;
}

static void run_plain(enum sv_call_kind kind, struct sv_call *c)
{
	ssize_t r = -1;

	switch (kind) {
	case SV_CALL_STAT:
		r = statx(c->fd, c->path, c->flags, WANTED, c->stat);
		break;
	case SV_CALL_OPEN:
		r = openat(c->fd, c->path, c->flags);
		break;
	case SV_CALL_GET:
		r = getxattr(c->path, c->name, c->value, c->len);
		break;
	case SV_CALL_SET:
		r = setxattr(c->path, c->name, c->text, c->len, 0);
		break;
	case SV_CALL_CLOSE:
		r = close(c->fd);
		break;
	case SV_N_CALL_KINDS:
		errno = ENOSYS;
		break;
	}
	c->result = r < 0 ? -errno : (int)r;
}

static void prepare(struct io_uring_sqe *sqe, enum sv_call_kind kind, struct sv_call *c)
{
	switch (kind) {
	case SV_CALL_STAT:
		io_uring_prep_statx(sqe, c->fd, c->path, c->flags, WANTED, c->stat);
		break;
	case SV_CALL_OPEN:
		io_uring_prep_openat(sqe, c->fd, c->path, c->flags, 0);
		break;
	case SV_CALL_GET:
		io_uring_prep_getxattr(sqe, c->name, c->value, c->path, (unsigned)c->len);
		break;
	case SV_CALL_SET:
		io_uring_prep_setxattr(sqe, c->name, c->text, c->path, 0, (unsigned)c->len);
		break;
	case SV_CALL_CLOSE:
		io_uring_prep_close(sqe, c->fd);
		break;
	case SV_N_CALL_KINDS:
		io_uring_prep_nop(sqe);
		break;
	}
	io_uring_sqe_set_data(sqe, c);
}

/* Stores the results of the calls that have ended. Returns how many there were. */
static size_t reap(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;
	size_t n = 0;

	while (io_uring_peek_cqe(ring, &cqe) == 0) {
		((struct sv_call *)io_uring_cqe_get_data(cqe))->result = cqe->res;
		io_uring_cqe_seen(ring, cqe);
		n++;
	}
	return n;
}

/* Whether the result is the ring's and not the call's: the ring had no thread for the call
 * (RLIMIT_NPROC), or was interrupted. */
static bool was_not_done(enum sv_call_kind kind, int result)
{
	return result == -ECANCELED ||
	       (kind != SV_CALL_CLOSE && (result == -EAGAIN || result == -EINTR));
}

/* Calls that the kernel has begun use the caller's memory, so this returns only when they have
 * ended. Calls that the kernel does not take (it is out of memory) are made one by one. */
static void run_ring(struct sv_calls *calls, enum sv_call_kind kind, struct sv_call *list, size_t n)
{
	struct io_uring *ring = &calls->ring;
	struct io_uring_cqe *any;
	size_t begun = 0, ended = 0, i;

	for (i = 0; i < n; i++)
		prepare(io_uring_get_sqe(ring), kind, &list[i]);
	while (ended < n) {
		int r = io_uring_submit_and_wait(ring, (unsigned)(n - ended));

		if (r > 0)
			begun += (size_t)r;
		if (r < 0 && r != -EINTR && begun == ended)
			break;
		if (r < 0 && r != -EINTR)
			(void)io_uring_wait_cqe(ring, &any);
		ended += reap(ring);
	}
	if (ended < n) {
		io_uring_queue_exit(ring);
		calls->open = false;
	}
	for (i = 0; i < n; i++) {
		if (i >= begun || was_not_done(kind, list[i].result))
			run_plain(kind, &list[i]);
	}
}

static uint64_t now(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void keep_best(uint64_t *best, uint64_t ns, size_t n)
{
	if (*best == 0 || ns / n < *best)
		*best = ns / n;
}

static void run_both(struct sv_calls *calls, enum sv_call_kind kind, struct sv_call *list, size_t n)
{
	struct choice *choice = &calls->choices[kind];
	uint64_t begin = now(), middle;

	for (size_t i = 0; i < TRIED; i++)
		run_plain(kind, &list[i]);
	middle = now();
	run_ring(calls, kind, list + TRIED, n - TRIED);
	keep_best(&choice->plain, middle - begin, TRIED);
	keep_best(&choice->ring, now() - middle, n - TRIED);
	if (++choice->trials == TRIALS)
		choice->way = choice->ring < choice->plain ? RING : PLAIN;
}

void sv_calls_run(struct sv_calls *calls, enum sv_call_kind kind, struct sv_call *list, size_t n)
{
	enum way way = calls->choices[kind].way;

	if (way != PLAIN && (n < FEW || !has_ring(calls)))
		way = PLAIN;
	if (way == UNDECIDED) {
		run_both(calls, kind, list, n);
	} else if (way == RING) {
		run_ring(calls, kind, list, n);
	} else {
		for (size_t i = 0; i < n; i++)
			run_plain(kind, &list[i]);
	}
}

int sv_calls_force(struct sv_calls *calls, enum sv_calls_way way)
{
	static const enum way ways[] = {
		[SV_CALLS_QUICKER] = UNDECIDED,
		[SV_CALLS_ONE_BY_ONE] = PLAIN,
		[SV_CALLS_RING] = RING,
	};

	for (size_t i = 0; i < SV_N_CALL_KINDS; i++)
		calls->choices[i].way = ways[way];
	return way == SV_CALLS_RING && !has_ring(calls) ? SV_NONE : 0;
}
