/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of a PCI device the host uses: see pci-use.h. Knows no label. */
#include "plan/pci-use.h"

#include "base/parse.h"
#include "base/string.h"
#include <limits.h>
#include <net/if.h>
#include <sys/stat.h>

#define PCI_CLASS_BRIDGE  0x06u
#define PCI_CLASS_NETWORK 0x02u
#define SHOWN		  64

struct look {
	const struct sv_sysfs *sysfs;
	const struct sv_binding *binding;
	size_t n_cards;		    /* network devices that were seen */
	struct sv_devices *devices; /* collects what goes away with the driver; or NULL */
};

/* how: a sentence about the device; then the hint. */
static int fail_used(const struct look *look, const char *how, const char *hint,
		     struct sv_error *err)
{
	sv_fail(err, SV_E_BUSY, 0, "PCI device %s is the host's: %s", look->binding->address, how);
	return sv_hint(err, "%s", hint);
}

/* An attribute of the device itself. SV_NONE: it has none of that name. */
static int own(const struct look *look, const char *attr, char **ret, struct sv_error *err)
{
	sv_auto_free char *path = NULL;
	int r = sv_asprintf(&path, err, "bus/pci/devices/%s/%s", look->binding->address, attr);

	return r < 0 ? r : sv_sysfs_read(look->sysfs, path, ret, err);
}

/* 0: what lies at path is the device's. */
static int is_below(const struct look *look, const char *path, struct sv_error *err)
{
	sv_auto_free char *where = NULL;
	size_t len = strlen(look->binding->path);
	int r = sv_sysfs_path(look->sysfs, path, &where, err);

	if (r != 0)
		return r;
	return strncmp(where, look->binding->path, len) == 0 && where[len] == '/' ? 0 : SV_NONE;
}

/* Calls fn for each entry of a directory that is below the PCI device, by its name. */
static int each_below(struct look *look, const char *dir,
		      int (*fn)(struct look *look, const char *name, const char *path,
				struct sv_error *err),
		      struct sv_error *err)
{
	sv_auto_strv struct sv_strv names = {0};
	int r = sv_sysfs_list(look->sysfs, dir, &names, err);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		sv_auto_free char *path = NULL;

		r = sv_asprintf(&path, err, "%s/%s", dir, names.v[i]);
		if (r == 0)
			r = is_below(look, path, err);
		if (r == 0)
			r = fn(look, names.v[i], path, err);
		r = r == SV_NONE ? 0 : r;
	}
	return r == SV_NONE ? 0 : r;
}

/* ---- disks ---- */

/* A namespace of NVMe that several paths lead to: "nvme0c1n2" is one path, which has no node, to
 * the disk "nvme0n2". */
static int head_of(const char *name, char ret[NAME_MAX])
{
	const char *c = strchr(name, 'c'), *n = c ? strchr(c, 'n') : NULL;

	if (!sv_starts_with(name, "nvme") || !n)
		return SV_NONE;
	(void)snprintf(ret, NAME_MAX, "%.*s%s", (int)(c - name), name, n);
	return 0;
}

/* The node in /dev of the block device name. */
static int open_node(const char *name, struct sv_node *ret, struct sv_error *err)
{
	char path[NAME_MAX + 8];

	(void)snprintf(path, sizeof(path), "/dev/%s", name);
	/* so the kernel writes a slash in the name of a device */
	for (char *p = strchr(path, '!'); p; p = strchr(p, '!'))
		*p = '/';
	return sv_node_open(path, ret, err);
}

/* The disk, what lies on it, and its other nodes. */
static int collect_disk(struct look *look, const struct sv_node *node, struct sv_error *err)
{
	sv_auto_devices struct sv_devices all = {0};
	int r;

	if (!look->devices)
		return 0;
	r = sv_devices_of(node, &all, err);
	return r == 0 ? sv_devices_append(look->devices, &all, err) : r;
}

static int check_disk(struct look *look, const char *name, const char *path, struct sv_error *err)
{
	sv_auto_free char *attr = NULL, *hidden = NULL, *how = NULL, *said = NULL;
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	char head[NAME_MAX], shown[SHOWN];
	int r = sv_asprintf(&attr, err, "%s/hidden", path);

	(void)snprintf(head, sizeof(head), "%s", name);
	if (r == 0)
		r = sv_sysfs_read(look->sysfs, attr, &hidden, err);
	if (r == 0 && sv_streq(hidden, "1"))
		r = head_of(name, head);
	else if (r == SV_NONE)
		r = 0;
	if (r == 0)
		r = open_node(head, &node, err);
	if (r == 0 && !S_ISBLK(node.mode))
		r = sv_fail(err, SV_E_UNKNOWN, 0, "no block device");
	if (r == 0)
		r = collect_disk(look, &node, err);
	if (r == 0)
		r = sv_disk_is_used(&node, &how, err);
	sv_escape(head, shown, sizeof(shown));
	if (r < 0) {
		err->code = SV_E_UNKNOWN;
		return sv_wrap(
			err, "cannot tell whether the host uses the disk /dev/%s of PCI device %s",
			shown, look->binding->address);
	}
	if (r == SV_NONE)
		return 0;
	r = sv_asprintf(&said, err, "its disk /dev/%s is in use: %s", shown, how);
	return r < 0 ? r
		     : fail_used(look, said,
				 "unmount it, and end what lies on it, before the guest "
				 "starts; or give the guest another device",
				 err);
}

/* ---- network cards ---- */

/* Whether another network device lies on this one, or it is a port of one. */
static int find_upper(const struct look *look, const char *path, char **ret, struct sv_error *err)
{
	sv_auto_strv struct sv_strv names = {0};
	int r = sv_sysfs_list(look->sysfs, path, &names, err);

	for (size_t i = 0; r == 0 && i < names.n; i++)
		if (sv_starts_with(names.v[i], "upper_"))
			return sv_strdup(names.v[i] + strlen("upper_"), ret, err);
	return r < 0 ? r : SV_NONE;
}

static int is_up(const struct look *look, const char *path, struct sv_error *err)
{
	sv_auto_free char *attr = NULL, *text = NULL;
	uint32_t flags = 0;
	int r = sv_asprintf(&attr, err, "%s/flags", path);

	if (r == 0)
		r = sv_sysfs_read(look->sysfs, attr, &text, err);
	if (r == 0)
		r = sv_parse_number(text, UINT32_MAX, attr, &flags, err);
	return r != 0 ? r : (flags & IFF_UP ? 0 : SV_NONE);
}

static int check_card(struct look *look, const char *name, const char *path, struct sv_error *err)
{
	sv_auto_free char *upper = NULL, *said = NULL;
	char shown[SHOWN], on[SHOWN];
	int r = find_upper(look, path, &upper, err);

	look->n_cards++;
	sv_escape(name, shown, sizeof(shown));
	if (r == 0) {
		r = sv_asprintf(&said, err, "its network card %s is a part of %s", shown,
				sv_escape(upper, on, sizeof(on)));
		return r < 0 ? r
			     : fail_used(look, said,
					 "take it out: ip link set CARD nomaster, or ip "
					 "link delete what lies on it",
					 err);
	}
	if (r == SV_NONE)
		r = is_up(look, path, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = sv_asprintf(&said, err, "its network card %s is up", shown);
	return r < 0 ? r
		     : fail_used(look, said,
				 "see that the host is reached by another card, then: ip "
				 "link set CARD down",
				 err);
}

/* A card that this process does not see may be in another network namespace, and in use there. */
static int check_cards(struct look *look, uint32_t class, struct sv_error *err)
{
	int r = each_below(look, "class/net", check_card, err);

	if (r < 0 || class >> 16 != PCI_CLASS_NETWORK || look->n_cards)
		return r;
	return fail_used(
		look, "its network card is not seen here, so a network namespace may have it",
		"bring it back, or take it from its driver: driverctl set-override ADDRESS "
		"vfio-pci",
		err);
}

/* ---- the rest ---- */

/* The text console of the kernel is on the card that the firmware has started with. */
static int find_console(const struct look *look, char **ret, struct sv_error *err)
{
	sv_auto_strv struct sv_strv names = {0};
	int r = sv_sysfs_list(look->sysfs, "class/vtconsole", &names, err);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		sv_auto_free char *path = NULL, *bound = NULL, *name = NULL;

		r = sv_asprintf(&path, err, "class/vtconsole/%s/bind", names.v[i]);
		if (r == 0)
			r = sv_sysfs_read(look->sysfs, path, &bound, err);
		if (r == 0 && sv_streq(bound, "1")) {
			free(sv_take_ptr(path));
			r = sv_asprintf(&path, err, "class/vtconsole/%s/name", names.v[i]);
			if (r == 0)
				r = sv_sysfs_read(look->sysfs, path, &name, err);
			if (r == 0 && !strstr(name, "dummy"))
				return sv_strdup(names.v[i], ret, err);
		}
		r = r == SV_NONE ? 0 : r;
	}
	return r < 0 ? r : SV_NONE;
}

static int check_console(const struct look *look, struct sv_error *err)
{
	sv_auto_free char *boot = NULL, *console = NULL, *hint = NULL;
	char shown[SHOWN];
	int r = own(look, "boot_vga", &boot, err);

	if (r == 0)
		r = sv_streq(boot, "1") ? find_console(look, &console, err) : SV_NONE;
	if (r != 0)
		return r < 0 ? r : 0;
	r = sv_asprintf(&hint, err,
			"give the guest another card, or take the console off: echo 0 "
			">/sys/class/vtconsole/%s/bind",
			sv_escape(console, shown, sizeof(shown)));
	return r < 0 ? r
		     : fail_used(look,
				 "it is the graphics card that the host started with, and the "
				 "console is on it",
				 hint, err);
}

static int check_part(struct look *look, const char *name, const char *path, struct sv_error *err)
{
	char shown[SHOWN];

	(void)path;
	sv_fail(err, SV_E_BUSY, 0,
		"PCI device %s is the host's: its mediated device %s would end with its driver",
		look->binding->address, sv_escape(name, shown, sizeof(shown)));
	return sv_hint(err,
		       "give the guest the mediated device, or remove it first: echo 1 "
		       ">/sys/bus/mdev/devices/%s/remove",
		       shown);
}

static int collect_node(struct look *look, const char *name, const char *path, struct sv_error *err)
{
	uint64_t device = 0;
	int r = sv_devnum_read(look->sysfs, path, false, &device, err);

	(void)name;
	return r == 0 ? sv_devices_add(look->devices, device, err) : r;
}

static int check_functions(struct look *look, struct sv_error *err)
{
	sv_auto_free char *n = NULL;
	int r = each_below(look, "bus/mdev/devices", check_part, err);

	if (r == 0)
		r = own(look, "sriov_numvfs", &n, err);
	if (r != 0 || sv_streq(n, "0"))
		return r < 0 ? r : 0;
	return fail_used(look, "its virtual functions would end with its driver",
			 "give the guest one of them, or end them first: echo 0 >sriov_numvfs",
			 err);
}

int sv_pci_check_unused(const struct sv_sysfs *sysfs, const struct sv_binding *binding,
			struct sv_devices *ret, struct sv_error *err)
{
	struct look look = {.sysfs = sysfs, .binding = binding, .devices = ret};
	sv_auto_free char *text = NULL;
	uint32_t class = 0;
	int r = own(&look, "class", &text, err);

	if (r == 0)
		r = sv_parse_number(text, UINT32_MAX, "class", &class, err);
	if (r == SV_NONE)
		return sv_fail(err, SV_E_NOTFOUND, 0, "PCI device %s has gone away",
			       binding->address);
	if (r == 0 && class >> 16 == PCI_CLASS_BRIDGE) {
		sv_fail(err, SV_E_HOST, 0, "PCI device %s is a bridge", binding->address);
		return sv_hint(err, "give the guest the devices behind it, one by one");
	}
	if (r == 0)
		r = each_below(&look, "class/block", check_disk, err);
	if (r == 0)
		r = check_cards(&look, class, err);
	if (r == 0)
		r = check_console(&look, err);
	if (r == 0)
		r = check_functions(&look, err);
	return r == 0 && ret ? each_below(&look, "dev/char", collect_node, err) : r;
}
