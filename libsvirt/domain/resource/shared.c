/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Devices of the host that every guest with such a device opens. No label could make one of them
 * one guest's, so it keeps its own; the list has it all the same, so that it is known what is
 * opened, and asked beforehand whether the policy lets the guest.
 */
#include "domain/resource/parts.h"

/* Each guest gets a connection of its own by opening it. */
static int add_vsock(struct sv_resources *list, const struct sv_vsock *vsock, struct sv_error *err)
{
	const struct sv_resource res = {
		.kind = SV_RES_VSOCK,
		.access = SV_ACCESS_RW,
		.path = "/dev/vhost-vsock",
		.line = vsock->line,
	};

	return vsock->line ? sv_resource_add(list, &res, "vsock", err) : 0;
}

static int add_render_node(struct sv_resources *list, const struct sv_graphics *graphics,
			   struct sv_error *err)
{
	const struct sv_resource res = {
		.kind = SV_RES_RENDER,
		.access = SV_ACCESS_RW,
		.path = graphics->render_node,
		.line = graphics->line,
	};

	return graphics->render_node ? sv_resource_add(list, &res, "rendernode", err) : 0;
}

static int add_sev(struct sv_resources *list, const struct sv_sev *sev, struct sv_error *err)
{
	const struct sv_resource res = {
		.kind = SV_RES_SEV,
		.access = SV_ACCESS_RW,
		.path = "/dev/sev",
		.line = sev->line,
	};

	return sev->line ? sv_resource_add(list, &res, "sev", err) : 0;
}

/* By opening the first QEMU gets pages, by opening the second the guest may have the key by which
 * the processor proves which one it is. */
static int add_sgx(struct sv_resources *list, const struct sv_memory_device *dev,
		   struct sv_error *err)
{
	struct sv_resource res = {
		.kind = SV_RES_SGX,
		.access = SV_ACCESS_RW,
		.path = "/dev/sgx_vepc",
		.line = dev->line,
	};
	int r;

	if (dev->model != SV_MEMORY_SGX_EPC)
		return 0;
	r = sv_resource_add_once(list, &res, "sgx", err);
	if (r < 0)
		return r;
	res.access = SV_ACCESS_RO;
	res.path = "/dev/sgx_provision";
	return sv_resource_add_once(list, &res, "sgx-provision", err);
}

int sv_resources_of_shared_devices(const struct sv_domain *dom, struct sv_resources *list,
				   struct sv_error *err)
{
	int r = add_vsock(list, &dom->vsock, err);
	size_t i;

	if (r >= 0)
		r = add_sev(list, &dom->sev, err);
	for (i = 0; r >= 0 && i < dom->memory.n_devices; i++)
		r = add_sgx(list, &dom->memory.devices[i], err);
	for (i = 0; r >= 0 && i < dom->n_graphics; i++)
		r = add_render_node(list, &dom->graphics[i], err);
	return r;
}

bool sv_resource_is_shared_device(const struct sv_resource *res)
{
	switch (res->kind) {
	case SV_RES_VFIO_CONTAINER:
	case SV_RES_VSOCK:
	case SV_RES_VHOST_NET:
	case SV_RES_RENDER:
	case SV_RES_KVM:
	case SV_RES_SEV:
	case SV_RES_SGX:
		return true;
	case SV_RES_DISK:
	case SV_RES_BOOT_FILE:
	case SV_RES_CHAR_FILE:
	case SV_RES_CHAR_DEVICE:
	case SV_RES_CHAR_PIPE:
	case SV_RES_CHAR_SOCKET:
	case SV_RES_GRAPHICS_SOCKET:
	case SV_RES_RNG:
	case SV_RES_MEMORY:
	case SV_RES_INPUT:
	case SV_RES_USB:
	case SV_RES_SCSI:
	case SV_RES_VFIO:
	case SV_RES_TPM:
	case SV_RES_TUN:
	case SV_RES_MACVTAP:
	case SV_RES_VDPA:
	case SV_RES_TREE:
	case SV_RES_TPM_STATE:
		return false;
	}
	return false;
}
