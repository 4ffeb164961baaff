/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of qemu/argv share while they build one command line. Private to them. Appending
 * never fails: an error sticks in argv and is checked once, at the end.
 */
#pragma once

#include "qemu/argv.h"

enum sv_qemu_machine { SV_QEMU_PC, SV_QEMU_Q35, SV_QEMU_MICROVM };

struct sv_qemu_builder {
	const struct sv_domain *dom;
	const struct sv_qemu_host *host;
	enum sv_qemu_machine machine;
	struct sv_strv argv;
	int own_sockets; /* those that were counted from own_fd */
	unsigned slots;	 /* PCI slots or virtio-mmio transports in use */
};

/* Appends a value of a comma-separated option: a comma in it is doubled. */
void sv_qemu_value(struct sv_buf *buf, const char *value);

/* Appends "option" and the text of buf as two arguments and empties buf. */
void sv_qemu_option(struct sv_qemu_builder *b, const char *option, struct sv_buf *buf);

/* Begins a device on PCI, or on virtio-mmio for a microvm. For "virtio-net" it appends
 * "virtio-net-pci" or "virtio-net-device", any other name as it is. SV_E_USAGE: the machine has no
 * such bus, or no place is left on it. line is that of the element. */
int sv_qemu_on_bus(struct sv_qemu_builder *b, struct sv_buf *buf, const char *name, unsigned line,
		   struct sv_error *err) sv_must_check;

/* The same for a virtio device of which the document says which versions it speaks: PCI has both.
 */
int sv_qemu_virtio(struct sv_qemu_builder *b, struct sv_buf *buf, const char *name,
		   enum sv_virtio virtio, unsigned line, struct sv_error *err) sv_must_check;

/* Appends the options of a card's own code, as the document has it. */
void sv_qemu_rom(const struct sv_rom *rom, struct sv_buf *buf);

/* Refuses something that the machine cannot have: "a microvm has no WHAT". */
int sv_qemu_refuse(const struct sv_qemu_builder *b, unsigned line, const char *what,
		   struct sv_error *err);

/* Whether the document orders booting by device (<boot order=>) and not by class (<boot dev=>). */
bool sv_qemu_boots_by_device(const struct sv_domain *dom);

/* The UUID of the document, or the one that svirt has chosen. */
const char *sv_qemu_uuid(const struct sv_qemu_builder *b);

/* argv/disk.c */

/* QEMU's options for a <driver cache=>. */
struct sv_qemu_cache {
	const char *name;
	bool direct, no_flush, write_cache;
};
/* NULL: QEMU's default. */
const struct sv_qemu_cache *sv_qemu_cache_of(const struct sv_disk *disk);

/* argv/image.c */

/* -blockdev for every file and format behind a disk; the uppermost node is "drive-TARGET". */
int sv_qemu_images(struct sv_qemu_builder *b, const struct sv_disk *disk,
		   struct sv_error *err) sv_must_check;
/* The filter that limits a disk, above its image: "throttle-TARGET"; and, for the first disk of a
 * group, the limits that its disks have together. */
int sv_qemu_throttle(struct sv_qemu_builder *b, const struct sv_disk *disk,
		     struct sv_error *err) sv_must_check;
/* argv/firmware.c */

/* Kernel, ROM, ACPI and SMBIOS tables, fw_cfg items. */
int sv_qemu_firmware(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;

/* -blockdev for the firmware's flash chips, which the machine takes as properties: appended to
 * machine. */
int sv_qemu_flash(struct sv_qemu_builder *b, struct sv_buf *machine,
		  struct sv_error *err) sv_must_check;

/* argv/memory.c */

/* -m and the backend of the guest's memory; the options of -machine for it; memory that is a file
 * of the host. */
void sv_qemu_memory(struct sv_qemu_builder *b);
void sv_qemu_memory_machine(const struct sv_qemu_builder *b, struct sv_buf *machine);
int sv_qemu_memory_devices(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;

/* argv/launch.c */

/* Encrypted memory: the option of -machine, and the object that encrypts. */
void sv_qemu_launch_machine(const struct sv_qemu_builder *b, struct sv_buf *machine);
void sv_qemu_launch(struct sv_qemu_builder *b);

/* argv/disk.c */

/* -blockdev and -device for every disk, with the controllers that they need. */
int sv_qemu_disks(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;

/* argv/filesystem.c */

/* Exported directories. */
int sv_qemu_filesystems(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;

/* Whether another process works on the guest's memory. The memory has to be a shared file then. */
bool sv_qemu_shares_memory(const struct sv_domain *dom);

/* argv/char.c */

/* -chardev with this id, for whatever device has it. */
void sv_qemu_chardev(struct sv_qemu_builder *b, const struct sv_chardev *chardev, const char *id);

/* Serial and parallel ports, consoles, channels. */
int sv_qemu_chars(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;

/* Redirected USB devices and smart cards; the TPM. */
int sv_qemu_redirs(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;
int sv_qemu_tpm(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;

/* argv/graphics.c */

/* -display; the video adapter, VNC and SPICE. */
void sv_qemu_display(struct sv_qemu_builder *b);
int sv_qemu_graphics(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;

/* argv/devices.c */

/* Character devices, graphics, network cards, random numbers, balloon. */
int sv_qemu_devices(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;

/* argv/hostdev.c */

/* Input devices of the host, and host devices with controllers of their own. Missing ones are left
 * out. */
int sv_qemu_inputs(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;
int sv_qemu_hostdevs(struct sv_qemu_builder *b, struct sv_error *err) sv_must_check;
