/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory of a guest: fixed names, a lock that outlives its users, foreign entries. */
#include "guest/state/rundir.h"

#include "base/fs.h"
#include "base/lock.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

static char dir[64], said[1024];

static void hear(void *data, const char *msg)
{
	(void)data;
	(void)snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s\n", msg);
}

static const struct svirt sv = {.run_dir = dir, .warn = hear};

static int setup(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/svirt-test-rundir.XXXXXX");
	said[0] = '\0';
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	struct sv_error err = {0};

	(void)state;
	return sv_fs_remove_tree(dir, &err);
}

static const char *at(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* A name that looks like another guest's file is an ordinary name. */
static void test_names_of_files(void **state)
{
	static const char *const names[] = {"x", "x.lock", "x.monitor", "lock", "monitor", "guest"};
	int locks[SV_N_ELEMENTS(names)], again = -1;
	struct sv_error err = {0};
	struct stat st;

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(names); i++)
		assert_int_equal(sv_guest_lock(&sv, names[i], &locks[i], &err), 0);
	for (size_t i = 0; i < SV_N_ELEMENTS(names); i++) {
		char path[64];

		assert_int_equal(sv_guest_lock(&sv, names[i], &again, &err), SV_BUSY);
		assert_int_equal(stat(at(names[i]), &st), 0);
		assert_int_equal(st.st_mode, S_IFDIR | 0711);
		(void)snprintf(path, sizeof(path), "%s/guest", names[i]);
		assert_int_equal(mkdir(at(path), 0700), 0);
		(void)snprintf(path, sizeof(path), "%s/monitor", names[i]);
		assert_int_equal(mknod(at(path), S_IFREG | 0600, 0), 0);
		assert_int_equal(sv_rundir_clear(&sv, names[i], &err), 0);
		sv_guest_unlock(&sv, names[i], &locks[i]);
		assert_int_equal(locks[i], -1);
		assert_int_equal(access(at(names[i]), F_OK), -1);
	}
}

/* The content of the directory stays when the lock is removed. */
static void test_unlock_keeps(void **state)
{
	struct sv_error err = {0};
	mode_t mask = umask(077);
	struct stat st;
	int lock = -1;

	(void)state;
	assert_int_equal(sv_guest_lock(&sv, "web", &lock, &err), 0);
	(void)umask(mask);
	assert_int_equal(stat(at("web"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0711);
	assert_int_equal(mkdir(at("web/guest"), 0700), 0);
	sv_guest_unlock(&sv, "web", &lock);
	assert_int_equal(access(at("web/lock"), F_OK), -1);
	assert_int_equal(access(at("web/guest"), F_OK), 0);
	sv_guest_unlock(&sv, "web", &lock);
	assert_int_equal(access(at("web/guest"), F_OK), 0);
}

enum { ROUNDS = 3000, PROCESSES = 3 };

/* Locks and unlocks. Ends with 1 when two processes had the lock at once, with 2 for an error. */
static int hammer(atomic_int *inside)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct sv_error err = {0};
		int lock = -1, r = sv_guest_lock(&sv, "web", &lock, &err);

		if (r < 0)
			return 2;
		if (r == SV_BUSY)
			continue;
		if (atomic_fetch_add(inside, 1) != 0)
			return 1;
		atomic_fetch_sub(inside, 1);
		sv_guest_unlock(&sv, "web", &lock);
	}
	return 0;
}

static void test_race(void **state)
{
	atomic_int *inside = mmap(NULL, sizeof(*inside), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[PROCESSES];
	int status;

	(void)state;
	assert_ptr_not_equal(inside, MAP_FAILED);
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(hammer(inside));
	}
	for (int i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(munmap(inside, sizeof(*inside)), 0);
	assert_int_equal(access(at("web"), F_OK), -1);
}

/* No entry of RUN_DIR keeps the guests from being found. */
static void test_foreign_entries(void **state)
{
	sv_auto_strv struct sv_strv names = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(mkdir(at("web"), 0711), 0);
	assert_int_equal(mkdir(at("open"), 0711), 0);
	assert_int_equal(chmod(at("open"), 0777), 0);
	assert_int_equal(mkdir(at("-rf"), 0711), 0);
	assert_int_equal(mkdir(at("two\nlines"), 0711), 0);
	assert_int_equal(mknod(at("file"), S_IFREG | 0600, 0), 0);
	assert_int_equal(mknod(at("fifo"), S_IFIFO | 0600, 0), 0);
	assert_int_equal(symlink("web", at("link")), 0);
	assert_int_equal(mknod(at(".rebuild"), S_IFREG | 0600, 0), 0);
	assert_int_equal(sv_rundir_names(&sv, &names, &err), 0);
	assert_int_equal(names.n, 1);
	assert_string_equal(names.v[0], "web");
	assert_non_null(strstr(said,
			       "/open is not svirt's, and is left there: it has another owner or "
			       "may be written by others\n"));
	assert_non_null(
		strstr(said, "/-rf is not svirt's, and is left there: its name is no guest's\n"));
	assert_non_null(strstr(said, "/two\\x0alines is not svirt's"));
	assert_non_null(
		strstr(said, "/file is not svirt's, and is left there: it is no directory\n"));
	assert_non_null(strstr(said, "/fifo is not svirt's"));
	assert_non_null(strstr(said, "/link is not svirt's"));
	assert_null(strstr(said, "rebuild"));
}

/* A directory that cannot be removed is closed, and reported. */
static void test_left(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(mkdir(at("web"), 0711), 0);
	assert_int_equal(mknod(at("web/guest"), S_IFREG | 0600, 0), 0);
	sv_rundir_leave(&sv, "web");
	assert_non_null(strstr(said, "/web/guest: is not a directory; it is closed to all but root "
				     "until a command of svirt has removed it\n"));
	assert_int_equal(stat(at("web"), &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_int_equal(unlink(at("web/guest")), 0);
	said[0] = '\0';
	sv_rundir_leave(&sv, "web");
	assert_string_equal(said, "");
}

/* The rest of an ended guest is moved aside under its lock, and removed by the next command; an
 * existing one of that name keeps its place. */
static void test_ended(void **state)
{
	struct sv_error err = {0};
	int lock = -1;

	(void)state;
	assert_int_equal(mkdir(at(".ended"), 0700), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sv_guest_lock(&sv, "web", &lock, &err), 0);
		assert_int_equal(mkdir(at("web/guest"), 0700), 0);
		sv_guest_unlock(&sv, "web", &lock);
		assert_int_equal(access(at(".ended/web/guest"), F_OK), 0);
		assert_int_equal(access(at(".ended/web/lock"), F_OK), -1);
		assert_int_equal(access(at("web"), F_OK), i - 1);
	}
	sv_rundir_sweep(&sv);
	assert_int_equal(access(at(".ended/web"), F_OK), -1);
	assert_int_equal(access(at(".ended"), F_OK), 0);
	assert_string_equal(said, "");
}

/* A file that cannot be locked is an error, and neither a busy nor a free guest. */
static void test_no_lock(void **state)
{
	static const char *const bad[] = {"file", "link", "nodir/lock"};
	struct sv_error err = {0};
	int lock = -1;

	(void)state;
	assert_int_equal(mknod(at("file"), S_IFREG | 0600, 0), 0);
	assert_int_equal(symlink("elsewhere", at("link")), 0);
	assert_int_equal(mkdir(at("dir"), 0711), 0);
	assert_int_equal(mkdir(at("dir/lock"), 0711), 0);
	for (size_t i = 0; i < SV_N_ELEMENTS(bad); i++)
		assert_true(sv_guest_lock(&sv, bad[i], &lock, &err) < 0);
	assert_true(sv_guest_lock(&sv, "dir", &lock, &err) < 0);
	assert_non_null(strstr(err.msg, "cannot open the lock "));
	assert_int_equal(lock, -1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_names_of_files),	 T(test_unlock_keeps), T(test_race),
		T(test_foreign_entries), T(test_no_lock),      T(test_left),
		T(test_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
