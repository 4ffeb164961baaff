/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules that a security model has for one guest alone, made from all that this one may reach. A
 * part of driver/driver.h, which has what the rules are for.
 */
#pragma once

#include "base/nodes.h"
#include "domain/resource/resource.h"

#include <stdint.h>

struct sv_subject;

/* All that one guest may reach, for models that write rules instead of labels. Borrowed. */
struct sv_scope {
	const struct sv_resources *resources; /* of the document */
	unsigned needs;			      /* of the document: sv_needs_of() */
	const char *emulator;
	const char *swtpm;	      /* NULL: the guest has no such process */
	const char *run_dir;	      /* the guest's own directory */
	const struct sv_ports *ports; /* of the document: sv_ports_of() */
	const struct sv_nodes *nodes; /* the resources that are there, as they were planned */
	bool alone;		      /* no other mandatory model confines the guest */
};

/* Rules that exist only while their guest does: loaded before its first process, unloaded after its
 * last one. Each is found again by the label alone, because a repair knows nothing else. */
struct sv_rule_ops {
	uint64_t undo_caps; /* the capabilities (bits 1 << CAP_...) that unload() takes */

	/* Whether load() would accept them: a path that cannot be said, a program that is missing.
	 * Changes nothing. */
	int (*check)(const struct sv_subject *subject, const struct sv_scope *scope,
		     struct sv_error *err);
	/* Loads the rules of subject, in place of any that are loaded for its label. SV_E_BUSY: a
	 * process is under those. *ret: where the rules are a descriptor of this process, that one,
	 * for struct sv_layer; else it is left alone. */
	int (*load)(const struct sv_subject *subject, const struct sv_scope *scope, int *ret,
		    struct sv_error *err);
	/* Removes the rules of label. Without any it does nothing. SV_E_BUSY: a process is still
	 * under them, which would be free without. */
	int (*unload)(const char *label, struct sv_error *err);
	/* Calls fn for the label of each set of svirt's rules that is loaded. A return of fn other
	 * than 0 ends the walk and is returned. */
	int (*each)(int (*fn)(void *data, const char *label, struct sv_error *err), void *data,
		    struct sv_error *err);
};
