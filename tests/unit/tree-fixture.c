/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See tree-fixture.h. */
#include "tree-fixture.h"

#include "base/string.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

struct sv_resource tree_of(enum sv_access access, const char *path)
{
	struct sv_resource res = disk_of("vda", access, path);

	res.kind = SV_RES_TREE;
	return res;
}

const char *at(const char *name)
{
	static char texts[4][256];
	static unsigned n;
	char *text = texts[n++ % 4];

	(void)snprintf(text, sizeof(texts[0]), "%s/tree/%s", store_dir, name);
	return text;
}

void make_file(const char *path)
{
	sv_auto_close int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
}

void make_dir(const char *path)
{
	assert_int_equal(mkdir(path, 0700), 0);
}

const char *make_tree(void)
{
	const char *root = plan_path("tree", false);

	make_dir(root);
	make_dir(at("sub"));
	make_dir(at("sub/below"));
	make_file(at("one"));
	make_file(at("sub/two"));
	make_file(at("sub/below/three"));
	assert_int_equal(symlink("/etc/passwd", at("link")), 0);
	assert_int_equal(mkfifo(at("sub/fifo"), 0600), 0);
	fake_set_label(&sv_driver_fake, at("sub"), "mine");
	fake_set_label(&sv_driver_fake, at("sub/two"), "other");
	return root;
}

static const char *const names[] = {
	"", "one", "sub", "sub/two", "sub/fifo", "sub/below", "sub/below/three",
};

void label_all(const char *label)
{
	for (size_t i = 0; i < SV_N_ELEMENTS(names); i++)
		fake_set_label(&sv_driver_fake, at(names[i]), label);
}

void assert_all(const char *label)
{
	for (size_t i = 0; i < SV_N_ELEMENTS(names); i++)
		assert_label(&sv_driver_fake, at(names[i]), label);
}

void assert_originals(void)
{
	for (size_t i = 0; i < SV_N_ELEMENTS(names); i++) {
		const char *label = sv_streq(names[i], "sub")	    ? "mine"
				    : sv_streq(names[i], "sub/two") ? "other"
								    : FAKE_DEFAULT;

		assert_label(&sv_driver_fake, at(names[i]), label);
	}
}

int64_t n_leaves(struct sv_store *store)
{
	return store_number(store, "SELECT count(*) FROM leaf");
}
