/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mode, ACL and attributes of users: see attrs.h. The text is "MODE ACL NAMES": the mode in octal,
 * and in hexadecimal the ACL as the kernel gives it and the names, each with its zero; "-" for
 * none.
 */
#include "plan/attrs.h"

#include "base/parse.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define ACL	    "system.posix_acl_access"
#define USERS	    "user."
#define LIST_ROOM   1024
#define SHOWN	    128
#define MODE_BITS   07777u
#define NOTHING	    "-"
#define MODE_DIGITS 4
#define NAMES_TOLD  4

/* The parts of a text, which point into a copy of it. */
struct attrs {
	char *copy; /* owned */
	const char *mode, *acl, *names;
};

static void attrs_done(struct attrs *attrs)
{
	free(attrs->copy);
}
#define auto_attrs sv_cleanup(attrs_done)

static int split(const char *text, struct attrs *ret, struct sv_error *err)
{
	sv_cleanup(attrs_done) struct attrs attrs = {0};
	char *first, *second;
	int r = sv_strdup(text, &attrs.copy, err);

	if (r < 0)
		return r;
	first = strchr(attrs.copy, ' ');
	second = first ? strchr(first + 1, ' ') : NULL;
	if (!second)
		return sv_fail(err, SV_E_UNKNOWN, 0, "what mode it had is not known");
	*first = *second = '\0';
	*ret = (struct attrs){attrs.copy, attrs.copy, first + 1, second + 1};
	attrs.copy = NULL;
	return 0;
}

static void put_hex(struct sv_buf *buf, const char *bytes, size_t n)
{
	if (n)
		sv_buf_hex(buf, bytes, n);
	else
		sv_buf_puts(buf, NOTHING);
}

/* Decodes hex; a zero follows the bytes. The caller owns *ret. */
static int get_hex(const char *hex, char **ret, size_t *ret_n, struct sv_error *err)
{
	size_t n = sv_streq(hex, NOTHING) ? 0 : strlen(hex) / 2;
	sv_auto_free char *bytes = malloc(n + 1);

	if (!bytes)
		return sv_fail_oom(err);
	if (n && sv_parse_hex(hex, n, bytes) != 0)
		return sv_fail(err, SV_E_UNKNOWN, 0, "what attributes it had is not known");
	bytes[n] = '\0';
	*ret = sv_take_ptr(bytes);
	*ret_n = n;
	return 0;
}

/* Names of extended attributes, each with its zero; owned by the caller. */
static int list_names(const char *path, char **ret, size_t *ret_n, struct sv_error *err)
{
	sv_auto_free char *list = malloc(LIST_ROOM);
	ssize_t n = list ? listxattr(path, list, LIST_ROOM) : -1;

	if (list && n < 0 && errno == ERANGE) {
		free(list);
		list = malloc(XATTR_LIST_MAX);
		n = list ? listxattr(path, list, XATTR_LIST_MAX) : -1;
	}
	if (!list)
		return sv_fail_oom(err);
	if (n < 0 && errno != ENOTSUP && errno != ENODATA)
		return sv_fail_errno(err, errno, "cannot list its attributes");
	*ret = sv_take_ptr(list);
	*ret_n = n < 0 ? 0 : (size_t)n;
	return 0;
}

static int read_acl(const char *path, struct sv_buf *buf, struct sv_error *err)
{
	sv_auto_free char *acl = malloc(XATTR_SIZE_MAX);
	ssize_t n;

	if (!acl)
		return sv_fail_oom(err);
	n = getxattr(path, ACL, acl, XATTR_SIZE_MAX);
	if (n < 0 && errno != ENODATA && errno != ENOTSUP)
		return sv_fail_errno(err, errno, "cannot read its ACL");
	put_hex(buf, acl, n < 0 ? 0 : (size_t)n);
	return 0;
}

int sv_attrs_read(const struct sv_node *node, char **ret, struct sv_error *err)
{
	sv_auto_buf struct sv_buf buf = {0}, users = {0};
	sv_auto_free char *names = NULL;
	char path[SV_FD_PATH_LEN];
	struct stat st;
	bool acl = false;
	size_t n = 0;
	int r;

	(void)sv_fd_path(node->fd, path);
	if (fstatat(node->fd, "", &st, AT_EMPTY_PATH) < 0)
		return sv_fail_errno(err, errno, "cannot read its mode");
	r = list_names(path, &names, &n, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i += strlen(names + i) + 1) {
		acl |= sv_streq(names + i, ACL);
		if (sv_starts_with(names + i, USERS))
			sv_buf_add(&users, names + i, strlen(names + i) + 1);
	}
	sv_buf_printf(&buf, "%04o ", (unsigned)st.st_mode & MODE_BITS);
	if (acl)
		r = read_acl(path, &buf, err);
	else
		sv_buf_puts(&buf, NOTHING);
	sv_buf_puts(&buf, " ");
	put_hex(&buf, users.s, users.failed ? 0 : users.len);
	if (r == 0 && users.failed)
		return sv_fail_oom(err);
	return r == 0 ? sv_buf_take(&buf, ret, err) : r;
}

/* Reads the present state, and the one in text. */
static int read_both(const struct sv_node *node, const char *text, struct attrs *now,
		     struct attrs *was, struct sv_error *err)
{
	sv_auto_free char *read = NULL;
	int r = sv_attrs_read(node, &read, err);

	if (r == 0)
		r = split(read, now, err);
	return r == 0 ? split(text, was, err) : r;
}

static bool has_name(const char *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i += strlen(names + i) + 1) {
		if (sv_streq(names + i, name))
			return true;
	}
	return false;
}

/* Calls fn for each name of a new attribute. */
static int each_new(const struct attrs *now, const struct attrs *was,
		    void (*fn)(void *data, const char *name), void *data, struct sv_error *err)
{
	sv_auto_free char *names = NULL, *known = NULL;
	size_t n = 0, n_known = 0;
	int r = get_hex(now->names, &names, &n, err);

	if (r == 0)
		r = get_hex(was->names, &known, &n_known, err);
	for (size_t i = 0; r == 0 && i < n; i += strlen(names + i) + 1) {
		if (!has_name(known, n_known, names + i))
			fn(data, names + i);
	}
	return r;
}

struct told {
	struct sv_buf buf;
	size_t n;
};

static void tell_name(void *data, const char *name)
{
	struct told *told = data;
	char shown[SHOWN];

	if (told->n++ < NAMES_TOLD)
		sv_buf_printf(&told->buf, "%sthe attribute %s", told->buf.len ? ", " : "",
			      sv_escape(name, shown, sizeof(shown)));
	else if (told->n == NAMES_TOLD + 2)
		sv_buf_puts(&told->buf, ", and more attributes");
}

int sv_attrs_differ(const struct sv_node *node, const char *text, char **ret, struct sv_error *err)
{
	auto_attrs struct attrs now = {0}, was = {0};
	sv_auto_buf struct sv_buf buf = {0};
	struct told told = {0};
	bool mode, acl;
	int r = read_both(node, text, &now, &was, err);

	if (r < 0)
		return r;
	mode = !sv_streq(now.mode, was.mode);
	acl = !sv_streq(now.acl, was.acl);
	if (mode)
		sv_buf_printf(&told.buf, "mode %s instead of %s", now.mode, was.mode);
	if (acl)
		sv_buf_printf(&told.buf, "%sanother ACL", mode ? ", " : "");
	r = each_new(&now, &was, tell_name, &told, err);
	buf = told.buf;
	if (r < 0)
		return r;
	if (!mode && !acl && !told.n)
		return SV_NONE;
	r = sv_buf_take(&buf, ret, err);
	return r < 0 ? r : (mode || acl ? 0 : SV_SKIP);
}

static void clear_name(void *data, const char *name)
{
	/* attributes that stay are reported by sv_attrs_differ() */
	(void)removexattr(data, name);
}

int sv_attrs_clear(const struct sv_node *node, const char *text, struct sv_error *err)
{
	auto_attrs struct attrs now = {0}, was = {0};
	char path[SV_FD_PATH_LEN];
	int r = read_both(node, text, &now, &was, err);

	(void)sv_fd_path(node->fd, path);
	return r == 0 ? each_new(&now, &was, clear_name, path, err) : r;
}

static int set_acl(const char *path, const char *hex, struct sv_error *err)
{
	sv_auto_free char *acl = NULL;
	size_t n = 0;
	int r = get_hex(hex, &acl, &n, err);

	if (r < 0)
		return r;
	if (n ? setxattr(path, ACL, acl, n, 0) < 0 : removexattr(path, ACL) < 0 && errno != ENODATA)
		return sv_fail_errno(err, errno, "cannot put its ACL back");
	return 0;
}

static int get_mode(const char *octal, mode_t *ret, struct sv_error *err)
{
	mode_t mode = 0;

	if (strlen(octal) != MODE_DIGITS || strspn(octal, "01234567") != MODE_DIGITS)
		return sv_fail(err, SV_E_UNKNOWN, 0, "what mode it had is not known");
	for (size_t i = 0; i < MODE_DIGITS; i++)
		mode = mode << 3 | (mode_t)(octal[i] - '0');
	*ret = mode;
	return 0;
}

int sv_attrs_restore(const struct sv_node *node, const char *text, struct sv_error *err)
{
	auto_attrs struct attrs now = {0}, was = {0};
	char path[SV_FD_PATH_LEN];
	mode_t mode;
	bool acl;
	int r = read_both(node, text, &now, &was, err);

	if (r < 0)
		return r;
	(void)sv_fd_path(node->fd, path);
	acl = !sv_streq(now.acl, was.acl);
	if (acl)
		r = set_acl(path, was.acl, err);
	if (r < 0 || (!acl && sv_streq(now.mode, was.mode)))
		return r;
	r = get_mode(was.mode, &mode, err);
	if (r < 0)
		return r;
	return fchmodat(AT_FDCWD, path, mode, 0) < 0
		       ? sv_fail_errno(err, errno, "cannot put its mode back")
		       : 0;
}
