/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Labels of objects, read and set through O_PATH descriptors: /proc/self/fd/N follows the
 * descriptor, so no name is looked up twice and no right to open the object is needed.
 * Must not know what the object is to a guest, nor what it was before.
 */
#include "driver/selinux/selinux.h"

#include "base/fs.h"
#include "base/string.h"

#include <errno.h>
#include <selinux/label.h>
#include <selinux/selinux.h>

#define BOOLEAN_BEGIN "svirt_use_"

#define SUBS_MAX (1024u * 1024)

int sv_selinux_get(int fd, char **ret, struct sv_error *err)
{
	char path[SV_FD_PATH_LEN];
	char *con = NULL;
	int r;

	if (getfilecon_raw(sv_fd_path(fd, path), &con) < 0) {
		if (errno == ENODATA || errno == EOPNOTSUPP)
			return SV_NONE;
		return sv_fail_errno(err, errno, "cannot read its label");
	}
	r = sv_strdup(con, ret, err);
	freecon(con);
	return r;
}

/* Whether svirt's module has a boolean for files of this type, and it is off. Its name contains the
 * type's. */
static bool source_boolean(const char *label, char *name, size_t room)
{
	char type[SV_TYPE_LEN];

	(void)snprintf(name, room, BOOLEAN_BEGIN "%s", sv_selinux_type(label, type));
	return security_get_boolean_active(name) == 0;
}

/* Chooses the hint by what the loaded policy offers. */
static int hint_refused(const char *old, struct sv_error *err)
{
	char name[SV_TYPE_LEN + sizeof(BOOLEAN_BEGIN)], type[SV_TYPE_LEN];
	struct sv_error ignored = {0};

	if (sv_selinux_type_known(SV_SELINUX_MANAGER, &ignored) == SV_NONE)
		return sv_hint(err, "install the policy module: svirt policy install");
	if (!old)
		return sv_hint(err, "give it the label that the policy has for its place: "
				    "restorecon");
	if (source_boolean(old, name, sizeof(name)))
		return sv_hint(
			err,
			"setsebool -P %s on lets svirt label files of type %s, of which this "
			"system has others too; or put it below /var/lib/libvirt/images",
			name, sv_selinux_type(old, type));
	return sv_hint(err,
		       "keep it where the policy has images, such as /var/lib/libvirt/images; or "
		       "let svirt label all files of its type: echo '(typeattributeset "
		       "svirt_image_source_type (%s))' >my.cil && semodule -i my.cil",
		       sv_selinux_type(old, type));
}

/* errno does not tell which rule refused, so the message has both types. */
static int refused(const char *old, const char *label, int sys, struct sv_error *err)
{
	char from[SV_TYPE_LEN], to[SV_TYPE_LEN];

	return sv_fail(err, SV_E_PERMISSION, sys, "may not relabel it from %s to %s",
		       old ? sv_selinux_type(old, from) : "no label", sv_selinux_type(label, to));
}

static int set_refused(int fd, const char *label, int sys, struct sv_error *err)
{
	char from[SV_TYPE_LEN], to[SV_TYPE_LEN];
	sv_auto_free char *old = NULL;
	struct sv_error ignored = {0};

	if (sv_selinux_get(fd, &old, &ignored) != 0)
		old = NULL;
	(void)refused(old, label, sys, err);
	if (old && sv_streq(sv_selinux_type(old, from), sv_selinux_type(label, to)))
		return sv_hint(err, "a move between levels is refused without an AVC record "
				    "(op=security_validate_transition): svirt policy install");
	return hint_refused(old, err);
}

/* how->self is set. */
static int may(const struct sv_relabel *how, const char *from, struct sv_error *err)
{
	const char *tclass = sv_selinux_class_of(how->mode);
	int r = sv_selinux_allows(how->self, from, tclass, "relabelfrom", NULL, err);

	return r == 0 ? sv_selinux_allows(how->self, how->to, tclass, "relabelto", NULL, err) : r;
}

static bool may_from(const void *how, const char *label)
{
	struct sv_error ignored = {0};

	return may(how, label, &ignored) == 0;
}

/* Whether it is the new label that is refused: a type of images that svirt's module does not know.
 */
static bool is_unknown_image(const struct sv_relabel *how, struct sv_error *err)
{
	struct sv_error ignored = {0};
	char type[SV_TYPE_LEN];
	const char *end = strstr(sv_selinux_type(how->to, type), SV_SELINUX_IMAGES);

	if (!end || !sv_streq(end, SV_SELINUX_IMAGES) ||
	    sv_selinux_allows(how->self, how->to, sv_selinux_class_of(how->mode), "relabelto", NULL,
			      &ignored) != SV_NONE ||
	    sv_selinux_type_known(SV_SELINUX_MANAGER, &ignored) != 0)
		return false;
	sv_hint(err,
		"let svirt give files that type: echo '(typeattributeset svirt_image_source_type "
		"(%s)) (typeattributeset svirt_guest_image (%s))' >my.cil && semodule -i my.cil",
		type, type);
	return true;
}

int sv_selinux_may_set(const struct sv_relabel *asked, struct sv_error *err)
{
	sv_auto_free char *own = NULL;
	struct sv_relabel how = *asked;
	char path[192];
	int r = how.self ? 0 : sv_selinux_self(&own, err);

	how.self = how.self ? how.self : own;
	if (r == 0)
		r = may(&how, how.from, err);
	if (r != SV_NONE)
		return r;
	/* in a permissive domain nothing is refused */
	r = sv_selinux_domain_enforced(how.self, err);
	if (r != 0)
		return r < 0 ? r : 0;
	sv_escape(how.path, path, sizeof(path));
	(void)refused(how.from, how.to, 0, err);
	if (is_unknown_image(&how, err))
		return sv_wrap(err, "%s", path);
	if (sv_restorecon_helps(&sv_driver_selinux, how.path, how.mode, how.from, may_from, &how))
		sv_hint(err,
			"give it the label that the policy has for its place: restorecon -v '%s'",
			path);
	(void)hint_refused(how.from, err);
	return sv_wrap(err, "%s", path);
}

int sv_selinux_set(int fd, const char *label, struct sv_error *err)
{
	char path[SV_FD_PATH_LEN], shown[256];
	int sys;

	if (setfilecon_raw(sv_fd_path(fd, path), label) == 0)
		return 0;
	sys = errno;
	if (sys == EPERM || sys == EACCES)
		return set_refused(fd, label, sys, err);
	(void)sv_escape(label, shown, sizeof(shown));
	if (sys == EOPNOTSUPP) {
		(void)sv_fail(err, SV_E_HOST, sys, "its filesystem holds no labels");
		return sv_hint(err,
			       "mount it with context=\"%s\", or with security_label on an "
			       "NFS 4.2 server, or move the file",
			       shown);
	}
	if (sys == EINVAL)
		return sv_fail(err, SV_E_USAGE, sys, "'%s' is no label of the loaded policy",
			       shown);
	return sv_fail_errno(err, sys, "cannot set its label to '%s'", shown);
}

static int quiet(int type, const char *fmt, ...) sv_printf(2, 3);
static int quiet(int type, const char *fmt, ...)
{
	(void)type;
	(void)fmt;
	return 0;
}

int sv_selinux_fallback(const char *path, mode_t mode, char **ret, struct sv_error *err)
{
	union selinux_callback log = selinux_get_callback(SELINUX_CB_LOG);
	struct selabel_handle *handle;
	char *con = NULL;
	int sys, r;

	/* libselinux writes to standard error by default, which our library must not do */
	selinux_set_callback(SELINUX_CB_LOG, (union selinux_callback){.func_log = quiet});
	handle = selabel_open(SELABEL_CTX_FILE, NULL, 0);
	r = handle ? selabel_lookup_raw(handle, &con, path, (int)mode) : -1;
	sys = errno;
	if (handle)
		selabel_close(handle);
	selinux_set_callback(SELINUX_CB_LOG, log);
	if (r < 0 && handle && sys == ENOENT)
		return SV_NONE;
	if (r < 0)
		return sv_fail_errno(err, sys, "the policy's label for %s", path);
	r = sv_strdup(con, ret, err);
	freecon(con);
	return r;
}

int sv_selinux_substitute(char *text, const char *path, char **ret, struct sv_error *err)
{
	static const char blank[] = " \t\r";
	char *line, *rest = text, *from, *to, *save = NULL;
	size_t len;

	while ((line = strsep(&rest, "\n"))) {
		from = strtok_r(line, blank, &save);
		to = from && *from != '#' ? strtok_r(NULL, blank, &save) : NULL;
		len = from ? strlen(from) : 0;
		if (!to || strncmp(path, from, len) != 0 || (path[len] && path[len] != '/'))
			continue;
		/* "/" for a directory's name would double the slash */
		return sv_asprintf(ret, err, "%s%s", sv_streq(to, "/") ? "" : to, path + len);
	}
	return SV_NONE;
}

int sv_selinux_alias(const char *path, char **ret, struct sv_error *err)
{
	const char *const files[] = {
		selinux_file_context_subs_path(),
		selinux_file_context_subs_dist_path(),
	};

	for (size_t i = 0; i < SV_N_ELEMENTS(files); i++) {
		sv_auto_free char *text = NULL;
		struct sv_error e = {0};
		int r = sv_fs_read(files[i], SUBS_MAX, &text, NULL, &e);

		if (r < 0 && e.sys == ENOENT)
			continue;
		if (r < 0)
			*err = e;
		else
			r = sv_selinux_substitute(text, path, ret, err);
		if (r != SV_NONE)
			return r;
	}
	return SV_NONE;
}
