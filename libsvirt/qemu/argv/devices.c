/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything in the guest that is neither a disk nor a character device: network cards, random
 * numbers, balloon, vsock. Knows no file, label or process.
 */
#include "qemu/builder.h"

#include <inttypes.h>

/* FNV-1a over the uuid: what is made from it stays the same from start to start. */
static uint32_t hash_of_uuid(const struct sv_qemu_builder *b)
{
	const unsigned char *s = (const unsigned char *)sv_qemu_uuid(b);
	uint32_t hash = 2166136261u;

	for (; *s; s++)
		hash = (hash ^ *s) * 16777619u;
	return hash;
}

/* QEMU's prefix and 24 bits. The position is added, not hashed, so that two cards of a guest always
 * differ. */
static void add_mac(const struct sv_qemu_builder *b, size_t position, struct sv_buf *buf)
{
	uint32_t hash = hash_of_uuid(b);

	hash = (hash ^ hash >> 24) + (uint32_t)position;
	sv_buf_printf(buf, "52:54:00:%02x:%02x:%02x", hash >> 16 & 0xff, hash >> 8 & 0xff,
		      hash & 0xff);
}

/* Position in the boot order, 0 for none. By class it is the first card, behind the disks. */
static uint32_t boot_index(const struct sv_domain *dom, size_t i)
{
	if (sv_qemu_boots_by_device(dom))
		return dom->nets[i].boot_order;
	return dom->boot_network && i == 0 ? 3 : 0;
}

static void add_inet(struct sv_buf *buf, const char *name, const struct sv_inet *inet)
{
	sv_buf_printf(buf, ",%s=", name);
	if (inet->host)
		sv_qemu_value(buf, inet->host);
	sv_buf_printf(buf, ":%" PRIu32, inet->port);
}

/* The number that the tap of card i has in the child. */
static int tap_fd(const struct sv_qemu_builder *b, size_t i)
{
	int fd = b->host->tap_fd;

	for (size_t k = 0; k < i; k++)
		fd += sv_net_is_tap(&b->dom->nets[k]);
	return fd;
}

/* The same of its vhost device; i is the number of cards for that of <vsock>. */
static int vhost_fd(const struct sv_qemu_builder *b, size_t i)
{
	int fd = b->host->vhost_fd;

	for (size_t k = 0; k < i; k++)
		fd += b->dom->nets[k].vhost;
	return fd;
}

static void add_netdev(struct sv_qemu_builder *b, const struct sv_net *net, size_t i)
{
	static const char *const backends[] = {
		[SV_NET_USER] = "user",	      [SV_NET_SERVER] = "socket",
		[SV_NET_CLIENT] = "socket",   [SV_NET_MCAST] = "socket",
		[SV_NET_UDP] = "socket",      [SV_NET_ETHERNET] = "tap",
		[SV_NET_BRIDGE] = "tap",      [SV_NET_VHOST_USER] = "vhost-user",
		[SV_NET_VDPA] = "vhost-vdpa", [SV_NET_NETWORK] = "tap",
	};
	const struct sv_chardev backend = sv_vhost_user_chardev(&net->backend);
	sv_auto_buf struct sv_buf buf = {0};
	char id[32];

	(void)snprintf(id, sizeof(id), "charnet%zu", i);
	sv_buf_printf(&buf, "%s,id=hostnet%zu", backends[net->type], i);
	switch (net->type) {
	case SV_NET_USER:
		break;
	case SV_NET_ETHERNET:
	case SV_NET_BRIDGE:
	case SV_NET_NETWORK:
		sv_buf_printf(&buf, ",fd=%d", tap_fd(b, i));
		if (net->vhost)
			sv_buf_printf(&buf, ",vhost=on,vhostfd=%d", vhost_fd(b, i));
		break;
	case SV_NET_VHOST_USER:
		sv_qemu_chardev(b, &backend, id);
		sv_buf_printf(&buf, ",chardev=%s", id);
		break;
	case SV_NET_VDPA:
		sv_buf_puts(&buf, ",vhostdev=");
		sv_qemu_value(&buf, net->node);
		break;
	case SV_NET_SERVER:
		add_inet(&buf, "listen", &net->peer);
		break;
	case SV_NET_CLIENT:
		add_inet(&buf, "connect", &net->peer);
		break;
	case SV_NET_MCAST:
		add_inet(&buf, "mcast", &net->peer);
		break;
	case SV_NET_UDP:
		add_inet(&buf, "udp", &net->peer);
		add_inet(&buf, "localaddr", &net->local);
		break;
	}
	sv_qemu_option(b, "-netdev", &buf);
}

/* The card's own code boots from the network. Where nothing does, there is none. */
static int add_rom(const struct sv_qemu_builder *b, const struct sv_net *net, bool boots,
		   struct sv_buf *buf, struct sv_error *err)
{
	struct sv_rom rom = net->rom;

	rom.none |= !boots && !rom.file.path;
	if (b->machine != SV_QEMU_MICROVM)
		sv_qemu_rom(&rom, buf);
	else if (rom.file.path)
		return sv_qemu_refuse(b, net->rom.file.line, "place for the <rom> of a card", err);
	return 0;
}

static int add_net(struct sv_qemu_builder *b, size_t i, struct sv_error *err)
{
	const struct sv_net *net = &b->dom->nets[i];
	uint32_t boot = boot_index(b->dom, i);
	sv_auto_buf struct sv_buf buf = {0};
	char shown[64];
	unsigned at = 0;
	int r;

	if (net->model && sv_parse_choice(net->model, sv_net_models, &at) != 0) {
		sv_fail_at(err, b->dom->file, net->line, "network model '%s' is not supported",
			   sv_escape(net->model, shown, sizeof(shown)));
		return sv_hint(err, "use virtio, e1000e or rtl8139");
	}
	add_netdev(b, net, i);
	r = at == 0 ? sv_qemu_virtio(b, &buf, "virtio-net", net->virtio, net->line, err)
		    : sv_qemu_on_bus(b, &buf, sv_net_models[at], net->line, err);
	if (r)
		return r;
	sv_buf_printf(&buf, ",id=net%zu,netdev=hostnet%zu,mac=", i, i);
	if (net->mac)
		sv_qemu_value(&buf, net->mac);
	else
		add_mac(b, i, &buf);
	if (boot)
		sv_buf_printf(&buf, ",bootindex=%" PRIu32, boot);
	r = add_rom(b, net, boot != 0, &buf, err);
	if (r)
		return r;
	sv_qemu_option(b, "-device", &buf);
	return 0;
}

static int add_rng(struct sv_qemu_builder *b, size_t i, struct sv_error *err)
{
	const struct sv_rng *rng = &b->dom->rngs[i];
	sv_auto_buf struct sv_buf buf = {0};
	int r;

	switch (rng->backend) {
	case SV_RNG_RANDOM:
		sv_buf_printf(&buf, "rng-random,id=objrng%zu,filename=", i);
		sv_qemu_value(&buf, rng->path);
		break;
	case SV_RNG_EGD:
		sv_buf_printf(&buf, "socket,id=charrng%zu,path=", i);
		sv_qemu_value(&buf, rng->path);
		sv_qemu_option(b, "-chardev", &buf);
		sv_buf_printf(&buf, "rng-egd,id=objrng%zu,chardev=charrng%zu", i, i);
		break;
	case SV_RNG_BUILTIN:
		sv_buf_printf(&buf, "rng-builtin,id=objrng%zu", i);
		break;
	}
	sv_qemu_option(b, "-object", &buf);
	r = sv_qemu_virtio(b, &buf, "virtio-rng", rng->virtio, rng->line, err);
	if (r)
		return r;
	sv_buf_printf(&buf, ",id=rng%zu,rng=objrng%zu", i, i);
	if (rng->rate_bytes)
		sv_buf_printf(&buf, ",max-bytes=%" PRIu64 ",period=%" PRIu32, rng->rate_bytes,
			      rng->rate_ms);
	sv_qemu_option(b, "-device", &buf);
	return 0;
}

static int add_balloon(struct sv_qemu_builder *b, struct sv_error *err)
{
	sv_auto_buf struct sv_buf buf = {0};
	int r;

	if (!b->dom->memballoon)
		return 0;
	r = sv_qemu_virtio(b, &buf, "virtio-balloon", b->dom->memballoon_virtio, 0, err);
	if (r)
		return r;
	sv_buf_puts(&buf, ",id=balloon0");
	sv_qemu_option(b, "-device", &buf);
	return 0;
}

/* In the second quarter of all numbers, where nobody picks one by hand. The kernel gives a number
 * to one guest only, so two that are the same by chance are no way from one guest to the other: the
 * second one does not start. */
static uint32_t own_cid(const struct sv_qemu_builder *b)
{
	static const uint32_t quarter = UINT32_C(1) << 30;

	return quarter | (hash_of_uuid(b) & (quarter - 1));
}

static int add_vsock(struct sv_qemu_builder *b, struct sv_error *err)
{
	const struct sv_vsock *vsock = &b->dom->vsock;
	sv_auto_buf struct sv_buf buf = {0};
	int r;

	if (!vsock->line)
		return 0;
	r = sv_qemu_virtio(b, &buf, "vhost-vsock", vsock->virtio, vsock->line, err);
	if (r)
		return r;
	sv_buf_printf(&buf, ",id=vsock0,guest-cid=%" PRIu32 ",vhostfd=%d",
		      vsock->cid ? vsock->cid : own_cid(b), vhost_fd(b, b->dom->n_nets));
	sv_qemu_option(b, "-device", &buf);
	return 0;
}

int sv_qemu_devices(struct sv_qemu_builder *b, struct sv_error *err)
{
	size_t i;
	int r = sv_qemu_chars(b, err);

	if (r == 0)
		r = sv_qemu_graphics(b, err);
	for (i = 0; r == 0 && i < b->dom->n_nets; i++)
		r = add_net(b, i, err);
	for (i = 0; r == 0 && i < b->dom->n_rngs; i++)
		r = add_rng(b, i, err);
	if (r == 0)
		r = add_balloon(b, err);
	if (r == 0)
		r = sv_qemu_redirs(b, err);
	if (r == 0)
		r = sv_qemu_tpm(b, err);
	return r == 0 ? add_vsock(b, err) : r;
}
