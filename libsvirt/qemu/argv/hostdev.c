/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Devices of the host that a guest gets as they are. They are on controllers of their own, so that
 * another one does not move a disk. Their place is counted from the document, so that a missing one
 * does not move others. Where QEMU accepts it, a device is named by the node that was labelled.
 * Knows no file, label or process.
 */
#include "qemu/builder.h"

#include <inttypes.h>

static const unsigned usb_ports = 15, scsi_targets = 256;

struct counts {
	unsigned usb, scsi;
};

static void add_passthrough(struct sv_qemu_builder *b, const struct sv_input *input, size_t i,
			    struct sv_buf *buf)
{
	sv_buf_printf(buf, ",id=input%zu,evdev=", i);
	sv_qemu_value(buf, input->path);
	sv_qemu_option(b, "-device", buf);
}

static void add_evdev(struct sv_qemu_builder *b, const struct sv_input *input, size_t i)
{
	sv_auto_buf struct sv_buf buf = {0};

	sv_buf_printf(&buf, "input-linux,id=input%zu,evdev=", i);
	sv_qemu_value(&buf, input->path);
	if (input->grab_all)
		sv_buf_puts(&buf, ",grab_all=on");
	if (input->repeat)
		sv_buf_puts(&buf, ",repeat=on");
	if (input->grab_toggle)
		sv_buf_printf(&buf, ",grab-toggle=%s", input->grab_toggle);
	sv_qemu_option(b, "-object", &buf);
}

int sv_qemu_inputs(struct sv_qemu_builder *b, struct sv_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < b->dom->n_inputs; i++) {
		const struct sv_input *input = &b->dom->inputs[i];
		sv_auto_buf struct sv_buf buf = {0};

		switch (input->type) {
		case SV_INPUT_PASSTHROUGH:
			r = sv_qemu_on_bus(b, &buf, "virtio-input-host", input->line, err);
			if (r == 0)
				add_passthrough(b, input, i, &buf);
			break;
		case SV_INPUT_EVDEV:
			add_evdev(b, input, i);
			break;
		}
	}
	return r;
}

/* Adds the controller, when this is its first device. */
static int add_controller(struct sv_qemu_builder *b, const char *name, const char *options,
			  unsigned line, struct sv_error *err)
{
	sv_auto_buf struct sv_buf buf = {0};
	int r = sv_qemu_on_bus(b, &buf, name, line, err);

	if (r)
		return r;
	sv_buf_puts(&buf, options);
	sv_qemu_option(b, "-device", &buf);
	return 0;
}

static int check_room(const struct sv_qemu_builder *b, const struct sv_hostdev *dev, unsigned n,
		      unsigned room, const char *bus, struct sv_error *err)
{
	return n < room ? 0
			: sv_fail_at(err, b->dom->file, dev->line,
				     "more than %u host devices of type %s", room, bus);
}

/* Names the node, so that QEMU opens exactly this and does not search a bus. */
static int add_usb(struct sv_qemu_builder *b, const struct sv_hostdev *dev, unsigned n,
		   struct sv_buf *buf, struct sv_error *err)
{
	int r = check_room(b, dev, n, usb_ports, "usb", err);

	if (r == 0 && n == 0)
		r = add_controller(b, "qemu-xhci", ",id=usbhost0,p2=15,p3=15", dev->line, err);
	if (r || !dev->path)
		return r;
	sv_buf_puts(buf, "usb-host,hostdevice=");
	sv_qemu_value(buf, dev->path);
	sv_buf_printf(buf, ",bus=usbhost0.0,port=%u", n + 1);
	return 0;
}

static int add_pci(struct sv_qemu_builder *b, const struct sv_hostdev *dev, struct sv_buf *buf,
		   struct sv_error *err)
{
	int r = sv_qemu_on_bus(b, buf, "vfio-pci", dev->line, err);

	if (r)
		return r;
	sv_buf_printf(buf, ",host=%04" PRIx32 ":%02" PRIx32 ":%02" PRIx32 ".%" PRIx32,
		      dev->pci.domain, dev->pci.bus, dev->pci.slot, dev->pci.function);
	sv_qemu_rom(&dev->rom, buf);
	return 0;
}

static int add_mdev(struct sv_qemu_builder *b, const struct sv_hostdev *dev, struct sv_buf *buf,
		    struct sv_error *err)
{
	/* QEMU has ramfb only where the device cannot go away */
	int r = sv_qemu_on_bus(b, buf, dev->ramfb ? "vfio-pci-nohotplug" : "vfio-pci", dev->line,
			       err);

	if (r == 0)
		sv_buf_printf(buf, ",sysfsdev=/sys/bus/mdev/devices/%s%s%s", dev->uuid,
			      dev->display ? ",display=on" : "", dev->ramfb ? ",ramfb=on" : "");
	return r;
}

static int add_scsi(struct sv_qemu_builder *b, const struct sv_hostdev *dev, unsigned n, size_t i,
		    struct sv_buf *buf, struct sv_error *err)
{
	sv_auto_buf struct sv_buf node = {0};
	int r = check_room(b, dev, n, scsi_targets, "scsi", err);

	if (r == 0 && n == 0)
		r = add_controller(b, "virtio-scsi", ",id=scsihost0", dev->line, err);
	if (r || !dev->path)
		return r;
	sv_buf_printf(&node, "driver=host_device,node-name=drive-hostdev%zu,filename=", i);
	sv_qemu_value(&node, dev->path);
	sv_buf_printf(&node, ",read-only=%s", dev->readonly ? "on" : "off");
	sv_qemu_option(b, "-blockdev", &node);
	sv_buf_printf(buf, "scsi-generic,bus=scsihost0.0,scsi-id=%u,lun=0,drive=drive-hostdev%zu",
		      n, i);
	if (dev->shareable)
		sv_buf_puts(buf, ",share-rw=on");
	return 0;
}

static int add_hostdev(struct sv_qemu_builder *b, size_t i, struct counts *counts,
		       struct sv_error *err)
{
	const struct sv_hostdev *dev = &b->dom->hostdevs[i];
	sv_auto_buf struct sv_buf buf = {0};
	int r = 0;

	switch (dev->type) {
	case SV_HOSTDEV_USB:
		r = add_usb(b, dev, counts->usb++, &buf, err);
		break;
	case SV_HOSTDEV_PCI:
		r = add_pci(b, dev, &buf, err);
		break;
	case SV_HOSTDEV_SCSI:
		r = add_scsi(b, dev, counts->scsi++, i, &buf, err);
		break;
	case SV_HOSTDEV_MDEV:
		r = add_mdev(b, dev, &buf, err);
		break;
	}
	if (r || !dev->path)
		return r;
	sv_buf_printf(&buf, ",id=hostdev%zu", i);
	if (dev->boot_order)
		sv_buf_printf(&buf, ",bootindex=%" PRIu32, dev->boot_order);
	sv_qemu_option(b, "-device", &buf);
	return 0;
}

int sv_qemu_hostdevs(struct sv_qemu_builder *b, struct sv_error *err)
{
	struct counts counts = {0};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < b->dom->n_hostdevs; i++)
		r = add_hostdev(b, i, &counts, err);
	return r;
}
