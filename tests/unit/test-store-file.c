/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store's file: made with the right mode for any umask, refused when it belongs to another user
 * or is newer or damaged, and what a reader gets after an interrupted commit.
 */
#include "store-fixture.h"

#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Expects that opening fails, with a message and a hint that contain these texts. */
static void refuse_open(enum sv_store_mode mode, enum sv_code code, const char *msg,
			const char *hint)
{
	struct sv_store *store = NULL;
	struct sv_error err = {0};

	assert_int_equal(sv_store_open(store_dir, mode, &store, &err), -(int)code);
	assert_null(store);
	if (!strstr(err.msg, msg) || !strstr(err.hint, hint))
		fail_msg("'%s' (%s)", err.msg, err.hint);
}

/* Runs fn in a child that ends without any cleanup, and waits for it. */
static int in_child(void (*fn)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		fn();
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_empty(void **state)
{
	struct sv_store *store = NULL;
	struct sv_error err = {0};
	sv_auto_close int fd = -1;

	(void)state;
	assert_int_equal(sv_store_open("/nonexistent/svirt", SV_STORE_READ, &store, &err), SV_NONE);
	assert_int_equal(sv_store_open(store_dir, SV_STORE_READ, &store, &err), SV_NONE);
	assert_int_equal(access(store_file, F_OK), -1);
	assert_int_equal(sv_store_open("/nonexistent/svirt", SV_STORE_WRITE, &store, &err),
			 -SV_E_NOTFOUND);
	/* the rest of a writer that was killed before it made the schema */
	fd = open(store_file, O_CREAT | O_WRONLY, 0600);
	sv_error_clear(&err);
	assert_int_equal(sv_store_open(store_dir, SV_STORE_READ, &store, &err), SV_NONE);
	assert_null(store);
	store = store_open(SV_STORE_WRITE);
	sv_store_close(&store);
	assert_null(store);
}

static void test_mode_whatever_umask(void **state)
{
	static const mode_t masks[] = {0, 077, 0777};
	struct stat st;
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(masks); i++) {
		mode_t old = umask(masks[i]);
		struct sv_store *store = store_open(SV_STORE_WRITE);
		char journal[128];

		store_add_lease(store, "a", NULL);
		umask(old);
		assert_int_equal(stat(store_file, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		(void)snprintf(journal, sizeof(journal), "%s-journal", store_file);
		assert_int_equal(stat(journal, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		assert_int_equal(st.st_size, 0);
		sv_store_close(&store);
		assert_int_equal(unlink(store_file), 0);
		assert_int_equal(unlink(journal), 0);
	}
}

static void test_settings(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	int on = 0;

	(void)state;
	assert_int_equal(store_number(store, "PRAGMA foreign_keys"), 1);
	assert_int_equal(store_number(store, "PRAGMA trusted_schema"), 0);
	assert_int_equal(store_number(store, "PRAGMA synchronous"), 2);
	assert_int_equal(store->patience.most_ms, 60000);
	assert_int_equal(store_number(store, "PRAGMA user_version"), SV_STORE_SCHEMA);
	assert_int_equal(store_number(store, "PRAGMA application_id"), 0x53565254);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, -1, &on);
	assert_int_equal(on, 1);
	assert_int_equal(store_number(store,
				      "SELECT count(*) FROM pragma_table_list"
				      " WHERE schema = 'main' AND type = 'table' AND strict = 1"),
			 10);
	assert_int_equal(store_number(store, "SELECT journal_mode = 'truncate'"
					     " FROM pragma_journal_mode"),
			 1);
}

/* Makes SQLite write pages of an open transaction to the file, as in the middle of a commit. */
static void die_in_commit(void)
{
	struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_error err = {0};
	char name[16];
	int i;

	if (sv_sql_exec(store, "PRAGMA cache_size = 1; PRAGMA cache_spill = 1", &err) < 0)
		_exit(1);
	store_begin(store);
	for (i = 0; i < 2000; i++) {
		(void)snprintf(name, sizeof(name), "g%d", i);
		store_add_lease(store, name, NULL);
	}
	_exit(0);
}

static void test_killed_in_commit(void **state)
{
	struct sv_store *store = store_open(SV_STORE_WRITE);
	char journal[128];
	struct stat st;

	(void)state;
	store_add_lease(store, "first", "s0:c1,c2");
	sv_store_close(&store);
	assert_int_equal(in_child(die_in_commit), 0);
	(void)snprintf(journal, sizeof(journal), "%s-journal", store_file);
	assert_int_equal(stat(journal, &st), 0);
	assert_true(st.st_size > 0);
	refuse_open(SV_STORE_READ, SV_E_UNKNOWN, "interrupted", "svirt restore --stale");
	store = store_open(SV_STORE_WRITE);
	assert_int_equal(store_count_leases(store), 1);
	sv_store_close(&store);
	store = store_open(SV_STORE_READ);
	assert_int_equal(store_count_leases(store), 1);
	sv_store_close(&store);
}

static void test_read_only(void **state)
{
	struct sv_store *writer = store_open(SV_STORE_WRITE), *store;
	struct sv_lease lease;
	struct sv_error err = {0};
	char name[] = "x";
	int64_t id;

	(void)state;
	store_add_lease(writer, "a", NULL);
	store = store_open(SV_STORE_READ);
	assert_int_equal(store_count_leases(store), 1);
	lease = lease_of(name, NULL);
	assert_true(sv_lease_add(store, &lease, &id, &err) < 0);
	/* a reader sees committed data, also while another process writes */
	store_begin(writer);
	store_add_lease(writer, "b", NULL);
	assert_int_equal(store_count_leases(store), 1);
	store_commit(writer);
	assert_int_equal(store_count_leases(store), 2);
	sv_store_close(&store);
	sv_store_close(&writer);
}

static void test_busy(void **state)
{
	sv_auto_store struct sv_store *a = store_open(SV_STORE_WRITE);
	sv_auto_store struct sv_store *b = store_open(SV_STORE_WRITE);
	struct sv_error err = {0};

	(void)state;
	b->patience.most_ms = 20;
	store_begin(a);
	assert_int_equal(sv_store_begin(b, &err), -SV_E_BUSY);
	assert_non_null(strstr(err.msg, store_file));
	assert_non_null(strstr(err.hint, "kill"));
	store_commit(a);
	sv_error_clear(&err);
	assert_int_equal(sv_store_begin(b, &err), 0);
}

static void test_full(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_error err = {0};
	char name[1024];
	int r = 0;
	int i;

	(void)state;
	store_number(store, "PRAGMA max_page_count = 12");
	store_begin(store);
	for (i = 0; r == 0 && i < 1000; i++) {
		struct sv_lease lease = lease_of(name, NULL);
		int64_t id;

		(void)snprintf(name, sizeof(name), "%01000d", i);
		r = sv_lease_add(store, &lease, &id, &err);
	}
	assert_int_equal(r, -SV_E_HOST);
	assert_int_equal(err.sys, ENOSPC);
	assert_non_null(strstr(err.hint, "make room"));
	sv_store_rollback(store);
	assert_int_equal(store_count_leases(store), 0);
}

static void overwrite(off_t at, const char *bytes, size_t len)
{
	sv_auto_close int fd = open(store_file, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, at), (ssize_t)len);
}

static void test_newer_schema(void **state)
{
	struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_sql_exec(store, "PRAGMA user_version = 7", &err), 0);
	sv_store_close(&store);
	refuse_open(SV_STORE_WRITE, SV_E_HOST, "schema 7", "newer svirt");
	refuse_open(SV_STORE_READ, SV_E_HOST, "knows schema 3", "newer svirt");
}

static void test_not_ours(void **state)
{
	struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_sql_exec(store, "PRAGMA application_id = 1", &err), 0);
	sv_store_close(&store);
	refuse_open(SV_STORE_WRITE, SV_E_UNKNOWN, "not svirt's", "--rebuild");
}

static void test_damaged(void **state)
{
	struct sv_store *store = store_open(SV_STORE_WRITE);
	static const char noise[4096] = "\x0d\xff\xff\xff\xff\xff\xff\xff";
	struct sv_lease got;
	struct sv_error err = {0};

	(void)state;
	store_add_lease(store, "a", NULL);
	assert_int_equal(sv_sql_exec(store, "UPDATE guest SET uuid = hex(zeroblob(40))", &err), 0);
	assert_int_equal(sv_lease_find(store, "a", &got, &err), -SV_E_UNKNOWN);
	assert_non_null(strstr(err.msg, "too long"));
	assert_non_null(strstr(err.msg, store_file));
	assert_non_null(strstr(err.hint, "svirt restore --rebuild"));
	sv_store_close(&store);

	overwrite(4096, noise, sizeof(noise));
	overwrite(2 * 4096, noise, sizeof(noise));
	store = store_open(SV_STORE_READ);
	sv_error_clear(&err);
	assert_int_equal(sv_lease_find(store, "a", &got, &err), -SV_E_UNKNOWN);
	assert_non_null(strstr(err.msg, "damaged"));
	sv_store_close(&store);

	overwrite(0, "garbage", 7);
	refuse_open(SV_STORE_READ, SV_E_UNKNOWN, "damaged", "--rebuild");
	refuse_open(SV_STORE_WRITE, SV_E_UNKNOWN, store_file, "--rebuild");
}

static void test_untrusted_places(void **state)
{
	struct sv_store *store = store_open(SV_STORE_WRITE);
	char lock[128];

	(void)state;
	sv_store_close(&store);
	assert_int_equal(chmod(store_dir, 0777), 0);
	refuse_open(SV_STORE_WRITE, SV_E_PERMISSION, "writable by others", "chmod");
	refuse_open(SV_STORE_READ, SV_E_PERMISSION, "writable by others", "chmod");
	assert_int_equal(chmod(store_dir, 0700), 0);
	assert_int_equal(chmod(store_file, 0620), 0);
	refuse_open(SV_STORE_WRITE, SV_E_PERMISSION, store_file, "chmod");
	assert_int_equal(unlink(store_file), 0);
	assert_int_equal(symlink("/dev/null", store_file), 0);
	refuse_open(SV_STORE_WRITE, SV_E_UNKNOWN, "not a regular file", "remove");
	/* a lock file that others may write, or of another kind, is refused at once */
	assert_int_equal(unlink(store_file), 0);
	(void)snprintf(lock, sizeof(lock), "%s/state.lock", store_dir);
	assert_int_equal(chmod(lock, 0666), 0);
	refuse_open(SV_STORE_WRITE, SV_E_PERMISSION, lock, "chmod");
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(mkfifo(lock, 0600), 0);
	refuse_open(SV_STORE_WRITE, SV_E_UNKNOWN, "not a regular file", "remove");
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(symlink("/dev/null", lock), 0);
	refuse_open(SV_STORE_WRITE, SV_E_UNKNOWN, lock, "");
}

/* As a user who may not write; root becomes nobody for it. */
static void check_no_rights(void)
{
	struct sv_store *store = NULL;
	struct sv_error err = {0};

	if (geteuid() == 0 && (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534)))
		_exit(1);
	if (sv_store_open(store_dir, SV_STORE_WRITE, &store, &err) != -SV_E_PERMISSION)
		_exit(2);
	_exit(strstr(err.hint, "as root") ? 0 : 3);
}

static void test_no_rights(void **state)
{
	struct sv_store *store = store_open(SV_STORE_WRITE);

	(void)state;
	sv_store_close(&store);
	/* the directory may be searched and the file read, but not written */
	assert_int_equal(chmod(store_dir, 0555), 0);
	assert_int_equal(chmod(store_file, 0444), 0);
	assert_int_equal(in_child(check_no_rights), 0);
	assert_int_equal(chmod(store_dir, 0000), 0);
	assert_int_equal(in_child(check_no_rights), 0);
	assert_int_equal(chmod(store_dir, 0700), 0);
}

/* Only the rehearsal sees its own writes, which fail where those of a store would. */
static void test_rehearsal(void **state)
{
	struct sv_store *copy = store_open(SV_STORE_REHEARSE), *store;

	(void)state;
	assert_true(sv_store_rehearses(copy));
	assert_true(store_add_lease(copy, "a", "s0:c1,c2") > 0);
	assert_int_equal(access(store_file, F_OK), -1);
	sv_store_close(&copy);

	store = store_open(SV_STORE_WRITE);
	assert_false(sv_store_rehearses(store));
	assert_true(store_add_lease(store, "b", "s0:c1,c2") > 0);
	copy = store_open(SV_STORE_REHEARSE);
	assert_int_equal(store_add_lease(copy, "c", "s0:c1,c2"), -SV_BUSY);
	assert_true(store_add_lease(copy, "c", "s0:c1,c3") > 0);
	assert_int_equal(store_count_leases(copy), 2);
	assert_int_equal(store_count_leases(store), 1);
	/* its transaction blocks no other process */
	store_begin(copy);
	assert_true(store_add_lease(store, "d", "s0:c1,c4") > 0);
	store_commit(copy);
	sv_store_close(&copy);
	sv_store_close(&store);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, store_setup, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_empty),
		T(test_mode_whatever_umask),
		T(test_settings),
		T(test_killed_in_commit),
		T(test_read_only),
		T(test_busy),
		T(test_full),
		T(test_newer_schema),
		T(test_not_ours),
		T(test_damaged),
		T(test_untrusted_places),
		T(test_no_rights),
		T(test_rehearsal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
