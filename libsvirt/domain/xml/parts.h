/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The readers of the XML reader's files, one noun per file, and the values that they share. For
 * domain/xml*.c only.
 */
#pragma once

#include "domain/xml/node.h"

/* value.c: text from the document that later stands in a path or in an option of QEMU */

/* An absolute path without "." and ".." and empty components and without control characters. The
 * caller owns *ret. what names it in messages: "the path of <emulator>". */
int sv_xml_path(struct sv_xml *x, const xmlNode *node, const char *what, const char *value,
		char **ret) sv_must_check;
/* The same for a Unix socket, whose address has room for 107 bytes. */
int sv_xml_socket_path(struct sv_xml *x, const xmlNode *node, const char *what, const char *value,
		       char **ret) sv_must_check;
/* Letters, digits and "._+-": nothing that could end an option of QEMU and begin another. */
int sv_xml_word(struct sv_xml *x, const xmlNode *node, const char *what, const char *value,
		char **ret) sv_must_check;
/* One of choices (a list that ends with NULL); the message names them all. */
int sv_xml_choice(struct sv_xml *x, const xmlNode *node, const char *what, const char *value,
		  const char *const *choices, unsigned *ret) sv_must_check;
/* The text of node with its unit attribute (default KiB), in KiB, rounded up. */
int sv_xml_memory(struct sv_xml *x, const xmlNode *node, uint64_t *ret) sv_must_check;
/* The same for a size that is an attribute beside unit. */
int sv_xml_memory_of(struct sv_xml *x, const xmlNode *node, const char *text,
		     uint64_t *ret) sv_must_check;
/* "attribute X is missing in <node>". */
int sv_xml_missing(struct sv_xml *x, const xmlNode *node, const char *attr);
/* An attribute that is one of choices; messages call it "ATTR of <NODE>". Without it *ret stays as
 * it is. _need: without it that is an error. */
int sv_xml_attr_choice(struct sv_xml *x, const xmlNode *node, const char *attr,
		       const char *const *choices, unsigned *ret) sv_must_check;
int sv_xml_need_choice(struct sv_xml *x, const xmlNode *node, const char *attr,
		       const char *const *choices, unsigned *ret) sv_must_check;
/* The path in an attribute that has to be there; what names it in messages. */
int sv_xml_need_path(struct sv_xml *x, const xmlNode *node, const char *attr, const char *what,
		     char **ret) sv_must_check;
int sv_xml_need_socket_path(struct sv_xml *x, const xmlNode *node, const char *attr,
			    const char *what, char **ret) sv_must_check;
/* The text of an element with neither attributes nor children, without the blanks around it. */
int sv_xml_plain_text(struct sv_xml *x, const xmlNode *node, char **ret) sv_must_check;
/* <boot order='n'/> of a device; into is a uint32_t. */
int sv_xml_boot_order(struct sv_xml *x, const xmlNode *node, uint32_t *ret) sv_must_check;

/* "virtio" and the other values of a model, by enum sv_virtio; ends with NULL. */
extern const char *const sv_xml_virtio_models[];

/* rom.c: <rom> of a device on PCI. */
int sv_xml_rom(struct sv_xml *x, const xmlNode *node, struct sv_rom *rom) sv_must_check;

/* limits.c: limits, and what they have in common */

struct sv_xml_range {
	uint64_t min, max;
	bool none; /* "0" and "-1" are there, and mean no limit */
};
/* The text of an element with neither attributes nor children, as a number. No limit: *ret stays
 * as it is. */
int sv_xml_limit(struct sv_xml *x, const xmlNode *node, struct sv_xml_range range,
		 struct sv_limit_number *ret) sv_must_check;
/* The set of CPUs or of nodes in an attribute that has to be there. */
int sv_xml_cpuset(struct sv_xml *x, const xmlNode *node, const char *attr,
		  struct sv_pinned *ret) sv_must_check;
/* A reader for what somebody relies on and svirt cannot give. */
int sv_xml_refuse_limit(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_cputune(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_memtune(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_numatune(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_resource(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
/* iotune.c; into of the second is the struct sv_disk */
int sv_xml_blkiotune(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_iotune(struct sv_xml *x, const xmlNode *node, void *into) sv_must_check;

/* domain.c: the children of <domain>; xml.c has called nothing before */
int sv_xml_domain(struct sv_xml *x, const xmlNode *root) sv_must_check;

/* the readers, in files of what they read: char.c, devices.c, disk.c, domain.c, filesystem.c,
 * firmware.c, graphics.c, hostdev.c, input.c, launch.c, memory.c, metadata.c, net.c, os.c, qemu.c,
 * redir.c, rng.c, rom.c, seclabel.c, shmem.c, sysinfo.c, tpm.c, video.c */

/* Readers for the rule tables; into is what the comment says. */
int sv_xml_os(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_cpu(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_features(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_metadata(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_seclabel(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_devices(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_disk(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_serial(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_parallel(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_console(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_channel(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_redirfilter(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_redirdev(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_smartcard(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_tpm(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_interface(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_graphics(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_video(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_filesystem(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_input(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_hostdev(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_loader(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_firmware(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_nvram(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_dtb(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_acpi_tables(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_smbios(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_sysinfo(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_memory_backing(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_max_memory(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_memory_device(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_launch_security(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_commandline(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_rng(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;
int sv_xml_shmem(struct sv_xml *x, const xmlNode *node, void *unused) sv_must_check;

/* firmware.c: the text of node is the path of a file that the VMM loads. */
int sv_xml_boot_file(struct sv_xml *x, const xmlNode *node,
		     struct sv_boot_file *file) sv_must_check;
/* The attribute firmware of <os>; before the children are read. */
int sv_xml_firmware_kind(struct sv_xml *x, const xmlNode *node) sv_must_check;
/* An attribute that is yes or no; without it *ret stays as it is. */
int sv_xml_attr_wish(struct sv_xml *x, const xmlNode *node, const char *attr,
		     const char *const words[2], enum sv_wish *ret) sv_must_check;

/* source.c: the <source> of a disk or of one of its backing files */
struct sv_xml_source {
	const char *what; /* in: names the path in messages */
	bool block;	  /* in: a device, not a file */
	bool may_lack;	  /* in: a drive that may be empty, which a missing file makes it */
	bool optional;	  /* out: startupPolicy='optional' */
	char *path;	  /* out, like what follows: the caller's, also when it fails */
	struct sv_data_store data;
	struct sv_device_seclabel *seclabels;
	size_t n_seclabels;
};
int sv_xml_source(struct sv_xml *x, const xmlNode *node, struct sv_xml_source *ret) sv_must_check;
/* Appends to the chain of a struct sv_disk. */
int sv_xml_backing_store(struct sv_xml *x, const xmlNode *node, void *into) sv_must_check;
extern const char *const sv_xml_image_formats[]; /* ends with NULL */

/* netsocket.c: what is behind a card: type first, then <source> (into is the struct sv_net),
 * then whether all is there. */
int sv_xml_net_type(struct sv_xml *x, const xmlNode *node, struct sv_net *net) sv_must_check;
int sv_xml_net_source(struct sv_xml *x, const xmlNode *node, void *into) sv_must_check;
int sv_xml_net_done(struct sv_xml *x, const xmlNode *node, const struct sv_net *net) sv_must_check;

/* tap.c: a card whose other end is a network device of the host. sv_xml_net_bridge() and
 * sv_xml_net_network() are the <source> of types that have one; the others are for the rule table
 * (into is the struct sv_net). */
int sv_xml_net_bridge(struct sv_xml *x, const xmlNode *node, struct sv_net *net) sv_must_check;
int sv_xml_net_network(struct sv_xml *x, const xmlNode *node, struct sv_net *net) sv_must_check;
int sv_xml_net_target(struct sv_xml *x, const xmlNode *node, void *into) sv_must_check;
int sv_xml_net_mtu(struct sv_xml *x, const xmlNode *node, void *into) sv_must_check;
int sv_xml_net_driver(struct sv_xml *x, const xmlNode *node, void *into) sv_must_check;

/* vhost.c: the <source> of a device that another process, or a vDPA device, works for. The path
 * is the caller's, also when it fails. */
int sv_xml_vhost_user(struct sv_xml *x, const xmlNode *node,
		      struct sv_vhost_user *ret) sv_must_check;
int sv_xml_vdpa(struct sv_xml *x, const xmlNode *node, char **ret) sv_must_check;

/* graphics.c: what types of <graphics> have in common: attributes first, then <listen> (into is
 * the struct sv_graphics), then the port, which is first or above. */
int sv_xml_graphics_attrs(struct sv_xml *x, const xmlNode *node, const struct sv_xml_attr *known,
			  struct sv_graphics *graphics) sv_must_check;
int sv_xml_graphics_listen(struct sv_xml *x, const xmlNode *node, void *into) sv_must_check;
int sv_xml_graphics_port(struct sv_xml *x, const xmlNode *node, uint32_t first,
			 struct sv_graphics *graphics) sv_must_check;
/* The rendernode of a <gl>, which has to have one. */
int sv_xml_render_node(struct sv_xml *x, const xmlNode *node,
		       struct sv_graphics *graphics) sv_must_check;
/* spice.c */
int sv_xml_spice(struct sv_xml *x, const xmlNode *node, struct sv_graphics *graphics) sv_must_check;

/* chardev.c: the host's end of a character device. type first, then the readers for the rule
 * table (into is the struct sv_chardev; <source> may stand there twice), then done. */
int sv_xml_chardev_type(struct sv_xml *x, const xmlNode *node,
			struct sv_chardev *chardev) sv_must_check;
int sv_xml_chardev_source(struct sv_xml *x, const xmlNode *node, void *into) sv_must_check;
int sv_xml_chardev_protocol(struct sv_xml *x, const xmlNode *node, void *into) sv_must_check;
/* Of a <source>; the type and the mode are known. */
int sv_xml_chardev_reconnect(struct sv_xml *x, const xmlNode *node, void *into) sv_must_check;
int sv_xml_chardev_log(struct sv_xml *x, const xmlNode *node, void *into) sv_must_check;
/* Whether everything is there that the type needs. */
int sv_xml_chardev_done(struct sv_xml *x, const xmlNode *node,
			const struct sv_chardev *chardev) sv_must_check;
/* The name or the address of a host in the internet. */
int sv_xml_inet_host(struct sv_xml *x, const xmlNode *node, const char *host,
		     char **ret) sv_must_check;

/* seclabel.c: <seclabel> inside a <source>, appended to a device's list. */
int sv_xml_device_seclabel(struct sv_xml *x, const xmlNode *node, struct sv_device_seclabel **list,
			   size_t *n) sv_must_check;

/* Checks between elements, when the whole document has been read. */
int sv_xml_check_seclabels(struct sv_xml *x) sv_must_check;
int sv_xml_check_disks(struct sv_xml *x) sv_must_check;
int sv_xml_check_chars(struct sv_xml *x) sv_must_check;
int sv_xml_check_spice(struct sv_xml *x) sv_must_check;
int sv_xml_check_hostdevs(struct sv_xml *x) sv_must_check;
int sv_xml_check_boot(struct sv_xml *x) sv_must_check;
int sv_xml_check_firmware(struct sv_xml *x) sv_must_check;
int sv_xml_check_sysinfo(struct sv_xml *x) sv_must_check;
int sv_xml_check_memory(struct sv_xml *x) sv_must_check;
int sv_xml_check_filesystems(struct sv_xml *x) sv_must_check;
int sv_xml_check_tpm(struct sv_xml *x) sv_must_check;
int sv_xml_check_limits(struct sv_xml *x) sv_must_check;
int sv_xml_check_iotune(struct sv_xml *x) sv_must_check;
