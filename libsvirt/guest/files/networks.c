/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Networks of cards: see networks.h. */
#include "guest/files/networks.h"

#include "base/fs.h"
#include "base/string.h"
#include "domain/xml/network.h"

#include <sys/stat.h>

/* libvirt has one file for each network in both: for one that runs, and for one that is defined. */
#define RUNNING "/run/libvirt/network"
#define DEFINED "/etc/libvirt/qemu/networks"

/* Whether somebody else could have written what is there. root alone writes files of libvirt's. */
static bool is_open_to_others(const struct sv_node *node)
{
	return !sv_fs_only_writer(node->mode, node->uid, 0) &&
	       !sv_fs_only_writer(node->mode, node->uid, geteuid());
}

/* SV_NONE: it is not there. The caller closes *ret. */
static int open_checked(const char *path, bool dir, struct sv_node *ret, struct sv_error *err)
{
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	int r = sv_node_open(path, &node, err);

	if (r < 0 && err->code == SV_E_NOTFOUND) {
		sv_error_clear(err);
		return SV_NONE;
	}
	if (r < 0)
		return r;
	if (dir ? !S_ISDIR(node.mode) : !S_ISREG(node.mode))
		return sv_fail(err, SV_E_USAGE, 0, "%s is no %s", path,
			       dir ? "directory" : "regular file");
	if (is_open_to_others(&node)) {
		(void)sv_fail(err, SV_E_PERMISSION, 0,
			      "%s has another owner than root, or may be written by others", path);
		return sv_hint(err, "whoever can write it would choose the guest's bridge");
	}
	*ret = node;
	node = SV_NODE_EMPTY;
	return 0;
}

/* SV_NONE: no such network runs. */
static int read_running(const struct svirt *sv, const char *name, char **ret_path, char **ret_text,
			struct sv_error *err)
{
	sv_auto_free char *dir = NULL, *path = NULL;
	sv_auto_node struct sv_node folder = SV_NODE_EMPTY, node = SV_NODE_EMPTY;
	char by_fd[SV_FD_PATH_LEN];
	int r = sv_asprintf(&dir, err, "%s" RUNNING, sv->root);

	if (r == 0)
		r = sv_asprintf(&path, err, "%s/%s.xml", dir, name);
	if (r == 0)
		r = open_checked(dir, true, &folder, err);
	if (r == 0)
		r = open_checked(path, false, &node, err);
	if (r != 0)
		return r;
	r = sv_fs_read(sv_fd_path(node.fd, by_fd), SV_NETWORK_MAX_BYTES, ret_text, NULL, err);
	if (r < 0) {
		int sys = err->sys;

		sv_error_clear(err);
		return sys ? sv_fail_errno(err, sys, "%s", path)
			   : sv_fail(err, SV_E_USAGE, 0, "%s is larger than %u bytes", path,
				     SV_NETWORK_MAX_BYTES);
	}
	*ret_path = sv_take_ptr(path);
	return 0;
}

/* For the hint only, so what cannot be seen is not there. */
static bool is_defined(const struct svirt *sv, const char *name)
{
	sv_auto_free char *path = NULL;
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	struct sv_error none = {0};

	return sv_asprintf(&path, &none, "%s" DEFINED "/%s.xml", sv->root, name) == 0 &&
	       sv_node_open(path, &node, &none) == 0;
}

static int fail_missing(const struct svirt *sv, const char *name, struct sv_error *err)
{
	if (is_defined(sv, name)) {
		(void)sv_fail(err, SV_E_NOTFOUND, 0, "network '%s' of libvirt's does not run",
			      name);
		return sv_hint(err, "'virsh net-start %s' starts it", name);
	}
	(void)sv_fail(err, SV_E_NOTFOUND, 0, "there is no network '%s' on this host", name);
	return sv_hint(err,
		       "add two lines to %s/svirt.conf, with a bridge of this host: [network %s] "
		       "and bridge = br0; or type = user for a network of the guest's own",
		       sv->conf_dir ? sv->conf_dir : "/etc/svirt", name);
}

/* What stands in libvirt's file is said behind the place in the domain. */
static int wrap_definition(const struct sv_error *of, const char *name, struct sv_error *err)
{
	if (of->code != SV_E_USAGE)
		*err = *of;
	else
		(void)sv_fail(err, of->code, of->sys, "network '%s': %s:%u: %s", name, of->file,
			      of->line, of->msg);
	return of->hint[0] ? sv_hint(err, "%s", of->hint) : -(int)err->code;
}

static int find_running(const struct svirt *sv, const struct sv_net *net, struct sv_network *ret,
			struct sv_error *err)
{
	sv_auto_free char *path = NULL, *text = NULL;
	struct sv_error why = {0};
	int r = read_running(sv, net->network, &path, &text, err);

	if (r == SV_NONE)
		return fail_missing(sv, net->network, err);
	if (r < 0)
		return sv_wrap(err, "network '%s'", net->network);
	if (sv_network_parse(text, strlen(text), path, net->portgroup, ret, &why) < 0)
		return wrap_definition(&why, net->network, err);
	return 0;
}

/* A network of the VMM's own has neither tap nor portgroup. */
static void become_user(struct sv_net *net)
{
	net->type = SV_NET_USER;
	net->vhost = false;
	free(sv_take_ptr(net->device));
}

/* The tap would be a port without the VLAN, the limit or whatever else sets the group apart. */
static int fail_portgroup(const struct sv_net *net, struct sv_error *err)
{
	char shown[128];

	(void)sv_fail(err, SV_E_USAGE, 0, "network '%s' of svirt.conf has no portgroups",
		      sv_escape(net->network, shown, sizeof(shown)));
	return sv_hint(err, "take portgroup= out of <source>, or name a bridge that is in that "
			    "segment");
}

int sv_network_find(const struct svirt *sv, const struct sv_domain *dom, struct sv_net *net,
		    struct sv_error *err)
{
	const struct sv_config_network *known;
	struct sv_network network = {0};
	int r = 0;

	if (net->type != SV_NET_NETWORK)
		return 0;
	known = sv_config_network(&sv->conf.networks, net->network);
	if (known && net->portgroup) {
		(void)fail_portgroup(net, err);
		return sv_error_place(err, dom->file, net->line);
	}
	if (known && !known->bridge) {
		become_user(net);
		return 0;
	}
	if (!known)
		r = find_running(sv, net, &network, err);
	if (r == 0)
		r = sv_strdup(known ? known->bridge : network.bridge, &net->bridge, err);
	if (r < 0)
		return sv_error_place(err, dom->file, net->line);
	net->type = SV_NET_BRIDGE;
	net->mtu = net->mtu ? net->mtu : network.mtu;
	return 0;
}
