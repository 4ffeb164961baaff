/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a PCI device is used for on the host, and why it is not taken then. */
#include "bind-fixture.h"

#include "base/string.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

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
	bind_attribute("proc/net/route", "Iface\tDestination\neth70\t00000000\t010200C0");
	bind_attribute("proc/net/if_inet6",
		       "fe8000000000000000fc00fffe000001 04 40 20 80     eth7\n"
		       "fd000000000000000000000000000002 05 40 00 82     eth70");
	accepted();
	bind_attribute("proc/net/if_inet6",
		       "fd000000000000000000000000000002 04 40 00 82     eth7");
	refused(SV_E_BUSY, "its network card eth7 is up, with an address or a route",
		"ip link set CARD down");
	bind_attribute("proc/net/if_inet6", "");
	bind_attribute("proc/net/route", "Iface\tDestination\neth7\t00000000\t010200C0");
	refused(SV_E_BUSY, "its network card eth7 is up, with an address or a route", "");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_disk_in_use, bind_setup, plan_teardown),
		cmocka_unit_test_setup_teardown(test_card_in_use, bind_setup, plan_teardown),
		cmocka_unit_test_setup_teardown(test_console_and_functions, bind_setup,
						plan_teardown),
		cmocka_unit_test_setup_teardown(test_host_cannot, bind_setup, plan_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
