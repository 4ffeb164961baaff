/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Host devices and input devices of the host -> resources: the nodes that guest/files/hostdev has
 * found for them.
 */
#include "domain/resource/parts.h"

static int add_input(struct sv_resources *list, const struct sv_input *input, size_t i,
		     struct sv_error *err)
{
	const struct sv_resource res = {
		.kind = SV_RES_INPUT,
		.access = SV_ACCESS_RW,
		.path = input->path,
		.line = input->line,
	};
	char name[32];

	(void)snprintf(name, sizeof(name), "input%zu", i);
	return sv_resource_add(list, &res, name, err);
}

static enum sv_resource_kind kind_of(const struct sv_hostdev *dev)
{
	switch (dev->type) {
	case SV_HOSTDEV_USB:
		return SV_RES_USB;
	case SV_HOSTDEV_SCSI:
		return SV_RES_SCSI;
	case SV_HOSTDEV_PCI:
	case SV_HOSTDEV_MDEV:
		return SV_RES_VFIO;
	}
	return SV_RES_VFIO;
}

/* A group is opened once for all of its devices, and the container once for all groups. */
static int add_vfio(struct sv_resources *list, const struct sv_resource *res, const char *name,
		    struct sv_error *err)
{
	int r = sv_resource_add_once(list, res, name, err);

	return r < 0 ? r : sv_resource_add_shared(list, SV_SHARED_VFIO, res->line, err);
}

static int add_hostdev(struct sv_resources *list, const struct sv_hostdev *dev, size_t i,
		       struct sv_error *err)
{
	struct sv_resource res = {
		.kind = kind_of(dev),
		.access = SV_ACCESS_RW,
		.path = dev->path,
		.line = dev->line,
		.later = dev->managed,
	};
	char name[32];
	int r;

	if (!dev->path)
		return 0;
	if (dev->shareable)
		res.access = SV_ACCESS_SHARED;
	else if (dev->readonly)
		res.access = SV_ACCESS_RO;
	(void)snprintf(name, sizeof(name), "hostdev%zu rom", i);
	r = sv_resource_add_loaded(list, &dev->rom.file, name, err);
	if (r < 0)
		return r;
	(void)snprintf(name, sizeof(name), "hostdev%zu", i);
	return res.kind == SV_RES_VFIO ? add_vfio(list, &res, name, err)
				       : sv_resource_add(list, &res, name, err);
}

int sv_resources_of_hostdevs(const struct sv_domain *dom, struct sv_resources *list,
			     struct sv_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < dom->n_inputs; i++)
		r = add_input(list, &dom->inputs[i], i, err);
	for (i = 0; r >= 0 && i < dom->n_hostdevs; i++)
		r = add_hostdev(list, &dom->hostdevs[i], i, err);
	return r;
}

bool sv_resource_is_looked_up(const struct sv_resource *res)
{
	switch (res->kind) {
	case SV_RES_USB:
	case SV_RES_SCSI:
	case SV_RES_VFIO:
	case SV_RES_MACVTAP:
	case SV_RES_VDPA:
		return true;
	case SV_RES_DISK:
	case SV_RES_BOOT_FILE:
	case SV_RES_CHAR_FILE:
	case SV_RES_CHAR_SOCKET:
	case SV_RES_GRAPHICS_SOCKET:
	case SV_RES_INPUT:
	case SV_RES_VFIO_CONTAINER:
	case SV_RES_RNG:
	case SV_RES_MEMORY:
	case SV_RES_CHAR_DEVICE:
	case SV_RES_CHAR_PIPE:
	case SV_RES_TPM:
	case SV_RES_VSOCK:
	case SV_RES_RENDER:
	case SV_RES_KVM:
	case SV_RES_SEV:
	case SV_RES_SGX:
	case SV_RES_TREE:
	case SV_RES_TUN:
	case SV_RES_VHOST_NET:
	case SV_RES_TPM_STATE:
		return false;
	}
	return false;
}
