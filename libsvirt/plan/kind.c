/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of inode that a guest's devices can be: see kind.h. Knows no labels. */
#include "plan/kind.h"

#include "base/string.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#define SHOWN 256

/* Numbers of the kernel's Documentation/admin-guide/devices.txt. */
enum { MEM_MAJOR = 1, TTYAUX_MAJOR = 5, MISC_MAJOR = 10, HWRNG_MINOR = 183 };

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

/* The kinds that fit, NULL when mode is one of them. */
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
	case SV_RES_CHAR_SOCKET:
	case SV_RES_VNC_SOCKET:
		return S_ISSOCK(mode) ? NULL : "a socket";
	}
	return NULL;
}

static dev_t device_of(const struct sv_node *node)
{
	struct stat st;

	return S_ISCHR(node->mode) && fstat(node->fd, &st) == 0 ? st.st_rdev : 0;
}

bool sv_kind_is_common(const struct sv_node *node)
{
	dev_t dev = device_of(node);

	/* what comes out of it is nobody's, and rngd(8) needs it too */
	if (major(dev) == MISC_MAJOR && minor(dev) == HWRNG_MINOR)
		return true;
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

/* /dev/mem, /dev/tty, /dev/kvm: given to one guest they would be taken from the host. */
static bool is_of_the_host(const struct sv_node *node)
{
	unsigned int group = major(device_of(node));

	return !sv_kind_is_common(node) &&
	       (group == MEM_MAJOR || group == TTYAUX_MAJOR || group == MISC_MAJOR);
}

int sv_kind_check(const struct sv_resource *res, const struct sv_node *node, struct sv_error *err)
{
	const char *wanted = wanted_instead(res->kind, node->mode);
	char shown[SHOWN];

	sv_escape(res->path, shown, sizeof(shown));
	if (wanted)
		return sv_fail(err, SV_E_USAGE, 0, "%s is %s, not %s", shown, kind_name(node->mode),
			       wanted);
	if (is_of_the_host(node))
		return sv_fail(err, SV_E_USAGE, 0, "%s is a device of the host itself", shown);
	return 0;
}
