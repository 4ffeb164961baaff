/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of what happened to labels: see undos.h. */
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

static int fill(const char *guest, const struct sv_undo_note *note, struct svirt_undo *undo,
		struct sv_error *err)
{
	const struct sv_text texts[] = {
		{guest, &undo->guest},	     {note->driver, &undo->driver},
		{note->path, &undo->path},   {note->result, &undo->result},
		{note->label, &undo->label}, {note->reason, &undo->reason},
	};

	return sv_strdup_all(texts, SV_N_ELEMENTS(texts), err);
}

static int fill_held(const struct sv_hold *hold, struct svirt_undo *undo, struct sv_error *err)
{
	const struct sv_text texts[] = {
		{hold->target, &undo->target},
		{hold->wanted, &undo->wanted},
		{hold->original, &undo->original},
	};

	undo->dev = hold->dev;
	undo->ino = hold->ino;
	return sv_strdup_all(texts, SV_N_ELEMENTS(texts), err);
}

void sv_undo_list_add(struct sv_undo_list *list, const struct sv_undo_note *note)
{
	struct svirt_undo *undo = append(list);
	struct sv_error e = {0};

	if (!undo)
		return;
	list->failed |= fill(list->guest, note, undo, &e) < 0 ||
			(note->hold && fill_held(note->hold, undo, &e) < 0);
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
		note.label = event->hold->wanted; /* the file still has it, wherever it is */
	else if (!list->now && event->to && event->result != SV_UNDO_CHANGED &&
		 event->result != SV_UNDO_FAILED)
		note.label = event->to;
	if (event->result == SV_UNDO_RESTORED && list->dry)
		note.result = "would-restore";
	if (event->result == SV_UNDO_FAILED)
		list->undos->failed++;
	sv_undo_list_add(list, &note);
}
