/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fills the public list of what happened, or would happen, to each label. Decides nothing. */
#pragma once

#include "plan/plan.h"
#include "svirt.h"

struct sv_undo_list {
	struct svirt_undos *undos;
	const char *guest; /* of the following events, borrowed */
	bool dry;	   /* events have not happened: "would-restore" */
	bool now;	   /* label is the present one, not the one that the file gets back */
	bool failed;	   /* out of memory; to be checked at the end */
};

/* All text borrowed. */
struct sv_undo_note {
	const char *driver, *path, *result, *label, *reason;
	const struct sv_hold *hold; /* NULL: it is not in the journal */
};
void sv_undo_list_add(struct sv_undo_list *list, const struct sv_undo_note *note);

/* Moves item into the list; item is empty afterwards. */
void sv_undo_list_move(struct sv_undo_list *list, struct svirt_undo *item);

/* A sv_undo_fn; data is the list. */
void sv_undo_list_event(void *data, const struct sv_undo_event *event);
