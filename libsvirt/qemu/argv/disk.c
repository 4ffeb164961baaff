/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Disks: the device in front of the images (image.c), and the controllers that the devices
 * need. Knows no file's contents.
 */
#include "qemu/builder.h"

#include <inttypes.h>

struct bus {
	const char *name;
	unsigned room;
	const char *device[SV_DISK_FLOPPY + 1]; /* by enum sv_disk_device; NULL: cannot be */
};

static const struct bus buses[] = {
	[SV_BUS_VIRTIO] = {"virtio", 702, {"virtio-blk", NULL, NULL}},
	[SV_BUS_IDE] = {"ide", 4, {"ide-hd", "ide-cd", NULL}},
	[SV_BUS_SATA] = {"sata", 6, {"ide-hd", "ide-cd", NULL}},
	[SV_BUS_SCSI] = {"scsi", 256, {"scsi-hd", "scsi-cd", NULL}},
	[SV_BUS_FDC] = {"fdc", 2, {NULL, NULL, "floppy"}},
	[SV_BUS_USB] = {"usb", 15, {"usb-storage", NULL, NULL}},
};

static const struct sv_qemu_cache caches[] = {
	{"none", true, false, true},	   {"writethrough", false, false, false},
	{"writeback", false, false, true}, {"directsync", true, false, false},
	{"unsafe", false, true, true},
};

const struct sv_qemu_cache *sv_qemu_cache_of(const struct sv_disk *disk)
{
	size_t i;

	for (i = 0; disk->cache && i < SV_N_ELEMENTS(caches); i++) {
		if (sv_streq(disk->cache, caches[i].name))
			return &caches[i];
	}
	return NULL;
}

static int refuse(const struct sv_qemu_builder *b, const struct sv_disk *disk, const char *why,
		  struct sv_error *err)
{
	char shown[64];

	return sv_fail_at(err, b->dom->file, disk->line, "disk '%s': %s",
			  sv_escape(disk->target ? disk->target : "", shown, sizeof(shown)), why);
}

/* "vdc" is 2, "vdaa" is 26. The letters count, the prefix is only a name, as in libvirt. */
static int target_index(const struct sv_qemu_builder *b, const struct sv_disk *disk, unsigned *ret,
			struct sv_error *err)
{
	static const char *const prefixes[] = {"vd", "hd", "sd", "fd"};
	const char *s = disk->target ? disk->target : "";
	unsigned n = 0;
	size_t i;

	for (i = 0; i < SV_N_ELEMENTS(prefixes) && !sv_starts_with(s, prefixes[i]); i++)
		;
	if (i == SV_N_ELEMENTS(prefixes) || !s[2]) {
		refuse(b, disk, "the target is not a name of a disk", err);
		return sv_hint(err, "targets are named vda, vdb, ... or with hd, sd, fd");
	}
	for (s += 2; *s; s++) {
		if (*s < 'a' || *s > 'z')
			return refuse(b, disk, "the target is not a prefix and letters", err);
		n = n * 26 + (unsigned)(*s - 'a') + 1;
		if (n > buses[disk->bus].room) {
			refuse(b, disk, "the target is beyond the last place on its bus", err);
			return sv_hint(err, "bus '%s' has %u places", buses[disk->bus].name,
				       buses[disk->bus].room);
		}
	}
	*ret = n - 1;
	return 0;
}

static int check_bus(const struct sv_qemu_builder *b, const struct sv_disk *disk,
		     struct sv_error *err)
{
	bool microvm = b->machine == SV_QEMU_MICROVM;
	const char *missing = NULL;

	switch (disk->bus) {
	case SV_BUS_VIRTIO:
	case SV_BUS_SCSI:
		break;
	case SV_BUS_IDE:
		missing = b->machine == SV_QEMU_PC ? NULL : "IDE bus";
		break;
	case SV_BUS_SATA:
		missing = microvm ? "SATA bus" : NULL;
		break;
	case SV_BUS_FDC:
		missing = microvm ? "floppy controller" : NULL;
		break;
	case SV_BUS_USB:
		missing = microvm ? "USB bus" : NULL;
		break;
	}
	if (!missing)
		return 0;
	sv_qemu_refuse(b, disk->line, missing, err);
	return sv_hint(err, "use bus='%s'", microvm ? "virtio' or 'scsi" : "sata");
}

/* Refuses what QEMU would refuse, but before anything is changed and with the line. */
static int check_disk(const struct sv_qemu_builder *b, const struct sv_disk *disk,
		      struct sv_error *err)
{
	bool ata = disk->bus == SV_BUS_IDE || disk->bus == SV_BUS_SATA;
	const struct sv_qemu_cache *cache = sv_qemu_cache_of(disk);

	if (!buses[disk->bus].device[disk->device]) {
		refuse(b, disk, "this kind of drive cannot be on this bus", err);
		return sv_hint(err, "cdrom: bus='sata', 'scsi' or 'ide'; floppy: bus='fdc'");
	}
	if (disk->device == SV_DISK_DISK && disk->source == SV_DISK_NONE)
		return refuse(b, disk, "a disk needs a source", err);
	if (disk->source == SV_DISK_VHOST_USER && b->machine == SV_QEMU_MICROVM)
		return sv_qemu_refuse(b, disk->line, "vhostuser disk", err);
	if (disk->device == SV_DISK_DISK && disk->readonly && ata) {
		refuse(b, disk, "an IDE or SATA disk cannot be read-only", err);
		return sv_hint(err, "use bus='virtio' or 'scsi', or device='cdrom'");
	}
	if (sv_streq(disk->io, "native") && !(cache && cache->direct)) {
		refuse(b, disk, "io='native' needs a cache mode without the page cache", err);
		return sv_hint(err, "add cache='none' or cache='directsync'");
	}
	if (disk->cache && !cache)
		return refuse(b, disk, "the cache mode is not known", err);
	if (disk->device == SV_DISK_FLOPPY && disk->serial)
		return refuse(b, disk, "a floppy has no serial number", err);
	return check_bus(b, disk, err);
}

static bool is_readonly(const struct sv_disk *disk)
{
	return disk->readonly || disk->device == SV_DISK_CDROM;
}

/* Position in the boot order, 0 for none. By class it is the first disk and the first cdrom. */
static uint32_t boot_index(const struct sv_domain *dom, const struct sv_disk *disk)
{
	const struct sv_disk *first = dom->disks;

	if (sv_qemu_boots_by_device(dom))
		return disk->boot_order;
	if (disk->device == SV_DISK_FLOPPY)
		return 0;
	while (first->device != disk->device)
		first++;
	if (first != disk)
		return 0;
	return (disk->device == SV_DISK_CDROM) == dom->boot_cdrom_first ? 1 : 2;
}

/* Its position on its bus, which no other disk may have: "hda" and "sda" are one on SATA. */
static int find_place(const struct sv_qemu_builder *b, const struct sv_disk *disk, unsigned *ret,
		      struct sv_error *err)
{
	const struct sv_disk *other;
	unsigned at = 0, taken = 0;
	int r = target_index(b, disk, &at, err);

	for (other = b->dom->disks; r == 0 && other != disk; other++) {
		if (other->bus != disk->bus)
			continue;
		r = target_index(b, other, &taken, err);
		if (r == 0 && taken == at) {
			refuse(b, disk, "another disk has this place on the bus", err);
			return sv_hint(err, "change the target; the other is '%s' in line %u",
				       other->target, other->line);
		}
	}
	if (r)
		return r;
	*ret = at;
	return 0;
}

/* The name of the device and where it sits. */
static int add_place(struct sv_qemu_builder *b, const struct sv_disk *disk, struct sv_buf *buf,
		     struct sv_error *err)
{
	bool vhost = disk->source == SV_DISK_VHOST_USER;
	const char *name = vhost       ? "vhost-user-blk"
			   : disk->lun ? "scsi-block"
				       : buses[disk->bus].device[disk->device];
	unsigned at = 0;
	int r;

	r = find_place(b, disk, &at, err);
	if (r)
		return r;
	switch (disk->bus) {
	case SV_BUS_VIRTIO:
		return sv_qemu_virtio(b, buf, name, disk->virtio, disk->line, err);
	case SV_BUS_IDE:
		sv_buf_printf(buf, "%s,bus=ide.%u,unit=%u", name, at / 2, at % 2);
		break;
	case SV_BUS_SATA:
		sv_buf_printf(buf, "%s,bus=%s.%u", name,
			      b->machine == SV_QEMU_Q35 ? "ide" : "sata0", at);
		break;
	case SV_BUS_SCSI:
		sv_buf_printf(buf, "%s,bus=scsi0.0,channel=0,scsi-id=%u,lun=0", name, at);
		break;
	case SV_BUS_FDC:
		sv_buf_printf(buf, "%s,unit=%u", name, at);
		break;
	case SV_BUS_USB:
		sv_buf_printf(buf, "%s,bus=usb0.0,port=%u", name, at + 1);
		break;
	}
	return 0;
}

static int add_source(struct sv_qemu_builder *b, const struct sv_disk *disk, struct sv_buf *buf,
		      struct sv_error *err)
{
	const struct sv_chardev backend = sv_vhost_user_chardev(&disk->backend);
	bool throttled;
	char id[32];
	int r;

	switch (disk->source) {
	case SV_DISK_NONE:
		break;
	case SV_DISK_FILE:
	case SV_DISK_BLOCK:
		throttled = sv_disk_throttle(b->dom, disk);
		r = sv_qemu_images(b, disk, err);
		if (r == 0 && throttled)
			r = sv_qemu_throttle(b, disk, err);
		if (r)
			return r;
		sv_buf_printf(buf, ",drive=%s-%s", throttled ? "throttle" : "drive", disk->target);
		break;
	case SV_DISK_VHOST_USER:
		(void)snprintf(id, sizeof(id), "chardisk-%s", disk->target);
		sv_qemu_chardev(b, &backend, id);
		sv_buf_printf(buf, ",chardev=%s", id);
		break;
	}
	return 0;
}

static int add_disk(struct sv_qemu_builder *b, const struct sv_disk *disk, struct sv_error *err)
{
	const struct sv_qemu_cache *cache = sv_qemu_cache_of(disk);
	uint32_t boot = boot_index(b->dom, disk);
	sv_auto_buf struct sv_buf buf = {0};
	int r;

	r = add_place(b, disk, &buf, err);
	if (r)
		return r;
	sv_buf_printf(&buf, ",id=disk-%s", disk->target);
	r = add_source(b, disk, &buf, err);
	if (r)
		return r;
	if (disk->shareable)
		sv_buf_puts(&buf, ",share-rw=on");
	if (cache && !is_readonly(disk) && !disk->lun)
		sv_buf_printf(&buf, ",write-cache=%s", cache->write_cache ? "on" : "off");
	if (disk->serial) {
		sv_buf_puts(&buf, ",serial=");
		sv_qemu_value(&buf, disk->serial);
	}
	if (boot && disk->device != SV_DISK_FLOPPY)
		sv_buf_printf(&buf, ",bootindex=%" PRIu32, boot);
	sv_qemu_option(b, "-device", &buf);
	if (boot && disk->device == SV_DISK_FLOPPY) {
		/* the boot order of floppies is set at their controller, which a pc has */
		sv_buf_printf(&buf, "isa-fdc.bootindex%c=%" PRIu32,
			      sv_streq(disk->target, "fda") ? 'A' : 'B', boot);
		sv_qemu_option(b, "-global", &buf);
	}
	return 0;
}

static const struct sv_disk *first_on(const struct sv_domain *dom, enum sv_disk_bus bus)
{
	size_t i;

	for (i = 0; i < dom->n_disks; i++) {
		if (dom->disks[i].bus == bus)
			return &dom->disks[i];
	}
	return NULL;
}

/* The controllers that the machine does not have, in a fixed order: slots stay when a disk moves in
 * the document. */
static int add_controllers(struct sv_qemu_builder *b, struct sv_error *err)
{
	static const struct {
		enum sv_disk_bus bus;
		const char *device, *options;
	} controllers[] = {
		{SV_BUS_USB, "qemu-xhci", ",id=usb0,p2=15,p3=15"},
		{SV_BUS_SATA, "ahci", ",id=sata0"},
		{SV_BUS_SCSI, "virtio-scsi", ",id=scsi0"},
	};
	sv_auto_buf struct sv_buf buf = {0};
	size_t i;
	int r;

	for (i = 0; i < SV_N_ELEMENTS(controllers); i++) {
		const struct sv_disk *disk = first_on(b->dom, controllers[i].bus);

		if (!disk || (disk->bus == SV_BUS_SATA && b->machine == SV_QEMU_Q35))
			continue;
		r = sv_qemu_on_bus(b, &buf, controllers[i].device, disk->line, err);
		if (r)
			return r;
		sv_buf_puts(&buf, controllers[i].options);
		sv_qemu_option(b, "-device", &buf);
	}
	if (b->machine == SV_QEMU_Q35 && first_on(b->dom, SV_BUS_FDC)) {
		sv_strv_add(&b->argv, "-device");
		sv_strv_add(&b->argv, "isa-fdc,id=fdc0");
	}
	return 0;
}

int sv_qemu_disks(struct sv_qemu_builder *b, struct sv_error *err)
{
	const struct sv_domain *dom = b->dom;
	size_t i;
	int r;

	for (i = 0; i < dom->n_disks; i++) {
		r = check_disk(b, &dom->disks[i], err);
		if (r)
			return r;
	}
	r = add_controllers(b, err);
	for (i = 0; r == 0 && i < dom->n_disks; i++)
		r = add_disk(b, &dom->disks[i], err);
	return r;
}
