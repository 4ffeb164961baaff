/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network devices behind cards: see nets.h. */
#include "guest/files/nets.h"

#include "base/string.h"
#include "base/sysfs.h"
#include "guest/files/networks.h"

#include <linux/if_tun.h>

/* SV_NONE: DEVICE has no such directory. */
static int has(const struct sv_sysfs *sysfs, const char *device, const char *dir,
	       struct sv_error *err)
{
	sv_auto_free char *path = NULL;
	int r = sv_asprintf(&path, err, "class/net/%s%s", device, dir);

	return r < 0 ? r : sv_sysfs_has(sysfs, path, err);
}

/* network: one of libvirt's, which made the bridge; or NULL. */
static int find_bridge(const struct sv_sysfs *sysfs, const char *name, const char *network,
		       struct sv_error *err)
{
	int r = has(sysfs, name, "", err);

	if (r == SV_NONE && network) {
		(void)sv_fail(err, SV_E_NOTFOUND, 0,
			      "network '%s': there is no bridge %s on this host", network, name);
		return sv_hint(err, "'virsh net-destroy %s' and 'virsh net-start %s' make it anew",
			       network, network);
	}
	if (r == SV_NONE) {
		(void)sv_fail(err, SV_E_NOTFOUND, 0, "there is no bridge %s on this host", name);
		return sv_hint(err,
			       "'ip link show type bridge' lists what is there; 'ip link add "
			       "%s type bridge' makes one",
			       name);
	}
	if (r == 0)
		r = has(sysfs, name, "/bridge", err);
	if (r != SV_NONE)
		return r;
	(void)sv_fail(err, SV_E_USAGE, 0, "network device %s is no bridge", name);
	return sv_hint(err, "'ip link show type bridge' lists the bridges");
}

/* A macvtap, or an ipvtap: /dev/tapN. SV_NONE: it is neither. */
static int find_node(const struct sv_sysfs *sysfs, struct sv_net *net, struct sv_error *err)
{
	static const char *const classes[] = {"macvtap", "ipvtap"};
	int r = SV_NONE;

	for (size_t i = 0; r == SV_NONE && i < SV_N_ELEMENTS(classes); i++) {
		sv_auto_strv struct sv_strv names = {0};
		sv_auto_free char *path = NULL;

		r = sv_asprintf(&path, err, "class/net/%s/%s", net->device, classes[i]);
		if (r == 0)
			r = sv_sysfs_list(sysfs, path, &names, err);
		if (r == 0 && names.n == 1)
			return sv_asprintf(&net->node, err, "/dev/%s", names.v[0]);
		r = r < 0 ? r : SV_NONE;
	}
	return r;
}

/* SV_NONE: it is no tap. */
static int find_tap(const struct sv_sysfs *sysfs, struct sv_net *net, struct sv_error *err)
{
	sv_auto_free char *path = NULL, *text = NULL;
	uint32_t flags = 0;
	int r = sv_asprintf(&path, err, "class/net/%s/tun_flags", net->device);

	if (r == 0)
		r = sv_sysfs_read(sysfs, path, &text, err);
	if (r == 0)
		r = sv_parse_number(text, UINT32_MAX, path, &flags, err);
	if (r != 0)
		return r;
	net->multi_queue = flags & IFF_MULTI_QUEUE;
	return flags & IFF_TAP ? 0 : SV_NONE;
}

static int find_existing(const struct sv_sysfs *sysfs, struct sv_net *net, struct sv_error *err)
{
	int r = has(sysfs, net->device, "", err);

	if (r == SV_NONE) {
		(void)sv_fail(err, SV_E_NOTFOUND, 0, "there is no network device %s on this host",
			      net->device);
		return sv_hint(err,
			       "'ip tuntap add dev %s mode tap' makes a tap; without "
			       "managed='no' svirt does",
			       net->device);
	}
	if (r == 0)
		r = find_tap(sysfs, net, err);
	if (r == SV_NONE)
		r = find_node(sysfs, net, err);
	if (r != SV_NONE)
		return r;
	(void)sv_fail(err, SV_E_USAGE, 0, "network device %s is neither a tap nor a macvtap",
		      net->device);
	return sv_hint(err,
		       "an <interface type='bridge'> leads to a bridge; a macvtap to any other "
		       "device");
}

int sv_net_find(const struct svirt *sv, const struct sv_domain *dom, struct sv_net *net,
		struct sv_error *err)
{
	sv_auto_sysfs struct sv_sysfs sysfs = SV_SYSFS_EMPTY;
	bool of_libvirt = net->network && !sv_config_network(&sv->conf.networks, net->network);
	int r = sv_network_find(sv, dom, net, err);

	if (r == 0 && !net->bridge && !net->existing)
		return 0;
	free(sv_take_ptr(net->node));
	if (r == 0)
		r = sv_sysfs_open(sv->root, &sysfs, err);
	if (r == 0)
		r = net->bridge ? find_bridge(&sysfs, net->bridge, of_libvirt ? net->network : NULL,
					      err)
				: find_existing(&sysfs, net, err);
	return r < 0 ? sv_error_place(err, dom->file, net->line) : 0;
}
