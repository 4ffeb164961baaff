/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arguments of <qemu:commandline>: the files that are found in them, and that an unknown argument
 * is refused. One option with its value per row.
 */
#include "domain-fixture.h"

#include "base/string.h"
#include "domain/resource/resource.h"

#define QEMU "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>"
#define END  "</q:commandline>"

/* The domain, or NULL with err filled. */
static struct sv_domain *with_args(const char *option, const char *value, struct sv_error *err)
{
	sv_auto_buf struct sv_buf text = {0};
	struct sv_domain *dom = NULL;

	sv_buf_printf(&text,
		      "<domain type='kvm'><name>a</name><memory>65536</memory>"
		      "<os><type>hvm</type></os>" QEMU "\n<q:arg value='%s'/>\n",
		      option);
	if (value)
		sv_buf_printf(&text, "<q:arg value='%s'/>", value);
	sv_buf_puts(&text, END "</domain>");
	assert_false(text.failed);
	return sv_domain_parse(text.s, text.len, "extra.xml", &dom, err) == 0 ? dom : NULL;
}

static const struct {
	const char *option, *value, *path;
	enum sv_resource_kind kind;
	enum sv_access access;
	bool may_create;
} files[] = {
	{"-drive", "file=/a,,b,format=raw", "/a,b", SV_RES_DISK, SV_ACCESS_RW, false},
	{"-drive", "if=none,format=qcow2,readonly=on,file=/a", "/a", SV_RES_DISK, SV_ACCESS_RO,
	 false},
	{"-drive", "file=/a,format=raw,readonly", "/a", SV_RES_DISK, SV_ACCESS_RO, false},
	{"-drive", "file=/a,format=raw,media=cdrom", "/a", SV_RES_DISK, SV_ACCESS_RO, false},
	{"-drive", "file=/a,format=raw,readonly=on,readonly=off", "/a", SV_RES_DISK, SV_ACCESS_RW,
	 false},
	{"-blockdev", "driver=file,node-name=x,filename=/a", "/a", SV_RES_DISK, SV_ACCESS_RW,
	 false},
	{"-blockdev", "driver=raw,file.driver=file,file.filename=/a,read-only=on", "/a",
	 SV_RES_DISK, SV_ACCESS_RO, false},
	{"-blockdev", "qcow2,node-name=x,file.driver=host_device,file.filename=/a", "/a",
	 SV_RES_DISK, SV_ACCESS_RW, false},
	{"-drive", "file=/a,format=qcow2,encrypt.format=luks,data-file=n", "/a", SV_RES_DISK,
	 SV_ACCESS_RW, false},
	{"--kernel", "/a", "/a", SV_RES_BOOT_FILE, SV_ACCESS_RO, false},
	{"-initrd", "/a", "/a", SV_RES_BOOT_FILE, SV_ACCESS_RO, false},
	{"-dtb", "/a", "/a", SV_RES_BOOT_FILE, SV_ACCESS_RO, false},
	{"-bios", "/a", "/a", SV_RES_BOOT_FILE, SV_ACCESS_RO, false},
	{"-fw_cfg", "name=opt/x,file=/a", "/a", SV_RES_BOOT_FILE, SV_ACCESS_RO, false},
	{"-acpitable", "sig=SLIC,data=/a", "/a", SV_RES_BOOT_FILE, SV_ACCESS_RO, false},
	{"-smbios", "file=/a", "/a", SV_RES_BOOT_FILE, SV_ACCESS_RO, false},
	{"-smbios", "type=11,path=/a", "/a", SV_RES_BOOT_FILE, SV_ACCESS_RO, false},
	{"-object", "memory-backend-file,id=m,size=1M,mem-path=/a,share=on", "/a", SV_RES_MEMORY,
	 SV_ACCESS_RW, false},
	{"-object", "memory-backend-file,id=m,size=1M,mem-path=/a,readonly=on", "/a", SV_RES_MEMORY,
	 SV_ACCESS_RO, false},
	{"-object", "input-linux,id=i,evdev=/dev/input/event0,grab_all=on", "/dev/input/event0",
	 SV_RES_INPUT, SV_ACCESS_RW, false},
	{"-device", "virtio-input-host-pci,evdev=/dev/input/event0", "/dev/input/event0",
	 SV_RES_INPUT, SV_ACCESS_RW, false},
	{"-object", "rng-random,id=r,filename=/dev/random", "/dev/random", SV_RES_RNG, SV_ACCESS_RO,
	 false},
	{"-object", "secret,id=s,file=/a", "/a", SV_RES_BOOT_FILE, SV_ACCESS_RO, false},
	{"-device", "loader,file=/a,addr=0", "/a", SV_RES_BOOT_FILE, SV_ACCESS_RO, false},
	{"-device", "virtio-net-pci,romfile=/a", "/a", SV_RES_BOOT_FILE, SV_ACCESS_RO, false},
	{"-chardev", "file,id=c,path=/a", "/a", SV_RES_CHAR_FILE, SV_ACCESS_RW, true},
	{"-chardev", "null,id=c,logfile=/a", "/a", SV_RES_CHAR_FILE, SV_ACCESS_RW, true},
	{"-chardev", "serial,id=c,path=/a", "/a", SV_RES_CHAR_FILE, SV_ACCESS_RW, false},
	{"-chardev", "socket,id=c,path=/a", "/a", SV_RES_CHAR_SOCKET, SV_ACCESS_RW, false},
	{"-chardev", "socket,id=c,path=/a,abstract=off", "/a", SV_RES_CHAR_SOCKET, SV_ACCESS_RW,
	 false},
	{"-chardev", "socket,id=c,path=/a,server=on", "/a", SV_RES_CHAR_SOCKET, SV_ACCESS_RW, true},
};

static void test_files(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(files); i++) {
		sv_auto_resources struct sv_resources list = {0};
		struct sv_error err = {0};
		sv_auto_domain struct sv_domain *dom =
			with_args(files[i].option, files[i].value, &err);

		if (!dom || sv_resources_of(dom, NULL, "/run/svirt/web/guest", &list, &err) < 0)
			fail_msg("%s %s: %s", files[i].option, files[i].value, err.msg);
		assert_int_equal(list.n, 1);
		assert_string_equal(list.items[0].path, files[i].path);
		assert_int_equal(list.items[0].kind, files[i].kind);
		if (list.items[0].access != files[i].access)
			fail_msg("%s is %s", files[i].value, sv_access_name(list.items[0].access));
		assert_int_equal(list.items[0].may_create, files[i].may_create);
		assert_int_equal(list.items[0].line, 3);
		assert_string_equal(list.items[0].target,
				    files[i].option + (files[i].option[1] == '-'));
	}
}

static void test_nothing_named(void **state)
{
	static const char *const table[][2] = {
		{"-append", "root=/dev/vda1 console=ttyS0"},
		{"-fw_cfg", "opt/x,string=/a/b"},
		{"-smbios", "type=0,date=01/02/2023"},
		{"-cpu", "qemu64,+ssse3"},
		{"-global", "ICH9-LPC.disable_s3=1"},
		{"-device", "virtio-balloon-pci,id=b"},
		{"-machine", "q35,smm=off,memory-backend=m,pflash0=n"},
		{"-accel", "kvm,kernel-irqchip=split"},
		{"-icount", "shift=1,align=off,sleep=on"},
		{"-boot", "order=c,menu=on,strict"},
		{"-rtc", "base=utc,clock=host,driftfix=slew"},
		{"-overcommit", "mem-lock=on"},
		{"-blockdev", "driver=qcow2,node-name=x,file=n,backing=m,data-file=d"},
		{"-drive", "driver=null-co,if=none,id=d"},
		{"-chardev", "socket,id=c,host=127.0.0.1,port=1,server,nowait,telnet=on"},
		{"-chardev", "stdio,id=c,signal=off"},
		{"-chardev", "ringbuf,id=c,size=1M,"},
		{"-device", "virtio-net-pci,ioeventfd=on,chardev=c"},
		{"-cpu", "host,nodeid-msr,-hypervisor"},
		{"-no-hpet", NULL},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		struct sv_error err = {0};
		sv_auto_domain struct sv_domain *dom = with_args(table[i][0], table[i][1], &err);

		if (!dom)
			fail_msg("%s: %s", table[i][0], err.msg);
		assert_int_equal(dom->extra.n_files, 0);
		assert_string_equal(dom->extra.args[0].text, table[i][0]);
	}
}

struct refused {
	const char *option, *value;
	unsigned line;
	const char *msg, *hint;
};

static void assert_refused(const struct refused *table, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sv_error err = {0};
		struct sv_domain *dom = with_args(table[i].option, table[i].value, &err);

		if (dom)
			fail_msg("%s %s passed", table[i].option, table[i].value);
		if (err.code != SV_E_USAGE || err.line != table[i].line ||
		    !strstr(err.msg, table[i].msg))
			fail_msg("%s:%u: '%s' instead of %u: '%s'", err.file, err.line, err.msg,
				 table[i].line, table[i].msg);
		assert_non_null(strstr(err.hint, table[i].hint ? table[i].hint : ""));
		assert_string_not_equal(err.hint, "");
	}
}

static void test_refused(void **state)
{
	static const struct refused table[] = {
		{"-hda", "/a", 2, "argument of <qemu:commandline>: not known to svirt: '-hda'",
		 "only what it understands"},
		{"/a.img", NULL, 2, "not known to svirt: '/a.img'", NULL},
		{"-driv", "file=/a,format=raw", 2, "not known to svirt", NULL},
		{"-drive", NULL, 2, "no value after '-drive'", "add it"},
		{"-drive", "file=/a", 3, "no format for '/a'", "format=raw"},
		{"-drive", "file=a.img,format=raw", 3, "not the full path of a file: 'a.img'",
		 NULL},
		{"-drive", "file=nbd:unix:/a,format=raw", 3, "not the full path", "protocol"},
		{"-drive", "if=none,file.dir=/etc", 3,
		 "svirt does not know what this names: '/etc'", "element of the domain"},
		{"-blockdev", "{\"driver\":\"file\"}", 3, "JSON is not understood", "key=value"},
		{"-blockdev", "file,server.path=/a", 3, "know what this names: '/a'", NULL},
		{"-chardev", "pipe,id=c,input-path=/a", 3, "does not know what this names", NULL},
		{"-chardev", "socket,id=c,fd=3", 3, "a descriptor by its number: 'fd=3'", NULL},
		{"-chardev", "socket,id=c,path=/a,server=on,abstract=on", 3,
		 "a socket that is no file: 'abstract'", "with a path"},
		{"-chardev", "socket,abstract,path=/a", 3, "a socket that is no file", NULL},
		{"-drive", "file=/a,format=raw,file.server.abstract=yes", 3,
		 "a socket that is no file", NULL},
		{"-object", "secret,id=s,dir=/etc/pki", 3, "does not know what", NULL},
		{"-device", "vfio-pci,host=02:00.0", 3, "a device of the host: 'vfio-pci'",
		 "as an element"},
		{"-device", "driver=usb-host,hostbus=1", 3, "a device of the host: 'usb-host'",
		 NULL},
		{"-device", "vhost-vsock-pci,guest-cid=3", 3, "a device of the host", NULL},
		{"-device", "x,sysfsdev=/sys/a", 3, "does not know what this names", NULL},
		{"-device", "x,/etc=1", 3, "does not know what this names", NULL},
		{"-acpitable", "file=/a:/b", 3, "several files in '/a:/b'", NULL},
		{"-initrd", "/a,/b", 3, "a comma in '/a,/b'", "rename"},
		{"-boot", "splash=/a", 3, "does not know what this names", NULL},
		{"-smbios", "type=1,serial=/a", 3, "does not know what this names", NULL},
		{"-machine", "kernel=/a", 3, "does not know what this names", NULL},
	};

	(void)state;
	assert_refused(table, SV_N_ELEMENTS(table));
}

#define FULL	"not the full path of a file: 'a'"
#define NAMES	"a relative name: "
#define UNKNOWN "a key that svirt does not know: "

/* A name without a slash is one in the directory of QEMU: svirt gives it no label. */
static void test_relative(void **state)
{
	static const struct refused table[] = {
		{"-machine", "kernel=vmlinuz", 3,
		 "-machine of <qemu:commandline>: a relative name: 'kernel=vmlinuz'",
		 "an element of the domain"},
		{"-machine", "q35,initrd=a", 3, NAMES "'initrd=a'", NULL},
		{"-machine", "dumpdtb=a", 3, NAMES "'dumpdtb=a'", NULL},
		{"-machine", "boot.splash=a", 3, NAMES "'boot.splash=a'", NULL},
		{"-boot", "splash=a", 3, NAMES "'splash=a'", NULL},
		{"-icount", "shift=1,rrfile=x,rr=record", 3, NAMES "'rrfile=x'", NULL},
		{"-drive", "if=none,file.dir=etc", 3, NAMES "'file.dir=etc'", NULL},
		{"-drive", "if=none,file", 3, NAMES "'file'", NULL},
		{"-drive", "format=raw,file.filename=a", 3, NAMES "'file.filename=a'", NULL},
		{"-blockdev", "raw,file.driver=file,file.filename=a", 3, FULL, NULL},
		{"-blockdev", "driver=file,node-name=x,filename=a", 3, FULL, NULL},
		{"-blockdev", "qcow2,file=n,backing.filename=x", 3, "'backing.filename=x'", NULL},
		{"-chardev", "file,path=/a,input-path=x", 3, NAMES "'input-path=x'", NULL},
		{"-chardev", "pipe,id=c,path=a", 3, FULL, NULL},
		{"-chardev", "null,id=c,logfile=a", 3, FULL, NULL},
		/* "path" alone is "on", "nopath" is "off" */
		{"-chardev", "file,id=c,path", 3, NAMES "'path'", NULL},
		{"-chardev", "file,id=c,nopath", 3, NAMES "'nopath'", NULL},
		{"-object", "secret,id=s,dir=pki", 3, NAMES "'dir=pki'", NULL},
		{"-object", "secret,id=s,file=a", 3, FULL, NULL},
		{"-object", "sev-guest,session-file=a", 3, NAMES "'session-file=a'", NULL},
		{"-object", "sev-guest,sev-device=a", 3, NAMES "'sev-device=a'", NULL},
		{"-device", "x,sysfsdev=a", 3, NAMES "'sysfsdev=a'", NULL},
		{"-device", "usb-kbd,pcap=a", 3, NAMES "'pcap=a'", NULL},
		{"-device", "virtio-net-pci,romfile=a", 3, FULL, NULL},
		{"-global", "e1000.romfile=a", 3, NAMES "'e1000.romfile=a'", NULL},
		{"-global", "driver=e1000,property=romfile,value=a", 3, "'property=romfile'", NULL},
		{"-acpitable", "file=a", 3, FULL, NULL},
		{"-smbios", "type=11,path=a", 3, FULL, NULL},
		{"-initrd", "a", 3, FULL, NULL},
		{"-fw_cfg", "opt/x,file=a", 3, FULL, NULL},
		/* QEMU ends a word without a value at the first comma */
		{"-drive", "x,,filename=a", 3, "a comma in 'x,filename'", "key=value"},
		{"-icount", "rr=record", 3, UNKNOWN "'rr=record'", "only what it understands"},
		{"-accel", "kvm,device=x", 3, UNKNOWN "'device=x'", NULL},
	};

	(void)state;
	assert_refused(table, SV_N_ELEMENTS(table));
}

/* Drivers and addresses of which the other end is no file that svirt could label. */
static void test_block_drivers(void **state)
{
	static const struct refused table[] = {
		{"-blockdev", "driver=vvfat,node-name=x,dir=etc", 3,
		 "-blockdev of <qemu:commandline>: a block driver that no argument may use: 'vvfat'",
		 "use <disk>"},
		{"-blockdev", "nbd,server.type=inet,server.host=h", 3, "may use: 'nbd'", NULL},
		{"-blockdev", "driver=nbd,server.path=/a", 3, "may use: 'nbd'", NULL},
		{"-blockdev", "raw,file.driver=iscsi", 3, "may use: 'file.driver=iscsi'", NULL},
		{"-blockdev", "driver=raw,driver=rbd,pool=p", 3, "may use: 'rbd'", NULL},
		{"-blockdev", "qcow2,backing.file.driver=ssh", 3, "file.driver=ssh'", NULL},
		{"-drive", "file.driver=vvfat,file.dir=/etc", 3, "'file.driver=vvfat'", NULL},
		{"-drive", "file=/a,format=luks", 3, "may use: 'format=luks'", NULL},
		{"-drive", "file=/a,format=raw,driver=ftp", 3, "may use: 'driver=ftp'", NULL},
		{"-drive", "driver=raw,file.server.host=h", 3,
		 "the address of a server: 'file.server.host=h'", "use <disk>"},
		{"-blockdev", "file,filename=/a,server.type=fd,server.str=3", 3,
		 "the address of a server: 'server.type=fd'", NULL},
		{"-blockdev", "driver=raw,file.fd=3", 3, "by its number: 'file.fd=3'", NULL},
		{"-object", "tdx-guest,id=t,x.type=fd,x.str=3", 3, "number: 'x.str=3'", NULL},
		{"-global", "x.vhostfd=3", 3, "by its number: 'x.vhostfd=3'", NULL},
	};

	(void)state;
	assert_refused(table, SV_N_ELEMENTS(table));
}

/* The type of the object decides the meaning of its values, also when the type is there twice. */
static void test_types(void **state)
{
	static const struct refused table[] = {
		/* the peer of its character device would control the VMM */
		{"-object", "qtest,id=q,chardev=c,log=none", 3,
		 "-object of <qemu:commandline>: an object that svirt does not make: 'qtest'",
		 "controls the VMM from outside"},
		{"-object", "qom-type=qtest,id=q,chardev=c", 3, "does not make: 'qtest'", NULL},
		{"-object", "iothread,id=q,chardev=c,qom-type=qtest", 3, "does not make: 'qtest'",
		 NULL},
		{"-object", "id=q,chardev=c", 3, "does not make: ''", NULL},
		{"-object", "x-remote-object,id=r,devid=d,fd=3", 3, "does not make", NULL},
		{"-object", "x-vfio-user-server,id=r,device=d,type=unix", 3, "does not make", NULL},
		{"-object", "secret_keyring,id=s,serial=1", 3, "does not make", NULL},
		{"-object", "can-host-socketcan,id=c,if=can0,canbus=b", 3, "does not make", NULL},
		{"-audiodev", "pa,id=a", 3,
		 "-audiodev of <qemu:commandline>: sound of the host: 'pa'", "none or spice"},
		{"-audiodev", "id=a", 3, "sound of the host: ''", NULL},
		{"-audiodev", "none,id=a,driver=alsa", 3, "sound of the host: 'alsa'", NULL},
		{"-audiodev", "wav,id=a,path=/a", 3, "sound of the host: 'wav'", NULL},
		{"-device", "ccid-card-emulated,id=c", 3, "host: 'ccid-card-emulated'", NULL},
		{"-device", "pvrdma,ibdev=rxe0", 3, "a device of the host: 'pvrdma'", NULL},
		{"-chardev", "braille,id=c", 3,
		 "-chardev of <qemu:commandline>: a character device of the host: 'braille'",
		 "socket, file, pty or null"},
		{"-chardev", "null,id=c,backend=braille", 3, "device of the host: 'braille'", NULL},
		{"-chardev", "id=c", 3, "a character device of the host: ''", NULL},
		{"-chardev", "tty,id=c,path=/dev/ttyS0", 3, "device of the host: 'tty'", NULL},
		{"-set", "device.hostdev0.romfile=/a", 3, "svirt does not know what this sets",
		 "element of the domain"},
		{"-set", "device.hostdev0.romfile=a", 3,
		 "a property that svirt leaves alone: 'romfile'", "element of the domain"},
		{"-set", "device.hostdev0.host=0000:01:00.0", 3, "leaves alone: 'host'", NULL},
		{"-set", "device.a.b.serial=1", 3, "leaves alone: 'b.serial'", NULL},
		{"-set", "object.ram0.share=on", 3, "does not know what this sets", NULL},
		{"-set", "device.video0", 3, "does not know what this sets", NULL},
		{"-set", "drive.a.file=a", 3, "does not know what this sets", NULL},
		{"-device", "vfio-pci,host=02:00.0,driver=e1000", 3, "a device of the host", NULL},
	};

	(void)state;
	assert_refused(table, SV_N_ELEMENTS(table));
}

/* Options that svirt itself uses, that control the VMM, or that would undo its confinement. */
static void test_not_allowed(void **state)
{
	static const char *const names[] = {
		"-S",		"-add-fd",   "-chroot",	 "-daemonize", "-display", "-fsdev",
		"-gdb",		"-incoming", "-L",	 "-loadvm",    "-m",	   "-mon",
		"-monitor",	"-name",     "-net",	 "-netdev",    "-nic",	   "-nographic",
		"-no-shutdown", "-action",   "-pidfile", "-plugin",    "-qmp",	   "-qmp-pretty",
		"-readconfig",	"-runas",    "-s",	 "-sandbox",   "-serial",  "-spice",
		"-tpmdev",	"-trace",    "-uuid",	 "-virtfs",    "-vnc",	   "-debugcon",
		"-compat",	"--sandbox",
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(names); i++) {
		struct sv_error err = {0};
		struct sv_domain *dom = with_args(names[i], "off", &err);

		if (dom)
			fail_msg("%s passed", names[i]);
		assert_non_null(strstr(err.msg, "of <qemu:commandline> is not allowed: "));
		assert_int_equal(err.line, 2);
		assert_string_equal(err.hint, "remove it");
	}
}

static void test_elements(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DOMAIN, QEMU "\n<q:env name='LD_PRELOAD' value='x'/>" END, 2,
		 "<qemu:env> of 'LD_PRELOAD' is not supported", "no environment"},
		{IN_DOMAIN, QEMU "<q:env value='x'/>" END, 1,
		 "attribute name is missing in <q:env>", NULL},
		{IN_DOMAIN, QEMU "<q:env name='XQEMU_AUDIO_DRV' value='pa'/>" END, 1,
		 "of 'XQEMU_AUDIO_DRV' is not supported", NULL},
		{IN_DOMAIN, QEMU "<q:arg/>" END, 1, "attribute value is missing in <q:arg>", NULL},
		{IN_DOMAIN, QEMU "<arg value='-S'/>" END, 1,
		 "element <arg> is not known in <q:commandline>", NULL},
		{IN_DOMAIN, QEMU "<q:arg value='-append'/><q:arg value='a&#10;b'/>" END, 1,
		 "holds a control character", NULL},
		{IN_DOMAIN, QEMU END "\n" QEMU END, 2, "a second <commandline>", NULL},
		/* an element of another namespace is another element, whatever its prefix */
		{IN_DOMAIN, "<qemu:commandline xmlns:qemu='urn:x'/>", 1,
		 "element <qemu:commandline> can carry a host resource", NULL},
		{IN_DOMAIN, "<commandline/>", 1, "element <commandline> is not known", NULL},
		{IN_DOMAIN, "<q:os xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'/>", 1,
		 "element <q:os> can carry a host resource", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

/* The same file in an argument and in an element. */
static void test_clash(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of(
		IN_DOMAIN,
		"<devices><disk><source file='/a'/><target dev='vda'/></disk></devices>\n" QEMU
		"<q:arg value='-drive'/><q:arg value='file=/a,format=raw'/>" END);
	struct sv_resources list = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_resources_of(dom, NULL, "/run/svirt/web/guest", &list, &err),
			 -SV_E_USAGE);
	assert_string_equal(err.msg, "vda and -drive are the same file '/a'");
}

static void test_many(void **state)
{
	sv_auto_buf struct sv_buf args = {0}, pairs = {0};
	struct sv_error err = {0};
	struct sv_domain *dom = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < 65; i++)
		sv_buf_puts(&pairs, "a=b,");
	assert_null(with_args("-machine", pairs.s, &err));
	assert_non_null(strstr(err.msg, "too many parts in 'a=b'"));
	err = (struct sv_error){0};
	sv_buf_puts(&args, "<domain type='kvm'><name>a</name><memory>65536</memory>" QEMU);
	for (i = 0; i < 513; i++)
		sv_buf_puts(&args, "<q:arg value='-no-reboot'/>");
	sv_buf_puts(&args, END "</domain>");
	assert_int_equal(sv_domain_parse(args.s, args.len, "many.xml", &dom, &err), -SV_E_USAGE);
	assert_non_null(strstr(err.msg, "more than 512 <qemu:arg>"));
}

/* Random values: no error under the sanitizers, and no file whose path does not begin with '/'. */
static void test_noise(void **state)
{
	static const char *const options[] = {"-drive", "-device", "-chardev", "-object",
					      "-fw_cfg"};
	static const char *const words[] = {",",	  ",,",	    "=",	"/",
					    "/a",	  "file",   "path",	"name",
					    "format=raw", "socket", "readonly", ":"};
	uint32_t seed = 1;
	size_t i, k;

	(void)state;
	for (i = 0; i < 5000; i++) {
		sv_auto_domain struct sv_domain *dom = NULL;
		sv_auto_buf struct sv_buf value = {0};
		struct sv_error err = {0};

		for (k = 0; k < 12; k++) {
			seed = seed * 1664525u + 1013904223u;
			sv_buf_puts(&value, words[(seed >> 16) % SV_N_ELEMENTS(words)]);
		}
		dom = with_args(options[i % SV_N_ELEMENTS(options)], value.s, &err);
		assert_true(dom || err.hint[0]);
		for (k = 0; dom && k < dom->extra.n_files; k++)
			assert_int_equal(dom->extra.files[k].path[0], '/');
	}
}

/* Daemons and devices as sources of random numbers. */
static void test_rng(void **state)
{
#define RNG(backend) "<rng model='virtio'><backend " backend "</backend></rng>"
	static const struct bad_lines bad[] = {
		{IN_DEVICES, RNG("model='random'>dev/random"), 1, "'dev/random' is not absolute",
		 NULL},
		{IN_DEVICES, RNG("model='egd'>"), 1, "attribute type is missing in <backend>",
		 NULL},
		{IN_DEVICES, RNG("model='egd' type='unix'>"), 1, "has no <source>", NULL},
		{IN_DEVICES, RNG("model='egd' type='unix'><source mode='bind' path='/a'/>"), 1,
		 "mode of <source>: 'bind' is not supported", "connect"},
		{IN_DEVICES, RNG("model='egd' type='unix'><source mode='connect'/>"), 1,
		 "attribute path is missing in <source>", NULL},
	};
	sv_auto_domain struct sv_domain *dom = domain_of_file("argv/qemu-commandline.xml");
	sv_auto_resources struct sv_resources list = {0};
	struct sv_error err = {0};

	(void)state;
	assert_all_bad(bad, SV_N_ELEMENTS(bad));
	assert_int_equal(sv_resources_of(dom, NULL, "/run/svirt/web/guest", &list, &err), 0);
	assert_int_equal(list.n, 4);
	assert_int_equal(list.items[0].kind, SV_RES_CHAR_SOCKET);
	assert_int_equal(list.items[0].access, SV_ACCESS_RW);
	assert_string_equal(list.items[0].path, "/run/egd,1");
	assert_int_equal(list.items[1].kind, SV_RES_RNG);
	assert_int_equal(list.items[1].access, SV_ACCESS_RO);
	assert_string_equal(list.items[1].target, "rng1");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),	      cmocka_unit_test(test_nothing_named),
		cmocka_unit_test(test_refused),	      cmocka_unit_test(test_relative),
		cmocka_unit_test(test_block_drivers), cmocka_unit_test(test_types),
		cmocka_unit_test(test_not_allowed),   cmocka_unit_test(test_elements),
		cmocka_unit_test(test_clash),	      cmocka_unit_test(test_many),
		cmocka_unit_test(test_noise),	      cmocka_unit_test(test_rng),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
