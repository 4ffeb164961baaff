/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data of sysfs about devices, much of which the device itself provides (USB), or which is a
 * copy of another host's (--root): numbers, links and names become the path of a node that a guest
 * gets.
 */
#include "fuzz.h"

#include "base/sysfs.h"
#include "guest/files/hostdev.h"
#include "guest/files/nets.h"

int __wrap_sv_sysfs_open(const char *root, struct sv_sysfs *ret, struct sv_error *err);
int __wrap_sv_sysfs_has(const struct sv_sysfs *sysfs, const char *path, struct sv_error *err);
int __wrap_sv_sysfs_read(const struct sv_sysfs *sysfs, const char *path, char **ret,
			 struct sv_error *err);
int __wrap_sv_sysfs_link(const struct sv_sysfs *sysfs, const char *path, char **ret,
			 struct sv_error *err);
int __wrap_sv_sysfs_path(const struct sv_sysfs *sysfs, const char *path, char **ret,
			 struct sv_error *err);
int __wrap_sv_sysfs_list(const struct sv_sysfs *sysfs, const char *path, struct sv_strv *ret,
			 struct sv_error *err);

static struct fuzz_in input;

int __wrap_sv_sysfs_open(const char *root, struct sv_sysfs *ret, struct sv_error *err)
{
	(void)root;
	(void)err;
	*ret = SV_SYSFS_EMPTY;
	return 0;
}

int __wrap_sv_sysfs_has(const struct sv_sysfs *sysfs, const char *path, struct sv_error *err)
{
	(void)sysfs;
	(void)path;
	(void)err;
	return fuzz_byte(&input) % 4 ? 0 : SV_NONE;
}

/* A name of a device that the kernel gives: devices choose their descriptions, not their names. */
static bool is_name(const char *name)
{
	for (const char *p = name; *p; p++) {
		if (*p <= ' ' || *p == 0x7f || *p == '/')
			return false;
	}
	return *name && *name != '.';
}

/* As the real functions do: one line of a page, the last component of a link. */
int __wrap_sv_sysfs_read(const struct sv_sysfs *sysfs, const char *path, char **ret,
			 struct sv_error *err)
{
	sv_auto_free char *text = fuzz_text(&input);

	(void)sysfs;
	(void)path;
	text[strcspn(text, "\n")] = '\0';
	return *text ? sv_strdup(text, ret, err) : SV_NONE;
}

int __wrap_sv_sysfs_link(const struct sv_sysfs *sysfs, const char *path, char **ret,
			 struct sv_error *err)
{
	sv_auto_free char *text = fuzz_text(&input);
	const char *last = strrchr(text, '/') ? strrchr(text, '/') + 1 : text;

	(void)sysfs;
	(void)path;
	return is_name(last) ? sv_strdup(last, ret, err) : SV_NONE;
}

int __wrap_sv_sysfs_path(const struct sv_sysfs *sysfs, const char *path, char **ret,
			 struct sv_error *err)
{
	(void)sysfs;
	return fuzz_byte(&input) % 4 ? sv_asprintf(ret, err, "/sys/%s", path) : SV_NONE;
}

int __wrap_sv_sysfs_list(const struct sv_sysfs *sysfs, const char *path, struct sv_strv *ret,
			 struct sv_error *err)
{
	(void)sysfs;
	(void)path;
	for (uint8_t n = fuzz_byte(&input) % 8; n > 0; n--) {
		sv_auto_free char *name = fuzz_text(&input);

		if (is_name(name))
			sv_strv_add(ret, name);
	}
	return sv_strv_check(ret, err);
}

/* A node of /dev, and no path that leads elsewhere. */
static void check_node(const char *path)
{
	require(path && strncmp(path, "/dev/", 5) == 0 && path[5]);
	require(!strstr(path, "/../") && !strstr(path, "//") && path[strlen(path) - 1] != '/');
}

static void try_hostdev(const struct svirt *sv, const struct sv_domain *dom)
{
	uint8_t kind = fuzz_byte(&input);
	struct sv_hostdev dev = {.line = 7, .type = kind % 4u, .managed = kind & 4};
	struct sv_error err = {0};

	if (dev.type == SV_HOSTDEV_USB)
		dev.usb = (struct sv_usb_address){
			.has_id = true, .vendor = fuzz_byte(&input), .product = fuzz_byte(&input)};
	if (dev.type == SV_HOSTDEV_MDEV)
		(void)snprintf(dev.uuid, sizeof(dev.uuid), "%s",
			       "01234567-89ab-cdef-0123-456789abcdef");
	if (fuzz_check(sv_hostdev_find(sv, dom, &dev, &err), &err) == 0)
		check_node(dev.path);
	free(dev.path);
	free(dev.sysfs);
}

static void try_net(const struct svirt *sv, const struct sv_domain *dom)
{
	struct sv_net net = {
		.line = 7,
		.bridge = fuzz_byte(&input) % 2 ? (char[]){"br0"} : NULL,
		.device = (char[]){"tap0"},
		.existing = true,
	};
	struct sv_error err = {0};

	if (fuzz_check(sv_net_find(sv, dom, &net, &err), &err) == 0 && net.node)
		check_node(net.node);
	free(net.node);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sv_domain dom = {.file = (char[]){"fuzz.xml"}};
	sv_auto_handle struct svirt *sv = NULL;
	struct sv_error err = {0};

	input = (struct fuzz_in){data, size};
	require(sv_handle_paths(NULL, &sv, &err) == 0);
	if (fuzz_byte(&input) % 4)
		try_hostdev(sv, &dom);
	else
		try_net(sv, &dom);
	return 0;
}
