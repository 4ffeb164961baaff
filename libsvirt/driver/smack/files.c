/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Labels of objects, read and set through O_PATH descriptors: /proc/self/fd/N follows the
 * descriptor, so no name is looked up twice and no right to open the object is needed.
 * Must not know what the object is to a guest, nor what it was before.
 */
#include "driver/smack/smack.h"

#include "base/fs.h"
#include "base/string.h"

#include <errno.h>
#include <linux/xattr.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* The kernel answers with the label that it uses, also where the filesystem keeps none. */
int sv_smack_get(int fd, char **ret, struct sv_error *err)
{
	char path[SV_FD_PATH_LEN], label[SV_SMACK_MAX + 2];
	ssize_t n = getxattr(sv_fd_path(fd, path), XATTR_NAME_SMACK, label, sizeof(label) - 1);

	if (n < 0 && (errno == ENODATA || errno == EOPNOTSUPP))
		return SV_NONE;
	if (n < 0)
		return sv_fail_errno(err, errno, "cannot read its label");
	label[n] = '\0';
	return sv_strdup(label, ret, err);
}

static int refused(int fd, const char *label, int sys, struct sv_error *err)
{
	sv_auto_free char *old = NULL;
	struct sv_error ignored = {0};

	if (sv_smack_get(fd, &old, &ignored) != 0)
		old = NULL;
	(void)sv_fail(err, SV_E_PERMISSION, sys, "may not relabel it from '%s' to '%s'",
		      old ? old : "no label", label);
	return sv_hint(err, "run svirt as root: it takes CAP_MAC_ADMIN, and CAP_MAC_OVERRIDE for "
			    "what has another label than this process; " SV_SMACK_FS
			    "/onlycap may keep them from it");
}

int sv_smack_set(int fd, const char *label, struct sv_error *err)
{
	char path[SV_FD_PATH_LEN], shown[SV_SMACK_MAX + 1];
	int sys;

	if (setxattr(sv_fd_path(fd, path), XATTR_NAME_SMACK, label, strlen(label), 0) == 0)
		return 0;
	sys = errno;
	if (sys == EPERM || sys == EACCES)
		return refused(fd, label, sys, err);
	(void)sv_escape(label, shown, sizeof(shown));
	if (sys == EOPNOTSUPP) {
		(void)sv_fail(err, SV_E_HOST, sys, "its filesystem holds no labels");
		return sv_hint(err, "move it to a filesystem with labels (ext4, xfs, btrfs)");
	}
	return sv_fail_errno(err, sys, "cannot set its label to '%s'", shown);
}

/* Nothing that the kernel shows tells whether a filesystem keeps this attribute. Those that do are
 * known; on all others a file has the label of the mount (smackfsdef=). */
bool sv_smack_is_fixed(const struct sv_mount *mount)
{
	static const char *const keeps[] = {
		"ext2",	 "ext3",     "ext4",  "xfs",   "btrfs",	   "f2fs",   "bcachefs",
		"tmpfs", "devtmpfs", "ramfs", "ubifs", "jfs",	   "ocfs2",  "gfs2",
		"zfs",	 "overlay",  "sysfs", "erofs", "squashfs", "rootfs",
	};

	for (size_t i = 0; mount && i < SV_N_ELEMENTS(keeps); i++)
		if (sv_streq(keeps[i], mount->type))
			return false;
	return mount;
}

int sv_smack_fallback(const char *path, mode_t mode, char **ret, struct sv_error *err)
{
	(void)path;
	(void)mode;
	return sv_strdup(SV_SMACK_FLOOR, ret, err);
}

/* What is in a directory may have other labels than the directory. */
const char *sv_smack_why_leave(const struct sv_node *node, enum sv_access access)
{
	sv_auto_free char *label = NULL;
	struct sv_error ignored = {0};

	if (access != SV_ACCESS_RO || S_ISDIR(node->mode) ||
	    sv_smack_get(node->fd, &label, &ignored) != 0)
		return NULL;
	return sv_streq(label, SV_SMACK_FLOOR) || sv_streq(label, SV_SMACK_STAR)
		       ? "every process may read this label"
		       : NULL;
}

/* What a socket may receive, and what it says of itself: SO_PEERSEC, and to whom it is passed. */
int sv_smack_label_socket(int fd, const char *label, struct sv_error *err)
{
	static const char *const names[] = {XATTR_NAME_SMACKIPIN, XATTR_NAME_SMACKIPOUT};

	for (size_t i = 0; i < SV_N_ELEMENTS(names); i++)
		if (fsetxattr(fd, names[i], label, strlen(label), 0) < 0)
			return sv_fail(err, errno == EPERM ? SV_E_PERMISSION : SV_E_HOST, errno,
				       "the kernel does not take '%s' as the label of a socket",
				       label);
	return 0;
}

/* A file that the guest makes gets the guest's label, whatever the mount says. */
int sv_smack_mount_options(const char *label, char **ret, struct sv_error *err)
{
	const char *whose = label ? label : SV_SMACK_FLOOR;

	return sv_asprintf(ret, err, ",smackfsroot=%s,smackfsdef=%s", whose, whose);
}
