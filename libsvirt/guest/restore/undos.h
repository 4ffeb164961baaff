/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filling the public list of what became, or would become, of each label. Decides nothing. */
#pragma once

#include "plan/plan.h"
#include "svirt.h"

struct sv_undo_list {
	struct svirt_undos *undos;
	const char *guest; /* of the events to come, borrowed */
	bool dry;	   /* what events tell has not happened: "would-restore" */
	bool now;	   /* label is what the file has, not what it is to have */
	bool failed;	   /* without memory: to be asked when all is told */
};

/* All text borrowed. */
struct sv_undo_note {
	const char *driver, *path, *result, *label, *reason;
	const struct sv_hold *hold; /* NULL: it does not stand in the journal */
};
void sv_undo_list_add(struct sv_undo_list *list, const struct sv_undo_note *note);

/* Takes what item has, which is empty then. */
void sv_undo_list_move(struct sv_undo_list *list, struct svirt_undo *item);

/* A sv_undo_fn; data is the list. */
void sv_undo_list_event(void *data, const struct sv_undo_event *event);
