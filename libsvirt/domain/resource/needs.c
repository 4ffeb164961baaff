/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a VMM uses of the host that is no file of its guest: the network, pseudoterminals, KVM.
 * Models that write rules (AppArmor, Landlock) allow only what the document asks for. Looks at no
 * file.
 */
#include "domain/resource/resource.h"

#include "base/array.h"
#include "base/string.h"

/* QEMU's: display 0 is at the ports 5900 and 5700. */
#define VNC_TO_WEBSOCKET 200u

static unsigned of_chardev(const struct sv_chardev *chardev)
{
	switch (chardev->type) {
	case SV_CHAR_TCP:
	case SV_CHAR_UDP:
		return SV_NEED_INET;
	case SV_CHAR_PTY:
		return SV_NEED_PTY;
	case SV_CHAR_NULL:
	case SV_CHAR_VC:
	case SV_CHAR_DEV:
	case SV_CHAR_FILE:
	case SV_CHAR_PIPE:
	case SV_CHAR_UNIX:
	case SV_CHAR_SPICEVMC:
	case SV_CHAR_SPICEPORT:
		return 0;
	}
	return 0;
}

static unsigned of_net(const struct sv_net *net)
{
	switch (net->type) {
	case SV_NET_USER:
	case SV_NET_SERVER:
	case SV_NET_CLIENT:
	case SV_NET_MCAST:
	case SV_NET_UDP:
		return SV_NEED_INET;
	case SV_NET_ETHERNET:
	case SV_NET_BRIDGE:
	case SV_NET_VHOST_USER:
	case SV_NET_VDPA:
	case SV_NET_NETWORK:
		return 0;
	}
	return 0;
}

static unsigned of_graphics(const struct sv_graphics *graphics)
{
	bool port = graphics->type != SV_GRAPHICS_EGL && !graphics->socket && !graphics->own &&
		    !graphics->closed;

	return port ? SV_NEED_INET : 0;
}

/* Arguments are QEMU's own words. A need too many allows what their author could have asked for. */
unsigned sv_needs_of_argument(const char *text)
{
	unsigned needs = 0;

	if (strstr(text, "host=") || strstr(text, "udp"))
		needs |= SV_NEED_INET;
	if (strstr(text, "pty"))
		needs |= SV_NEED_PTY;
	return needs;
}

static unsigned of_machine(const struct sv_domain *dom)
{
	unsigned needs = 0;

	if (dom->virt == SV_VIRT_KVM)
		needs |= SV_NEED_KVM;
	if (dom->memory.backing.hugepages)
		needs |= SV_NEED_HUGEPAGES;
	for (size_t i = 0; i < dom->memory.n_devices; i++)
		needs |= dom->memory.devices[i].page_kib ? SV_NEED_HUGEPAGES : 0;
	return needs;
}

unsigned sv_needs_of(const struct sv_domain *dom)
{
	unsigned needs = of_machine(dom);

	for (size_t i = 0; i < dom->n_chars; i++)
		needs |= of_chardev(&dom->chars[i].source);
	for (size_t i = 0; i < dom->n_redirs; i++)
		needs |= of_chardev(&dom->redirs[i].source);
	for (size_t i = 0; i < dom->n_nets; i++)
		needs |= of_net(&dom->nets[i]);
	for (size_t i = 0; i < dom->n_graphics; i++)
		needs |= of_graphics(&dom->graphics[i]);
	for (size_t i = 0; i < dom->extra.n_args; i++)
		needs |= sv_needs_of_argument(dom->extra.args[i].text);
	return needs;
}

static int add_port(struct sv_ports *ports, uint32_t port, bool listens, struct sv_error *err)
{
	struct sv_port *item = sv_array_add(ports->items, ports->n);

	if (!item)
		return sv_fail_oom(err);
	*item = (struct sv_port){.port = (uint16_t)port, .listens = listens};
	return 0;
}

static int add_chardev(struct sv_ports *ports, const struct sv_chardev *chardev,
		       struct sv_error *err)
{
	return chardev->type == SV_CHAR_TCP
		       ? add_port(ports, chardev->to.port, chardev->listen, err)
		       : 0;
}

static int add_net(struct sv_ports *ports, const struct sv_net *net, struct sv_error *err)
{
	switch (net->type) {
	case SV_NET_USER:
		ports->connects_anywhere = true;
		return 0;
	case SV_NET_SERVER:
	case SV_NET_CLIENT:
		return add_port(ports, net->peer.port, net->type == SV_NET_SERVER, err);
	case SV_NET_MCAST:
	case SV_NET_UDP:
	case SV_NET_ETHERNET:
	case SV_NET_BRIDGE:
	case SV_NET_VHOST_USER:
	case SV_NET_VDPA:
	case SV_NET_NETWORK:
		return 0;
	}
	return 0;
}

static int add_graphics(struct sv_ports *ports, const struct sv_graphics *graphics,
			struct sv_error *err)
{
	if (!(of_graphics(graphics) & SV_NEED_INET))
		return 0;
	if (graphics->websocket && !graphics->autoport) {
		uint32_t port = graphics->websocket_port ? graphics->websocket_port
							 : graphics->port - VNC_TO_WEBSOCKET;
		int r = add_port(ports, port, true, err);

		if (r < 0)
			return r;
	}
	if (!graphics->autoport)
		return add_port(ports, graphics->port, true, err);
	ports->listens_anywhere = true;
	return 0;
}

int sv_ports_of(const struct sv_domain *dom, struct sv_ports *ret, struct sv_error *err)
{
	sv_auto_ports struct sv_ports ports = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < dom->n_chars; i++)
		r = add_chardev(&ports, &dom->chars[i].source, err);
	for (size_t i = 0; r == 0 && i < dom->n_redirs; i++)
		r = add_chardev(&ports, &dom->redirs[i].source, err);
	for (size_t i = 0; r == 0 && i < dom->n_nets; i++)
		r = add_net(&ports, &dom->nets[i], err);
	for (size_t i = 0; r == 0 && i < dom->n_graphics; i++)
		r = add_graphics(&ports, &dom->graphics[i], err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < dom->extra.n_args; i++)
		if (sv_needs_of_argument(dom->extra.args[i].text) & SV_NEED_INET)
			ports.listens_anywhere = ports.connects_anywhere = true;
	*ret = ports;
	ports = (struct sv_ports){0};
	return 0;
}

void sv_ports_done(struct sv_ports *ports)
{
	free(ports->items);
	*ports = (struct sv_ports){0};
}
