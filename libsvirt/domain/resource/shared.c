/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Devices of the host that all guests with such a device open. Since no label could give one of
 * them to one guest, they keep their labels. They are in the list all the same, so that it is
 * complete and the policy can be asked beforehand whether the guest may open them.
 */
#include "domain/resource/parts.h"

static const struct {
	const char *path, *target;
	enum sv_resource_kind kind;
	enum sv_access access;
	bool handed;
} devices[] = {
	[SV_SHARED_TUN] = {"/dev/net/tun", "tap", SV_RES_TUN, SV_ACCESS_RW, true},
	/* some policies let guests use these, and not open them */
	[SV_SHARED_VHOST_NET] = {"/dev/vhost-net", "vhost-net", SV_RES_VHOST_NET, SV_ACCESS_RW,
				 true},
	/* by opening it each guest gets a connection of its own */
	[SV_SHARED_VSOCK] = {"/dev/vhost-vsock", "vsock", SV_RES_VSOCK, SV_ACCESS_RW, true},
	[SV_SHARED_SEV] = {"/dev/sev", "sev", SV_RES_SEV, SV_ACCESS_RW, false},
	/* by opening it QEMU gets pages */
	[SV_SHARED_SGX_PAGES] = {"/dev/sgx_vepc", "sgx", SV_RES_SGX, SV_ACCESS_RW, false},
	/* by opening it the guest may have the key by which the processor proves which one it is */
	[SV_SHARED_SGX_KEY] = {"/dev/sgx_provision", "sgx-provision", SV_RES_SGX, SV_ACCESS_RO,
			       false},
	[SV_SHARED_VFIO] = {"/dev/vfio/vfio", "vfio", SV_RES_VFIO_CONTAINER, SV_ACCESS_RW, false},
};

int sv_resource_add_shared(struct sv_resources *list, enum sv_shared_device device, unsigned line,
			   struct sv_error *err)
{
	const struct sv_resource res = {
		.kind = devices[device].kind,
		.access = devices[device].access,
		.path = devices[device].path,
		.line = line,
		.handed = devices[device].handed,
	};

	return sv_resource_add_once(list, &res, devices[device].target, err);
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

static int add_sgx(struct sv_resources *list, unsigned line, struct sv_error *err)
{
	int r = sv_resource_add_shared(list, SV_SHARED_SGX_PAGES, line, err);

	return r < 0 ? r : sv_resource_add_shared(list, SV_SHARED_SGX_KEY, line, err);
}

int sv_resources_of_shared_devices(const struct sv_domain *dom, struct sv_resources *list,
				   struct sv_error *err)
{
	const struct sv_memory *memory = &dom->memory;
	size_t i;
	int r = 0;

	if (dom->vsock.line)
		r = sv_resource_add_shared(list, SV_SHARED_VSOCK, dom->vsock.line, err);
	if (r >= 0 && dom->sev.line)
		r = sv_resource_add_shared(list, SV_SHARED_SEV, dom->sev.line, err);
	for (i = 0; r >= 0 && i < memory->n_devices; i++)
		r = memory->devices[i].model == SV_MEMORY_SGX_EPC
			    ? add_sgx(list, memory->devices[i].line, err)
			    : 0;
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
