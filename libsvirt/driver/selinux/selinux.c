/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The SELinux driver: the state of the host, this process's context and range, and the labels that
 * the kernel is asked to use next. "SELinux is off" is believed only when all signs agree:
 * is_selinux_enabled() also returns 0 when this domain may not read selinuxfs, and a tool that
 * trusted it would start guests unconfined on an enforcing kernel. Must not know devices, paths of
 * guests or the store.
 */
#include "driver/selinux/selinux.h"

#include "base/fs.h"
#include "base/string.h"
#include "label/context.h"

#include <errno.h>
#include <linux/xattr.h>
#include <selinux/selinux.h>

#define SMALL_FILE (64u * 1024)

static int from_library(char *con, char **ret, struct sv_error *err)
{
	int r;

	if (!con)
		return sv_fail(err, SV_E_UNKNOWN, 0, "the kernel gave an empty context");
	r = sv_strdup(con, ret, err);
	freecon(con);
	return r;
}

int sv_selinux_self(char **ret, struct sv_error *err)
{
	char *con = NULL;

	if (getcon_raw(&con) < 0)
		return sv_fail(err, SV_E_UNKNOWN, errno, "the context of this process");
	return from_library(con, ret, err);
}

int sv_selinux_canonical(const char *context, char **ret, struct sv_error *err)
{
	char shown[256];
	char *con = NULL;

	if (security_canonicalize_context_raw(context, &con) < 0) {
		if (errno == EINVAL)
			return SV_NONE;
		(void)sv_hint(err, "this domain needs { check_context } on security_t (security) "
				   "and selinuxfs mounted: svirt policy install");
		return sv_fail(err, SV_E_UNKNOWN, errno, "cannot ask the kernel about context '%s'",
			       sv_escape(context, shown, sizeof(shown)));
	}
	if (ret)
		return from_library(con, ret, err);
	freecon(con);
	return 0;
}

const char *sv_selinux_type(const char *context, char out[SV_TYPE_LEN])
{
	sv_auto_context struct sv_context ctx = {0};
	struct sv_error ignored = {0};

	if (sv_context_parse(context, &ctx, &ignored) < 0)
		return "?";
	return sv_escape(ctx.type, out, SV_TYPE_LEN);
}

int sv_selinux_type_known(const char *type, struct sv_error *err)
{
	sv_auto_context struct sv_context ctx = {0};
	sv_auto_free char *self = NULL, *probe = NULL;
	int r = sv_selinux_self(&self, err);

	if (r == 0)
		r = sv_context_parse(self, &ctx, err);
	if (r < 0)
		return r;
	/* every type goes with object_r */
	r = sv_asprintf(&probe, err, "%s:object_r:%s%s", ctx.user, type,
			self + strlen(ctx.user) + strlen(ctx.role) + strlen(ctx.type) + 2);
	return r < 0 ? r : sv_selinux_canonical(probe, NULL, err);
}

static int contradiction(const char *what, const char *context, struct sv_error *err)
{
	char shown[256];

	(void)sv_fail(err, SV_E_UNKNOWN, 0, "%s, so whether guests are confined is not known%s%s",
		      what, context ? "; this process is " : "",
		      context ? sv_escape(context, shown, sizeof(shown)) : "");
	return sv_hint(err, "selinuxfs may not be read by this domain (it needs { getattr } on "
			    "security_t (filesystem)), is not mounted on /sys/fs/selinux, or "
			    "/etc/selinux/config is missing");
}

/* Whether the text is an SELinux context; no other model's label looks like one. */
static bool is_context(const char *text)
{
	sv_auto_context struct sv_context ctx = {0};
	struct sv_error ignored = {0};
	char copy[SV_LABEL_MAX];

	if (!text || strlen(text) >= sizeof(copy))
		return false;
	(void)snprintf(copy, sizeof(copy), "%s", text);
	copy[strcspn(copy, "\n")] = '\0';
	return sv_context_parse(copy, &ctx, &ignored) == 0;
}

int sv_selinux_state(const struct sv_selinux_signs *signs, enum sv_mac_state *ret,
		     struct sv_error *err)
{
	bool kernel = signs->lsms ? sv_lsm_is_listed(signs->lsms, "selinux") : signs->filesystem;

	if (!kernel && signs->library)
		return contradiction("libselinux says that SELinux is on, the kernel does not",
				     signs->context, err);
	if (!kernel && is_context(signs->context))
		return contradiction("the kernel shows no SELinux, but a context", signs->context,
				     err);
	if (!kernel) {
		*ret = SV_MAC_DISABLED;
		return 0;
	}
	if (!signs->context)
		return contradiction("the kernel runs SELinux but does not show this process' "
				     "own context",
				     NULL, err);
	/* before a policy is loaded, a context is the bare name of an initial SID ("kernel") */
	if (!strchr(signs->context, ':')) {
		*ret = SV_MAC_NO_POLICY;
		return 0;
	}
	if (!signs->library)
		return contradiction("the kernel runs SELinux, libselinux says that it is off",
				     signs->context, err);
	*ret = SV_MAC_ENFORCING;
	return 0;
}

static int probe_guest_domain(struct sv_host_mac *mac, struct sv_error *err)
{
	sv_auto_free char *guest = NULL;
	int r = sv_selinux_context_line(selinux_virtual_domain_context_path(), 1, &guest, err);

	if (r == SV_NONE) /* a policy without virtual machines: subject() says so when it matters */
		return 0;
	if (r == 0)
		r = sv_selinux_domain_enforced(guest, err);
	if (r == SV_NONE)
		mac->state = SV_MAC_DOMAIN_PERMISSIVE;
	return r < 0 ? r : 0;
}

static int probe_policy(struct sv_host_mac *mac, struct sv_error *err)
{
	sv_auto_free char *type = NULL;
	int mode = security_getenforce(), mls = is_selinux_mls_enabled();

	if (mode < 0 || mls < 0)
		return sv_fail(err, SV_E_UNKNOWN, errno,
			       "the kernel does not tell its SELinux mode");
	mac->mls = mls > 0;
	if (selinux_getpolicytype(&type) == 0 && type)
		(void)snprintf(mac->policy, sizeof(mac->policy), "%s", type);
	mac->state = mode ? SV_MAC_ENFORCING : SV_MAC_PERMISSIVE;
	return mode ? probe_guest_domain(mac, err) : 0;
}

static int probe(struct sv_host_mac *ret, struct sv_error *err)
{
	sv_auto_free char *lsms = NULL, *context = NULL;
	struct sv_selinux_signs signs = {0};
	struct sv_error ignored = {0};
	struct sv_host_mac mac = {0};
	int r;

	signs.library = is_selinux_enabled() > 0;
	signs.filesystem = selinuxfs_exists();
	/* a sign that cannot be read is not an error: the others decide */
	if (sv_fs_read("/sys/kernel/security/lsm", SMALL_FILE, &lsms, NULL, &ignored) == 0)
		signs.lsms = lsms;
	sv_error_clear(&ignored);
	if (sv_fs_read("/proc/self/attr/current", SMALL_FILE, &context, NULL, &ignored) == 0)
		signs.context = context;
	r = sv_selinux_state(&signs, &mac.state, err);
	if (r == 0 && mac.state == SV_MAC_ENFORCING)
		r = probe_policy(&mac, err);
	if (r == 0)
		*ret = mac;
	return r;
}

static int own_range(struct sv_range *ret, struct sv_error *err)
{
	sv_auto_context struct sv_context ctx = {0};
	sv_auto_free char *self = NULL;
	int r = sv_selinux_self(&self, err);

	if (r == 0)
		r = sv_context_parse(self, &ctx, err);
	if (r < 0)
		return r;
	if (!ctx.has_range)
		return sv_fail(err, SV_E_HOST, 0,
			       "the loaded policy has no levels, so it cannot keep guests apart");
	if (sv_catset_count(&ctx.range.high.cats) < 2) {
		(void)sv_fail(err, SV_E_HOST, 0,
			      "this process (%s) has fewer than two categories to give to guests",
			      self);
		return sv_hint(err, "start svirt from a context whose range has categories, such "
				    "as s0-s0:c0.c1023: see 'semanage login -l', or runcon -l");
	}
	*ret = ctx.range;
	return 0;
}

int sv_selinux_level_of(const char *label, struct sv_level *ret, struct sv_error *err)
{
	sv_auto_context struct sv_context ctx = {0};
	int r = sv_context_parse(label, &ctx, err);

	if (r < 0)
		return r;
	if (!ctx.has_range)
		return SV_NONE;
	*ret = ctx.range.low;
	return 0;
}

static int same(const char *a, const char *b, struct sv_error *err)
{
	sv_auto_free char *ca = NULL, *cb = NULL;
	int r;

	if (sv_streq(a, b))
		return 0;
	r = sv_selinux_canonical(a, &ca, err);
	if (r == 0)
		r = sv_selinux_canonical(b, &cb, err);
	if (r != 0)
		return r;
	return sv_streq(ca, cb) ? 0 : SV_NONE;
}

/* Ends the two calls that set the label of what this thread makes next. */
static int next_label(int r, const char *label, const char *what, struct sv_error *err)
{
	int sys = errno;
	char shown[256];

	if (r == 0)
		return 0;
	(void)sv_fail(err, sys == EACCES || sys == EPERM ? SV_E_PERMISSION : SV_E_HOST, sys,
		      "the kernel does not take '%s' as the label of the next %s",
		      label ? sv_escape(label, shown, sizeof(shown)) : "default", what);
	return sys == EACCES ? sv_hint(err, "install the policy module: svirt policy install")
			     : -(int)err->code;
}

static int create_sockets(const char *label, struct sv_error *err)
{
	return next_label(setsockcreatecon_raw(label), label, "socket", err);
}

static int enter(const struct sv_layer *layer, struct sv_error *err)
{
	const char *label = layer ? layer->subject.label : NULL;

	return next_label(setexeccon_raw(label), label, "program", err);
}

static int of_pid(pid_t pid, char **ret, struct sv_error *err)
{
	char *con = NULL;

	if (getpidcon_raw(pid, &con) == 0)
		return from_library(con, ret, err);
	if (errno == ENOENT || errno == ESRCH)
		return SV_NONE;
	return sv_fail_errno(err, errno, "the label of process %d", (int)pid);
}

static int rules_loaded(const char *mark, struct sv_error *err)
{
	return sv_selinux_type_known(mark ? mark : SV_SELINUX_MANAGER, err);
}

static const struct sv_label_ops label_ops = {
	.xattr = XATTR_NAME_SELINUX,
	.get = sv_selinux_get,
	.set = sv_selinux_set,
	.is_fixed = sv_selinux_is_fixed,
	.fallback = sv_selinux_fallback,
	.alias = sv_selinux_alias,
	.create_sockets = create_sockets,
	.mount_options = sv_selinux_mount_options,
};

static const struct sv_level_ops level_ops = {
	.range = own_range,
	.in_use = sv_selinux_in_use,
	.level_of = sv_selinux_level_of,
};

static const struct sv_ask_ops ask_ops = {
	.may_start = sv_selinux_may_start,
	.may_execute = sv_selinux_may_execute,
	.becomes = sv_selinux_becomes,
	.rules_loaded = rules_loaded,
	.kept_apart = sv_selinux_kept_apart,
	.may_translate = sv_selinux_may_translate,
	.may_use = sv_selinux_may_use,
	.may_hold = sv_selinux_may_hold,
	.may_search = sv_selinux_may_search,
	.may_set = sv_selinux_may_set,
	.boolean = sv_selinux_mount_boolean,
};

const struct sv_driver sv_driver_selinux = {
	.name = "selinux",
	.doi = "0",
	.mac = true,
	.enforce = "setenforce 1, and SELINUX=enforcing in /etc/selinux/config",
	.label = &label_ops,
	.level = &level_ops,
	.ask = &ask_ops,
	.probe = probe,
	.subject = sv_selinux_subject,
	.same = same,
	.enter = enter,
	.of_pid = of_pid,
};
