/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The closed list of QEMU's options: see extra-option.h. Made after QEMU 7.2. */
#include "domain/extra-option.h"

#include "base/parse.h"

#define OWN	 "svirt itself decides it"
#define CONTROL	 "whoever is at its other end controls the VMM"
#define ELEMENT	 "write it as an element of the domain"
#define CONFINED "it would take back what confines the guest"
#define LOADS	 "it reads more options, or code, from files"

static const struct sv_option_key drive_files[] = {{"file", SV_EXTRA_IMAGE, false}, {NULL, 0, 0}};
static const struct sv_option_key block_files[] = {{"filename", SV_EXTRA_IMAGE, false},
						   {"file.filename", SV_EXTRA_IMAGE, false},
						   {NULL, 0, 0}};
static const struct sv_option_key char_files[] = {
	{"path", SV_EXTRA_STREAM, false}, {"logfile", SV_EXTRA_STREAM, false}, {NULL, 0, 0}};
static const struct sv_option_key object_files[] = {
	{"mem-path", SV_EXTRA_MEMORY, false},
	{"filename", SV_EXTRA_RNG, true},
	{"evdev", SV_EXTRA_INPUT, false},
	{"file", SV_EXTRA_DATA, true},
	{NULL, 0, 0},
};
static const struct sv_option_key device_files[] = {
	{"romfile", SV_EXTRA_DATA, true},
	{"file", SV_EXTRA_DATA, true},
	{"evdev", SV_EXTRA_INPUT, false},
	{NULL, 0, 0},
};
static const struct sv_option_key item_files[] = {{"file", SV_EXTRA_DATA, true}, {NULL, 0, 0}};
static const struct sv_option_key table_files[] = {
	{"file", SV_EXTRA_DATA, true}, {"data", SV_EXTRA_DATA, true}, {NULL, 0, 0}};
static const struct sv_option_key smbios_files[] = {
	{"file", SV_EXTRA_DATA, true}, {"path", SV_EXTRA_DATA, true}, {NULL, 0, 0}};

static const char *const item_texts[] = {"name", "string", NULL};
static const char *const smbios_texts[] = {"date", "product", "version", "value", NULL};

/* "file" of -drive itself is in drive_files. */
static const char *const block_nodes[] = {"file", "data-file", NULL};

static const char *const accel_keys[] = {"accel",
					 "dirty-ring-size",
					 "eager-split-size",
					 "honor-guest-pat",
					 "igd-passthru",
					 "kernel-irqchip",
					 "kvm-shadow-mem",
					 "notify-vmexit",
					 "notify-window",
					 "one-insn-per-tb",
					 "split-wx",
					 "tb-size",
					 "thread",
					 NULL};
static const char *const boot_keys[] = {"order",	  "once",   "menu", "splash-time",
					"reboot-timeout", "strict", NULL};
static const char *const char_keys[] = {
	"abstract",	"append",    "backend",	  "cols",    "delay",	  "height",
	"host",		"id",	     "ipv4",	  "ipv6",    "localaddr", "localport",
	"logappend",	"mux",	     "name",	  "nodelay", "port",	  "reconnect",
	"reconnect-ms", "rows",	     "server",	  "signal",  "size",	  "telnet",
	"tight",	"tls-authz", "tls-creds", "tn3270",  "to",	  "wait",
	"websocket",	"width",     NULL};
static const char *const icount_keys[] = {"shift", "align", "sleep", NULL};
static const char *const item_keys[] = {"name", "string", "gen_id", NULL};
static const char *const overcommit_keys[] = {"mem-lock", "cpu-pm", NULL};
static const char *const rtc_keys[] = {"base", "clock", "driftfix", NULL};
static const char *const table_keys[] = {
	"sig", "rev", "oem_id", "oem_table_id", "oem_rev", "asl_compiler_id", "asl_compiler_rev",
	NULL};

/* A block driver that is not in the list reaches a server, a directory of the host, or an image
 * whose header svirt does not read. */
static const char *const block_drivers[] = {"copy-on-read", "file",	"host_cdrom", "host_device",
					    "null-aio",	    "null-co",	"qcow2",      "qed",
					    "raw",	    "throttle", "vdi",	      "vhdx",
					    "vmdk",	    "vpc",	NULL};
#define BLOCK_CHOICE(k, deep)                                                                   \
	{                                                                                       \
		.key = (k), .values = block_drivers, .nested = (deep),                          \
		.what = "a block driver that no argument may use:", .hint = "use <disk> for it" \
	}
static const struct sv_option_choice block_choices[] = {
	BLOCK_CHOICE("driver", true), BLOCK_CHOICE("format", false), {.key = NULL}};

/* The others reach a device or a service of the host that no path names. */
static const char *const backends[] = {"file",	  "null",   "parallel", "pipe",	     "pty",
				       "ringbuf", "serial", "socket",	"spiceport", "spicevmc",
				       "stdio",	  "udp",    "vc",	NULL};
static const struct sv_option_choice char_choices[] = {
	{.key = "backend",
	 .values = backends,
	 .needed = true,
	 .what = "a character device of the host:",
	 .hint = "write socket, file, pty or null, or use <serial> or <channel>"},
	{.key = NULL}};

/* Any other driver plays on the host. */
static const char *const sounds[] = {"none", "spice", NULL};
static const struct sv_option_choice audio_choices[] = {{.key = "driver",
							 .values = sounds,
							 .needed = true,
							 .what = "sound of the host:",
							 .hint = "write none or spice"},
							{.key = NULL}};

/* Each is for the guest, and neither controls the VMM (qtest, a remote device) nor uses the host (a
 * keyring, its network). */
static const char *const objects[] = {"authz-list",
				      "authz-list-file",
				      "authz-simple",
				      "can-bus",
				      "cryptodev-backend",
				      "cryptodev-backend-builtin",
				      "filter-buffer",
				      "filter-mirror",
				      "filter-redirector",
				      "filter-replay",
				      "filter-rewriter",
				      "input-linux",
				      "iothread",
				      "main-loop",
				      "memory-backend-epc",
				      "memory-backend-file",
				      "memory-backend-memfd",
				      "memory-backend-ram",
				      "pef-guest",
				      "rng-builtin",
				      "rng-egd",
				      "rng-random",
				      "s390-pv-guest",
				      "secret",
				      "sev-guest",
				      "sev-snp-guest",
				      "tdx-guest",
				      "thread-context",
				      "throttle-group",
				      "tls-cipher-suites",
				      NULL};
static const struct sv_option_choice object_choices[] = {
	{.key = "qom-type",
	 .values = objects,
	 .needed = true,
	 .what = "an object that svirt does not make:",
	 .hint = "remove it; what controls the VMM from outside, or is the host's, is no guest's"},
	{.key = NULL}};

#define PLAIN(n, f)                      \
	{                                \
		.name = (n), .form = (f) \
	}
#define KEYS(n, ...)                                             \
	{                                                        \
		.name = (n), .form = SV_OPTION_KEYS, __VA_ARGS__ \
	}
#define REFUSE(n, why)                                                 \
	{                                                              \
		.name = (n), .form = SV_OPTION_REFUSE, .reason = (why) \
	}

static const struct sv_option options[] = {
	KEYS("-accel", .implied = "accel", .keys = accel_keys),
	KEYS("-acpitable", .files = table_files, .keys = table_keys),
	PLAIN("-append", SV_OPTION_TEXT),
	KEYS("-audiodev", .implied = "driver", .choices = audio_choices),
	PLAIN("-bios", SV_OPTION_FILE),
	KEYS("-blockdev", .implied = "driver", .files = block_files, .nodes = block_nodes,
	     .choices = block_choices),
	KEYS("-boot", .implied = "order", .keys = boot_keys),
	KEYS("-chardev", .implied = "backend", .files = char_files, .keys = char_keys,
	     .choices = char_choices),
	KEYS("-cpu", .implied = "model"),
	KEYS("-device", .implied = "driver", .files = device_files),
	KEYS("-drive", .files = drive_files, .nodes = block_nodes, .choices = block_choices),
	PLAIN("-dtb", SV_OPTION_FILE),
	KEYS("-fw_cfg", .implied = "name", .files = item_files, .texts = item_texts,
	     .keys = item_keys),
	PLAIN("-global", SV_OPTION_KEYS),
	KEYS("-icount", .implied = "shift", .keys = icount_keys),
	PLAIN("-initrd", SV_OPTION_FILE),
	PLAIN("-kernel", SV_OPTION_FILE),
	KEYS("-machine", .implied = "type"),
	PLAIN("-no-hpet", SV_OPTION_FLAG),
	PLAIN("-no-reboot", SV_OPTION_FLAG),
	KEYS("-numa", .implied = "type"),
	KEYS("-object", .implied = "qom-type", .files = object_files, .choices = object_choices),
	KEYS("-overcommit", .keys = overcommit_keys),
	KEYS("-rtc", .keys = rtc_keys),
	KEYS("-smbios", .files = smbios_files, .texts = smbios_texts),
	PLAIN("-set", SV_OPTION_SET),
	KEYS("-smp", .implied = "cpus"),
	PLAIN("-usb", SV_OPTION_FLAG),
	KEYS("-vga", .implied = "type"),
	KEYS("-watchdog-action", .implied = "action"),

	REFUSE("-S", OWN),
	REFUSE("-action", OWN),
	REFUSE("-add-fd", CONFINED),
	REFUSE("-chroot", OWN),
	REFUSE("-compat", OWN),
	REFUSE("-daemonize", OWN),
	REFUSE("-debugcon", ELEMENT),
	REFUSE("-display", ELEMENT),
	REFUSE("-fsdev", ELEMENT),
	REFUSE("-gdb", CONTROL),
	REFUSE("-incoming", OWN),
	REFUSE("-L", LOADS),
	REFUSE("-loadvm", OWN),
	REFUSE("-m", ELEMENT),
	REFUSE("-mon", CONTROL),
	REFUSE("-monitor", CONTROL),
	REFUSE("-name", OWN),
	REFUSE("-net", ELEMENT),
	REFUSE("-netdev", ELEMENT),
	REFUSE("-nic", ELEMENT),
	REFUSE("-no-shutdown", OWN),
	REFUSE("-nographic", OWN),
	REFUSE("-pidfile", OWN),
	REFUSE("-plugin", LOADS),
	REFUSE("-qmp", CONTROL),
	REFUSE("-qmp-pretty", CONTROL),
	REFUSE("-readconfig", LOADS),
	REFUSE("-runas", OWN),
	REFUSE("-s", CONTROL),
	REFUSE("-sandbox", CONFINED),
	REFUSE("-serial", ELEMENT),
	REFUSE("-spice", ELEMENT),
	REFUSE("-tpmdev", ELEMENT),
	REFUSE("-trace", LOADS),
	REFUSE("-uuid", OWN),
	REFUSE("-virtfs", ELEMENT),
	REFUSE("-vnc", ELEMENT),
};

const struct sv_option *sv_option_find(const char *name)
{
	size_t i;

	for (i = 0; i < SV_N_ELEMENTS(options); i++) {
		if (sv_streq(options[i].name, name))
			return &options[i];
	}
	return NULL;
}

/* Names of keys of which the value is a file's, a directory's or a device's of the host. */
static const char *const file_names[] = {"cdat",    "cert",	"counter",  "dtb",	  "dumpdtb",
					 "entropy", "evdev",	"firmware", "initrd",	  "kernel",
					 "pcap",    "privkey",	"ramdisk",  "sev-device", "shim",
					 "splash",  "sysfsdev", "vhostdev", NULL};
static const char *const file_ends[] = {"dir", "file", "filename", "path", NULL};

/* The last is the number or the name of a descriptor when the type of an address is "fd". */
static const char *const descriptors[] = {"fd", "fds", "vhostfd", "vhostfds", "str", NULL};

const char *sv_option_last_part(const char *key)
{
	const char *dot = strrchr(key, '.');

	return dot ? dot + 1 : key;
}

bool sv_option_is_file(const char *key)
{
	const char *last = sv_option_last_part(key);
	size_t i, len = strlen(last);
	unsigned at;

	for (i = 0; file_ends[i]; i++) {
		size_t n = strlen(file_ends[i]);

		if (len >= n && sv_streq(last + len - n, file_ends[i]))
			return true;
	}
	return sv_parse_choice(last, file_names, &at) == 0;
}

bool sv_option_is_descriptor(const char *key)
{
	unsigned at;

	return sv_parse_choice(sv_option_last_part(key), descriptors, &at) == 0;
}

/* What the hardware of a guest looks like. None of them says what is behind it. */
static const char *const properties[] = {
	"addr",
	"bootindex",
	"discard_granularity",
	"edid",
	"logical_block_size",
	"max_outputs",
	"multifunction",
	"physical_block_size",
	"product",
	"ram_size",
	"ram_size_mb",
	"rombar",
	"rotation_rate",
	"serial",
	"vendor",
	"ver",
	"vgamem_mb",
	"vram64_size_mb",
	"vram_size",
	"vram_size_mb",
	"write-cache",
	"wwn",
	"x-igd-gms",
	"x-igd-opregion",
	"x-msix-relocation",
	"x-no-geforce-quirks",
	"x-no-kvm-intx",
	"x-no-kvm-msi",
	"x-no-kvm-msix",
	"x-pci-device-id",
	"x-pci-sub-device-id",
	"x-pci-sub-vendor-id",
	"x-pci-vendor-id",
	"x-speed",
	"x-vga",
	"x-width",
	"xres",
	"yres",
	NULL,
};

bool sv_option_has_property(const char *name)
{
	unsigned at;

	return sv_parse_choice(name, properties, &at) == 0;
}
