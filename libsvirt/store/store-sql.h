/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SQLite as the files of store/ see it: a connection, a statement that is bound and read in order,
 * and one place that turns a result code into an error with its remedy. Private to store/ and its
 * unit test; no value ever becomes part of a statement's text.
 */
#pragma once

#include "base/fields.h"
#include "store/queue.h"
#include "store/store.h"

#include <sqlite3.h>

struct sv_hold;

struct sv_store {
	sqlite3 *db;
	char *path;	 /* of the file, for messages */
	char *lock_path; /* of state.lock */
	struct sv_queue queue;
	struct sv_patience patience; /* of the wait that is going on */
	struct sv_error ended;	     /* why the watch ended that wait; or nothing */
	int64_t schema;		     /* version of the tables in the file */
	bool rehearses;
};

struct sv_sql {
	struct sv_store *store; /* borrowed */
	sqlite3_stmt *stmt;
	int bound; /* parameters bound so far */
	int read;  /* columns of this row read so far */
	int rc;	   /* the first binding that failed; reported by sv_sql_step() */
};

/* sql.c */

/* text is a constant. */
int sv_sql_prepare(struct sv_store *store, const char *text, struct sv_sql *ret,
		   struct sv_error *err) sv_must_check;
void sv_sql_done(struct sv_sql *sql);
#define sv_auto_sql sv_cleanup(sv_sql_done)

/* Resets the statement, so that it can be bound to other parameters. */
void sv_sql_again(struct sv_sql *sql);

/* The next parameter. Text is borrowed until sv_sql_done(); NULL binds NULL. */
void sv_sql_bind_text(struct sv_sql *sql, const char *s);
void sv_sql_bind_int(struct sv_sql *sql, int64_t value);
void sv_sql_bind_u64(struct sv_sql *sql, uint64_t value); /* the bits are kept */
void sv_sql_bind_null(struct sv_sql *sql);

/* 0: a row. SV_NONE: no more rows. SV_BUSY: a UNIQUE or FOREIGN KEY constraint refused the
 * statement, which changed nothing. */
int sv_sql_step(struct sv_sql *sql, struct sv_error *err) sv_must_check;

/* The next column of the row. Text is NULL for NULL, the caller owns *ret. */
int sv_sql_get_text(struct sv_sql *sql, char **ret, struct sv_error *err) sv_must_check;
/* As sv_sql_get_text(), for a column that the schema does not allow to be NULL. SQLite does not
 * check that when it reads, so NULL means a damaged file. */
int sv_sql_need_text(struct sv_sql *sql, char **ret, struct sv_error *err) sv_must_check;
int64_t sv_sql_get_int(struct sv_sql *sql);
uint64_t sv_sql_get_u64(struct sv_sql *sql);
/* The category of a share group, 0 for NULL. Another number means a damaged file. */
int sv_sql_get_category(struct sv_sql *sql, uint32_t *ret, struct sv_error *err) sv_must_check;

/* The members of item, as the next parameters and as the next columns: the first n of the table, or
 * all that it has. What has been read is the caller's, also when it fails. */
void sv_sql_bind_fields(struct sv_sql *sql, const struct sv_field *fields, size_t n,
			const void *item);
int sv_sql_get_fields(struct sv_sql *sql, const struct sv_field *fields, size_t n, void *item,
		      struct sv_error *err) sv_must_check;

/* A constant statement without parameters and rows. */
int sv_sql_exec(struct sv_store *store, const char *text, struct sv_error *err) sv_must_check;

/* Fills err from the last failure of the connection. */
int sv_sql_fail(const struct sv_store *store, struct sv_error *err);
/* Fills err for a connection that turned out to be read-only. */
int sv_sql_fail_readonly(const struct sv_store *store, struct sv_error *err);
/* Fills err for a file whose content makes no sense, whatever SQLite says. what names the content.
 */
int sv_sql_fail_damaged(const struct sv_store *store, const char *what, struct sv_error *err);

/* The members of struct sv_lease that are columns of the table guest, each by its own name. A line
 * here is all that another one needs: it is in the schema, stored, read, copied and freed. */
/* clang-format off */
#define SV_LEASE_COLUMNS(column)                                     \
	column(name, SV_FIELD_NEEDED, "TEXT NOT NULL UNIQUE")        \
	column(uuid, SV_FIELD, "TEXT NOT NULL")                      \
	column(kept, SV_FIELD, "INTEGER NOT NULL")                   \
	column(was_kept, SV_FIELD, "INTEGER NOT NULL DEFAULT FALSE") \
	column(level, SV_FIELD, "TEXT")                              \
	column(dynamic, SV_FIELD, "INTEGER NOT NULL")                \
	column(own_user, SV_FIELD, "INTEGER NOT NULL DEFAULT FALSE") \
	column(emulator, SV_FIELD, "TEXT")                           \
	column(vcpus, SV_FIELD, "INTEGER NOT NULL")                  \
	column(memory_kib, SV_FIELD, "INTEGER NOT NULL")             \
	column(max_memory_kib, SV_FIELD, "INTEGER NOT NULL")         \
	column(created, SV_FIELD, "INTEGER NOT NULL")
/* clang-format on */

/* schema.c */

#define SV_STORE_APPLICATION_ID 0x53565254 /* "SVRT" */

/* Makes the tables in an empty file, in a transaction. */
int sv_schema_make(struct sv_store *store, struct sv_error *err) sv_must_check;
/* Turns the tables of version from into those of this version, in a transaction. */
int sv_schema_upgrade(struct sv_store *store, int64_t from, struct sv_error *err) sv_must_check;

/* The inode of a hold in a statement: the condition, and a function that binds its parameters (or
 * these four columns). */
#define SQL_IS_OBJECT "driver = ? AND dev = ? AND ino = ? AND born = ?"
void sv_sql_bind_object(struct sv_sql *sql, const struct sv_hold *hold);

/* group.c */

/* The id of the group, which is made when it does not exist; in a transaction. SV_BUSY: the group
 * holds another category, or another group holds this category. */
int sv_group_enter(struct sv_store *store, const char *name, uint32_t category, int64_t *ret,
		   struct sv_error *err) sv_must_check;
