/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each rule of the domain XML reader that has no file in tests/data/bad: the element or the value
 * that breaks it, the line and the sentence. Seclabels have test-seclabel.
 */
#include "domain-fixture.h"

#include "base/string.h"

static void test_bad_domain(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DOMAIN, "<uuid>zz</uuid>", 1, "'zz' is not a UUID", NULL},
		{IN_DOMAIN, "<vcpu>0</vcpu>", 1, "vcpu: 0 is out of range", NULL},
		{IN_DOMAIN, "<vcpu>\n-1</vcpu>", 1, "vcpu: '-1' is not a whole", NULL},
		{IN_DOMAIN, "<vcpu>1<b/></vcpu>", 1, "<vcpu> holds more than text", NULL},
		{IN_DOMAIN, "<features/>\n<features/>", 2, "a second <features> in <domain>",
		 "remove the other"},
		{IN_DOMAIN, "<features surprise='1'/>", 1,
		 "attribute surprise of <features> is not known", "remove it"},
		{IN_DOMAIN, "<features x:y='1' xmlns:x='urn:x'/>", 1, "attribute y of <features>",
		 NULL},
		{IN_DOMAIN, "<name xmlns='urn:x'>other</name>", 1,
		 "element <name> can carry a host resource", NULL},
		{IN_DOMAIN, "<on_reboot a='1'>restart</on_reboot>", 1, "attribute a of <on_reboot>",
		 NULL},
		{IN_DOMAIN, "<pm>\n<suspend file='a'/></pm>", 2,
		 "attribute file of <suspend> names a host resource", "remove the attribute"},
		{IN_DOMAIN, "<clock offset='/dev/rtc'/>", 1,
		 "attribute offset of <clock> names a host resource", NULL},
		{IN_DOMAIN, "<bootloader>/usr/bin/pygrub</bootloader>", 1,
		 "element <bootloader> can carry", NULL},
		{IN_DOMAIN, "<cpu mode='turbo'/>", 1, "mode of <cpu>: 'turbo' is not supported",
		 "host-passthrough"},
		{IN_DOMAIN, "<cpu mode='custom'/>", 1, "<cpu mode='custom'> has no <model>", NULL},
		{IN_DOMAIN, "<cpu mode='host-model'><model>qemu64</model></cpu>", 1,
		 "<model> of <cpu> needs mode='custom'", NULL},
		{IN_DOMAIN, "<cpu><model>qemu64,+vmx</model></cpu>", 1,
		 "CPU model: 'qemu64,+vmx' is not 1 to 64 letters", NULL},
		{IN_DOMAIN, "<cpu>\n<feature policy='forbid' name='svm'/></cpu>", 2,
		 "policy of a CPU feature: 'forbid' is not supported", "disable"},
		{IN_DOMAIN, "<cpu><feature policy='disable'/></cpu>", 1,
		 "attribute name is missing in <feature>", NULL},
		{IN_DOMAIN, "<cpu><feature policy='disable' name='svm=on'/></cpu>", 1,
		 "name of a CPU feature: 'svm=on' is not 1 to 64 letters", NULL},
		{IN_DOMAIN, "<metadata><require enforcing='yes'/></metadata>", 1,
		 "element <require> is not known in <metadata>", "urn:svirt:1"},
		{IN_DOMAIN,
		 "<metadata><s:require xmlns:s='urn:svirt:2' enforcing='yes'/></metadata>", 1,
		 "element <s:require> is not known in <metadata>", NULL},
		{IN_DOMAIN, "<metadata><s:require xmlns:s='urn:svirt:1'/></metadata>", 1,
		 "attribute enforcing is missing", NULL},
		{IN_DOMAIN, "<metadata><s:require xmlns:s='urn:svirt:1' enforcing='1'/></metadata>",
		 1, "enforcing: '1' is neither 'yes' nor 'no'", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

#define SRC "<source file='/srv/a.img'/>"
static const struct bad_lines bad_disks[] = {
	{IN_DISK, "<source/>", 1, "attribute file is missing in <source>", NULL},
	{IN_DISK, "<source dev='/dev/sda'/>", 1, "attribute dev of <source> is not known", NULL},
	{IN_DISK, "<source file=''/>", 1, "path of a disk: '' is not absolute", "full path"},
	{IN_DISK, "<source file='/'/>", 1, "has an empty component", NULL},
	{IN_DISK, "<source file='/srv//a'/>", 1, "has an empty component", NULL},
	{IN_DISK, "<source file='/srv/a/'/>", 1, "has an empty component", NULL},
	{IN_DISK, "<source file='/srv/./a'/>", 1, "has a '.' or '..' component", NULL},
	{IN_DISK, "<source file='/srv/..'/>", 1, "has a '.' or '..' component", NULL},
	{IN_DISK, "<source file='/srv/a&#9;b'/>", 1, "holds a control character", NULL},
	{IN_DISK, SRC "\n<target dev='vdb'/>", 2, "a second <target> in <disk>", NULL},
	{IN_DISK, SRC "<transient/>", 1, "element <transient> can carry", NULL},
	{IN_DISK, SRC "<auth/>", 1, "element <auth> can carry", NULL},
	{IN_DISK, "<source file='/a'><encryption/></source>", 1, "element <encryption> can carry",
	 NULL},
	{IN_DISK, SRC "<serial>a,b</serial>", 1, "serial of a disk: 'a,b' is not", NULL},
	{IN_DISK, SRC "<boot order='0'/>", 1, "boot order: 0 is out of range", NULL},
	{IN_DISK, SRC "<boot/>", 1, "attribute order is missing in <boot>", NULL},
	{IN_DISK, SRC "<readonly>yes</readonly>", 1, "text 'yes' in <readonly>", "comment"},
	{IN_DISK, SRC "<surprise/>", 1, "element <surprise> is not known in <disk>", NULL},
	{IN_DISK, SRC "<address type='pci' file='x'/>", 1,
	 "attribute file of <address> names a host resource", NULL},
	{IN_DEVICES, "<disk>" SRC "</disk>", 1, "a <disk> has no <target>", "vda"},
	{IN_DEVICES, "<disk sgio='unfiltered'>" SRC "<target dev='vda'/></disk>", 1,
	 "sgio of <disk>: 'unfiltered' is not supported", "accepted: filtered"},
	{IN_DEVICES, "<disk device='lun' rawio='yes'/>", 1,
	 "rawio of <disk>: 'yes' is not supported", NULL},
	{IN_DEVICES, "<disk device='lun'>" SRC "<target dev='sda'/></disk>", 1,
	 "disk sda: a lun is a block device on bus 'scsi'", "or device='disk'"},
	{IN_DEVICES, "<disk type='block' device='lun'><source dev='/a'/><target dev='vda'/></disk>",
	 1, "disk vda: a lun is a block device", NULL},
	{IN_DEVICES,
	 "<disk type='block' device='lun'><driver type='qcow2'/><source dev='/a'/>"
	 "<target dev='sda'/></disk>",
	 1, "disk sda: a lun is a block device", NULL},
	{IN_DEVICES,
	 "<disk type='block' device='lun'><source dev='/a'/><target dev='sda'/><serial>1</serial>"
	 "</disk>",
	 1, "disk sda: <serial> has no effect with a lun", "number of the device"},
	{IN_DEVICES, "<disk>" SRC "<target dev='xvda'/></disk>", 1,
	 "target 'xvda' of a disk is not a name of a disk", "vd, hd, sd or fd"},
	{IN_DEVICES, "<disk>" SRC "<target dev='vd1'/></disk>", 1, "target 'vd1'", NULL},
	{IN_DEVICES, "<disk>" SRC "<target dev='vd'/></disk>", 1, "target 'vd'", NULL},
	{IN_DEVICES, "<disk>" SRC "<target dev='v'/></disk>", 1, "target 'v'", NULL},
	{IN_DEVICES, "<disk>" SRC "<target dev='vdabcd'/></disk>", 1, "target 'vdabcd'", NULL},
	{IN_DEVICES, "<disk>" SRC "<target bus='ide'/></disk>", 1,
	 "attribute dev is missing in <target>", NULL},
	{IN_DEVICES, "<disk>" SRC "<target dev='vda' bus='xen'/></disk>", 1,
	 "bus of a disk: 'xen' is not supported", "virtio, ide, sata, scsi, fdc, usb"},
	{IN_DEVICES, "<disk device='floppy'>" SRC "<target dev='vda'/></disk>", 1,
	 "floppies, and nothing else, are on bus 'fdc'", NULL},
	{IN_DEVICES, "<disk>" SRC "<target dev='fda'/></disk>", 1,
	 "floppies, and nothing else, are on bus 'fdc'", NULL},
	{IN_DEVICES, "<disk device='cdrom'>" SRC "<target dev='vda'/></disk>", 1,
	 "bus 'virtio' has no CD-ROM drives", "sata"},
	{IN_DEVICES, "<disk type='block'>" SRC "<target dev='vda'/></disk>", 1,
	 "attribute file of <source> is not known", NULL},
	{IN_DEVICES, "<disk><driver name='tap'/>" SRC "<target dev='vda'/></disk>", 1,
	 "name of <driver>: 'tap' is not supported", "qemu"},
	{IN_DEVICES, "<disk><driver cache='fast'/>" SRC "<target dev='vda'/></disk>", 1,
	 "cache of <driver>: 'fast' is not supported", "writeback"},
	{IN_DEVICES, "<disk><driver io='x'/>" SRC "<target dev='vda'/></disk>", 1,
	 "io of <driver>: 'x'", "io_uring"},
	{IN_DEVICES, "<disk><driver discard='x'/>" SRC "<target dev='vda'/></disk>", 1,
	 "discard of <driver>: 'x'", "unmap, ignore"},
	{IN_DEVICES,
	 "<disk>" SRC "<target dev='vda'/><boot order='1'/></disk>\n"
	 "<disk>" SRC "<target dev='vdb'/><boot order='1'/></disk>",
	 2, "boot order 1 is given to two devices", NULL},
};

static void test_bad_disks(void **state)
{
	(void)state;
	assert_all_bad(bad_disks, SV_N_ELEMENTS(bad_disks));
}

static void test_bad_chars(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, "<serial/>", 1, "attribute type is missing in <serial>", NULL},
		{IN_DEVICES, "<serial type='file'/>", 1, "<serial type='file'> has no <source>",
		 NULL},
		{IN_DEVICES, "<serial type='unix'><source mode='connect'/></serial>", 1,
		 "attribute path is missing in <source>", "mode='bind' without a path"},
		{IN_DEVICES, "<serial type='unix'/>", 1, "<serial type='unix'> has no <source>",
		 NULL},
		{IN_DEVICES, "<serial type='pipe'/>", 1, "<serial type='pipe'> has no <source>",
		 NULL},
		{IN_DEVICES, "<serial type='dev'><source/></serial>", 1,
		 "attribute path is missing in <source>", NULL},
		{IN_DEVICES,
		 "<serial type='file'><source path='/a'/>\n<source path='/b'/></serial>", 2,
		 "a second <source> in <serial>", NULL},
		{IN_DEVICES,
		 "<serial type='unix'><source path='/a'/>\n<source mode='bind' path='/b'/></serial>",
		 2, "a second <source> in <serial>", NULL},
		{IN_DEVICES, "<serial type='unix'><source mode='client' path='/a'/></serial>", 1,
		 "mode of <source>: 'client' is not supported", "connect, bind"},
		{IN_DEVICES, "<serial type='file'><source append='yes' path='/a'/></serial>", 1,
		 "append of <source>: 'yes' is not supported", "off, on"},
		{IN_DEVICES, "<serial type='file'><source path='a'/></serial>", 1,
		 "path of <source>: 'a' is not absolute", NULL},
		{IN_DEVICES, "<serial type='null'><source path='/a'/></serial>", 1,
		 "attribute path of <source> is not known", NULL},
		{IN_DEVICES, "<serial type='pty'><log file='a'/></serial>", 1,
		 "file of <log>: 'a' is not absolute", NULL},
		{IN_DEVICES, "<serial type='pty'><log/></serial>", 1,
		 "attribute file is missing in <log>", NULL},
		{IN_DEVICES, "<serial type='pty'><protocol type='raw'/></serial>", 1,
		 "<protocol> of a pty device would have no effect", "only 'tcp'"},
		{IN_DEVICES,
		 "<serial type='pty'><source><seclabel relabel='no'/></source></serial>", 1,
		 "<seclabel> of a pty device would have no effect",
		 "'dev', 'file', 'pipe' and 'unix'"},
		{IN_DEVICES, "<serial type='pty'><target type='sclp'/></serial>", 1,
		 "type of <target>: 'sclp' is not supported", "isa-serial"},
		{IN_DEVICES, "<serial type='pty'><target port='64'/></serial>", 1,
		 "port of <target>: 64 is out of range", NULL},
		{IN_DEVICES,
		 "<serial type='pty'><target port='1'/></serial>\n"
		 "<serial type='null'><target port='1'/></serial>",
		 1, "port 1 is given to two devices", NULL},
		{IN_DEVICES, "<serial type='pty'/>\n<console type='pty'/>\n<console type='pty'/>",
		 3, "only the first <console> can be a serial port", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

static void test_bad_net_and_graphics(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, "<interface/>", 1, "attribute type is missing in <interface>", NULL},
		{IN_DEVICES, "<interface type='user'><mac address='52:54:00:12:34'/></interface>",
		 1, "'52:54:00:12:34' is not a MAC address", NULL},
		{IN_DEVICES,
		 "<interface type='user'><mac address='52:54:00:12:34:567'/></interface>", 1,
		 "is not a MAC address", NULL},
		{IN_DEVICES, "<interface type='user'><model type='ne2k'/></interface>", 1,
		 "model of <interface>: 'ne2k' is not supported", "virtio, e1000, e1000-82544gc"},
		{IN_DEVICES, "<interface type='user'><link state='off'/></interface>", 1,
		 "state of <link>: 'off' is not supported", "up, down"},
		{IN_DEVICES, "<interface type='user'><backend type='passt'/></interface>", 1,
		 "element <backend> can carry", NULL},
		{IN_DEVICES, "<interface type='user'><filterref filter='x'/></interface>", 1,
		 "element <filterref> can carry", NULL},
		{IN_DEVICES, "<interface type='user'><rom file='a'/></interface>", 1,
		 "file of <rom>: 'a' is not absolute", NULL},
		{IN_DEVICES, "<interface type='user'><rom file='/a' enabled='no'/></interface>", 1,
		 "<rom enabled='no'> names a file", "remove one"},
		{IN_DEVICES, "<interface type='user'><rom enabled='maybe'/></interface>", 1,
		 "enabled of <rom>: 'maybe'", NULL},
		{IN_DEVICES, "<interface type='user'><rom bar='yes'/></interface>", 1,
		 "bar of <rom>: 'yes' is not supported", "off, on"},
		{IN_DEVICES, "<graphics/>", 1, "attribute type is missing in <graphics>", NULL},
		{IN_DEVICES, "<graphics type='vnc'/>\n<graphics type='vnc'/>", 2,
		 "a second <graphics type='vnc'>", NULL},
		{IN_DEVICES, "<graphics type='vnc' websocket='0'/>", 1,
		 "websocket of <graphics>: 0 is out of range", NULL},
		{IN_DEVICES, "<graphics type='vnc' websocket='-1' socket='/a'/>", 1,
		 "<graphics> has a socket and a websocket", "remove one"},
		{IN_DEVICES, "<graphics type='vnc' port='80'/>", 1,
		 "port of <graphics>: 80 is out of range (5900 to 65535)", NULL},
		{IN_DEVICES, "<graphics type='vnc' autoport='maybe'/>", 1,
		 "autoport: 'maybe' is neither 'yes' nor 'no'", NULL},
		{IN_DEVICES, "<graphics type='vnc' listen='host.example'/>", 1,
		 "listen of <graphics>: 'host.example' is not a numeric address", "127.0.0.1"},
		{IN_DEVICES,
		 "<graphics type='vnc' listen='::1'>\n<listen type='address' "
		 "address='127.0.0.1'/></graphics>",
		 2, "<graphics> and <listen> name different values of listen", NULL},
		{IN_DEVICES, "<graphics type='vnc' socket='/a' listen='::1'/>", 1,
		 "<graphics> has a socket and an address", NULL},
		{IN_DEVICES, "<graphics type='vnc' socket='/a' port='5900'/>", 1,
		 "<graphics> has a socket and a port", NULL},
		{IN_DEVICES, "<graphics type='vnc' socket='a'/>", 1,
		 "socket of <graphics>: 'a' is not absolute", NULL},
		{IN_DEVICES, "<graphics type='vnc'><listen type='any'/></graphics>", 1,
		 "type of <listen>: 'any' is not supported", "address, socket, none, network"},
		{IN_DEVICES,
		 "<graphics type='vnc'><listen type='socket' socket='/a' address='::1'/></graphics>",
		 1, "<listen type='socket'> has an address of the other type", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

#define RNG(rest) "<rng model='virtio'><backend model='builtin'/>" rest "</rng>"

static void test_bad_devices(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, "<surprise/>", 1, "element <surprise> is not known in <devices>",
		 "remove it"},
		{IN_DEVICES, "<controller type='xenbus'/>", 1,
		 "type of <controller>: 'xenbus' is not supported", "virtio-serial"},
		{IN_DEVICES, "<controller/>", 1, "attribute type is missing in <controller>", NULL},
		{IN_DEVICES, "<input type='tablet'><source dev='input'/></input>", 1,
		 "attribute dev of <source> names a host resource", NULL},
		{IN_DEVICES, "<audio id='1' type='radio'/>", 1,
		 "type of <audio>: 'radio' is not supported", "none"},
		{IN_DEVICES, "<rng model='virtio'/>", 1, "<rng> has no <backend>", NULL},
		{IN_DEVICES, "<rng/>", 1, "attribute model is missing in <rng>", NULL},
		{IN_DEVICES, "<rng model='virtio'><backend model='builtin'>x</backend></rng>", 1,
		 "text 'x' in <backend>", NULL},
		{IN_DEVICES, RNG("<rate/>"), 1, "attribute bytes is missing in <rate>", NULL},
		{IN_DEVICES, RNG("<rate bytes='0'/>"), 1, "bytes of <rate>: 0 is out of range",
		 NULL},
		{IN_DEVICES, RNG("<rate bytes='9223372036854775808'/>"), 1,
		 "bytes of <rate>: 9223372036854775808 is out of range", NULL},
		{IN_DEVICES, RNG("<rate bytes='1k'/>"), 1, "bytes of <rate>: '1k' is not", NULL},
		{IN_DEVICES, RNG("<rate bytes='1' period='0'/>"), 1,
		 "period of <rate>: 0 is out of range", NULL},
		{IN_DEVICES, RNG("<rate bytes='1' period='4294967296'/>"), 1,
		 "period of <rate>: 4294967296 is out of range", NULL},
		{IN_DEVICES, RNG("<rate bytes='1' burst='2'/>"), 1,
		 "attribute burst of <rate> is not known", NULL},
		{IN_DEVICES, RNG("<rate bytes='1'/>\n<rate bytes='2'/>"), 2, "a second <rate>",
		 NULL},
		{IN_DEVICES, "<memballoon model='xen'/>", 1,
		 "model of <memballoon>: 'xen' is not supported", "virtio"},
		{IN_DEVICES, "<memballoon/>", 1, "attribute model is missing in <memballoon>",
		 NULL},
		{IN_DEVICES,
		 "<disk model='virtio-transitional'>" SRC "<target dev='sda' bus='scsi'/></disk>",
		 1, "disk sda: model 'virtio-transitional' is for disks on bus 'virtio'", "remove"},
		{IN_DEVICES, "<memballoon model='none'/>\n<memballoon model='virtio'/>", 2,
		 "a second <memballoon>", NULL},
		{IN_DEVICES, "<emulator>/usr/bin/../sh</emulator>", 1,
		 "path of <emulator>: '/usr/bin/../sh' has a '.' or '..' component", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

/* Every element that the tables refuse by name, in each place that has one. */
static void test_refused_elements(void **state)
{
	static const struct {
		enum frame frame;
		const char *before, *after;
		const char *names[20];
	} table[] = {
		{IN_DOMAIN, "", "", {"bootloader", "bootloader_args", "idmap"}},
		{IN_DEVICES, "", "", {"crypto", "lease", "nvram", "pstore"}},
		{IN_DISK, "", "", {"mirror", "auth", "encryption", "transient"}},
		{IN_DISK,
		 "<source file='/a'>",
		 "</source>",
		 {"encryption", "reservations", "slices"}},
		{IN_DEVICES,
		 "<interface type='user'>",
		 "</interface>",
		 {"backend", "script", "portForward", "filterref"}},
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		for (k = 0; table[i].names[k]; k++) {
			const char *name = table[i].names[k];
			char lines[128], msg[128];
			struct bad_lines bad = {table[i].frame, lines, 1, msg, "remove it"};

			(void)snprintf(lines, sizeof(lines), "%s<%s/>%s", table[i].before, name,
				       table[i].after);
			(void)snprintf(msg, sizeof(msg),
				       "element <%s> can carry a host resource and is not "
				       "supported yet",
				       name);
			assert_all_bad(&bad, 1);
		}
	}
}

static void test_refused_boot_files(void **state)
{
	static const char *const names[] = {"varstore", "shim"};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(names); i++) {
		struct sv_domain *dom = NULL;
		struct sv_error err = {0};
		char text[160], msg[96];

		(void)snprintf(
			text, sizeof(text),
			"<domain type='kvm'>\n<os><type>hvm</type>\n<%s>/a</%s></os></domain>",
			names[i], names[i]);
		(void)snprintf(msg, sizeof(msg), "element <%s> can carry a host resource",
			       names[i]);
		assert_int_equal(sv_domain_parse(text, strlen(text), "os.xml", &dom, &err),
				 -SV_E_USAGE);
		assert_non_null(strstr(err.msg, msg));
		assert_int_equal(err.line, 3);
	}
}

static void test_bad_boot_files(void **state)
{
	static const struct {
		const char *lines, *msg;
		unsigned line;
	} table[] = {
		{"<initrd>/i</initrd>", "<os> has <initrd>, but no <kernel>", 2},
		{"<cmdline>quiet</cmdline>", "<os> has <cmdline>, but no <kernel>", 2},
		{"<kernel>vmlinuz</kernel>", "kernel: 'vmlinuz' is not absolute", 3},
		{"<kernel>/a/../k</kernel>", "kernel: '/a/../k' has a '.' or '..' component", 3},
		{"<kernel>/k</kernel>\n<kernel>/l</kernel>", "a second <kernel>", 4},
		{"<kernel>/k</kernel><cmdline>a\nb</cmdline>", "holds a control character", 3},
		{"<kernel a='b'>/k</kernel>", "attribute a of <kernel> is not known", 3},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		struct sv_domain *dom = NULL;
		struct sv_error err = {0};
		char text[240];

		(void)snprintf(text, sizeof(text),
			       "<domain type='kvm'>\n<os><type>hvm</type>\n%s</os></domain>",
			       table[i].lines);
		assert_int_equal(sv_domain_parse(text, strlen(text), "os.xml", &dom, &err),
				 -SV_E_USAGE);
		if (!strstr(err.msg, table[i].msg))
			fail_msg("'%s' is not in '%s'", table[i].msg, err.msg);
		assert_int_equal(err.line, table[i].line);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_domain),
		cmocka_unit_test(test_bad_disks),
		cmocka_unit_test(test_bad_chars),
		cmocka_unit_test(test_bad_net_and_graphics),
		cmocka_unit_test(test_bad_devices),
		cmocka_unit_test(test_refused_elements),
		cmocka_unit_test(test_refused_boot_files),
		cmocka_unit_test(test_bad_boot_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
