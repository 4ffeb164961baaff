/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors, numbers, text, locks and process identity: the helpers that all other code uses. */
#include "base/array.h"
#include "base/cgroup.h"
#include "base/fields.h"
#include "base/lock.h"
#include "base/parse.h"
#include "base/proc.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

static void test_error(void **state)
{
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_fail_errno(&err, EACCES, "cannot open %s", "x"), -SV_E_PERMISSION);
	assert_string_equal(err.msg, "cannot open x: Permission denied");
	assert_int_equal(sv_wrap(&err, "guest '%s'", "a"), -SV_E_PERMISSION);
	assert_string_equal(err.msg, "guest 'a': cannot open x: Permission denied");
	/* the first cause and the innermost hint stay */
	assert_int_equal(sv_fail(&err, SV_E_BUSY, 0, "later"), -SV_E_PERMISSION);
	assert_int_equal(sv_hint(&err, "first"), -SV_E_PERMISSION);
	(void)sv_hint(&err, "second");
	assert_string_equal(err.hint, "first");
	sv_error_clear(&err);
	assert_int_equal(sv_fail_at(&err, "a.xml", 7, "bad"), -SV_E_USAGE);
	assert_string_equal(err.file, "a.xml");
	assert_int_equal(err.line, 7);
}

static void test_numbers(void **state)
{
	static const char *const bad[] = {"",		" 1", "1 ",  "010", "0x10",
					  "-1",		"+1", "1.0", "1k",  "99999999999999999999",
					  "4294967296", "8"};
	struct sv_error err = {0};
	uint32_t v = 77;
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(bad); i++) {
		sv_error_clear(&err);
		assert_int_equal(sv_parse_u32(bad[i], 0, 7, "n", &v, &err), -SV_E_USAGE);
		assert_int_equal(v, 77);
		assert_int_equal(strncmp(err.msg, "n: ", 3), 0);
	}
	sv_error_clear(&err);
	assert_int_equal(sv_parse_u32("0", 0, 7, "n", &v, &err), 0);
	assert_int_equal(v, 0);
	assert_int_equal(sv_parse_u32("7", 0, 7, "n", &v, &err), 0);
	assert_int_equal(v, 7);
}

static void test_number(void **state)
{
	static const char *const bad[] = {"",	  "0x",	   "0xg", "x1",	 "0x10000000000000001",
					  "0x1 ", "0x100", "256", "010", "-1"};
	struct sv_error err = {0};
	uint32_t v = 77;
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(bad); i++) {
		sv_error_clear(&err);
		assert_int_equal(sv_parse_number(bad[i], 0xff, "n", &v, &err), -SV_E_USAGE);
		assert_int_equal(v, 77);
		assert_int_equal(strncmp(err.msg, "n: ", 3), 0);
	}
	sv_error_clear(&err);
	assert_int_equal(sv_parse_number("0x0fF", 0xff, "n", &v, &err), 0);
	assert_int_equal(v, 0xff);
	assert_int_equal(sv_parse_number("17", 0xff, "n", &v, &err), 0);
	assert_int_equal(v, 17);
	assert_int_equal(sv_parse_number("0XFFFFFFFF", UINT32_MAX, "n", &v, &err), 0);
	assert_int_equal(v, UINT32_MAX);
}

static void test_uuid(void **state)
{
	const char *canonical = "fa3c8e06-0877-2a08-06fd-f2479b7bacb4";
	char out[SV_UUID_LEN + 1] = "";
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_parse_uuid("FA3C8E0608772A0806FDF2479B7BACB4", out, &err), 0);
	assert_string_equal(out, canonical);
	assert_int_equal(sv_parse_uuid(canonical, out, &err), 0);
	assert_string_equal(out, canonical);
	assert_int_equal(sv_parse_uuid("fa3c8e06-0877-2a08-06fd-f2479b7bacb", out, &err),
			 -SV_E_USAGE);
	sv_error_clear(&err);
	assert_int_equal(sv_parse_uuid("fa3c8e06-08772a08-06fd-f2479b7bacb4-", out, &err),
			 -SV_E_USAGE);
}

static void test_escape(void **state)
{
	char out[64];

	(void)state;
	assert_string_equal(sv_escape("a\x1b[31mb\n", out, sizeof(out)), "a\\x1b[31mb\\x0a");
	assert_string_equal(sv_escape("gr\xc3\xbc\xc3\x9f", out, sizeof(out)),
			    "gr\xc3\xbc\xc3\x9f");
	assert_string_equal(sv_escape("\xff\xc2\x9b\xed\xa0\x80", out, sizeof(out)),
			    "\\xff\\xc2\\x9b\\xed\\xa0\\x80");
	assert_string_equal(sv_escape("0123456789", out, 8), "0123...");
}

static void test_buffers(void **state)
{
	sv_auto_buf struct sv_buf buf = {0};
	sv_auto_strv struct sv_strv v = {0};
	sv_auto_free char *text = NULL;
	struct sv_error err = {0};
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		sv_buf_printf(&buf, "%d,", i);
		sv_strv_printf(&v, "%d", i);
	}
	assert_int_equal(sv_buf_take(&buf, &text, &err), 0);
	assert_int_equal(strlen(text), 3890);
	assert_int_equal(sv_strv_check(&v, &err), 0);
	assert_int_equal(v.n, 1000);
	assert_string_equal(v.v[999], "999");
	assert_null(v.v[1000]);
}

static void test_hex(void **state)
{
	static const char *const bad[] = {"00ff1", "00ff1g", "00FF10", "00ff", "00ff1000", ""};
	const unsigned char bytes[] = {0x00, 0xff, 0x10};
	unsigned char read[sizeof(bytes)] = {0};
	sv_auto_buf struct sv_buf buf = {0};
	sv_auto_free char *text = NULL;
	struct sv_error err = {0};

	(void)state;
	sv_buf_hex(&buf, bytes, sizeof(bytes));
	assert_int_equal(sv_buf_take(&buf, &text, &err), 0);
	assert_string_equal(text, "00ff10");
	assert_int_equal(sv_parse_hex(text, sizeof(read), read), 0);
	assert_memory_equal(read, bytes, sizeof(bytes));
	for (size_t i = 0; i < SV_N_ELEMENTS(bad); i++)
		assert_int_equal(sv_parse_hex(bad[i], sizeof(read), read), SV_NONE);
}

static int probe(const char *path)
{
	struct sv_error err = {0};
	sv_auto_close int fd = -1;
	int r = sv_lock_probe(path, &fd, &err);

	assert_int_equal(fd >= 0, access(path, F_OK) == 0);
	return r;
}

static void test_lock(void **state)
{
	char path[] = "/tmp/svirt-test-lock.XXXXXX";
	struct sv_error err = {0};
	int first = -1, second = -1, copy;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(probe(path), SV_NONE);
	assert_int_equal(sv_lock_take(path, &first, &err), 0);
	assert_int_equal(sv_lock_take(path, &second, &err), SV_BUSY);
	assert_int_equal(probe(path), 0);
	/* the lock belongs to the open file: a duplicate keeps it, as in a child */
	copy = dup(first);
	close(first);
	assert_int_equal(probe(path), 0);
	close(copy);
	assert_int_equal(probe(path), SV_NONE);
	assert_int_equal(sv_lock_take(path, &first, &err), 0);
	sv_lock_drop(path, &first);
	assert_int_equal(first, -1);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(probe(path), SV_NONE);
}

static void *wait_for_ever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

/* /proc shows state Z for it, and it is not dead. */
static void test_process_without_leader(void **state)
{
	sv_auto_close int pidfd = -1;
	struct sv_error err = {0};
	struct sv_proc_id id;
	char path[64], text[256] = "";
	pthread_t thread;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		if (pthread_create(&thread, NULL, wait_for_ever, NULL) == 0)
			syscall(SYS_exit, 0);
		_exit(1);
	}
	assert_true(pid > 0);
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	for (int i = 0; i < 1000 && !strstr(text, ") Z "); i++) {
		sv_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);

		assert_true(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
		usleep(2000);
	}
	assert_non_null(strstr(text, ") Z "));
	assert_int_equal(sv_proc_identify(pid, &id, &err), 0);
	assert_int_equal(sv_proc_alive(&id, &err), 0);
	assert_int_equal(sv_proc_open(&id, &pidfd, &err), 0);
	assert_int_equal(sv_proc_wait(pidfd, 0), SV_NONE);
	assert_int_equal(sv_proc_kill(pidfd, "it", &err), 0);
	assert_int_equal(sv_proc_alive(&id, &err), SV_NONE);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* No two names share a group, and no group has a dot or a slash in its name: the kernel's files
 * have dots. */
static void test_cgroup_path(void **state)
{
	char path[SV_CGROUP_PATH_MAX + 1], name[65] = "";

	(void)state;
	sv_cgroup_path("web-1_B", path);
	assert_string_equal(path, "/svirt/web-1_B");
	sv_cgroup_path("cgroup.procs", path);
	assert_string_equal(path, "/svirt/cgroup:2eprocs");
	sv_cgroup_path("a:2e", path);
	assert_string_equal(path, "/svirt/a:3a2e");
	sv_cgroup_path("../b", path);
	assert_string_equal(path, "/svirt/:2e:2e:2fb");
	memset(name, '\xff', 64);
	sv_cgroup_path(name, path);
	assert_int_equal(strlen(path), strlen("/svirt/") + 3 * 64);
	assert_string_equal(path + strlen(path) - 6, ":ff:ff");
	assert_true(sv_cgroup_is_path(path));
	assert_false(sv_cgroup_is_path("/svirt/"));
	assert_false(sv_cgroup_is_path("/svirt/a/b"));
	assert_false(sv_cgroup_is_path("/svirt/.."));
	assert_false(sv_cgroup_is_path("/init"));
}

/* Each item is new and zero, existing items stay, and a shortened array grows again. */
static void test_array(void **state)
{
	uint32_t *items = NULL, *item;
	size_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		item = sv_array_add(items, n);
		assert_non_null(item);
		assert_int_equal(*item, 0);
		*item = i + 1;
	}
	assert_int_equal(n, 1000);
	for (n = 100; n > 0; n--) {
		size_t before = n;

		assert_int_equal(items[n - 1], n);
		for (int k = 0; k < 20; k++) {
			item = sv_array_add(items, n);
			assert_non_null(item);
			assert_int_equal(*item, 0);
		}
		assert_int_equal(n, before + 20);
		n = before;
	}
	item = sv_array_add(items, n);
	assert_true(item == items && n == 1);
	free(items);
}

struct sample {
	char *first;
	bool flag;
	char chars[4];
	char *last;
	uint64_t number;
};

static void test_fields(void **state)
{
	static const struct sv_field fields[] = {
		SV_FIELD(struct sample, first),	      SV_FIELD(struct sample, flag),
		SV_FIELD(struct sample, chars),	      SV_FIELD(struct sample, number),
		SV_FIELD_NEEDED(struct sample, last), SV_FIELD_END,
	};
	char first[] = "first", last[] = "last";
	const struct sample sample = {first, true, "abc", last, UINT64_MAX};
	struct sample copy = sample, none = {.flag = true}, *all = calloc(2, sizeof(*all));
	struct sv_error err = {0};
	const struct sv_text texts[] = {
		{"a", &all[0].first}, {NULL, &all[0].last}, {"b", &all[1].first}};

	(void)state;
	assert_true(fields[0].kind == SV_FIELD_TEXT && fields[1].kind == SV_FIELD_BOOL);
	assert_true(fields[2].kind == SV_FIELD_CHARS && fields[2].size == sizeof(sample.chars));
	assert_true(fields[3].kind == SV_FIELD_U64 && !fields[3].needed && fields[4].needed);
	assert_int_equal(sv_fields_own(fields, &copy, &err), 0);
	assert_true(copy.first != first && copy.last != last);
	assert_string_equal(copy.first, "first");
	assert_string_equal(copy.last, "last");
	assert_string_equal(copy.chars, "abc");
	assert_true(copy.flag && copy.number == UINT64_MAX);
	sv_fields_free(fields, &copy);
	assert_true(!copy.first && !copy.last && copy.flag);
	assert_int_equal(sv_fields_own(fields, &none, &err), 0);
	assert_true(!none.first && !none.last && none.flag);
	assert_int_equal(sv_strdup_all(texts, SV_N_ELEMENTS(texts), &err), 0);
	assert_string_equal(all[1].first, "b");
	assert_null(all[0].last);
	sv_fields_free_array(fields, all, 2, sizeof(*all));
}

static void handle(int sig)
{
	(void)sig;
}

static bool is_set(uint64_t signals, int sig)
{
	return signals >> (sig - 1) & 1;
}

/* Ignored and handled signals, up to the last one; not those with the default action. */
static void test_signals(void **state)
{
	uint64_t set;

	(void)state;
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGUSR2, handle);
	(void)signal(SIGRTMAX, SIG_IGN);
	(void)signal(SIGUSR1, SIG_DFL);
	set = sv_proc_signals();
	(void)signal(SIGHUP, SIG_DFL);
	(void)signal(SIGUSR2, SIG_DFL);
	(void)signal(SIGRTMAX, SIG_DFL);
	assert_true(is_set(set, SIGHUP) && is_set(set, SIGUSR2) && is_set(set, SIGRTMAX));
	assert_false(is_set(set, SIGUSR1));
	set = sv_proc_signals();
	assert_false(is_set(set, SIGHUP) || is_set(set, SIGUSR2) || is_set(set, SIGRTMAX));
}

static void test_process(void **state)
{
	struct sv_proc_id id, other;
	struct sv_error err = {0};
	uint64_t cpu, rss;
	int pidfd = -1;
	pid_t pid;

	(void)state;
	assert_int_equal(sv_proc_identify(getpid(), &id, &err), 0);
	assert_int_equal(sv_proc_alive(&id, &err), 0);
	other = id;
	other.start++;
	assert_int_equal(sv_proc_alive(&other, &err), SV_NONE);
	other = id;
	other.boot[0] = other.boot[0] == 'a' ? 'b' : 'a';
	assert_int_equal(sv_proc_alive(&other, &err), SV_NONE);
	assert_int_equal(sv_proc_usage(getpid(), &cpu, &rss, &err), 0);
	assert_true(rss > 0);

	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	assert_int_equal(sv_proc_identify(pid, &id, &err), 0);
	assert_int_equal(sv_proc_open(&id, &pidfd, &err), 0);
	close(pidfd);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(sv_proc_alive(&id, &err), SV_NONE);
	assert_int_equal(sv_proc_open(&id, &pidfd, &err), SV_NONE);
}

/* The leader of a session has ended, and a process that it started has not. */
static void test_session(void **state)
{
	struct sv_proc_id id;
	struct sv_error err = {0};
	int ready[2], pidfd = -1, r;
	pid_t pid, child = 0;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		(void)setsid();
		child = fork();
		if (child == 0) {
			pause();
			_exit(0);
		}
		(void)!write(ready[1], &child, sizeof(child));
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &child, sizeof(child)), sizeof(child));
	assert_int_equal(sv_proc_identify(pid, &id, &err), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	r = sv_proc_open(&id, &pidfd, &err);
	/* a failed test must not leave it behind, because it has our output */
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(r, SV_NONE);
	close(ready[0]);
	close(ready[1]);
}

static void test_end(void **state)
{
	struct sv_proc_id id;
	struct sv_error err = {0};
	int pidfd = -1, null;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		pause();
		_exit(0);
	}
	assert_int_equal(sv_proc_identify(pid, &id, &err), 0);
	assert_int_equal(sv_proc_open(&id, &pidfd, &err), 0);
	assert_int_equal(sv_proc_wait(pidfd, 0), SV_NONE);
	assert_int_equal(sv_proc_kill(pidfd, "it", &err), 0);
	assert_int_equal(sv_proc_wait(pidfd, 0), 0);
	/* a second time, and after its parent has waited for it */
	assert_int_equal(sv_proc_kill(pidfd, "it", &err), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(sv_proc_kill(pidfd, "it", &err), 0);
	close(pidfd);
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(sv_proc_kill(null, "process 7", &err), -SV_E_UNKNOWN);
	assert_string_equal(err.msg, "cannot end process 7: Bad file descriptor");
	close(null);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error),	    cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_number),	    cmocka_unit_test(test_uuid),
		cmocka_unit_test(test_escape),	    cmocka_unit_test(test_buffers),
		cmocka_unit_test(test_hex),	    cmocka_unit_test(test_lock),
		cmocka_unit_test(test_process),	    cmocka_unit_test(test_process_without_leader),
		cmocka_unit_test(test_cgroup_path), cmocka_unit_test(test_session),
		cmocka_unit_test(test_end),	    cmocka_unit_test(test_signals),
		cmocka_unit_test(test_array),	    cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
