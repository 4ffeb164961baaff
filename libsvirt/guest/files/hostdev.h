/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which nodes of this host the host devices of a domain are. Asked anew each time that a guest is
 * prepared or checked: a device has another node after it was plugged in again.
 */
#pragma once

#include "domain/model.h"
#include "guest/state/handle.h"

/* Fills the path of dev, out of sysfs below the handle's root. A device that is not there, is not
 * the only one that fits, or cannot be given away as it is, is an error with the line of its
 * element in dom; one that may be missing is warned about and left without a path. */
int sv_hostdev_find(const struct svirt *sv, const struct sv_domain *dom, struct sv_hostdev *dev,
		    struct sv_error *err) sv_must_check;
