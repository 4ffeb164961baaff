/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The operations that a security model offers to the rest of the library. A driver knows labels
 * and descriptors; it never sees a domain, a device, a plan or the store. One file per model and
 * one line in the table; a new device changes no driver.
 *
 * Labels are text in the driver's own syntax: an SELinux context; "+UID:+GID" for dac.
 */
#pragma once

#include "base/fs.h"
#include "base/mount.h"
#include "domain/resource/resource.h"
#include "label/level.h"

#include <sys/types.h>

enum sv_mac_state {
	SV_MAC_DISABLED,   /* not in this kernel or not active */
	SV_MAC_NO_POLICY,  /* active, nothing loaded: every access is allowed */
	SV_MAC_PERMISSIVE, /* denials are logged, not made */
	SV_MAC_ENFORCING,
	SV_MAC_DOMAIN_PERMISSIVE, /* enforcing, but not for the domain that guests run in */
};
const char *sv_mac_state_name(enum sv_mac_state state);

struct sv_host_mac {
	enum sv_mac_state state;
	char policy[64]; /* SELINUXTYPE of the host, "" when there is none */
	bool mls;	 /* the policy has levels */
};

/* What a guest is to be, from the domain's seclabel and the allocation. */
struct sv_request {
	enum sv_seclabel_type type;   /* DYNAMIC or STATIC; NONE never reaches a driver */
	const char *label;	      /* STATIC */
	const char *baselabel;	      /* DYNAMIC, or NULL */
	const struct sv_level *level; /* DYNAMIC, of a driver that has levels */
	/* DYNAMIC: of what it shares with some; NULL: the sensitivity alone, open to every guest */
	const struct sv_level *shared;
	bool tcg; /* <domain type='qemu'>: may need executable memory */
	bool relabel;
	uid_t uid; /* dac */
	gid_t gid;
};

/* A guest as one driver sees it. All text owned, see sv_subject_done(). */
struct sv_subject {
	char *label;	 /* of the process */
	char *image[3];	 /* by enum sv_access: rw, ro, shared; NULL: that access changes nothing */
	bool relabel;	 /* false: resources are left as they are, image[] is empty */
	bool permissive; /* the kernel enforces nothing against this very domain */
};
void sv_subject_done(struct sv_subject *subject);
#define sv_auto_subject sv_cleanup(sv_subject_done)

/* Nobody hands out more than they have: SV_E_PERMISSION unless wanted lies within mine. */
int sv_range_demand(const struct sv_range *mine, const struct sv_range *wanted,
		    struct sv_error *err) sv_must_check;

/* Why a guest could not use an object. */
struct sv_denial {
	char missing[128]; /* permissions, "read write" */
	char tclass[32];   /* "file", "blk_file" */
	bool category;	   /* the type would be allowed, the level is not */
};

/* A switch of the policy that lets every guest use all files of some kind. */
struct sv_switch {
	const char *name;  /* "virt_use_nfs" */
	const char *opens; /* "every file of every NFS mount" */
	bool on;
};

/* The directories that lead to a file, from "/" on. */
struct sv_dirs {
	const struct sv_node *items;
	size_t n;
	bool make; /* the file is made in the last one */
};

/* The level of a live process, and why others stay away from it. Borrowed. */
struct sv_live_level {
	const struct sv_level *level;
	pid_t pid;
	/* "at this level svirt_t may { open read } svirt_image_t (file)"; of a high one "up to" */
	const char *why;
};

/* A change of a label that is only asked about. */
struct sv_relabel {
	const char *self; /* label of who would make it; NULL: this very process */
	const char *path, *from, *to;
	mode_t mode;
};

struct sv_driver {
	const char *name; /* the model in domain files */
	const char *doi;
	bool mac;    /* enforces against the guest's own will: selinux, not dac */
	bool levels; /* dynamic labels need a level of their own */
	bool owner;  /* a file's label is its owner, who may change its mode and its ACL */
	/* The extended attribute that is the label, written with its terminating zero: get() and
	 * set() for many files at once. NULL: it is none. */
	const char *xattr;

	/* How the host stands. A contradiction (the kernel enforces, the library says off) is an
	 * error, never "disabled". DOMAIN_PERMISSIVE is about the policy's own domain for guests: a
	 * baselabel may name another, see sv_subject.permissive. */
	int (*probe)(struct sv_host_mac *ret, struct sv_error *err);

	/* The levels this process may hand out: its own range, whose high level has two categories
	 * at least. NULL, like in_use, when the model has no levels. */
	int (*range)(struct sv_range *ret, struct sv_error *err);
	/* Calls fn with the low level, and the high one where that is another, of each live process
	 * that has categories there and a domain to which they make a difference: without them it
	 * could do less with an image of that level, or with a guest. The kernel says so; what
	 * cannot be found out is such a domain. Except the level of the kernel's own threads (MLS:
	 * it dominates all), and a high level with all categories that this process may give: an
	 * administrator's. A return of fn other than 0 ends the walk and is returned. A process
	 * whose label may not be read is an error: it may hold the very level that is free
	 * otherwise. */
	int (*in_use)(int (*fn)(void *data, const struct sv_live_level *live), void *data,
		      struct sv_error *err);
	/* The level of a label; SV_NONE when the label has none. */
	int (*level_of)(const char *label, struct sv_level *ret, struct sv_error *err);

	/* Computes and validates (by the kernel's own answer) the labels for a request, in the
	 * kernel's canonical spelling. A baselabel is a bare type or a context, of which the level
	 * is not taken. SV_E_USAGE names the part of a label that the policy does not know. */
	int (*subject)(const struct sv_request *req, struct sv_subject *ret, struct sv_error *err);

	/* May a process labelled self (NULL: this very process) start emulator as subject? Each
	 * missing permission is named from the kernel's answer (SV_E_PERMISSION), in permissive
	 * mode too; also refuses (SV_E_HOST) a subject that is not kept apart by categories and, as
	 * the last check, one whose domain is permissive: where subject->permissive is acceptable,
	 * that refusal is all that was found. emulator may be NULL. */
	int (*may_start)(const char *self, const struct sv_subject *subject, const char *emulator,
			 struct sv_error *err);
	/* Optional. May this process execute program and keep its own label, as a guest without one
	 * does? SV_E_PERMISSION names what is missing. */
	int (*may_execute)(const char *program, struct sv_error *err);
	/* Optional. The label that this process would get by executing program. The caller owns
	 * *ret. */
	int (*becomes)(const char *program, char **ret, struct sv_error *err);
	/* Optional. 0: the rules that svirt itself needs are in force. SV_NONE: they are not. mark:
	 * those of the version with that mark; NULL: of any. */
	int (*rules_loaded)(const char *mark, struct sv_error *err);
	/* Optional. 0: the kernel would keep subject out of the processes and images of a guest at
	 * another level; a failure says what it would let through. */
	int (*kept_apart)(const struct sv_subject *subject, struct sv_error *err);
	/* Optional. May label run machine code that it wrote itself, as an emulator without KVM
	 * does? 0 yes, also where this kernel does not ask; SV_NONE no, with the switch that would
	 * let it (its name is NULL when this policy has none). */
	int (*may_translate)(const char *label, struct sv_switch *opener, struct sv_error *err);
	/* Would the kernel let label use an object labelled object? 0 yes; SV_NONE no, with *why
	 * (may be NULL). mode is all of st_mode: dac looks at its permission bits too. */
	int (*may_use)(const char *label, const char *object, mode_t mode, enum sv_access access,
		       struct sv_denial *why, struct sv_error *err);

	/* May label search all of these directories? 0 yes; SV_NONE no, with the first that it may
	 * not and *why. */
	int (*may_search)(const char *label, const struct sv_dirs *dirs, size_t *ret_at,
			  struct sv_denial *why, struct sv_error *err);
	/* Optional. may_use() for an object as it is now, with all that decides beside its label.
	 */
	int (*may_open)(const char *label, const struct sv_node *node, enum sv_access access,
			struct sv_denial *why, struct sv_error *err);

	/* The label of an O_PATH descriptor. SV_NONE when its filesystem holds none. The caller
	 * owns *ret. */
	int (*get)(int fd, char **ret, struct sv_error *err);
	int (*set)(int fd, const char *label, struct sv_error *err);
	/* Optional. Would the kernel let that be set? SV_E_PERMISSION with what helps, as set()
	 * says it. Not asked: a policy's rules on moves between levels. */
	int (*may_set)(const struct sv_relabel *relabel, struct sv_error *err);
	/* Optional. Whether all files of a mount have one label, which cannot be changed. mount is
	 * NULL when it cannot be told which one it is. */
	bool (*is_fixed)(const struct sv_mount *mount);
	/* Optional. The switch for the files of such a mount. SV_NONE: this policy has none. */
	int (*opener)(const struct sv_mount *mount, struct sv_switch *ret, struct sv_error *err);
	/* What the policy says a path should be. SV_NONE when it says nothing. */
	int (*fallback)(const char *path, mode_t mode, char **ret, struct sv_error *err);
	/* Optional. The policy looks path up under another name (an equivalence of directories):
	 * the caller owns *ret. SV_NONE: under its own. */
	int (*alias)(const char *path, char **ret, struct sv_error *err);
	/* 0: the two labels mean the same. SV_NONE: they do not. */
	int (*same)(const char *a, const char *b, struct sv_error *err);
	/* Optional. Why an object can stay as it is for this access ("readable by everyone", static
	 * text); NULL: it has to be labelled. */
	const char *(*why_leave)(const struct sv_node *node, enum sv_access access);

	/* Optional. Label of sockets (socket(2), socketpair(2)) that this thread makes from now on;
	 * NULL goes back to the default. */
	int (*create_sockets)(const char *label, struct sv_error *err);
	/* Optional. The options of mount(2) with which a tmpfs for one guest has its labels from
	 * the start, each after a comma: label is that of its root, NULL that of svirt's own
	 * directories. The caller owns *ret. */
	int (*mount_options)(const char *label, char **ret, struct sv_error *err);
	/* In the single-threaded child: everything that has to happen before exec so that the
	 * next program runs as label. In the order of sv_drivers: dac comes last, for it gives up
	 * users, groups and capabilities and ends with no_new_privs. NULL (MAC models): takes it
	 * back. */
	int (*enter)(const char *label, struct sv_error *err);
	/* What a live process really is. The caller owns *ret. SV_NONE: gone. A process with
	 * several users at once is an error of dac. */
	int (*of_pid)(pid_t pid, char **ret, struct sv_error *err);
};

extern const struct sv_driver sv_driver_selinux;
extern const struct sv_driver sv_driver_dac;

/* All drivers in the order in which labels are applied, ending with NULL: the MAC models first. */
extern const struct sv_driver *const sv_drivers[];

/* By name; NULL when there is no such model. */
const struct sv_driver *sv_driver_find(const char *name);

/* The MAC model that this host runs, or SV_NONE (*ret and *state are untouched then). state may be
 * NULL. NO_POLICY and PERMISSIVE are models that run: what they are good for is the caller's word.
 */
int sv_driver_main(const struct sv_driver **ret, struct sv_host_mac *state,
		   struct sv_error *err) sv_must_check;

/* Would it do to give the file of path, which is labelled now, the label that the policy has for
 * its place? would says so of a label. What cannot be found out is no. */
bool sv_restorecon_helps(const struct sv_driver *driver, const char *path, mode_t mode,
			 const char *now, bool (*would)(const void *data, const char *label),
			 const void *data);
