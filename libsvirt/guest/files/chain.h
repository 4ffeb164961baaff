/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds the images behind one disk: those that the domain names, then those that headers name and
 * that were accepted. A header never adds a file that headers may not bring in.
 */
#pragma once

#include "guest/files/pins.h"

/* The disk in question, and the guest that has it. Everything is borrowed. */
struct sv_chain {
	const struct svirt *sv;
	const struct sv_own *own;
	struct sv_pins pins;
	bool accept;	/* accept what the headers of this disk name now, where that is possible */
	sv_files_fn fn; /* told of further faults beside the error; or NULL */
	void *data;
	enum sv_files_part part; /* out: what the error is about */
};

/* The graph of the disk. It is empty when the disk's own file cannot be opened; the plan reports
 * that. Each header is read once. Errors have the disk and its line. The caller frees *ret. */
int sv_chain_read(struct sv_chain *chain, struct sv_image_graph *ret,
		  struct sv_error *err) sv_must_check;
