/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens the handle with svirt.conf. Apart from handle.c, so that a monitor, which needs only the
 * paths, has no code that reads configuration. */
#include "guest/state/handle.h"

#include "base/string.h"

#include <pwd.h>

static int read_config(struct svirt *sv, struct sv_error *err)
{
	sv_auto_free char *vendor = NULL;
	int r = sv_asprintf(&vendor, err, "%s" SV_PKGDATADIR, sv->root);

	return r == 0 ? sv_config_read(vendor, sv->conf_dir, &sv->conf, err) : r;
}

int sv_handle_open(const char *root, struct svirt **ret, struct sv_error *err)
{
	sv_auto_handle struct svirt *sv = NULL;
	int r = sv_handle_paths(root, &sv, err);

	if (r == 0)
		r = read_config(sv, err);
	if (r < 0)
		return r;
	*ret = sv_take_ptr(sv);
	return 0;
}

/* Only the manager's own domain may start a guest there, and it reads no file of a user's. */
static int refuse_selinux(struct sv_error *err)
{
	struct sv_host_mac mac = {0};
	int r = sv_driver_selinux.probe(&mac, err);

	if (r < 0 || mac.state == SV_MAC_DISABLED)
		return r;
	(void)sv_fail(err, SV_E_HOST, 0,
		      "this host runs SELinux: its policy has no domain in which a user could "
		      "start guests");
	return sv_hint(err, "sudo svirt, without --user, gives the guest a level of its own");
}

/* What a user may not decide: the model, and whom guests run as. */
static int settle_user(struct svirt *sv, struct sv_error *err)
{
	struct sv_config *conf = &sv->conf;
	struct passwd pw, *found = NULL;
	char room[4096];

	conf->uid = geteuid();
	conf->gid = getegid();
	conf->user_fallback = conf->landlock_off = false;
	conf->uid_first = conf->uid_last = 0;
	conf->uid_shared = true;
	sv_strv_done(&conf->models);
	sv_strv_add(&conf->models, sv_driver_landlock.name);
	free(sv_take_ptr(conf->user_name));
	(void)!getpwuid_r(conf->uid, &pw, room, sizeof(room), &found);
	if (sv_strv_check(&conf->models, err) < 0)
		return -(int)err->code;
	return found ? sv_strdup(pw.pw_name, &conf->user_name, err)
		     : sv_asprintf(&conf->user_name, err, "+%u", conf->uid);
}

int sv_handle_user_open(struct svirt **ret, struct sv_error *err)
{
	sv_auto_handle struct svirt *sv = NULL;
	int r = sv_handle_user_paths(&sv, err);

	if (r == 0)
		r = refuse_selinux(err);
	if (r == 0)
		r = read_config(sv, err);
	if (r == 0)
		r = settle_user(sv, err);
	if (r < 0)
		return r;
	*ret = sv_take_ptr(sv);
	return 0;
}
