/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opens the devices of the kernel's own virtio back ends (vhost-net, vhost-vsock) when a guest
 * starts. Each opener has an instance of its own, which ends with the guest, so there is nothing to
 * put back. Policies let a guest use such a descriptor; not each lets it open the device.
 */
#pragma once

#include "base/nodes.h"
#include "domain/model.h"
#include "guest/run/vmm.h"

/* How many instances the guest has. */
size_t sv_vhosts_count(const struct sv_domain *dom);

/* fds gets one for each card that has one, in the order of the cards, and that of <vsock> last, up
 * to the one that fails. nodes has the device nodes that the plan has opened. */
int sv_vhosts_open(const struct sv_domain *dom, struct sv_nodes *nodes, struct sv_vmm_fds *fds,
		   struct sv_error *err) sv_must_check;
