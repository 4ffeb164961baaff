/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether the host itself uses a PCI device, so that it cannot do without: by what lies below the
 * device in sysfs. Changes nothing.
 */
#pragma once

#include "base/sysfs.h"
#include "plan/device.h"

/* A device that svirt takes from its driver. Text is owned. */
struct sv_binding {
	char *path;    /* its directory in sysfs, without links */
	char *address; /* "0000:06:00.0" */
	char *target;  /* "hostdev0" */
	unsigned line; /* of its element */
};

/* SV_E_BUSY: the host uses the device: a disk of it is in use (sv_disk_is_used()), or a network
 * card of it is up or a part of something, or it has virtual functions or mediated devices; or it
 * has the console. SV_E_HOST: it is a bridge. SV_E_UNKNOWN: something below it cannot be looked at.
 * ret, unless it is NULL, gets the devices that go away with its driver; a guest may hold one. */
int sv_pci_check_unused(const struct sv_sysfs *sysfs, const struct sv_binding *binding,
			struct sv_devices *ret, struct sv_error *err) sv_must_check;
