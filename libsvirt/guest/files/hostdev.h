/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds the device nodes of a domain's host devices. This is done each time that a guest is
 * prepared or checked, because a device has another node after it was plugged in again.
 */
#pragma once

#include "domain/model.h"
#include "guest/state/handle.h"

/* Finds the path of dev in sysfs below the handle's root; of a PCI device that svirt is to bind
 * (managed='yes'), also its directory there. Whether that one may be taken from the host is not
 * looked at here: plan/bind.h. It is an error, with the line of the
 * element in dom, when the device does not exist, when several fit, or when it cannot be given to a
 * guest as it is. An optional device that is missing is a warning, and its path stays NULL. */
int sv_hostdev_find(const struct svirt *sv, const struct sv_domain *dom, struct sv_hostdev *dev,
		    struct sv_error *err) sv_must_check;

/* "0000:06:00.0", as sysfs has it. */
#define SV_PCI_ADDRESS 32
void sv_pci_address_text(const struct sv_pci_address *pci, char ret[SV_PCI_ADDRESS]);
