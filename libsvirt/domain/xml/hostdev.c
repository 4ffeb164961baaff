/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <hostdev>: devices of the host that a guest gets as they are, by their address or id. Only what
 * the document says: which device that is here is looked up when the guest is prepared.
 */
#include "domain/xml/parts.h"

#include <limits.h>

static int number(struct sv_xml *x, const xmlNode *node, const char *attr, uint32_t max,
		  uint32_t *ret)
{
	const char *value = sv_xml_attr(node, attr);
	char what[96], shown[64];

	if (!value)
		return sv_xml_missing(x, node, attr);
	(void)snprintf(what, sizeof(what), "%s of <%s>", attr,
		       sv_xml_name(node, shown, sizeof(shown)));
	return sv_parse_number(value, max, what, ret, x->err) < 0 ? sv_xml_at(x, node) : 0;
}

/* ---- USB ---- */

static int read_usb_id(struct sv_xml *x, const xmlNode *node, uint32_t *ret)
{
	static const struct sv_xml_attr known[] = {{"id", NULL}, {NULL, NULL}};
	int r = sv_xml_leaf(x, node, known);

	return r < 0 ? r : number(x, node, "id", UINT16_MAX, ret);
}

static int read_vendor(struct sv_xml *x, const xmlNode *node, void *into)
{
	return read_usb_id(x, node, &((struct sv_hostdev *)into)->usb.vendor);
}

static int read_product(struct sv_xml *x, const xmlNode *node, void *into)
{
	return read_usb_id(x, node, &((struct sv_hostdev *)into)->usb.product);
}

static int read_usb_address(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"bus", NULL}, {"device", NULL}, {NULL, NULL}};
	struct sv_usb_address *usb = &((struct sv_hostdev *)into)->usb;
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0)
		r = number(x, node, "bus", 999, &usb->bus);
	usb->has_place = true;
	return r < 0 ? r : number(x, node, "device", 127, &usb->device);
}

static int read_usb(struct sv_xml *x, const xmlNode *node, struct sv_hostdev *dev)
{
	static const struct sv_xml_attr known[] = {
		{"startupPolicy", NULL}, {"guestReset", SV_XML_HARMLESS}, {NULL, NULL}};
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("vendor", read_vendor),
		SV_XML_READ("product", read_product),
		SV_XML_READ("address", read_usb_address),
		SV_XML_END,
	};
	static const char *const policies[] = {"mandatory", "requisite", "optional", NULL};
	bool vendor = sv_xml_has_child(node, "vendor"), product = sv_xml_has_child(node, "product");
	unsigned at = 0;
	int r = sv_xml_attrs(x, node, known);

	if (r >= 0)
		r = sv_xml_children(x, node, rules, dev);
	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "startupPolicy", policies, &at);
	if (r < 0)
		return r;
	dev->optional = at == 2;
	dev->usb.has_id = vendor && product;
	if (vendor == product && (vendor || dev->usb.has_place))
		return 0;
	(void)sv_xml_fail(x, node, "the <source> does not say which USB device it is");
	return sv_hint(x->err, "put <vendor id='0x..'/> and <product id='0x..'/> into it, or "
			       "<address bus='N' device='N'/>: lsusb shows both");
}

/* ---- PCI ---- */

static int read_pci_address(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {
		{"type", NULL}, {"domain", NULL},   {"bus", NULL},
		{"slot", NULL}, {"function", NULL}, {NULL, NULL},
	};
	static const char *const types[] = {"pci", NULL};
	struct sv_pci_address *pci = &((struct sv_hostdev *)into)->pci;
	unsigned at;
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "type", types, &at);
	if (r >= 0 && sv_xml_attr(node, "domain"))
		r = number(x, node, "domain", UINT16_MAX, &pci->domain);
	if (r >= 0)
		r = number(x, node, "bus", UINT8_MAX, &pci->bus);
	if (r >= 0)
		r = number(x, node, "slot", 0x1f, &pci->slot);
	return r < 0 ? r : number(x, node, "function", 7, &pci->function);
}

static int no_address(struct sv_xml *x, const xmlNode *node, const char *example)
{
	(void)sv_xml_fail(x, node, "the <source> has no <address>");
	return sv_hint(x->err, "put %s into it", example);
}

/* A <source> that is an <address> such as example. */
static int read_address(struct sv_xml *x, const xmlNode *node, struct sv_hostdev *dev,
			const struct sv_xml_rule *rules, const char *example)
{
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	if (r >= 0)
		r = sv_xml_children(x, node, rules, dev);
	return r < 0 || sv_xml_has_child(node, "address") ? r : no_address(x, node, example);
}

static int read_pci(struct sv_xml *x, const xmlNode *node, struct sv_hostdev *dev)
{
	static const struct sv_xml_rule rules[] = {SV_XML_READ("address", read_pci_address),
						   SV_XML_END};

	return read_address(x, node, dev, rules,
			    "<address domain='0' bus='0x06' slot='0x02' function='0'/>");
}

/* ---- SCSI ---- */

static int read_adapter(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"name", NULL}, {NULL, NULL}};
	static const char prefix[] = "scsi_host";
	const char *name = sv_xml_attr(node, "name");
	struct sv_scsi_address *scsi = &((struct sv_hostdev *)into)->scsi;
	char shown[64];
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	if (!name)
		return sv_xml_missing(x, node, "name");
	if (sv_starts_with(name, prefix))
		return sv_parse_u32(name + strlen(prefix), 0, UINT16_MAX, "name of <adapter>",
				    &scsi->host, x->err) < 0
			       ? sv_xml_at(x, node)
			       : 0;
	(void)sv_xml_fail(x, node, "name of <adapter>: '%s' is not a host adapter",
			  sv_escape(name, shown, sizeof(shown)));
	return sv_hint(x->err, "write scsi_hostN: lsscsi shows N as the first of the four numbers");
}

static int read_scsi_address(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {
		{"bus", NULL}, {"target", NULL}, {"unit", NULL}, {NULL, NULL}};
	struct sv_scsi_address *scsi = &((struct sv_hostdev *)into)->scsi;
	const char *unit = sv_xml_attr(node, "unit");
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0)
		r = number(x, node, "bus", UINT16_MAX, &scsi->bus);
	if (r >= 0)
		r = number(x, node, "target", UINT32_MAX, &scsi->target);
	if (r < 0)
		return r;
	if (!unit)
		return sv_xml_missing(x, node, "unit");
	r = sv_parse_u64(unit, 0, UINT64_MAX, "unit of <address>", &scsi->unit, x->err);
	return r < 0 ? sv_xml_at(x, node) : 0;
}

static int read_scsi(struct sv_xml *x, const xmlNode *node, struct sv_hostdev *dev)
{
	static const struct sv_xml_attr known[] = {{"protocol", NULL}, {NULL, NULL}};
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("adapter", read_adapter),
		SV_XML_READ("address", read_scsi_address),
		SV_XML_END,
	};
	static const char *const protocols[] = {"adapter", NULL};
	unsigned at;
	int r = sv_xml_attrs(x, node, known);

	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "protocol", protocols, &at);
	if (r >= 0)
		r = sv_xml_children(x, node, rules, dev);
	if (r < 0)
		return r;
	if (!sv_xml_has_child(node, "address"))
		return no_address(x, node, "<address bus='0' target='0' unit='0'/>");
	if (sv_xml_has_child(node, "adapter"))
		return 0;
	(void)sv_xml_fail(x, node, "the <source> has no <adapter>");
	return sv_hint(x->err, "put <adapter name='scsi_hostN'/> into it");
}

/* ---- mediated devices ---- */

static int read_mdev_address(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"uuid", NULL}, {NULL, NULL}};
	const char *uuid = sv_xml_attr(node, "uuid");
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	if (!uuid)
		return sv_xml_missing(x, node, "uuid");
	r = sv_parse_uuid(uuid, ((struct sv_hostdev *)into)->uuid, x->err);
	return r < 0 ? sv_xml_at(x, node) : 0;
}

static int read_mdev(struct sv_xml *x, const xmlNode *node, struct sv_hostdev *dev)
{
	static const struct sv_xml_rule rules[] = {SV_XML_READ("address", read_mdev_address),
						   SV_XML_END};

	return read_address(x, node, dev, rules, "<address uuid='UUID'/>");
}

/* ---- <hostdev> ---- */

static int read_source(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct sv_hostdev *dev = into;

	switch (dev->type) {
	case SV_HOSTDEV_USB:
		return read_usb(x, node, dev);
	case SV_HOSTDEV_PCI:
		return read_pci(x, node, dev);
	case SV_HOSTDEV_SCSI:
		return read_scsi(x, node, dev);
	case SV_HOSTDEV_MDEV:
		return read_mdev(x, node, dev);
	}
	return 0;
}

static int read_driver(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"name", NULL}, {NULL, NULL}};
	static const char *const names[] = {"vfio", NULL};
	unsigned at;
	int r = sv_xml_leaf(x, node, known);

	(void)into;
	return r < 0 ? r : sv_xml_attr_choice(x, node, "name", names, &at);
}

static int read_rom(struct sv_xml *x, const xmlNode *node, void *into)
{
	return sv_xml_rom(x, node, &((struct sv_hostdev *)into)->rom);
}

static int read_readonly(struct sv_xml *x, const xmlNode *node, void *into)
{
	((struct sv_hostdev *)into)->readonly = true;
	return sv_xml_leaf(x, node, sv_xml_no_attrs);
}

static int read_shareable(struct sv_xml *x, const xmlNode *node, void *into)
{
	((struct sv_hostdev *)into)->shareable = true;
	return sv_xml_leaf(x, node, sv_xml_no_attrs);
}

static int read_boot(struct sv_xml *x, const xmlNode *node, void *into)
{
	return sv_xml_boot_order(x, node, &((struct sv_hostdev *)into)->boot_order);
}

#define COMMON                                                                         \
	SV_XML_READ("source", read_source), SV_XML_IGNORE("address", SV_XML_HARMLESS), \
		SV_XML_IGNORE("alias", SV_XML_HARMLESS), SV_XML_READ("boot", read_boot)

static const struct sv_xml_rule usb_rules[] = {COMMON, SV_XML_END};
static const struct sv_xml_rule mdev_rules[] = {COMMON, SV_XML_END};
static const struct sv_xml_rule pci_rules[] = {
	COMMON,
	SV_XML_READ("driver", read_driver),
	SV_XML_READ("rom", read_rom),
	SV_XML_END,
};
static const struct sv_xml_rule scsi_rules[] = {
	COMMON,
	SV_XML_READ("readonly", read_readonly),
	SV_XML_READ("shareable", read_shareable),
	SV_XML_END,
};

/* The attributes that only some types have, with the values that svirt can do; the second is for a
 * mediated device alone. */
static const struct {
	const char *attr, *value, *of_mdev;
} only[] = {{"display", "off", "on"},
	    {"ramfb", "off", "on"},
	    {"rawio", "no", NULL},
	    {"sgio", "filtered", NULL},
	    {"model", "vfio-pci", NULL}};

static int read_only(struct sv_xml *x, const xmlNode *node, struct sv_hostdev *dev)
{
	bool *const of_mdev[SV_N_ELEMENTS(only)] = {&dev->display, &dev->ramfb};
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < SV_N_ELEMENTS(only); i++) {
		bool mdev = dev->type == SV_HOSTDEV_MDEV && only[i].of_mdev;
		const char *const choices[] = {only[i].value, mdev ? only[i].of_mdev : NULL, NULL};
		unsigned at = 0;

		r = sv_xml_attr_choice(x, node, only[i].attr, choices, &at);
		if (at == 1)
			*of_mdev[i] = true;
	}
	if (r < 0 || !dev->ramfb || dev->display)
		return r;
	(void)sv_xml_fail(x, node, "ramfb of <hostdev> needs display='on'");
	return sv_hint(x->err, "add it, or remove ramfb");
}

/* It has a meaning for PCI alone, as in libvirt: for USB QEMU detaches the driver. */
static int read_managed(struct sv_xml *x, const xmlNode *node, struct sv_hostdev *dev)
{
	const char *value = sv_xml_attr(node, "managed");
	bool managed = false;

	if (value && sv_parse_yes_no(value, "managed of <hostdev>", &managed, x->err) < 0)
		return sv_xml_at(x, node);
	dev->managed = managed && dev->type == SV_HOSTDEV_PCI;
	return 0;
}

static int read_type(struct sv_xml *x, const xmlNode *node, struct sv_hostdev *dev)
{
	static const struct sv_xml_attr known[] = {
		{"mode", NULL},	 {"type", NULL},    {"managed", NULL},
		{"model", NULL}, {"display", NULL}, {"ramfb", NULL},
		{"rawio", NULL}, {"sgio", NULL},    {NULL, NULL},
	};
	static const char *const modes[] = {"subsystem", NULL};
	static const char *const types[] = {[SV_HOSTDEV_USB] = "usb",
					    [SV_HOSTDEV_PCI] = "pci",
					    [SV_HOSTDEV_SCSI] = "scsi",
					    [SV_HOSTDEV_MDEV] = "mdev",
					    NULL};
	unsigned at = 0;
	int r = sv_xml_attrs(x, node, known);

	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "mode", modes, &at);
	if (r >= 0)
		r = sv_xml_need_choice(x, node, "type", types, &at);
	dev->type = (enum sv_hostdev_type)at;
	if (r >= 0)
		r = read_only(x, node, dev);
	return r < 0 ? r : read_managed(x, node, dev);
}

int sv_xml_hostdev(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule *const rules[] = {
		[SV_HOSTDEV_USB] = usb_rules,
		[SV_HOSTDEV_PCI] = pci_rules,
		[SV_HOSTDEV_SCSI] = scsi_rules,
		[SV_HOSTDEV_MDEV] = mdev_rules,
	};
	struct sv_hostdev *dev = sv_xml_add(x, x->dom->hostdevs, x->dom->n_hostdevs);
	int r;

	(void)unused;
	if (!dev)
		return -(int)x->err->code;
	dev->line = sv_xml_line(node);
	r = read_type(x, node, dev);
	if (r >= 0)
		r = sv_xml_children(x, node, rules[dev->type], dev);
	if (r < 0 || sv_xml_has_child(node, "source"))
		return r;
	return sv_xml_fail(x, node, "<hostdev> has no <source>");
}

static bool same_pci(const struct sv_pci_address *a, const struct sv_pci_address *b)
{
	return a->domain == b->domain && a->bus == b->bus && a->slot == b->slot &&
	       a->function == b->function;
}

/* Whether a and b are the same device. Several devices of an IOMMU group have one node, so a device
 * that is given twice would not be noticed elsewhere. */
static bool same_vfio(const struct sv_hostdev *a, const struct sv_hostdev *b)
{
	if (a->type != b->type)
		return false;
	return (a->type == SV_HOSTDEV_PCI && same_pci(&a->pci, &b->pci)) ||
	       (a->type == SV_HOSTDEV_MDEV && sv_streq(a->uuid, b->uuid));
}

int sv_xml_check_hostdevs(struct sv_xml *x)
{
	const struct sv_domain *dom = x->dom;
	size_t i, k;

	for (i = 0; i < dom->n_hostdevs; i++) {
		for (k = 0; k < i; k++) {
			if (!same_vfio(&dom->hostdevs[i], &dom->hostdevs[k]))
				continue;
			(void)sv_fail_at(x->err, dom->file, dom->hostdevs[i].line,
					 "the same device as the <hostdev> in line %u",
					 dom->hostdevs[k].line);
			return sv_hint(x->err, "remove one of the two");
		}
	}
	return 0;
}
