/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The profile of a guest in the kernel: loaded from the cache or compiled, replaced as a whole,
 * removed when nobody is in it. A process whose profile is removed is free of it, so removing asks
 * first who has it. Must not know what is in a profile.
 */
#include "driver/apparmor/apparmor.h"

#include "base/fs.h"
#include "base/proc.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>

#define CACHE_DIR    SV_STATEDIR "/apparmor"
#define RULES	     SV_PKGDATADIR "/apparmor/svirt-qemu"
#define RULES_MAX    (256u * 1024)
#define PROFILES_MAX (64u * 1024 * 1024)

/* The kernel takes a profile, or a name, in one write. */
static int tell_kernel(const char *file, const char *bytes, size_t n, struct sv_error *err)
{
	sv_auto_free char *path = NULL;
	sv_auto_close int fd = -1;
	int r = sv_asprintf(&path, err, SV_APPARMOR_FS "/%s", file);

	if (r < 0)
		return r;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, bytes, n) == (ssize_t)n)
		return 0;
	(void)sv_fail_errno(err, errno, "AppArmor in the kernel (%s)", path);
	return err->sys == EACCES || err->sys == EPERM
		       ? sv_hint(err, "run svirt as root, with the capability CAP_MAC_ADMIN; a "
				      "policy may be locked until the next boot "
				      "(/sys/module/apparmor/parameters/lock_policy)")
		       : -(int)err->code;
}

/* The kernel compares with the names of files that links lead to. */
static int real(const char *path, char **ret, struct sv_error *err)
{
	*ret = realpath(path, NULL);
	return *ret ? 0 : sv_fail_errno(err, errno, "%s", path);
}

static int make_text(const struct sv_subject *subject, const struct sv_scope *scope, char **ret,
		     struct sv_error *err)
{
	sv_auto_free char *rules = NULL, *self = NULL, *emulator = NULL, *swtpm = NULL;
	struct sv_scope resolved = *scope;
	int r = sv_fs_read(RULES, RULES_MAX, &rules, NULL, err);

	if (r < 0) {
		(void)sv_hint(err, "install svirt again");
		return sv_wrap(err, "the rules for QEMU");
	}
	r = sv_apparmor_self(&self, err);
	if (r == 0)
		r = real(scope->emulator, &emulator, err);
	if (r == 0 && scope->swtpm)
		r = real(scope->swtpm, &swtpm, err);
	if (r < 0)
		return r;
	resolved.emulator = emulator;
	resolved.swtpm = swtpm;
	return sv_apparmor_profile(subject->label, &resolved,
				   &(struct sv_apparmor_host){rules, self}, ret, err);
}

static int load_text(const char *label, const char *text, struct sv_error *err)
{
	struct sv_apparmor_blob blob = {0};
	struct sv_error rejected = {0};
	sv_auto_free char *toolchain = NULL, *bytes = NULL;
	struct sv_apparmor_key key = {.dir = CACHE_DIR, .label = label, .text = text};
	int r = sv_apparmor_toolchain(&toolchain, err);

	if (r < 0)
		return r;
	key.toolchain = toolchain;
	if (sv_apparmor_cached(&key, &blob) == 0) {
		bytes = blob.bytes;
		if (tell_kernel(".replace", blob.bytes, blob.n, &rejected) == 0)
			return 0;
		/* damaged, or of a kernel that calls itself as this one */
		sv_apparmor_drop(&key);
		sv_free_ptr(&bytes);
		bytes = NULL;
	}
	r = sv_apparmor_compile(text, &blob, err);
	if (r < 0)
		return r;
	bytes = blob.bytes;
	r = tell_kernel(".replace", blob.bytes, blob.n, err);
	if (r == 0)
		sv_apparmor_keep(&key, &blob);
	return r;
}

struct search {
	const char *label;
	pid_t found;
};

/* A process that has ended, and that nobody has waited for, is none. */
static int is_in(void *data, pid_t pid, struct sv_error *err)
{
	struct search *search = data;
	sv_auto_free char *label = NULL;
	struct sv_proc_id id;
	int r = sv_apparmor_of_pid(pid, &label, err);

	if (r < 0)
		return r;
	if (r == SV_NONE || !sv_streq(label, search->label))
		return 0;
	r = sv_proc_identify(pid, &id, err);
	if (r != 0)
		return r < 0 ? r : 0;
	search->found = pid;
	return SV_MORE;
}

/* A line is "NAME (MODE)". */
static int each(int (*fn)(void *data, const char *label, struct sv_error *err), void *data,
		struct sv_error *err)
{
	sv_auto_free char *all = NULL;
	char *rest, *line;
	int r = sv_fs_read(SV_APPARMOR_FS "/profiles", PROFILES_MAX, &all, NULL, err);

	rest = all;
	while (r == 0 && (line = strsep(&rest, "\n"))) {
		char *mode = strrchr(line, '(');

		if (!mode || mode == line)
			continue;
		mode[-1] = '\0';
		if (sv_apparmor_is_ours(line))
			r = fn(data, line, err);
	}
	return r;
}

static int is_loaded(void *data, const char *label, struct sv_error *err)
{
	(void)err;
	return sv_streq(label, data) ? SV_BUSY : 0;
}

/* SV_NONE: label is not loaded. SV_E_BUSY: it is, and a process is in it. */
static int nobody_is_in(const char *label, struct sv_error *err)
{
	struct search search = {.label = label};
	int r = each(is_loaded, (void *)(uintptr_t)label, err);

	if (r != SV_BUSY)
		return r < 0 ? r : SV_NONE;
	r = sv_proc_each(is_in, &search, err);
	if (r < 0 || !search.found)
		return r < 0 ? r : 0;
	return sv_fail(err, SV_E_BUSY, 0, "process %d is in the profile %s", (int)search.found,
		       label);
}

static int load(const struct sv_subject *subject, const struct sv_scope *scope, int *ret,
		struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	int r = make_text(subject, scope, &text, err);

	(void)ret; /* the kernel has them under the label */
	if (r == 0)
		r = nobody_is_in(subject->label, err);
	if (r == -SV_E_BUSY)
		return sv_hint(err,
			       "a profile is for one guest: give each guest a UUID of its own, "
			       "and end that process");
	if (r >= 0)
		r = load_text(subject->label, text, err);
	return r < 0 ? sv_wrap(err, "the profile %s", subject->label) : 0;
}

static int check(const struct sv_subject *subject, const struct sv_scope *scope,
		 struct sv_error *err)
{
	sv_auto_free char *text = NULL, *toolchain = NULL;
	int r = make_text(subject, scope, &text, err);

	if (r == 0)
		r = sv_apparmor_toolchain(&toolchain, err);
	return r < 0 ? sv_wrap(err, "the profile %s", subject->label) : 0;
}

/* A process whose profile is removed would be free. */
static int unload(const char *label, struct sv_error *err)
{
	char shown[128];
	int r;

	if (!sv_apparmor_is_ours(label))
		return sv_fail(err, SV_E_USAGE, 0, "'%s' is not the name of a guest's profile",
			       sv_escape(label, shown, sizeof(shown)));
	r = nobody_is_in(label, err);
	if (r == -SV_E_BUSY)
		return sv_hint(err, "without the profile it would be free: end it");
	if (r != 0)
		return r < 0 ? r : 0;
	return tell_kernel(".remove", label, strlen(label), err);
}

const struct sv_rule_ops sv_apparmor_rules = {
	.undo_caps = UINT64_C(1) << CAP_MAC_ADMIN,
	.check = check,
	.load = load,
	.unload = unload,
	.each = each,
};
