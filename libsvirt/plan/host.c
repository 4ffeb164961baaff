/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What no document gives to a guest: see host.h. Knows no labels. */
#include "plan/host.h"

#include "base/mount.h"
#include "base/string.h"
#include "plan/device.h"

#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define SHOWN	    256
#define PASSWD	    "/etc/passwd"
#define SOCKETS	    "/proc/net/unix"
#define SOCKETS_MAX (64u * 1024 * 1024)
#define FIRST_UID   1000u
#define NOBODY	    65534u

enum { SG_MAJOR = 21 };

/* Whether the filesystem has modes of its own. Otherwise the mount's options set the mode of all
 * files. */
static int has_modes(const struct sv_node *node, bool *ret, struct sv_error *err)
{
	static const char *const without[] = {
		"vfat", "msdos", "exfat", "ntfs", "ntfs3", "cifs", "smb3", "fuseblk", "hfs",
	};
	struct sv_mount mount;
	int r = sv_mount_of(node->fd, &mount, err);

	*ret = true;
	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(without); i++)
		*ret = *ret && !sv_streq(mount.type, without[i]);
	return r < 0 ? r : 0;
}

/* Whether rest, a path below a home, is hidden, such as keys and the files that a shell runs. */
static bool is_hidden(const char *rest)
{
	return rest[0] == '/' && strstr(rest, "/.") != NULL;
}

/* The part of path after the directory dir; "" when path is not in it. */
static const char *below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return sv_starts_with(path, dir) && path[len] == '/' ? path + len : "";
}

/* Looks at the homes of users who log in, by the host's own table of users. A home that is not a
 * directory of the user's own is skipped. */
static bool hides_in_a_home(const char *path)
{
	sv_auto_file FILE *file = fopen(PASSWD, "re");
	const struct passwd *pw;

	while (file && (pw = fgetpwent(file))) {
		bool person = pw->pw_uid == 0 || (pw->pw_uid >= FIRST_UID && pw->pw_uid < NOBODY);

		if (person && strlen(pw->pw_dir) > 1 && is_hidden(below(path, pw->pw_dir)))
			return true;
	}
	return false;
}

static bool is_private(const char *path)
{
	static const char *const homes[] = {"/root", "/var/roothome", "/home", "/var/home"};

	if (!strstr(path, "/."))
		return false;
	for (size_t i = 0; i < SV_N_ELEMENTS(homes); i++)
		if (is_hidden(below(path, homes[i])))
			return true;
	return hides_in_a_home(path);
}

static int fail_private(const char *path, struct sv_error *err)
{
	char shown[SHOWN];

	sv_fail(err, SV_E_USAGE, 0, "%s is hidden in the home of a user of the host",
		sv_escape(path, shown, sizeof(shown)));
	return sv_hint(err, "no guest uses what a home hides: keep its files elsewhere, e.g. in "
			    "/var/lib/libvirt/images");
}

/* Checks also the path that a bind mount shows the file from. */
static int check_origin(const struct sv_resource *res, const struct sv_node *node,
			struct sv_error *err)
{
	sv_auto_free char *origin = NULL;
	char path[SHOWN], from[SHOWN];
	const char *dir;
	int r = sv_mount_origin(node->fd, res->path, &origin, err);

	if (r != 0)
		return r < 0 ? r : 0;
	if (is_private(origin))
		return fail_private(res->path, err);
	dir = res->access == SV_ACCESS_RO ? NULL : sv_fs_system_dir(origin);
	if (!dir)
		return 0;
	sv_fail(err, SV_E_USAGE, 0,
		"%s is %s, which lies in the system directory %s, and the guest would write it",
		sv_escape(res->path, path, sizeof(path)), sv_escape(origin, from, sizeof(from)),
		dir);
	return sv_hint(err, "keep the files of guests elsewhere, or make it <readonly/>");
}

/* A file that is loaded into the guest's memory may be executable, as a kernel is. */
static bool may_be_program(const struct sv_resource *res)
{
	return res->kind == SV_RES_BOOT_FILE && res->access == SV_ACCESS_RO;
}

static int check_program(const struct sv_resource *res, const struct sv_node *node,
			 struct sv_error *err)
{
	char shown[SHOWN];
	bool modes = false;
	int r;

	if (!S_ISREG(node->mode) || !(node->mode & (S_IXUSR | S_IXGRP | S_IXOTH)) ||
	    may_be_program(res) || sv_fs_system_dir(res->path))
		return 0;
	r = has_modes(node, &modes, err);
	if (r < 0 || !modes)
		return r;
	sv_escape(res->path, shown, sizeof(shown));
	sv_fail(err, SV_E_USAGE, 0, "%s is a program: its mode is %04o", shown,
		(unsigned)node->mode & 07777u);
	return sv_hint(err, "if it is an image all the same: chmod a-x '%s'", shown);
}

static const char end_use[] =
	"end that first (umount, swapoff, vgchange -an, mdadm --stop, losetup "
	"-d), or give the guest another one";

static int check_used(const struct sv_resource *res, const struct sv_node *node,
		      struct sv_error *err)
{
	sv_auto_free char *how = NULL;
	bool disk = S_ISBLK(node->mode) || (S_ISCHR(node->mode) && major(node->rdev) == SG_MAJOR);
	char shown[SHOWN];
	int r;

	if (!disk && !S_ISREG(node->mode))
		return 0;
	/* the image of a CD may be read by many */
	r = sv_device_is_used(node, res->access == SV_ACCESS_RO, &how, err);
	if (r != 0)
		return r < 0 ? r : 0;
	sv_fail(err, SV_E_BUSY, 0, "%s is used by the host itself: %s",
		sv_escape(res->path, shown, sizeof(shown)), how);
	return sv_hint(err, "%s", end_use);
}

struct below_device {
	const struct sv_resource *res;
	const struct sv_own *own;
};

int sv_host_check_tree(const struct sv_resource *res, const struct sv_tree *tree,
		       struct sv_error *err)
{
	sv_auto_free char *how = NULL;
	char shown[SHOWN];
	int r = sv_device_tree_is_used(tree, res->access == SV_ACCESS_RO, &how, err);

	if (r != 0)
		return r < 0 ? r : 0;
	sv_fail(err, SV_E_BUSY, 0, "%s holds a file that is used by the host itself: %s",
		sv_escape(res->path, shown, sizeof(shown)), how);
	return sv_hint(err, "%s", end_use);
}

/* The path in one line of the kernel's table of sockets, if a process listens there. */
static const char *listener_of(const char *line)
{
	enum { FLAGS = 3, NAME = 7 };
	bool listens = false;

	for (int field = 0; field < NAME && *line; field++) {
		size_t len = strcspn(line, " ");

		listens |= field == FLAGS && sv_starts_with(line, "00010000");
		line += len;
		line += strspn(line, " ");
	}
	return listens && line[0] == '/' ? line : NULL;
}

/* Refuses a socket to listen at when a process listens there already: QEMU would replace it. */
static int check_listener(const struct sv_resource *res, const struct sv_node *node,
			  struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	char shown[SHOWN], *line, *next;
	int r;

	if (!S_ISSOCK(node->mode) || !res->may_create)
		return 0;
	r = sv_fs_read(SOCKETS, SOCKETS_MAX, &text, NULL, err);
	if (r < 0)
		return r;
	for (line = text; line && *line; line = next) {
		const char *path;
		struct stat st;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		path = listener_of(line);
		if (!path || stat(path, &st) < 0 || st.st_dev != node->dev ||
		    st.st_ino != node->ino)
			continue;
		sv_fail(err, SV_E_BUSY, 0, "%s is a socket that somebody listens at",
			sv_escape(res->path, shown, sizeof(shown)));
		return sv_hint(err, "end that service ('ss -xlp' shows it), or name a socket that "
				    "is not there yet");
	}
	return 0;
}

/* Refuses a file on an overlay. The file below has another inode, which another guest may hold. The
 * label that the overlay shows may be outdated, because the kernel keeps the one that it saw first.
 */
static int check_overlay(const struct sv_resource *res, const struct sv_node *node,
			 struct sv_error *err)
{
	char shown[SHOWN];
	struct sv_mount mount;
	int r;

	if (!S_ISREG(node->mode) && !S_ISDIR(node->mode))
		return 0;
	/* a file of the system that is only read is left as it is */
	if (res->access == SV_ACCESS_RO && sv_fs_system_dir(res->path))
		return 0;
	r = sv_mount_of(node->fd, &mount, err);
	if (r != 0 || !sv_streq(mount.type, "overlay"))
		return r < 0 ? r : 0;
	sv_fail(err, SV_E_HOST, 0,
		"%s is on an overlay, which shows the file of another filesystem as one of its "
		"own: nobody can tell whose that is",
		sv_escape(res->path, shown, sizeof(shown)));
	return sv_hint(err, "name the file in the directory below (upperdir= or lowerdir=), or "
			    "keep it on another filesystem");
}

/* Checks a file that a device of the guest lies on. It is not labelled, but the guest gets its
 * content. */
static int check_below(void *data, const char *path, const struct sv_node *node,
		       struct sv_error *err)
{
	const struct below_device *below = data;
	sv_auto_free char *origin = NULL;
	struct sv_resource file = *below->res;
	char shown[SHOWN];
	const char *dir;
	int r = sv_own_refuse(below->own, node, path, err);

	if (r == 0)
		r = sv_mount_origin(node->fd, path, &origin, err);
	if (r < 0)
		return r;
	file.path = origin ? origin : (char *)(uintptr_t)path;
	dir = sv_fs_system_dir(file.path);
	if (dir) {
		sv_fail(err, SV_E_USAGE, 0, "%s lies in the system directory %s",
			sv_escape(file.path, shown, sizeof(shown)), dir);
		return sv_hint(err, "keep the files of guests elsewhere");
	}
	if (is_private(file.path))
		return fail_private(file.path, err);
	r = check_program(&file, node, err);
	return r == 0 ? check_overlay(&file, node, err) : r;
}

int sv_host_check_below(const struct sv_resource *res, const struct sv_node *node,
			const struct sv_own *own, struct sv_error *err)
{
	struct below_device below = {res, own};
	char shown[SHOWN];
	int r = sv_device_each_file(node, res->path, check_below, &below, err);

	return r < 0 && err->code != SV_E_UNKNOWN
		       ? sv_wrap(err, "%s lies on a file that is no guest's",
				 sv_escape(res->path, shown, sizeof(shown)))
		       : r;
}

int sv_host_check(const struct sv_resource *res, const struct sv_node *node, struct sv_error *err)
{
	int r = 0;

	if (S_ISREG(node->mode) || S_ISDIR(node->mode)) {
		if (is_private(res->path))
			return fail_private(res->path, err);
		r = check_origin(res, node, err);
	}
	if (r == 0)
		r = check_listener(res, node, err);
	if (r == 0)
		r = check_program(res, node, err);
	if (r == 0)
		r = check_overlay(res, node, err);
	return r == 0 ? check_used(res, node, err) : r;
}

bool sv_host_is_service(const struct sv_resource *res, const struct sv_node *node, bool label)
{
	struct stat run, root;

	if (!S_ISSOCK(node->mode) || res->may_create)
		return false;
	if (!label || sv_starts_with(res->path, "/run/"))
		return true;
	/* by its filesystem too, because a bind mount may show it elsewhere */
	return stat("/run", &run) == 0 && stat("/", &root) == 0 && run.st_dev != root.st_dev &&
	       run.st_dev == node->dev;
}
