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
	KEYS("-accel", .implied = "accel"),
	KEYS("-acpitable", .files = table_files),
	PLAIN("-append", SV_OPTION_TEXT),
	KEYS("-audiodev", .implied = "driver"),
	PLAIN("-bios", SV_OPTION_FILE),
	KEYS("-blockdev", .files = block_files),
	KEYS("-boot", .implied = "order"),
	KEYS("-chardev", .implied = "backend", .files = char_files),
	KEYS("-cpu", .implied = "model"),
	KEYS("-device", .implied = "driver", .files = device_files),
	KEYS("-drive", .files = drive_files),
	PLAIN("-dtb", SV_OPTION_FILE),
	KEYS("-fw_cfg", .implied = "name", .files = item_files, .texts = item_texts),
	PLAIN("-global", SV_OPTION_KEYS),
	KEYS("-icount", .implied = "shift"),
	PLAIN("-initrd", SV_OPTION_FILE),
	PLAIN("-kernel", SV_OPTION_FILE),
	KEYS("-machine", .implied = "type"),
	PLAIN("-no-hpet", SV_OPTION_FLAG),
	PLAIN("-no-reboot", SV_OPTION_FLAG),
	KEYS("-numa", .implied = "type"),
	KEYS("-object", .implied = "qom-type", .files = object_files),
	PLAIN("-overcommit", SV_OPTION_KEYS),
	PLAIN("-rtc", SV_OPTION_KEYS),
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

static const char *const objects[] = {
	"authz-list",
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
};

bool sv_option_has_object(const char *type)
{
	for (size_t i = 0; i < SV_N_ELEMENTS(objects); i++) {
		if (sv_streq(objects[i], type))
			return true;
	}
	return false;
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
