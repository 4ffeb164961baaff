/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's side of Landlock: its three system calls, and what each version of its interface can
 * restrict. Source: landlock(7), and include/uapi/linux/landlock.h of Linux 6.15. The numbers stand
 * here because the header of a distribution may be older than the kernel that runs. A private
 * header of this folder.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

/* What may be done with a file, or below a directory. */
enum sv_landlock_right {
	SV_LL_EXECUTE = 1 << 0,
	SV_LL_WRITE_FILE = 1 << 1,
	SV_LL_READ_FILE = 1 << 2,
	SV_LL_READ_DIR = 1 << 3,
	SV_LL_REMOVE_DIR = 1 << 4,
	SV_LL_REMOVE_FILE = 1 << 5,
	SV_LL_MAKE_CHAR = 1 << 6,
	SV_LL_MAKE_DIR = 1 << 7,
	SV_LL_MAKE_REG = 1 << 8,
	SV_LL_MAKE_SOCK = 1 << 9,
	SV_LL_MAKE_FIFO = 1 << 10,
	SV_LL_MAKE_BLOCK = 1 << 11,
	SV_LL_MAKE_SYM = 1 << 12,
	SV_LL_REFER = 1 << 13,	   /* version 2: links and renames between directories */
	SV_LL_TRUNCATE = 1 << 14,  /* version 3 */
	SV_LL_IOCTL_DEV = 1 << 15, /* version 5: ioctl(2) on devices */
};
/* The rights that a rule for something else than a directory may have. */
#define SV_LL_OF_FILE \
	(SV_LL_EXECUTE | SV_LL_WRITE_FILE | SV_LL_READ_FILE | SV_LL_TRUNCATE | SV_LL_IOCTL_DEV)

enum sv_landlock_port { SV_LL_BIND_TCP = 1 << 0, SV_LL_CONNECT_TCP = 1 << 1 }; /* version 4 */

/* What a ruleset takes away unless a rule allows it: struct landlock_ruleset_attr. */
struct sv_landlock_set {
	uint64_t files, ports;
	uint64_t scopes; /* version 6: abstract sockets and signals stay among its processes */
};

/* The version of the interface. 0: this kernel has none, or it is off. */
int sv_landlock_version(void);

/* All that this version can take away. Pure. */
struct sv_landlock_set sv_landlock_can(int version);

/* SV_E_HOST: with this version guests of one user would reach the user's other processes.
 * Pure: landlock.c asks about the version of this kernel. */
int sv_landlock_for_user(int version, struct sv_error *err) sv_must_check;

/* A new ruleset. *ret is a descriptor that is closed on exec, above those that the standard streams
 * and a guest's own descriptors have; the caller owns it. */
int sv_landlock_create(const struct sv_landlock_set *set, int *ret,
		       struct sv_error *err) sv_must_check;
/* fd: the file or directory, which may be O_PATH. */
int sv_landlock_allow_files(int ruleset, int fd, uint64_t rights,
			    struct sv_error *err) sv_must_check;
int sv_landlock_allow_port(int ruleset, uint16_t port, uint64_t rights,
			   struct sv_error *err) sv_must_check;
/* Takes the rights away from this thread, for good. Needs no_new_privs. */
int sv_landlock_restrict(int ruleset, struct sv_error *err) sv_must_check;
