/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pins: files that some guest has had to write, and what was behind each of them when it was
 * accepted. A pin is for an inode. It stays when the guest's lease ends, because what a guest wrote
 * into a header stays there too. Must not know what a header is.
 */
#include "store/pin.h"
#include "base/array.h"
#include "store/store-sql.h"

#include "base/string.h"

#define COLUMNS	   "dev, ino, born, boot, path, handle, guest, tree"
#define SELECT_PIN "SELECT id, " COLUMNS " FROM pin "

static const struct sv_field fields[] = {
	SV_FIELD(struct sv_pin, dev),
	SV_FIELD(struct sv_pin, ino),
	SV_FIELD(struct sv_pin, born),
	SV_FIELD(struct sv_pin, boot),
	SV_FIELD(struct sv_pin, path),
	SV_FIELD(struct sv_pin, handle),
	SV_FIELD(struct sv_pin, guest),
	SV_FIELD(struct sv_pin, tree),
	SV_FIELD_END,
};

#define FILE_COLUMNS "depth, what, name, path, format"

static const struct sv_field file_fields[] = {
	SV_FIELD(struct sv_pin_file, depth),  SV_FIELD(struct sv_pin_file, what),
	SV_FIELD(struct sv_pin_file, name),   SV_FIELD(struct sv_pin_file, path),
	SV_FIELD(struct sv_pin_file, format), SV_FIELD_END,
};

void sv_pin_done(struct sv_pin *pin)
{
	sv_fields_free_array(file_fields, pin->files, pin->n_files, sizeof(*pin->files));
	sv_fields_free(fields, pin);
	*pin = (struct sv_pin){0};
}

static int get_file(struct sv_sql *sql, struct sv_pin *pin, struct sv_error *err)
{
	struct sv_pin_file *file = sv_array_add(pin->files, pin->n_files);

	if (!file)
		return sv_fail_oom(err);
	return sv_sql_get_fields(sql, file_fields, SV_N_ELEMENTS(file_fields), file, err);
}

static int get_files(struct sv_store *store, struct sv_pin *pin, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store,
			       "SELECT " FILE_COLUMNS " FROM pin_file"
			       " WHERE pin = ? ORDER BY seq",
			       &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_int(&sql, pin->id);
	while (r == 0) {
		r = sv_sql_step(&sql, err);
		if (r == 0)
			r = get_file(&sql, pin, err);
	}
	return r == SV_NONE ? 0 : r;
}

/* A row of SELECT_PIN, and its files. */
static int get_pin(struct sv_sql *sql, struct sv_pin *ret, struct sv_error *err)
{
	sv_auto_pin struct sv_pin pin = {.id = sv_sql_get_int(sql)};
	int r = sv_sql_get_fields(sql, fields, SV_N_ELEMENTS(fields), &pin, err);

	if (r == 0)
		r = get_files(sql->store, &pin, err);
	if (r < 0)
		return r;
	*ret = pin;
	pin = (struct sv_pin){0};
	return 0;
}

int sv_pin_find(struct sv_store *store, const struct sv_pin *key, struct sv_pin *ret,
		struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store,
			       SELECT_PIN "WHERE ino = ?1 AND born = ?2 AND NOT tree"
					  " AND (born <> 0 OR dev = ?3 OR boot <> ?4 OR path = ?5)"
					  " ORDER BY dev = ?3 DESC, id DESC LIMIT 1",
			       &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_u64(&sql, key->ino);
	sv_sql_bind_u64(&sql, key->born);
	sv_sql_bind_u64(&sql, key->dev);
	sv_sql_bind_text(&sql, key->boot);
	sv_sql_bind_text(&sql, key->path);
	r = sv_sql_step(&sql, err);
	return r == 0 ? get_pin(&sql, ret, err) : r;
}

int sv_pin_above(struct sv_store *store, const char *path, char **ret, struct sv_error *err)
{
	size_t len = strlen(path);
	int r = SV_NONE;

	while (r == SV_NONE && len > 0) {
		sv_auto_sql struct sv_sql sql = {0};
		sv_auto_free char *dir = NULL;

		while (len > 0 && path[--len] != '/')
			;
		r = len > 0 ? sv_asprintf(&dir, err, "%.*s", (int)len, path) : SV_NONE;
		if (r == 0)
			r = sv_sql_prepare(store,
					   "SELECT guest FROM pin WHERE path = ? AND tree"
					   " ORDER BY id DESC LIMIT 1",
					   &sql, err);
		if (r != 0)
			continue;
		sv_sql_bind_text(&sql, dir);
		r = sv_sql_step(&sql, err);
		if (r == 0)
			return sv_sql_get_text(&sql, ret, err);
	}
	return r;
}

int sv_pin_below(struct sv_store *store, const char *path, char **ret, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store,
			       "SELECT guest FROM pin_file JOIN pin ON pin.id = pin_file.pin"
			       " WHERE pin_file.path = ? AND depth > 0 LIMIT 1",
			       &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_text(&sql, path);
	r = sv_sql_step(&sql, err);
	return r == 0 ? sv_sql_get_text(&sql, ret, err) : r;
}

static int put_row(struct sv_store *store, const struct sv_pin *pin, int64_t *ret_id,
		   struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store,
			       "INSERT INTO pin(" COLUMNS ") VALUES(?,?,?,?,?,?,?,?)"
			       " ON CONFLICT(ino, born, dev) DO UPDATE SET boot = excluded.boot,"
			       " path = excluded.path, handle = excluded.handle,"
			       " guest = excluded.guest, tree = excluded.tree RETURNING id",
			       &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_fields(&sql, fields, SV_N_ELEMENTS(fields), pin);
	r = sv_sql_step(&sql, err);
	if (r == 0)
		*ret_id = sv_sql_get_int(&sql);
	return r > 0 ? sv_sql_fail(store, err) : r;
}

static int put_file(struct sv_store *store, int64_t pin, size_t seq, const struct sv_pin_file *file,
		    struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store,
			       "INSERT INTO pin_file(pin, seq, " FILE_COLUMNS ")"
			       " VALUES(?,?,?,?,?,?,?)",
			       &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_int(&sql, pin);
	sv_sql_bind_int(&sql, (int64_t)seq);
	sv_sql_bind_int(&sql, file->depth);
	sv_sql_bind_text(&sql, file->what);
	sv_sql_bind_text(&sql, file->name);
	sv_sql_bind_text(&sql, file->path);
	sv_sql_bind_text(&sql, file->format);
	r = sv_sql_step(&sql, err);
	if (r == SV_BUSY)
		return sv_sql_fail(store, err);
	return r == SV_NONE ? 0 : r;
}

/* Runs a DELETE whose only parameter is id. */
static int drop(struct sv_store *store, const char *text, int64_t id, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, text, &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_int(&sql, id);
	r = sv_sql_step(&sql, err);
	return r == SV_NONE ? 0 : r;
}

int sv_pin_put(struct sv_store *store, const struct sv_pin *pin, struct sv_error *err)
{
	int64_t id = 0;
	int r;

	if (sqlite3_get_autocommit(store->db))
		return sv_fail(err, SV_E_UNKNOWN, 0, "a pin was written outside of a transaction");
	r = put_row(store, pin, &id, err);
	if (r == 0)
		r = drop(store, "DELETE FROM pin_file WHERE pin = ?", id, err);
	for (size_t i = 0; r == 0 && i < pin->n_files; i++)
		r = put_file(store, id, i, &pin->files[i], err);
	return r;
}

int sv_pin_each(struct sv_store *store, const char *path, bool backwards,
		int (*fn)(void *data, const struct sv_pin *pin, struct sv_error *err), void *data,
		struct sv_error *err)
{
	const char *all = backwards ? SELECT_PIN "ORDER BY id DESC" : SELECT_PIN "ORDER BY id";
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, path ? SELECT_PIN "WHERE path = ? ORDER BY id" : all, &sql,
			       err);

	if (r < 0)
		return r;
	if (path)
		sv_sql_bind_text(&sql, path);
	while (r == 0) {
		sv_auto_pin struct sv_pin pin = {0};

		r = sv_sql_step(&sql, err);
		if (r == SV_NONE)
			return 0;
		if (r == 0)
			r = get_pin(&sql, &pin, err);
		if (r == 0)
			r = fn(data, &pin, err);
	}
	return r;
}

int sv_pin_remove(struct sv_store *store, int64_t id, struct sv_error *err)
{
	return drop(store, "DELETE FROM pin WHERE id = ?", id, err);
}
