/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The images behind one disk, as far as their headers are to be believed: what the domain names,
 * then what headers name and was accepted, and nothing that no header may bring in.
 */
#pragma once

#include "guest/files/pins.h"

/* Who asks for which disk. Everything is borrowed. */
struct sv_chain {
	const struct svirt *sv;
	const struct sv_own *own;
	struct sv_pins pins;
	bool accept; /* what the headers of this disk name now is accepted, as far as that can be */
	sv_files_fn fn; /* told of what is wrong beside the error; or NULL */
	void *data;
	enum sv_files_part part; /* out: what the error is about */
};

/* The graph of the disk, empty where its own file cannot be had: that is the plan's to say. Each
 * header is read once. Errors have the disk and its line. The caller frees *ret. */
int sv_chain_read(struct sv_chain *chain, struct sv_image_graph *ret,
		  struct sv_error *err) sv_must_check;
