/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options of QEMU that a document may add, and what in their values is a file. For
 * domain/extra*.c only.
 */
#pragma once

#include "domain/extra.h"

enum sv_option_form {
	SV_OPTION_FLAG,	  /* takes no value */
	SV_OPTION_TEXT,	  /* the value is for the guest, whatever is in it */
	SV_OPTION_FILE,	  /* the value is the name of a file that is only read */
	SV_OPTION_KEYS,	  /* key=value,key=value */
	SV_OPTION_REFUSE, /* svirt's own, or a way out */
};

struct sv_option_key {
	const char *name;
	enum sv_extra_kind kind;
	bool readonly;
};

struct sv_option {
	const char *name;
	enum sv_option_form form;
	const char *implied;		   /* KEYS: what a first word without a key is */
	const struct sv_option_key *files; /* KEYS: those whose value is a file */
	const char *const *texts;	   /* KEYS: those whose value may hold a '/' */
	const char *reason;		   /* REFUSE */
};

/* NULL: not in the list. */
const struct sv_option *sv_option_find(const char *name);

/* Whether an -object of this type may be made: it is for the guest, and neither controls the VMM
 * (qtest, a remote device) nor reaches for the host (a keyring, input devices, its network). */
bool sv_option_has_object(const char *type);
