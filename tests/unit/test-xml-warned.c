/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a document asks for and svirt does not do, and no part of the host is behind it: accepted,
 * and listed so that start and label warn of it.
 */
#include "domain-fixture.h"

#include "base/string.h"

/* Of the 64 MiB the guest has 60. */
#define HOTPLUG(mib)                                                                         \
	"<currentMemory unit='MiB'>" #mib "</currentMemory>"                                 \
	"<maxMemory slots='1' unit='MiB'>64</maxMemory><devices><memory model='virtio-mem'>" \
	"<target><size unit='MiB'>8</size><block unit='MiB'>2</block>"                       \
	"<requested unit='MiB'>4</requested></target></memory></devices>"

static const struct {
	enum frame frame;
	const char *lines, *element, *reason;
} warned[] = {
	{IN_DOMAIN, "<cputune><vcpusched vcpus='0' scheduler='fifo' priority='1'/></cputune>",
	 "cputune/vcpusched", "svirt gives a guest no real-time priority"},
	{IN_DOMAIN, "<cputune><emulatorsched scheduler='rr' priority='1'/></cputune>",
	 "cputune/emulatorsched", "svirt gives a guest no real-time priority"},
	{IN_DOMAIN, "<cputune><vcpupin vcpu='0' cpuset='0'/><emulatorpin cpuset='1'/></cputune>",
	 "cputune", "svirt pins all threads of a guest together"},
	{IN_DOMAIN, "<numatune><memory mode='preferred' nodeset='0'/></numatune>",
	 "numatune/memory", "the kernel chooses on which node memory lies"},
	{IN_DOMAIN, "<numatune><memory mode='strict' placement='auto'/></numatune>",
	 "numatune/memory", "the kernel chooses on which node memory lies"},
	{IN_DEVICES, "<audio id='1' type='pipewire' runtimeDir='/run/user/1000'/>", "devices/audio",
	 "svirt gives a guest no sound"},
	{IN_DEVICES, "<audio type='pulseaudio' serverName='/run/user/1000/pulse/native'/>",
	 "devices/audio", "svirt gives a guest no sound"},
	{IN_DEVICES, "<audio type='jack'><output clientName='a' connectPorts='b'/></audio>",
	 "devices/audio", "svirt gives a guest no sound"},
	{IN_DEVICES, "<audio type='alsa'><output dev='default'/></audio>", "devices/audio",
	 "svirt gives a guest no sound"},
	{IN_DEVICES, "<audio type='oss'><output dev='/dev/dsp0'/></audio>", "devices/audio",
	 "svirt gives a guest no sound"},
	{IN_DOMAIN,
	 "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>"
	 "<q:env name='QEMU_AUDIO_DRV' value='pa'/></q:commandline>",
	 "commandline/env", "svirt gives a guest no sound"},
	{IN_OS, "<smbios mode='host'/>", "os/smbios@mode",
	 "svirt does not show a guest the tables of the host"},
	{IN_DEVICES, "<graphics type='vnc' autoport='no'/>", "devices/graphics",
	 "there is no port, so no client can connect"},
	{IN_DEVICES, "<graphics type='spice' autoport='no' listen='0.0.0.0'/>", "devices/graphics",
	 "there is no port, so no client can connect"},
	{IN_DEVICES,
	 "<graphics type='vnc' port='5901'><listen type='network' network='default'/></graphics>",
	 "devices/graphics/listen",
	 "svirt does not know the address of a network: 127.0.0.1 is taken"},
	{IN_DEVICES, "<console type='file'><source path='/a'/></console>\n<serial type='pty'/>",
	 "devices/console", "the first serial port is the first console, not this"},
	{IN_DOMAIN, "<currentMemory unit='MiB'>32</currentMemory>", "currentMemory",
	 "without a <memballoon> the guest has all of its memory"},
	{IN_DOMAIN,
	 "<currentMemory unit='MiB'>32</currentMemory>"
	 "<devices><memballoon model='none'/></devices>",
	 "currentMemory", "without a <memballoon> the guest has all of its memory"},
	{IN_DOMAIN, HOTPLUG(59), "currentMemory",
	 "without a <memballoon> the guest has all of its memory"},
};

static void test_warned(void **state)
{
	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(warned); i++) {
		sv_auto_domain struct sv_domain *dom = domain_of(warned[i].frame, warned[i].lines);

		assert_int_equal(dom->n_ignored, 1);
		assert_string_equal(dom->ignored[0].element, warned[i].element);
		assert_string_equal(dom->ignored[0].reason, warned[i].reason);
		assert_true(dom->ignored[0].warn);
		assert_true(dom->ignored[0].line >= FRAME_LINE);
	}
}

static void test_silent(void **state)
{
	static const struct {
		enum frame frame;
		const char *lines;
		size_t n;
	} table[] = {
		{IN_DEVICES, "<audio type='none'/>", 1},
		{IN_DOMAIN, "<currentMemory unit='MiB'>64</currentMemory>", 0},
		{IN_DOMAIN,
		 "<currentMemory unit='MiB'>32</currentMemory>"
		 "<devices><memballoon model='virtio'/></devices>",
		 0},
		{IN_DOMAIN, HOTPLUG(60), 0},
		{IN_DOMAIN,
		 "<currentMemory unit='MiB'>56</currentMemory>"
		 "<maxMemory slots='1' unit='MiB'>64</maxMemory><devices><memory model='nvdimm'>"
		 "<source><path>/a</path></source><target><size unit='MiB'>8</size></target>"
		 "</memory></devices>",
		 0},
		{IN_DOMAIN, "<cputune/>", 0},
		{IN_DOMAIN,
		 "<cputune><vcpupin vcpu='0' cpuset='0'/><emulatorpin cpuset='0'/></cputune>", 0},
		{IN_DOMAIN,
		 "<cputune><iothread_quota>1000</iothread_quota><iothreadpin iothread='1' "
		 "cpuset='0'/></cputune>",
		 2},
		{IN_DEVICES, "<interface type='user'><bandwidth/></interface>", 0},
		{IN_DEVICES, "<audio type='spice'/>", 1},
		{IN_OS, "<smbios mode='none'/>", 0},
		{IN_OS, "<smbios mode='emulate'/>", 0},
		{IN_DEVICES, "<serial type='pty'/><console type='pty'/>", 1},
		{IN_DEVICES,
		 "<graphics type='vnc' port='5901' listen='192.0.2.1'><listen type='network' "
		 "address='192.0.2.1' network='default'/></graphics>",
		 0},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++) {
		sv_auto_domain struct sv_domain *dom = domain_of(table[i].frame, table[i].lines);

		assert_int_equal(dom->n_ignored, table[i].n);
		for (size_t k = 0; k < dom->n_ignored; k++)
			assert_false(dom->ignored[k].warn);
	}
}

/* Nobody but who is named can connect, a console that is not there opens nothing, and memory that
 * nobody takes from the guest counts as its own. */
static void test_result(void **state)
{
	sv_auto_domain struct sv_domain *closed =
		domain_of(IN_DEVICES, "<graphics type='spice' autoport='no' listen='0.0.0.0'/>");
	sv_auto_domain struct sv_domain *network = domain_of(
		IN_DEVICES, "<graphics type='vnc' port='5901'><listen type='network'/></graphics>");
	sv_auto_domain struct sv_domain *all =
		domain_of(IN_DEVICES, "<graphics type='vnc' port='5901' listen='0'>"
				      "<listen type='address' address='0.0.0.0'/></graphics>");
	sv_auto_domain struct sv_domain *console =
		domain_of(IN_DEVICES,
			  "<serial type='pty'/><console type='file'><source path='/a'/></console>");
	sv_auto_domain struct sv_domain *memory =
		domain_of(IN_DOMAIN, "<currentMemory unit='MiB'>32</currentMemory>");
	sv_auto_domain struct sv_domain *balloon =
		domain_of(IN_DOMAIN, "<currentMemory unit='MiB'>32</currentMemory>"
				     "<devices><memballoon model='virtio'/></devices>");

	(void)state;
	assert_int_equal(memory->current_memory_kib, 65536);
	assert_int_equal(balloon->current_memory_kib, 32768);
	assert_true(closed->graphics[0].closed);
	assert_null(network->graphics[0].listen);
	assert_string_equal(all->graphics[0].listen, "0.0.0.0");
	assert_int_equal(console->n_chars, 1);
	assert_int_equal(console->chars[0].source.type, SV_CHAR_PTY);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_warned),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_result),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
