/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds the nodes in /dev of host devices by sysfs: see hostdev.h. Changes nothing: what the
 * document wants bound (managed='yes') is bound by the plan.
 */
#include "guest/files/hostdev.h"

#include "base/string.h"
#include "base/sysfs.h"
#include "plan/plan.h"

#include <inttypes.h>

/* bDeviceClass of a hub, and the upper half of a PCI bridge's class. */
#define USB_CLASS_HUB	 0x09
#define PCI_CLASS_BRIDGE 0x06

#define SHOWN 64

/* ---- USB ---- */

struct usb {
	uint32_t bus, device, vendor, product, class;
};

/* SV_NONE: not a device (an interface), or gone. hex: the file has the digits alone. */
static int usb_number(const struct sv_sysfs *sysfs, const char *name, const char *attr, bool hex,
		      uint32_t *ret, struct sv_error *err)
{
	sv_auto_free char *path = NULL, *text = NULL;
	char number[16];
	int r = sv_asprintf(&path, err, "bus/usb/devices/%s/%s", name, attr);

	if (r == 0)
		r = sv_sysfs_read(sysfs, path, &text, err);
	if (r != 0)
		return r;
	(void)snprintf(number, sizeof(number), "%s%.12s", hex ? "0x" : "", text);
	return sv_parse_number(number, UINT16_MAX, path, ret, err);
}

static int read_usb(const struct sv_sysfs *sysfs, const char *name, struct usb *ret,
		    struct sv_error *err)
{
	int r = usb_number(sysfs, name, "busnum", false, &ret->bus, err);

	if (r == 0)
		r = usb_number(sysfs, name, "devnum", false, &ret->device, err);
	if (r == 0)
		r = usb_number(sysfs, name, "idVendor", true, &ret->vendor, err);
	if (r == 0)
		r = usb_number(sysfs, name, "idProduct", true, &ret->product, err);
	return r == 0 ? usb_number(sysfs, name, "bDeviceClass", true, &ret->class, err) : r;
}

static bool usb_fits(const struct sv_usb_address *want, const struct usb *usb)
{
	return (!want->has_id || (want->vendor == usb->vendor && want->product == usb->product)) &&
	       (!want->has_place || (want->bus == usb->bus && want->device == usb->device));
}

static const char *usb_text(const struct sv_usb_address *want, char out[SHOWN])
{
	char id[16] = "", place[32] = "";

	if (want->has_id)
		(void)snprintf(id, sizeof(id), " %04" PRIx32 ":%04" PRIx32, want->vendor,
			       want->product);
	if (want->has_place)
		(void)snprintf(place, sizeof(place), " at %03" PRIu32 "/%03" PRIu32, want->bus,
			       want->device);
	(void)snprintf(out, SHOWN, "USB device%s%s", id, place);
	return out;
}

/* Finds the devices that match: their number, the last one, and a text with all. */
static int match_usb(const struct sv_sysfs *sysfs, const struct sv_usb_address *want,
		     struct usb *ret, struct sv_buf *found, struct sv_error *err)
{
	sv_auto_strv struct sv_strv names = {0};
	int n = 0, r = sv_sysfs_list(sysfs, "bus/usb/devices", &names, err);
	size_t i;

	for (i = 0; r == 0 && i < names.n; i++) {
		struct usb usb;

		r = read_usb(sysfs, names.v[i], &usb, err);
		if (r == 0 && usb_fits(want, &usb)) {
			sv_buf_printf(found, "%s%03" PRIu32 "/%03" PRIu32, n ? ", " : "", usb.bus,
				      usb.device);
			*ret = usb;
			n++;
		}
		r = r < 0 ? r : 0;
	}
	return r < 0 ? r : n;
}

static int find_usb(const struct sv_sysfs *sysfs, struct sv_hostdev *dev, struct sv_error *err)
{
	sv_auto_buf struct sv_buf found = {0};
	char text[SHOWN];
	struct usb usb = {0};
	int n = match_usb(sysfs, &dev->usb, &usb, &found, err);

	if (n < 0)
		return n;
	usb_text(&dev->usb, text);
	if (n == 0) {
		sv_fail(err, SV_E_NOTFOUND, 0, "there is no %s on this host", text);
		return sv_hint(err, "'lsusb' lists what is there; startupPolicy='optional' in its "
				    "<source> starts the guest without it");
	}
	if (n > 1) {
		sv_fail(err, SV_E_USAGE, 0, "there are %d of %s: %s", n, text, found.s);
		return sv_hint(err,
			       "say which one: put <address bus='%" PRIu32 "' device='%" PRIu32
			       "'/> into its <source>",
			       usb.bus, usb.device);
	}
	if (usb.class == USB_CLASS_HUB) {
		sv_fail(err, SV_E_USAGE, 0, "%s is a hub", text);
		return sv_hint(err, "give the guest the devices behind it, one by one");
	}
	return sv_asprintf(&dev->path, err, "/dev/bus/usb/%03" PRIu32 "/%03" PRIu32, usb.bus,
			   usb.device);
}

/* ---- VFIO ---- */

/* SV_NONE: it has no driver. */
static int driver_of(const struct sv_sysfs *sysfs, const char *dir, char **ret,
		     struct sv_error *err)
{
	sv_auto_free char *path = NULL;
	int r = sv_asprintf(&path, err, "%s/driver", dir);

	return r < 0 ? r : sv_sysfs_link(sysfs, path, ret, err);
}

/* A bridge serves the bus behind it and stays with its driver. */
static int is_bridge(const struct sv_sysfs *sysfs, const char *dir, bool *ret, struct sv_error *err)
{
	sv_auto_free char *path = NULL, *text = NULL;
	uint32_t class = 0;
	int r = sv_asprintf(&path, err, "%s/class", dir);

	if (r == 0)
		r = sv_sysfs_read(sysfs, path, &text, err);
	if (r == 0)
		r = sv_parse_number(text, UINT32_MAX, path, &class, err);
	*ret = class >> 16 == PCI_CLASS_BRIDGE;
	return r < 0 ? r : 0;
}

static int hint_bind(const char *address, struct sv_error *err)
{
	return sv_hint(
		err,
		"if the host can do without the device: managed='yes' in a <hostdev> of its "
		"own has svirt bind it, 'driverctl set-override %s vfio-pci' binds it for good",
		address);
}

void sv_pci_address_text(const struct sv_pci_address *pci, char ret[SV_PCI_ADDRESS])
{
	(void)snprintf(ret, SV_PCI_ADDRESS, "%04" PRIx32 ":%02" PRIx32 ":%02" PRIx32 ".%" PRIx32,
		       pci->domain, pci->bus, pci->slot, pci->function);
}

/* Whether svirt binds the device for this guest. */
static bool is_managed(const struct sv_domain *dom, const char *address)
{
	char text[SV_PCI_ADDRESS];

	for (size_t i = 0; i < dom->n_hostdevs; i++) {
		if (!dom->hostdevs[i].managed)
			continue;
		sv_pci_address_text(&dom->hostdevs[i].pci, text);
		if (sv_streq(text, address))
			return true;
	}
	return false;
}

/* The kernel does not open a group while the host uses one of its devices. The check is made here,
 * because here the device is known. */
static int check_member(const struct sv_sysfs *sysfs, const struct sv_domain *dom,
			const char *address, const char *group, struct sv_error *err)
{
	sv_auto_free char *dir = NULL, *driver = NULL;
	char name[SHOWN], device[SHOWN], shown[SHOWN];
	bool bridge = false;
	int r = sv_asprintf(&dir, err, "bus/pci/devices/%s", address);

	if (r == 0)
		r = driver_of(sysfs, dir, &driver, err);
	if (r != 0)
		return r < 0 ? r : 0;
	if (sv_pci_is_vfio(driver) || sv_streq(driver, "pci-stub") || is_managed(dom, address))
		return 0;
	r = is_bridge(sysfs, dir, &bridge, err);
	if (r < 0 || bridge)
		return r;
	sv_escape(address, device, sizeof(device));
	sv_fail(err, SV_E_HOST, 0, "PCI device %s of the same IOMMU group (%s) has the driver %s",
		device, sv_escape(group, shown, sizeof(shown)),
		sv_escape(driver, name, sizeof(name)));
	return hint_bind(device, err);
}

static int check_group(const struct sv_sysfs *sysfs, const struct sv_domain *dom,
		       const char *address, const char *group, struct sv_error *err)
{
	sv_auto_strv struct sv_strv members = {0};
	sv_auto_free char *path = NULL;
	char shown[SHOWN];
	size_t i;
	int r = sv_asprintf(&path, err, "bus/pci/devices/%s/iommu_group/devices", address);

	if (r == 0)
		r = sv_sysfs_list(sysfs, path, &members, err);
	if (r == SV_NONE)
		return sv_fail(err, SV_E_UNKNOWN, 0,
			       "IOMMU group %s of PCI device %s has no list of devices",
			       sv_escape(group, shown, sizeof(shown)), address);
	for (i = 0; r == 0 && i < members.n; i++)
		r = check_member(sysfs, dom, members.v[i], group, err);
	return r;
}

static int check_bound(const struct sv_sysfs *sysfs, const char *dir, const char *address,
		       struct sv_error *err)
{
	sv_auto_free char *driver = NULL;
	char name[SHOWN];
	int r = driver_of(sysfs, dir, &driver, err);

	if (r < 0 || (r == 0 && sv_pci_is_vfio(driver)))
		return r;
	if (r == SV_NONE)
		sv_fail(err, SV_E_HOST, 0, "PCI device %s has no driver, and not vfio-pci",
			address);
	else
		sv_fail(err, SV_E_HOST, 0, "PCI device %s has the driver %s, not vfio-pci", address,
			sv_escape(driver, name, sizeof(name)));
	return hint_bind(address, err);
}

/* The group of the device in dir, with its node. *ret: the name of the group. */
static int find_group(const struct sv_sysfs *sysfs, const char *dir, const char *what,
		      struct sv_hostdev *dev, char **ret, struct sv_error *err)
{
	sv_auto_free char *path = NULL, *group = NULL;
	int r = sv_asprintf(&path, err, "%s/iommu_group", dir);

	if (r == 0)
		r = sv_sysfs_link(sysfs, path, &group, err);
	if (r == SV_NONE) {
		sv_fail(err, SV_E_HOST, 0, "%s is in no IOMMU group", what);
		return sv_hint(err, "switch the IOMMU on: in the firmware, and with intel_iommu=on "
				    "or amd_iommu=on on the kernel's command line");
	}
	if (r == 0)
		r = sv_asprintf(&dev->path, err, "/dev/vfio/%s", group);
	if (r < 0)
		return r;
	*ret = sv_take_ptr(group);
	return 0;
}

static int find_pci(const struct sv_sysfs *sysfs, const struct sv_domain *dom,
		    struct sv_hostdev *dev, struct sv_error *err)
{
	sv_auto_free char *dir = NULL, *what = NULL, *group = NULL;
	char address[SV_PCI_ADDRESS];
	int r;

	sv_pci_address_text(&dev->pci, address);
	r = sv_asprintf(&dir, err, "bus/pci/devices/%s", address);
	if (r == 0)
		r = sv_asprintf(&what, err, "PCI device %s", address);
	if (r == 0)
		r = sv_sysfs_path(sysfs, dir, &dev->sysfs, err);
	if (r == SV_NONE) {
		sv_fail(err, SV_E_NOTFOUND, 0, "there is no %s on this host", what);
		return sv_hint(err, "'lspci -D' lists what is there");
	}
	if (r == 0 && !dev->managed)
		r = check_bound(sysfs, dir, address, err);
	if (r == 0)
		r = find_group(sysfs, dir, what, dev, &group, err);
	return r == 0 ? check_group(sysfs, dom, address, group, err) : r;
}

static int find_mdev(const struct sv_sysfs *sysfs, struct sv_hostdev *dev, struct sv_error *err)
{
	sv_auto_free char *dir = NULL, *what = NULL, *group = NULL;
	int r = sv_asprintf(&dir, err, "bus/mdev/devices/%s", dev->uuid);

	if (r == 0)
		r = sv_asprintf(&what, err, "mediated device %s", dev->uuid);
	if (r == 0)
		r = sv_sysfs_has(sysfs, dir, err);
	if (r == SV_NONE) {
		sv_fail(err, SV_E_NOTFOUND, 0, "there is no %s on this host", what);
		return sv_hint(err, "make it before the guest starts, e.g. 'mdevctl start -u %s'",
			       dev->uuid);
	}
	return r == 0 ? find_group(sysfs, dir, what, dev, &group, err) : r;
}

/* ---- SCSI ---- */

static int find_scsi(const struct sv_sysfs *sysfs, struct sv_hostdev *dev, struct sv_error *err)
{
	const struct sv_scsi_address *scsi = &dev->scsi;
	sv_auto_strv struct sv_strv names = {0};
	sv_auto_free char *dir = NULL, *generic = NULL;
	char address[64];
	int r;

	(void)snprintf(address, sizeof(address), "%" PRIu32 ":%" PRIu32 ":%" PRIu32 ":%" PRIu64,
		       scsi->host, scsi->bus, scsi->target, scsi->unit);
	r = sv_asprintf(&dir, err, "bus/scsi/devices/%s", address);
	if (r == 0)
		r = sv_asprintf(&generic, err, "%s/scsi_generic", dir);
	if (r == 0)
		r = sv_sysfs_has(sysfs, dir, err);
	if (r == SV_NONE) {
		sv_fail(err, SV_E_NOTFOUND, 0, "there is no SCSI device %s on this host", address);
		return sv_hint(err, "'lsscsi -g' lists what is there");
	}
	if (r == 0)
		r = sv_sysfs_list(sysfs, generic, &names, err);
	if (r < 0)
		return r;
	if (r == SV_NONE || names.n != 1) {
		sv_fail(err, SV_E_HOST, 0, "SCSI device %s has no generic device", address);
		return sv_hint(err, "modprobe sg");
	}
	return sv_asprintf(&dev->path, err, "/dev/%s", names.v[0]);
}

/* ---- all of them ---- */

static int find(const struct sv_sysfs *sysfs, const struct sv_domain *dom, struct sv_hostdev *dev,
		struct sv_error *err)
{
	switch (dev->type) {
	case SV_HOSTDEV_USB:
		return find_usb(sysfs, dev, err);
	case SV_HOSTDEV_PCI:
		return find_pci(sysfs, dom, dev, err);
	case SV_HOSTDEV_SCSI:
		return find_scsi(sysfs, dev, err);
	case SV_HOSTDEV_MDEV:
		return find_mdev(sysfs, dev, err);
	}
	return 0;
}

int sv_hostdev_find(const struct svirt *sv, const struct sv_domain *dom, struct sv_hostdev *dev,
		    struct sv_error *err)
{
	sv_auto_sysfs struct sv_sysfs sysfs = SV_SYSFS_EMPTY;
	struct sv_error e = {0};
	int opened = sv_sysfs_open(sv->root, &sysfs, &e), r = opened;

	free(sv_take_ptr(dev->path));
	free(sv_take_ptr(dev->sysfs));
	if (r == 0)
		r = find(&sysfs, dom, dev, &e);
	if (r == 0)
		return 0;
	/* only a device that is surely missing may be left out */
	if (opened == 0 && e.code == SV_E_NOTFOUND && dev->optional) {
		sv_warn(sv, "%s: the guest does without", e.msg);
		return 0;
	}
	*err = e;
	return sv_error_place(err, dom->file, dev->line);
}
