/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Statements and result codes of SQLite: see store-sql.h. Knows nothing of leases and holds; it
 * exists so that no other file has to think about result codes, and so that each of them reaches
 * the administrator with a remedy.
 */
#include "store/store-sql.h"

#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define SHOWN 256

int sv_sql_fail_damaged(const struct sv_store *store, const char *what, struct sv_error *err)
{
	char path[SHOWN], shown[SHOWN];

	sv_escape(store->path, path, sizeof(path));
	/* SQLite's message says what is wrong in the file */
	sv_fail(err, SV_E_UNKNOWN, 0, "%s is damaged: %s", path,
		sv_escape(what, shown, sizeof(shown)));
	return sv_hint(err,
		       "run 'svirt restore --rebuild': it sets the file aside and saves what can "
		       "still be read");
}

int sv_sql_fail_readonly(const struct sv_store *store, struct sv_error *err)
{
	char path[SHOWN];

	sv_escape(store->path, path, sizeof(path));
	/* access(2) reports EROFS before it looks at any right; statvfs(2) would need a right */
	if (access(store->path, W_OK) < 0 && errno == EROFS) {
		sv_fail(err, SV_E_HOST, EROFS, "cannot write %s", path);
		return sv_hint(err, "remount its filesystem read-write");
	}
	sv_fail(err, SV_E_PERMISSION, 0, "may not write %s", path);
	return sv_hint(err, "run it as root");
}

/* SQLite's own reasons not to write, which are not about rights. */
static int fail_recovery(const struct sv_store *store, int rc, struct sv_error *err)
{
	char path[SHOWN];

	sv_escape(store->path, path, sizeof(path));
	if (rc == SQLITE_READONLY_ROLLBACK || rc == SQLITE_READONLY_RECOVERY) {
		sv_fail(err, SV_E_UNKNOWN, 0,
			"%s: a change was interrupted and has to be rolled back before reading",
			path);
		return sv_hint(err,
			       "run 'svirt restore --stale' as root: it may write, and repairs it");
	}
	if (rc == SQLITE_READONLY_DBMOVED) {
		sv_fail(err, SV_E_UNKNOWN, 0, "%s was moved or replaced while it was in use", path);
		return sv_hint(err, "run the command again");
	}
	return sv_sql_fail_readonly(store, err);
}

static int fail_system(const struct sv_store *store, int sys, struct sv_error *err)
{
	char path[SHOWN], shown[SHOWN];

	sv_escape(store->path, path, sizeof(path));
	switch (sys) {
	case 0:
		return sv_fail(err, SV_E_UNKNOWN, 0, "%s: %s", path,
			       sv_escape(sqlite3_errmsg(store->db), shown, sizeof(shown)));
	case EACCES:
	case EPERM:
		sv_fail_errno(err, sys, "cannot use %s", path);
		return sv_hint(err, "run it as root");
	case ENOSPC:
	case EDQUOT:
		sv_fail(err, SV_E_HOST, sys, "cannot write %s", path);
		return sv_hint(err, "make room on its filesystem, then run the command again");
	default:
		return sv_fail_errno(err, sys, "cannot use %s", path);
	}
}

/* A reader takes no turn, so it has to open the queue's file to see whose turn it is. */
static int fail_busy(const struct sv_store *store, struct sv_error *err)
{
	sv_auto_close int fd = -1;

	if (store->ended.code != SV_OK) {
		*err = store->ended;
		return -(int)err->code;
	}
	/* when this process has the turn, the file is kept busy by one that takes no turns */
	if (!store->queue.entered)
		fd = open(store->lock_path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return sv_queue_blame(fd, &store->patience, err);
}

int sv_sql_fail(const struct sv_store *store, struct sv_error *err)
{
	int rc = sqlite3_extended_errcode(store->db);

	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return sv_fail_oom(err);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return fail_busy(store, err);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return sv_sql_fail_damaged(store, sqlite3_errmsg(store->db), err);
	case SQLITE_READONLY:
		return fail_recovery(store, rc, err);
	case SQLITE_FULL:
		return fail_system(store, ENOSPC, err);
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return fail_system(store, sqlite3_system_errno(store->db), err);
	default:
		return fail_system(store, 0, err);
	}
}

int sv_sql_prepare(struct sv_store *store, const char *text, struct sv_sql *ret,
		   struct sv_error *err)
{
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(store->db, text, -1, &stmt, NULL) != SQLITE_OK)
		return sv_sql_fail(store, err);
	*ret = (struct sv_sql){.store = store, .stmt = stmt};
	return 0;
}

void sv_sql_done(struct sv_sql *sql)
{
	sqlite3_finalize(sql->stmt);
	*sql = (struct sv_sql){0};
}

void sv_sql_again(struct sv_sql *sql)
{
	/* an error of the statement was reported when it happened */
	(void)sqlite3_reset(sql->stmt);
	sql->bound = sql->read = 0;
}

static void note(struct sv_sql *sql, int rc)
{
	if (sql->rc == SQLITE_OK)
		sql->rc = rc;
}

void sv_sql_bind_text(struct sv_sql *sql, const char *s)
{
	note(sql, sqlite3_bind_text(sql->stmt, ++sql->bound, s, -1, SQLITE_STATIC));
}

void sv_sql_bind_int(struct sv_sql *sql, int64_t value)
{
	note(sql, sqlite3_bind_int64(sql->stmt, ++sql->bound, value));
}

void sv_sql_bind_u64(struct sv_sql *sql, uint64_t value)
{
	sv_sql_bind_int(sql, (int64_t)value);
}

void sv_sql_bind_null(struct sv_sql *sql)
{
	note(sql, sqlite3_bind_null(sql->stmt, ++sql->bound));
}

int sv_sql_step(struct sv_sql *sql, struct sv_error *err)
{
	if (sql->rc != SQLITE_OK)
		return sv_sql_fail(sql->store, err);
	sql->read = 0;
	switch (sqlite3_step(sql->stmt)) {
	case SQLITE_ROW:
		return 0;
	case SQLITE_DONE:
		return SV_NONE;
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		return SV_BUSY;
	default:
		return sv_sql_fail(sql->store, err);
	}
}

int sv_sql_get_text(struct sv_sql *sql, char **ret, struct sv_error *err)
{
	int column = sql->read++;
	const unsigned char *text;

	if (sqlite3_column_type(sql->stmt, column) == SQLITE_NULL) {
		*ret = NULL;
		return 0;
	}
	text = sqlite3_column_text(sql->stmt, column);
	if (!text)
		return sv_sql_fail(sql->store, err);
	return sv_strdup((const char *)text, ret, err);
}

int sv_sql_need_text(struct sv_sql *sql, char **ret, struct sv_error *err)
{
	if (sqlite3_column_type(sql->stmt, sql->read) == SQLITE_NULL)
		return sv_sql_fail_damaged(sql->store, "a value is missing", err);
	return sv_sql_get_text(sql, ret, err);
}

/* The next column into an array. NULL becomes "". Text that does not fit means a damaged file. */
static int get_chars(struct sv_sql *sql, char *ret, size_t room, struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	int r = sv_sql_get_text(sql, &text, err);

	if (r < 0)
		return r;
	if (text && strlen(text) >= room)
		return sv_sql_fail_damaged(sql->store, "an identifier is too long", err);
	(void)snprintf(ret, room, "%s", text ? text : "");
	return 0;
}

int64_t sv_sql_get_int(struct sv_sql *sql)
{
	return sqlite3_column_int64(sql->stmt, sql->read++);
}

uint64_t sv_sql_get_u64(struct sv_sql *sql)
{
	return (uint64_t)sv_sql_get_int(sql);
}

static void bind_field(struct sv_sql *sql, const struct sv_field *field, const void *value)
{
	switch (field->kind) {
	case SV_FIELD_NONE:
		return;
	case SV_FIELD_TEXT:
		return sv_sql_bind_text(sql, *(char *const *)value);
	case SV_FIELD_CHARS:
		return sv_sql_bind_text(sql, value);
	case SV_FIELD_BOOL:
		return sv_sql_bind_int(sql, *(const bool *)value);
	case SV_FIELD_U32:
		return sv_sql_bind_int(sql, *(const uint32_t *)value);
	case SV_FIELD_U64:
		return sv_sql_bind_u64(sql, *(const uint64_t *)value);
	case SV_FIELD_I64:
		return sv_sql_bind_int(sql, *(const int64_t *)value);
	}
}

static int get_field(struct sv_sql *sql, const struct sv_field *field, void *value,
		     struct sv_error *err)
{
	switch (field->kind) {
	case SV_FIELD_NONE:
		return 0;
	case SV_FIELD_TEXT:
		return field->needed ? sv_sql_need_text(sql, value, err)
				     : sv_sql_get_text(sql, value, err);
	case SV_FIELD_CHARS:
		return get_chars(sql, value, field->size, err);
	case SV_FIELD_BOOL:
		*(bool *)value = sv_sql_get_int(sql) != 0;
		return 0;
	case SV_FIELD_U32:
		*(uint32_t *)value = (uint32_t)sv_sql_get_int(sql);
		return 0;
	case SV_FIELD_U64:
		*(uint64_t *)value = sv_sql_get_u64(sql);
		return 0;
	case SV_FIELD_I64:
		*(int64_t *)value = sv_sql_get_int(sql);
		return 0;
	}
	return 0;
}

void sv_sql_bind_fields(struct sv_sql *sql, const struct sv_field *fields, size_t n,
			const void *item)
{
	for (; n-- && fields->kind; fields++)
		bind_field(sql, fields, (const char *)item + fields->offset);
}

int sv_sql_get_fields(struct sv_sql *sql, const struct sv_field *fields, size_t n, void *item,
		      struct sv_error *err)
{
	int r = 0;

	for (; r == 0 && n-- && fields->kind; fields++)
		r = get_field(sql, fields, sv_field_of(fields, item), err);
	return r;
}

int sv_sql_exec(struct sv_store *store, const char *text, struct sv_error *err)
{
	if (sqlite3_exec(store->db, text, NULL, NULL, NULL) != SQLITE_OK)
		return sv_sql_fail(store, err);
	return 0;
}
