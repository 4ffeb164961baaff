/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether the host itself uses a PCI device, so that it cannot do without: by what lies below the
 * device in sysfs. Changes nothing.
 */
#pragma once

#include "base/sysfs.h"
#include "plan/bind.h"

/* SV_E_BUSY: the host uses the device: a disk of it is in use (sv_device_is_used()), or a network
 * card of it (master, address, route), or its virtual functions; or it has the console. SV_E_HOST:
 * it is a bridge. SV_E_UNKNOWN: something below it cannot be looked at. root: see struct
 * sv_bindings. */
int sv_pci_check_unused(const struct sv_sysfs *sysfs, const char *root,
			const struct sv_binding *binding, struct sv_error *err) sv_must_check;
