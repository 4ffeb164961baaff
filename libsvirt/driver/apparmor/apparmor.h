/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the apparmor driver share. Nobody else includes this. */
#pragma once

#include "driver/apparmor/profile.h"

#define SV_APPARMOR_FS	 "/sys/kernel/security/apparmor"
#define SV_APPARMOR_FREE "unconfined" /* the label of a process in no profile */

/* apparmor.c */

/* What a host shows of AppArmor; NULL: it cannot be read. */
struct sv_apparmor_signs {
	const char *enabled; /* "Y", of the module's parameters */
	const char *mode;    /* "enforce", the same; every profile's when it is not that */
	const char *lsms;    /* "capability,yama,apparmor" */
	const char *self;    /* the label of this process */
	bool interface;	     /* profiles can be loaded: securityfs has the file for it */
};
int sv_apparmor_state(const struct sv_apparmor_signs *signs, enum sv_mac_state *ret,
		      struct sv_error *err) sv_must_check;

/* label.c */

/* Opens an attribute of a process that is AppArmor's alone (Linux 5.8). process is "self" or a
 * number. -1 with errno. */
int sv_apparmor_attr(const char *process, const char *name, int flags);

/* Reads the label of a process with its mode into text. -1 with errno. */
#define SV_APPARMOR_LABEL_MAX 8192u
int sv_apparmor_read(const char *process, char text[SV_APPARMOR_LABEL_MAX]);

/* The label of a process, without its mode when that is the one of confinement: "(enforce)" and
 * "(kill)" go, "(complain)" stays and so is no guest's label. Of a stack the part that is svirt's.
 * text is changed; the result points into it. */
const char *sv_apparmor_label(char *text);

/* The label of this process. The caller owns *ret. */
int sv_apparmor_self(char **ret, struct sv_error *err) sv_must_check;
/* The operation of_pid (driver.h). */
int sv_apparmor_of_pid(pid_t pid, char **ret, struct sv_error *err) sv_must_check;

/* parser.c */

/* A compiled profile. */
struct sv_apparmor_blob {
	char *bytes;
	size_t n;
};

/* Has apparmor_parser(8) compile text for the features of this kernel. An error has what the parser
 * says. The caller frees ret->bytes. */
int sv_apparmor_compile(const char *text, struct sv_apparmor_blob *ret,
			struct sv_error *err) sv_must_check;
/* Which parser and which kernel: what they make of one text is always the same. SV_E_HOST: there is
 * no parser. The caller owns *ret. */
int sv_apparmor_toolchain(char **ret, struct sv_error *err) sv_must_check;

/* cache.c */

/* The compiled profiles, one for each label, in a directory that only root may read. What cannot be
 * kept is compiled again, so nothing here is an error. */
struct sv_apparmor_key {
	const char *dir, *label;
	const char *toolchain, *text; /* what it was compiled by and from */
};
/* SV_NONE: it has to be compiled. The caller frees ret->bytes. */
int sv_apparmor_cached(const struct sv_apparmor_key *key, struct sv_apparmor_blob *ret);
void sv_apparmor_keep(const struct sv_apparmor_key *key, const struct sv_apparmor_blob *blob);
void sv_apparmor_drop(const struct sv_apparmor_key *key);

/* rules.c: contracts in driver.h. */
extern const struct sv_rule_ops sv_apparmor_rules;

/* ask.c: contracts in driver.h. */
int sv_apparmor_may_start(const char *self, const struct sv_subject *subject, const char *emulator,
			  struct sv_error *err) sv_must_check;
