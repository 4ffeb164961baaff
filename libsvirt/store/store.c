/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The store's file: finding it, trusting it, its schema, and transactions. What is in the rows is
 * the business of lease.c and hold.c.
 *
 * A rollback journal, not WAL: a reader in another security domain opens the file read-only and
 * must not have to write a shared-memory file beside it. The journal is truncated, not deleted:
 * with synchronous=FULL only the truncation is itself made durable, so that a committed plan
 * cannot come back undone after a power cut. The file is never opened but by SQLite: closing any
 * other descriptor of it would drop the POSIX locks of this process.
 */
#include "store/store-sql.h"

#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define STORE_FILE "state.db"
#define SHOWN	   256

#define QUEUE_FILE  "state.lock"
#define PATIENCE_MS 60000
#define BUSY_MS	    10 /* between two tries while the file is busy */

/* The file has to belong to us or to root, who may change everything anyway. */
static int check_owner(const char *path, const struct stat *st, struct sv_error *err)
{
	char shown[SHOWN];

	sv_escape(path, shown, sizeof(shown));
	if (st->st_uid != geteuid() && st->st_uid != 0) {
		sv_fail(err, SV_E_PERMISSION, 0, "%s belongs to user %u", shown,
			(unsigned)st->st_uid);
		return sv_hint(err, "see who made it, then: chown root:root %.200s", shown);
	}
	if (st->st_mode & (S_IWGRP | S_IWOTH)) {
		sv_fail(err, SV_E_PERMISSION, 0, "%s is writable by others", shown);
		return sv_hint(err, "see who changed it, then: chmod go-w %.200s", shown);
	}
	return 0;
}

static int fail_path(const char *path, int sys, struct sv_error *err)
{
	char shown[SHOWN];

	sv_fail_errno(err, sys, "cannot use %s", sv_escape(path, shown, sizeof(shown)));
	if (err->code == SV_E_PERMISSION)
		sv_hint(err, "run it as root");
	if (sys == EROFS)
		sv_hint(err, "remount its filesystem read-write");
	return -(int)err->code;
}

static int open_dir(const char *dir, enum sv_store_mode mode, int *ret, struct sv_error *err)
{
	sv_auto_close int fd = open(dir, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0 && errno == ENOENT && mode == SV_STORE_READ)
		return SV_NONE;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_path(dir, errno, err);
	r = check_owner(dir, &st, err);
	if (r < 0)
		return r;
	*ret = sv_take_fd(&fd);
	return 0;
}

/* Makes the file with mode 0600 whatever the umask is. mknod(2) instead of open(2): see the head of
 * this file. */
static int make_file(int dir, const char *path, struct sv_error *err)
{
	if (mknodat(dir, STORE_FILE, S_IFREG | 0600, 0) < 0)
		return errno == EEXIST ? 0 : fail_path(path, errno, err);
	if (fchmodat(dir, STORE_FILE, 0600, 0) < 0)
		return fail_path(path, errno, err);
	return 0;
}

static int check_file(int dir, const char *path, enum sv_store_mode mode, struct sv_error *err)
{
	struct stat st;
	char shown[SHOWN];
	int r;

	if (mode == SV_STORE_WRITE) {
		r = make_file(dir, path, err);
		if (r < 0)
			return r;
	}
	if (fstatat(dir, STORE_FILE, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT && mode == SV_STORE_READ)
			return SV_NONE;
		return fail_path(path, errno, err);
	}
	if (!S_ISREG(st.st_mode)) {
		sv_escape(path, shown, sizeof(shown));
		sv_fail(err, SV_E_UNKNOWN, 0, "%s is not a regular file", shown);
		return sv_hint(err, "see who made it, then remove %.200s", shown);
	}
	return check_owner(path, &st, err);
}

static int open_queue(int dir, const char *path, int *ret, struct sv_error *err)
{
	const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	sv_auto_close int fd = openat(dir, QUEUE_FILE, flags, 0600);
	struct stat st;
	char shown[SHOWN];
	int r;

	/* on a read-only filesystem no writer waits; SQLite reports the error itself */
	if (fd < 0 && errno == EROFS)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_path(path, errno, err);
	if (!S_ISREG(st.st_mode)) {
		sv_escape(path, shown, sizeof(shown));
		sv_fail(err, SV_E_UNKNOWN, 0, "%s is not a regular file", shown);
		return sv_hint(err, "see who made it, then remove %.200s", shown);
	}
	r = check_owner(path, &st, err);
	if (r == 0)
		*ret = sv_take_fd(&fd);
	return r;
}

static void start_waiting(struct sv_store *store)
{
	store->patience.path = store->path;
	store->patience.since = 0;
	sv_error_clear(&store->ended);
}

/* Waits for processes that the queue does not order: a reader that delays a commit, and another
 * program that has the file open. */
static int wait_busy(void *data, int tries)
{
	struct sv_store *store = data;

	if (tries == 0)
		start_waiting(store);
	return sv_patience_sleep(&store->patience, BUSY_MS, &store->ended) == 0;
}

static int configure(struct sv_store *store, enum sv_store_mode mode, struct sv_error *err)
{
	sqlite3 *db = store->db;
	int r;

	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_handler(db, wait_busy, store);
	if (sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL) != SQLITE_OK)
		return sv_sql_fail(store, err);
	/* temporary files would need a directory that a confined manager may not have */
	r = sv_sql_exec(store,
			"PRAGMA trusted_schema = OFF;"
			"PRAGMA cell_size_check = ON;"
			"PRAGMA temp_store = MEMORY;",
			err);
	if (r == 0 && mode == SV_STORE_WRITE)
		r = sv_sql_exec(store, "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL;",
				err);
	return r;
}

static int get_number(struct sv_store *store, const char *text, int64_t *ret, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, text, &sql, err);

	if (r < 0)
		return r;
	r = sv_sql_step(&sql, err);
	if (r > 0)
		return sv_sql_fail_damaged(store, "a header field is missing", err);
	if (r == 0)
		*ret = sv_sql_get_int(&sql);
	return r;
}

/* Looks at the file, in a transaction. 0: a store of this version or of an older one. SV_NONE: an
 * empty file. */
static int inspect(struct sv_store *store, struct sv_error *err)
{
	int64_t id = 0, version = 0, tables = 0;
	char shown[SHOWN];
	int r;

	r = get_number(store, "PRAGMA application_id", &id, err);
	if (r == 0)
		r = get_number(store, "PRAGMA user_version", &version, err);
	if (r == 0)
		r = get_number(store, "SELECT count(*) FROM sqlite_schema", &tables, err);
	if (r < 0)
		return r;
	if (id == 0 && version == 0 && tables == 0)
		return SV_NONE;
	if (id != SV_STORE_APPLICATION_ID || version < 1)
		return sv_sql_fail_damaged(store, "it is a database, but not svirt's", err);
	if (version > SV_STORE_SCHEMA) {
		sv_escape(store->path, shown, sizeof(shown));
		sv_fail(err, SV_E_HOST, 0,
			"%s has schema %lld, written by a newer svirt; this one knows schema %d",
			shown, (long long)version, SV_STORE_SCHEMA);
		return sv_hint(err, "install the newer svirt again");
	}
	store->schema = version;
	return 0;
}

int sv_store_look(struct sv_store *store, bool *ret, struct sv_error *err)
{
	*ret = sqlite3_get_autocommit(store->db);
	return *ret ? sv_sql_exec(store, "BEGIN", err) : 0;
}

static int inspect_now(struct sv_store *store, struct sv_error *err)
{
	bool mine;
	int r = sv_store_look(store, &mine, err);

	if (r == 0)
		r = inspect(store, err);
	sv_store_rollback(store);
	return r;
}

static bool is_old(const struct sv_store *store)
{
	return store->schema < SV_STORE_SCHEMA;
}

/* Makes the tables, or those of this version of older ones. Another process may have been faster,
 * so it looks again in the transaction. */
static int create(struct sv_store *store, struct sv_error *err)
{
	int r = sv_store_begin(store, err);

	if (r < 0)
		return r;
	r = inspect(store, err);
	if (r == SV_NONE)
		r = sv_schema_make(store, err);
	else if (r == 0)
		r = sv_schema_upgrade(store, store->schema, err);
	store->schema = SV_STORE_SCHEMA;
	if (r < 0) {
		sv_store_rollback(store);
		return r;
	}
	return sv_store_commit(store, err);
}

static int open_db(struct sv_store *store, enum sv_store_mode mode, struct sv_error *err)
{
	int flags = mode == SV_STORE_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
	int r;

	if (sqlite3_open_v2(store->path, &store->db, flags, NULL) != SQLITE_OK)
		return store->db ? sv_sql_fail(store, err) : sv_fail_oom(err);
	/* where SQLite may not write, it opens the file for reading without an error */
	if (mode == SV_STORE_WRITE && sqlite3_db_readonly(store->db, "main"))
		return sv_sql_fail_readonly(store, err);
	r = configure(store, mode, err);
	if (r < 0)
		return r;
	r = inspect_now(store, err);
	if (mode == SV_STORE_WRITE && (r == SV_NONE || (r == 0 && is_old(store))))
		r = create(store, err);
	return r;
}

static int new_store(const char *dir, const struct sv_watch *watch, struct sv_store **ret,
		     struct sv_error *err)
{
	sv_auto_store struct sv_store *store = calloc(1, sizeof(*store));
	int r;

	if (!store)
		return sv_fail_oom(err);
	store->queue = SV_QUEUE_EMPTY;
	store->patience = (struct sv_patience){.watch = watch, .most_ms = PATIENCE_MS};
	r = sv_asprintf(&store->path, err, "%s/%s", dir, STORE_FILE);
	if (r == 0)
		r = sv_asprintf(&store->lock_path, err, "%s/%s", dir, QUEUE_FILE);
	if (r == 0)
		*ret = sv_take_ptr(store);
	return r;
}

static int open_file(const char *dir, enum sv_store_mode mode, const struct sv_watch *watch,
		     struct sv_store **ret, struct sv_error *err)
{
	sv_auto_store struct sv_store *store = NULL;
	sv_auto_close int fd = -1;
	int r = new_store(dir, watch, &store, err);

	if (r == 0)
		r = open_dir(dir, mode, &fd, err);
	if (r == 0)
		r = check_file(fd, store->path, mode, err);
	if (r == 0 && mode == SV_STORE_WRITE)
		r = open_queue(fd, store->lock_path, &store->queue.fd, err);
	if (r == 0)
		r = open_db(store, mode, err);
	if (r != 0)
		return r;
	*ret = sv_take_ptr(store);
	return 0;
}

static int copy_all(struct sv_store *from, struct sv_store *to, struct sv_error *err)
{
	sqlite3_backup *backup = sqlite3_backup_init(to->db, "main", from->db, "main");

	if (!backup)
		return sv_sql_fail(to, err);
	(void)sqlite3_backup_step(backup, -1);
	return sqlite3_backup_finish(backup) == SQLITE_OK ? 0 : sv_sql_fail(to, err);
}

static int open_copy(const char *dir, const struct sv_watch *watch, struct sv_store **ret,
		     struct sv_error *err)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY;
	sv_auto_store struct sv_store *real = NULL, *copy = NULL;
	int r = new_store(dir, watch, &copy, err);

	if (r == 0)
		r = open_file(dir, SV_STORE_READ, watch, &real, err);
	if (r < 0)
		return r;
	copy->rehearses = true;
	if (sqlite3_open_v2(":memory:", &copy->db, flags, NULL) != SQLITE_OK)
		return copy->db ? sv_sql_fail(copy, err) : sv_fail_oom(err);
	r = real ? copy_all(real, copy, err) : 0;
	if (r == 0)
		r = configure(copy, SV_STORE_READ, err);
	if (r == 0 && (!real || is_old(real)))
		r = create(copy, err);
	if (r == 0)
		*ret = sv_take_ptr(copy);
	return r;
}

int sv_store_open_watched(const char *dir, enum sv_store_mode mode, const struct sv_watch *watch,
			  struct sv_store **ret, struct sv_error *err)
{
	int r;

	if (mode == SV_STORE_REHEARSE)
		return open_copy(dir, watch, ret, err);
	r = open_file(dir, mode, watch, ret, err);
	/* who only reads may not change the file: the copy gets the tables of this version */
	if (r == 0 && is_old(*ret)) {
		sv_store_close(ret);
		r = open_copy(dir, watch, ret, err);
	}
	return r;
}

int sv_store_open(const char *dir, enum sv_store_mode mode, struct sv_store **ret,
		  struct sv_error *err)
{
	return sv_store_open_watched(dir, mode, NULL, ret, err);
}

bool sv_store_rehearses(const struct sv_store *store)
{
	return store->rehearses;
}

void sv_store_close(struct sv_store **store)
{
	if (!*store)
		return;
	sqlite3_close((*store)->db);
	sv_queue_leave(&(*store)->queue);
	sv_close_fd(&(*store)->queue.fd);
	free((*store)->path);
	free((*store)->lock_path);
	free(*store);
	*store = NULL;
}

int sv_store_begin(struct sv_store *store, struct sv_error *err)
{
	int r;

	start_waiting(store);
	r = sv_queue_enter(&store->queue, &store->patience, err);
	if (r == 0)
		r = sv_sql_exec(store, "BEGIN IMMEDIATE", err);
	if (r != 0)
		sv_queue_leave(&store->queue);
	return r;
}

int sv_store_version(struct sv_store *store, int64_t *ret, struct sv_error *err)
{
	return get_number(store, "PRAGMA data_version", ret, err);
}

int sv_store_commit(struct sv_store *store, struct sv_error *err)
{
	int r = sv_sql_exec(store, "COMMIT", err);

	if (r < 0)
		sv_store_rollback(store);
	sv_queue_leave(&store->queue);
	return r;
}

void sv_store_rollback(struct sv_store *store)
{
	if (!sqlite3_get_autocommit(store->db))
		(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	sv_queue_leave(&store->queue);
}
