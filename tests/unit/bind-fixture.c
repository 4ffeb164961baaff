/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host with one PCI device, and its kernel: see bind-fixture.h. */
#include "bind-fixture.h"

#include "base/string.h"
#include "base/sysfs.h"
#include "plan/bind.h"
#include "plan/device.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

struct bind_kernel bind_kernel;

int __wrap_sv_sysfs_write_at(int dir, const char *attr, const char *text, struct sv_error *err);
int __wrap_sv_disk_is_used(const struct sv_node *node, char **ret, struct sv_error *err);
int __real_sv_devices_of(const struct sv_node *node, struct sv_devices *ret, struct sv_error *err);
int __wrap_sv_devices_of(const struct sv_node *node, struct sv_devices *ret, struct sv_error *err);
int __real_sv_node_open(const char *path, struct sv_node *ret, struct sv_error *err);
int __wrap_sv_node_open(const char *path, struct sv_node *ret, struct sv_error *err);

const char *bind_below(const char *path)
{
	static char full[512];
	char *slash;

	(void)snprintf(full, sizeof(full), "%s/%s", store_dir, path);
	for (slash = strchr(full + strlen(store_dir) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(full, 0755);
		*slash = '/';
	}
	return full;
}

void bind_attribute(const char *path, const char *text)
{
	FILE *f = fopen(bind_below(path), "we");

	assert_non_null(f);
	assert_true(fprintf(f, "%s\n", text) > 0);
	assert_int_equal(fclose(f), 0);
}

void bind_link(const char *path, const char *target)
{
	assert_int_equal(symlink(target, bind_below(path)), 0);
}

static void set_driver(int dir, const char *name)
{
	char target[128];

	(void)unlinkat(dir, "driver", 0);
	(void)snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", name);
	if (name)
		assert_int_equal(symlinkat(target, dir, "driver"), 0);
}

/* As drivers/base/dd.c: the override alone, when there is one. */
static void probe(int dir)
{
	sv_auto_free char *override = NULL, *now = NULL;
	char path[128];
	struct sv_error err = {0};

	assert_int_equal(sv_sysfs_read_at(dir, "driver_override", &override, &err), 0);
	if (bind_kernel.refuses || sv_sysfs_link_at(dir, "driver", &now, &err) == 0)
		return;
	(void)snprintf(path, sizeof(path), "subsystem/drivers/%s",
		       sv_streq(override, "(null)") ? "e1000e" : override);
	if (faccessat(dir, path, F_OK, 0) == 0)
		set_driver(dir, strrchr(path, '/') + 1);
}

static void write_override(int dir, const char *text)
{
	sv_auto_close int fd = openat(dir, "driver_override", O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(dprintf(fd, "%s\n", text[0] == '\n' ? "(null)" : text) > 0);
}

int __wrap_sv_sysfs_write_at(int dir, const char *attr, const char *text, struct sv_error *err)
{
	bool kills = ++bind_kernel.writes == bind_kernel.kill_at;

	(void)err;
	if (kills && bind_kernel.before)
		_exit(0);
	if (sv_streq(attr, "driver_override"))
		write_override(dir, text);
	else
		assert_string_equal(text, ADDRESS);
	if (sv_streq(attr, "driver/unbind"))
		assert_int_equal(unlinkat(dir, "driver", 0), 0);
	else if (sv_streq(attr, "subsystem/drivers_probe"))
		probe(dir);
	if (kills)
		_exit(0);
	return 0;
}

int __wrap_sv_disk_is_used(const struct sv_node *node, char **ret, struct sv_error *err)
{
	assert_true(S_ISBLK(node->mode));
	return bind_kernel.disk_use ? sv_strdup(bind_kernel.disk_use, ret, err) : SV_NONE;
}

/* A disk of the test's own has one partition. */
int __wrap_sv_devices_of(const struct sv_node *node, struct sv_devices *ret, struct sv_error *err)
{
	if (!S_ISBLK(node->mode))
		return __real_sv_devices_of(node, ret, err);
	assert_int_equal(sv_devices_add(ret, sv_devnum_block(makedev(259, 0)), err), 0);
	return sv_devices_add(ret, sv_devnum_block(makedev(259, 1)), err);
}

/* Disks of the test's own. */
int __wrap_sv_node_open(const char *path, struct sv_node *ret, struct sv_error *err)
{
	if (sv_starts_with(path, "/dev/nvme")) {
		assert_string_equal(path, "/dev/nvme0n1");
		*ret = SV_NODE_EMPTY;
		ret->mode = S_IFBLK;
		return 0;
	}
	return __real_sv_node_open(path, ret, err);
}

int bind_setup(void **state)
{
	int r = plan_setup(state);

	memset(&bind_kernel, 0, sizeof(bind_kernel));
	bind_attribute(DEVICE "/class", "0x010802");
	bind_attribute(DEVICE "/uevent", "PCI_SLOT_NAME=" ADDRESS);
	bind_attribute(DEVICE "/driver_override", "(null)");
	bind_attribute("sys/bus/pci/drivers_probe", "");
	bind_attribute("sys/bus/pci/drivers/vfio-pci/unbind", "");
	bind_attribute("sys/bus/pci/drivers/e1000e/unbind", "");
	bind_attribute("sys/bus/pci/drivers/uio/unbind", "");
	bind_link(DEVICE "/subsystem", "../../../bus/pci");
	bind_link(DEVICE "/driver", "../../../bus/pci/drivers/e1000e");
	bind_link("sys/bus/pci/devices/" ADDRESS, "../../../devices/pci0000:00/" ADDRESS);
	return r;
}

/* The driver of the device now, in the words of the journal. */
void assert_driver(const char *label)
{
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	sv_auto_free char *now = NULL;
	struct sv_error err = {0};

	assert_int_equal(sv_node_open(bind_below(DEVICE), &node, &err), 0);
	assert_int_equal(sv_driver_pci.label->get(node.fd, &now, &err), 0);
	assert_string_equal(now, label);
}

void bind_driver(const char *name, const char *override)
{
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	struct sv_error err = {0};

	assert_int_equal(sv_node_open(bind_below(DEVICE), &node, &err), 0);
	set_driver(node.fd, name);
	write_override(node.fd, override);
}

/* A plan of guest NAME: a disk, the device in line 20, and the node that it gets. */
int bind_build(struct sv_plan *ret, struct sv_nodes *nodes, bool only_later, struct sv_error *err)
{
	static char node[128], disk[128], dir[512];
	static char address[] = ADDRESS, target[] = "hostdev0";
	static struct sv_binding binding = {dir, address, target, 20};
	struct sv_resource items[] = {
		disk_of("vdb", SV_ACCESS_RW, node),
		disk_of("vda", SV_ACCESS_RW, disk),
	};
	const struct sv_layer layer = {
		.driver = &sv_driver_fake,
		.subject = {.label = (char[]){"a"}, .image = {(char[]){"a-rw"}}, .relabel = true},
	};
	static struct sv_bindings bindings;
	const struct sv_plan_request req = {
		.resources = &(struct sv_resources){items, only_later ? 1 : 2},
		.layers = &layer,
		.n_layers = 1,
		.file = DOMAIN_FILE,
		.nodes = nodes,
		.bindings = only_later ? NULL : &bindings,
	};

	bindings = (struct sv_bindings){.items = &binding, .n = 1, .root = store_dir};
	(void)snprintf(dir, sizeof(dir), "%s", bind_below(DEVICE));
	(void)snprintf(node, sizeof(node), "%s/group", store_dir);
	(void)snprintf(disk, sizeof(disk), "%s/a.img", store_dir);
	items[0].later = true;
	return sv_plan_build(&req, ret, err);
}

void bind_file(const char *name)
{
	sv_auto_close int fd = open(bind_below(name), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
}

void bind_plan(struct sv_plan *ret, struct sv_nodes *nodes)
{
	struct sv_error err = {0};

	bind_file("a.img");
	if (bind_build(ret, nodes, false, &err) < 0)
		fail_msg("%s", err.msg);
}
