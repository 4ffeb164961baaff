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
	const char *bridge; /* a new tap becomes a port of this bridge; or NULL */
	uint32_t mtu;	    /* of a new tap; 0: the kernel's default */
	bool existing;	    /* the tap exists already, and stays */
	bool multi_queue;   /* the existing tap has several queues: TUNSETIFF has to say so */
};

/* Opens a tap, for frames with the header of virtio-net. node is an O_PATH descriptor of
 * /dev/net/tun. A new tap is up when this returns, and ends with the last copy of its descriptor,
 * so there is nothing to clean up. To make one takes CAP_NET_ADMIN. The caller owns *ret_fd.
 * SV_E_BUSY: the name is taken, or the existing tap is in use. SV_E_HOST: the kernel has no driver.
 */
int sv_tap_open(int node, const struct sv_tap *tap, int *ret_fd,
		struct sv_error *err) sv_must_check;

/* Opens a macvtap. node is an O_PATH descriptor of its /dev/tapN. */
int sv_macvtap_open(int node, int *ret_fd, struct sv_error *err) sv_must_check;
