/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptor-based path walking and the list of places that are never relabelled: see fs.h. */
#include "base/fs.h"

#include "base/array.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#define WALK_FLAGS (O_PATH | O_NOFOLLOW | O_CLOEXEC)
#define NS_PER_S   UINT64_C(1000000000)

/* Directories where a guest's files never are. They do not nest, so the first match counts. What is
 * below /run and /var is read by the host's services as what they are to do. */
static const char *const system_dirs[] = {
	"/bin",
	"/boot",
	"/etc",
	"/lib",
	"/lib32",
	"/lib64",
	"/libx32",
	"/lost+found",
	"/proc",
	"/sbin",
	"/selinux",
	"/sys",
	"/usr",
	"/run/systemd",
	"/run/udev",
	"/run/polkit-1",
	"/run/sudo",
	"/run/credentials",
	"/var/lib/dpkg",
	"/var/lib/rpm",
	"/var/lib/systemd",
	"/var/lib/polkit-1",
	"/var/spool/cron",
	"/var/spool/at",
	"/var/spool/anacron",
};

const char *sv_fs_system_dir(const char *path)
{
	size_t i;

	for (i = 0; i < SV_N_ELEMENTS(system_dirs); i++) {
		size_t len = strlen(system_dirs[i]);

		if (strncmp(path, system_dirs[i], len) == 0 &&
		    (path[len] == '/' || path[len] == '\0'))
			return system_dirs[i];
	}
	return strcmp(path, "/") == 0 ? "/" : NULL;
}

const char *sv_fd_path(int fd, char out[SV_FD_PATH_LEN])
{
	(void)snprintf(out, SV_FD_PATH_LEN, "/proc/self/fd/%d", fd);
	return out;
}

void sv_node_done(struct sv_node *node)
{
	sv_close_fd(&node->fd);
	*node = SV_NODE_EMPTY;
}

/* The error for one component of path: part is the path up to and with it. */
static int walk_error(const char *path, const char *part, int sys, struct sv_error *err)
{
	char shown[256], at[256];

	sv_escape(path, shown, sizeof(shown));
	sv_escape(part, at, sizeof(at));
	if (sys == ELOOP) {
		sv_fail(err, SV_E_USAGE, 0, "%s: '%s' is a symbolic link", shown, at);
		return sv_hint(err, "name the file itself: realpath '%s' shows where it is", shown);
	}
	if (strcmp(path, part) == 0)
		return sv_fail_errno(err, sys, "%s", shown);
	return sv_fail_errno(err, sys, "%s: '%s'", shown, at);
}

/* Refuses all but one spelling of a path: the journal and sv_fs_system_dir() must have the name
 * that the kernel walks. */
static int check_spelling(const char *path, struct sv_error *err)
{
	const char *p = path, *end;
	char shown[256];

	sv_escape(path, shown, sizeof(shown));
	if (path[0] != '/')
		return sv_fail(err, SV_E_USAGE, 0, "'%s' is not an absolute path", shown);
	if (strlen(path) >= PATH_MAX)
		return sv_fail_errno(err, ENAMETOOLONG, "%s", shown);
	for (; *p; p = end) {
		size_t len;

		p++;
		end = strchrnul(p, '/');
		len = (size_t)(end - p);
		if (len == 0 && path[1])
			return sv_fail(err, SV_E_USAGE, 0, "'%s' has an empty component", shown);
		if ((len == 1 && p[0] == '.') || (len == 2 && p[0] == '.' && p[1] == '.'))
			return sv_fail(err, SV_E_USAGE, 0, "'%s' has a component '%.*s'", shown,
				       (int)len, p);
		if (len > NAME_MAX)
			return sv_fail_errno(err, ENAMETOOLONG, "%s", shown);
	}
	return 0;
}

/* Opens component by component with O_NOFOLLOW: for kernels without openat2(2), and to find the
 * component that openat2 refused. */
static int walk(const char *path, int *ret, struct sv_error *err)
{
	sv_auto_close int dir = open("/", WALK_FLAGS | O_DIRECTORY);
	char part[PATH_MAX];
	const char *p = path;

	if (dir < 0)
		return walk_error(path, "/", errno, err);
	while (*p) {
		const char *end;
		struct stat st;
		char name[NAME_MAX + 1];
		int next;

		p++;
		end = strchrnul(p, '/');
		if (end == p)
			break;
		memcpy(part, path, (size_t)(end - path));
		part[end - path] = '\0';
		memcpy(name, p, (size_t)(end - p));
		name[end - p] = '\0';
		next = openat(dir, name, WALK_FLAGS);
		if (next < 0)
			return walk_error(path, part, errno, err);
		close(dir);
		dir = next;
		if (fstat(dir, &st) < 0)
			return walk_error(path, part, errno, err);
		if (S_ISLNK(st.st_mode))
			return walk_error(path, part, ELOOP, err);
		if (*end && !S_ISDIR(st.st_mode))
			return walk_error(path, part, ENOTDIR, err);
		p = end;
	}
	*ret = sv_take_fd(&dir);
	return 0;
}

/* openat2(2) returns EAGAIN when a rename or a mount anywhere on the host happens while ".." is
 * followed. A process that renames all the time was seen to cause three in a row. */
#define TRIES 1000

int sv_fs_open_inside(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd = -1;

	for (int i = 0; i < TRIES; i++) {
		fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd;
}

static int open_no_links(const char *path, int *ret, struct sv_error *err)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	int r = check_spelling(path, err);
	long fd;

	if (r < 0)
		return r;
	fd = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	if (fd >= 0) {
		*ret = (int)fd;
		return 0;
	}
	return walk(path, ret, err);
}

/* Fills *ret from fd, which stays the caller's. */
static int look(int fd, struct sv_node *ret)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &st) < 0)
		return -1;
	*ret = (struct sv_node){
		.fd = fd,
		.mode = st.stx_mode,
		.uid = st.stx_uid,
		.gid = st.stx_gid,
		.dev = makedev(st.stx_dev_major, st.stx_dev_minor),
		.ino = st.stx_ino,
		.nlink = st.stx_nlink,
		.rdev = makedev(st.stx_rdev_major, st.stx_rdev_minor),
	};
	if (st.stx_mask & STATX_BTIME)
		ret->born = (uint64_t)st.stx_btime.tv_sec * NS_PER_S + st.stx_btime.tv_nsec;
	return 0;
}

int sv_node_of(int fd, const char *path, struct sv_node *ret, struct sv_error *err)
{
	sv_auto_close int own = fd;

	if (look(own, ret) < 0)
		return sv_fail_errno(err, errno, "%s", path);
	(void)sv_take_fd(&own);
	return 0;
}

int sv_node_open(const char *path, struct sv_node *ret, struct sv_error *err)
{
	int fd = -1, r = open_no_links(path, &fd, err);

	return r < 0 ? r : sv_node_of(fd, path, ret, err);
}

int sv_node_refresh(struct sv_node *node, const char *path, struct sv_error *err)
{
	struct sv_node now;
	struct stat named;

	if (look(node->fd, &now) < 0)
		return sv_fail_errno(err, errno, "%s", path);
	if (fstatat(AT_FDCWD, path, &named, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return SV_NONE;
		return sv_fail_errno(err, errno, "%s", path);
	}
	*node = now;
	return named.st_dev == now.dev && named.st_ino == now.ino ? 0 : SV_NONE;
}

int sv_node_check_target(const struct sv_node *node, const char *path, struct sv_error *err)
{
	const char *dir = sv_fs_system_dir(path);

	if (dir) {
		sv_fail(err, SV_E_USAGE, 0, "%s: lies in the system directory %s", path, dir);
		return sv_hint(err, "keep guests' files in a directory of their own, "
				    "e.g. /var/lib/libvirt/images");
	}
	if (S_ISDIR(node->mode))
		return sv_fail(err, SV_E_USAGE, 0, "%s: is a directory", path);
	if (!S_ISREG(node->mode) && !S_ISBLK(node->mode) && !S_ISCHR(node->mode) &&
	    !S_ISSOCK(node->mode) && !S_ISFIFO(node->mode))
		return sv_fail(err, SV_E_USAGE, 0,
			       "%s: is not a file, a device, a fifo or a socket", path);
	if (S_ISREG(node->mode) && node->nlink > 1) {
		sv_fail(err, SV_E_USAGE, 0, "%s: has %llu names (hard links)", path,
			(unsigned long long)node->nlink);
		return sv_hint(err, "a label belongs to the file, not to its name: find the other "
				    "names with find -samefile, or copy the file");
	}
	return 0;
}

int sv_fs_read(const char *path, size_t max, char **ret, size_t *len, struct sv_error *err)
{
	sv_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	sv_auto_buf struct sv_buf buf = {0};
	char chunk[4096];
	ssize_t n;

	if (fd < 0)
		return sv_fail_errno(err, errno, "%s", path);
	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sv_fail_errno(err, errno, "%s", path);
		if (buf.len + (size_t)n > max)
			return sv_fail(err, SV_E_USAGE, 0, "%s: is larger than %zu bytes", path,
				       max);
		sv_buf_add(&buf, chunk, (size_t)n);
	}
	if (len)
		*len = buf.len;
	return sv_buf_take(&buf, ret, err);
}

int sv_fs_mkdir(const char *path, mode_t mode, struct sv_error *err)
{
	struct stat st;

	/* chmod(2), because the umask takes bits from mode */
	if (mkdir(path, mode) == 0 ? chmod(path, mode) < 0 : errno != EEXIST)
		return sv_fail_errno(err, errno, "cannot make %s", path);
	if (lstat(path, &st) < 0)
		return sv_fail_errno(err, errno, "%s", path);
	if (!S_ISDIR(st.st_mode))
		return sv_fail(err, SV_E_PERMISSION, 0, "%s: is not a directory", path);
	if (!sv_fs_only_writer(st.st_mode, st.st_uid, geteuid()))
		return sv_fail(err, SV_E_PERMISSION, 0,
			       "%s: has another owner or may be written by others", path);
	return 0;
}

/* Two for each directory of the deepest tree that a guest's file system holds, many times over. */
#define REMOVAL_ROUNDS 200000u

/* The state of a removal: the directory that is open, and the directories that lead to it. A guest
 * may have made any number of them. */
struct removal {
	int fd;
	struct stat at;
	struct place {
		dev_t dev;
		ino_t ino;
	} * above;
	size_t n;
	unsigned left; /* somebody may fill the directories while they are emptied */
};

static void removal_done(struct removal *rm)
{
	sv_close_fd(&rm->fd);
	free(rm->above);
}

static int go_down(struct removal *rm, const char *name)
{
	sv_auto_close int fd =
		openat(rm->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct place *above;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_dev != rm->at.st_dev)
		return -EXDEV;
	above = sv_array_add(rm->above, rm->n);
	if (!above)
		return -ENOMEM;
	*above = (struct place){rm->at.st_dev, rm->at.st_ino};
	rm->at = st;
	close(rm->fd);
	rm->fd = sv_take_fd(&fd);
	return 0;
}

/* Opens "..", and accepts only the directory that it came from: this one may have been moved. */
static int go_up(struct removal *rm)
{
	sv_auto_close int fd = openat(rm->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct place *to = &rm->above[rm->n - 1];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_dev != to->dev || st.st_ino != to->ino)
		return -EBUSY;
	rm->n--;
	rm->at = st;
	close(rm->fd);
	rm->fd = sv_take_fd(&fd);
	return 0;
}

/* Removes one entry. SV_MORE: it is a directory that is not empty. */
static int remove_entry(int dir, const char *name)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return errno == ENOTEMPTY || errno == EEXIST ? SV_MORE : -errno;
}

/* Removes the entries of the open directory, up to the first directory in it that is not empty.
 * That one is opened then, and SV_MORE is returned. */
static int empty_one(struct removal *rm)
{
	int copy = fcntl(rm->fd, F_DUPFD_CLOEXEC, 0);
	sv_auto_dir DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	bool any = false;

	if (!dir) {
		if (copy >= 0)
			close(copy);
		return -errno;
	}
	while ((entry = readdir(dir))) {
		int r;

		if (sv_streq(entry->d_name, ".") || sv_streq(entry->d_name, ".."))
			continue;
		r = remove_entry(rm->fd, entry->d_name);
		any = any || r == 0;
		if (r == 0)
			continue;
		if (r == SV_MORE)
			r = go_down(rm, entry->d_name);
		return r < 0 ? r : SV_MORE;
	}
	/* it was entered because something is in it */
	return any || rm->n == 0 ? 0 : -ENOTEMPTY;
}

/* Goes down into a directory that is not empty, and up again when it is, so one descriptor is
 * enough for any depth. The directory above is then read anew; its earlier entries are gone. */
static int empty_all(struct removal *rm)
{
	int r;

	do {
		r = empty_one(rm);
		if (r == 0 && rm->n > 0) {
			r = go_up(rm);
			if (r == 0)
				r = SV_MORE;
		}
	} while (r == SV_MORE && rm->left--);
	return r == SV_MORE ? -EBUSY : r;
}

int sv_fs_remove_tree(const char *path, struct sv_error *err)
{
	sv_cleanup(removal_done) struct removal rm = {.fd = -1, .left = REMOVAL_ROUNDS};
	int r;

	rm.fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (rm.fd < 0 && errno == ENOENT)
		return 0;
	if (rm.fd < 0 && errno == ENOTDIR)
		return sv_fail(err, SV_E_USAGE, 0, "%s: is not a directory", path);
	if (rm.fd < 0 || fstat(rm.fd, &rm.at) < 0)
		return sv_fail_errno(err, errno, "%s", path);
	r = empty_all(&rm);
	if (r == 0 && rmdir(path) < 0 && errno != ENOENT)
		r = -errno;
	return r < 0 ? sv_fail_errno(err, -r, "cannot remove %s", path) : 0;
}
