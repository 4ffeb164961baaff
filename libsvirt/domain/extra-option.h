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

/* A key whose values are a closed list, because they decide the meaning of the other keys. */
struct sv_option_choice {
	const char *key;
	const char *const *values; /* ends with NULL */
	const char *what, *hint;   /* of the message about any other value */
	bool nested;		   /* also after a dot: "file.driver" */
	bool needed;		   /* without the key QEMU would choose */
};

struct sv_option {
	const char *name;
	enum sv_option_form form;
	const char *implied;		   /* KEYS: the key of a first word without one */
	const struct sv_option_key *files; /* KEYS: keys whose value is a file */
	const char *const *texts;	   /* KEYS: keys whose value may have a '/' */
	const char *const *nodes;	   /* KEYS: last parts of keys that take an id, no file */
	const char *const *keys;	   /* KEYS: all that take no file; NULL: any */
	const struct sv_option_choice *choices; /* KEYS: ends with a NULL key */
	const char *reason;			/* REFUSE */
};

/* NULL: not in the list. */
const struct sv_option *sv_option_find(const char *name);

/* The last part of a key: "filename" of "backing.filename". */
const char *sv_option_last_part(const char *key);

/* What the last part of a key says about its value, in any option and whatever the value looks
 * like: QEMU opens it as a file; it is a descriptor that QEMU has. */
bool sv_option_is_file(const char *key);
bool sv_option_is_descriptor(const char *key);

/* Whether -set may give this property of a device another value: it changes what the guest sees,
 * and names nothing of the host. */
bool sv_option_has_property(const char *name);
