/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The questions that a security model answers: may a guest do this, and why not. Nothing is changed
 * by asking. Part of driver.h, which includes it.
 */
#pragma once

#include "base/fs.h"
#include "base/mount.h"
#include "domain/resource/resource.h"

#include <sys/types.h>

struct sv_subject;

/* Why a guest could not use an object. */
struct sv_denial {
	char missing[128]; /* permissions, "read write" */
	char tclass[32];   /* "file", "blk_file" */
	bool category;	   /* the type would be allowed; only the level is not */
};

/* A boolean of the policy that lets every guest use all files of some kind. */
struct sv_boolean {
	const char *name;  /* "virt_use_nfs" */
	const char *opens; /* "every file of every NFS mount" */
	bool on;
};

/* The directories that lead to a file, from "/" on. */
struct sv_dirs {
	const struct sv_node *items;
	size_t n;
	bool make; /* a file is to be made in the last one */
};

/* A change of a label, to ask whether it would be allowed. */
struct sv_relabel {
	const char *self; /* label of the process that would make it; NULL: this process */
	const char *path, *from, *to;
	mode_t mode;
};

/* Questions to the policy. may_start() is there in a model that can be the main one, may_use() in
 * one with labels on files; all others are optional. */
struct sv_ask_ops {
	/* May a process labelled self (NULL: this process) start emulator as subject?
	 * SV_E_PERMISSION names each missing permission from the kernel's answer, in permissive
	 * mode too. SV_E_HOST: subject is not kept apart by categories, or its domain is
	 * permissive. The latter is the last check, so a caller that accepts subject->permissive
	 * knows that nothing else was found. emulator may be NULL. */
	int (*may_start)(const char *self, const struct sv_subject *subject, const char *emulator,
			 struct sv_error *err);
	/* May this process execute program and keep its own label, as for a guest without a label?
	 * SV_E_PERMISSION names what is missing. */
	int (*may_execute)(const char *program, struct sv_error *err);
	/* The label that this process would get by executing program. The caller owns *ret. */
	int (*becomes)(const char *program, char **ret, struct sv_error *err);
	/* 0: the rules that svirt itself needs are loaded. SV_NONE: they are not. mark: the version
	 * of the rules that is meant; NULL: any version. */
	int (*rules_loaded)(const char *mark, struct sv_error *err);
	/* 0: the kernel keeps subject out of the processes and images of another guest. A failure
	 * says what it would allow. */
	int (*kept_apart)(const struct sv_subject *subject, struct sv_error *err);
	/* May label run machine code that it wrote itself, as an emulator without KVM does? 0: yes,
	 * also where this kernel does not ask. SV_NONE: no; *boolean is the one that would allow it
	 * (its name is NULL when the policy has none). */
	int (*may_translate)(const char *label, struct sv_boolean *boolean, struct sv_error *err);
	/* Would the kernel let label use an object labelled object? 0: yes. SV_NONE: no, for the
	 * reason *why (why may be NULL). mode is all of st_mode: dac looks at its permission bits
	 * too. */
	int (*may_use)(const char *label, const char *object, mode_t mode, enum sv_access access,
		       struct sv_denial *why, struct sv_error *err);
	/* May label search all of these directories? 0: yes. SV_NONE: no; *ret_at is the first that
	 * it may not, *why the reason. */
	int (*may_search)(const char *label, const struct sv_dirs *dirs, size_t *ret_at,
			  struct sv_denial *why, struct sv_error *err);
	/* As may_use(), for an object as it is now and with everything that decides beside its
	 * label. */
	int (*may_open)(const char *label, const struct sv_node *node, enum sv_access access,
			struct sv_denial *why, struct sv_error *err);
	/* Would the kernel allow this change of a label? SV_E_PERMISSION with the hint that set()
	 * would give. A policy's rules on moves between levels are not asked about. */
	int (*may_set)(const struct sv_relabel *relabel, struct sv_error *err);
	/* The boolean for the files of such a mount. SV_NONE: this policy has none. */
	int (*boolean)(const struct sv_mount *mount, struct sv_boolean *ret, struct sv_error *err);
	/* As may_use(), for an object that the guest gets as a descriptor and does not open. NULL:
	 * the model makes no difference between them. */
	int (*may_hold)(const char *label, const char *object, mode_t mode, enum sv_access access,
			struct sv_denial *why, struct sv_error *err);
};
