/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A damaged store: pages with other bytes, or rows with other values, of other types and in numbers
 * that the schema forbids. Every reader reads it or reports an error; the rows that are salvaged
 * into a new store are valid.
 */
#include "fuzz.h"

#include "base/fs.h"
#include "base/string.h"
#include "guest/restore/salvage.h"
#include "guest/state/rundir.h"
#include "plan/plan.h"
#include "store/store-sql.h"

#include <fcntl.h>
#include <sys/stat.h>

enum { MAX_FILE = 512 * 1024 };

static char dir[64];
static uint8_t good[MAX_FILE], loose[MAX_FILE]; /* loose: a schema that accepts all */
static size_t len_good, len_loose;

static void remove_dir(void)
{
	struct sv_error ignored = {0};

	(void)!sv_fs_remove_tree(dir, &ignored);
}

static const char *path_of(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static size_t read_file(uint8_t *to)
{
	sv_auto_close int fd = open(path_of("state.db"), O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, to, MAX_FILE);

	require(n > 0 && n < MAX_FILE);
	return (size_t)n;
}

static void write_file(const uint8_t *from, size_t len)
{
	sv_auto_close int fd =
		open(path_of("state.db"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	require(fd >= 0 && write(fd, from, len) == (ssize_t)len);
}

static void add_guest(struct sv_store *store, const char *name, const char *level,
		      const char *group, const char *joined)
{
	const struct sv_lease lease = {
		.name = (char *)(uintptr_t)name,
		.layers = {{(char[]){"selinux"}, (char[]){"system_u:system_r:svirt_t:s0:c1,c2"},
			    NULL},
			   {(char[]){"dac"}, (char[]){"+107:+107"}, NULL}},
		.n_layers = 2,
		.level = (char *)(uintptr_t)level,
		.group = (char *)(uintptr_t)group,
		.category = group ? 7 : 0,
		.joined = (char *)(uintptr_t)joined,
		.dynamic = true,
	};
	struct sv_hold hold = {
		.seq = 1,
		.driver = (char[]){"selinux"},
		.path = (char[]){"/nonexistent/images/a.img"},
		.target = (char[]){"vda"},
		.dev = 0x801,
		.boot = "01234567-89ab-cdef-0123-456789abcdef",
		.wanted = (char[]){"system_u:object_r:svirt_image_t:s0:c1,c2"},
		.original = (char[]){"system_u:object_r:var_t:s0"},
		.handle = (char[]){"0100000012345678"},
	};
	sv_auto_free char *holder = NULL;
	struct sv_error err = {0};

	require(sv_lease_add(store, &lease, &hold.guest, &err) == 0);
	hold.ino = (uint64_t)hold.guest;
	hold.tree = hold.guest % 2;
	require(sv_hold_add(store, &hold, &holder, &err) == 0);
	require(sv_leaf_add(store, &hold, "sub/file", "system_u:object_r:etc_t:s0", &err) == 0);
}

static void raw(const char *text)
{
	sqlite3 *db = NULL;

	require(sqlite3_open(path_of("state.db"), &db) == SQLITE_OK);
	require(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(db);
}

static void make_files(void)
{
	sv_auto_store struct sv_store *store = NULL;
	struct sv_error err = {0};

	(void)snprintf(dir, sizeof(dir), "%s/svirt-fuzz-XXXXXX", fuzz_tmp());
	require(mkdtemp(dir));
	(void)atexit(remove_dir);
	require(mkdir(path_of("new"), 0700) == 0);
	require(sv_store_open(dir, SV_STORE_WRITE, &store, &err) == 0);
	require(sv_store_begin(store, &err) == 0);
	add_guest(store, "a", "s0:c1,c2", NULL, NULL);
	add_guest(store, "b", "s0:c3,c4,c7", "g", NULL);
	add_guest(store, "c", "s0:c1,c2", NULL, "a");
	add_guest(store, "d", "s0:c9", NULL, NULL);
	require(sv_store_commit(store, &err) == 0);
	sv_store_close(&store);
	len_good = read_file(good);
	raw("PRAGMA writable_schema = ON;"
	    "UPDATE sqlite_schema SET sql = replace(replace(replace(sql, ') STRICT', ')'),"
	    " ' NOT NULL', ''), ', WITHOUT ROWID', ' WITHOUT ROWID') WHERE type = 'table'");
	len_loose = read_file(loose);
}

/* Overwrites bytes: each piece has two bytes of position, one of length, and the new bytes. */
static void damage_pages(struct fuzz_in *in)
{
	static uint8_t file[MAX_FILE];
	size_t len = len_good;

	memcpy(file, good, len_good);
	while (in->left) {
		size_t at = (size_t)fuzz_byte(in) << 8 | fuzz_byte(in), n = fuzz_byte(in) % 16;

		for (at = (at * 16 + fuzz_byte(in) % 16) % len; n > 0; n--)
			file[at++ % len] = fuzz_byte(in);
	}
	write_file(file, len);
}

/* Replaces one value of one row by the next piece. */
static void damage_row(sqlite3 *db, struct fuzz_in *in)
{
	static const char *const columns[][2] = {
		{"guest", "name"},	  {"guest", "uuid"},
		{"guest", "model"},	  {"guest", "label"},
		{"guest", "image"},	  {"guest", "level"},
		{"guest", "pair"},	  {"guest", "joined"},
		{"guest", "share_group"}, {"guest", "kept"},
		{"guest", "owner"},	  {"guest", "emulator"},
		{"guest", "vcpus"},	  {"guest", "created"},
		{"share_group", "name"},  {"share_group", "category"},
		{"pairs", "word"},	  {"pairs", "bits"},
		{"object", "driver"},	  {"object", "dev"},
		{"object", "ino"},	  {"object", "born"},
		{"object", "boot"},	  {"object", "wanted"},
		{"object", "original"},	  {"object", "handle"},
		{"hold", "guest"},	  {"hold", "seq"},
		{"hold", "object"},	  {"hold", "path"},
		{"hold", "target"},	  {"hold", "tree"},
		{"hold", "alone"},	  {"leaf", "path"},
		{"leaf", "original"},	  {"leaf", "object"},
		{"guest", "id"},	  {"object", "id"},
		{"guest", "memory_kib"},
	};
	const char *const *column = columns[fuzz_byte(in) % SV_N_ELEMENTS(columns)];
	uint8_t row = fuzz_byte(in), kind = fuzz_byte(in);
	const uint8_t *from;
	size_t n = fuzz_piece(in, &from);
	sqlite3_stmt *stmt = NULL;
	char text[256];
	int64_t number = 0;

	(void)snprintf(text, sizeof(text),
		       "UPDATE %s SET %s = ?1 WHERE ?2 OR rowid = (SELECT min(rowid) FROM %s)",
		       column[0], column[1], column[0]);
	if (strcmp(column[0], "hold") == 0 || strcmp(column[0], "leaf") == 0)
		(void)snprintf(text, sizeof(text), "UPDATE %s SET %s = ?1", column[0], column[1]);
	if (sqlite3_prepare_v2(db, text, -1, &stmt, NULL) != SQLITE_OK)
		return;
	memcpy(&number, from, n < sizeof(number) ? n : sizeof(number));
	if (kind % 4 == 0)
		sqlite3_bind_int64(stmt, 1, number);
	else if (kind % 4 == 1)
		sqlite3_bind_blob(stmt, 1, from, (int)n, SQLITE_STATIC);
	else if (kind % 4 == 2)
		sqlite3_bind_text(stmt, 1, (const char *)from, (int)n, SQLITE_STATIC);
	if (strstr(text, "?2"))
		sqlite3_bind_int(stmt, 2, row % 4 == 3);
	(void)sqlite3_step(stmt);
	sqlite3_finalize(stmt);
}

static void damage_rows(struct fuzz_in *in)
{
	sqlite3 *db = NULL;

	write_file(loose, len_loose);
	require(sqlite3_open(path_of("state.db"), &db) == SQLITE_OK);
	(void)sqlite3_exec(db, "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; BEGIN",
			   NULL, NULL, NULL);
	while (in->left)
		damage_row(db, in);
	(void)sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	sqlite3_close(db);
}

/* ---- all readers ---- */

static int see_lease(void *data, const struct sv_lease *lease, struct sv_error *err)
{
	struct sv_store *store = data;
	sv_auto_lease struct sv_lease found = {0};
	sv_auto_strv struct sv_strv peers = {0};

	require(memchr(lease->uuid, '\0', sizeof(lease->uuid)));
	if (lease->name && fuzz_check(sv_lease_find(store, lease->name, &found, err), err) < 0)
		return -(int)err->code;
	return sv_lease_peers(store, lease->id, &peers, err);
}

static int see_level(void *data, const struct sv_lease_level *lease, struct sv_error *err)
{
	(void)data;
	(void)err;
	require(lease->level);
	return 0;
}

static int see_group(void *data, const char *name, uint32_t category, struct sv_error *err)
{
	(void)data;
	(void)name;
	(void)category;
	(void)err;
	return 0;
}

static int see_leaf(void *data, const char *path, const char *label, struct sv_error *err)
{
	(void)data;
	(void)path;
	(void)label;
	(void)err;
	return 0;
}

static int see_hold(void *data, const struct sv_hold *hold, unsigned others, struct sv_error *err)
{
	struct sv_store *store = data;
	sv_auto_free char *a = NULL, *b = NULL, *c = NULL;
	bool alone;
	int r = sv_hold_find(store, hold, &a, &b, &alone, err);

	(void)others;
	require(memchr(hold->boot, '\0', sizeof(hold->boot)));
	if (r >= 0)
		r = sv_leaf_each(store, hold, see_leaf, NULL, err);
	if (r >= 0)
		r = sv_hold_original(store, hold, &c, err);
	return r < 0 ? r : 0;
}

static void see_all(struct sv_store *store)
{
	uint64_t *words = calloc(SV_PAIR_WORDS, sizeof(*words));
	sv_auto_lease struct sv_lease lease = {0};
	struct sv_error err = {0};

	require(words);
	(void)fuzz_check(sv_store_check(store, &err), &err);
	for (int which = SV_LEASES_ALL; which <= SV_LEASES_BACKWARDS; which++) {
		sv_error_clear(&err);
		(void)fuzz_check(
			sv_lease_each(store, (enum sv_lease_which)which, see_lease, store, &err),
			&err);
	}
	sv_error_clear(&err);
	(void)fuzz_check(sv_lease_each_level(store, SV_LEVELS_WIDE, see_level, NULL, &err), &err);
	sv_error_clear(&err);
	(void)fuzz_check(sv_lease_pairs(store, words, &err), &err);
	free(words);
	sv_error_clear(&err);
	(void)fuzz_check(sv_lease_at(store, "s0:c1,c2", &lease, &err), &err);
	sv_error_clear(&err);
	(void)fuzz_check(sv_group_each(store, see_group, NULL, &err), &err);
	for (int reverse = 0; reverse < 2; reverse++) {
		sv_error_clear(&err);
		(void)fuzz_check(sv_hold_each(store, 0, reverse, see_hold, store, &err), &err);
	}
}

/* ---- salvage ---- */

static int check_saved(void *data, const struct sv_lease *lease, struct sv_error *err)
{
	(void)data;
	require(lease->name && sv_guest_check_name(lease->name, err) == 0);
	return 0;
}

static void salvage(struct sv_store *from)
{
	sv_auto_store struct sv_store *to = NULL;
	struct sv_salvaged done = {0};
	struct sv_error err = {0};

	(void)unlink(path_of("new/state.db"));
	require(sv_store_open(path_of("new"), SV_STORE_WRITE, &to, &err) == 0);
	if (fuzz_check(sv_salvage(from, to, &done, &err), &err) < 0)
		return;
	require(sv_lease_each(to, SV_LEASES_ALL, check_saved, NULL, &err) == 0);
	require(sv_store_check(to, &err) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sv_auto_store struct sv_store *store = NULL;
	struct fuzz_in in = {data, size};
	struct sv_error err = {0};

	if (!dir[0])
		make_files();
	if (fuzz_byte(&in) % 2)
		damage_rows(&in);
	else
		damage_pages(&in);
	if (fuzz_check(sv_store_open(dir, SV_STORE_READ, &store, &err), &err) != 0)
		return 0;
	see_all(store);
	salvage(store);
	return 0;
}
