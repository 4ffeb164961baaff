/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The AppArmor driver: a guest is a profile of its own, "svirt-UUID", that is made from what its
 * document names, and its files keep their labels because there are none. The kernel's interface is
 * used as it is (proc_pid_attr(5), securityfs): libapparmor would be a library more for one write
 * each. Must not know devices, the store, or what is in a profile.
 */
#include "driver/apparmor/apparmor.h"

#include "base/fs.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>

#define PARAMETERS "/sys/module/apparmor/parameters/"
#define SMALL_FILE (64u * 1024)

static int contradiction(const char *what, struct sv_error *err)
{
	(void)sv_fail(err, SV_E_UNKNOWN, 0, "%s, so whether guests are confined is not known",
		      what);
	return sv_hint(err, "sysfs has to be mounted on /sys, and securityfs on "
			    "/sys/kernel/security: mount -t securityfs securityfs "
			    "/sys/kernel/security");
}

int sv_apparmor_state(const struct sv_apparmor_signs *signs, enum sv_mac_state *ret,
		      struct sv_error *err)
{
	bool on = signs->enabled && signs->enabled[0] == 'Y';
	bool listed = signs->lsms && sv_lsm_is_listed(signs->lsms, "apparmor");

	if (!on && listed)
		return contradiction("the kernel runs AppArmor, its module says that it is off",
				     err);
	if (!on && signs->self)
		return contradiction("AppArmor is said to be off, but this process has a label of "
				     "it",
				     err);
	if (!on) {
		*ret = SV_MAC_DISABLED;
		return 0;
	}
	if (signs->lsms && !listed)
		return contradiction("AppArmor is said to be on, but the kernel does not list it",
				     err);
	if (!signs->interface)
		return contradiction("the kernel runs AppArmor, but " SV_APPARMOR_FS
				     "/.replace is not there",
				     err);
	if (!signs->self)
		return contradiction("the kernel runs AppArmor, but shows no label of this process",
				     err);
	if (!signs->mode)
		return sv_fail(err, SV_E_UNKNOWN, 0,
			       "AppArmor's mode (" PARAMETERS "mode) cannot be read");
	/* the module's mode is that of every profile, whatever its flags say */
	*ret = sv_starts_with(signs->mode, "enforce") || sv_starts_with(signs->mode, "kill")
		       ? SV_MAC_ENFORCING
		       : SV_MAC_PERMISSIVE;
	return 0;
}

static int probe(struct sv_host_mac *ret, struct sv_error *err)
{
	sv_auto_free char *enabled = NULL, *mode = NULL, *lsms = NULL;
	const struct {
		const char *path;
		char **to;
	} files[] = {
		{PARAMETERS "enabled", &enabled},
		{PARAMETERS "mode", &mode},
		{"/sys/kernel/security/lsm", &lsms},
	};
	struct sv_host_mac mac = {0};
	struct sv_apparmor_signs signs = {0};
	char self[SV_APPARMOR_LABEL_MAX];
	int r;

	for (size_t i = 0; i < SV_N_ELEMENTS(files); i++) {
		struct sv_error ignored = {0};

		(void)!sv_fs_read(files[i].path, SMALL_FILE, files[i].to, NULL, &ignored);
	}
	signs.enabled = enabled;
	signs.mode = mode;
	signs.lsms = lsms;
	if (sv_apparmor_read("self", self) == 0)
		signs.self = self;
	signs.interface = access(SV_APPARMOR_FS "/.replace", F_OK) == 0;
	r = sv_apparmor_state(&signs, &mac.state, err);
	if (r == 0)
		*ret = mac;
	return r;
}

static int refuse(const char *what, struct sv_error *err)
{
	(void)sv_fail(err, SV_E_USAGE, 0, "%s cannot be chosen with AppArmor", what);
	return sv_hint(err, "leave it out: svirt makes a profile for each guest from the files and "
			    "devices of its document");
}

static int subject(const struct sv_request *req, struct sv_subject *ret, struct sv_error *err)
{
	sv_auto_subject struct sv_subject made = {.relabel = req->relabel};
	int r;

	if (req->type == SV_SECLABEL_STATIC)
		return refuse("a label", err);
	if (req->baselabel)
		return refuse("a baselabel", err);
	if (!req->uuid || !*req->uuid)
		return sv_fail(err, SV_E_USAGE, 0,
			       "the guest has no UUID, from which its profile has its name");
	r = sv_asprintf(&made.label, err, SV_GUEST_LABEL "%s", req->uuid);
	if (r < 0)
		return r;
	if (!sv_apparmor_is_ours(made.label))
		return sv_fail(err, SV_E_USAGE, 0, "'%s' is not a UUID in lower case", req->uuid);
	*ret = made;
	made = (struct sv_subject){0};
	return 0;
}

static enum sv_name_kind kind(const char *label)
{
	return sv_apparmor_is_ours(label) ? SV_NAME_GUEST : SV_NAME_OTHER;
}

/* A process that is in an enforced profile itself keeps that one: the guest is below both. */
static int enter(const struct sv_layer *layer, struct sv_error *err)
{
	const char *label = layer ? layer->subject.label : NULL;
	char self[SV_APPARMOR_LABEL_MAX], command[SV_APPARMOR_LABEL_MAX];
	sv_auto_close int fd = -1;
	bool stacked;
	size_t len;

	/* the kernel keeps the wish with the process that wrote it, which was the child */
	if (!label)
		return 0;
	if (sv_apparmor_read("self", self) < 0)
		return sv_fail(err, SV_E_UNKNOWN, errno, "the profile of this process");
	len = strlen(self);
	stacked = strlen(sv_apparmor_label(self)) != len;
	len = (size_t)snprintf(command, sizeof(command), "%s %s", stacked ? "stack" : "exec",
			       label);
	fd = sv_apparmor_attr("self", "exec", O_WRONLY);
	if (fd >= 0 && len < sizeof(command) && write(fd, command, len) == (ssize_t)len)
		return 0;
	(void)sv_fail(err, errno == EACCES || errno == EPERM ? SV_E_PERMISSION : SV_E_HOST, errno,
		      "the kernel does not take %s as the profile of the next program", label);
	return stacked ? sv_hint(err,
				 "svirt is in the profile %s, which has to allow "
				 "'change_profile -> &svirt-*'",
				 self)
		       : -(int)err->code;
}

static const struct sv_ask_ops ask_ops = {
	.may_start = sv_apparmor_may_start,
};

const struct sv_driver sv_driver_apparmor = {
	.name = "apparmor",
	.doi = "0",
	.mac = true,
	/* UNIX sockets with a path are told apart by few kernels, pseudoterminals by none */
	.own_users = true,
	.enforce = "printf enforce >/sys/module/apparmor/parameters/mode",
	.rules = &sv_apparmor_rules,
	.ask = &ask_ops,
	.probe = probe,
	.subject = subject,
	.kind = kind,
	.same = sv_same_text,
	.enter = enter,
	.of_pid = sv_apparmor_of_pid,
};
