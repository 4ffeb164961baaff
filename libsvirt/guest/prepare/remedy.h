/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hints for a file that a guest may not use. The kernel is asked about each remedy before it is
 * offered. Decides nothing and changes nothing.
 */
#pragma once

#include "plan/plan.h"

struct sv_refused {
	const struct sv_resource *res;
	const struct sv_layer *layer;
	const struct sv_node *node; /* the file, or a directory on the way */
	const struct sv_node *dir;  /* that the file is in; NULL: not known */
	const struct sv_step *step; /* of the file; NULL: node is a directory on the way */
	const char *path;	    /* of node, ready to be shown */
	const char *object;	    /* its label, as the guest would meet it */
	const struct sv_denial *why;
};

/* The guest may not use the type of a file or directory. Sets the hint of what. */
void sv_remedy_for_type(const struct sv_refused *refused, struct sv_error *what);

/* Mode, owner or ACL refuse the guest. Sets the hint of what. */
void sv_remedy_for_mode(const struct sv_refused *refused, struct sv_error *what);
