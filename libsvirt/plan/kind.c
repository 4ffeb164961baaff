/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of inode that a guest's devices can be: see kind.h. Knows no labels. */
#include "plan/kind.h"

#include "base/string.h"
#include "base/sysfs.h"
#include "plan/host.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#define SHOWN 256

/* Numbers of the kernel's Documentation/admin-guide/devices.txt. */
enum {
	MEM_MAJOR = 1,
	TTY_MAJOR = 4,
	TTYAUX_MAJOR = 5,
	VCS_MAJOR = 7, /* what the screens show */
	MISC_MAJOR = 10,
	INPUT_MAJOR = 13,
	SG_MAJOR = 21,
	FIRST_PTS_MAJOR = 136,
	LAST_PTS_MAJOR = 143,
	USB_DEVICE_MAJOR = 189,
	DRM_MAJOR = 226,
	FIRST_SERIAL_MINOR = 64, /* of TTY_MAJOR: below are the screens */
	HWRNG_MINOR = 183,	 /* of MISC_MAJOR, and so on */
	VFIO_MINOR = 196,
	TUN_MINOR = 200,
	KVM_MINOR = 232,
	TPM_MINOR = 224, /* further TPMs have a major of their own */
	VHOST_NET_MINOR = 238,
	VHOST_VSOCK_MINOR = 241,
	FIRST_RENDER_MINOR = 128, /* of DRM_MAJOR: below are the screens */
};

int sv_kind_check_place(const struct sv_resource *res, struct sv_error *err)
{
	const char *dir = sv_fs_system_dir(res->path);
	char shown[SHOWN];

	if (!dir || res->access == SV_ACCESS_RO)
		return 0;
	sv_fail(err, SV_E_USAGE, 0,
		"%s lies in the system directory %s, and the guest would write it",
		sv_escape(res->path, shown, sizeof(shown)), dir);
	return sv_hint(err, "keep the files of guests elsewhere, or make it <readonly/>");
}

static const char *kind_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "a regular file";
	case S_IFDIR:
		return "a directory";
	case S_IFBLK:
		return "a block device";
	case S_IFCHR:
		return "a character device";
	case S_IFIFO:
		return "a fifo";
	case S_IFSOCK:
		return "a socket";
	default:
		return "of an unknown kind";
	}
}

/* The kinds that fit, for a message; NULL: mode is one of them. */
static const char *wanted_instead(enum sv_resource_kind kind, mode_t mode)
{
	switch (kind) {
	case SV_RES_DISK:
		return S_ISREG(mode) || S_ISBLK(mode) ? NULL : "a regular file or a block device";
	case SV_RES_BOOT_FILE:
		return S_ISREG(mode) ? NULL : "a regular file";
	case SV_RES_CHAR_FILE:
	case SV_RES_RNG:
	case SV_RES_MEMORY:
		return S_ISREG(mode) || S_ISCHR(mode) ? NULL
						      : "a regular file or a character device";
	case SV_RES_CHAR_DEVICE:
	case SV_RES_TPM:
	case SV_RES_VSOCK:
		return S_ISCHR(mode) ? NULL : "a character device";
	case SV_RES_CHAR_PIPE:
		return S_ISFIFO(mode) ? NULL : "a fifo";
	case SV_RES_CHAR_SOCKET:
	case SV_RES_GRAPHICS_SOCKET:
		return S_ISSOCK(mode) ? NULL : "a socket";
	case SV_RES_TREE:
	case SV_RES_TPM_STATE:
		return S_ISDIR(mode) ? NULL : "a directory";
	case SV_RES_INPUT:
	case SV_RES_USB:
	case SV_RES_SCSI:
	case SV_RES_VFIO:
	case SV_RES_VFIO_CONTAINER:
	case SV_RES_TUN:
	case SV_RES_MACVTAP:
	case SV_RES_VDPA:
	case SV_RES_VHOST_NET:
	case SV_RES_RENDER:
	case SV_RES_KVM:
	case SV_RES_SEV:
	case SV_RES_SGX:
		return S_ISCHR(mode) ? NULL : "a character device";
	}
	return NULL;
}

static bool is_render_node(dev_t dev)
{
	return major(dev) == DRM_MAJOR && minor(dev) >= FIRST_RENDER_MINOR;
}

/* The driver that a character device should belong to, for a message. NULL: it does, or its number
 * is not known beforehand (VFIO groups). */
static const char *wanted_driver(enum sv_resource_kind kind, dev_t dev)
{
	switch (kind) {
	case SV_RES_INPUT:
		return major(dev) == INPUT_MAJOR ? NULL : "an input device";
	case SV_RES_USB:
		return major(dev) == USB_DEVICE_MAJOR ? NULL : "a USB device";
	case SV_RES_SCSI:
		return major(dev) == SG_MAJOR ? NULL : "a generic SCSI device";
	case SV_RES_VFIO_CONTAINER:
		return dev == makedev(MISC_MAJOR, VFIO_MINOR) ? NULL : "the container of VFIO";
	case SV_RES_TUN:
		return dev == makedev(MISC_MAJOR, TUN_MINOR) ? NULL : "the driver of taps";
	case SV_RES_VHOST_NET:
		return dev == makedev(MISC_MAJOR, VHOST_NET_MINOR) ? NULL : "vhost-net";
	case SV_RES_VSOCK:
		return dev == makedev(MISC_MAJOR, VHOST_VSOCK_MINOR) ? NULL : "vhost-vsock";
	case SV_RES_KVM:
		return dev == makedev(MISC_MAJOR, KVM_MINOR) ? NULL : "KVM";
	case SV_RES_RENDER:
		return is_render_node(dev) ? NULL : "a render node";
	/* their minor numbers differ between hosts */
	case SV_RES_SGX:
		return major(dev) == MISC_MAJOR ? NULL : "the processor's SGX";
	case SV_RES_SEV:
		return major(dev) == MISC_MAJOR ? NULL : "AMD's secure processor";
	case SV_RES_DISK:
	case SV_RES_BOOT_FILE:
	case SV_RES_CHAR_FILE:
	case SV_RES_CHAR_SOCKET:
	case SV_RES_GRAPHICS_SOCKET:
	case SV_RES_RNG:
	case SV_RES_MEMORY:
	case SV_RES_CHAR_DEVICE:
	case SV_RES_CHAR_PIPE:
	case SV_RES_TPM:
	case SV_RES_TREE:
	case SV_RES_TPM_STATE:
	case SV_RES_VFIO:
	case SV_RES_MACVTAP:
	case SV_RES_VDPA:
		return NULL;
	}
	return NULL;
}

static dev_t device_of(const struct sv_node *node)
{
	return S_ISCHR(node->mode) ? node->rdev : 0;
}

/* Devices that all guests may share. The output of a random generator is not one guest's, and
 * rngd(8) reads it too. A VFIO container gives nothing without a group. The others give each opener
 * an instance of its own. */
static bool is_common_misc(unsigned minor)
{
	return minor == HWRNG_MINOR || minor == VFIO_MINOR || minor == TUN_MINOR ||
	       minor == VHOST_NET_MINOR || minor == VHOST_VSOCK_MINOR;
}

bool sv_kind_is_common(const struct sv_resource *res, const struct sv_node *node)
{
	dev_t dev = device_of(node);

	/* by number too, for a device that the document names as something else */
	if (sv_resource_is_shared_device(res) || is_render_node(dev))
		return true;
	if (major(dev) == MISC_MAJOR)
		return is_common_misc(minor(dev));
	if (major(dev) != MEM_MAJOR)
		return false;
	switch (minor(dev)) {
	case 3: /* null */
	case 5: /* zero */
	case 7: /* full */
	case 8: /* random */
	case 9: /* urandom */
		return true;
	default:
		return false;
	}
}

/* Devices such as /dev/mem, /dev/tty, /dev/tty1, /dev/pts/0, /dev/vcs, /dev/kvm: a guest's label
 * would take them from the host, and a terminal is somebody's. */
static bool is_of_the_host(const struct sv_resource *res, const struct sv_node *node)
{
	dev_t dev = device_of(node);

	if (sv_kind_is_common(res, node))
		return false;
	switch (major(dev)) {
	case TTY_MAJOR:
		return minor(dev) < FIRST_SERIAL_MINOR;
	case MISC_MAJOR:
		return res->kind != SV_RES_TPM || minor(dev) != TPM_MINOR;
	case MEM_MAJOR:
	case TTYAUX_MAJOR:
	case VCS_MAJOR:
		return true;
	default:
		return major(dev) >= FIRST_PTS_MAJOR && major(dev) <= LAST_PTS_MAJOR;
	}
}

/* A use of character devices, and the classes that fit it; the second may be NULL. */
struct use {
	enum sv_resource_kind kind;
	const char *classes[2];
};

/* Many devices lead to something of the host: /dev/bsg to a whole disk, /dev/ng0n1 too, /dev/i2c-0
 * to the machine's own parts. NULL: the use has a check of its own. */
static const struct use *use_of(enum sv_resource_kind kind)
{
	static const struct use uses[] = {
		{SV_RES_CHAR_DEVICE, {"tty", "ppdev"}},
		{SV_RES_CHAR_FILE, {"tty", "ppdev"}},
		{SV_RES_RNG, {"tty"}},
		{SV_RES_MEMORY, {"dax"}},
		{SV_RES_TPM, {"tpm", "tpmrm"}},
	};

	for (size_t i = 0; i < SV_N_ELEMENTS(uses); i++)
		if (uses[i].kind == kind)
			return &uses[i];
	return NULL;
}

bool sv_kind_takes(enum sv_resource_kind kind, const char *class)
{
	const struct use *use = use_of(kind);

	return !use || sv_streq(class, use->classes[0]) || sv_streq(class, use->classes[1]);
}

/* A device that no driver has is in no class, and cannot be opened. */
static int check_class(const struct sv_resource *res, const struct sv_node *node,
		       struct sv_error *err)
{
	sv_auto_sysfs struct sv_sysfs sysfs = SV_SYSFS_EMPTY;
	sv_auto_free char *class = NULL;
	char path[64], shown[SHOWN];
	int r;

	if (!S_ISCHR(node->mode) || !use_of(res->kind))
		return 0;
	(void)snprintf(path, sizeof(path), "dev/char/%u:%u/subsystem", major(node->rdev),
		       minor(node->rdev));
	r = sv_sysfs_open("", &sysfs, err);
	if (r == 0)
		r = sv_sysfs_link(&sysfs, path, &class, err);
	if (r != 0)
		return r < 0 ? r : 0;
	if (sv_kind_takes(res->kind, class))
		return 0;
	return sv_fail(err, SV_E_USAGE, 0,
		       "%s is a device of the class %s, which no guest gets as what it is here",
		       sv_escape(res->path, shown, sizeof(shown)), class);
}

int sv_kind_check(const struct sv_resource *res, const struct sv_node *node,
		  const struct sv_own *own, struct sv_error *err)
{
	int r;
	const char *wanted = wanted_instead(res->kind, node->mode);
	char shown[SHOWN];

	sv_escape(res->path, shown, sizeof(shown));
	if (sv_resource_is_tree(res) && strrchr(res->path, '/') == res->path) {
		sv_fail(err, SV_E_USAGE, 0, "%s is a directory of the system itself", shown);
		return sv_hint(err, "give the guest a directory below it: all that is in there is "
				    "labelled for the guest");
	}
	if (wanted)
		return sv_fail(err, SV_E_USAGE, 0, "%s is %s, not %s", shown, kind_name(node->mode),
			       wanted);
	wanted = wanted_driver(res->kind, device_of(node));
	if (wanted)
		return sv_fail(err, SV_E_USAGE, 0, "%s is another device, not %s", shown, wanted);
	if (is_of_the_host(res, node))
		return sv_fail(err, SV_E_USAGE, 0, "%s is a device of the host itself", shown);
	if (sv_kind_is_common(res, node))
		return 0;
	r = check_class(res, node, err);
	if (r == 0)
		r = sv_host_check(res, node, err);
	return r == 0 ? sv_host_check_below(res, node, own, err) : r;
}

int sv_kind_refuse(const struct sv_resource *res, const struct sv_node *node,
		   const struct sv_own *own, struct sv_error *err)
{
	int r = sv_own_refuse(own, node, res->path, err);

	if (r == 0)
		r = sv_kind_check_place(res, err);
	return r == 0 ? sv_kind_check(res, node, own, err) : r;
}

int sv_kind_check_parent(const struct sv_resource *res, const struct sv_own *own,
			 struct sv_error *err)
{
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	sv_auto_free char *parent = NULL;
	const char *path = res->path, *slash = strrchr(path, '/');
	char shown[SHOWN];
	int r = sv_asprintf(&parent, err, "%.*s", slash > path ? (int)(slash - path) : 1, path);

	if (r == 0)
		r = sv_node_open(parent, &node, err);
	if (r < 0)
		return r;
	if (!S_ISDIR(node.mode))
		return sv_fail(err, SV_E_USAGE, 0, "%s is not a directory",
			       sv_escape(parent, shown, sizeof(shown)));
	return sv_own_refuse_in(own, &node, path, err);
}

/* The kernel module that makes the node. NULL: no device, or no module of its own. */
static const char *module_of(enum sv_resource_kind kind)
{
	static const struct {
		enum sv_resource_kind kind;
		const char *module;
	} modules[] = {
		{SV_RES_TUN, "tun"},
		{SV_RES_VHOST_NET, "vhost_net"},
		{SV_RES_VSOCK, "vhost_vsock"},
		{SV_RES_VDPA, "vhost_vdpa"},
		{SV_RES_VFIO_CONTAINER, "vfio"},
		{SV_RES_KVM, "kvm_intel or kvm_amd"},
		{SV_RES_SEV, "kvm_amd sev=1"},
	};

	for (size_t i = 0; i < SV_N_ELEMENTS(modules); i++) {
		if (modules[i].kind == kind)
			return modules[i].module;
	}
	return NULL;
}

/* svirt makes no missing files itself: the manager has no right to read or make files of the host.
 */
int sv_kind_hint_missing(const struct sv_resource *res, struct sv_error *err)
{
	const char *module = module_of(res->kind);
	char shown[SHOWN], other[SHOWN];

	sv_escape(res->path, shown, sizeof(shown));
	if (module)
		return sv_hint(err, "modprobe %s, on a host that has it", module);
	if (res->template)
		return sv_hint(err, "make it: install -D -m 600 -- '%s' '%s'",
			       sv_escape(res->template, other, sizeof(other)), shown);
	if (res->kind == SV_RES_TPM_STATE)
		return sv_hint(err,
			       "install -d -m 700 '%s' makes it, for a TPM that is new; or correct "
			       "the path of its <source>",
			       shown);
	return sv_hint(err, "create it, or correct the path of %s",
		       res->target ? sv_escape(res->target, other, sizeof(other)) : "the device");
}
