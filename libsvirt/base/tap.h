/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tap devices: the host's end of a guest's network card, as a descriptor that a VMM inherits.
 * Rules: the kernel's Documentation/networking/tuntap.rst, drivers/net/tun.c and macvtap.c. Knows
 * no guest and no label.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct sv_tap {
	const char *name;   /* NULL: the kernel finds one ("svirt0") */
	const char *bridge; /* what a tap that is made becomes a port of, or NULL */
	uint32_t mtu;	    /* of a tap that is made; 0: the kernel's */
	bool existing;	    /* there already, and stays */
	bool multi_queue;   /* an existing one that has several queues: it wants to be told so */
};

/* Opens a tap, for frames with the header of virtio-net. node: an O_PATH descriptor of
 * /dev/net/tun. One that is made is up when this returns, and goes with the last copy of its
 * descriptor: nothing is left of it to clean up. The caller owns *ret_fd. Fails with SV_E_BUSY when
 * the name is taken, or an existing tap in use; with SV_E_HOST when the kernel has no driver; needs
 * CAP_NET_ADMIN to make one. */
int sv_tap_open(int node, const struct sv_tap *tap, int *ret_fd,
		struct sv_error *err) sv_must_check;

/* The same for a macvtap; node: of its /dev/tapN. */
int sv_macvtap_open(int node, int *ret_fd, struct sv_error *err) sv_must_check;
