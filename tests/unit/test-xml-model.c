/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the domain XML reader makes of good documents, member by member, and what it lists as
 * ignored.
 */
#include "domain-fixture.h"

#include "base/string.h"

static bool is_ignored(const struct sv_domain *dom, unsigned line, const char *element)
{
	size_t i;

	for (i = 0; i < dom->n_ignored; i++) {
		if (dom->ignored[i].line == line && sv_streq(dom->ignored[i].element, element))
			return dom->ignored[i].reason[0] != '\0';
	}
	return false;
}

static void test_q35(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("domains/q35.xml");

	(void)state;
	assert_string_equal(dom->name, "q35");
	assert_string_equal(dom->uuid, "6f1cbd0c-3c55-4a0e-9c6b-0d1f5b0a7c03");
	assert_int_equal(dom->virt, SV_VIRT_KVM);
	assert_string_equal(dom->arch, "x86_64");
	assert_string_equal(dom->machine, "pc-q35-7.2");
	assert_int_equal(dom->memory_kib, 2097152);
	assert_int_equal(dom->current_memory_kib, 2097152);
	assert_int_equal(dom->vcpus, 2);
	assert_string_equal(dom->cpu_mode, "host-passthrough");
	assert_null(dom->cpu_model);
	assert_true(dom->acpi && dom->apic && !dom->no_reboot && dom->memballoon);
	assert_string_equal(dom->emulator, "/usr/bin/qemu-system-x86_64");
	assert_int_equal(dom->n_disks, 2);
	assert_string_equal(dom->disks[0].format, "qcow2");
	assert_null(dom->disks[0].cache);
	assert_string_equal(dom->disks[0].discard, "unmap");
	assert_int_equal(dom->disks[0].boot_order, 1);
	assert_int_equal(dom->disks[0].line, 54);
	assert_int_equal(dom->disks[1].source, SV_DISK_NONE);
	assert_null(dom->disks[1].path);
	assert_true(dom->disks[1].readonly);
	assert_int_equal(dom->nets[0].boot_order, 2);
	assert_int_equal(dom->n_chars, 1);
	assert_int_equal(dom->chars[0].source.type, SV_CHAR_PTY);
	assert_string_equal(dom->chars[0].target, "isa-serial");
	assert_int_equal(dom->n_graphics, 1);
	assert_true(dom->graphics[0].autoport);
	assert_string_equal(dom->graphics[0].listen, "127.0.0.1");
	assert_int_equal(dom->n_rngs, 1);
	assert_int_equal(dom->rngs[0].backend, SV_RNG_RANDOM);
	assert_int_equal(dom->rngs[0].rate_bytes, 1024);
	assert_int_equal(dom->rngs[0].rate_ms, 1000);
	assert_int_equal(dom->n_seclabels, 0);
	assert_false(dom->require_enforcing);
}

static void test_q35_ignored(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("domains/q35.xml");

	(void)state;
	assert_true(is_ignored(dom, 45, "on_poweroff"));
	assert_true(is_ignored(dom, 30, "features/hyperv"));
	assert_true(is_ignored(dom, 15, "vcpu@placement"));
	assert_true(is_ignored(dom, 60, "devices/disk/address"));
	assert_true(is_ignored(dom, 90, "devices/console"));
	assert_false(is_ignored(dom, 5, "uuid"));
	assert_false(is_ignored(dom, 46, "on_reboot")); /* "restart" is what happens */
}

static void test_pc(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("domains/pc.xml");

	(void)state;
	assert_int_equal(dom->memory_kib, 488282); /* 500 MB, rounded up */
	assert_string_equal(dom->cpu_mode, "custom");
	assert_string_equal(dom->cpu_model, "qemu64");
	assert_true(dom->boot_network && !dom->boot_cdrom_first && dom->no_reboot);
	assert_int_equal(dom->disks[0].device, SV_DISK_FLOPPY);
	assert_int_equal(dom->disks[0].bus, SV_BUS_FDC);
	assert_string_equal(dom->nets[0].mac, "52:54:00:0a:0b:0c");
	assert_string_equal(dom->nets[0].model, "e1000");
	assert_false(dom->memballoon);
}

static void test_disks(void **state)
{
	sv_auto_domain struct sv_domain *cdrom = domain_of_file("domains/cdrom-readonly.xml");
	sv_auto_domain struct sv_domain *shared = domain_of_file("domains/block-shared.xml");
	sv_auto_domain struct sv_domain *qcow2 = domain_of_file("domains/qcow2.xml");

	(void)state;
	assert_true(cdrom->boot_cdrom_first && !cdrom->boot_network);
	assert_int_equal(cdrom->disks[1].device, SV_DISK_CDROM);
	assert_string_equal(cdrom->disks[1].path, "/var/lib/svirt/iso/install media.iso");
	assert_int_equal(cdrom->disks[2].bus, SV_BUS_IDE); /* from "hdd" */
	assert_true(cdrom->disks[2].readonly);		   /* without saying so */
	assert_true(cdrom->disks[3].readonly && !cdrom->disks[0].readonly);
	assert_int_equal(shared->disks[0].source, SV_DISK_BLOCK);
	assert_string_equal(shared->disks[0].path, "/dev/mapper/vg0-guest");
	assert_string_equal(shared->disks[0].cache, "none");
	assert_string_equal(shared->disks[0].io, "native");
	assert_true(shared->disks[1].shareable && shared->disks[1].readonly);
	assert_true(shared->require_enforcing);
	assert_string_equal(shared->share_group, "vg0.pair-1");
	assert_int_equal(shared->share_group_line, 5);
	assert_null(qcow2->share_group);
	assert_string_equal(qcow2->disks[0].serial, "WD-1234.a");
	assert_int_equal(qcow2->current_memory_kib, 524288);
}

static void test_backing_stores(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("domains/backing-store.xml");
	const struct sv_disk *disk = dom->disks;

	(void)state;
	assert_int_equal(disk->n_chain, 2);
	assert_true(disk->chain_ends);
	assert_string_equal(disk->chain[0].path, "/srv/middle.qcow2");
	assert_string_equal(disk->chain[0].format, "qcow2");
	assert_int_equal(disk->chain[0].line, 11);
	assert_int_equal(disk->chain[0].n_seclabels, 1);
	assert_string_equal(disk->chain[0].seclabels[0].model, "dac");
	assert_string_equal(disk->chain[1].path, "/dev/mapper/base");
	assert_int_equal(disk->chain[1].n_seclabels, 0);
	/* no word about the format, none about what comes after it */
	assert_int_equal(disk[1].n_chain, 1);
	assert_null(disk[1].chain[0].format);
	assert_false(disk[1].chain_ends);
	assert_string_equal(disk[1].format, "vmdk");
	assert_string_equal(disk[1].data.path, "/srv/open.raw");
	assert_int_equal(disk[1].data.n_seclabels, 1);
	assert_null(disk->data.path);
	assert_int_equal(disk[2].n_chain, 0);
	assert_true(disk[2].chain_ends);
}

static void test_chars(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("domains/serial-file.xml");
	sv_auto_domain struct sv_domain *console = domain_of_file("domains/vnc-socket.xml");
	sv_auto_domain struct sv_domain *micro = domain_of_file("domains/microvm.xml");

	(void)state;
	assert_int_equal(dom->n_chars, 4);
	assert_string_equal(dom->chars[0].source.path, "/var/log/svirt/serial-file.log");
	assert_true(dom->chars[0].source.append);
	assert_int_equal(dom->chars[0].port, 0);
	assert_true(dom->chars[1].source.listen);
	assert_int_equal(dom->chars[1].port, 1); /* given by order */
	assert_int_equal(dom->chars[1].source.n_seclabels, 1);
	assert_int_equal(dom->chars[2].source.type, SV_CHAR_NULL);
	assert_int_equal(dom->chars[2].port, 2);
	assert_int_equal(dom->chars[3].kind, SV_CHAR_CONSOLE);
	assert_false(dom->chars[3].source.listen);
	assert_int_equal(dom->chars[3].port, 1);
	assert_int_equal(console->chars[0].kind, SV_CHAR_SERIAL); /* it has no serial port */
	assert_int_equal(micro->chars[0].kind, SV_CHAR_CONSOLE);
	assert_string_equal(micro->chars[0].target, "virtio");
	assert_int_equal(micro->rngs[0].backend, SV_RNG_BUILTIN);
	assert_int_equal(micro->rngs[0].rate_bytes, 0);
}

static void test_graphics_and_defaults(void **state)
{
	sv_auto_domain struct sv_domain *vnc = domain_of_file("domains/vnc-socket.xml");
	sv_auto_domain struct sv_domain *net = domain_of_file("domains/user-net.xml");
	sv_auto_domain struct sv_domain *tcg = domain_of_file("domains/tcg.xml");

	(void)state;
	assert_string_equal(vnc->graphics[0].socket, "/run/svirt/vnc-socket/guest/vnc.sock");
	assert_null(vnc->graphics[0].listen);
	assert_int_equal(net->graphics[0].port, 5903);
	assert_false(net->graphics[0].autoport);
	assert_string_equal(net->graphics[0].listen, "::1");
	assert_null(net->nets[1].mac);
	assert_null(net->nets[1].model);
	assert_int_equal(tcg->virt, SV_VIRT_QEMU);
	assert_int_equal(tcg->memory_kib, 65537); /* one byte over 64 MiB */
	assert_int_equal(tcg->vcpus, 1);
	assert_string_equal(tcg->uuid, "");
	assert_null(tcg->arch);
	assert_null(tcg->emulator);
}

static void test_units(void **state)
{
	static const struct {
		const char *unit;
		uint64_t kib;
	} table[] = {
		{"", 7},
		{" unit='k'", 7},
		{" unit='KiB'", 7},
		{" unit='b'", 1},
		{" unit='bytes'", 1},
		{" unit='KB'", 7},
		{" unit='M'", 7168},
		{" unit='mib'", 7168},
		{" unit='MB'", 6836},
		{" unit='G'", 7340032},
		{" unit='GB'", 6835938},
		{" unit='T'", 7516192768},
		{" unit='TB'", 6835937500},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		sv_auto_domain struct sv_domain *dom = NULL;
		sv_auto_free char *text = NULL;
		struct sv_error err = {0};

		assert_int_equal(sv_asprintf(&text, &err,
					     "<domain type='kvm'><name>u</name><memory%s>\n 7 \n"
					     "</memory><os><type>hvm</type></os></domain>",
					     table[i].unit),
				 0);
		dom = domain_of_text(text);
		assert_int_equal(dom->memory_kib, table[i].kib);
	}
}

/* Text comes whole out of CDATA sections, references and around comments. */
static void test_text(void **state)
{
	sv_auto_domain struct sv_domain *dom =
		domain_of(IN_DISK, "<source file='/srv/a&amp;b&lt;&#x41;.img'/>"
				   "<serial>a<!-- no -->b<![CDATA[c]]></serial>");

	(void)state;
	assert_string_equal(dom->disks[0].path, "/srv/a&b<A.img");
	assert_string_equal(dom->disks[0].serial, "abc");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_q35),
		cmocka_unit_test(test_q35_ignored),
		cmocka_unit_test(test_pc),
		cmocka_unit_test(test_disks),
		cmocka_unit_test(test_backing_stores),
		cmocka_unit_test(test_chars),
		cmocka_unit_test(test_graphics_and_defaults),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
