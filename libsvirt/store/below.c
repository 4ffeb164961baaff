/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which other guests hold what lies in a tree. Inodes are compared by number, whatever their names.
 * A tree has thousands of files and the store thousands of inodes, but hardly any are the same.
 * Therefore each side is asked in turn for its next number at or after that of the other side, and
 * the smaller side decides how long it takes. Must not know which file has a number today: the
 * caller opens it and looks.
 */
#include "store/hold.h"

#include "base/string.h"
#include "store/store-sql.h"

enum { WORD_BITS = 64 };

/* SQLite's integers are signed, so numbers are ordered as signed ones. */
static int64_t word_of(uint64_t ino)
{
	return (int64_t)ino >> 6;
}

static uint64_t bit_of(uint64_t ino)
{
	return UINT64_C(1) << (ino % WORD_BITS);
}

int sv_inode_compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int add_word(struct sv_sql *sql, const struct sv_hold *hold, int64_t word, uint64_t bits,
		    struct sv_error *err)
{
	int r;

	sv_sql_again(sql);
	sv_sql_bind_u64(sql, hold->dev);
	sv_sql_bind_int(sql, word);
	sv_sql_bind_u64(sql, bits);
	sv_sql_bind_object(sql, hold);
	r = sv_sql_step(sql, err);
	return r == SV_NONE ? 0 : r;
}

static int prepare_add(struct sv_store *store, struct sv_sql *ret, struct sv_error *err)
{
	return sv_sql_prepare(store,
			      "INSERT INTO below(object, dev, word, bits)"
			      " SELECT id, ?, ?, ? FROM object WHERE " SQL_IS_OBJECT
			      " ON CONFLICT DO UPDATE SET bits = bits | excluded.bits",
			      ret, err);
}

int sv_below_copy(struct sv_store *from, const struct sv_hold *hold, struct sv_store *to,
		  struct sv_error *err)
{
	sv_auto_sql struct sv_sql words = {0}, add = {0};
	int r = sv_sql_prepare(from,
			       "SELECT word, bits FROM below WHERE object ="
			       " (SELECT id FROM object WHERE " SQL_IS_OBJECT ")",
			       &words, err);

	if (r == 0)
		r = prepare_add(to, &add, err);
	if (r < 0)
		return r;
	sv_sql_bind_object(&words, hold);
	while (r == 0) {
		int64_t word;

		r = sv_sql_step(&words, err);
		if (r != 0)
			break;
		word = sv_sql_get_int(&words);
		r = add_word(&add, hold, word, sv_sql_get_u64(&words), err);
	}
	return r == SV_NONE ? 0 : r;
}

int sv_below_add(struct sv_store *store, const struct sv_hold *hold, const uint64_t *inos, size_t n,
		 struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	size_t i;
	int r = prepare_add(store, &sql, err);

	for (i = 0; r == 0 && i < n;) {
		int64_t word = word_of(inos[i]);
		uint64_t bits = 0;

		for (; i < n && word_of(inos[i]) == word; i++)
			bits |= bit_of(inos[i]);
		r = add_word(&sql, hold, word, bits, err);
	}
	return r;
}

/* Where numbers are looked for: the set, and the statements that search. */
struct look {
	const struct sv_inode_set *set;
	int64_t object; /* the row of the set's own inode, 0 when nobody holds it yet */
	struct sv_sql next, here;
	int (*fn)(void *data, const struct sv_inode_holder *holder, struct sv_error *err);
	void *data;
};

static void look_done(struct look *look)
{
	sv_sql_done(&look->next);
	sv_sql_done(&look->here);
}

static int find_self(struct sv_store *store, const struct sv_hold *self, int64_t *ret,
		     struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r;

	if (!self)
		return 0;
	r = sv_sql_prepare(store, "SELECT id FROM object WHERE " SQL_IS_OBJECT, &sql, err);
	if (r < 0)
		return r;
	sv_sql_bind_object(&sql, self);
	r = sv_sql_step(&sql, err);
	if (r == 0)
		*ret = sv_sql_get_int(&sql);
	return r < 0 ? r : 0;
}

static void bind(struct sv_sql *sql, const struct look *look, int64_t at)
{
	sv_sql_again(sql);
	sv_sql_bind_u64(sql, look->set->dev);
	sv_sql_bind_int(sql, at);
	sv_sql_bind_int(sql, look->set->guest);
	sv_sql_bind_int(sql, look->object);
}

/* The first number (or word of bits) at or after at. SV_NONE: there is none. */
static int find_next(struct look *look, int64_t at, int64_t *ret, struct sv_error *err)
{
	int r;

	bind(&look->next, look, at);
	r = sv_sql_step(&look->next, err);
	if (r == 0)
		*ret = sv_sql_get_int(&look->next);
	return r;
}

/* Reports each row at this number: an object, or a word of a tree. */
static int tell(struct look *look, int64_t at, const uint64_t *inos, size_t n, bool leaf,
		struct sv_error *err)
{
	struct sv_sql *sql = &look->here;
	int r;

	bind(sql, look, at);
	while ((r = sv_sql_step(sql, err)) == 0) {
		sv_auto_free char *path = NULL, *holder = NULL, *driver = NULL, *wanted = NULL;
		struct sv_inode_holder item = {.leaf = leaf, .since = sv_sql_get_int(sql)};
		uint64_t number = sv_sql_get_u64(sql);

		item.born = leaf ? 0 : number;
		if (sv_sql_get_text(sql, &path, err) < 0 ||
		    sv_sql_get_text(sql, &holder, err) < 0 ||
		    sv_sql_get_text(sql, &driver, err) < 0 ||
		    sv_sql_get_text(sql, &wanted, err) < 0)
			return -(int)err->code;
		item.path = path;
		item.holder = holder;
		item.driver = driver;
		item.wanted = wanted;
		for (size_t i = 0; i < n; i++) {
			if (leaf && !(number & bit_of(inos[i])))
				continue;
			item.ino = inos[i];
			r = look->fn(look->data, &item, err);
			if (r != 0)
				return r;
		}
	}
	return r == SV_NONE ? 0 : r;
}

#define OTHERS_OF " CROSS JOIN hold h ON h.object = o.id CROSS JOIN guest g ON g.id = h.guest"
#define IS_OTHER  " AND h.guest <> ?3 AND o.id <> ?4"
#define TOLD	  ", h.path, g.name, o.driver, o.wanted FROM "

static int meet_objects(struct sv_store *store, struct look *look, struct sv_error *err)
{
	const struct sv_inode_set *set = look->set;
	int r = sv_sql_prepare(store,
			       "SELECT o.ino FROM object o" OTHERS_OF
			       " WHERE o.dev = ?1 AND o.ino >= ?2" IS_OTHER
			       " ORDER BY o.ino LIMIT 1",
			       &look->next, err);
	size_t i = 0;

	if (r == 0)
		r = sv_sql_prepare(store,
				   "SELECT g.created, o.born" TOLD "object o" OTHERS_OF
				   " WHERE o.dev = ?1 AND o.ino = ?2" IS_OTHER,
				   &look->here, err);
	while (r == 0 && i < set->n) {
		int64_t found = 0;

		r = find_next(look, (int64_t)set->inos[i], &found, err);
		if (r != 0)
			break;
		while (i < set->n && (int64_t)set->inos[i] < found)
			i++;
		if (i < set->n && (int64_t)set->inos[i] == found)
			r = tell(look, found, &set->inos[i++], 1, false, err);
	}
	return r == SV_NONE ? 0 : r;
}

static int meet_leaves(struct sv_store *store, struct look *look, struct sv_error *err)
{
	const struct sv_inode_set *set = look->set;
	int r = sv_sql_prepare(
		store,
		"SELECT b.word FROM below b CROSS JOIN object o ON o.id = b.object" OTHERS_OF
		" WHERE b.dev = ?1 AND b.word >= ?2" IS_OTHER " ORDER BY b.word LIMIT 1",
		&look->next, err);
	size_t i = 0, end;

	if (r == 0)
		r = sv_sql_prepare(store,
				   "SELECT g.created, b.bits" TOLD
				   "below b CROSS JOIN object o ON o.id = b.object" OTHERS_OF
				   " WHERE b.dev = ?1 AND b.word = ?2" IS_OTHER,
				   &look->here, err);
	while (r == 0 && i < set->n) {
		int64_t found = 0;

		r = find_next(look, word_of(set->inos[i]), &found, err);
		if (r != 0)
			break;
		while (i < set->n && word_of(set->inos[i]) < found)
			i++;
		for (end = i; end < set->n && word_of(set->inos[end]) == found;)
			end++;
		if (end > i)
			r = tell(look, found, &set->inos[i], end - i, true, err);
		i = end;
	}
	return r == SV_NONE ? 0 : r;
}

int sv_below_meet(struct sv_store *store, const struct sv_inode_set *set,
		  int (*fn)(void *data, const struct sv_inode_holder *holder, struct sv_error *err),
		  void *data, struct sv_error *err)
{
	sv_cleanup(look_done) struct look leaves = {.set = set, .fn = fn, .data = data};
	sv_cleanup(look_done) struct look objects = {.set = set, .fn = fn, .data = data};
	int r = find_self(store, set->self, &leaves.object, err);

	objects.object = leaves.object;
	if (r == 0)
		r = meet_leaves(store, &leaves, err);
	return r == 0 && !set->leaves_only ? meet_objects(store, &objects, err) : r;
}
