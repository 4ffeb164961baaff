/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files behind qemu/argv share while one command line grows, and nothing else may
 * include. Appending never fails: errors stick in argv and are asked for once, at the end.
 */
#pragma once

#include "qemu/argv.h"

enum sv_qemu_machine { SV_QEMU_PC, SV_QEMU_Q35, SV_QEMU_MICROVM };

struct sv_qemu_builder {
	const struct sv_domain *dom;
	const struct sv_qemu_host *host;
	enum sv_qemu_machine machine;
	struct sv_strv argv;
	unsigned slots; /* PCI slots or virtio-mmio transports that are taken */
};

/* Appends a value that stands in a comma-separated option: a comma in it is doubled. */
void sv_qemu_value(struct sv_buf *buf, const char *value);

/* Appends "option" and the text of buf as two arguments and empties buf. */
void sv_qemu_option(struct sv_qemu_builder *b, const char *option, struct sv_buf *buf);

/* Begins a device that sits on PCI, or on virtio-mmio for a microvm: appends "virtio-net-pci" or
 * "virtio-net-device" for "virtio-net", any other name as it is. SV_E_USAGE when the machine has
 * no such bus or no place left on it; line is that of the element. */
int sv_qemu_on_bus(struct sv_qemu_builder *b, struct sv_buf *buf, const char *name, unsigned line,
		   struct sv_error *err) sv_must_check;

/* Refuses something that the machine cannot have: "a microvm has no WHAT". */
int sv_qemu_refuse(const struct sv_qemu_builder *b, unsigned line, const char *what,
		   struct sv_error *err);

/* Whether the document orders booting by device (<boot order=>) and not by class (<boot dev=>). */
bool sv_qemu_boots_by_device(const struct sv_domain *dom);

/* The guest's own uuid, or the one that the host has chosen. */
const char *sv_qemu_uuid(const struct sv_qemu_builder *b);

/* What a <driver cache=> means to QEMU. */
struct sv_qemu_cache {
	const char *name;
	bool direct, no_flush, write_cache;
};
/* NULL: QEMU's default. */
const struct sv_qemu_cache *sv_qemu_cache_of(const struct sv_disk *disk);

/* -blockdev for every file and format behind a disk; the uppermost node is "drive-TARGET". */
int sv_qemu_images(struct sv_qemu_builder *b, const struct sv_disk *disk,
		   struct sv_error *err) sv_must_check;
/* Kernel, ROM, ACPI and SMBIOS tables, fw_cfg items. */
int sv_qemu_firmware(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;

/* -blockdev for the firmware's flash chips, which the machine takes as properties: appended to
 * machine. */
int sv_qemu_flash(struct sv_qemu_builder *b, struct sv_buf *machine,
		  struct sv_error *err) sv_must_check;

/* -m and the backend of the guest's memory; what the machine has to be told of it; memory that is a
 * file of the host. */
void sv_qemu_memory(struct sv_qemu_builder *b);
void sv_qemu_memory_machine(const struct sv_qemu_builder *b, struct sv_buf *machine);
int sv_qemu_memory_devices(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;

/* Encrypted memory: what the machine has to be told of it, and who encrypts it. */
void sv_qemu_launch_machine(const struct sv_qemu_builder *b, struct sv_buf *machine);
void sv_qemu_launch(struct sv_qemu_builder *b);

/* -blockdev and -device for every disk, with the controllers that they need. */
int sv_qemu_disks(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;

/* Exported directories. */
int sv_qemu_filesystems(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;

/* Whether another process works on the guest's memory: it has to be a file then, and shared. */
bool sv_qemu_shares_memory(const struct sv_domain *dom);

/* -chardev with this id, for whatever device has it. */
void sv_qemu_chardev(struct sv_qemu_builder *b, const struct sv_chardev *chardev, const char *id);

/* Serial and parallel ports, consoles, channels. */
int sv_qemu_chars(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;

/* Redirected USB devices and smart cards; the TPM. */
int sv_qemu_redirs(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;
int sv_qemu_tpm(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;

/* -display; the video adapter, and the ways to look at it. */
void sv_qemu_display(struct sv_qemu_builder *b);
int sv_qemu_graphics(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;

/* Character devices, graphics, network cards, random numbers, balloon. */
int sv_qemu_devices(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;

/* Input devices of the host, and host devices with controllers of their own. Those that are not
 * there are left out. */
int sv_qemu_inputs(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;
int sv_qemu_hostdevs(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;
