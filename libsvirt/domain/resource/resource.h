/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The flat list of everything on the host that a guest's VMM opens. Here, and only here, devices
 * become resources; drivers and plan never see a device. Pure.
 */
#pragma once

#include "domain/image/graph.h"
#include "domain/model.h"

enum sv_access {
	SV_ACCESS_RW,	  /* the guest's alone */
	SV_ACCESS_RO,	  /* read only; may be shared with every guest */
	SV_ACCESS_SHARED, /* written by several guests */
};

enum sv_resource_kind {
	SV_RES_DISK,
	SV_RES_BOOT_FILE, /* kernel, firmware, tables: what the VMM puts into the guest's memory */
	SV_RES_CHAR_FILE,
	SV_RES_CHAR_DEVICE,
	SV_RES_CHAR_PIPE,
	SV_RES_CHAR_SOCKET,
	SV_RES_GRAPHICS_SOCKET,
	SV_RES_RNG,	       /* where random numbers are read */
	SV_RES_MEMORY,	       /* mapped into the guest: a file, or a DAX device */
	SV_RES_INPUT,	       /* /dev/input/eventN */
	SV_RES_USB,	       /* /dev/bus/usb/BBB/DDD */
	SV_RES_SCSI,	       /* /dev/sgN */
	SV_RES_VFIO,	       /* /dev/vfio/GROUP */
	SV_RES_VFIO_CONTAINER, /* /dev/vfio/vfio, which every guest with a group opens */
	SV_RES_TPM,
	SV_RES_VSOCK,
	SV_RES_VHOST_NET, /* /dev/vhost-net */
	SV_RES_RENDER,	  /* /dev/dri/renderDN */
	SV_RES_KVM,	  /* /dev/kvm: in no list, see guest/prepare/preflight.h */
	SV_RES_SEV,	  /* /dev/sev */
	SV_RES_SGX,	  /* /dev/sgx_vepc, /dev/sgx_provision */
	SV_RES_TUN,	  /* /dev/net/tun: taps are descriptors of it */
	SV_RES_MACVTAP,	  /* /dev/tapN */
	SV_RES_VDPA,	  /* /dev/vhost-vdpa-N */
	SV_RES_TREE,	  /* a directory and all that is in it */
	SV_RES_TPM_STATE, /* a directory and all in it, which the guest's user owns meanwhile */
};

struct sv_resource {
	enum sv_resource_kind kind;
	enum sv_access access;
	const char *path; /* borrowed from the domain or from its images, or made_path */
	char *made_path;  /* owned; NULL when the document has the whole path */
	char *target; /* "vda", "vda[1]", "serial0": what the messages call it; owned (see _done) */
	const char *role;   /* in the graph of its disk; static text, NULL for what is no image */
	const char *format; /* of an image, as it will be opened; the same */
	unsigned line;
	const char *template; /* borrowed: what a missing file is made from by hand, or NULL */
	bool may_create;      /* the VMM creates it when it is missing (sockets, log files) */
	bool later;	      /* a device's node, which is there once svirt has bound the device */
	bool handed;	      /* svirt opens it; the VMM gets the descriptor */
	bool own; /* made by the VMM in the guest's own directory, which is new at each start */
	/* CHAR_PIPE, borrowed: what the document calls it. "PIPE.in" and "PIPE.out" are used when
	 * both exist, else PIPE. */
	const char *pipe;
	const struct sv_device_seclabel *overrides; /* borrowed */
	size_t n_overrides;
};

/* Whether it is a directory with all that is in it. */
static inline bool sv_resource_is_tree(const struct sv_resource *res)
{
	return res->kind == SV_RES_TREE || res->kind == SV_RES_TPM_STATE;
}

struct sv_resources {
	struct sv_resource *items;
	size_t n;
};

/* What a VMM uses of the host beside its resources, as bits. */
enum sv_need {
	SV_NEED_KVM = 1,       /* /dev/kvm */
	SV_NEED_INET = 2,      /* sockets of the internet: user networking, a display's port */
	SV_NEED_PTY = 4,       /* pseudoterminals that it makes */
	SV_NEED_HUGEPAGES = 8, /* memory without a name in the host's huge pages */
};

/* needs.c: the bits of enum sv_need for a document. Pure. */
unsigned sv_needs_of(const struct sv_domain *dom);
/* The same for one argument of <qemu:commandline>. */
unsigned sv_needs_of_argument(const char *text);

/* The TCP ports that a VMM uses. */
struct sv_port {
	uint16_t port;
	bool listens; /* else it connects to it */
};
struct sv_ports {
	struct sv_port *items;
	size_t n;
	bool listens_anywhere;	/* at ports that are found while it runs */
	bool connects_anywhere; /* wherever the guest wants to */
};
/* needs.c: the ports of a document. Pure. */
int sv_ports_of(const struct sv_domain *dom, struct sv_ports *ret,
		struct sv_error *err) sv_must_check;
void sv_ports_done(struct sv_ports *ports);
#define sv_auto_ports sv_cleanup(sv_ports_done)

/* In the order of the document. Two resources with one path are an error unless both are
 * read-only. images: what is behind the disks; NULL, or an empty graph: only what the document
 * names. run_dir is the directory that the guest gets for itself ("/run/svirt/NAME/guest"); beside
 * it nothing of svirt's is a guest's to open. The list borrows from dom and images and must not
 * outlive them. */
int sv_resources_of(const struct sv_domain *dom, const struct sv_images *images,
		    const char *run_dir, struct sv_resources *ret,
		    struct sv_error *err) sv_must_check;
/* Whether one of them is of this kind. */
bool sv_resources_have(const struct sv_resources *list, enum sv_resource_kind kind);
/* Takes the item at this place out. */
void sv_resource_drop(struct sv_resources *list, size_t at);
void sv_resources_done(struct sv_resources *list);
#define sv_auto_resources sv_cleanup(sv_resources_done)

/* How the guest uses a disk's own image. */
enum sv_access sv_disk_access(const struct sv_disk *disk);

/* Whether the kernel gives the node its name, which may be another device's tomorrow. */
bool sv_resource_is_looked_up(const struct sv_resource *res);

/* Whether it is a device of the host that every guest with such a device opens. It keeps its label,
 * and what keeps the guests apart in it is its driver. */
bool sv_resource_is_shared_device(const struct sv_resource *res);

/* "rw", "ro", "shared". */
const char *sv_access_name(enum sv_access access);
