/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Smack driver: the state of the host, and the table of what it can. "Smack is off" is believed
 * only when all signs agree, because guests would be started unconfined. Must not know devices,
 * paths of guests or the store.
 */
#include "driver/smack/smack.h"

#include "base/fs.h"
#include "base/string.h"

#include <errno.h>
#include <linux/magic.h>
#include <linux/xattr.h>
#include <sys/statfs.h>

#define SMALL_FILE (64u * 1024)

static const char remount[] = "mount -t smackfs smackfs " SV_SMACK_FS;

int sv_smack_state(const struct sv_smack_signs *signs, enum sv_mac_state *ret, struct sv_error *err)
{
	bool kernel = signs->lsms ? sv_lsm_is_listed(signs->lsms, "smack") : signs->registered;

	if (kernel != signs->registered || (!kernel && signs->mounted)) {
		(void)sv_fail(err, SV_E_UNKNOWN, 0,
			      "the kernel says that Smack is %s, but it %s smackfs: whether guests "
			      "are confined is not known",
			      kernel ? "active" : "not active",
			      kernel ? "does not know" : "has got");
		return sv_hint(err, "look at /sys/kernel/security/lsm and /proc/filesystems");
	}
	if (!kernel) {
		*ret = SV_MAC_DISABLED;
		return 0;
	}
	if (!signs->mounted) {
		(void)sv_fail(err, SV_E_UNKNOWN, 0,
			      "the kernel runs Smack, but smackfs is not mounted on " SV_SMACK_FS
			      ": its rules can neither be read nor loaded");
		return sv_hint(err, "%s", remount);
	}
	if (!signs->label) {
		(void)sv_fail(err, SV_E_UNKNOWN, 0,
			      "the kernel runs Smack, but does not show this process' own label");
		return sv_hint(err, "is /proc mounted?");
	}
	*ret = SV_MAC_ENFORCING;
	return 0;
}

/* In bringup mode (CONFIG_SECURITY_SMACK_BRINGUP) one label may be named whose denials are only
 * logged, whether a process or an object has it. */
static int probe_bringup(enum sv_mac_state *state, struct sv_error *err)
{
	sv_auto_free char *label = NULL;
	struct sv_error e = {0};
	int r = sv_smack_read_line(SV_SMACK_FS "/unconfined", &label, &e);

	if (r < 0 && e.sys == ENOENT)
		return 0;
	if (r < 0)
		*err = e;
	else if (label[0])
		*state = SV_MAC_PERMISSIVE;
	return r;
}

static int probe(struct sv_host_mac *ret, struct sv_error *err)
{
	sv_auto_free char *lsms = NULL, *types = NULL, *label = NULL;
	struct sv_smack_signs signs = {0};
	struct sv_error ignored = {0};
	struct sv_host_mac mac = {0};
	struct statfs fs;
	int r = sv_fs_read("/proc/filesystems", SMALL_FILE, &types, NULL, err);

	if (r < 0)
		return r;
	signs.registered = strstr(types, "\tsmackfs\n");
	signs.mounted = statfs(SV_SMACK_FS, &fs) == 0 && fs.f_type == SMACK_MAGIC;
	/* a sign that cannot be read is not an error: the others decide */
	if (sv_fs_read("/sys/kernel/security/lsm", SMALL_FILE, &lsms, NULL, &ignored) == 0)
		signs.lsms = lsms;
	sv_error_clear(&ignored);
	if (sv_smack_of_pid(getpid(), &label, &ignored) == 0 && label[0])
		signs.label = label;
	r = sv_smack_state(&signs, &mac.state, err);
	if (r == 0 && mac.state == SV_MAC_ENFORCING)
		r = probe_bringup(&mac.state, err);
	if (r == 0)
		*ret = mac;
	return r;
}

static const struct sv_label_ops label_ops = {
	.xattr = XATTR_NAME_SMACK,
	.xattr_bare = true,
	.undo_caps = SV_SMACK_CAPS,
	.get = sv_smack_get,
	.set = sv_smack_set,
	.is_fixed = sv_smack_is_fixed,
	.fallback = sv_smack_fallback,
	.why_leave = sv_smack_why_leave,
	.label_socket = sv_smack_label_socket,
	.mount_options = sv_smack_mount_options,
};

static const struct sv_rule_ops rule_ops = {
	.load = sv_smack_load,
	.unload = sv_smack_unload,
	.each = sv_smack_each,
};

static const struct sv_ask_ops ask_ops = {
	.may_start = sv_smack_may_start,
	.kept_apart = sv_smack_kept_apart,
	.may_use = sv_smack_may_use,
	.may_search = sv_smack_may_search,
};

const struct sv_driver sv_driver_smack = {
	.name = "smack",
	.doi = "0",
	.mac = true,
	/* limits of a process (prlimit(2)) and signal 0 are not its business */
	.own_users = true,
	.enforce = "take the label out of " SV_SMACK_FS "/unconfined: echo -n '' >that file",
	.label = &label_ops,
	.rules = &rule_ops,
	.ask = &ask_ops,
	.probe = probe,
	.subject = sv_smack_subject,
	.kind = sv_smack_kind,
	.same = sv_same_text,
	.enter = sv_smack_enter,
	.of_pid = sv_smack_of_pid,
};
