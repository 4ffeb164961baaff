/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Directories of the host in the guest: 9p, where QEMU is the server, and virtio-fs, where it hands
 * its memory to one. Knows no file, label or process.
 */
#include "qemu/builder.h"

static const char *const security_models[] = {
	[SV_FS_PASSTHROUGH] = "passthrough",
	[SV_FS_MAPPED] = "mapped",
	[SV_FS_SQUASH] = "none",
};

bool sv_qemu_shares_memory(const struct sv_domain *dom)
{
	size_t i;

	for (i = 0; i < dom->n_filesystems; i++) {
		if (dom->filesystems[i].driver == SV_FS_VIRTIOFS)
			return true;
	}
	for (i = 0; i < dom->n_nets; i++) {
		if (dom->nets[i].type == SV_NET_VHOST_USER)
			return true;
	}
	for (i = 0; i < dom->n_disks; i++) {
		if (dom->disks[i].source == SV_DISK_VHOST_USER)
			return true;
	}
	return false;
}

/* The last options of both devices: the export, and the tag by which the guest mounts it. */
static void add_device(struct sv_qemu_builder *b, struct sv_buf *buf, size_t i, const char *end,
		       const char *tag)
{
	sv_buf_printf(buf, ",id=fs%zu,%s%zu,%s=", i, end, i, tag);
	sv_qemu_value(buf, b->dom->filesystems[i].tag);
	sv_qemu_option(b, "-device", buf);
}

/* multidevs=forbid: labelling stays on one filesystem, and two filesystems in one export could have
 * the same file number. */
static int add_9p(struct sv_qemu_builder *b, size_t i, struct sv_error *err)
{
	const struct sv_filesystem *fs = &b->dom->filesystems[i];
	sv_auto_buf struct sv_buf buf = {0};
	int r;

	sv_buf_printf(&buf, "local,id=fsdev%zu,path=", i);
	sv_qemu_value(&buf, fs->dir);
	sv_buf_printf(&buf, ",security_model=%s,multidevs=forbid%s", security_models[fs->mode],
		      fs->readonly ? ",readonly=on" : "");
	sv_qemu_option(b, "-fsdev", &buf);
	r = sv_qemu_on_bus(b, &buf, "virtio-9p", fs->line, err);
	if (r)
		return r;
	add_device(b, &buf, i, "fsdev=fsdev", "mount_tag");
	return 0;
}

static int add_virtiofs(struct sv_qemu_builder *b, size_t i, struct sv_error *err)
{
	const struct sv_filesystem *fs = &b->dom->filesystems[i];
	sv_auto_buf struct sv_buf buf = {0};
	int r;

	if (b->machine == SV_QEMU_MICROVM)
		return sv_qemu_refuse(b, fs->line, "virtiofs", err);
	sv_buf_printf(&buf, "socket,id=charfs%zu,path=", i);
	sv_qemu_value(&buf, fs->socket);
	sv_qemu_option(b, "-chardev", &buf);
	r = sv_qemu_on_bus(b, &buf, "vhost-user-fs", fs->line, err);
	if (r)
		return r;
	add_device(b, &buf, i, "chardev=charfs", "tag");
	return 0;
}

int sv_qemu_filesystems(struct sv_qemu_builder *b, struct sv_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < b->dom->n_filesystems; i++) {
		switch (b->dom->filesystems[i].driver) {
		case SV_FS_PATH:
			r = add_9p(b, i, err);
			break;
		case SV_FS_VIRTIOFS:
			r = add_virtiofs(b, i, err);
			break;
		}
	}
	return r;
}
