/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <disk>: files and block devices of the host. Their sources are read by source.c. */
#include "domain/xml/parts.h"
#include "domain/xml/xml.h"

static const char *const buses[] = {"virtio", "ide", "sata", "scsi", "fdc", "usb", NULL};
static const enum sv_disk_bus bus_values[] = {SV_BUS_VIRTIO, SV_BUS_IDE, SV_BUS_SATA,
					      SV_BUS_SCSI,   SV_BUS_FDC, SV_BUS_USB};
_Static_assert(SV_N_ELEMENTS(buses) == SV_N_ELEMENTS(bus_values) + 1, "one value for each bus");

/* An attribute that is one of choices, copied; "default" is the same as none. */
static int read_mode(struct sv_xml *x, const xmlNode *node, const char *attr,
		     const char *const *choices, char **ret)
{
	const char *value = sv_xml_attr(node, attr);
	unsigned at;
	int r;

	if (sv_streq(value, "default"))
		return 0;
	r = sv_xml_attr_choice(x, node, attr, choices, &at);
	return r < 0 ? r : sv_strdup(value, ret, x->err);
}

static int read_driver(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {
		{"name", NULL},
		{"type", NULL},
		{"cache", NULL},
		{"io", NULL},
		{"discard", NULL},
		{"error_policy", SV_XML_HARMLESS},
		{"rerror_policy", SV_XML_HARMLESS},
		{"ioeventfd", SV_XML_HARMLESS},
		{"event_idx", SV_XML_HARMLESS},
		{"detect_zeroes", SV_XML_HARMLESS},
		{"discard_no_unref", SV_XML_HARMLESS},
		{"queues", SV_XML_HARMLESS},
		{"queue_size", SV_XML_HARMLESS},
		{"iothread", SV_XML_HARMLESS},
		{"packed", SV_XML_HARMLESS},
		{"page_per_vq", SV_XML_HARMLESS},
		{NULL, NULL},
	};
	static const struct sv_xml_rule rules[] = {
		SV_XML_IGNORE("metadata_cache", SV_XML_HARMLESS),
		SV_XML_IGNORE("iothreads", SV_XML_HARMLESS),
		SV_XML_END,
	};
	static const char *const names[] = {"qemu", NULL};
	static const char *const caches[] = {"none",	   "writethrough", "writeback",
					     "directsync", "unsafe",	   NULL};
	static const char *const ios[] = {"threads", "native", "io_uring", NULL};
	static const char *const discards[] = {"unmap", "ignore", NULL};
	struct sv_disk *disk = into;
	unsigned at;
	int r = sv_xml_attrs(x, node, known);

	if (r >= 0)
		r = sv_xml_children(x, node, rules, NULL);
	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "name", names, &at);
	if (r >= 0)
		r = read_mode(x, node, "type", sv_xml_image_formats, &disk->format);
	if (r >= 0)
		r = read_mode(x, node, "cache", caches, &disk->cache);
	if (r >= 0)
		r = read_mode(x, node, "io", ios, &disk->io);
	return r < 0 ? r : read_mode(x, node, "discard", discards, &disk->discard);
}

static int read_source(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct sv_disk *disk = into;
	struct sv_xml_source source = {
		.what = "path of a disk",
		.block = disk->source == SV_DISK_BLOCK,
		.may_lack = disk->device != SV_DISK_DISK,
	};
	int r;

	if (disk->source == SV_DISK_VHOST_USER)
		return sv_xml_vhost_user(x, node, &disk->backend);
	r = sv_xml_source(x, node, &source);
	disk->path = source.path;
	disk->optional = source.optional;
	disk->data = source.data;
	disk->seclabels = source.seclabels;
	disk->n_seclabels = source.n_seclabels;
	return r;
}

/* "vda", "sdaa": the prefix gives the bus when the document does not. */
static int read_target_name(struct sv_xml *x, const xmlNode *node, struct sv_disk *disk,
			    const char *dev)
{
	static const struct {
		const char *prefix;
		enum sv_disk_bus bus;
	} prefixes[] = {
		{"vd", SV_BUS_VIRTIO}, {"hd", SV_BUS_IDE}, {"sd", SV_BUS_SCSI}, {"fd", SV_BUS_FDC}};
	char shown[64];
	size_t i;

	for (i = 0; i < SV_N_ELEMENTS(prefixes); i++) {
		size_t letters = strlen(dev) - (strlen(dev) < 2 ? strlen(dev) : 2);

		if (!sv_starts_with(dev, prefixes[i].prefix) || letters < 1 || letters > 3 ||
		    strspn(dev + 2, "abcdefghijklmnopqrstuvwxyz") != letters)
			continue;
		disk->bus = prefixes[i].bus;
		return sv_strdup(dev, &disk->target, x->err);
	}
	(void)sv_xml_fail(x, node, "target '%s' of a disk is not a name of a disk",
			  sv_escape(dev, shown, sizeof(shown)));
	return sv_hint(x->err, "accepted: vd, hd, sd or fd and one to three letters, e.g. 'vda'");
}

static int read_target(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {
		{"dev", NULL},
		{"bus", NULL},
		{"tray", SV_XML_HARMLESS},
		{"removable", SV_XML_HARMLESS},
		{"rotation_rate", SV_XML_HARMLESS},
		{NULL, NULL},
	};
	struct sv_disk *disk = into;
	const char *dev, *bus;
	unsigned at;
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	dev = sv_xml_attr(node, "dev");
	bus = sv_xml_attr(node, "bus");
	if (!dev)
		return sv_xml_missing(x, node, "dev");
	r = read_target_name(x, node, disk, dev);
	if (r < 0 || !bus)
		return r;
	r = sv_xml_choice(x, node, "bus of a disk", bus, buses, &at);
	if (r >= 0)
		disk->bus = bus_values[at];
	return r;
}

static int read_readonly(struct sv_xml *x, const xmlNode *node, void *into)
{
	((struct sv_disk *)into)->readonly = true;
	return sv_xml_leaf(x, node, sv_xml_no_attrs);
}

static int read_shareable(struct sv_xml *x, const xmlNode *node, void *into)
{
	((struct sv_disk *)into)->shareable = true;
	return sv_xml_leaf(x, node, sv_xml_no_attrs);
}

static int read_serial(struct sv_xml *x, const xmlNode *node, void *into)
{
	sv_auto_free char *text = NULL;
	struct sv_disk *disk = into;
	int r = sv_xml_plain_text(x, node, &text);

	return r < 0 ? r : sv_xml_word(x, node, "serial of a disk", text, &disk->serial);
}

static int read_boot(struct sv_xml *x, const xmlNode *node, void *into)
{
	return sv_xml_boot_order(x, node, &((struct sv_disk *)into)->boot_order);
}

static int refuse_seclabel(struct sv_xml *x, const xmlNode *node, void *into)
{
	(void)into;
	(void)sv_xml_fail(x, node, "<seclabel> in <disk> would have no effect");
	return sv_hint(x->err, "put it into the <source> of the disk");
}

static int read_type(struct sv_xml *x, const xmlNode *node, struct sv_disk *disk)
{
	unsigned at_type = 0, at_device = 0, at_model = SV_VIRTIO_ANY, at_raw;
	const char *model = sv_xml_attr(node, "model");
	bool virtio = model && sv_parse_choice(model, sv_xml_virtio_models, &at_model) == 0;
	const struct sv_xml_attr known[] = {
		{"type", NULL},
		{"device", NULL},
		{"snapshot", SV_XML_HARMLESS},
		{"model", virtio ? NULL : SV_XML_HARMLESS},
		{"rawio", NULL},
		{"sgio", NULL},
		{NULL, NULL},
	};
	static const char *const types[] = {"file", "block", "vhostuser", NULL};
	static const enum sv_disk_source sources[] = {SV_DISK_FILE, SV_DISK_BLOCK,
						      SV_DISK_VHOST_USER};
	static const char *const devices[] = {"disk", "cdrom", "floppy", "lun", NULL};
	static const enum sv_disk_device device_values[] = {SV_DISK_DISK, SV_DISK_CDROM,
							    SV_DISK_FLOPPY, SV_DISK_DISK};
	/* more would need CAP_SYS_RAWIO */
	static const char *const rawio[] = {"no", NULL}, *const sgio[] = {"filtered", NULL};
	int r = sv_xml_attrs(x, node, known);

	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "type", types, &at_type);
	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "device", devices, &at_device);
	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "rawio", rawio, &at_raw);
	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "sgio", sgio, &at_raw);
	disk->lun = at_device == SV_N_ELEMENTS(device_values) - 1;
	disk->source = sources[at_type];
	disk->device = device_values[at_device];
	disk->virtio = (enum sv_virtio)at_model;
	return r;
}

/* Refuses elements about an image for a vhost-user disk: another process has the image. */
static int check_vhost_user(struct sv_xml *x, const xmlNode *node, const struct sv_disk *disk)
{
	const char *more = NULL;

	if (!disk->backend.path)
		return sv_xml_fail(x, node, "disk %s has no <source>", disk->target);
	if (disk->device != SV_DISK_DISK || disk->bus != SV_BUS_VIRTIO) {
		(void)sv_xml_fail(x, node, "disk %s: vhostuser is for disks on bus 'virtio'",
				  disk->target);
		return sv_hint(x->err, "<target dev='vda' bus='virtio'/>");
	}
	if (disk->readonly || disk->shareable)
		more = disk->readonly ? "<readonly/>" : "<shareable/>";
	else if (disk->iotune.line)
		more = "<iotune>";
	else if (disk->cache || disk->io || disk->discard)
		more = "a mode in <driver>";
	else if (disk->serial || disk->n_chain || disk->chain_ends)
		more = disk->serial ? "<serial>" : "<backingStore>";
	if (!more)
		return 0;
	(void)sv_xml_fail(x, node, "disk %s: %s has no effect with vhostuser", disk->target, more);
	return sv_hint(x->err, "remove it; who serves the disk decides");
}

/* A LUN is a device of the host and answers for itself. */
static int check_lun(struct sv_xml *x, const xmlNode *node, const struct sv_disk *disk)
{
	if (disk->source != SV_DISK_BLOCK || disk->bus != SV_BUS_SCSI ||
	    (disk->format && !sv_streq(disk->format, "raw"))) {
		(void)sv_xml_fail(x, node, "disk %s: a lun is a block device on bus 'scsi'",
				  disk->target);
		return sv_hint(x->err, "type='block', <driver type='raw'/> and <target dev='sda' "
				       "bus='scsi'/>; or device='disk'");
	}
	if (!disk->serial)
		return 0;
	(void)sv_xml_fail(x, node, "disk %s: <serial> has no effect with a lun", disk->target);
	return sv_hint(x->err, "remove it; the guest sees the number of the device");
}

static int check_disk(struct sv_xml *x, const xmlNode *node, struct sv_disk *disk)
{
	if (!disk->target) {
		(void)sv_xml_fail(x, node, "a <disk> has no <target>");
		return sv_hint(x->err, "put <target dev='vda' bus='virtio'/> into it");
	}
	if (disk->virtio != SV_VIRTIO_ANY && disk->bus != SV_BUS_VIRTIO) {
		(void)sv_xml_fail(x, node, "disk %s: model '%s' is for disks on bus 'virtio'",
				  disk->target, sv_xml_virtio_models[disk->virtio]);
		return sv_hint(x->err, "<target dev='vda' bus='virtio'/>, or remove the model");
	}
	if (disk->source == SV_DISK_VHOST_USER)
		return check_vhost_user(x, node, disk);
	if (disk->lun && check_lun(x, node, disk) < 0)
		return -(int)x->err->code;
	if (!disk->path && disk->device == SV_DISK_DISK) {
		(void)sv_xml_fail(x, node, "disk %s has no <source>", disk->target);
		return sv_hint(x->err, "put <source file='/path'/> into it");
	}
	if ((disk->device == SV_DISK_FLOPPY) != (disk->bus == SV_BUS_FDC))
		return sv_xml_fail(x, node, "disk %s: floppies, and nothing else, are on bus 'fdc'",
				   disk->target);
	if (disk->device == SV_DISK_CDROM && disk->bus == SV_BUS_VIRTIO) {
		(void)sv_xml_fail(x, node, "disk %s: bus 'virtio' has no CD-ROM drives",
				  disk->target);
		return sv_hint(x->err, "accepted: ide, sata, scsi, usb");
	}
	if (disk->shareable && disk->device == SV_DISK_DISK && disk->format &&
	    !sv_streq(disk->format, "raw") && !disk->readonly) {
		(void)sv_xml_fail(x, node, "disk %s: several guests cannot write one %s image",
				  disk->target, disk->format);
		return sv_hint(x->err, "give a <shareable/> disk the format raw, with an image "
				       "that is raw");
	}
	/* no guest may write such an image, so it does not get a label that would allow it */
	if (disk->readonly && disk->format && !sv_streq(disk->format, "raw"))
		disk->shareable = false;
	if (!disk->path)
		disk->source = SV_DISK_NONE;
	if (disk->device == SV_DISK_CDROM)
		disk->readonly = true;
	return 0;
}

static const struct sv_xml_rule rules[] = {
	SV_XML_READ("driver", read_driver),
	SV_XML_READ("source", read_source),
	SV_XML_READ("target", read_target),
	SV_XML_READ("readonly", read_readonly),
	SV_XML_READ("shareable", read_shareable),
	SV_XML_READ("serial", read_serial),
	SV_XML_READ("boot", read_boot),
	SV_XML_READ("backingStore", sv_xml_backing_store),
	SV_XML_READ("seclabel", refuse_seclabel),
	SV_XML_IGNORE("address", SV_XML_HARMLESS),
	SV_XML_IGNORE("alias", SV_XML_HARMLESS),
	SV_XML_IGNORE("wwn", SV_XML_HARMLESS),
	SV_XML_IGNORE("vendor", SV_XML_HARMLESS),
	SV_XML_IGNORE("product", SV_XML_HARMLESS),
	SV_XML_IGNORE("geometry", SV_XML_HARMLESS),
	SV_XML_IGNORE("blockio", SV_XML_HARMLESS),
	SV_XML_READ("iotune", sv_xml_iotune),
	SV_XML_REFUSE("mirror"),
	SV_XML_REFUSE("auth"),
	SV_XML_REFUSE("encryption"),
	SV_XML_REFUSE("transient"),
	SV_XML_END,
};

int sv_xml_disk(struct sv_xml *x, const xmlNode *node, void *unused)
{
	struct sv_disk *disk;
	int r;

	(void)unused;
	if (x->dom->n_disks == SV_MAX_DISKS)
		return sv_xml_fail(x, node, "more than %u disks", SV_MAX_DISKS);
	disk = sv_xml_add(x, x->dom->disks, x->dom->n_disks);
	if (!disk)
		return -(int)x->err->code;
	disk->line = sv_xml_line(node);
	r = read_type(x, node, disk);
	if (r >= 0)
		r = sv_xml_children(x, node, rules, disk);
	return r < 0 ? r : check_disk(x, node, disk);
}

int sv_xml_check_disks(struct sv_xml *x)
{
	const struct sv_domain *dom = x->dom;
	size_t i, k;

	for (i = 0; i < dom->n_disks; i++) {
		for (k = 0; k < i; k++) {
			if (!sv_streq(dom->disks[i].target, dom->disks[k].target))
				continue;
			(void)sv_fail_at(x->err, dom->file, dom->disks[i].line,
					 "a second disk with the target %s", dom->disks[i].target);
			return sv_hint(x->err, "give it another name; the first is in line %u",
				       dom->disks[k].line);
		}
	}
	return 0;
}
