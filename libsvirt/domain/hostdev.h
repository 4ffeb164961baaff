/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Devices of the host that a guest gets, and input devices that it shares with the host, as the
 * domain describes them. A part of domain/model.h; the nodes are found by guest/hostdev.
 */
#pragma once

#include "base/parse.h"
#include "domain/boot.h"

#include <stdint.h>

enum sv_input_type {
	SV_INPUT_PASSTHROUGH, /* the guest gets the device itself */
	SV_INPUT_EVDEV,	      /* the VMM reads it and feeds its own keyboard and mouse */
};

struct sv_input {
	unsigned line;
	enum sv_input_type type;
	char *path; /* "/dev/input/event3" */
	bool grab_all, repeat;
	char *grab_toggle; /* a validated word of libvirt's, NULL: default */
};

enum sv_hostdev_type { SV_HOSTDEV_USB, SV_HOSTDEV_PCI, SV_HOSTDEV_SCSI, SV_HOSTDEV_MDEV };

/* A USB device by its id, its address or both; what is given has to match. */
struct sv_usb_address {
	bool has_id, has_place;
	uint32_t vendor, product, bus, device;
};

struct sv_pci_address {
	uint32_t domain, bus, slot, function;
};

struct sv_scsi_address {
	uint32_t host, bus, target;
	uint64_t unit;
};

/* A device of the host that a guest gets as it is. */
struct sv_hostdev {
	unsigned line;
	enum sv_hostdev_type type;
	union {
		struct sv_usb_address usb;
		struct sv_pci_address pci;
		struct sv_scsi_address scsi;
		char uuid[SV_UUID_LEN + 1]; /* mdev */
	};
	bool managed;		  /* pci: svirt binds it to vfio-pci and puts its driver back */
	bool optional;		  /* usb: the guest starts without it */
	bool readonly, shareable; /* scsi */
	struct sv_rom rom;	  /* pci */
	bool display,
		ramfb; /* mdev: its screen is the guest's; it has a frame buffer for firmware */
	uint32_t boot_order; /* 0: none */
	char *sysfs; /* pci: its directory, found there too; NULL: not looked up, or missing */
	char *path;  /* its node, found by guest/files/hostdev.c; NULL: not looked up, or missing */
};
