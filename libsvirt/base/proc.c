/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Identity and resource use of processes from proc(5): see proc.h. */
#include "base/proc.h"

#include "base/fs.h"
#include "base/string.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#define STAT_MAX	4096u
#define STATUS_MAX	(1u << 20) /* a process may have 65536 groups, repeated ones too */
#define KILL_TIMEOUT_MS 5000
/* fields of /proc/PID/stat, numbered as in proc(5) */
#define FIELD_STATE 3u
#define FIELD_UTIME 14u
#define FIELD_STIME 15u
#define FIELD_START 22u
#define FIELD_RSS   24u

struct proc_stat {
	char state;
	uint64_t utime, stime, start, rss_pages;
};

/* The command name (field 2) may hold blanks and parentheses: fields are counted from the last
 * parenthesis. */
static int parse_stat(const char *text, struct proc_stat *ret)
{
	const char *p = strrchr(text, ')');
	unsigned field;

	*ret = (struct proc_stat){0};
	if (!p || p[1] != ' ')
		return -1;
	p += 2;
	for (field = FIELD_STATE; field <= FIELD_RSS; field++) {
		uint64_t v = 0;

		if (field == FIELD_STATE)
			ret->state = *p;
		else
			(void)sscanf(p, "%" SCNu64, &v);
		if (field == FIELD_UTIME)
			ret->utime = v;
		else if (field == FIELD_STIME)
			ret->stime = v;
		else if (field == FIELD_START)
			ret->start = v;
		else if (field == FIELD_RSS)
			ret->rss_pages = v;
		p = strchr(p, ' ');
		if (!p)
			return -1;
		p++;
	}
	return 0;
}

static bool is_dead(char state)
{
	return state == 'Z' || state == 'X' || state == 'x';
}

static int read_file(const char *path, struct proc_stat *ret, struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	struct sv_error e = {0};

	if (sv_fs_read(path, STAT_MAX, &text, NULL, &e) < 0) {
		if (e.sys == ENOENT || e.sys == ESRCH)
			return SV_NONE;
		*err = e;
		return -(int)e.code;
	}
	if (parse_stat(text, ret) < 0)
		return sv_fail(err, SV_E_UNKNOWN, 0, "%s: not the format of proc(5)", path);
	return 0;
}

/* The first thread of a process may end before the others; the process is a zombie ('Z') then.
 * SV_NONE: all threads have ended. */
static int has_live_thread(pid_t pid, struct sv_error *err)
{
	sv_auto_dir DIR *dir = NULL;
	const struct dirent *entry;
	struct proc_stat st;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT || errno == ESRCH ? SV_NONE
							 : sv_fail_errno(err, errno, "%s", path);
	while ((entry = readdir(dir))) {
		struct sv_error e = {0};
		uint32_t tid;
		int r;

		if (sv_parse_u32(entry->d_name, 1, INT32_MAX, "tid", &tid, &e) < 0)
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%d/task/%u/stat", (int)pid, tid);
		r = read_file(path, &st, err);
		if (r < 0 || (r == 0 && !is_dead(st.state)))
			return r;
	}
	return SV_NONE;
}

static int read_stat(pid_t pid, struct proc_stat *ret, struct sv_error *err)
{
	char path[64];
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	r = read_file(path, ret, err);
	if (r != 0)
		return r;
	return is_dead(ret->state) ? has_live_thread(pid, err) : 0;
}

int sv_proc_boot(char ret[SV_UUID_LEN + 1], struct sv_error *err)
{
	/* no process sees another one */
	static _Thread_local char known[SV_UUID_LEN + 1];
	sv_auto_free char *text = NULL;
	int r = 0;

	if (!known[0])
		r = sv_fs_read("/proc/sys/kernel/random/boot_id", 64, &text, NULL, err);
	if (r == 0 && text) {
		text[strcspn(text, "\n")] = '\0';
		r = sv_parse_uuid(text, known, err);
	}
	if (r == 0)
		memcpy(ret, known, sizeof(known));
	return r;
}

int sv_proc_identify(pid_t pid, struct sv_proc_id *ret, struct sv_error *err)
{
	struct sv_proc_id id = {.pid = pid};
	struct proc_stat st;
	int r = read_stat(pid, &st, err);

	if (r != 0)
		return r;
	r = sv_proc_boot(id.boot, err);
	if (r < 0)
		return r;
	id.start = st.start;
	*ret = id;
	return 0;
}

int sv_proc_alive(const struct sv_proc_id *id, struct sv_error *err)
{
	struct sv_proc_id now;
	int r;

	if (id->pid <= 0)
		return SV_NONE;
	r = sv_proc_identify(id->pid, &now, err);
	if (r != 0)
		return r;
	return now.start == id->start && sv_streq(now.boot, id->boot) ? 0 : SV_NONE;
}

int sv_proc_state(pid_t pid, char *ret, struct sv_error *err)
{
	struct proc_stat st;
	int r = read_stat(pid, &st, err);

	if (r == 0)
		*ret = st.state;
	return r;
}

/* One of the masks in the text of /proc/PID/status. SV_NONE: it is not there. */
static int status_mask(const char *text, const char *name, uint64_t *ret)
{
	char digits[2 * sizeof(*ret) + 1];
	const char *line = strstr(text, name);
	uint64_t mask;

	(void)snprintf(digits, sizeof(digits), "%s", line ? line + strlen(name) : "");
	if (sv_parse_hex(digits, sizeof(mask), &mask) != 0)
		return SV_NONE;
	*ret = be64toh(mask);
	return 0;
}

uint64_t sv_proc_signals(void)
{
	sv_auto_free char *text = NULL;
	struct sv_error ignored = {0};
	uint64_t ignores, catches;

	if (sv_fs_read("/proc/self/status", STATUS_MAX, &text, NULL, &ignored) < 0 ||
	    status_mask(text, "\nSigIgn:\t", &ignores) != 0 ||
	    status_mask(text, "\nSigCgt:\t", &catches) != 0)
		return UINT64_MAX;
	return ignores | catches;
}

int sv_proc_caps(uint64_t *ret, struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	int r = sv_fs_read("/proc/self/status", STATUS_MAX, &text, NULL, err);

	if (r < 0)
		return sv_wrap(err, "the capabilities of this process");
	return status_mask(text, "\nCapEff:\t", ret) == 0
		       ? 0
		       : sv_fail(err, SV_E_UNKNOWN, 0, "the capabilities of this process");
}

/* A line of /proc/PID/status with four numbers. The text ends there afterwards. */
static int four_ids(char *text, const char *name, uint32_t ret[SV_PROC_IDS], struct sv_error *err)
{
	char *line = strstr(text, name), *rest, *word;
	int n = 0, r = 0;

	if (!line)
		return sv_fail(err, SV_E_UNKNOWN, 0, "no line '%s'", name + 1);
	rest = line + strlen(name);
	rest[strcspn(rest, "\n")] = '\0';
	for (; r == 0 && n < SV_PROC_IDS && (word = strsep(&rest, "\t")); n++)
		r = sv_parse_u32(word, 0, UINT32_MAX, name + 1, &ret[n], err);
	return r == 0 && n < SV_PROC_IDS
		       ? sv_fail(err, SV_E_UNKNOWN, 0, "the line '%s' is cut short", name + 1)
		       : r;
}

int sv_proc_ids(pid_t pid, struct sv_proc_ids *ret, struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	struct sv_error failed = {0};
	struct sv_proc_ids ids;
	char path[64];
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	r = sv_fs_read(path, STATUS_MAX, &text, NULL, &failed);
	if (r < 0 && (failed.sys == ENOENT || failed.sys == ESRCH))
		return SV_NONE;
	if (r < 0)
		*err = failed;
	/* the later line first, because the text is cut behind what was read */
	if (r == 0)
		r = four_ids(text, "\nGid:\t", ids.gid, err);
	if (r == 0)
		r = four_ids(text, "\nUid:\t", ids.uid, err);
	if (r < 0)
		return sv_wrap(err, "%s", path);
	*ret = ids;
	return 0;
}

int sv_proc_open(const struct sv_proc_id *id, int *ret, struct sv_error *err)
{
	sv_auto_close int fd = -1;
	int r;

	if (id->pid <= 0)
		return SV_NONE;
	fd = (int)syscall(SYS_pidfd_open, id->pid, 0);
	/* EINVAL: the process is gone, and only its session still has the number */
	if (fd < 0 && (errno == ESRCH || errno == EINVAL))
		return SV_NONE;
	if (fd < 0)
		return sv_fail_errno(err, errno, "cannot open process %d", (int)id->pid);
	r = sv_proc_alive(id, err);
	if (r != 0)
		return r;
	*ret = sv_take_fd(&fd);
	return 0;
}

int sv_proc_wait(int pidfd, int ms)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	int r;

	do {
		r = poll(&p, 1, ms);
	} while (r < 0 && errno == EINTR);
	return r > 0 ? 0 : SV_NONE;
}

int sv_proc_kill(int pidfd, const char *what, struct sv_error *err)
{
	if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
		return sv_fail_errno(err, errno, "cannot end %s", what);
	if (sv_proc_wait(pidfd, KILL_TIMEOUT_MS) == 0)
		return 0;
	return sv_fail(err, SV_E_BUSY, 0, "%s does not end", what);
}

int sv_proc_usage(pid_t pid, uint64_t *cpu_ns, uint64_t *rss_kib, struct sv_error *err)
{
	uint64_t hz = (uint64_t)sysconf(_SC_CLK_TCK);
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct proc_stat st;
	int r = read_stat(pid, &st, err);

	if (r != 0)
		return r;
	*cpu_ns = (st.utime + st.stime) * (1000000000u / hz);
	*rss_kib = st.rss_pages * (page / 1024u);
	return 0;
}

int sv_proc_each(int (*fn)(void *data, pid_t pid, struct sv_error *err), void *data,
		 struct sv_error *err)
{
	sv_auto_dir DIR *dir = opendir("/proc");
	struct dirent *entry;

	if (!dir)
		return sv_fail_errno(err, errno, "/proc");
	while ((entry = readdir(dir))) {
		struct sv_error e = {0};
		uint32_t pid;
		int r;

		if (sv_parse_u32(entry->d_name, 1, INT32_MAX, "pid", &pid, &e) < 0)
			continue;
		r = fn(data, (pid_t)pid, err);
		if (r != 0)
			return r;
	}
	return 0;
}

int64_t sv_now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
