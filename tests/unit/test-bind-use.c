/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a PCI device is used for on the host, and why it is not taken then. */
#include "bind-fixture.h"

#include "base/devnum.h"
#include "base/string.h"
#include "plan/held.h"
#include "store/hold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

static void refused(enum sv_code code, const char *msg, const char *hint)
{
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};

	bind_file("a.img");
	assert_int_equal(bind_build(&plan, plan_nodes(), false, &err), -(int)code);
	if (!strstr(err.msg, msg))
		fail_msg("'%s' is not in '%s'", msg, err.msg);
	if (!strstr(err.hint, hint))
		fail_msg("'%s' is not in '%s'", hint, err.hint);
	assert_string_equal(err.file, DOMAIN_FILE);
	assert_int_equal(err.line, 20);
	assert_int_equal(bind_kernel.writes, 0);
}

static void accepted(void)
{
	sv_auto_plan struct sv_plan plan = {0};

	bind_plan(&plan, plan_nodes());
}

static void test_disk_in_use(void **state)
{
	(void)state;
	bind_attribute(DEVICE "/nvme/nvme0/nvme0c1n1/hidden", "1");
	bind_link("sys/class/block/nvme0c1n1",
		  "../../devices/pci0000:00/" ADDRESS "/nvme/nvme0/nvme0c1n1");
	accepted();
	bind_kernel.disk_use = "it, or a part of it, is mounted at /srv";
	refused(SV_E_BUSY,
		"PCI device " ADDRESS " is the host's: its disk /dev/nvme0n1 is in use: it, or a "
		"part of it, is mounted at /srv",
		"unmount it");
	/* another device's disk */
	bind_kernel.disk_use = NULL;
	(void)unlink(bind_below("sys/class/block/nvme0c1n1"));
	bind_attribute("sys/devices/pci0000:00/" ADDRESS "0/sdx/hidden", "0");
	bind_link("sys/class/block/sdx", "../../devices/pci0000:00/" ADDRESS "0/sdx");
	accepted();
	/* one without a node */
	bind_attribute(DEVICE "/ata1/svirt-none/hidden", "0");
	bind_link("sys/class/block/svirt-none",
		  "../../devices/pci0000:00/" ADDRESS "/ata1/svirt-none");
	refused(SV_E_UNKNOWN,
		"cannot tell whether the host uses the disk /dev/svirt-none of PCI device " ADDRESS,
		"");
	(void)unlink(bind_below("sys/class/block/svirt-none"));
	bind_attribute(DEVICE "/ata1/null/hidden", "0");
	bind_link("sys/class/block/null", "../../devices/pci0000:00/" ADDRESS "/ata1/null");
	refused(SV_E_UNKNOWN, "of PCI device " ADDRESS ": no block device", "");
}

static void test_card_in_use(void **state)
{
	(void)state;
	bind_attribute(DEVICE "/class", "0x020000");
	refused(SV_E_BUSY, "a network namespace may have it", "driverctl set-override");
	bind_attribute(DEVICE "/net/eth7/flags", "0x1003");
	bind_link("sys/class/net/eth7", "../../devices/pci0000:00/" ADDRESS "/net/eth7");
	refused(SV_E_BUSY, "its network card eth7 is up", "ip link set CARD down");
	bind_attribute(DEVICE "/net/eth7/flags", "0x1002");
	accepted();
	bind_attribute(DEVICE "/net/eth7/upper_br0", "");
	refused(SV_E_BUSY, "its network card eth7 is a part of br0", "nomaster");
}

static void test_console_and_functions(void **state)
{
	(void)state;
	bind_attribute(DEVICE "/class", "0x030000");
	bind_attribute(DEVICE "/boot_vga", "1");
	bind_attribute("sys/class/vtconsole/vtcon0/bind", "1");
	bind_attribute("sys/class/vtconsole/vtcon0/name", "(S) dummy device");
	bind_attribute("sys/class/vtconsole/vtcon1/bind", "0");
	bind_attribute("sys/class/vtconsole/vtcon1/name", "(M) frame buffer device");
	accepted();
	bind_attribute("sys/class/vtconsole/vtcon1/bind", "1");
	refused(SV_E_BUSY, "the graphics card that the host started with",
		"echo 0 >/sys/class/vtconsole/vtcon1/bind");
	bind_attribute(DEVICE "/boot_vga", "0");
	accepted();
	bind_attribute(DEVICE "/sriov_numvfs", "2");
	refused(SV_E_BUSY, "its virtual functions would end with its driver", "sriov_numvfs");
	bind_attribute(DEVICE "/class", "0x060400");
	refused(SV_E_HOST, "PCI device " ADDRESS " is a bridge", "behind it");
	/* nobody uses what has no driver, or one that does nothing */
	bind_driver("pci-stub", "\n");
	accepted();
	bind_attribute(DEVICE "/class", "0x030000");
	bind_driver(NULL, "\n");
	accepted();
}

static void test_host_cannot(void **state)
{
	(void)state;
	assert_int_equal(unlink(bind_below("sys/bus/pci/drivers_probe")), 0);
	refused(SV_E_NOTFOUND,
		"PCI device " ADDRESS
		": svirt may not bind it to vfio-pci (subsystem/drivers_probe)",
		"setsebool -P svirt_manage_drivers on");
	assert_int_equal(unlink(bind_below(DEVICE "/class")), 0);
	refused(SV_E_NOTFOUND, "PCI device " ADDRESS " has gone away", "");
	assert_int_equal(unlink(bind_below(DEVICE "/driver_override")), 0);
	refused(SV_E_NOTFOUND, "the device has gone away", "");
	bind_attribute(DEVICE "/driver_override", "(null)");
	assert_int_equal(unlink(bind_below("sys/bus/pci/drivers/vfio-pci/unbind")), 0);
	assert_int_equal(rmdir(bind_below("sys/bus/pci/drivers/vfio-pci")), 0);
	refused(SV_E_HOST, "this kernel has no such driver now", "modprobe vfio-pci");
}

/* Guest b holds a device: a partition, or a node, of what goes away with the driver. */
static void taken_from(uint64_t device)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_hold hold = {.driver = (char[]){"fake"},
			       .path = (char[]){"/dev/its"},
			       .target = (char[]){"vda"},
			       .wanted = (char[]){"b-rw"},
			       .original = (char[]){"old"},
			       .ino = 7,
			       .device = device,
			       .alone = true};
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	char *holder = NULL;
	int64_t id = 0;

	hold.guest = store_add_lease(store, "b", NULL);
	store_begin(store);
	assert_int_equal(sv_hold_add(store, &hold, &holder, &err), 0);
	store_commit(store);
	bind_plan(&plan, plan_nodes());
	assert_int_equal(plan_journal(store, "a", &plan, &id, &err), -SV_E_BUSY);
	if (!strstr(err.msg, ADDRESS " and /dev/its, which guest b holds, are one device"))
		fail_msg("%s", err.msg);
	assert_int_equal(bind_kernel.writes, 0);
}

static void test_disk_of_a_guest(void **state)
{
	(void)state;
	bind_attribute(DEVICE "/nvme/nvme0/nvme0n1/hidden", "0");
	bind_link("sys/class/block/nvme0n1",
		  "../../devices/pci0000:00/" ADDRESS "/nvme/nvme0/nvme0n1");
	taken_from(sv_devnum_block(makedev(259, 1)));
}

static void test_node_of_a_guest(void **state)
{
	struct sv_node node = {.mode = S_IFCHR, .rdev = makedev(189, 3)};

	(void)state;
	bind_attribute(DEVICE "/usb1/1-1/dev", "189:3");
	bind_link("sys/dev/char/189:3", "../../devices/pci0000:00/" ADDRESS "/usb1/1-1");
	taken_from(sv_devnum_of(&node));
}

/* The other way round: guest b gets what a device of guest a lies behind. */
static void test_behind_a_device(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_node struct sv_node node = SV_NODE_EMPTY, parent = SV_NODE_EMPTY;
	struct sv_hold hold = {.driver = (char[]){"pci"},
			       .path = (char[]){"/sys/devices/virtual/mem"},
			       .target = (char[]){"hostdev0"},
			       .wanted = (char[]){BOUND},
			       .original = (char[]){"e1000e"},
			       .alone = true};
	struct sv_step step = {.driver = &sv_driver_fake,
			       .access = SV_ACCESS_RO,
			       .path = (char[]){"/dev/null"},
			       .to = (char[]){"a-rw"},
			       .node = &node};
	struct sv_error err = {0};
	char *holder = NULL;

	(void)state;
	assert_int_equal(sv_node_open(hold.path, &parent, &err), 0);
	assert_int_equal(sv_node_open(step.path, &node, &err), 0);
	hold.dev = parent.dev;
	hold.ino = parent.ino;
	hold.born = parent.born;
	hold.guest = store_add_lease(store, "b", NULL);
	assert_int_equal(sv_held_check(&step, store, 0, &err), 0);
	store_begin(store);
	assert_int_equal(sv_hold_add(store, &hold, &holder, &err), 0);
	store_commit(store);
	assert_int_equal(sv_held_check(&step, store, hold.guest, &err), 0);
	assert_int_equal(sv_held_check(&step, store, 0, &err), -SV_E_BUSY);
	assert_non_null(
		strstr(err.msg, "/dev/null and /sys/devices/virtual/mem, which guest b holds"));
}

static void test_used_since_it_was_planned(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	bind_attribute(DEVICE "/nvme/nvme0/nvme0n1/hidden", "0");
	bind_link("sys/class/block/nvme0n1",
		  "../../devices/pci0000:00/" ADDRESS "/nvme/nvme0/nvme0n1");
	bind_plan(&plan, plan_nodes());
	assert_int_equal(plan_journal(store, "a", &plan, &id, &err), 0);
	bind_kernel.disk_use = "it, or a part of it, is mounted at /srv";
	assert_int_equal(plan_try(id, &err), -SV_E_BUSY);
	assert_non_null(strstr(err.msg, "is mounted at /srv"));
	assert_int_equal(bind_kernel.writes, 0);
	assert_driver("e1000e");
}

static void test_parts_of_others(void **state)
{
	(void)state;
	bind_attribute(DEVICE "0/aa/x", "");
	bind_link("sys/bus/mdev/devices/aa", "../../../devices/pci0000:00/" ADDRESS "0/aa");
	accepted();
	bind_attribute(DEVICE "/bb/x", "");
	bind_link("sys/bus/mdev/devices/bb", "../../../devices/pci0000:00/" ADDRESS "/bb");
	refused(SV_E_BUSY, "its mediated device bb would end with its driver",
		">/sys/bus/mdev/devices/bb/remove");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_disk_in_use, bind_setup, plan_teardown),
		cmocka_unit_test_setup_teardown(test_card_in_use, bind_setup, plan_teardown),
		cmocka_unit_test_setup_teardown(test_disk_of_a_guest, bind_setup, plan_teardown),
		cmocka_unit_test_setup_teardown(test_node_of_a_guest, bind_setup, plan_teardown),
		cmocka_unit_test_setup_teardown(test_behind_a_device, bind_setup, plan_teardown),
		cmocka_unit_test_setup_teardown(test_used_since_it_was_planned, bind_setup,
						plan_teardown),
		cmocka_unit_test_setup_teardown(test_parts_of_others, bind_setup, plan_teardown),
		cmocka_unit_test_setup_teardown(test_console_and_functions, bind_setup,
						plan_teardown),
		cmocka_unit_test_setup_teardown(test_host_cannot, bind_setup, plan_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
