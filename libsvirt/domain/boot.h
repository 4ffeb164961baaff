/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest has in its memory before its first instruction: files that the VMM loads, the
 * firmware and its variables, tables that the firmware passes on. Plain structs, a part of the
 * domain. Knows nothing of XML, labels or QEMU.
 */
#pragma once

#include "base/error.h"

/* A file that the VMM itself loads into the guest. */
struct sv_boot_file {
	char *path; /* NULL: none */
	unsigned line;
};

/* The code of a card for the guest's firmware. */
struct sv_rom {
	struct sv_boot_file file; /* in place of the card's own */
	bool none;		  /* the guest sees none */
	bool no_bar;		  /* the guest cannot map it */
};

enum sv_loader_type { SV_LOADER_ROM, SV_LOADER_PFLASH };

/* What the document says about something that may also be left to the host. */
enum sv_wish { SV_WISH_NONE, SV_WISH_NO, SV_WISH_YES };

enum sv_firmware_kind { SV_FIRMWARE_NAMED, SV_FIRMWARE_BIOS, SV_FIRMWARE_EFI };

/* <os firmware=>: which firmware is wanted where <loader> has no path. Files are found by
 * guest/files/firmware.h. */
struct sv_firmware {
	enum sv_firmware_kind kind;
	unsigned line;
	enum sv_wish secure_boot, enrolled_keys;
	enum sv_wish secure; /* <loader secure=> */
	enum sv_wish smm;    /* <features><smm state=> */
	bool stateless;	     /* <loader stateless='yes'>: it has no variables */
};

struct sv_loader {
	struct sv_boot_file file;
	enum sv_loader_type type;
	bool readonly; /* always for a ROM */
	bool secure;   /* the variables can be written only in system management mode */
};

/* QEMU's own limit, without the terminating NUL. */
#define SV_FW_CFG_MAX_NAME 55

/* Either value or file.path is given. */
struct sv_fw_cfg {
	unsigned line;
	char *name; /* "opt/..." */
	char *value;
	struct sv_boot_file file;
};

/* One value of one SMBIOS table. Values with the same block belong together and follow each other.
 */
struct sv_smbios {
	unsigned line;
	unsigned block;
	unsigned table;	 /* 0 BIOS, 1 system, 2 base board, 3 chassis, 11 strings of the maker */
	const char *key; /* in QEMU's words, static */
	char *value;
};

struct sv_boot {
	struct sv_firmware firmware;
	struct sv_loader loader;
	struct sv_boot_file nvram;
	bool nvram_wanted;    /* <nvram> is there, maybe without a path */
	char *nvram_template; /* the file to copy a missing nvram from, or NULL */
	struct sv_boot_file dtb, slic;
	struct sv_fw_cfg *fw_cfgs;
	size_t n_fw_cfgs;
	struct sv_smbios *smbios;
	size_t n_smbios;
	bool smbios_wanted; /* <smbios mode='sysinfo'/> */
};

void sv_boot_done(struct sv_boot *boot);
