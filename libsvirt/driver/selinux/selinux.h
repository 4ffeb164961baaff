/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the SELinux driver share. Nobody else includes this: the rest of the library
 * knows drivers, not SELinux. Contexts are raw (the kernel's own spelling, never mcstrans').
 */
#pragma once

#include "driver/driver.h"

/* The type that svirt-manager runs in: see policy/selinux. */
#define SV_SELINUX_MANAGER "svirt_mgr_t"
/* The type of programs that may be guests beside those that the distribution's policy knows. */
#define SV_SELINUX_VMM "svirt_vmm_exec_t"
/* How refpolicy ends the name of a type of guests' images. */
#define SV_SELINUX_IMAGES "_image_t"

/* Four independent signs of whether SELinux runs here. */
struct sv_selinux_signs {
	bool library;	     /* is_selinux_enabled() */
	bool filesystem;     /* the kernel offers selinuxfs */
	const char *lsms;    /* /sys/kernel/security/lsm; NULL: cannot be read */
	const char *context; /* /proc/self/attr/current; NULL: cannot be read */
};

/* The state that the signs show together: DISABLED, NO_POLICY, or ENFORCING for "a policy is
 * loaded, ask for its mode". SV_E_UNKNOWN: they contradict each other. Pure. */
int sv_selinux_state(const struct sv_selinux_signs *signs, enum sv_mac_state *ret,
		     struct sv_error *err) sv_must_check;

/* The context of this process. The caller owns *ret. */
int sv_selinux_self(char **ret, struct sv_error *err) sv_must_check;

/* The kernel's spelling of a context. SV_NONE when the loaded policy has no such context. The
 * caller owns *ret; ret may be NULL. */
int sv_selinux_canonical(const char *context, char **ret, struct sv_error *err) sv_must_check;

/* 0: the loaded policy knows the type. SV_NONE: it does not. */
int sv_selinux_type_known(const char *type, struct sv_error *err) sv_must_check;

/* class.c */

/* The number of a class, and the bit of one of its permissions, in the loaded policy. SV_NONE when
 * it has none of that name. */
int sv_selinux_class(const char *tclass, uint16_t *ret, struct sv_error *err) sv_must_check;
int sv_selinux_perm(const char *tclass, const char *perm, uint32_t *ret,
		    struct sv_error *err) sv_must_check;
/* policy is the seqno of a decision of the kernel (struct av_decision). False: the class numbers in
 * the question may be those of another policy, so ask again. */
bool sv_selinux_class_is_of(uint32_t policy) sv_must_check;

/* The class of an object with this st_mode. Static text. */
const char *sv_selinux_class_of(mode_t mode);

/* The type of a context, "?" when it has none, for messages. Returns out. */
#define SV_TYPE_LEN 96
const char *sv_selinux_type(const char *context, char out[SV_TYPE_LEN]);

/* The context in the nth line (from 1) that is not empty of a file of contexts, canonical. SV_NONE:
 * there is no such file or line. Text that is not a context of the loaded policy is an error with
 * file and line. The caller owns *ret. */
int sv_selinux_context_line(const char *path, unsigned nth, char **ret,
			    struct sv_error *err) sv_must_check;

/* The same, and SV_E_HOST when there is none. subject.c */
int sv_selinux_needed_line(const char *path, unsigned nth, char **ret,
			   struct sv_error *err) sv_must_check;

/* The context that the images of a process with this label get, at no level in particular: the one
 * that the policy names for guests or, if that process may not write such images and the policy has
 * a type of images for its own type, with that one. The caller owns *ret. image.c */
int sv_selinux_image_context(const char *label, char **ret, struct sv_error *err) sv_must_check;

/* 0: the policy enforces against the domain of context. SV_NONE: that domain is permissive. */
int sv_selinux_domain_enforced(const char *context, struct sv_error *err) sv_must_check;

/* Has label all of perms (separated by blanks) on an object of that class? Outcomes as of
 * may_use().
 */
int sv_selinux_allows(const char *label, const char *object, const char *tclass, const char *perms,
		      struct sv_denial *why, struct sv_error *err) sv_must_check;

/* The subset of perms that source has on target. The policy has to know both labels. */
int sv_selinux_granted(const char *source, const char *target, const char *tclass,
		       const char *perms, char ret[128], struct sv_error *err) sv_must_check;

/* Reads a boolean of the loaded policy. opens is static text. SV_NONE: there is no such boolean. */
int sv_selinux_boolean(const char *name, const char *opens, struct sv_boolean *ret,
		       struct sv_error *err) sv_must_check;

/* Whether data pages are executable by default, by the text of a /proc/PID/maps. 0: they are.
 * SV_NONE: they are not, as nearly everywhere. SV_E_UNKNOWN: the text does not tell. Pure. */
int sv_selinux_data_runs(const char *maps, struct sv_error *err) sv_must_check;

/* subject.c: labels of a guest; image.c: types of images; ask.c: what the policy allows; object.c:
 * objects; code.c: translated code; scan.c: levels of live processes; files.c: labels of files;
 * mount.c: labels of mounts */

/* The operations that live in files of their own; contracts in driver.h. */
int sv_selinux_subject(const struct sv_request *req, struct sv_subject *ret,
		       struct sv_error *err) sv_must_check;
int sv_selinux_may_start(const char *self, const struct sv_subject *subject, const char *emulator,
			 struct sv_error *err) sv_must_check;
int sv_selinux_may_execute(const char *program, struct sv_error *err) sv_must_check;
int sv_selinux_becomes(const char *program, char **ret, struct sv_error *err) sv_must_check;
int sv_selinux_kept_apart(const struct sv_subject *subject, struct sv_error *err) sv_must_check;
int sv_selinux_may_translate(const char *label, struct sv_boolean *boolean,
			     struct sv_error *err) sv_must_check;
int sv_selinux_may_use(const char *label, const char *object, mode_t mode, enum sv_access access,
		       struct sv_denial *why, struct sv_error *err) sv_must_check;
int sv_selinux_may_hold(const char *label, const char *object, mode_t mode, enum sv_access access,
			struct sv_denial *why, struct sv_error *err) sv_must_check;
int sv_selinux_may_search(const char *label, const struct sv_dirs *dirs, size_t *ret_at,
			  struct sv_denial *why, struct sv_error *err) sv_must_check;
int sv_selinux_in_use(int (*fn)(void *data, const struct sv_live_level *live), void *data,
		      struct sv_error *err) sv_must_check;
int sv_selinux_level_of(const char *label, struct sv_level *ret,
			struct sv_error *err) sv_must_check;
int sv_selinux_get(int fd, char **ret, struct sv_error *err) sv_must_check;
bool sv_selinux_is_fixed(const struct sv_mount *mount);
int sv_selinux_mount_boolean(const struct sv_mount *mount, struct sv_boolean *ret,
			     struct sv_error *err) sv_must_check;
int sv_selinux_mount_options(const char *label, char **ret, struct sv_error *err) sv_must_check;
int sv_selinux_set(int fd, const char *label, struct sv_error *err) sv_must_check;
int sv_selinux_may_set(const struct sv_relabel *how, struct sv_error *err) sv_must_check;
int sv_selinux_fallback(const char *path, mode_t mode, char **ret,
			struct sv_error *err) sv_must_check;
int sv_selinux_alias(const char *path, char **ret, struct sv_error *err) sv_must_check;

/* The name that a file_contexts.subs file gives path. text has "FROM TO" lines for directories and
 * is modified. SV_NONE: no line is about path. Pure. */
int sv_selinux_substitute(char *text, const char *path, char **ret,
			  struct sv_error *err) sv_must_check;
