/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of QEMU against golden files: tests/data/argv/NAME.xml makes NAME.argv, one
 * argument per line, or NAME.err, the message and the hint. UPDATE_GOLDEN=1 writes them anew; look
 * at the difference before it is kept. What no document can say is built by hand below.
 */
#include "domain-fixture.h"

#include "qemu/argv.h"
#include "qemu/swtpm.h"

#include <errno.h>
#include <fcntl.h>

static const char *data_dir(void)
{
	const char *dir = getenv("SVIRT_TEST_DATA");

	return dir ? dir : "tests/data";
}

static const struct sv_qemu_host host = {
	.emulator = "/usr/bin/qemu-system-x86_64",
	.qmp_fd = 3,
	.tpm_fd = 4,
	.tap_fd = 5,
	.vhost_fd = 20,
	.uuid = "00000000-1111-4222-8333-444444444444",
	.run_dir = "/run/svirt/test/guest",
};

/* The whole file as a string, NULL when there is none. */
static char *slurp(const char *path)
{
	sv_auto_file FILE *f = fopen(path, "re");
	struct sv_buf buf = {0};
	struct sv_error err = {0};
	char piece[4096], *text = NULL;
	size_t n;

	if (!f) {
		assert_int_equal(errno, ENOENT);
		return NULL;
	}
	while ((n = fread(piece, 1, sizeof(piece), f)))
		sv_buf_add(&buf, piece, n);
	assert_int_equal(sv_buf_take(&buf, &text, &err), 0);
	return text;
}

/* Where a host would have the devices; one that may be missing is. */
static void place_hostdevs(struct sv_domain *dom)
{
	struct sv_error err = {0};
	size_t i;

	for (i = 0; i < dom->n_hostdevs; i++) {
		if (!dom->hostdevs[i].optional)
			assert_int_equal(
				sv_asprintf(&dom->hostdevs[i].path, &err, "/dev/node%zu", i), 0);
	}
}

/* What the library makes of the document: arguments, or the error. */
static bool run(const char *name, const char *xml, struct sv_buf *out)
{
	sv_auto_domain struct sv_domain *dom = NULL;
	sv_auto_strv struct sv_strv argv = {0};
	struct sv_error err = {0};
	size_t i;
	int r;

	r = sv_domain_parse(xml, strlen(xml), name, &dom, &err);
	if (r == 0) {
		place_hostdevs(dom);
		r = sv_qemu_argv(dom, &host, &argv, &err);
	}
	if (r) {
		assert_int_equal(r, -SV_E_USAGE);
		assert_int_equal(err.code, SV_E_USAGE);
		assert_int_equal(argv.n, 0);
		assert_string_equal(err.file, name);
		sv_buf_printf(out, "%s:%u: %s\n%s%s", err.file, err.line, err.msg, err.hint,
			      err.hint[0] ? "\n" : "");
		return false;
	}
	assert_null(argv.v[argv.n]);
	for (i = 0; i < argv.n; i++) {
		assert_null(strchr(argv.v[i], '\n'));
		sv_buf_printf(out, "%s\n", argv.v[i]);
	}
	return true;
}

static void test_golden(void **state)
{
	const char *name = *state;
	sv_auto_free char *in = NULL, *file = NULL, *out = NULL, *xml = NULL, *want = NULL;
	sv_auto_free char *got = NULL;
	struct sv_error err = {0};
	struct sv_buf buf = {0};
	bool good;

	assert_int_equal(sv_asprintf(&file, &err, "%s.xml", name), 0);
	assert_int_equal(sv_asprintf(&in, &err, "%s/argv/%s", data_dir(), file), 0);
	xml = slurp(in);
	assert_non_null(xml);
	good = run(file, xml, &buf);
	assert_int_equal(good, !sv_starts_with(name, "bad-"));
	assert_int_equal(sv_buf_take(&buf, &got, &err), 0);
	assert_int_equal(
		sv_asprintf(&out, &err, "%s/argv/%s.%s", data_dir(), name, good ? "argv" : "err"),
		0);
	update_golden(out, got);
	want = slurp(out);
	assert_non_null(want);
	assert_string_equal(got, want);
}

/* A domain by hand: the least that is complete. */
static struct sv_domain least(void)
{
	static char file[] = "hand.xml", name[] = "hand";

	return (struct sv_domain){
		.file = file,
		.name = name,
		.virt = SV_VIRT_QEMU,
		.acpi = true,
		.memory_kib = 65536,
		.vcpus = 1,
	};
}

static void assert_refused(const struct sv_domain *dom, unsigned line, const char *what)
{
	struct sv_strv argv = {0};
	struct sv_error err = {0};

	assert_int_equal(sv_qemu_argv(dom, &host, &argv, &err), -SV_E_USAGE);
	assert_null(argv.v);
	assert_int_equal(err.line, line);
	if (!strstr(err.msg, what))
		fail_msg("'%s' is not in '%s'", what, err.msg);
}

static bool has_pair(const struct sv_strv *argv, const char *option, const char *value)
{
	size_t i;

	for (i = 0; i + 1 < argv->n; i++) {
		if (sv_streq(argv->v[i], option) && sv_streq(argv->v[i + 1], value))
			return true;
	}
	return false;
}

/* The model can hold what the XML reader lets nobody write; the command line is safe without it. */
static void test_by_hand(void **state)
{
	char word[] = "x,y=z", target[] = "vda", bad_target[] = "vd,a", path[] = "/a",
	     bochs[] = "bochs";
	struct sv_disk disk = {.line = 7, .source = SV_DISK_FILE, .path = path, .target = target};
	struct sv_char serials[2] = {{.line = 8}, {.line = 9}};
	struct sv_net net = {.line = 10, .model = word};
	struct sv_graphics vnc = {.line = 11, .port = 80};
	sv_auto_strv struct sv_strv argv = {0};
	struct sv_error err = {0};
	struct sv_domain dom = least();

	(void)state;
	dom.cpu_model = word;
	dom.name = word;
	dom.disks = &disk;
	dom.n_disks = 1;
	assert_int_equal(sv_qemu_argv(&dom, &host, &argv, &err), 0);
	assert_true(has_pair(&argv, "-name", "guest=x,,y=z,debug-threads=on"));
	assert_true(has_pair(&argv, "-cpu", "x,,y=z"));
	assert_true(has_pair(&argv, "-uuid", host.uuid));
	disk.target = bad_target;
	assert_refused(&dom, 7, "disk 'vd,a': the target is not a prefix and letters");
	disk.target = NULL;
	assert_refused(&dom, 7, "the target is not a name of a disk");
	disk.target = target;
	disk.format = bochs;
	assert_refused(&dom, 7, "the format is not one that is known");
	disk.format = NULL;
	disk.cache = word;
	assert_refused(&dom, 7, "cache mode is not known");
	disk.cache = NULL;
	disk.device = SV_DISK_CDROM;
	assert_refused(&dom, 7, "cannot be on this bus");
	disk.device = SV_DISK_DISK;
	disk.source = SV_DISK_NONE;
	assert_refused(&dom, 7, "needs a source");
	dom.n_disks = 0;
	dom.chars = serials;
	dom.n_chars = 2;
	assert_refused(&dom, 9, "serial port 0 is given twice");
	serials[1].target = word;
	assert_refused(&dom, 9, "target type 'x,y=z' is not supported");
	dom.n_chars = 0;
	dom.nets = &net;
	dom.n_nets = 1;
	assert_refused(&dom, 10, "network model 'x,y=z' is not supported");
	dom.n_nets = 0;
	dom.graphics = &vnc;
	dom.n_graphics = 1;
	assert_refused(&dom, 11, "VNC port 80 is out of range");
	dom.n_graphics = 0;
	dom.cpu_mode = word;
	assert_refused(&dom, 0, "CPU mode 'x,y=z'");
}

static void assert_argument(const struct sv_domain *dom, const char *option, const char *value)
{
	sv_auto_strv struct sv_strv argv = {0};
	struct sv_error err = {0};

	assert_int_equal(sv_qemu_argv(dom, &host, &argv, &err), 0);
	if (!has_pair(&argv, option, value))
		fail_msg("no %s %s", option, value);
}

/* What a golden file would spend a page on. */
static void test_choices(void **state)
{
	char host_model[] = "host-model", maximum[] = "maximum", path[] = "/run/a,b";
	struct sv_char serial = {.source = {.type = SV_CHAR_UNIX, .path = path}, .port = 2};
	struct sv_domain dom = least();

	(void)state;
	dom.cpu_mode = host_model;
	assert_argument(&dom, "-cpu", "max");
	dom.virt = SV_VIRT_KVM;
	assert_argument(&dom, "-cpu", "host");
	dom.cpu_mode = maximum;
	assert_argument(&dom, "-cpu", "max");
	dom.chars = &serial;
	dom.n_chars = 1;
	assert_argument(&dom, "-chardev", "socket,id=charserial2,path=/run/a,,b");
	serial.source.listen = true;
	assert_argument(&dom, "-chardev",
			"socket,id=charserial2,path=/run/a,,b,server=on,wait=off");
}

/* Derived addresses: the same for one uuid, different for two cards and for two guests. */
static void test_mac(void **state)
{
	struct sv_net nets[2] = {{.line = 1}, {.line = 2}};
	struct sv_domain dom = least();
	const char *seen[4];
	struct sv_strv argv[3] = {{0}};
	struct sv_error err = {0};
	size_t i, k, n = 0, run_nr;

	(void)state;
	dom.nets = nets;
	dom.n_nets = 2;
	for (run_nr = 0; run_nr < 3; run_nr++) {
		(void)snprintf(dom.uuid, sizeof(dom.uuid), "00000000-0000-4000-8000-00000000000%d",
			       run_nr == 2 ? 2 : 1);
		assert_int_equal(sv_qemu_argv(&dom, &host, &argv[run_nr], &err), 0);
		for (i = 0; i < argv[run_nr].n && run_nr != 1; i++) {
			const char *mac = strstr(argv[run_nr].v[i], "mac=52:54:00:");

			if (mac)
				seen[n++] = mac;
		}
	}
	assert_int_equal(n, 4);
	assert_int_equal(argv[0].n, argv[1].n);
	for (i = 0; i < argv[0].n; i++)
		assert_string_equal(argv[0].v[i], argv[1].v[i]);
	for (i = 0; i < n; i++) {
		for (k = 0; k < i; k++)
			assert_int_not_equal(
				strncmp(seen[i], seen[k], strlen("mac=52:54:00:00:00:00")), 0);
	}
	for (i = 0; i < 3; i++)
		sv_strv_done(&argv[i]);
}

/* One device that another process serves is enough for memory that it can map. */
static void test_shared_memory(void **state)
{
	static const char backend[] = "memory-backend-memfd,id=ram0,size=65536k,share=on";
	char path[] = "/run/s", target[] = "vda";
	struct sv_disk disk = {
		.line = 7,
		.source = SV_DISK_VHOST_USER,
		.bus = SV_BUS_VIRTIO,
		.target = target,
		.backend = {.path = path},
	};
	struct sv_net net = {.line = 8, .type = SV_NET_VHOST_USER, .backend = {.path = path}};
	sv_auto_strv struct sv_strv by_disk = {0}, by_net = {0}, alone = {0};
	struct sv_error err = {0};
	struct sv_domain dom = least();

	(void)state;
	assert_int_equal(sv_qemu_argv(&dom, &host, &alone, &err), 0);
	assert_false(has_pair(&alone, "-object", backend));
	dom.disks = &disk;
	dom.n_disks = 1;
	assert_int_equal(sv_qemu_argv(&dom, &host, &by_disk, &err), 0);
	assert_true(has_pair(&by_disk, "-object", backend));
	dom.n_disks = 0;
	dom.nets = &net;
	dom.n_nets = 1;
	assert_int_equal(sv_qemu_argv(&dom, &host, &by_net, &err), 0);
	assert_true(has_pair(&by_net, "-object", backend));
}

/* What the document does not say of the kernel's hashes is QEMU's to choose. */
static void test_encrypted(void **state)
{
	sv_auto_strv struct sv_strv argv = {0};
	struct sv_error err = {0};
	struct sv_domain dom = least();

	(void)state;
	dom.sev = (struct sv_sev){.line = 7, .cbitpos = 47, .reduced_phys_bits = 5, .policy = 16};
	assert_int_equal(sv_qemu_argv(&dom, &host, &argv, &err), 0);
	assert_true(has_pair(&argv, "-object",
			     "sev-guest,id=lsec0,cbitpos=47,reduced-phys-bits=5,policy=0x10"));
}

static void test_swtpm(void **state)
{
	static const char *const wanted[] = {
		SV_SWTPM,
		"socket",
		"--tpm2",
		"--ctrl",
		"type=unixio,clientfd=3",
		"--tpmstate",
		"dir=/srv/a b,mode=0600",
		"--terminate",
	};
	char dir[] = "/srv/a b";
	struct sv_tpm tpm = {.line = 1, .backend = SV_TPM_EMULATOR, .state = dir};
	struct sv_error err = {0};

	(void)state;
	for (size_t skip = 0; skip < 2; skip++) {
		sv_auto_strv struct sv_strv argv = {0};
		size_t at = 0;

		tpm.version = skip ? SV_TPM_1_2 : SV_TPM_2_0;
		assert_int_equal(sv_swtpm_argv(&tpm, 3, &argv, &err), 0);
		assert_int_equal(argv.n, SV_N_ELEMENTS(wanted) - skip);
		assert_null(argv.v[argv.n]);
		for (size_t i = 0; i < SV_N_ELEMENTS(wanted); i++) {
			if (!skip || !sv_streq(wanted[i], "--tpm2"))
				assert_string_equal(argv.v[at++], wanted[i]);
		}
	}
}

#define GOLDEN(name)                                                     \
	{                                                                \
		name, test_golden, NULL, NULL, (void *)(uintptr_t)(name) \
	}

static const struct CMUnitTest tests[] = {
	GOLDEN("pc-basic"),
	GOLDEN("pc-disks"),
	GOLDEN("q35-disks"),
	GOLDEN("iotune"),
	GOLDEN("microvm"),
	GOLDEN("models"),
	GOLDEN("chars"),
	GOLDEN("chardevs"),
	GOLDEN("attached"),
	GOLDEN("net-sockets"),
	GOLDEN("net-taps"),
	GOLDEN("vhost"),
	GOLDEN("vhost-user"),
	GOLDEN("bad-microvm-vhostuser"),
	GOLDEN("tpm"),
	GOLDEN("tpm-emulator"),
	GOLDEN("vsock-microvm"),
	GOLDEN("filesystems"),
	GOLDEN("vnc-socket"),
	GOLDEN("vnc-port"),
	GOLDEN("egl-headless"),
	GOLDEN("spice"),
	GOLDEN("spice-port"),
	GOLDEN("spice-none"),
	GOLDEN("spice-password"),
	GOLDEN("vnc-websocket"),
	GOLDEN("vnc-websocket-auto"),
	GOLDEN("vsock-auto"),
	GOLDEN("lun"),
	GOLDEN("mdev-display"),
	GOLDEN("memory-plain"),
	GOLDEN("spice-socket"),
	GOLDEN("sev"),
	GOLDEN("sgx"),
	GOLDEN("commas"),
	GOLDEN("kvm"),
	GOLDEN("boot-order"),
	GOLDEN("kernel"),
	GOLDEN("firmware"),
	GOLDEN("firmware-efi"),
	GOLDEN("firmware-rom"),
	GOLDEN("firmware-writable"),
	GOLDEN("bad-microvm-pflash"),
	GOLDEN("bad-pc-secure"),
	GOLDEN("bad-slic-acpi"),
	GOLDEN("memory"),
	GOLDEN("qemu-commandline"),
	GOLDEN("memory-memfd"),
	GOLDEN("memory-shared"),
	GOLDEN("bad-microvm-nvdimm"),
	GOLDEN("bad-microvm-shmem"),
	GOLDEN("hostdev"),
	GOLDEN("bad-microvm-hostdev"),
	GOLDEN("bad-usb-hostdevs"),
	GOLDEN("bad-initrd-comma"),
	GOLDEN("bad-machine"),
	GOLDEN("bad-arch"),
	GOLDEN("bad-microvm-acpi"),
	GOLDEN("bad-microvm-ide"),
	GOLDEN("bad-microvm-sata"),
	GOLDEN("bad-microvm-usb"),
	GOLDEN("bad-microvm-floppy"),
	GOLDEN("bad-microvm-e1000"),
	GOLDEN("bad-microvm-virtio"),
	GOLDEN("bad-microvm-rom"),
	GOLDEN("bad-microvm-vnc"),
	GOLDEN("bad-microvm-virtiofs"),
	GOLDEN("bad-q35-ide"),
	GOLDEN("bad-ide-five"),
	GOLDEN("bad-ide-readonly"),
	GOLDEN("bad-sata-readonly"),
	GOLDEN("bad-same-place"),
	GOLDEN("bad-usb-cdrom"),
	GOLDEN("bad-io-native"),
	GOLDEN("bad-serial-port"),
	GOLDEN("bad-parallel-port"),
	GOLDEN("bad-microvm-parallel"),
	GOLDEN("bad-microvm-tpm"),
	GOLDEN("bad-redirs"),
	GOLDEN("bad-vnc-port"),
	GOLDEN("bad-cpu-passthrough"),
	GOLDEN("bad-floppy-serial"),
	GOLDEN("bad-pci-full"),
	cmocka_unit_test(test_by_hand),
	cmocka_unit_test(test_choices),
	cmocka_unit_test(test_mac),
	cmocka_unit_test(test_shared_memory),
	cmocka_unit_test(test_encrypted),
	cmocka_unit_test(test_swtpm),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
