/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A store that an older svirt has written: a reader leaves the file as it is, a writer upgrades it,
 * and nothing is lost.
 */
#include "store-fixture.h"

#include "base/fs.h"
#include "base/string.h"
#include "store/pin.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

#define MOST 65536u

static int make_old(void **state)
{
	const char *dir = getenv("SVIRT_TEST_DATA");
	sv_auto_free char *path = NULL, *text = NULL;
	struct sv_error err = {0};
	sqlite3 *db = NULL;

	if (store_setup(state) < 0 ||
	    sv_asprintf(&path, &err, "%s/store-1.sql", dir ? dir : "tests/data") < 0 ||
	    sv_fs_read(path, MOST, &text, NULL, &err) < 0)
		return -1;
	assert_int_equal(sqlite3_open(store_file, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	sqlite3_close(db);
	return chmod(store_file, 0600);
}

static int64_t version_of_file(void)
{
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	int64_t version;

	assert_int_equal(sqlite3_open_v2(store_file, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	version = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return version;
}

static void check_layer(const struct sv_lease *lease, const char *driver, const char *label,
			const char *image)
{
	const struct sv_lease_layer *layer = sv_lease_layer(lease, driver);

	assert_non_null(layer);
	assert_string_equal(layer->label, label);
	assert_string_equal(layer->image, image);
}

static int count_hold(void *data, const struct sv_hold *hold, unsigned others, struct sv_error *err)
{
	unsigned *n = data;

	(void)others;
	(void)err;
	assert_non_null(hold->original);
	++*n;
	return 0;
}

static void check_content(struct sv_store *store)
{
	sv_auto_lease struct sv_lease a = {0}, b = {0}, c = {0};
	struct sv_error err = {0};
	unsigned holds = 0;

	assert_int_equal(sv_lease_find(store, "a", &a, &err), 0);
	assert_int_equal(sv_lease_find(store, "b", &b, &err), 0);
	assert_int_equal(sv_lease_find(store, "c", &c, &err), 0);
	assert_int_equal(a.n_layers, 2);
	assert_string_equal(a.layers[0].driver, "selinux");
	assert_string_equal(a.layers[1].driver, "dac");
	check_layer(&a, "selinux", "system_u:system_r:svirt_t:s0:c243,c814",
		    "system_u:object_r:svirt_image_t:s0:c243,c814");
	check_layer(&a, "dac", "+65534:+65534", "+65534:+65534");
	check_layer(&b, "selinux", "system_u:system_r:svirt_t:s0:c78,c242,c408",
		    "system_u:object_r:svirt_image_t:s0:c78,c242,c408");
	assert_true(sv_lease_same_layers(&a, &c));
	assert_false(sv_lease_same_layers(&a, &b));
	assert_false(a.kept);
	assert_true(b.kept && c.kept && a.dynamic && a.own_user);
	assert_string_equal(a.emulator, "/usr/bin/qemu-system-x86_64");
	assert_string_equal(b.group, "g");
	assert_string_equal(c.joined, "a");
	assert_int_equal(sv_hold_each(store, 0, false, count_hold, &holds, &err), 0);
	assert_int_equal(holds, 6);
	assert_int_equal(store_number(store, "SELECT count(*) FROM pin"), 3);
	assert_int_equal(store_number(store, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

static void test_read(void **state)
{
	struct sv_store *store = store_open(SV_STORE_READ);

	(void)state;
	check_content(store);
	sv_store_close(&store);
	store = store_open(SV_STORE_REHEARSE);
	check_content(store);
	sv_store_close(&store);
	assert_int_equal(version_of_file(), 1);
}

/* Everything that decides how the tables behave, one line for each thing. */
#define SHAPE                                                                                 \
	"SELECT group_concat(line, char(10)) FROM (SELECT t.name || ' ' || c.name || ' ' ||"  \
	" c.type || c.\"notnull\" || coalesce(c.dflt_value, '') || c.pk AS line"              \
	" FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' UNION ALL" \
	" SELECT coalesce(sql, name) FROM sqlite_schema WHERE type <> 'table' UNION ALL"      \
	" SELECT t.name || f.\"table\" || f.\"from\" || f.on_delete"                          \
	" FROM sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table' ORDER BY 1)"

static char *shape_of(struct sv_store *store)
{
	sv_auto_sql struct sv_sql sql = {0};
	struct sv_error err = {0};
	char *text = NULL;

	assert_int_equal(sv_sql_prepare(store, SHAPE, &sql, &err), 0);
	assert_int_equal(sv_sql_step(&sql, &err), 0);
	assert_int_equal(sv_sql_need_text(&sql, &text, &err), 0);
	return text;
}

static void test_write(void **state)
{
	struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_free char *upgraded = shape_of(store), *fresh = NULL;
	sv_auto_lease struct sv_lease c = {0};
	struct sv_error err = {0};

	check_content(store);
	/* the guest that joined is the holder when the first one ends */
	assert_int_equal(sv_sql_exec(store, "DELETE FROM hold WHERE guest = 1", &err), 0);
	assert_int_equal(sv_lease_remove(store, 1, &err), 0);
	assert_int_equal(sv_lease_find(store, "c", &c, &err), 0);
	assert_null(c.joined);
	assert_int_equal(store_number(store, "SELECT count(*) FROM guest_label"), 4);
	sv_store_close(&store);
	assert_int_equal(version_of_file(), SV_STORE_SCHEMA);
	assert_int_equal(unlink(store_file), 0);
	store = store_open(SV_STORE_WRITE);
	fresh = shape_of(store);
	assert_string_equal(upgraded, fresh);
	sv_store_close(&store);
	(void)state;
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, make_old, store_teardown)
	const struct CMUnitTest tests[] = {
		T(test_read),
		T(test_write),
	};

	return cmocka_run_group_tests_name("store-upgrade", tests, NULL, NULL);
}
