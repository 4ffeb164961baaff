/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options of QEMU that a document may add, and which of their values are files. For
 * domain/extra*.c only.
 */
#pragma once

#include "domain/extra.h"

enum sv_option_form {
	SV_OPTION_FLAG,	  /* takes no value */
	SV_OPTION_TEXT,	  /* the value is data for the guest */
	SV_OPTION_FILE,	  /* the value is the name of a file that is only read */
	SV_OPTION_KEYS,	  /* key=value,key=value */
	SV_OPTION_SET,	  /* device.ID.PROPERTY=VALUE */
	SV_OPTION_REFUSE, /* svirt sets it itself, or it could undo the confinement */
};

struct sv_option_key {
	const char *name;
	enum sv_extra_kind kind;
	bool readonly;
};

struct sv_option {
	const char *name;
	enum sv_option_form form;
	const char *implied;		   /* KEYS: the key of a first word without one */
	const struct sv_option_key *files; /* KEYS: keys whose value is a file */
	const char *const *texts;	   /* KEYS: keys whose value may have a '/' */
	const char *reason;		   /* REFUSE */
};

/* NULL: not in the list. */
const struct sv_option *sv_option_find(const char *name);

/* Whether an -object of this type is allowed: it is for the guest, and neither controls the VMM
 * (qtest, a remote device) nor uses the host (a keyring, its network). */
bool sv_option_has_object(const char *type);

/* Whether -set may give this property of a device another value: it changes what the guest sees,
 * and names nothing of the host. */
bool sv_option_has_property(const char *name);
