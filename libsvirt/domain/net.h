/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Network cards and their other ends, as the domain describes them. A part of domain/model.h. The
 * devices on this host are found by guest/files/nets.
 */
#pragma once

#include "base/parse.h"
#include "domain/boot.h"
#include "domain/virtio.h"

#include <stdint.h>

/* An address of the internet; host NULL: any. */
struct sv_inet {
	char *host;
	uint32_t port; /* 0: none was given */
};

/* A process of the host that works on the guest's memory, behind a socket. */
struct sv_vhost_user {
	char *path;
	bool listen;	    /* the VMM makes the socket */
	uint32_t reconnect; /* seconds until it connects again, 0: never */
};

enum sv_net_type {
	SV_NET_USER,
	SV_NET_SERVER, /* this and the following: frames over a socket, to or from an address */
	SV_NET_CLIENT,
	SV_NET_MCAST,
	SV_NET_UDP,
	SV_NET_ETHERNET, /* a tap or macvtap of the host, by its name */
	SV_NET_BRIDGE,	 /* a tap that becomes a port of a bridge of the host */
	SV_NET_VHOST_USER,
	SV_NET_VDPA,
	/* a network of the host by its name, until guest/files/networks has found what it leads to:
	 * it is BRIDGE or USER then */
	SV_NET_NETWORK,
};

/* The longest name of a network device, with its NUL: IFNAMSIZ of linux/if.h. */
#define SV_NET_NAME_SIZE 16u
/* The longest name of a network, which becomes the name of a file. */
#define SV_NETWORK_NAME_MAX 64u

struct sv_net {
	unsigned line;
	enum sv_net_type type;
	struct sv_inet peer;  /* server: what it listens at */
	struct sv_inet local; /* udp */
	char *model;	      /* one of sv_net_models */
	enum sv_virtio virtio;
	struct sv_rom rom;
	char *mac;	     /* "52:54:00:..", lower case; NULL: derived from the uuid */
	uint32_t boot_order; /* 0: none */
	char *network;	     /* NETWORK, also when it has become something else */
	char *portgroup;     /* NETWORK: or NULL */
	char *bridge;	     /* BRIDGE */
	char *device;	     /* ETHERNET, BRIDGE: the tap's name; NULL: the kernel finds one */
	bool existing;	     /* ETHERNET: the device exists already, and stays */
	bool multi_queue;    /* an existing tap has several queues; found on this host */
	bool vhost;	     /* the kernel moves the frames, not the VMM */
	bool unplugged;	     /* the card has no link; QEMU is told before the guest runs */
	uint32_t mtu;	     /* of a new tap; 0: the kernel's default */
	struct sv_vhost_user backend;
	/* VDPA: "/dev/vhost-vdpa-0". Of a macvtap /dev/tapN, found on this host (guest/files/nets);
	 * NULL: a tap, which is a descriptor of /dev/net/tun */
	char *node;
};

/* The cards that QEMU has on PCI, in its words but for "virtio", which is the first. No part of the
 * host is behind a model. Ends with NULL. */
extern const char *const sv_net_models[];

/* Whether the card's other end is a network device of the host; a network that was not looked up
 * yet counts as one. */
bool sv_net_is_tap(const struct sv_net *net);

/* Whether name can be that of a network device in every tool. The kernel takes
 * more (dev_valid_name() in net/core/dev.c). */
bool sv_net_name_is_valid(const char *name);
/* Whether name can be that of a network: letters, digits, '.', '_', '+' and '-', and no file of
 * that name lies elsewhere, is hidden or is an option. */
bool sv_network_name_is_valid(const char *name);
