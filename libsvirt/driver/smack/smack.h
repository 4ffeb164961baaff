/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the Smack driver share. Nobody else includes this. A Smack label is a name: the
 * kernel compares it with others only for being the same, and by rules that are loaded one by one.
 */
#pragma once

#include "driver/driver.h"

#include <linux/capability.h>

#define SV_SMACK_FS "/sys/fs/smackfs"
/* Longer labels are refused by the kernel (SMK_LONGLABEL). */
#define SV_SMACK_MAX 255u

/* What a host has without any rule: everybody may read and execute what has the floor label, and do
 * all with what has the star. Nobody else may write the floor. */
#define SV_SMACK_FLOOR "_"
#define SV_SMACK_STAR  "*"

/* Labels of svirt's own: a guest's is the first with its UUID; what guests only read, and what they
 * share, have the others. */
#define SV_SMACK_CONTENT SV_GUEST_LABEL "content"
#define SV_SMACK_SHARED	 SV_GUEST_LABEL "shared"

/* The capabilities that setting a label takes: the second, because what is put back has the guest's
 * label until then. A process that has it is denied nothing. */
#define SV_SMACK_CAPS (1ull << CAP_MAC_ADMIN | 1ull << CAP_MAC_OVERRIDE)

/* Four independent signs of whether Smack runs here. */
struct sv_smack_signs {
	const char *lsms;  /* /sys/kernel/security/lsm; NULL: cannot be read */
	bool registered;   /* the kernel knows smackfs, which it does only when Smack is active */
	bool mounted;	   /* smackfs is where it belongs */
	const char *label; /* of this process; NULL: cannot be read */
};

/* The state that the signs show together: DISABLED or ENFORCING. SV_E_UNKNOWN: they contradict each
 * other, or smackfs is not mounted. Pure. */
int sv_smack_state(const struct sv_smack_signs *signs, enum sv_mac_state *ret,
		   struct sv_error *err) sv_must_check;

/* process.c */

/* A line of a file of the kernel, without its end. The caller owns *ret. */
int sv_smack_read_line(const char *path, char **ret, struct sv_error *err) sv_must_check;
int sv_smack_of_pid(pid_t pid, char **ret, struct sv_error *err) sv_must_check;
int sv_smack_enter(const struct sv_layer *layer, struct sv_error *err) sv_must_check;

/* label.c */

/* SV_E_USAGE: the kernel would refuse this label or cut it short. Pure. */
int sv_smack_check(const char *label, struct sv_error *err) sv_must_check;
enum sv_name_kind sv_smack_kind(const char *label);
int sv_smack_subject(const struct sv_request *req, struct sv_subject *ret,
		     struct sv_error *err) sv_must_check;

/* files.c */

int sv_smack_get(int fd, char **ret, struct sv_error *err) sv_must_check;
int sv_smack_set(int fd, const char *label, struct sv_error *err) sv_must_check;
bool sv_smack_is_fixed(const struct sv_mount *mount);
int sv_smack_fallback(const char *path, mode_t mode, char **ret,
		      struct sv_error *err) sv_must_check;
const char *sv_smack_why_leave(const struct sv_node *node, enum sv_access access);
int sv_smack_label_socket(int fd, const char *label, struct sv_error *err) sv_must_check;
int sv_smack_mount_options(const char *label, char **ret, struct sv_error *err) sv_must_check;

/* rules.c */

/* The letters that a guest has on one of svirt's labels while it runs; NULL: it is none of them. */
const char *sv_smack_rule_for(const char *object);
/* Calls fn for each rule that is loaded. A return other than 0 ends the walk and is returned. */
int sv_smack_each_rule(int (*fn)(void *data, const char *subject, const char *object,
				 const char *may, struct sv_error *err),
		       void *data, struct sv_error *err) sv_must_check;
int sv_smack_load(const struct sv_subject *subject, const struct sv_scope *scope, int *ret,
		  struct sv_error *err) sv_must_check;
int sv_smack_unload(const char *label, struct sv_error *err) sv_must_check;
int sv_smack_each(int (*fn)(void *data, const char *label, struct sv_error *err), void *data,
		  struct sv_error *err) sv_must_check;

/* ask.c */

/* Has label all of may (letters of a rule, "rwx") on an object labelled object, as soon as its own
 * rules are loaded? 0: yes. SV_NONE: no. */
int sv_smack_allows(const char *label, const char *object, const char *may,
		    struct sv_error *err) sv_must_check;
int sv_smack_may_start(const char *self, const struct sv_subject *subject, const char *emulator,
		       struct sv_error *err) sv_must_check;
int sv_smack_kept_apart(const struct sv_subject *subject, struct sv_error *err) sv_must_check;
int sv_smack_may_use(const char *label, const char *object, mode_t mode, enum sv_access access,
		     struct sv_denial *why, struct sv_error *err) sv_must_check;
int sv_smack_may_search(const char *label, const struct sv_dirs *dirs, size_t *ret_at,
			struct sv_denial *why, struct sv_error *err) sv_must_check;
