/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A store in a directory of its own: see store-fixture.h. */
#include "store-fixture.h"

#include "base/string.h"

#include <ftw.h>
#include <linux/magic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cmocka.h>

char store_dir[64], store_file[96];

int store_setup(void **state)
{
	struct statfs fs;
	bool overlay = statfs("/tmp", &fs) == 0 && fs.f_type == OVERLAYFS_SUPER_MAGIC;

	(void)state;
	/* avoids an overlay, which a container may have: no guest's disk is on one */
	(void)snprintf(store_dir, sizeof(store_dir), "%s/svirt-store-XXXXXX",
		       overlay ? "/dev/shm" : "/tmp");
	if (!mkdtemp(store_dir))
		return -1;
	(void)snprintf(store_file, sizeof(store_file), "%s/state.db", store_dir);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int store_teardown(void **state)
{
	(void)state;
	return nftw(store_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

struct sv_store *store_open(enum sv_store_mode mode)
{
	struct sv_store *store = NULL;
	struct sv_error err = {0};

	if (sv_store_open(store_dir, mode, &store, &err) != 0)
		fail_msg("%s", err.msg);
	return store;
}

struct sv_lease lease_of(char *name, char *level)
{
	return (struct sv_lease){.name = name, .uuid = "", .level = level, .dynamic = true};
}

int64_t store_add_lease(struct sv_store *store, const char *name, const char *level)
{
	sv_auto_free char *n = strdup(name), *l = level ? strdup(level) : NULL;
	struct sv_lease lease = lease_of(n, l);
	struct sv_error err = {0};
	int64_t id = 0;
	int r = sv_lease_add(store, &lease, &id, &err);

	if (r < 0)
		fail_msg("%s", err.msg);
	return r == 0 ? id : -r;
}

int store_add_hold(struct sv_store *store, int64_t guest, uint32_t seq, uint64_t ino,
		   const char *wanted, char **holder)
{
	sv_auto_hold struct sv_hold hold = {
		.guest = guest,
		.seq = seq,
		.dev = UINT64_MAX,
		.ino = ino,
		.driver = strdup("fake"),
		.path = strdup("/images/\xff'\"%s"),
		.target = strdup("vda"),
		.wanted = strdup(wanted),
		.original = strdup("before"),
		.alone = sv_streq(wanted, "alone"),
	};
	struct sv_error err = {0};
	int r = sv_hold_add(store, &hold, holder, &err);

	if (r < 0)
		print_message("%s\n", err.msg);
	return r;
}

void store_begin(struct sv_store *store)
{
	struct sv_error err = {0};

	if (sv_store_begin(store, &err) < 0)
		fail_msg("%s", err.msg);
}

void store_commit(struct sv_store *store)
{
	struct sv_error err = {0};

	if (sv_store_commit(store, &err) < 0)
		fail_msg("%s", err.msg);
}

static int count_lease(void *data, const struct sv_lease *lease, struct sv_error *err)
{
	(void)lease;
	(void)err;
	++*(unsigned *)data;
	return 0;
}

unsigned store_count_leases(struct sv_store *store)
{
	struct sv_error err = {0};
	unsigned n = 0;

	assert_int_equal(sv_lease_each(store, SV_LEASES_ALL, count_lease, &n, &err), 0);
	return n;
}

static int note_level(void *data, const struct sv_lease_level *lease, struct sv_error *err)
{
	(void)err;
	sv_buf_printf(data, "%s=%s", lease->name, lease->level);
	if (lease->group)
		sv_buf_printf(data, "@%s", lease->group);
	if (lease->joined)
		sv_buf_printf(data, ">%s", lease->joined);
	sv_buf_puts(data, " ");
	return 0;
}

void store_levels_are(struct sv_store *store, enum sv_lease_levels which, const char *expected)
{
	sv_auto_buf struct sv_buf buf = {0};
	sv_auto_free char *text = NULL;
	struct sv_error err = {0};

	assert_int_equal(sv_lease_each_level(store, which, note_level, &buf, &err), 0);
	assert_int_equal(sv_buf_take(&buf, &text, &err), 0);
	assert_string_equal(text, expected);
}

int64_t store_number(struct sv_store *store, const char *text)
{
	sv_auto_sql struct sv_sql sql = {0};
	struct sv_error err = {0};

	assert_int_equal(sv_sql_prepare(store, text, &sql, &err), 0);
	assert_int_equal(sv_sql_step(&sql, &err), 0);
	return sv_sql_get_int(&sql);
}
