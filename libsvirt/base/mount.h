/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel says about the mount that an open file lies on: its type, and the flags that
 * decide what can be done with its files. This is one line of /proc/self/mountinfo, found by the
 * number of the mount. A bind mount therefore has its own line. Must not know what a label is for.
 */
#pragma once

#include "base/error.h"

#include <limits.h>
#include <stdint.h>

struct sv_mount {
	uint64_t id;
	char type[32];	 /* "ext4", "fuse.sshfs" */
	char point[256]; /* where it is mounted, escaped for a message */
	bool read_only, nodev;
	bool seclabel;	   /* its files can be given security labels */
	bool context;	   /* it was mounted with one label for all files (context=) */
	bool mounter_only; /* FUSE without allow_other: nobody else may use it */
};

/* The number of the mount that an O_PATH descriptor lies on. SV_NONE: this kernel does not tell
 * (before Linux 5.8). */
int sv_mount_id(int fd, uint64_t *ret, struct sv_error *err) sv_must_check;

/* SV_NONE: no such mount is shown. In a chroot the kernel does not show what lies outside. */
int sv_mount_find(uint64_t id, struct sv_mount *ret, struct sv_error *err) sv_must_check;
/* The mount that an O_PATH descriptor lies on. SV_NONE: it is not known. */
int sv_mount_of(int fd, struct sv_mount *ret, struct sv_error *err) sv_must_check;

/* The name of a file where a bind mount shows it from: path leads through the bind mount, *ret does
 * not. It is the name on another mount of the same filesystem. fd is the file, opened O_PATH. The
 * caller owns *ret. SV_NONE: path is that name already, or there is no other name. */
int sv_mount_origin(int fd, const char *path, char **ret, struct sv_error *err) sv_must_check;
/* sv_mount_origin() by the text of a mountinfo and the number of the mount. Pure. */
int sv_mount_origin_in(const char *text, uint64_t id, const char *path, char **ret,
		       struct sv_error *err) sv_must_check;

/* Where another filesystem, or another part of one, is mounted below the directory dir. The caller
 * owns *ret. SV_NONE: nowhere. */
int sv_mount_below(const char *dir, char **ret, struct sv_error *err) sv_must_check;
/* sv_mount_below() by the text of a mountinfo. Pure. */
int sv_mount_below_in(const char *text, const char *dir, char **ret,
		      struct sv_error *err) sv_must_check;

/* sv_mount_find() in the text of a mountinfo. Pure. */
int sv_mount_parse(const char *text, uint64_t id, struct sv_mount *ret) sv_must_check;

/* Mounts a new tmpfs(5) at path, with nodev, nosuid and noexec. options are those of that page
 * ("size=16m,mode=700"); options of a security module are left to the kernel's parser. */
int sv_mount_tmpfs(const char *path, const char *options, struct sv_error *err) sv_must_check;
/* Unmounts what is mounted at path, also when it is in use (umount2(2) with MNT_DETACH). 0 also
 * when nothing is mounted there. SV_NONE: this process may not unmount anything. */
int sv_mount_detach(const char *path, struct sv_error *err) sv_must_check;

/* Copies the next word of a line of mountinfo or /proc/swaps into out and decodes the kernel's
 * octal escapes (mangle() in fs/seq_file.c). A word that is too long is cut. "" is the end of the
 * line. Returns what follows the word. Pure. */
const char *sv_mount_word(const char *p, char out[PATH_MAX]);

/* How files of a mount come by their security labels. */
enum sv_mount_labels {
	SV_MOUNT_NATIVE,  /* each has its own */
	SV_MOUNT_NFS,	  /* the same, kept by an NFS 4.2 server */
	SV_MOUNT_CONTEXT, /* all have the one of the mount's context= */
	SV_MOUNT_ONE,	  /* all have the one that the policy has for this type of filesystem */
};
enum sv_mount_labels sv_mount_labels(const struct sv_mount *mount);
