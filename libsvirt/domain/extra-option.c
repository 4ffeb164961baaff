/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The closed list of QEMU's options: see extra-option.h. Made after QEMU 7.2. */
#include "domain/extra-option.h"

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
	{"file", SV_EXTRA_DATA, true},
	{NULL, 0, 0},
};
static const struct sv_option_key device_files[] = {
	{"romfile", SV_EXTRA_DATA, true}, {"file", SV_EXTRA_DATA, true}, {NULL, 0, 0}};
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
	KEYS("-smp", .implied = "cpus"),
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
	REFUSE("-set", CONFINED),
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
