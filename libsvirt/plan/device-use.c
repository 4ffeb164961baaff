/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether the host itself uses a device or a file: by the kernel's tables of mounts, swap and
 * devices. See device.h. The tables do not show every use. So a device that none of them names is
 * opened with O_EXCL. For the time of two system calls that keeps out others who open it with
 * O_EXCL, and nobody else. Nothing is read from the device.
 */
#include "base/mount.h"
#include "base/string.h"
#include "base/sysfs.h"
#include "plan/device.h"
#include "plan/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define MOUNTINFO   "/proc/self/mountinfo"
#define SWAPS	    "/proc/swaps"
#define TABLE_MAX   (16u * 1024 * 1024)
#define SHOWN	    256
#define CLAIM_FLAGS (O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC)

struct asked {
	const struct sv_node *node;
	struct sv_devices *list;    /* NULL for files */
	const struct sv_tree *tree; /* ask about all files in it instead of node */
	bool reads;		    /* the files are only read */
	bool below;		    /* list has the devices that the device in question lies on */
};

/* Whether path is the file, a file in the tree, or one of the devices. */
static bool is_asked(const struct asked *asked, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	if (asked->list)
		return S_ISBLK(st.st_mode) &&
		       sv_devices_have(asked->list, sv_devnum_block(st.st_rdev));
	if (asked->tree)
		return sv_tree_has(asked->tree,
				   &(struct sv_node){.dev = st.st_dev, .ino = st.st_ino});
	return st.st_dev == asked->node->dev && st.st_ino == asked->node->ino;
}

/* Whether a line of mountinfo mounts the file or device; place is where. A filesystem of several
 * devices has a device number of its own, so its source is compared. */
static bool is_mounted_by(const struct asked *asked, const char *line, char place[PATH_MAX])
{
	char word[PATH_MAX], source[PATH_MAX];
	const char *p = line;
	dev_t rdev = 0;

	for (int field = 0; field < 5; field++) {
		p = sv_mount_word(p, field == 4 ? place : word);
		if (field == 2 && sv_devnum_parse(word, &rdev) != 0)
			return false;
	}
	if (sv_devices_have(asked->list, sv_devnum_block(rdev)))
		return true;
	do
		p = sv_mount_word(p, word);
	while (word[0] && !sv_streq(word, "-"));
	p = sv_mount_word(p, word); /* the type */
	(void)sv_mount_word(p, source);
	return major(rdev) == 0 && sv_starts_with(source, "/dev/") && is_asked(asked, source);
}

static int find_mount(const struct asked *asked, char **ret, struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	char place[PATH_MAX], shown[SHOWN];
	const char *line;
	int r = sv_fs_read(MOUNTINFO, TABLE_MAX, &text, NULL, err);

	for (line = text; r == 0 && line && *line;) {
		if (is_mounted_by(asked, line, place))
			return sv_asprintf(ret, err, "%s is mounted at %s",
					   asked->below ? "what it lies on"
							: "it, or a part of it,",
					   sv_escape(place, shown, sizeof(shown)));
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return r < 0 ? r : SV_NONE;
}

static int find_swap(const struct asked *asked, char **ret, struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	char path[PATH_MAX];
	struct sv_error why = {0};
	const char *line;
	int r = sv_fs_read(SWAPS, TABLE_MAX, &text, NULL, &why);

	/* a kernel without swap has no such table */
	if (r < 0 && why.sys == ENOENT)
		return SV_NONE;
	if (r < 0) {
		*err = why;
		return r;
	}
	for (line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
		(void)sv_mount_word(line + 1, path);
		if (is_asked(asked, path))
			return sv_asprintf(ret, err, "the host swaps to %s",
					   asked->below ? "what it lies on" : "it");
	}
	return SV_NONE;
}

static bool is_below(const struct asked *asked, const struct sv_loop *loop)
{
	const struct sv_node file = {.dev = loop->dev, .ino = loop->ino};

	if (asked->list)
		return loop->below && sv_devices_have(asked->list, loop->below);
	if (asked->tree)
		return sv_tree_has(asked->tree, &file);
	return file.dev == asked->node->dev && file.ino == asked->node->ino;
}

/* Finds a loop device that lies on the file. The number of the file does not tell. */
static int find_loop(const struct asked *asked, const struct sv_sysfs *sysfs, char **ret,
		     struct sv_error *err)
{
	sv_auto_loops struct sv_loops loops = {0};
	int r = sv_loops_read(sysfs, &loops, err);

	for (size_t i = 0; r == 0 && i < loops.n; i++) {
		if (is_below(asked, &loops.items[i]))
			return sv_asprintf(ret, err, "/dev/%s lies on it", loops.items[i].name);
	}
	return r < 0 ? r : SV_NONE;
}

/* Finds a btrfs with the device. Except for one of them, its devices are only in its own list. */
static int find_btrfs(const struct asked *asked, const struct sv_sysfs *sysfs, char **ret,
		      struct sv_error *err)
{
	sv_auto_strv struct sv_strv all = {0};
	int r = sv_sysfs_list(sysfs, "fs/btrfs", &all, err);

	for (size_t i = 0; r == 0 && i < all.n; i++) {
		sv_auto_strv struct sv_strv names = {0};
		sv_auto_free char *dir = NULL;

		r = sv_asprintf(&dir, err, "fs/btrfs/%s/devices", all.v[i]);
		if (r == 0)
			r = sv_sysfs_list(sysfs, dir, &names, err);
		for (size_t k = 0; r == 0 && k < names.n; k++) {
			char path[PATH_MAX];

			(void)snprintf(path, sizeof(path), "/dev/%s", names.v[k]);
			if (is_asked(asked, path))
				return sv_asprintf(ret, err, "the btrfs %s lies on it", all.v[i]);
		}
		r = r == SV_NONE ? 0 : r;
	}
	return r < 0 ? r : SV_NONE;
}

/* Finds a device of the kernel that lies on the device and is not a partition. */
static int find_holder(const struct sv_devices *list, const struct sv_sysfs *sysfs, char **ret,
		       struct sv_error *err)
{
	for (size_t i = 0; i < list->n; i++) {
		sv_auto_strv struct sv_strv names = {0};
		sv_auto_free char *path = NULL;
		char dir[SV_DEVNUM_DIR];
		int r = sv_asprintf(&path, err, "%s/holders", sv_devnum_dir(list->items[i], dir));

		if (r == 0)
			r = sv_sysfs_list(sysfs, path, &names, err);
		if (r < 0)
			return r;
		if (r == 0 && names.n)
			return sv_asprintf(ret, err, "/dev/%s lies on it", names.v[0]);
	}
	return SV_NONE;
}

static int ask(const struct asked *asked, char **ret, struct sv_error *err)
{
	sv_auto_sysfs struct sv_sysfs sysfs = SV_SYSFS_EMPTY;
	int r = sv_sysfs_open("", &sysfs, err);

	if (r == 0)
		r = asked->list ? find_mount(asked, ret, err) : SV_NONE;
	if (r == SV_NONE)
		r = find_swap(asked, ret, err);
	if (r == SV_NONE && !asked->reads)
		r = find_loop(asked, &sysfs, ret, err);
	if (r == SV_NONE && asked->list)
		r = find_holder(asked->list, &sysfs, ret, err);
	return r == SV_NONE && asked->list ? find_btrfs(asked, &sysfs, ret, err) : r;
}

/* Whether the kernel has claimed the block device. It is claimed, with its partitions or its disk,
 * when it is mounted, swapped to or built upon, but not when it is opened as a guest does. */
static int find_claim(const struct sv_node *node, bool must_tell, char **ret, struct sv_error *err)
{
	sv_auto_close int fd = -1;
	char path[SV_FD_PATH_LEN];

	if (!S_ISBLK(node->mode))
		return SV_NONE;
	fd = open(sv_fd_path(node->fd, path), CLAIM_FLAGS);
	if (fd < 0 && must_tell && (errno == EACCES || errno == EPERM))
		return sv_fail_errno(err, errno, "it may not be opened");
	/* other errors (no medium, no right) are left to the guest's start */
	if (fd >= 0 || errno != EBUSY)
		return SV_NONE;
	return sv_asprintf(
		ret, err,
		"the kernel has it for something else (a mount in another namespace, the "
		"log of a filesystem, a target)");
}

static int is_used(const struct sv_node *node, bool reads, bool must_tell, char **ret,
		   struct sv_error *err)
{
	sv_auto_devices struct sv_devices above = {0}, disks = {0}, below = {0};
	struct asked asked = {.node = node};
	int r;

	asked.reads = reads && S_ISREG(node->mode);
	if (S_ISREG(node->mode))
		return ask(&asked, ret, err);
	r = sv_devices_around(node, &above, &disks, &below, err);
	if (r < 0)
		return r;
	asked.list = &above;
	r = ask(&asked, ret, err);
	/* then the disk of a partition: it may be used as a whole */
	asked.list = &disks;
	if (r == SV_NONE && disks.n)
		r = ask(&asked, ret, err);
	/* the devices that it lies on have it as a holder, so holders do not count there */
	asked.list = &below;
	asked.below = true;
	if (r == SV_NONE)
		r = find_mount(&asked, ret, err);
	if (r == SV_NONE)
		r = find_swap(&asked, ret, err);
	return r == SV_NONE ? find_claim(node, must_tell, ret, err) : r;
}

int sv_device_is_used(const struct sv_node *node, bool reads, char **ret, struct sv_error *err)
{
	return is_used(node, reads, false, ret, err);
}

int sv_disk_is_used(const struct sv_node *node, char **ret, struct sv_error *err)
{
	return is_used(node, false, true, ret, err);
}

int sv_device_tree_is_used(const struct sv_tree *tree, bool reads, char **ret, struct sv_error *err)
{
	const struct asked asked = {.tree = tree, .reads = reads};

	return ask(&asked, ret, err);
}
