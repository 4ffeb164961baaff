/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest as its domain XML describes it: plain structs, no behaviour but freeing. Filled by
 * domain/xml, read by domain/resource and qemu/argv. Knows nothing of XML, labels or QEMU.
 * Every string is owned by its struct; NULL means "not given". line is the line of the element
 * in the input, for messages.
 */
#pragma once

#include "base/error.h"
#include "base/parse.h"
#include "domain/boot.h"
#include "domain/extra.h"
#include "domain/graphics.h"
#include "domain/hostdev.h"
#include "domain/limits.h"
#include "domain/memory.h"
#include "domain/net.h"
#include "domain/virtio.h"

#include <stdint.h>

enum sv_virt { SV_VIRT_KVM, SV_VIRT_QEMU };
enum sv_seclabel_type { SV_SECLABEL_DYNAMIC, SV_SECLABEL_STATIC, SV_SECLABEL_NONE };

struct sv_seclabel {
	unsigned line;
	enum sv_seclabel_type type;
	char *model;	 /* "selinux", "dac"; NULL: the host's main model (also for model='none') */
	bool relabel;	 /* when the document does not say, the default of the type */
	char *label;	 /* static: the exact label */
	char *baselabel; /* dynamic: gives type, and user and role */
};

/* <seclabel> inside a <source>: overrides the domain's for one device. */
struct sv_device_seclabel {
	unsigned line;
	char *model; /* NULL: the domain's model */
	bool relabel;
	char *label;
};

void sv_device_seclabels_free(struct sv_device_seclabel *list, size_t n);

enum sv_disk_source { SV_DISK_NONE, SV_DISK_FILE, SV_DISK_BLOCK, SV_DISK_VHOST_USER };
enum sv_disk_device { SV_DISK_DISK, SV_DISK_CDROM, SV_DISK_FLOPPY };
enum sv_disk_bus { SV_BUS_VIRTIO, SV_BUS_IDE, SV_BUS_SATA, SV_BUS_SCSI, SV_BUS_FDC, SV_BUS_USB };

/* <dataStore>: the data file of an image that holds no data itself. */
struct sv_data_store {
	char *path; /* absolute; NULL: the document names none */
	struct sv_device_seclabel *seclabels;
	size_t n_seclabels;
};

struct sv_backing {
	unsigned line;
	char *path;   /* absolute */
	char *format; /* NULL: not said */
	struct sv_data_store data;
	struct sv_device_seclabel *seclabels;
	size_t n_seclabels;
};

struct sv_disk {
	unsigned line;
	enum sv_disk_source source;
	enum sv_disk_device device;
	enum sv_disk_bus bus;
	enum sv_virtio virtio;
	char *path;   /* absolute; NULL for an empty drive */
	char *format; /* a word of sv_image_format_parse(); NULL when the document does not say */
	char *target; /* "vda" */
	char *serial;
	char *cache, *io, *discard; /* validated words of libvirt's <driver>, NULL: default */
	bool lun; /* a block device that the guest sends SCSI commands to; on bus SCSI */
	bool readonly, shareable;
	bool optional;	     /* an empty drive, where the file is missing */
	uint32_t boot_order; /* 0: none */
	struct sv_data_store data;
	struct sv_device_seclabel *seclabels;
	size_t n_seclabels;
	struct sv_backing *chain; /* backing files that the document names, the uppermost first */
	size_t n_chain;
	bool chain_ends; /* <backingStore/>: no more backing files, whatever a header says */
	struct sv_vhost_user backend; /* VHOST_USER; there is no path then */
	struct sv_iotune iotune;
};

enum sv_chardev_type {
	SV_CHAR_NULL,
	SV_CHAR_VC,
	SV_CHAR_PTY,
	SV_CHAR_DEV,
	SV_CHAR_FILE,
	SV_CHAR_PIPE,
	SV_CHAR_TCP,
	SV_CHAR_UDP,
	SV_CHAR_UNIX,
	SV_CHAR_SPICEVMC,
	SV_CHAR_SPICEPORT,
};

/* The host's end of a character device. */
struct sv_chardev {
	enum sv_chardev_type type;
	char *path; /* dev, file, pipe, unix */
	char *own;  /* unix, when path is NULL: the name of a socket in the guest's own directory */
	bool append;	    /* file */
	bool listen;	    /* tcp, unix: mode='bind' */
	bool telnet;	    /* tcp */
	struct sv_inet to;  /* tcp, also what it listens at; udp: where it sends */
	struct sv_inet at;  /* udp: where it receives */
	uint32_t reconnect; /* tcp, unix: seconds until it connects again, 0: never */
	char *channel;	    /* spicevmc, spiceport: its name in SPICE */
	char *log;	    /* file that gets a copy of what the guest writes, or NULL */
	bool log_append;
	struct sv_device_seclabel *seclabels; /* of the path */
	size_t n_seclabels;
};

void sv_chardev_done(struct sv_chardev *chardev);
/* Whether it listens at a socket in the guest's own directory. */
static inline bool sv_chardev_is_own(const struct sv_chardev *chardev)
{
	return chardev->type == SV_CHAR_UNIX && chardev->own && chardev->listen;
}
/* The socket as a character device, which borrows the path. */
struct sv_chardev sv_vhost_user_chardev(const struct sv_vhost_user *backend);
/* "null", "file", ... as in the document; a list that ends with NULL. */
extern const char *const sv_chardev_types[SV_CHAR_SPICEPORT + 2];

enum sv_char_kind { SV_CHAR_SERIAL, SV_CHAR_PARALLEL, SV_CHAR_CONSOLE, SV_CHAR_CHANNEL };

struct sv_char {
	unsigned line;
	enum sv_char_kind kind;
	struct sv_chardev source;
	uint32_t port; /* counted for each kind; for a channel its position in the document */
	char *target;  /* "isa-serial", "virtio", ... as in the document */
	char *name;    /* channel: "org.qemu.guest_agent.0", or NULL */
};
extern const char *const sv_char_kinds[SV_CHAR_CHANNEL + 1]; /* "serial", "parallel", ... */
/* Names its socket in the guest's own directory, by the channel's name or the port. */
int sv_char_name_own(struct sv_char *chr, struct sv_error *err) sv_must_check;

enum sv_tpm_backend {
	SV_TPM_PASSTHROUGH, /* the TPM of the host */
	SV_TPM_EXTERNAL,    /* an emulator that is not started by svirt */
	SV_TPM_EMULATOR,    /* swtpm, a process of the guest's own */
};
enum sv_tpm_version { SV_TPM_2_0, SV_TPM_1_2 };

struct sv_tpm {
	unsigned line; /* 0: there is none */
	enum sv_tpm_backend backend;
	char *model;		     /* "tpm-tis", "tpm-crb" */
	char *device;		     /* passthrough: "/dev/tpm0" */
	struct sv_chardev source;    /* external: a unix socket to connect to */
	char *state;		     /* emulator: the directory of its state */
	enum sv_tpm_version version; /* emulator */
};

struct sv_vsock {
	unsigned line; /* 0: there is none */
	uint32_t cid;  /* 0: made from the guest's uuid */
	enum sv_virtio virtio;
};

/* AMD's secure processor encrypts the guest's memory. */
struct sv_sev {
	unsigned line;			     /* 0: there is none */
	uint32_t cbitpos, reduced_phys_bits; /* of the host's processors */
	uint32_t policy;
	bool has_hashes; /* the document says if kernel, initrd and command line are measured */
	bool kernel_hashes;
};

enum sv_redir_kind { SV_REDIR_USB, SV_REDIR_SMARTCARD };

/* A device that a client at the other end of a character device provides. */
struct sv_redir {
	unsigned line;
	enum sv_redir_kind kind;
	struct sv_chardev source;
};
extern const char *const sv_redir_kinds[SV_REDIR_SMARTCARD + 1]; /* "redirdev", "smartcard" */

enum sv_fs_driver { SV_FS_PATH, SV_FS_VIRTIOFS };
enum sv_fs_mode { SV_FS_PASSTHROUGH, SV_FS_MAPPED, SV_FS_SQUASH };

/* A directory of the host in the guest. */
struct sv_filesystem {
	unsigned line;
	enum sv_fs_driver driver;
	enum sv_fs_mode mode;
	char *dir;    /* PATH: absolute */
	char *socket; /* VIRTIOFS: where its server listens */
	char *tag;    /* by which the guest mounts it */
	bool readonly;
};

enum sv_rng_backend { SV_RNG_RANDOM, SV_RNG_BUILTIN, SV_RNG_EGD };

struct sv_rng {
	unsigned line;
	enum sv_rng_backend backend;
	enum sv_virtio virtio;
	char *path;	     /* random: the device; egd: the socket of the daemon */
	uint64_t rate_bytes; /* the most that the guest gets in rate_ms; 0: no limit */
	uint32_t rate_ms;
};

/* An element that was read, is harmless and has no effect. */
struct sv_ignored {
	unsigned line;
	char *element; /* "on_poweroff", "features/hyperv" */
	char *reason;  /* "no effect on confinement", "policytype of the first prototype" */
	bool warn;     /* somebody may rely on it, so it is a warning */
};

/* A feature that the guest's processor has or lacks, in addition to its model. */
struct sv_cpu_feature {
	char *name;
	bool on;
	bool demanded; /* the guest does not start without it */
};

struct sv_domain {
	char *file;    /* what the messages name: the path, or "-" */
	unsigned line; /* of <domain> */
	char *name;
	char uuid[SV_UUID_LEN + 1]; /* "" when the document gives none */
	enum sv_virt virt;
	char *arch, *machine; /* "x86_64"; "pc", "q35", "microvm" or a version; may be NULL */
	bool boot_cdrom_first, boot_network; /* <boot dev=> order, simplified by xml.c */
	struct sv_boot_file kernel, initrd;
	struct sv_boot boot;
	char *cmdline;				 /* of the kernel, or NULL */
	uint64_t memory_kib, current_memory_kib; /* with what is in memory.devices */
	struct sv_memory memory;
	uint32_t vcpus;
	struct sv_limits limits;
	char *cpu_mode, *cpu_model; /* "host-passthrough", "host-model", "custom", "maximum" */
	struct sv_cpu_feature *cpu_features;
	size_t n_cpu_features;
	bool acpi, apic, no_reboot;
	char *emulator; /* absolute path, or NULL: the host's default for arch */

	struct sv_disk *disks;
	size_t n_disks;
	struct sv_char *chars;
	size_t n_chars;
	struct sv_input *inputs;
	size_t n_inputs;
	struct sv_hostdev *hostdevs;
	size_t n_hostdevs;
	struct sv_redir *redirs;
	size_t n_redirs;
	char *redir_filter; /* which USB devices may come, as QEMU reads it; NULL: any */
	struct sv_tpm tpm;
	struct sv_vsock vsock;
	struct sv_sev sev;
	struct sv_filesystem *filesystems;
	size_t n_filesystems;
	struct sv_graphics *graphics;
	size_t n_graphics;
	bool video_3d; /* a <video> of the model virtio asks for a GPU of the host */
	struct sv_net *nets;
	size_t n_nets;
	struct sv_rng *rngs;
	size_t n_rngs;
	struct sv_extra extra;
	bool memballoon; /* <memballoon model='virtio'> is there */
	enum sv_virtio memballoon_virtio;
	struct sv_seclabel *seclabels;
	size_t n_seclabels;
	struct sv_ignored *ignored;
	size_t n_ignored;
	bool require_enforcing; /* <metadata><svirt:require enforcing='yes'/> */
	char *share_group;	/* <metadata><svirt:share-group name='g'/>, or NULL */
	unsigned share_group_line;
};

/* Whether text can name a share group: letters, digits and "._-", a letter or digit first. */
#define SV_SHARE_GROUP_MAX 64u
int sv_share_group_check(const char *name, struct sv_error *err) sv_must_check;

void sv_domain_free(struct sv_domain **dom);
#define sv_auto_domain sv_cleanup(sv_domain_free)

/* How much memory the VMM may have to lock, in KiB. 0: none. That is the guest's memory when it is
 * <locked/>, when devices of the host write to it (VFIO), or when it is encrypted (SEV), and some
 * more for the VMM. */
uint64_t sv_domain_locked_kib(const struct sv_domain *dom);

/* The seclabel for model, or NULL. is_main: a seclabel without a model is for this one too. */
const struct sv_seclabel *sv_domain_seclabel(const struct sv_domain *dom, const char *model,
					     bool is_main);
