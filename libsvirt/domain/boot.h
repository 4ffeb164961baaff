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
	struct sv_loader loader;
	struct sv_boot_file nvram;
	char *nvram_template; /* the file to copy a missing nvram from, or NULL */
	struct sv_boot_file dtb, slic;
	struct sv_fw_cfg *fw_cfgs;
	size_t n_fw_cfgs;
	struct sv_smbios *smbios;
	size_t n_smbios;
	bool smbios_wanted; /* <smbios mode='sysinfo'/> */
};

void sv_boot_done(struct sv_boot *boot);
