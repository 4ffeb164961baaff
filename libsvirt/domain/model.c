/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Releasing a domain and finding the seclabel of a security model in it. Knows nothing of where
 * a domain comes from: what the members mean is written in model.h.
 */
#include "domain/model.h"

#include "base/string.h"

/* What a VMM takes for itself: its own pages, rings of devices, video memory. */
#define LOCKED_MORE_KIB (1024u * 1024)

const char *const sv_chardev_types[] = {
	[SV_CHAR_NULL] = "null",
	[SV_CHAR_VC] = "vc",
	[SV_CHAR_PTY] = "pty",
	[SV_CHAR_DEV] = "dev",
	[SV_CHAR_FILE] = "file",
	[SV_CHAR_PIPE] = "pipe",
	[SV_CHAR_TCP] = "tcp",
	[SV_CHAR_UDP] = "udp",
	[SV_CHAR_UNIX] = "unix",
	[SV_CHAR_SPICEVMC] = "spicevmc",
	[SV_CHAR_SPICEPORT] = "spiceport",
	NULL,
};

const char *const sv_char_kinds[] = {
	[SV_CHAR_SERIAL] = "serial",
	[SV_CHAR_PARALLEL] = "parallel",
	[SV_CHAR_CONSOLE] = "console",
	[SV_CHAR_CHANNEL] = "channel",
};

const char *const sv_graphics_types[] = {
	[SV_GRAPHICS_VNC] = "vnc",
	[SV_GRAPHICS_SPICE] = "spice",
	[SV_GRAPHICS_EGL] = "egl-headless",
	NULL,
};

void sv_device_seclabels_free(struct sv_device_seclabel *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(list[i].model);
		free(list[i].label);
	}
	free(list);
}

static void free_data(struct sv_data_store *data)
{
	free(data->path);
	sv_device_seclabels_free(data->seclabels, data->n_seclabels);
}

static void free_chain(struct sv_disk *disk)
{
	size_t i;

	for (i = 0; i < disk->n_chain; i++) {
		free(disk->chain[i].path);
		free(disk->chain[i].format);
		free_data(&disk->chain[i].data);
		sv_device_seclabels_free(disk->chain[i].seclabels, disk->chain[i].n_seclabels);
	}
	free(disk->chain);
}

static void free_disks(struct sv_domain *dom)
{
	size_t i;

	for (i = 0; i < dom->n_disks; i++) {
		struct sv_disk *disk = &dom->disks[i];

		free_data(&disk->data);

		free(disk->path);
		free(disk->format);
		free(disk->target);
		free(disk->backend.path);
		free(disk->serial);
		free(disk->cache);
		free(disk->io);
		free(disk->discard);
		free(disk->iotune.group);
		sv_device_seclabels_free(disk->seclabels, disk->n_seclabels);
		free_chain(disk);
	}
	free(dom->disks);
}

void sv_chardev_done(struct sv_chardev *chardev)
{
	free(chardev->path);
	free(chardev->own);
	free(chardev->to.host);
	free(chardev->at.host);
	free(chardev->channel);
	free(chardev->log);
	sv_device_seclabels_free(chardev->seclabels, chardev->n_seclabels);
}

static void free_chars(struct sv_domain *dom)
{
	size_t i;

	for (i = 0; i < dom->n_chars; i++) {
		sv_chardev_done(&dom->chars[i].source);
		free(dom->chars[i].target);
		free(dom->chars[i].name);
	}
	free(dom->chars);
}

static void free_host_devices(struct sv_domain *dom)
{
	size_t i;

	for (i = 0; i < dom->n_inputs; i++) {
		free(dom->inputs[i].path);
		free(dom->inputs[i].grab_toggle);
	}
	free(dom->inputs);
	for (i = 0; i < dom->n_hostdevs; i++) {
		free(dom->hostdevs[i].path);
		free(dom->hostdevs[i].sysfs);
		free(dom->hostdevs[i].rom.file.path);
	}
	free(dom->hostdevs);
}

const char *const sv_redir_kinds[] = {
	[SV_REDIR_USB] = "redirdev",
	[SV_REDIR_SMARTCARD] = "smartcard",
};

const char *const sv_net_models[] = {
	"virtio", "e1000",   "e1000-82544gc", "e1000-82545em", "e1000e", "ne2k_pci",
	"pcnet",  "rtl8139", "tulip",	      "vmxnet3",       NULL,
};

static void free_nets(struct sv_domain *dom)
{
	size_t i;

	for (i = 0; i < dom->n_nets; i++) {
		free(dom->nets[i].peer.host);
		free(dom->nets[i].local.host);
		free(dom->nets[i].model);
		free(dom->nets[i].mac);
		free(dom->nets[i].network);
		free(dom->nets[i].portgroup);
		free(dom->nets[i].bridge);
		free(dom->nets[i].device);
		free(dom->nets[i].backend.path);
		free(dom->nets[i].node);
		free(dom->nets[i].rom.file.path);
	}
	free(dom->nets);
}

static void free_other_devices(struct sv_domain *dom)
{
	size_t i;

	for (i = 0; i < dom->n_redirs; i++)
		sv_chardev_done(&dom->redirs[i].source);
	free(dom->redirs);
	free(dom->redir_filter);
	free(dom->tpm.model);
	free(dom->tpm.device);
	free(dom->tpm.state);
	sv_chardev_done(&dom->tpm.source);
	for (i = 0; i < dom->n_filesystems; i++) {
		free(dom->filesystems[i].dir);
		free(dom->filesystems[i].socket);
		free(dom->filesystems[i].tag);
	}
	free(dom->filesystems);
	for (i = 0; i < dom->n_graphics; i++) {
		free(dom->graphics[i].socket);
		free(dom->graphics[i].listen);
		free(dom->graphics[i].password);
		free(dom->graphics[i].render_node);
	}
	free(dom->graphics);
	free_nets(dom);
	for (i = 0; i < dom->n_rngs; i++)
		free(dom->rngs[i].path);
	free(dom->rngs);
}

int sv_char_name_own(struct sv_char *chr, struct sv_error *err)
{
	char **own = &chr->source.own;

	if (chr->name)
		return sv_asprintf(own, err, "%s.sock", chr->name);
	return sv_asprintf(own, err, "%s%u.sock", sv_char_kinds[chr->kind], chr->port);
}

static void free_limits(struct sv_limits *limits)
{
	free(limits->pins);
	for (size_t i = 0; i < limits->n_devices; i++)
		free(limits->devices[i].path);
	free(limits->devices);
}

static void free_cpu(struct sv_domain *dom)
{
	size_t i;

	for (i = 0; i < dom->n_cpu_features; i++)
		free(dom->cpu_features[i].name);
	free(dom->cpu_features);
	free(dom->cpu_mode);
	free(dom->cpu_model);
}

static void free_labels_and_notes(struct sv_domain *dom)
{
	size_t i;

	for (i = 0; i < dom->n_seclabels; i++) {
		free(dom->seclabels[i].model);
		free(dom->seclabels[i].label);
		free(dom->seclabels[i].baselabel);
	}
	free(dom->seclabels);
	for (i = 0; i < dom->n_ignored; i++) {
		free(dom->ignored[i].element);
		free(dom->ignored[i].reason);
	}
	free(dom->ignored);
}

void sv_domain_free(struct sv_domain **dom)
{
	if (!*dom)
		return;
	free((*dom)->file);
	free((*dom)->name);
	free((*dom)->arch);
	free((*dom)->machine);
	free((*dom)->kernel.path);
	free((*dom)->initrd.path);
	sv_boot_done(&(*dom)->boot);
	sv_extra_done(&(*dom)->extra);
	sv_memory_done(&(*dom)->memory);
	free_limits(&(*dom)->limits);
	free((*dom)->cmdline);
	free_cpu(*dom);
	free((*dom)->emulator);
	free((*dom)->share_group);
	free_disks(*dom);
	free_chars(*dom);
	free_host_devices(*dom);
	free_other_devices(*dom);
	free_labels_and_notes(*dom);
	free(*dom);
	*dom = NULL;
}

const struct sv_seclabel *sv_domain_seclabel(const struct sv_domain *dom, const char *model,
					     bool is_main)
{
	const struct sv_seclabel *unnamed = NULL;
	size_t i;

	for (i = 0; i < dom->n_seclabels; i++) {
		if (sv_streq(dom->seclabels[i].model, model))
			return &dom->seclabels[i];
		if (!dom->seclabels[i].model)
			unnamed = &dom->seclabels[i];
	}
	return is_main ? unnamed : NULL;
}

struct sv_chardev sv_vhost_user_chardev(const struct sv_vhost_user *backend)
{
	return (struct sv_chardev){
		.type = SV_CHAR_UNIX,
		.path = backend->path,
		.listen = backend->listen,
		.reconnect = backend->reconnect,
	};
}

uint64_t sv_domain_locked_kib(const struct sv_domain *dom)
{
	bool pinned = dom->sev.line != 0 || dom->memory.backing.locked;
	size_t i;

	for (i = 0; i < dom->n_hostdevs; i++)
		pinned |= dom->hostdevs[i].type == SV_HOSTDEV_PCI ||
			  dom->hostdevs[i].type == SV_HOSTDEV_MDEV;
	for (i = 0; i < dom->n_nets; i++)
		pinned |= dom->nets[i].type == SV_NET_VDPA;
	return pinned ? dom->memory_kib + LOCKED_MORE_KIB : 0;
}

int sv_share_group_check(const char *name, struct sv_error *err)
{
	static const char alnum[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	static const char more[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t len = strlen(name);
	char shown[96];

	if (len <= SV_SHARE_GROUP_MAX && strspn(name, alnum) > 0 && strspn(name, more) == len)
		return 0;
	(void)sv_fail(err, SV_E_USAGE, 0, "'%s' is no name for a share group",
		      sv_escape(name, shown, sizeof(shown)));
	return sv_hint(err,
		       "letters, digits, '.', '_' and '-', a letter or a digit first, %u at "
		       "most",
		       SV_SHARE_GROUP_MAX);
}

static bool has_limit(const struct sv_iotune *tune)
{
	uint64_t any = 0;

	for (size_t i = 0; i < SV_N_IOTUNE; i++)
		any |= tune->rate[i];
	return any;
}

const struct sv_disk *sv_disk_throttle(const struct sv_domain *dom, const struct sv_disk *disk)
{
	const struct sv_iotune *own = &disk->iotune;

	for (size_t i = 0; own->group && i < dom->n_disks; i++) {
		const struct sv_iotune *tune = &dom->disks[i].iotune;

		if (sv_streq(tune->group, own->group) && has_limit(tune))
			return &dom->disks[i];
	}
	return has_limit(own) ? disk : NULL;
}
