/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loop devices: see loop.h. */
#include "plan/loop.h"

#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define ROOM	   128
#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_CLOEXEC)

void sv_loop_done(struct sv_loop *loop)
{
	free(loop->path);
	*loop = (struct sv_loop){0};
}

void sv_loops_done(struct sv_loops *list)
{
	for (size_t i = 0; i < list->n; i++)
		sv_loop_done(&list->items[i]);
	free(list->items);
	*list = (struct sv_loops){0};
}

/* Asks the kernel. The node is opened by its name in /dev and checked by its number. */
static int ask(const char *name, struct sv_loop *loop, struct sv_error *err)
{
	sv_auto_close int fd = -1;
	struct loop_info64 info = {0};
	char node[ROOM];
	struct stat st;

	(void)snprintf(loop->name, sizeof(loop->name), "%s", name);
	(void)snprintf(node, sizeof(node), "/dev/%s", loop->name);
	fd = open(node, OPEN_FLAGS);
	if (fd < 0 || fstat(fd, &st) < 0 || ioctl(fd, LOOP_GET_STATUS64, &info) < 0)
		return errno == ENXIO ? SV_NONE
				      : sv_fail(err, SV_E_UNKNOWN, errno, "what %s lies on", node);
	if (!S_ISBLK(st.st_mode) || sv_devnum_block(st.st_rdev) != loop->device)
		return sv_fail(err, SV_E_UNKNOWN, 0, "%s is another device than the kernel's %s",
			       node, name);
	loop->dev = info.lo_device;
	loop->ino = info.lo_inode;
	loop->below = info.lo_rdevice ? sv_devnum_block(info.lo_rdevice) : 0;
	return 0;
}

/* The name of the file that the device lies on. */
static int read_path(const struct sv_sysfs *sysfs, const char *name, char **ret,
		     struct sv_error *err)
{
	char path[ROOM];

	if (!sv_starts_with(name, "loop"))
		return SV_NONE;
	(void)snprintf(path, sizeof(path), "block/%s/loop/backing_file", name);
	return sv_sysfs_read(sysfs, path, ret, err);
}

int sv_loop_read(const struct sv_sysfs *sysfs, uint64_t device, struct sv_loop *ret,
		 struct sv_error *err)
{
	sv_auto_loop struct sv_loop loop = {.device = device};
	sv_auto_free char *name = NULL;
	char dir[SV_DEVNUM_DIR];
	int r;

	if (!(device & 1))
		return SV_NONE;
	r = sv_sysfs_link(sysfs, sv_devnum_dir(device, dir), &name, err);
	if (r == 0)
		r = read_path(sysfs, name, &loop.path, err);
	if (r == 0)
		r = ask(name, &loop, err);
	if (r != 0)
		return r;
	*ret = loop;
	loop = (struct sv_loop){0};
	return 0;
}

/* Finds the file by its name alone. */
static int by_name(struct sv_loop *loop)
{
	struct stat st;

	if (stat(loop->path, &st) < 0)
		return SV_NONE;
	loop->dev = st.st_dev;
	loop->ino = st.st_ino;
	loop->below = S_ISBLK(st.st_mode) ? sv_devnum_block(st.st_rdev) : 0;
	return 0;
}

static int read_any(const struct sv_sysfs *sysfs, const char *name, struct sv_loop *ret,
		    struct sv_error *err)
{
	sv_auto_loop struct sv_loop loop = {0};
	struct sv_error ignored = {0};
	char dir[ROOM];
	int r = read_path(sysfs, name, &loop.path, err);

	(void)snprintf(dir, sizeof(dir), "block/%s", name);
	if (r == 0)
		r = sv_devnum_read(sysfs, dir, true, &loop.device, err);
	if (r == 0) {
		r = ask(name, &loop, &ignored);
		if (r < 0)
			r = by_name(&loop);
	}
	if (r != 0)
		return r;
	*ret = loop;
	loop = (struct sv_loop){0};
	return 0;
}

int sv_loops_read(const struct sv_sysfs *sysfs, struct sv_loops *ret, struct sv_error *err)
{
	sv_auto_loops struct sv_loops list = {0};
	sv_auto_strv struct sv_strv names = {0};
	int r = sv_sysfs_list(sysfs, "block", &names, err);

	if (r != 0)
		return r < 0 ? r : 0;
	list.items = calloc(names.n + 1, sizeof(*list.items));
	if (!list.items)
		return sv_fail_oom(err);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		r = read_any(sysfs, names.v[i], &list.items[list.n], err);
		list.n += r == 0;
		r = r == SV_NONE ? 0 : r;
	}
	if (r < 0)
		return r;
	*ret = list;
	list = (struct sv_loops){0};
	return 0;
}
