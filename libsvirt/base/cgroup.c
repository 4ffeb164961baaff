/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Control groups of guests: see cgroup.h. */
#include "base/cgroup.h"

#include "base/proc.h"
#include "base/string.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#define TREE	     "/svirt"
#define APART	     TREE "/.monitors" /* no guest's: the name of a guest's group has no '.' */
#define PATH_MAX_ALL 256u
#define FIRST_MS     100 /* the time for cgroup.kill alone */
#define PASS_MS	     10	 /* between two looks at a group that is about to end */
#define PASS_PIDS    256 /* processes that are killed in one pass */
#define PROCS_MAX    (PASS_PIDS * 11)
#define VALUE_MAX    4096 /* of a file of limits: a page */

/* Where a host has cgroup v2: alone, or beside version 1. */
static const char *const mounts[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};

/* Bytes that stay as they are. A '.' does not: each of the kernel's own files has one in its name.
 */
static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

static const char *hierarchy(void)
{
	struct statfs st;

	for (size_t i = 0; i < SV_N_ELEMENTS(mounts); i++) {
		if (statfs(mounts[i], &st) == 0 && (unsigned long)st.f_type == CGROUP2_SUPER_MAGIC)
			return mounts[i];
	}
	return NULL;
}

void sv_cgroup_path(const char *name, char ret[SV_CGROUP_PATH_MAX + 1])
{
	size_t n = (size_t)snprintf(ret, SV_CGROUP_PATH_MAX + 1, TREE "/");

	for (; *name && n + 3 <= SV_CGROUP_PATH_MAX; name++) {
		if (strchr(plain, *name))
			ret[n++] = *name;
		else
			n += (size_t)snprintf(ret + n, 4, ":%02x", (unsigned char)*name);
	}
	ret[n] = '\0';
}

bool sv_cgroup_is_path(const char *path)
{
	const char *name = path + strlen(TREE "/");

	if (!sv_starts_with(path, TREE "/") || !*name || strlen(path) > SV_CGROUP_PATH_MAX)
		return false;
	while (*name && (*name == ':' || strchr(plain, *name)))
		name++;
	return !*name;
}

static int make_dir(const char *root, const char *path, struct sv_error *err)
{
	char full[PATH_MAX_ALL];

	(void)snprintf(full, sizeof(full), "%s%s", root, path);
	if (mkdir(full, 0755) == 0)
		return 0;
	if (errno == EEXIST)
		return SV_SKIP;
	if (errno == EROFS || errno == EACCES || errno == EPERM)
		return SV_NONE;
	return sv_fail_errno(err, errno, "cannot make the control group %s", full);
}

/* A group that a killed command left may be frozen or have limits, so it is removed and made anew.
 */
static int make_anew(const char *root, const char *path, struct sv_error *err)
{
	char full[PATH_MAX_ALL];
	int r = make_dir(root, path, err);

	if (r != SV_SKIP)
		return r;
	(void)snprintf(full, sizeof(full), "%s%s", root, path);
	if (rmdir(full) < 0 && errno == EBUSY) {
		(void)sv_fail(err, SV_E_BUSY, 0,
			      "the control group %s is in use: processes of a guest that svirt "
			      "does not know are in it, or other groups",
			      full);
		return sv_hint(err,
			       "cat %s/cgroup.procs shows them, echo 1 >%s/cgroup.kill ends them",
			       full, full);
	}
	r = make_dir(root, path, err);
	if (r == SV_SKIP)
		return sv_fail_errno(err, EEXIST, "cannot make the control group %s", full);
	return r;
}

int sv_cgroup_make(const char *name, struct sv_cgroup *ret, struct sv_error *err)
{
	struct sv_cgroup cg = {0};
	const char *root = hierarchy();
	sv_auto_close int dir = -1;
	struct stat st;
	int r = root ? make_dir(root, TREE, err) : SV_NONE;

	sv_cgroup_path(name, cg.path);
	if (r == 0 || r == SV_SKIP)
		r = make_anew(root, cg.path, err);
	if (r == 0)
		r = sv_cgroup_open(&cg, &dir, err);
	if (r < 0)
		return r;
	if (r > 0)
		return SV_NONE;
	if (fstat(dir, &st) < 0)
		return sv_fail_errno(err, errno, "%s%s", root, cg.path);
	cg.ino = st.st_ino;
	*ret = cg;
	return 0;
}

int sv_cgroup_open(const struct sv_cgroup *cg, int *ret, struct sv_error *err)
{
	const char *root = hierarchy();
	sv_auto_close int dir = -1;
	char full[PATH_MAX_ALL];
	struct stat st;

	if (!root)
		return SV_SKIP;
	(void)snprintf(full, sizeof(full), "%s%s", root, cg->path);
	dir = open(full, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 && errno == ENOENT)
		return SV_NONE;
	if (dir < 0 || fstat(dir, &st) < 0)
		return sv_fail_errno(err, errno, "cannot open the control group %s", full);
	if (cg->ino && cg->ino != st.st_ino)
		return SV_NONE;
	*ret = sv_take_fd(&dir);
	return 0;
}

/* Whether word is one of those in text, which blanks separate. */
static bool has_word(char *text, const char *word)
{
	char *each;

	while ((each = strsep(&text, " ")))
		if (sv_streq(each, word))
			return true;
	return false;
}

int sv_cgroup_top(const char *file, char **ret, struct sv_error *err)
{
	const char *root = hierarchy();
	sv_auto_close int dir = root ? open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (root && dir < 0)
		return sv_fail_errno(err, errno, "cannot open %s", root);
	return root ? sv_cgroup_get(dir, file, ret, err) : SV_SKIP;
}

int sv_cgroup_offers(const char *controller, struct sv_error *err)
{
	const char *root = hierarchy();
	sv_auto_free char *all = NULL;
	struct statvfs st;
	int r;

	if (!root || statvfs(root, &st) < 0 || (st.f_flag & ST_RDONLY))
		return SV_SKIP;
	r = sv_cgroup_top("cgroup.controllers", &all, err);
	if (r != 0)
		return r;
	return has_word(all, controller) ? 0 : SV_NONE;
}

/* Groups of one level have the same files: any of them will do. */
static int find_file(const char *root, const char *file, struct sv_error *err)
{
	sv_auto_dir DIR *dir = opendir(root);
	const struct dirent *entry;

	if (!dir)
		return sv_fail_errno(err, errno, "cannot list %s", root);
	while ((entry = readdir(dir))) {
		char path[PATH_MAX_ALL + NAME_MAX];

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", entry->d_name, file);
		return faccessat(dirfd(dir), path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : SV_NONE;
	}
	return SV_SKIP;
}

int sv_cgroup_has(const char *controller, const char *file, struct sv_error *err)
{
	sv_auto_free char *all = NULL;
	int r = sv_cgroup_top("cgroup.subtree_control", &all, err);

	if (r != 0 || !has_word(all, controller))
		return r < 0 ? r : SV_SKIP;
	return find_file(hierarchy(), file, err);
}

int sv_cgroup_enable(const char *controller, struct sv_error *err)
{
	static const char *const levels[] = {"", TREE};
	const char *root = hierarchy();
	char full[PATH_MAX_ALL], order[32];
	int r = 0;

	(void)snprintf(order, sizeof(order), "+%s", controller);
	for (size_t i = 0; r == 0 && root && i < SV_N_ELEMENTS(levels); i++) {
		sv_auto_close int dir = -1;

		(void)snprintf(full, sizeof(full), "%s%s", root, levels[i]);
		dir = open(full, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (dir < 0)
			return sv_fail_errno(err, errno, "cannot open %s", full);
		r = sv_cgroup_set(dir, "cgroup.subtree_control", order, err);
		if (r < 0)
			return sv_wrap(err, "%s", full);
	}
	return root ? r : SV_NONE;
}

int sv_cgroup_set(int dir, const char *file, const char *value, struct sv_error *err)
{
	sv_auto_close int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return SV_NONE;
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return sv_fail_errno(err, errno, "cannot write '%s' to %s", value, file);
	return 0;
}

int sv_cgroup_get(int dir, const char *file, char **ret, struct sv_error *err)
{
	sv_auto_close int fd = openat(dir, file, O_RDONLY | O_CLOEXEC);
	char text[VALUE_MAX + 1];
	ssize_t n = fd < 0 ? -1 : read(fd, text, VALUE_MAX);

	if (n < 0 && (errno == ENOENT || errno == ENODEV))
		return SV_NONE;
	if (n < 0)
		return sv_fail_errno(err, errno, "cannot read %s", file);
	while (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	return sv_strdup(text, ret, err);
}

int sv_cgroup_door(int dir, int *ret, struct sv_error *err)
{
	int fd = openat(dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return sv_fail_errno(err, errno, "cannot open the guest's cgroup.procs");
	*ret = fd;
	return 0;
}

int sv_cgroup_enter(int door, struct sv_error *err)
{
	if (write(door, "0", 1) != 1)
		return sv_fail_errno(err, errno, "cannot enter the guest's control group");
	return 0;
}

int sv_cgroup_set_apart(pid_t pid, struct sv_error *err)
{
	const char *root = hierarchy();
	sv_auto_close int door = -1;
	char procs[PATH_MAX_ALL];
	int r = root ? make_dir(root, TREE, err) : SV_NONE;

	if (r == 0 || r == SV_SKIP)
		r = make_dir(root, APART, err);
	if (r < 0 || r == SV_NONE)
		return r;
	(void)snprintf(procs, sizeof(procs), "%s" APART "/cgroup.procs", root);
	door = open(procs, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (door < 0 || dprintf(door, "%d", (int)pid) < 0)
		return sv_fail_errno(err, errno, "cannot move process %d to %s%s", (int)pid, root,
				     APART);
	return 0;
}

static int read_file(int fd, const char *name, char *buf, size_t size, struct sv_error *err)
{
	ssize_t n = pread(fd, buf, size - 1, 0);

	if (n < 0 && errno == ENODEV) /* removed meanwhile */
		n = 0;
	if (n < 0)
		return sv_fail_errno(err, errno, "cannot read the guest's %s", name);
	buf[n] = '\0';
	return 0;
}

static int is_populated(int events, struct sv_error *err)
{
	char text[256];
	int r = read_file(events, "cgroup.events", text, sizeof(text), err);

	if (r < 0)
		return r;
	return strstr(text, "populated 1") ? 0 : SV_NONE;
}

static int open_events(int dir, int *ret, struct sv_error *err)
{
	*ret = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (*ret < 0 && errno != ENOENT && errno != ENODEV)
		return sv_fail_errno(err, errno, "cannot read the guest's cgroup.events");
	return *ret < 0 ? SV_NONE : 0;
}

int sv_cgroup_populated(int dir, struct sv_error *err)
{
	sv_auto_close int events = -1;
	int r = open_events(dir, &events, err);

	return r != 0 ? r : is_populated(events, err);
}

/* 1: written. 0: the kernel has no such file. */
static int order(int dir, const char *file, struct sv_error *err)
{
	sv_auto_close int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || (write(fd, "1", 1) != 1 && errno != ENODEV))
		return sv_fail_errno(err, errno, "cannot write the guest's %s", file);
	return 1;
}

static bool lists(const char *procs, unsigned pid)
{
	char word[16];
	int len = snprintf(word, sizeof(word), "%u\n", pid);
	const char *at = procs;

	while ((at = strstr(at, word)) && at != procs && at[-1] != '\n')
		at += len;
	return at;
}

/* Opens a pidfd for each process, then reads the list again: a number that is still listed is that
 * of the process that was opened, or that process is dead. */
static int kill_listed(int dir, struct sv_error *err)
{
	char before[PROCS_MAX], now[PROCS_MAX];
	int pidfds[PASS_PIDS];
	unsigned pids[PASS_PIDS];
	size_t n = 0;
	sv_auto_close int procs = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	int r = procs < 0 ? sv_fail_errno(err, errno, "cannot read the guest's cgroup.procs")
			  : read_file(procs, "cgroup.procs", before, sizeof(before), err);
	char *rest = before, *line;

	while (r == 0 && n < PASS_PIDS && (line = strsep(&rest, "\n"))) {
		struct sv_error ignored = {0};
		uint32_t pid;

		/* the last line may be cut off */
		if (!rest || sv_parse_u32(line, 1, INT32_MAX, "pid", &pid, &ignored) < 0)
			continue;
		pids[n] = pid;
		pidfds[n++] = (int)syscall(SYS_pidfd_open, pid, 0);
	}
	if (r == 0)
		r = read_file(procs, "cgroup.procs", now, sizeof(now), err);
	for (size_t i = 0; i < n; i++) {
		if (r == 0 && pidfds[i] >= 0 && lists(now, pids[i]))
			(void)syscall(SYS_pidfd_send_signal, pidfds[i], SIGKILL, NULL, 0);
		sv_close_fd(&pidfds[i]);
	}
	return r;
}

/* Waits at most ms milliseconds. 0: a process still lives. SV_NONE: none does. */
static int wait_empty(int events, int ms, struct sv_error *err)
{
	struct pollfd p = {.fd = events, .events = POLLPRI};
	int r = is_populated(events, err);

	if (r != 0)
		return r;
	(void)poll(&p, 1, ms);
	return is_populated(events, err);
}

/* For cgroup.kill the kernel (6.1 at least) signals only the first thread of a process. The signal
 * is lost when that thread has ended and others live. Such processes are killed by pidfd. */
int sv_cgroup_kill(int dir, int ms, struct sv_error *err)
{
	const int64_t deadline = sv_now_ms() + ms;
	sv_auto_close int events = -1;
	int r = open_events(dir, &events, err);

	if (r == 0)
		r = is_populated(events, err);
	if (r == 0 && order(dir, "cgroup.kill", err) < 0)
		return -(int)err->code;
	if (r == 0)
		r = wait_empty(events, FIRST_MS, err);
	if (r == 0 && order(dir, "cgroup.freeze", err) < 0)
		return -(int)err->code;
	while (r == 0 && sv_now_ms() < deadline) {
		r = kill_listed(dir, err);
		if (r == 0)
			r = wait_empty(events, PASS_MS, err);
	}
	if (r != 0)
		return r < 0 ? r : 0;
	return sv_fail(err, SV_E_BUSY, 0,
		       "a process of the guest does not end: it is in the guest's control group "
		       "still");
}

void sv_cgroup_remove(const struct sv_cgroup *cg)
{
	struct sv_error ignored = {0};
	sv_auto_close int dir = -1;
	char full[PATH_MAX_ALL];

	if (sv_cgroup_open(cg, &dir, &ignored) != 0)
		return;
	(void)snprintf(full, sizeof(full), "%s%s", hierarchy(), cg->path);
	(void)rmdir(full);
}
