/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The domain XML reader on arbitrary bytes: no crash, no leak, an error that names the file and has
 * a message, and a model that keeps the readers' promises to the code that builds paths and command
 * lines from it.
 */
#include "fuzz.h"

#include "base/string.h"
#include "domain/resource/resource.h"
#include "domain/xml/xml.h"

#define FUZZ_FILE "fuzz.xml"

static void check_error(const struct sv_error *err)
{
	require(err->code == SV_E_USAGE);
	require(err->msg[0] && sv_streq(err->file, FUZZ_FILE));
}

static void check_path(const char *path)
{
	const char *p;

	require(path[0] == '/' && path[1] && !strstr(path, "//") && !strstr(path, "/../"));
	for (p = path; *p; p++)
		require((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static void check_seclabel(const struct sv_seclabel *label)
{
	require((label->type == SV_SECLABEL_STATIC) == (label->label != NULL));
	require(!label->baselabel || label->type == SV_SECLABEL_DYNAMIC);
	require(label->type != SV_SECLABEL_DYNAMIC || label->relabel);
	require(label->type != SV_SECLABEL_NONE || !label->relabel);
}

static void check_disk(const struct sv_disk *disk)
{
	bool file = disk->source == SV_DISK_FILE || disk->source == SV_DISK_BLOCK;

	require(disk->target && file == (disk->path != NULL));
	require((disk->source == SV_DISK_VHOST_USER) == (disk->backend.path != NULL));
}

static void check_device_name(const char *name)
{
	require(name[0] && name[0] != '.' && name[0] != '-' && strlen(name) < SV_NET_NAME_SIZE &&
		!strpbrk(name, "/, :"));
}

static void check_net(const struct sv_net *net)
{
	if (net->bridge)
		check_device_name(net->bridge);
	if (net->device)
		check_device_name(net->device);
	if (net->network)
		require(sv_network_name_is_valid(net->network) && !strchr(net->network, '/'));
	require((net->type == SV_NET_NETWORK) == (net->network != NULL));
	require((net->type == SV_NET_BRIDGE) == (net->bridge != NULL));
	require(!net->existing || (net->type == SV_NET_ETHERNET && net->device));
	require((net->type == SV_NET_VDPA) == (net->node != NULL));
	require((net->type == SV_NET_VHOST_USER) == (net->backend.path != NULL));
}

static void check_domain(const struct sv_domain *dom)
{
	size_t i;

	require(dom->name && dom->name[0] && !strchr(dom->name, '/') && strlen(dom->name) <= 64);
	require(dom->name[0] != '.' && dom->name[0] != '-');
	require(!dom->uuid[0] || strlen(dom->uuid) == SV_UUID_LEN);
	require(dom->current_memory_kib > 0 && dom->current_memory_kib <= dom->memory_kib);
	require(dom->vcpus > 0 && dom->n_disks <= SV_MAX_DISKS);
	require(!dom->machine || !strchr(dom->machine, ','));
	require(!dom->cpu_model || !strchr(dom->cpu_model, ','));
	require(!dom->cpu_model || sv_streq(dom->cpu_mode, "custom"));
	for (i = 0; i < dom->n_disks; i++)
		check_disk(&dom->disks[i]);
	for (i = 0; i < dom->n_nets; i++)
		check_net(&dom->nets[i]);
	for (i = 0; i < dom->n_seclabels; i++)
		check_seclabel(&dom->seclabels[i]);
	for (i = 0; i < dom->n_ignored; i++)
		require(dom->ignored[i].element[0] && dom->ignored[i].reason[0]);
	if (dom->emulator)
		check_path(dom->emulator);
}

/* Sets paths as if every host device existed. */
static void place_hostdevs(struct sv_domain *dom)
{
	struct sv_error err = {0};
	size_t i;

	for (i = 0; i < dom->n_hostdevs; i++)
		require(sv_asprintf(&dom->hostdevs[i].path, &err, "/dev/node%zu", i) == 0);
}

static void check_resources(const struct sv_domain *dom)
{
	sv_auto_resources struct sv_resources list = {0};
	struct sv_error err = {0};
	size_t i;

	if (sv_resources_of(dom, NULL, "/run/svirt/fuzz/guest", &list, &err) < 0) {
		check_error(&err);
		return;
	}
	for (i = 0; i < list.n; i++) {
		check_path(list.items[i].path);
		require(i == 0 || list.items[i - 1].line <= list.items[i].line);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sv_auto_domain struct sv_domain *dom = NULL;
	struct sv_error err = {0};

	if (sv_domain_parse((const char *)data, size, FUZZ_FILE, &dom, &err) < 0) {
		require(!dom);
		check_error(&err);
		return 0;
	}
	require(err.code == SV_OK);
	check_domain(dom);
	place_hostdevs(dom);
	check_resources(dom);
	return 0;
}
