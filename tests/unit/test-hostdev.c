/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host devices, and what is behind network cards, are found in a /sys of the test's own, below the
 * handle's root: which node each is, and why one cannot be given away. Must not look at this host's
 * /sys.
 */
#include "domain-fixture.h"

#include "base/fs.h"
#include "base/string.h"
#include "base/sysfs.h"
#include "guest/files/hostdev.h"
#include "guest/files/nets.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define MDEV	    "c2177883-f1bb-47f0-914d-32a22e3a8804"
#define USB(source) "<hostdev mode='subsystem' type='usb'>" source "</hostdev>"
#define USB_ID(vendor, product) \
	USB("<source><vendor id='" vendor "'/><product id='" product "'/></source>")
#define USB_AT(bus, device) USB("<source><address bus='" bus "' device='" device "'/></source>")
#define PCI(bus, function)                                                                \
	"<hostdev type='pci'><source><address bus='" bus "' slot='0' function='" function \
	"'/></source></hostdev>"
#define MANAGED(bus, function)                                         \
	"<hostdev type='pci' managed='yes'><source><address bus='" bus \
	"' slot='0' function='" function "'/></source></hostdev>"
#define SCSI(unit)                                                                              \
	"<hostdev type='scsi'><source><adapter name='scsi_host2'/><address bus='0' target='1' " \
	"unit='" unit "'/></source></hostdev>"
#define BRIDGE(name)   "<interface type='bridge'><source bridge='" name "'/></interface>"
#define THERE(name)    "<interface type='ethernet'><target dev='" name "' managed='no'/></interface>"
#define MEDIATED(uuid) "<hostdev type='mdev'><source><address uuid='" uuid "'/></source></hostdev>"

static char root[64], warned[256];

/* The path below root/sys; makes the directories on the way. */
static const char *below(const char *path)
{
	static char full[256];
	char *slash;

	(void)snprintf(full, sizeof(full), "%s/sys/%s", root, path);
	for (slash = strchr(full + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(full, 0755);
		*slash = '/';
	}
	return full;
}

static void attribute(const char *dir, const char *name, const char *text)
{
	char path[200];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(below(path), "we");
	assert_non_null(f);
	assert_true(fprintf(f, "%s\n", text) > 0);
	assert_int_equal(fclose(f), 0);
}

static void link_to(const char *path, const char *target)
{
	assert_int_equal(symlink(target, below(path)), 0);
}

/* As the kernel makes it: the directory elsewhere, a link to it on the bus. */
static void usb(const char *name, const char *bus, const char *device, const char *id,
		const char *class)
{
	char dir[64], path[64], target[80];

	(void)snprintf(dir, sizeof(dir), "devices/usb/%s", name);
	(void)snprintf(path, sizeof(path), "bus/usb/devices/%s", name);
	(void)snprintf(target, sizeof(target), "../../../%s", dir);
	attribute(dir, "busnum", bus);
	attribute(dir, "devnum", device);
	attribute(dir, "bDeviceClass", class);
	attribute(dir, "idProduct", id + 5);
	(void)snprintf(target, sizeof(target), "%.4s", id);
	attribute(dir, "idVendor", target);
	(void)snprintf(target, sizeof(target), "../../../%s", dir);
	link_to(path, target);
}

/* driver NULL: none. */
static void pci(const char *address, const char *group, const char *driver, const char *class)
{
	char dir[64], path[128], target[128];

	(void)snprintf(dir, sizeof(dir), "bus/pci/devices/%s", address);
	attribute(dir, "class", class);
	(void)snprintf(path, sizeof(path), "%s/iommu_group", dir);
	(void)snprintf(target, sizeof(target), "../../../../kernel/iommu_groups/%s", group);
	link_to(path, target);
	(void)snprintf(path, sizeof(path), "kernel/iommu_groups/%s/devices/%s", group, address);
	(void)snprintf(target, sizeof(target), "../../../../%s", dir);
	link_to(path, target);
	(void)snprintf(path, sizeof(path), "%s/driver", dir);
	(void)snprintf(target, sizeof(target), "../../../../bus/pci/drivers/%s",
		       driver ? driver : "");
	if (driver)
		link_to(path, target);
}

static int make_sys(void **state)
{
	(void)state;
	(void)snprintf(root, sizeof(root), "/tmp/svirt-test-hostdev.XXXXXX");
	assert_non_null(mkdtemp(root));
	usb("usb1", "1", "1", "1d6b:0002", "09");
	usb("1-1", "1", "4", "046d:c31c", "00");
	usb("1-2", "1", "12", "0951:1666", "00");
	usb("2-1", "2", "4", "046d:c31c", "00");
	attribute("bus/usb/devices/1-1:1.0", "bInterfaceClass", "03");
	pci("0000:06:00.0", "12", "vfio-pci", "0x030000");
	pci("0000:06:00.1", "12", "mlx5_vfio_pci", "0x040300");
	pci("0000:06:00.2", "12", "pci-stub", "0x0c0330");
	pci("0000:06:00.3", "12", NULL, "0x0c8000");
	pci("0000:00:01.0", "12", "pcieport", "0x060400");
	pci("0000:07:00.0", "13", "vfio-pci", "0x020000");
	pci("0000:07:00.1", "13", "e1000e", "0x020000");
	attribute("bus/pci/devices/0000:08:00.0", "class", "0x010802");
	link_to("bus/pci/devices/0000:08:00.0/driver", "../../drivers/vfio-pci");
	attribute("bus/mdev/devices/" MDEV, "uevent", "");
	link_to("bus/mdev/devices/" MDEV "/iommu_group", "../../../../kernel/iommu_groups/14");
	attribute("bus/scsi/devices/2:0:1:0/scsi_generic/sg3", "dev", "21:3");
	attribute("bus/scsi/devices/2:0:1:7", "type", "0");
	attribute("class/net/br0/bridge", "bridge_id", "8000.000000000000");
	attribute("class/net/tap7", "tun_flags", "0x1002");
	attribute("class/net/tap8", "tun_flags", "0x1102");
	attribute("class/net/tun9", "tun_flags", "0x1001");
	attribute("class/net/macvtap0/macvtap/tap12", "dev", "511:1");
	attribute("class/net/ipvtap0/ipvtap/tap13", "dev", "512:1");
	attribute("class/net/eth0", "ifindex", "2");
	return 0;
}

static int drop_sys(void **state)
{
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_fs_remove_tree(root, &err), 0);
	return 0;
}

/* Every host device and network card, up to the first error. */
static int find_all(const struct svirt *sv, struct sv_domain *dom, struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < dom->n_hostdevs; i++)
		r = sv_hostdev_find(sv, dom, &dom->hostdevs[i], err);
	for (size_t i = 0; r == 0 && i < dom->n_nets; i++)
		r = sv_net_find(sv, dom, &dom->nets[i], err);
	return r;
}

static void warn(void *data, const char *msg)
{
	(void)data;
	(void)snprintf(warned, sizeof(warned), "%s", msg);
}

static int find(struct sv_domain *dom, struct sv_error *err)
{
	const struct svirt sv = {.root = root, .warn = warn};

	warned[0] = '\0';
	return find_all(&sv, dom, err);
}

static void found(const char *lines, const char *path)
{
	sv_auto_domain struct sv_domain *dom = domain_of(IN_DEVICES, lines);
	struct sv_error err = {0};

	if (find(dom, &err) < 0)
		fail_msg("%s: %s", lines, err.msg);
	assert_string_equal(dom->hostdevs[0].path, path);
	/* and once more: the first answer is replaced */
	assert_int_equal(find(dom, &err), 0);
	assert_string_equal(dom->hostdevs[0].path, path);
}

static void refused(const char *lines, enum sv_code code, const char *msg, const char *hint)
{
	sv_auto_domain struct sv_domain *dom = domain_of(IN_DEVICES, lines);
	struct sv_error err = {0};

	assert_int_equal(find(dom, &err), -(int)code);
	assert_string_equal(err.msg, msg);
	if (!strstr(err.hint, hint))
		fail_msg("'%s' is not in '%s'", hint, err.hint);
	assert_string_equal(err.file, "good.xml");
	assert_int_equal(err.line, FRAME_DEVICES_LINE);
}

static void test_usb(void **state)
{
	(void)state;
	found(USB_ID("0x0951", "0x1666"), "/dev/bus/usb/001/012");
	found(USB_AT("1", "12"), "/dev/bus/usb/001/012");
	found(USB_AT("0x2", "0x4"), "/dev/bus/usb/002/004");
	found(USB("<source><vendor id='0x046d'/><product id='0xc31c'/><address bus='2' "
		  "device='4'/></source>"),
	      "/dev/bus/usb/002/004");
}

static void test_usb_refused(void **state)
{
	(void)state;
	refused(USB_ID("0x046d", "0xc31c"), SV_E_USAGE,
		"there are 2 of USB device 046d:c31c: 001/004, 002/004",
		"put <address bus='2' device='4'/> into its <source>");
	refused(USB_ID("0x046d", "0xc31d"), SV_E_NOTFOUND,
		"there is no USB device 046d:c31d on this host", "startupPolicy='optional'");
	refused(USB("<source><vendor id='0x046d'/><product id='0xc31c'/><address bus='1' "
		    "device='12'/></source>"),
		SV_E_NOTFOUND, "there is no USB device 046d:c31c at 001/012 on this host", "lsusb");
	refused(USB_AT("1", "1"), SV_E_USAGE, "USB device at 001/001 is a hub", "one by one");
}

static void test_usb_optional(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of(
		IN_DEVICES, USB("<source startupPolicy='optional'><vendor id='1'/><product id='2'/>"
				"</source>") USB_AT("1", "4"));
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(find(dom, &err), 0);
	assert_null(dom->hostdevs[0].path);
	assert_string_equal(dom->hostdevs[1].path, "/dev/bus/usb/001/004");
	assert_string_equal(
		warned, "there is no USB device 0001:0002 on this host: the guest does without");
	/* it is only the missing one that is forgiven */
	refused(USB("<source startupPolicy='optional'><vendor id='0x046d'/><product id='0xc31c'/>"
		    "</source>"),
		SV_E_USAGE, "there are 2 of USB device 046d:c31c: 001/004, 002/004", "");
	refused(USB("<source startupPolicy='requisite'><vendor id='1'/><product id='2'/></source>"),
		SV_E_NOTFOUND, "there is no USB device 0001:0002 on this host", "");
}

static void test_pci(void **state)
{
	(void)state;
	found(PCI("0x06", "0"), "/dev/vfio/12");
	found(PCI("0x06", "1"), "/dev/vfio/12");
	found(MEDIATED(MDEV), "/dev/vfio/14");
}

/* A rename anywhere on the host, by whomever, makes the kernel give up where ".." is followed. */
static void test_renames(void **state)
{
	char a[80], b[80];
	pid_t parent = getpid(), child;

	(void)state;
	(void)snprintf(a, sizeof(a), "%s/a", root);
	(void)snprintf(b, sizeof(b), "%s/b", root);
	assert_int_equal(mkdir(a, 0700), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		while (getppid() == parent && rename(a, b) == 0 && rename(b, a) == 0)
			;
		_exit(1);
	}
	for (int i = 0; i < 300; i++)
		found(PCI("0x06", "0"), "/dev/vfio/12");
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void test_pci_refused(void **state)
{
	(void)state;
	refused(PCI("0x09", "0"), SV_E_NOTFOUND, "there is no PCI device 0000:09:00.0 on this host",
		"lspci -D");
	refused(PCI("0x06", "3"), SV_E_HOST,
		"PCI device 0000:06:00.3 has no driver, and not vfio-pci",
		"driverctl set-override 0000:06:00.3 vfio-pci");
	refused(PCI("0x07", "1"), SV_E_HOST,
		"PCI device 0000:07:00.1 has the driver e1000e, not vfio-pci",
		"driverctl set-override 0000:07:00.1 vfio-pci");
	refused(PCI("0x07", "0"), SV_E_HOST,
		"PCI device 0000:07:00.1 of the same IOMMU group (13) has the driver e1000e",
		"driverctl set-override 0000:07:00.1 vfio-pci");
	refused(PCI("0x08", "0"), SV_E_HOST, "PCI device 0000:08:00.0 is in no IOMMU group",
		"intel_iommu=on");
	refused(MEDIATED("00000000-f1bb-47f0-914d-32a22e3a8804"), SV_E_NOTFOUND,
		"there is no mediated device 00000000-f1bb-47f0-914d-32a22e3a8804 on this host",
		"mdevctl start -u 00000000-f1bb-47f0-914d-32a22e3a8804");
}

/* Its driver may be the host's: that is looked at when the guest is planned. */
static void test_pci_managed(void **state)
{
	sv_auto_domain struct sv_domain *dom =
		domain_of(IN_DEVICES, MANAGED("0x07", "1") PCI("0x07", "0"));
	struct sv_error err = {0};
	char path[200];

	(void)state;
	assert_int_equal(find(dom, &err), 0);
	assert_int_equal(find(dom, &err), 0);
	assert_string_equal(dom->hostdevs[0].path, "/dev/vfio/13");
	(void)snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/0000:07:00.1", root);
	assert_string_equal(dom->hostdevs[0].sysfs, path);
	/* what nobody binds has to be bound */
	refused(MANAGED("0x07", "0"), SV_E_HOST,
		"PCI device 0000:07:00.1 of the same IOMMU group (13) has the driver e1000e",
		"managed='yes' in a <hostdev> of its own");
	refused(MANAGED("0x08", "0"), SV_E_HOST, "PCI device 0000:08:00.0 is in no IOMMU group",
		"intel_iommu=on");
	refused(MANAGED("0x09", "0"), SV_E_NOTFOUND,
		"there is no PCI device 0000:09:00.0 on this host", "lspci -D");
}

static void test_scsi(void **state)
{
	(void)state;
	found(SCSI("0"), "/dev/sg3");
	refused(SCSI("7"), SV_E_HOST, "SCSI device 2:0:1:7 has no generic device", "modprobe sg");
	refused(SCSI("1"), SV_E_NOTFOUND, "there is no SCSI device 2:0:1:1 on this host",
		"lsscsi -g");
}

/* node NULL: a tap. */
static void found_card(const char *lines, const char *node, bool multi_queue)
{
	sv_auto_domain struct sv_domain *dom = domain_of(IN_DEVICES, lines);
	struct sv_error err = {0};

	for (int twice = 0; twice < 2; twice++) {
		if (find(dom, &err) < 0)
			fail_msg("%s: %s", lines, err.msg);
		if (node)
			assert_string_equal(dom->nets[0].node, node);
		else
			assert_null(dom->nets[0].node);
		assert_int_equal(dom->nets[0].multi_queue, multi_queue);
	}
}

static void test_cards(void **state)
{
	(void)state;
	found_card(BRIDGE("br0"), NULL, false);
	found_card(THERE("tap7"), NULL, false);
	found_card(THERE("tap8"), NULL, true);
	found_card(THERE("macvtap0"), "/dev/tap12", false);
	found_card(THERE("ipvtap0"), "/dev/tap13", false);
	/* one that is to be made is not looked for */
	found_card("<interface type='ethernet'><target dev='eth0'/></interface>", NULL, false);
	found_card("<interface type='user'/>", NULL, false);
}

static void test_cards_refused(void **state)
{
	(void)state;
	refused(BRIDGE("br1"), SV_E_NOTFOUND, "there is no bridge br1 on this host",
		"'ip link add br1 type bridge' makes one");
	refused(BRIDGE("eth0"), SV_E_USAGE, "network device eth0 is no bridge", "type bridge");
	refused(THERE("tap1"), SV_E_NOTFOUND, "there is no network device tap1 on this host",
		"'ip tuntap add dev tap1 mode tap'");
	refused(THERE("tun9"), SV_E_USAGE, "network device tun9 is neither a tap nor a macvtap",
		"type='bridge'");
	refused(THERE("eth0"), SV_E_USAGE, "network device eth0 is neither a tap nor a macvtap",
		"a macvtap to any other device");
}

static void test_no_sysfs(void **state)
{
	const struct svirt sv = {.root = (char[]){"/nonexistent"}};
	sv_auto_domain struct sv_domain *dom = domain_of(
		IN_DEVICES, USB("<source startupPolicy='optional'><address bus='1' device='4'/>"
				"</source>"));
	sv_auto_domain struct sv_domain *none = domain_of(IN_DEVICES, "");
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(find_all(&sv, none, &err), 0);
	assert_true(find_all(&sv, dom, &err) < 0);
	assert_non_null(strstr(err.msg, "/nonexistent/sys"));
}

/* Whoever packed the tree at rest wrote its links too. */
static void test_links_stay_inside(void **state)
{
	sv_auto_sysfs struct sv_sysfs sysfs = SV_SYSFS_EMPTY;
	sv_auto_free char *text = NULL;
	struct sv_error err = {0};
	char up[256];

	(void)state;
	(void)snprintf(up, sizeof(up), "../../../../../../../../../../%s/outside", root);
	assert_int_equal(sv_sysfs_open(root, &sysfs, &err), 0);
	attribute("../", "outside", "secret");
	link_to("bus/up", up);
	link_to("bus/absolute", up + strlen("../../../../../../../../../../"));
	link_to("bus/inside", "/bus/scsi/devices/2:0:1:7/type");
	assert_int_equal(sv_sysfs_read(&sysfs, "bus/up", &text, &err), SV_NONE);
	assert_int_equal(sv_sysfs_read(&sysfs, "bus/absolute", &text, &err), SV_NONE);
	assert_int_equal(sv_sysfs_read(&sysfs, "../outside", &text, &err), SV_NONE);
	assert_int_equal(sv_sysfs_read(&sysfs, "bus/inside", &text, &err), 0);
	assert_string_equal(text, "0");
	link_to("bus/above", "../../../../../../../../../../tmp");
	assert_int_equal(sv_sysfs_has(&sysfs, "bus/above", &err), SV_NONE);
	assert_int_equal(sv_sysfs_has(&sysfs, "bus/inside", &err), SV_NONE);
	assert_int_equal(sv_sysfs_has(&sysfs, "bus/scsi", &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_usb, make_sys, drop_sys),
		cmocka_unit_test_setup_teardown(test_usb_refused, make_sys, drop_sys),
		cmocka_unit_test_setup_teardown(test_usb_optional, make_sys, drop_sys),
		cmocka_unit_test_setup_teardown(test_pci, make_sys, drop_sys),
		cmocka_unit_test_setup_teardown(test_renames, make_sys, drop_sys),
		cmocka_unit_test_setup_teardown(test_pci_refused, make_sys, drop_sys),
		cmocka_unit_test_setup_teardown(test_pci_managed, make_sys, drop_sys),
		cmocka_unit_test_setup_teardown(test_scsi, make_sys, drop_sys),
		cmocka_unit_test_setup_teardown(test_cards, make_sys, drop_sys),
		cmocka_unit_test_setup_teardown(test_cards_refused, make_sys, drop_sys),
		cmocka_unit_test_setup_teardown(test_no_sysfs, make_sys, drop_sys),
		cmocka_unit_test_setup_teardown(test_links_stay_inside, make_sys, drop_sys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
