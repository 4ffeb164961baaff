/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's extended attributes: see remembered.h. */
#include "plan/remembered.h"

#include "base/fs.h"
#include "base/parse.h"
#include "base/string.h"

#include <errno.h>
#include <linux/limits.h>
#include <sys/xattr.h>
#include <time.h>

#define PREFIX	  "trusted.libvirt.security."
#define NAME_ROOM 64
#define TEXT_ROOM 4096
/* Seconds: libvirt rounds, and the clock may have been set since. A host is not started twice in
 * this time. The result is only shown. */
#define CLOCK_SLACK 10

/* The names of attributes are PREFIX, one of these, and the model. */
static const char *const parts[] = {"", "ref_", "timestamp_"};
enum { PART_LABEL, PART_USERS, PART_START };

void sv_remembered_done(struct sv_remembered *remembered)
{
	free(remembered->label);
	*remembered = (struct sv_remembered){0};
}

static bool any_of(const char *names, size_t len)
{
	for (size_t i = 0; i < len; i += strlen(names + i) + 1)
		if (sv_starts_with(names + i, PREFIX))
			return true;
	return false;
}

/* list: listxattr(2) or llistxattr(2). */
static int look(const char *path, ssize_t (*list)(const char *path, char *names, size_t room),
		struct sv_error *err)
{
	char few[TEXT_ROOM];
	sv_auto_free char *many = NULL;
	ssize_t len = list(path, few, sizeof(few));

	if (len < 0 && errno == ERANGE) {
		many = malloc(XATTR_LIST_MAX);
		if (!many)
			return sv_fail_oom(err);
		len = list(path, many, XATTR_LIST_MAX);
	}
	if (len < 0 && (errno == ENOTSUP || errno == ENODATA))
		return SV_NONE;
	if (len < 0)
		return sv_fail_errno(err, errno, "cannot read its extended attributes");
	return any_of(many ? many : few, (size_t)len) ? 0 : SV_NONE;
}

int sv_remembered_any(int fd, struct sv_error *err)
{
	char path[SV_FD_PATH_LEN];

	return look(sv_fd_path(fd, path), listxattr, err);
}

int sv_remembered_named(const char *path, struct sv_error *err)
{
	int r = look(path, llistxattr, err);

	if (r >= 0 || err->sys != ENOENT)
		return r;
	sv_error_clear(err);
	return SV_NONE;
}

int sv_remembered_may_see(int fd, struct sv_error *err)
{
	char path[SV_FD_PATH_LEN];

	/* removing an attribute that does not exist changes nothing, and tells whether we may */
	if (removexattr(sv_fd_path(fd, path), PREFIX "svirt") == 0 || errno != EPERM)
		return 0;
	(void)sv_fail(err, SV_E_PERMISSION, EPERM, "this process may not see libvirt's attributes");
	return sv_hint(err, "it needs the capability CAP_SYS_ADMIN, and the policy module of this "
			    "release: svirt policy install");
}

static void name_of(unsigned part, const char *model, char name[NAME_ROOM])
{
	(void)snprintf(name, NAME_ROOM, PREFIX "%s%s", parts[part], model);
}

/* SV_NONE: there is no such attribute. */
static int read_part(int fd, unsigned part, const char *model, char text[TEXT_ROOM],
		     struct sv_error *err)
{
	char path[SV_FD_PATH_LEN], name[NAME_ROOM];
	ssize_t len;

	name_of(part, model, name);
	len = getxattr(sv_fd_path(fd, path), name, text, TEXT_ROOM - 1);
	if (len < 0 && (errno == ENODATA || errno == ENOTSUP))
		return SV_NONE;
	if (len < 0)
		return sv_fail_errno(err, errno, "cannot read its attribute %s", name);
	text[len] = '\0';
	return 0;
}

static bool this_boot(const char *text)
{
	struct timespec now, up;
	uint64_t then, start;
	struct sv_error e = {0};

	if (sv_parse_u64(text, 0, INT64_MAX, "timestamp", &then, &e) < 0 ||
	    clock_gettime(CLOCK_REALTIME, &now) < 0 || clock_gettime(CLOCK_BOOTTIME, &up) < 0)
		return false;
	start = (uint64_t)(now.tv_sec - up.tv_sec);
	return then + CLOCK_SLACK >= start && then <= start + CLOCK_SLACK;
}

int sv_remembered_read(int fd, const char *model, struct sv_remembered *ret, struct sv_error *err)
{
	sv_auto_remembered struct sv_remembered found = {0};
	char text[TEXT_ROOM];
	struct sv_error e = {0};
	bool there = false;
	int r = read_part(fd, PART_LABEL, model, text, err);

	if (r == 0) {
		there = true;
		r = sv_strdup(text, &found.label, err);
	}
	if (r >= 0)
		r = read_part(fd, PART_USERS, model, text, err);
	if (r == 0) {
		there = true;
		if (sv_parse_u64(text, 0, UINT32_MAX, "users", &found.users, &e) < 0)
			found.users = 0;
	}
	if (r >= 0)
		r = read_part(fd, PART_START, model, text, err);
	if (r == 0) {
		there = true;
		found.this_boot = this_boot(text);
	}
	if (r < 0)
		return r;
	*ret = found;
	found.label = NULL;
	return there ? 0 : SV_NONE;
}

/* The time of the host's start is removed first: without it libvirt ignores the rest. */
int sv_remembered_clear(int fd, const char *model, struct sv_error *err)
{
	static const unsigned order[] = {PART_START, PART_LABEL, PART_USERS};
	char path[SV_FD_PATH_LEN], name[NAME_ROOM];

	for (size_t i = 0; i < SV_N_ELEMENTS(order); i++) {
		name_of(order[i], model, name);
		if (removexattr(sv_fd_path(fd, path), name) < 0 && errno != ENODATA)
			return sv_fail_errno(err, errno, "cannot remove its attribute %s", name);
	}
	return 0;
}
