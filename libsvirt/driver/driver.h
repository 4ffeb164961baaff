/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The operations that a security model offers to the rest of the library. A driver knows labels
 * and descriptors; it never sees a domain, a device, a plan or the store. One file per model and
 * one line in the table; a new device changes no driver. A model may label files, have levels,
 * load rules for one guest and answer questions: each is a table of its own.
 *
 * Labels are text in the driver's own syntax: an SELinux context; "+UID:+GID" for dac.
 */
#pragma once

#include "base/fs.h"
#include "base/mount.h"
#include "domain/resource/resource.h"
#include "driver/ask.h"
#include "driver/rules.h"
#include "label/level.h"

#include <sys/types.h>

enum sv_mac_state {
	SV_MAC_DISABLED,   /* not in this kernel or not active */
	SV_MAC_NO_POLICY,  /* active, no policy loaded: every access is allowed */
	SV_MAC_PERMISSIVE, /* denials are only logged */
	SV_MAC_ENFORCING,
	SV_MAC_DOMAIN_PERMISSIVE, /* enforcing, but not for the domain that guests run in */
};
const char *sv_mac_state_name(enum sv_mac_state state);

struct sv_host_mac {
	enum sv_mac_state state;
	char policy[64]; /* SELINUXTYPE of the host, "" when there is none */
	bool mls;	 /* the policy has levels */
};

/* A UUID for the label of a guest that will not be. */
#define SV_SPECIMEN_UUID "00000000-0000-0000-0000-000000000000"

/* What a guest is to be, from the domain's seclabel and the allocated level. */
struct sv_request {
	const char *name, *uuid;      /* of the guest; borrowed */
	enum sv_seclabel_type type;   /* DYNAMIC or STATIC; NONE never reaches a driver */
	const char *label;	      /* STATIC */
	const char *baselabel;	      /* DYNAMIC, or NULL */
	const struct sv_level *level; /* DYNAMIC, of a driver that has levels */
	/* DYNAMIC: the level of what it shares with its group; NULL: the sensitivity alone, which
	 * is open to every guest */
	const struct sv_level *shared;
	bool tcg; /* <domain type='qemu'>: may need executable memory */
	bool relabel;
	uid_t uid; /* dac */
	gid_t gid;
	bool own_user; /* dac: no other guest has uid; gid is all guests' */
};

/* A guest as one driver sees it. All text is owned, see sv_subject_done(). */
struct sv_subject {
	char *label;	 /* of the process */
	char *image[3];	 /* by enum sv_access: rw, ro, shared; NULL: files keep their label */
	bool relabel;	 /* false: all files keep their labels, image[] is empty */
	bool permissive; /* the kernel enforces nothing against this domain */
};
/* subject.c */

void sv_subject_done(struct sv_subject *subject);
#define sv_auto_subject sv_cleanup(sv_subject_done)

/* The name that a model without levels gives to one guest: this, and the guest's UUID. */
#define SV_GUEST_LABEL "svirt-"
bool sv_is_guest_label(const char *label);
/* sv_driver.same of a model whose labels mean the same only when they are spelled the same. */
int sv_same_text(const char *a, const char *b, struct sv_error *err);

/* Whether the kernel's list of security modules (/sys/kernel/security/lsm) has name. Pure. */
bool sv_lsm_is_listed(const char *list, const char *name);

/* SV_E_PERMISSION unless wanted lies within mine: nobody hands out more than they have. */
int sv_range_demand(const struct sv_range *mine, const struct sv_range *wanted,
		    struct sv_error *err) sv_must_check;

/* The level of a live process, and why others stay away from it. Borrowed. */
struct sv_live_level {
	const struct sv_level *level;
	pid_t pid;
	/* "at this level svirt_t may { open read } svirt_image_t (file)"; "up to this level" for
	 * the high level of a range */
	const char *why;
};

/* Labels on files: read, set and put back through the journal (plan/). */
struct sv_label_ops {
	bool owner; /* a file's label is its owner, who may change its mode and its ACL */
	/* The extended attribute that holds the label, with its terminating zero; used to do get()
	 * and set() for many files at once. NULL: the label is not an attribute. */
	const char *xattr;
	bool xattr_bare; /* without that zero */
	/* The capabilities (bits 1 << CAP_...) that set() takes beside those of who owns a file,
	 * for a label that a guest had. */
	uint64_t undo_caps;

	/* The label of an O_PATH descriptor. SV_NONE when its filesystem holds none. The caller
	 * owns *ret. */
	int (*get)(int fd, char **ret, struct sv_error *err);
	int (*set)(int fd, const char *label, struct sv_error *err);
	/* Optional. Whether all files of a mount have one label, which cannot be changed. mount is
	 * NULL when the mount is not known. */
	bool (*is_fixed)(const struct sv_mount *mount);
	/* The label that the policy has for a path. SV_NONE: it has none. */
	int (*fallback)(const char *path, mode_t mode, char **ret, struct sv_error *err);
	/* Optional. The name under which the policy looks path up (an equivalence of directories).
	 * The caller owns *ret. SV_NONE: under its own name. */
	int (*alias)(const char *path, char **ret, struct sv_error *err);
	/* Optional. Why an object can keep its label for this access ("readable by everyone",
	 * static text). NULL: it has to be labelled. */
	const char *(*why_leave)(const struct sv_node *node, enum sv_access access);

	/* Optional, of a label that is what the kernel has bound a device to (driver/pci.c). set()
	 * takes several steps: whether now is a label that an object has on its way between
	 * original and wanted. Setting takes as long as drivers do, and ends with the boot: the
	 * next one has nothing to put back. */
	bool (*midway)(const char *now, const char *original, const char *wanted);

	/* Optional. Sets the label of sockets (socket(2), socketpair(2)) that this thread makes
	 * from now on. NULL: the default. */
	int (*create_sockets)(const char *label, struct sv_error *err);
	/* Optional. Gives a socket that exists the label of the process that is to use it. */
	int (*label_socket)(int fd, const char *label, struct sv_error *err);
	/* Optional. The options of mount(2) that label a tmpfs from the start, each after a comma.
	 * label is that of its root; NULL: that of svirt's own directories. The caller owns *ret.
	 */
	int (*mount_options)(const char *label, char **ret, struct sv_error *err);
};

/* Levels: a dynamic label needs one of its own (label/level.h). */
struct sv_level_ops {
	/* The levels this process may hand out: its own range, whose high level has two categories
	 * at least. */
	int (*range)(struct sv_range *ret, struct sv_error *err);
	/* Calls fn for the levels of live processes that guests have to stay away from. Of each
	 * process its low level counts, and its high level when that differs. A level counts when
	 * it has categories, and when the process's domain could do less with an image or a guest
	 * at that level without them. The kernel is asked; what cannot be found out counts. Two
	 * levels never count: that of the kernel's own threads (MLS: it dominates all), and a high
	 * level with all categories that this process may give, which is an administrator's. A
	 * return of fn other than 0 ends the walk and is returned. A process whose label may not be
	 * read is an error: it may hold a level that looks free. */
	int (*in_use)(int (*fn)(void *data, const struct sv_live_level *live), void *data,
		      struct sv_error *err);
	/* The level of a label; SV_NONE when the label has none. */
	int (*level_of)(const char *label, struct sv_level *ret, struct sv_error *err);
};

/* What kind of name a label is, in a model whose labels are names and have no levels. */
enum sv_name_kind {
	SV_NAME_OTHER,	/* an administrator's */
	SV_NAME_GUEST,	/* one that subject() makes for one guest */
	SV_NAME_COMMON, /* one of the host's own, or one for what several guests use */
};

struct sv_layer;

struct sv_driver {
	const char *name; /* the model in domain files */
	const char *doi;
	bool mac;	     /* mandatory: the guest cannot change it (selinux, not dac) */
	const char *enforce; /* of a MAC model: how to make it enforcing, for a hint */
	/* Of a MAC model: it leaves something of a guest to another one of the same user. So each
	 * guest gets a user of its own unless svirt.conf says otherwise. */
	bool own_users;
	bool below; /* of a MAC model: it may be a layer below any other one */

	/* What the model has; NULL: no such thing. ask is never NULL. */
	const struct sv_label_ops *label;
	const struct sv_level_ops *level;
	const struct sv_rule_ops *rules;
	const struct sv_ask_ops *ask;

	/* The state of the model on this host. A contradiction (the kernel enforces, the library
	 * says off) is an error, never "disabled". DOMAIN_PERMISSIVE is about the policy's default
	 * domain for guests; a baselabel may name another, see sv_subject.permissive. */
	int (*probe)(struct sv_host_mac *ret, struct sv_error *err);

	/* Optional, of a MAC model. Whether it confines guests that run as the user who starts them
	 * and can do without root. SV_E_HOST says what this host lacks. NULL: it does not. */
	int (*for_user)(struct sv_error *err);

	/* Computes the labels for a request, in the kernel's canonical spelling, and has the kernel
	 * validate them. A baselabel is a bare type or a context whose level is ignored. SV_E_USAGE
	 * names the part of a label that the policy does not know. */
	int (*subject)(const struct sv_request *req, struct sv_subject *ret, struct sv_error *err);

	/* Of a MAC model without levels: a label is unique or it keeps nobody apart. Pure. */
	enum sv_name_kind (*kind)(const char *label);

	/* 0: the two labels mean the same. SV_NONE: they do not. */
	int (*same)(const char *a, const char *b, struct sv_error *err);

	/* Called in the single-threaded child before exec, so that the next program runs as the
	 * layer's subject. Layers are entered in the order of sv_drivers. dac comes after the
	 * models that label processes, because it gives up users, groups and capabilities and ends
	 * with no_new_privs; Landlock needs that one. layer NULL (MAC models): undoes it. */
	int (*enter)(const struct sv_layer *layer, struct sv_error *err);
	/* Optional. The label that a live process has now. The caller owns *ret. SV_NONE: it is
	 * gone. For dac a process with several users at once is an error. NULL: the kernel does not
	 * show it. */
	int (*of_pid)(pid_t pid, char **ret, struct sv_error *err);
};

/* A model that a guest is confined by, and what the guest is in it. */
struct sv_layer {
	const struct sv_driver *driver;
	struct sv_subject subject;
	int ruleset; /* from rules->load(), closed by sv_stack_done(); 0: none */
};

/* All of them, in the order of sv_drivers. Each is applied, verified, undone and repaired. */
#define SV_MAX_LAYERS 3u
struct sv_stack {
	struct sv_layer v[SV_MAX_LAYERS];
	size_t n;
};
void sv_stack_done(struct sv_stack *stack); /* subject.c */

extern const struct sv_driver sv_driver_selinux;
extern const struct sv_driver sv_driver_smack;
extern const struct sv_driver sv_driver_apparmor;
extern const struct sv_driver sv_driver_dac;
extern const struct sv_driver sv_driver_landlock;

/* exclusive.c: for sv_driver_need() alone, and in no list. */
#define SV_EXCLUSIVE "alone"
extern const struct sv_driver sv_driver_exclusive;

/* pci.c: the kernel's driver of a PCI device as its label. For sv_driver_need(), and in no list. */
extern const struct sv_driver sv_driver_pci;
#define SV_PCI_GIVEN "vfio-pci override=vfio-pci" /* what a device gets for a guest */
/* Whether the host may use a device with this label: it has a driver, and not pci-stub, which does
 * nothing. */
bool sv_pci_is_of_host(const char *label);
/* Whether its driver is vfio-pci, or one for certain cards that is based on it, such as
 * mlx5_vfio_pci. */
bool sv_pci_is_vfio(const char *label);

/* table.c */

/* All drivers in the order in which their layers are entered, ending with NULL. */
extern const struct sv_driver *const sv_drivers[];

/* The driver of that name; NULL: there is no such model. */
const struct sv_driver *sv_driver_find(const char *name);
/* As sv_driver_find(), for a name that svirt stored itself. SV_E_HOST: this build does not know it.
 */
int sv_driver_need(const char *name, const struct sv_driver **ret,
		   struct sv_error *err) sv_must_check;

/* The MAC model that this host runs: the first one in the list. models: names of those that count;
 * NULL or none: all do. SV_NONE: the host runs none of them. state may be NULL. A model in the
 * state NO_POLICY or PERMISSIVE is returned too: the caller decides whether that is enough. */
int sv_driver_main(const struct sv_strv *models, const struct sv_driver **ret,
		   struct sv_host_mac *state, struct sv_error *err) sv_must_check;

/* Whether restorecon(8) would help with the file of path, whose label is now: the policy has
 * another label for the path, and would() accepts that label. False when it cannot be found out. */
bool sv_restorecon_helps(const struct sv_driver *driver, const char *path, mode_t mode,
			 const char *now, bool (*would)(const void *data, const char *label),
			 const void *data);
