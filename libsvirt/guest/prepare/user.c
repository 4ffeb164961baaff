/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a guest of a user cannot have: see user.h. */
#include "guest/prepare/user.h"

#include "base/string.h"
#include "domain/resource/resource.h"
#include "driver/driver.h"

#define NEEDS_ROOT "needs root"

static int needs_root(const struct sv_domain *dom, unsigned line, const char *what,
		      const char *instead, struct sv_error *err)
{
	(void)sv_fail(err, SV_E_PERMISSION, 0, "%s " NEEDS_ROOT, what);
	(void)sv_hint(err, "%s; or sudo svirt, without --user", instead);
	return sv_error_place(err, dom->file, line);
}

/* The kernel looks at no path when a process connects to a socket, so a user's guest, which could
 * reach the user's session bus and agents by it, connects to none. */
static int refuse_socket(const struct sv_domain *dom, const struct sv_resource *res,
			 struct sv_error *err)
{
	bool display = res->kind == SV_RES_GRAPHICS_SOCKET;

	(void)sv_fail(err, SV_E_USAGE, 0, "%s: a guest of a user has no UNIX socket with a path",
		      res->target);
	(void)sv_hint(err, "%s",
		      display ? "<listen type='address' address='127.0.0.1'/>, with a password"
			      : "a serial port, console or channel with <source mode='bind'/> gets "
				"a socket that svirt makes; others can be type='tcp'");
	return sv_error_place(err, dom->file, res->line);
}

static int check_resource(const struct sv_domain *dom, const struct sv_resource *res,
			  struct sv_error *err)
{
	static const struct {
		enum sv_resource_kind kind;
		const char *what, *instead;
	} of_root[] = {
		{SV_RES_VFIO, "a device of the host that the guest drives", "take an emulated one"},
		{SV_RES_VFIO_CONTAINER, "a device of the host that the guest drives",
		 "take an emulated one"},
		{SV_RES_MACVTAP, "this <interface>", "take type='user'"},
		{SV_RES_VDPA, "this <interface>", "take type='user'"},
	};

	/* a character device's socket in the guest's own directory is made by svirt, as its path is
	 */
	if (res->kind == SV_RES_GRAPHICS_SOCKET ||
	    (res->kind == SV_RES_CHAR_SOCKET && !res->made_path))
		return refuse_socket(dom, res, err);
	for (size_t i = 0; i < SV_N_ELEMENTS(of_root); i++)
		if (res->kind == of_root[i].kind)
			return needs_root(dom, res->line, of_root[i].what, of_root[i].instead, err);
	return 0;
}

static int refuse_network(const struct svirt *sv, const struct sv_domain *dom,
			  const struct sv_net *net, struct sv_error *err)
{
	(void)sv_fail(err, SV_E_PERMISSION, 0, "the bridge of network '%s' " NEEDS_ROOT,
		      net->network);
	(void)sv_hint(err,
		      "[network %s] with type = user in %s/svirt.conf; or sudo svirt, without "
		      "--user",
		      net->network, sv->conf_dir);
	return sv_error_place(err, dom->file, net->line);
}

/* A tap that root has made for this user is the user's to open. */
static int check_nets(const struct svirt *sv, const struct sv_domain *dom, struct sv_error *err)
{
	for (size_t i = 0; i < dom->n_nets; i++) {
		const struct sv_net *net = &dom->nets[i];
		const struct sv_config_network *known =
			net->network ? sv_config_network(&sv->conf.networks, net->network) : NULL;

		if (known && !known->bridge)
			continue;
		if (net->network)
			return refuse_network(sv, dom, net, err);
		if (sv_net_is_tap(net) && !net->node && (!net->existing || net->bridge))
			return needs_root(dom, net->line, net->bridge ? "a bridge" : "a new tap",
					  "take <interface type='user'>, or a tap that was made "
					  "for you, with <target dev='NAME' managed='no'/>",
					  err);
	}
	return 0;
}

/* What a ring of io_uring(7) does, the filter of a user's guest does not see. */
static int check_disks(const struct sv_domain *dom, struct sv_error *err)
{
	for (size_t i = 0; i < dom->n_disks; i++) {
		if (!sv_streq(dom->disks[i].io, "io_uring"))
			continue;
		(void)sv_fail(err, SV_E_USAGE, 0, "io='io_uring' is not for a guest of a user");
		(void)sv_hint(err, "io='threads', or io='native' with cache='none'");
		return sv_error_place(err, dom->file, dom->disks[i].line);
	}
	return 0;
}

static int check_labels(const struct sv_domain *dom, struct sv_error *err)
{
	const struct sv_seclabel *s = sv_domain_seclabel(dom, sv_driver_dac.name, false);

	if (!s || s->type == SV_SECLABEL_NONE)
		return 0;
	(void)sv_fail(err, SV_E_USAGE, 0,
		      "<seclabel model='dac'>: a guest of a user runs as that user, and its files "
		      "keep their owners");
	(void)sv_hint(err, "take the element out; or sudo svirt, without --user");
	return sv_error_place(err, dom->file, s->line);
}

/* Rules and a filter of system calls cannot tell its terminals from the user's (guest/files). */
static int check_arguments(const struct sv_domain *dom, struct sv_error *err)
{
	for (size_t i = 0; i < dom->extra.n_args; i++) {
		const struct sv_extra_arg *arg = &dom->extra.args[i];
		char shown[64];

		if (!(sv_needs_of_argument(arg->text) & SV_NEED_PTY))
			continue;
		(void)sv_fail(err, SV_E_USAGE, 0,
			      "'%s' of <qemu:commandline>: a guest of a user has no pseudoterminal",
			      sv_escape(arg->text, shown, sizeof(shown)));
		(void)sv_hint(err,
			      "<serial>, <console> or <channel> get a socket that svirt makes");
		return sv_error_place(err, dom->file, arg->line);
	}
	return 0;
}

int sv_user_check(const struct svirt *sv, const struct sv_domain *dom, bool unconfined,
		  struct sv_error *err)
{
	sv_auto_resources struct sv_resources list = {0};
	int r;

	if (!sv->user)
		return 0;
	if (unconfined) {
		(void)sv_fail(err, SV_E_USAGE, 0, "--unconfined and --user exclude each other");
		return sv_hint(err, "a guest of a user is confined, because it runs as that user");
	}
	r = check_labels(dom, err);
	if (r == 0)
		r = check_arguments(dom, err);
	if (r == 0)
		r = check_disks(dom, err);
	if (r == 0)
		r = check_nets(sv, dom, err);
	if (r == 0)
		r = sv_resources_of(dom, NULL, sv->run_dir, &list, err);
	for (size_t i = 0; r == 0 && i < list.n; i++)
		r = check_resource(dom, &list.items[i], err);
	return r;
}
