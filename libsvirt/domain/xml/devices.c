/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <devices>: the table of all devices, and the small ones. Every kind of device that can hold a
 * part of the host is named here, as read or as refused; a kind that is missing is refused too.
 */
#include "domain/xml/parts.h"

static int read_emulator(struct sv_xml *x, const xmlNode *node, void *unused)
{
	sv_auto_free char *text = NULL;
	int r = sv_xml_plain_text(x, node, &text);

	(void)unused;
	return r < 0 ? r : sv_xml_path(x, node, "path of <emulator>", text, &x->dom->emulator);
}

/* For devices that svirt either makes itself or leaves out, as long as they are of a kind that
 * stays inside the VMM. */
static int ignore_if(struct sv_xml *x, const xmlNode *node, const char *attr,
		     const char *const *harmless)
{
	unsigned at;
	int r = sv_xml_need_choice(x, node, attr, harmless, &at);

	return r < 0 ? r : sv_xml_ignore(x, node, SV_XML_HARMLESS);
}

static int read_controller(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const char *const types[] = {"usb", "pci",	    "ide",  "sata", "scsi",
					    "fdc", "virtio-serial", "ccid", NULL};

	(void)unused;
	return ignore_if(x, node, "type", types);
}

/* What plays on the host needs a socket of somebody's session there, or a device that is
 * everybody's. Nothing of such an element is used. */
static int read_audio(struct sv_xml *x, const xmlNode *node, void *unused)
{
	enum { NONE, SPICE };
	static const char *const types[] = {[NONE] = "none", [SPICE] = "spice",
					    "alsa",	     "coreaudio",
					    "dbus",	     "file",
					    "jack",	     "oss",
					    "pipewire",	     "pulseaudio",
					    "sdl",	     NULL};
	unsigned at;
	int r = sv_xml_need_choice(x, node, "type", types, &at);

	(void)unused;
	if (r < 0)
		return r;
	return at > SPICE ? sv_xml_note(x, node, NULL, SV_XML_NO_SOUND)
			  : sv_xml_ignore(x, node, SV_XML_HARMLESS);
}

static int read_memballoon(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_IGNORE("stats", SV_XML_HARMLESS),
		SV_XML_IGNORE("driver", SV_XML_HARMLESS),
		SV_XML_IGNORE("address", SV_XML_HARMLESS),
		SV_XML_IGNORE("alias", SV_XML_HARMLESS),
		SV_XML_END,
	};
	static const struct sv_xml_attr known[] = {
		{"model", NULL},
		{"autodeflate", SV_XML_HARMLESS},
		{"freePageReporting", SV_XML_HARMLESS},
		{NULL, NULL},
	};
	unsigned at = SV_VIRTIO_ANY;
	int r = sv_xml_attrs(x, node, known);

	(void)unused;
	x->dom->memballoon = !sv_streq(sv_xml_attr(node, "model"), "none");
	if (r >= 0 && x->dom->memballoon)
		r = sv_xml_need_choice(x, node, "model", sv_xml_virtio_models, &at);
	if (r < 0)
		return r;
	x->dom->memballoon_virtio = (enum sv_virtio)at;
	return sv_xml_children(x, node, rules, NULL);
}

static int read_cid(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"auto", NULL}, {"address", NULL}, {NULL, NULL}};
	/* 0 to 2 are the hypervisor's, the loopback's and the host's */
	static const uint32_t first = 3;
	const char *value, *address;
	bool automatic = false;
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	value = sv_xml_attr(node, "auto");
	address = sv_xml_attr(node, "address");
	if (value && sv_parse_yes_no(value, "auto of <cid>", &automatic, x->err) < 0)
		return sv_xml_at(x, node);
	/* an address beside it is that of a guest that ran */
	if (automatic)
		return 0;
	if (!address) {
		(void)sv_xml_missing(x, node, "address");
		return sv_hint(x->err, "write <cid auto='yes'/>, or address='3' with a number that "
				       "no other guest of this host has");
	}
	r = sv_parse_u32(address, first, UINT32_MAX - 1, "address of <cid>",
			 &((struct sv_vsock *)into)->cid, x->err);
	return r < 0 ? sv_xml_at(x, node) : 0;
}

static int read_vsock(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("cid", read_cid),
		SV_XML_IGNORE("driver", SV_XML_HARMLESS),
		SV_XML_IGNORE("address", SV_XML_HARMLESS),
		SV_XML_IGNORE("alias", SV_XML_HARMLESS),
		SV_XML_END,
	};
	static const struct sv_xml_attr known[] = {{"model", NULL}, {NULL, NULL}};
	/* QEMU has none of the versions before 1.0 */
	static const char *const models[] = {"virtio", "virtio-non-transitional", NULL};
	unsigned at = 0;
	int r = sv_xml_attrs(x, node, known);

	(void)unused;
	x->dom->vsock.line = sv_xml_line(node);
	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "model", models, &at);
	x->dom->vsock.virtio = at == 1 ? SV_VIRTIO_MODERN : SV_VIRTIO_ANY;
	if (r >= 0)
		r = sv_xml_children(x, node, rules, &x->dom->vsock);
	if (r >= 0 && !sv_xml_has_child(node, "cid"))
		return sv_xml_fail(x, node, "<vsock> has no <cid>");
	return r;
}

static const struct sv_xml_rule rules[] = {
	SV_XML_READ("emulator", read_emulator),
	SV_XML_READ_MANY("disk", sv_xml_disk),
	SV_XML_READ_MANY("serial", sv_xml_serial),
	SV_XML_READ_MANY("parallel", sv_xml_parallel),
	SV_XML_READ_MANY("console", sv_xml_console),
	SV_XML_READ_MANY("channel", sv_xml_channel),
	SV_XML_READ_MANY("redirdev", sv_xml_redirdev),
	SV_XML_READ("redirfilter", sv_xml_redirfilter),
	SV_XML_READ("smartcard", sv_xml_smartcard),
	SV_XML_READ("tpm", sv_xml_tpm),
	SV_XML_READ("vsock", read_vsock),
	SV_XML_READ_MANY("interface", sv_xml_interface),
	SV_XML_READ_MANY("graphics", sv_xml_graphics),
	SV_XML_READ_MANY("filesystem", sv_xml_filesystem),
	SV_XML_READ_MANY("rng", sv_xml_rng),
	SV_XML_READ("memballoon", read_memballoon),
	SV_XML_READ_MANY("memory", sv_xml_memory_device),
	SV_XML_READ_MANY("shmem", sv_xml_shmem),
	SV_XML_READ_MANY("controller", read_controller),
	SV_XML_READ_MANY("input", sv_xml_input),
	SV_XML_READ_MANY("hostdev", sv_xml_hostdev),
	SV_XML_READ_MANY("audio", read_audio),
	SV_XML_READ_MANY("video", sv_xml_video),
	/* left out: the guest has no sound, whatever <audio> says */
	SV_XML_IGNORE("sound", SV_XML_HARMLESS),
	SV_XML_IGNORE("watchdog", SV_XML_HARMLESS),
	SV_XML_IGNORE("panic", SV_XML_HARMLESS),
	SV_XML_IGNORE("hub", SV_XML_HARMLESS),
	SV_XML_IGNORE("iommu", SV_XML_HARMLESS),
	SV_XML_REFUSE("crypto"),
	SV_XML_REFUSE("lease"),
	SV_XML_REFUSE("nvram"),
	SV_XML_REFUSE("pstore"),
	SV_XML_END,
};

int sv_xml_devices(struct sv_xml *x, const xmlNode *node, void *unused)
{
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	(void)unused;
	return r < 0 ? r : sv_xml_children(x, node, rules, NULL);
}

struct order {
	uint32_t number;
	unsigned line;
};

static int check_order(struct sv_xml *x, const struct order *orders, size_t n)
{
	const struct order *last = &orders[n - 1];
	size_t i;

	if (x->os_boot) {
		(void)sv_fail_at(x->err, x->dom->file, last->line,
				 "<boot order=> of a device and <boot dev=> of <os> exclude each "
				 "other");
		return sv_hint(x->err, "remove one of the two");
	}
	for (i = 0; i + 1 < n; i++) {
		if (orders[i].number == last->number)
			return sv_fail_at(x->err, x->dom->file, last->line,
					  "boot order %u is given to two devices", last->number);
	}
	return 0;
}

int sv_xml_check_boot(struct sv_xml *x)
{
	const struct sv_domain *dom = x->dom;
	size_t room = dom->n_disks + dom->n_nets + dom->n_hostdevs + 1;
	sv_auto_free struct order *orders = calloc(room, sizeof(*orders));
	struct order next;
	size_t i, n = 0;
	int r = 0;

	if (!orders)
		return sv_fail_oom(x->err);
	for (i = 0; r >= 0 && i < room - 1; i++) {
		size_t net = i - dom->n_disks, hostdev = net - dom->n_nets;

		if (i < dom->n_disks)
			next = (struct order){dom->disks[i].boot_order, dom->disks[i].line};
		else if (net < dom->n_nets)
			next = (struct order){dom->nets[net].boot_order, dom->nets[net].line};
		else
			next = (struct order){dom->hostdevs[hostdev].boot_order,
					      dom->hostdevs[hostdev].line};
		orders[n] = next;
		if (next.number)
			r = check_order(x, orders, ++n);
	}
	return r;
}
