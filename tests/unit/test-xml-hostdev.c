/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * <hostdev> and <input> of the host: what the reader makes of them, each rule that it has, and
 * which resources they are.
 */
#include "domain-fixture.h"

#include "base/string.h"
#include "domain/resource/resource.h"

#define HOSTDEV(type, attrs, inside) "<hostdev type='" type "' " attrs ">" inside "</hostdev>"
#define PCI_AT			     "<source><address bus='6' slot='0' function='0'/></source>"
#define SCSI_AT                                                                      \
	"<source><adapter name='scsi_host3'/><address bus='1' target='2' unit='4'/>" \
	"</source>"
#define MDEV_AT "<source><address uuid='c2177883-f1bb-47f0-914d-32a22e3a8804'/></source>"

static void test_bad_usb(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, "<hostdev mode='capabilities' type='storage'/>", 1,
		 "mode of <hostdev>: 'capabilities' is not supported", "accepted: subsystem"},
		{IN_DEVICES, "<hostdev/>", 1, "attribute type is missing in <hostdev>", NULL},
		{IN_DEVICES, "<hostdev type='usb'/>", 1, "<hostdev> has no <source>", NULL},
		{IN_DEVICES, HOSTDEV("usb", "fd='3'", ""), 1,
		 "attribute fd of <hostdev> is not known", NULL},
		{IN_DEVICES, HOSTDEV("usb", "", "<source/>"), 1,
		 "the <source> does not say which USB device it is", "lsusb"},
		{IN_DEVICES,
		 HOSTDEV("usb", "",
			 "<source><vendor id='1'/><address bus='1' device='2'/></source>"),
		 1, "the <source> does not say which USB device it is", NULL},
		{IN_DEVICES, HOSTDEV("usb", "", "\n<source><vendor id='0x10000'/></source>"), 2,
		 "id of <vendor>: 0x10000 is out of range (0 to 0xffff)", NULL},
		{IN_DEVICES, HOSTDEV("usb", "", "<source><vendor id='0x'/></source>"), 1,
		 "id of <vendor>: '0x' is not a number of up to 8 hexadecimal digits", NULL},
		{IN_DEVICES, HOSTDEV("usb", "", "<source><address bus='1'/></source>"), 1,
		 "attribute device is missing in <address>", NULL},
		{IN_DEVICES,
		 HOSTDEV("usb", "",
			 "<source startupPolicy='never'><address bus='1' device='1'/></source>"),
		 1, "startupPolicy of <source>: 'never' is not supported", NULL},
		{IN_DEVICES, HOSTDEV("usb", "", PCI_AT), 1,
		 "attribute slot of <address> is not known", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

static void test_bad_pci(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, HOSTDEV("pci", "", "<source/>"), 1, "the <source> has no <address>",
		 "function='0'/> into it"},
		{IN_DEVICES, HOSTDEV("pci", "", "<source writeFiltering='no'/>"), 1,
		 "attribute writeFiltering of <source> is not known", NULL},
		{IN_DEVICES,
		 HOSTDEV("pci", "", "<source><address bus='6' slot='32' function='0'/></source>"),
		 1, "slot of <address>: 32 is out of range (0 to 31)", NULL},
		{IN_DEVICES, HOSTDEV("pci", "", "<driver name='kvm'/>" PCI_AT), 1,
		 "name of <driver>: 'kvm' is not supported", "accepted: vfio"},
		{IN_DEVICES, HOSTDEV("pci", "", PCI_AT "<rom file='rom'/>"), 1,
		 "file of <rom>: 'rom' is not absolute", "full path"},
		{IN_DEVICES, HOSTDEV("pci", "", PCI_AT "<readonly/>"), 1,
		 "element <readonly> is not known in <hostdev>", NULL},
		{IN_DEVICES, HOSTDEV("pci", "managed='1'", PCI_AT), 1,
		 "managed of <hostdev>: '1' is neither", NULL},
		{IN_DEVICES, HOSTDEV("pci", "", PCI_AT) "\n" HOSTDEV("pci", "", PCI_AT), 2,
		 "the same device as the <hostdev> in line 6", "remove one"},
		{IN_DEVICES, HOSTDEV("pci", "", PCI_AT "<boot order='0'/>"), 1, "boot order: 0",
		 NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

static void test_bad_mdev_and_scsi(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES,
		 HOSTDEV("mdev", "", MDEV_AT "<boot order='2'/>") "\n" HOSTDEV(
			 "pci", "", PCI_AT "<boot order='2'/>"),
		 2, "boot order 2 is given to two devices", NULL},
		{IN_DEVICES, HOSTDEV("mdev", "model='vfio-ccw'", MDEV_AT), 1,
		 "model of <hostdev>: 'vfio-ccw' is not supported", NULL},
		{IN_DEVICES, HOSTDEV("pci", "display='on'", PCI_AT), 1,
		 "display of <hostdev>: 'on' is not supported", "accepted: off"},
		{IN_DEVICES, HOSTDEV("mdev", "display='auto'", MDEV_AT), 1,
		 "display of <hostdev>: 'auto' is not supported", "off, on"},
		{IN_DEVICES, HOSTDEV("mdev", "ramfb='on'", MDEV_AT), 1,
		 "ramfb of <hostdev> needs display='on'", "add it"},
		{IN_DEVICES, HOSTDEV("mdev", "rawio='yes'", MDEV_AT), 1,
		 "rawio of <hostdev>: 'yes' is not supported", NULL},
		{IN_DEVICES, HOSTDEV("mdev", "", "<source><address uuid='1'/></source>"), 1,
		 "'1' is not a UUID", NULL},
		{IN_DEVICES, HOSTDEV("mdev", "", "<source/>"), 1, "the <source> has no <address>",
		 "uuid='UUID'"},
		{IN_DEVICES, HOSTDEV("scsi", "sgio='unfiltered'", SCSI_AT), 1,
		 "sgio of <hostdev>: 'unfiltered' is not supported", NULL},
		{IN_DEVICES, HOSTDEV("scsi", "rawio='yes'", SCSI_AT), 1,
		 "rawio of <hostdev>: 'yes' is not supported", NULL},
		{IN_DEVICES, HOSTDEV("scsi", "", "<source protocol='iscsi' name='iqn.x'/>"), 1,
		 "attribute name of <source> is not known", NULL},
		{IN_DEVICES, HOSTDEV("scsi", "", "<source protocol='iscsi'/>"), 1,
		 "protocol of <source>: 'iscsi' is not supported", NULL},
		{IN_DEVICES, HOSTDEV("scsi", "", "<source><adapter name='fc0'/></source>"), 1,
		 "name of <adapter>: 'fc0' is not a host adapter", "scsi_hostN"},
		{IN_DEVICES, HOSTDEV("scsi", "", "<source><adapter name='scsi_host'/></source>"), 1,
		 "name of <adapter>: '' is not a whole decimal number", NULL},
		{IN_DEVICES, HOSTDEV("scsi", "", "<source><adapter name='scsi_host0'/></source>"),
		 1, "the <source> has no <address>", "unit='0'/>"},
		{IN_DEVICES,
		 HOSTDEV("scsi", "", "<source><address bus='0' target='0' unit='0'/></source>"), 1,
		 "the <source> has no <adapter>", "scsi_hostN"},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

static void test_bad_inputs(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, "<input type='pen'/>", 1, "type of <input>: 'pen' is not supported",
		 "passthrough, evdev"},
		{IN_DEVICES, "<input/>", 1, "attribute type is missing in <input>", NULL},
		{IN_DEVICES, "<input type='passthrough'/>", 1,
		 "attribute bus is missing in <input>", NULL},
		{IN_DEVICES, "<input type='passthrough' bus='usb'/>", 1,
		 "bus of <input>: 'usb' is not supported", "accepted: virtio"},
		{IN_DEVICES, "<input type='passthrough' bus='virtio'><source/></input>", 1,
		 "attribute evdev is missing in <source>", NULL},
		{IN_DEVICES, "<input type='evdev'/>", 1, "an <input> of the host has no <source>",
		 "<source dev='/dev/input/eventN'/>"},
		{IN_DEVICES, "<input type='evdev'><source evdev='/dev/input/event0'/></input>", 1,
		 "attribute evdev of <source> is not known", NULL},
		{IN_DEVICES, "<input type='evdev'><source dev='event0'/></input>", 1,
		 "path of an input device: 'event0' is not absolute", NULL},
		{IN_DEVICES, "<input type='evdev'><source dev='/e' grabToggle='x'/></input>", 1,
		 "grabToggle of <source>: 'x' is not supported", "scrolllock"},
		{IN_DEVICES, "<input type='evdev'><source dev='/e' repeat='yes'/></input>", 1,
		 "repeat of <source>: 'yes' is not supported", NULL},
		{IN_DEVICES, "<input type='tablet'><source evdev='/e'/></input>", 1,
		 "attribute evdev of <source> names a host resource", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

static void test_model(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("argv/hostdev.xml");
	const struct sv_hostdev *dev = dom->hostdevs;

	(void)state;
	assert_int_equal(dom->n_hostdevs, 7);
	assert_int_equal(dom->n_inputs, 3);
	assert_int_equal(dom->inputs[0].type, SV_INPUT_PASSTHROUGH);
	assert_string_equal(dom->inputs[0].path, "/dev/input/event3");
	assert_true(dom->inputs[1].grab_all && dom->inputs[1].repeat);
	assert_string_equal(dom->inputs[1].grab_toggle, "ctrl-ctrl");
	assert_false(dom->inputs[2].grab_all || dom->inputs[2].repeat);
	assert_true(dev[0].optional && dev[0].usb.has_id && !dev[0].usb.has_place);
	assert_int_equal(dev[0].usb.vendor, 0x046d);
	assert_int_equal(dev[0].usb.product, 0xc31c);
	assert_true(!dev[1].optional && !dev[1].usb.has_id && dev[1].usb.has_place);
	assert_int_equal(dev[1].usb.bus, 1);
	assert_int_equal(dev[1].usb.device, 4);
	assert_int_equal(dev[2].type, SV_HOSTDEV_PCI);
	/* USB and mediated devices have managed='yes' too, without a meaning */
	assert_true(dev[2].managed);
	assert_false(dev[0].managed || dev[3].managed || dev[4].managed);
	assert_int_equal(dev[2].pci.slot, 0x1f);
	assert_int_equal(dev[2].boot_order, 1);
	assert_true(dev[2].rom.no_bar && !dev[2].rom.none);
	assert_string_equal(dev[2].rom.file.path, "/srv/rom/card.rom");
	assert_int_equal(dev[3].pci.bus, 10);
	assert_true(dev[3].rom.none && !dev[3].rom.no_bar);
	assert_null(dev[3].rom.file.path);
	assert_string_equal(dev[4].uuid, "c2177883-f1bb-47f0-914d-32a22e3a8804");
	assert_true(dev[5].readonly && !dev[5].shareable);
	assert_int_equal(dev[6].scsi.unit, 1);
	assert_true(dev[6].shareable && !dev[6].readonly);
	assert_null(dev[6].path);
}

static void place(struct sv_domain *dom, size_t i, const char *path)
{
	struct sv_error err = {0};

	assert_int_equal(sv_strdup(path, &dom->hostdevs[i].path, &err), 0);
}

static void test_resources(void **state)
{
	static const struct {
		enum sv_resource_kind kind;
		enum sv_access access;
		const char *target, *path;
	} want[] = {
		{SV_RES_DISK, SV_ACCESS_RW, "sda", "/srv/a.img"},
		{SV_RES_INPUT, SV_ACCESS_RW, "input0", "/dev/input/event3"},
		{SV_RES_INPUT, SV_ACCESS_RW, "input1", "/dev/input/event1,2"},
		{SV_RES_INPUT, SV_ACCESS_RW, "input2", "/dev/input/event4"},
		/* the first is missing, the second has no path yet */
		{SV_RES_VFIO, SV_ACCESS_RW, "hostdev2", "/dev/vfio/12"},
		{SV_RES_VFIO_CONTAINER, SV_ACCESS_RW, "vfio", "/dev/vfio/vfio"},
		{SV_RES_BOOT_FILE, SV_ACCESS_RO, "hostdev2 rom", "/srv/rom/card.rom"},
		/* the next function is of the same group */
		{SV_RES_VFIO, SV_ACCESS_RW, "hostdev4", "/dev/vfio/14"},
		{SV_RES_SCSI, SV_ACCESS_RO, "hostdev5", "/dev/sg1"},
		{SV_RES_SCSI, SV_ACCESS_SHARED, "hostdev6", "/dev/sg2"},
	};
	sv_auto_domain struct sv_domain *dom = domain_of_file("argv/hostdev.xml");
	sv_auto_resources struct sv_resources list = {0};
	struct sv_error err = {0};
	size_t i;

	(void)state;
	place(dom, 2, "/dev/vfio/12");
	place(dom, 3, "/dev/vfio/12");
	place(dom, 4, "/dev/vfio/14");
	place(dom, 5, "/dev/sg1");
	place(dom, 6, "/dev/sg2");
	assert_int_equal(sv_resources_of(dom, NULL, "/run/svirt/web/guest", &list, &err), 0);
	assert_int_equal(list.n, SV_N_ELEMENTS(want));
	for (i = 0; i < list.n; i++) {
		assert_int_equal(list.items[i].kind, want[i].kind);
		assert_int_equal(list.items[i].access, want[i].access);
		assert_string_equal(list.items[i].target, want[i].target);
		assert_string_equal(list.items[i].path, want[i].path);
		assert_int_equal(sv_resource_is_looked_up(&list.items[i]),
				 want[i].kind == SV_RES_VFIO || want[i].kind == SV_RES_SCSI);
	}
}

/* Two ids may lead to one device. */
static void test_same_device(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("argv/hostdev.xml");
	sv_auto_resources struct sv_resources list = {0};
	struct sv_error err = {0};

	(void)state;
	place(dom, 0, "/dev/bus/usb/001/004");
	place(dom, 1, "/dev/bus/usb/001/004");
	assert_int_equal(sv_resources_of(dom, NULL, "/run/svirt/web/guest", &list, &err),
			 -SV_E_USAGE);
	assert_string_equal(err.msg,
			    "hostdev0 and hostdev1 are the same file '/dev/bus/usb/001/004'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_usb),
		cmocka_unit_test(test_bad_pci),
		cmocka_unit_test(test_bad_mdev_and_scsi),
		cmocka_unit_test(test_bad_inputs),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_resources),
		cmocka_unit_test(test_same_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
