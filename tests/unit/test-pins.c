/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that headers may name, by what was accepted: real files, a real store, and a guest that
 * has written its header between two starts.
 */
#include "domain-fixture.h"
#include "image-fixture.h"
#include "store-fixture.h"

#include "base/fs.h"
#include "base/string.h"
#include "guest/files/collect.h"
#include "guest/files/pins.h"
#include "store/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXT_FORMAT = 0xe2792aca };

static char dir[64], path[160];
static struct sv_store *store;
static const char *extra;	     /* is added to the <disk> */
static const char *format = "qcow2"; /* of the disk */
static char warned[1200];

static const char *at(const char *name)
{
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int setup(void **state)
{
	if (store_setup(state) < 0)
		return -1;
	(void)snprintf(dir, sizeof(dir), "/tmp/svirt-test-pins.XXXXXX");
	extra = "";
	format = "qcow2";
	if (!mkdtemp(dir))
		return -1;
	store = store_open(SV_STORE_WRITE);
	return 0;
}

static int teardown(void **state)
{
	struct sv_error err = {0};

	sv_store_close(&store);
	return sv_fs_remove_tree(dir, &err) < 0 ? -1 : store_teardown(state);
}

static void write_file(const char *name, const struct blob *blob)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, blob->b, blob->size, 0), blob->size);
	close(fd);
}

/* Writes a qcow2 in place: the inode stays, as it does when a guest writes. */
static void write_qcow2(const char *name, const char *backing, const char *backing_format)
{
	auto_blob blob = blob_qcow2(3);
	size_t ext = 104;

	if (backing_format)
		qcow2_extension(&blob, &ext, EXT_FORMAT, backing_format, strlen(backing_format));
	if (backing)
		qcow2_backing(&blob, backing);
	write_file(name, &blob);
}

static void write_raw(const char *name)
{
	auto_blob blob = blob_new(512);

	write_file(name, &blob);
}

static void warn(void *data, const char *msg)
{
	(void)data;
	(void)snprintf(warned, sizeof(warned), "%s", msg);
}

/* The result of a start of guest with this disk: checked, and recorded where a start does that. */
static int start(const char *guest, const char *disk, bool readonly, bool accept,
		 struct sv_error *err)
{
	const struct svirt sv = {.root = (char[]){""},
				 .run_dir = (char[]){"/run/svirt"},
				 .state_dir = (char[]){"/nowhere"},
				 .conf_dir = (char[]){"/nowhere"},
				 .warn = warn};
	const char *const accepted[] = {"vda", NULL};
	struct sv_files_request req = {
		.sv = &sv, .store = store, .accept = accept ? accepted : NULL};
	sv_auto_domain struct sv_domain *dom = NULL;
	sv_auto_files struct sv_files files = {0};
	char lines[512];
	int r;

	(void)snprintf(lines, sizeof(lines),
		       "<disk type='file' device='disk'><driver name='qemu' type='%s'/>"
		       "<source file='%s'/>%s%s<target dev='vda' bus='virtio'/></disk>",
		       format, at(disk), extra, readonly ? "<readonly/>" : "");
	dom = domain_of(IN_DEVICES, lines);
	free(dom->name);
	dom->name = strdup(guest);
	req.dom = dom;
	warned[0] = '\0';
	sv_error_clear(err);
	r = sv_files_of(&req, &files, err);
	if (r < 0)
		return r;
	store_begin(store);
	r = sv_pins_record(store, dom, &files, req.accept, err);
	store_commit(store);
	return r;
}

static void starts(const char *guest, const char *disk)
{
	struct sv_error err = {0};

	if (start(guest, disk, false, false, &err) < 0)
		fail_msg("%s", err.msg);
}

/* "@" in msg is the directory. */
static void is_refused(const char *guest, const char *disk, const char *msg)
{
	sv_auto_buf struct sv_buf want = {0};
	struct sv_error err = {0};

	for (const char *p = msg; *p; p++) {
		if (*p == '@')
			sv_buf_puts(&want, dir);
		else
			sv_buf_printf(&want, "%c", *p);
	}
	assert_int_equal(start(guest, disk, false, false, &err), -SV_E_BUSY);
	if (!strstr(err.msg, want.s))
		fail_msg("said: %s\nwanted: %s", err.msg, want.s);
}

/* A guest writes to the header of its image: a file, another one, another format, no name. */
static void test_header_changes(void **state)
{
	struct sv_error err = {0};

	(void)state;
	write_raw("base");
	write_raw("other");
	write_qcow2("a", NULL, NULL);
	starts("a", "a");
	starts("a", "a");
	write_qcow2("a", "base", "raw");
	is_refused("a", "a",
		   "image '@/a': guest 'a' has had its header to write, which names "
		   "another backing file than was accepted: none before, '@/base' ");
	assert_int_equal(start("a", "a", false, true, &err), 0);
	assert_non_null(strstr(warned, "disk vda: accepted: image "));
	starts("a", "a");
	assert_string_equal(warned, "");
	write_qcow2("a", "other", "raw");
	is_refused("a", "a", "'@/base' (raw) before, '@/other' ");
	/* a missing file is not looked for */
	write_qcow2("a", "nowhere", "raw");
	is_refused("a", "a", "'@/base' (raw) before, '@/nowhere' ");
	write_qcow2("a", "nbd:host:1", "raw");
	is_refused("a", "a", "'@/base' (raw) before, 'nbd:host:1' ");
	write_qcow2("base", NULL, NULL);
	write_qcow2("a", "base", "qcow2");
	is_refused("a", "a", "'@/base' (raw) before, '@/base' (qcow2) now");
	write_qcow2("a", NULL, NULL);
	is_refused("a", "a", "'@/base' (raw) before, none now");
}

/* The name differs, the file is the same. */
static void test_other_names(void **state)
{
	char to[160];

	(void)state;
	write_raw("base");
	write_qcow2("a", NULL, NULL);
	starts("a", "a");
	write_qcow2("a", "base", "raw");
	(void)snprintf(to, sizeof(to), "%s/b", dir);
	assert_int_equal(rename(at("a"), to), 0);
	is_refused("b", "b", "guest 'a' has had its header to write");
	is_refused("a", "b", "guest 'a' has had its header to write");
	/* another file of that name is another image */
	write_qcow2("a", "base", "raw");
	starts("a", "a");
}

/* An image that a guest wrote as raw, or as a part of an image, may have a header from the
 * guest. */
static void test_other_uses(void **state)
{
	struct sv_error err = {0};

	(void)state;
	write_raw("base");
	write_raw("a");
	format = "raw";
	starts("a", "a");
	format = "qcow2";
	write_qcow2("a", "base", "raw");
	is_refused("a", "a", "none before, '@/base' ");
	/* the same for a reader, or below another image */
	assert_int_equal(start("b", "a", true, false, &err), -SV_E_BUSY);
	write_qcow2("b", "a", "qcow2");
	is_refused("b", "b",
		   "image '@/b': its header names the backing file '@/a', which no header "
		   "brings in: guest 'a' has had it to write");
	extra = "<backingStore type='file'><format type='qcow2'/><source file='/nowhere'/>"
		"</backingStore>";
	is_refused("b", "b",
		   "its header names the backing file '@/a', and <backingStore> "
		   "'/nowhere'");
}

/* A chain that the domain names is accepted, but not the part that it does not name. */
static void test_domains_word(void **state)
{
	char backing[256];

	(void)state;
	write_raw("base");
	write_qcow2("a", NULL, NULL);
	starts("a", "a");
	write_qcow2("a", "base", "raw");
	(void)snprintf(backing, sizeof(backing),
		       "<backingStore type='file'><source file='%s/base'/></backingStore>", dir);
	extra = backing;
	starts("a", "a");
	write_qcow2("base", NULL, NULL);
	write_qcow2("a", "base", "qcow2");
	is_refused("a", "a", "'@/base' (raw) before, '@/base' (qcow2) now");
	(void)snprintf(backing, sizeof(backing),
		       "<backingStore type='file'><format type='qcow2'/><source file='%s/base'/>"
		       "</backingStore>",
		       dir);
	starts("a", "a");
	/* the files below it come from its header */
	write_raw("root");
	write_qcow2("base", "root", "raw");
	is_refused("a", "a",
		   "names another backing file further down than was accepted: none "
		   "before, '@/root' ");
}

/* Files that no header may add, whoever accepts them. */
static void test_never(void **state)
{
	static const struct {
		const char *name, *why;
	} table[] = {
		{"/dev/null", "lies in /dev"},
		{"/proc/version", "lies in /proc"},
		{"/run/x", NULL},
		{"/etc/passwd", "lies in the system directory /etc"},
		{"fifo", "is a fifo, not a regular file"},
		{"program", "is a program"},
	};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	write_raw("program");
	assert_int_equal(chmod(at("program"), 0755), 0);
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++) {
		write_qcow2("a", table[i].name, "raw");
		for (int accept = 0; accept < 2; accept++) {
			int r = start("a", "a", false, accept, &err);

			if (!table[i].why) {
				assert_int_equal(r, -SV_E_NOTFOUND);
				continue;
			}
			assert_int_equal(r, -SV_E_BUSY);
			if (!strstr(err.msg, table[i].why) ||
			    !strstr(err.msg, "which no header brings in"))
				fail_msg("said: %s", err.msg);
		}
	}
	assert_int_equal(store_number(store, "SELECT count(*) FROM pin"), 0);
}

/* Another header gives no write access to a base that an image uses. */
static void test_below(void **state)
{
	sv_auto_free char *guest = NULL;
	struct sv_error err = {0};

	(void)state;
	write_raw("base");
	write_qcow2("a", "base", "raw");
	starts("a", "a");
	assert_int_equal(sv_pin_below(store, at("base"), &guest, &err), 0);
	assert_string_equal(guest, "a");
	assert_int_equal(sv_pin_below(store, at("a"), &guest, &err), SV_NONE);
}

/* A pin ends with its file, and not before. */
static void test_forget(void **state)
{
	struct sv_error err = {0};

	(void)state;
	write_raw("a");
	write_raw("b");
	format = "raw";
	starts("a", "a");
	starts("b", "b");
	assert_int_equal(sv_pins_forget_deleted(store, &err), 0);
	assert_int_equal(store_number(store, "SELECT count(*) FROM pin"), 2);
	assert_int_equal(unlink(at("a")), 0);
	assert_int_equal(sv_pins_forget_deleted(store, &err), 0);
	/* without the capability to open by a handle, it cannot be known */
	assert_in_range(store_number(store, "SELECT count(*) FROM pin WHERE path LIKE '%/a'"), 0,
			geteuid() == 0 ? 0 : 1);
	assert_int_equal(store_number(store, "SELECT count(*) FROM pin WHERE path LIKE '%/b'"), 1);
}

/* The directory of another guest: that guest may have written the files in it. */
static void test_tree(void **state)
{
	sv_auto_free char *guest = NULL;
	struct sv_error err = {0};
	struct sv_pin pin = {
		.ino = 1, .boot = "x", .path = dir, .guest = (char[]){"t"}, .tree = true};

	(void)state;
	store_begin(store);
	assert_int_equal(sv_pin_put(store, &pin, &err), 0);
	store_commit(store);
	assert_int_equal(sv_pin_above(store, at("a"), &guest, &err), 0);
	assert_string_equal(guest, "t");
	write_raw("base");
	write_qcow2("a", "base", "raw");
	is_refused("a", "a",
		   "guest 't' has had its header to write, which names another backing "
		   "file than was accepted: none before, '@/base' ");
}

/* The stored pin equals the given one, and a second pin of the same file replaces it. */
static void test_store(void **state)
{
	struct sv_pin_file files[] = {
		{.what = (char[]){"data file"}, .path = (char[]){"/d"}},
		{.depth = 1,
		 .what = (char[]){"backing file"},
		 .name = (char[]){"b"},
		 .path = (char[]){"/b"},
		 .format = (char[]){"raw"}},
	};
	struct sv_pin pin = {.dev = 1,
			     .ino = UINT64_MAX,
			     .born = 7,
			     .boot = "x",
			     .path = (char[]){"/a"},
			     .guest = (char[]){"g"},
			     .files = files,
			     .n_files = 2};
	sv_auto_pin struct sv_pin found = {0}, moved = {0}, none = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_pin_put(store, &pin, &err), -SV_E_UNKNOWN);
	store_begin(store);
	assert_int_equal(sv_pin_put(store, &pin, &err), 0);
	assert_int_equal(sv_pin_put(store, &pin, &err), 0);
	store_commit(store);
	assert_int_equal(store_number(store, "SELECT count(*) FROM pin_file"), 2);
	assert_int_equal(sv_pin_find(store, &pin, &found, &err), 0);
	assert_int_equal(found.n_files, 2);
	assert_int_equal(found.files[1].depth, 1);
	assert_string_equal(found.files[1].name, "b");
	assert_null(found.files[0].name);
	assert_null(found.files[0].format);
	/* the device number of its filesystem may differ after a boot */
	pin.dev = 2;
	assert_int_equal(sv_pin_find(store, &pin, &moved, &err), 0);
	pin.born = 8;
	assert_int_equal(sv_pin_find(store, &pin, &none, &err), SV_NONE);
	store_begin(store);
	assert_int_equal(sv_pin_remove(store, found.id, &err), 0);
	store_commit(store);
	assert_int_equal(store_number(store, "SELECT count(*) FROM pin_file"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_header_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_uses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_domains_word, setup, teardown),
		cmocka_unit_test_setup_teardown(test_never, setup, teardown),
		cmocka_unit_test_setup_teardown(test_below, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forget, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tree, setup, teardown),
		cmocka_unit_test_setup_teardown(test_store, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
