/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Turns at the store: in the order of arrival, past stopped processes, and with the name of a
 * process that does not end its turn.
 */
#include "store-fixture.h"

#include "base/fs.h"
#include "base/parse.h"
#include "base/proc.h"
#include "base/string.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define MANY	    12
#define PATIENCE_MS 10000
#define SHORTLY	    150 /* the longest wait in ms */

static void pause_ms(int ms)
{
	const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L};

	(void)nanosleep(&t, NULL);
}

/* Whether any process has a ticket that is younger than since. */
static bool is_ticket(off_t since)
{
	char path[128];
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = since};
	int fd;

	(void)snprintf(path, sizeof(path), "%s/state.lock", store_dir);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_OFD_GETLK, &fl), 0);
	close(fd);
	return fl.l_type != F_UNLCK;
}

/* Calls fn in a child of its own, and returns when the child waits for its turn. */
static pid_t start_waiter(void (*fn)(void *data), void *data)
{
	struct timespec t;
	off_t since;
	pid_t pid;

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	since = (off_t)t.tv_sec * 1000000000 + t.tv_nsec;
	pid = fork();
	if (pid == 0) {
		fn(data);
		_exit(0);
	}
	assert_true(pid > 0);
	for (int i = 0; i < PATIENCE_MS && !is_ticket(since); i++)
		pause_ms(1);
	assert_true(is_ticket(since));
	return pid;
}

static void end_child(pid_t pid, int sig)
{
	int status = 0;

	if (sig)
		(void)kill(pid, sig);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(sig ? WIFSIGNALED(status) : WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Puts this process at the front. Its children would inherit SQLite's own lock. */
static struct sv_queue enter(void)
{
	struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_queue queue = SV_QUEUE_EMPTY;
	struct sv_patience patience = {.path = store_file, .most_ms = SHORTLY};
	struct sv_error err = {0};
	char path[128];

	sv_store_close(&store);
	(void)snprintf(path, sizeof(path), "%s/state.lock", store_dir);
	queue.fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(sv_queue_enter(&queue, &patience, &err), 0);
	return queue;
}

static void leave(struct sv_queue *queue)
{
	sv_queue_leave(queue);
	sv_close_fd(&queue->fd);
}

struct turns {
	int n, who[MANY];
};

struct one {
	struct turns *turns;
	int number;
};

static void take_turn(void *data)
{
	const struct one *one = data;
	struct sv_store *store = NULL;
	struct sv_error err = {0};

	if (sv_store_open(store_dir, SV_STORE_WRITE, &store, &err) < 0 ||
	    sv_store_begin(store, &err) < 0)
		_exit(1);
	one->turns->who[one->turns->n++] = one->number;
	pause_ms(2);
	if (sv_store_commit(store, &err) < 0)
		_exit(2);
	sv_store_close(&store);
}

static void test_in_order(void **state)
{
	struct turns *turns = mmap(NULL, sizeof(*turns), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct sv_queue queue = enter();
	pid_t pids[MANY];
	int i;

	(void)state;
	assert_true(turns != MAP_FAILED);
	for (i = 0; i < MANY; i++) {
		struct one one = {turns, i};

		pids[i] = start_waiter(take_turn, &one);
	}
	leave(&queue);
	for (i = 0; i < MANY; i++)
		end_child(pids[i], 0);
	assert_int_equal(turns->n, MANY);
	for (i = 0; i < MANY; i++)
		assert_int_equal(turns->who[i], i);
	(void)munmap(turns, sizeof(*turns));
}

static void begin_and_stop(void *data)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);

	(void)data;
	store_begin(store);
	(void)raise(SIGSTOP);
	pause();
}

static void begin_and_sleep(void *data)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	int ready = *(int *)data;

	store_begin(store);
	(void)!write(ready, "x", 1);
	for (;;)
		pause();
}

/* A child that has the turn and does not end it. */
static pid_t start_holder(bool stops)
{
	int ready[2], status = 0;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (stops)
			begin_and_stop(NULL);
		begin_and_sleep(&ready[1]);
	}
	assert_true(pid > 0);
	if (stops)
		assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	else
		assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_true(!stops || WIFSTOPPED(status));
	close(ready[0]);
	close(ready[1]);
	return pid;
}

/* The error of a process that waits in vain for pid. */
static void check_told(pid_t pid, const char *how, const char *remedy)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	char text[64];
	struct sv_error err = {0};

	store->patience.most_ms = SHORTLY;
	assert_int_equal(sv_store_begin(store, &err), -SV_E_BUSY);
	(void)snprintf(text, sizeof(text), "process %d (", (int)pid);
	assert_non_null(strstr(err.msg, text));
	assert_non_null(strstr(err.msg, "test-queue"));
	assert_non_null(strstr(err.msg, store_file));
	assert_non_null(strstr(err.msg, how));
	(void)snprintf(text, sizeof(text), "kill %s %d", remedy, (int)pid);
	assert_non_null(strstr(err.hint, text));
	/* the store can be used as soon as that process has ended */
	end_child(pid, SIGKILL);
	sv_error_clear(&err);
	assert_int_equal(sv_store_begin(store, &err), 0);
	store_commit(store);
}

static void test_stopped_holder(void **state)
{
	(void)state;
	check_told(start_holder(true), "it is stopped", "-CONT");
	check_told(start_holder(false), "has kept", "-KILL");
}

static void test_stopped_waiter(void **state)
{
	struct sv_queue queue = enter();
	struct sv_store *other;
	struct turns turns = {0};
	struct one one = {&turns, 0};
	int64_t before;
	pid_t pid;

	(void)state;
	pid = start_waiter(take_turn, &one);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	leave(&queue);
	other = store_open(SV_STORE_WRITE);
	before = sv_now_ms();
	store_begin(other);
	assert_in_range(sv_now_ms() - before, 0, 10000);
	store_commit(other);
	sv_store_close(&other);
	/* it still gets its own turn */
	assert_int_equal(kill(pid, SIGCONT), 0);
	end_child(pid, 0);
}

struct watched {
	unsigned n;
	uint64_t total;
	char path[128];
};

static int on_wait(void *data, enum sv_work work, const char *path, uint64_t done, uint64_t total,
		   struct sv_error *err)
{
	struct watched *w = data;

	assert_int_equal(work, SV_WORK_WAIT);
	assert_true(done <= total);
	(void)snprintf(w->path, sizeof(w->path), "%s", path);
	w->total = total;
	if (++w->n == 1)
		return 0;
	return sv_fail(err, SV_E_UNKNOWN, 0, "had enough");
}

static void test_told_and_ended(void **state)
{
	pid_t pid = start_holder(false);
	sv_auto_store struct sv_store *store = NULL;
	struct watched watched = {0};
	const struct sv_watch watch = {on_wait, &watched};
	struct sv_error err = {0};
	int64_t before;

	(void)state;
	store = store_open(SV_STORE_WRITE);
	store->patience.watch = &watch;
	before = sv_now_ms();
	assert_int_equal(sv_store_begin(store, &err), -SV_E_UNKNOWN);
	assert_string_equal(err.msg, "had enough");
	assert_in_range(sv_now_ms() - before, 2000, 30000);
	assert_int_equal(watched.n, 2);
	assert_int_equal(watched.total, 60);
	assert_string_equal(watched.path, store_file);
	end_child(pid, SIGKILL);
	/* the callback is not called for a turn that comes at once */
	watched.n = 0;
	store_begin(store);
	store_commit(store);
	assert_int_equal(watched.n, 0);
}

/* A reader takes no turn; only a commit blocks it. */
static void exclude_and_stop(void)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_error err = {0};

	store_begin(store);
	if (sv_sql_exec(store, "ROLLBACK; BEGIN EXCLUSIVE", &err) < 0)
		_exit(1);
	(void)raise(SIGSTOP);
	_exit(0);
}

static void test_reader(void **state)
{
	sv_auto_store struct sv_store *store = NULL;
	struct sv_lease lease;
	struct sv_error err = {0};
	char text[64];
	int status = 0;
	pid_t pid;

	(void)state;
	store = store_open(SV_STORE_WRITE);
	sv_store_close(&store);
	store = store_open(SV_STORE_READ);
	pid = fork();
	if (pid == 0)
		exclude_and_stop();
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	store->patience.most_ms = SHORTLY;
	assert_int_equal(sv_lease_find(store, "a", &lease, &err), -SV_E_BUSY);
	(void)snprintf(text, sizeof(text), "process %d (", (int)pid);
	assert_non_null(strstr(err.msg, text));
	assert_non_null(strstr(err.hint, "-CONT"));
	end_child(pid, SIGKILL);
}

/* Another program has the file, and no ticket. */
static void test_past_the_queue(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_store struct sv_store *other = store_open(SV_STORE_WRITE);
	struct watched watched = {0};
	const struct sv_watch watch = {on_wait, &watched};
	struct sv_error err = {0};

	(void)state;
	sv_close_fd(&other->queue.fd);
	store_begin(other);
	store->patience.watch = &watch;
	assert_int_equal(sv_store_begin(store, &err), -SV_E_UNKNOWN);
	assert_string_equal(err.msg, "had enough");
	sv_error_clear(&err);
	store->patience.most_ms = SHORTLY;
	assert_int_equal(sv_store_begin(store, &err), -SV_E_BUSY);
	assert_non_null(strstr(err.msg, "another process has kept"));
	assert_non_null(strstr(err.hint, "fuser"));
	store_commit(other);
	sv_error_clear(&err);
	assert_int_equal(sv_store_begin(store, &err), 0);
	store_commit(store);
}

/* The longest turn is recorded with its process. */
static void test_longest(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_free char *text = NULL;
	struct sv_error err = {0};
	char path[128], self[32];
	uint64_t us;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		store_begin(store);
		pause_ms(i ? 0 : 30);
		store_commit(store);
	}
	(void)snprintf(path, sizeof(path), "%s/state.lock", store_dir);
	assert_int_equal(sv_fs_read(path, 64, &text, NULL, &err), 0);
	/* the process that has the turn, the longest turn in microseconds, its process */
	(void)snprintf(self, sizeof(self), "%-10d ", (int)getpid());
	assert_true(sv_starts_with(text, self));
	self[strlen(self) - 1] = '\n';
	assert_string_equal(text + strlen(self) + 13, self);
	self[strlen(self) - 1] = ' ';
	text[strlen(self) + strcspn(text + strlen(self), " ")] = '\0';
	assert_int_equal(sv_parse_u64(text + strlen(self), 30000, 60000000, "us", &us, &err), 0);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, store_setup, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_in_order),	T(test_stopped_holder), T(test_stopped_waiter),
		T(test_told_and_ended), T(test_past_the_queue), T(test_reader),
		T(test_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
