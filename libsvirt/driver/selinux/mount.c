/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The labels of a mount that svirt makes.
 * Mounts whose files all have one label, and the booleans that let guests use them. The kernel
 * tells whether a mount is one, whether the loaded policy has a boolean, and how it is set. Which
 * boolean is for which filesystem is listed here, because no interface of the kernel tells.
 */
#include "driver/selinux/selinux.h"

#include "base/string.h"

#include <errno.h>
#include <selinux/selinux.h>

/* Types of the module: that of the filesystem itself, which nothing else has, and that of a root
 * directory that is not a guest's. */
#define FILESYSTEM "system_u:object_r:svirt_guest_fs_t:s0"
#define NOBODYS	   "system_u:object_r:svirt_mgr_runtime_t:s0"

int sv_selinux_mount_options(const char *label, char **ret, struct sv_error *err)
{
	int r = sv_selinux_canonical(FILESYSTEM, NULL, err);

	if (r < 0)
		return r;
	/* without the module both have the types of any tmpfs */
	if (r == SV_NONE && !label)
		return sv_strdup("", ret, err);
	if (r == SV_NONE)
		return sv_asprintf(ret, err, ",rootcontext=\"%s\"", label);
	return sv_asprintf(ret, err, ",fscontext=\"" FILESYSTEM "\",rootcontext=\"%s\"",
			   label ? label : NOBODYS);
}

bool sv_selinux_is_fixed(const struct sv_mount *mount)
{
	if (!mount)
		return false;
	switch (sv_mount_labels(mount)) {
	case SV_MOUNT_NATIVE:
	case SV_MOUNT_NFS:
		return false;
	case SV_MOUNT_CONTEXT:
	case SV_MOUNT_ONE:
		return true;
	}
	return false;
}

int sv_selinux_boolean(const char *name, const char *opens, struct sv_boolean *ret,
		       struct sv_error *err)
{
	int on = security_get_boolean_active(name);

	if (on < 0 && errno == ENOENT)
		return SV_NONE;
	if (on < 0)
		return sv_fail(err, SV_E_UNKNOWN, errno, "how the boolean %s is set", name);
	*ret = (struct sv_boolean){name, opens, on > 0};
	return 0;
}

int sv_selinux_mount_boolean(const struct sv_mount *mount, struct sv_boolean *ret,
			     struct sv_error *err)
{
	static const struct {
		const char *type; /* of the filesystem, with what follows a dot */
		const char *name, *opens;
	} booleans[] = {
		{"nfs", "virt_use_nfs", "every file of every NFS mount"},
		{"nfs4", "virt_use_nfs", "every file of every NFS mount"},
		{"vfat", "virt_use_usb", "USB devices and every file of every FAT mount"},
		{"msdos", "virt_use_usb", "USB devices and every file of every FAT mount"},
		{"cifs", "virt_use_samba", "every file of every CIFS mount"},
		{"smb3", "virt_use_samba", "every file of every CIFS mount"},
		{"fuse", "virt_use_fusefs", "every file of every FUSE mount"},
		{"fuseblk", "virt_use_fusefs", "every file of every FUSE mount"},
	};
	size_t len = strcspn(mount->type, ".");

	for (size_t i = 0; i < SV_N_ELEMENTS(booleans); i++) {
		if (strlen(booleans[i].type) != len ||
		    strncmp(booleans[i].type, mount->type, len) != 0)
			continue;
		return sv_selinux_boolean(booleans[i].name, booleans[i].opens, ret, err);
	}
	return SV_NONE;
}
