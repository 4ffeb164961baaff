/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of what became of labels: see undos.h. */
#include "guest/restore/undos.h"

#include "base/array.h"
#include "base/string.h"

/* NULL: without memory. */
static struct svirt_undo *append(struct sv_undo_list *list)
{
	struct svirt_undos *u = list->undos;
	struct svirt_undo *undo = sv_array_add(u->items, u->n);

	list->failed |= !undo;
	return undo;
}

void sv_undo_list_move(struct sv_undo_list *list, struct svirt_undo *item)
{
	struct svirt_undo *to = append(list);

	if (!to)
		return;
	*to = *item;
	*item = (struct svirt_undo){0};
}

static int fill_held(struct svirt_undo *undo, const struct sv_hold *hold, struct sv_error *err)
{
	int r = sv_strdup(hold->target, &undo->target, err);

	if (r == 0)
		r = sv_strdup(hold->wanted, &undo->wanted, err);
	if (r == 0)
		r = sv_strdup(hold->original, &undo->original, err);
	undo->dev = hold->dev;
	undo->ino = hold->ino;
	return r;
}

void sv_undo_list_add(struct sv_undo_list *list, const struct sv_undo_note *note)
{
	struct svirt_undo *undo = append(list);
	struct sv_error e = {0};

	if (!undo)
		return;
	list->failed |= sv_strdup(list->guest, &undo->guest, &e) < 0 ||
			sv_strdup(note->driver, &undo->driver, &e) < 0 ||
			sv_strdup(note->path, &undo->path, &e) < 0 ||
			sv_strdup(note->result, &undo->result, &e) < 0 ||
			sv_strdup(note->label, &undo->label, &e) < 0 ||
			sv_strdup(note->reason, &undo->reason, &e) < 0 ||
			(note->hold && fill_held(undo, note->hold, &e) < 0);
}

void sv_undo_list_event(void *data, const struct sv_undo_event *event)
{
	struct sv_undo_list *list = data;
	struct sv_undo_note note = {
		.driver = event->hold->driver,
		.path = event->hold->path,
		.result = sv_undo_result_name(event->result),
		.label = event->found,
		.reason = event->reason,
		.hold = event->hold,
	};

	if (!list->now && event->result == SV_UNDO_GONE)
		note.label = event->hold->wanted; /* it still has that, wherever it is */
	else if (!list->now && event->to && event->result != SV_UNDO_CHANGED &&
		 event->result != SV_UNDO_FAILED)
		note.label = event->to;
	if (event->result == SV_UNDO_RESTORED && list->dry)
		note.result = "would-restore";
	if (event->result == SV_UNDO_FAILED)
		list->undos->failed++;
	sv_undo_list_add(list, &note);
}
