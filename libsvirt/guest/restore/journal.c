/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The journal, inode by inode: see journal.h. plan/undo.c says what undo would do; here the holders
 * get their names, and the holders of one inode are put together.
 */
#include "guest/restore/journal.h"

#include "base/string.h"
#include "guest/restore/undos.h"
#include "guest/state/leases.h"
#include "guest/state/rundir.h"

struct reader {
	struct sv_leases leases; /* in order of id */
	struct sv_undo_list list;
};

static int by_id(const void *key, const void *item)
{
	const int64_t *id = key;
	const struct sv_lease *lease = item;

	return (*id > lease->id) - (*id < lease->id);
}

static void on_event(void *data, const struct sv_undo_event *event)
{
	struct reader *reader = data;
	const struct sv_leases *leases = &reader->leases;
	const struct sv_lease *lease = leases->n ? bsearch(&event->hold->guest, leases->items,
							   leases->n, sizeof(*lease), by_id)
						 : NULL;

	/* a foreign key makes sure that a hold has its lease */
	reader->list.guest = lease ? lease->name : "?";
	sv_undo_list_event(&reader->list, event);
}

static int by_inode(const void *a, const void *b)
{
	const struct svirt_undo *x = a, *y = b;
	int r;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	/* selinux before dac, as they are applied */
	r = strcmp(y->driver, x->driver);
	return r ? r : strcmp(x->guest, y->guest);
}

static bool same_inode(const struct svirt_undo *a, const struct svirt_undo *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

/* Returns the inodes that name holds, each with all its holders. */
static void pick(struct svirt_undos *all, const char *name, struct sv_undo_list *ret)
{
	size_t first, end, i;

	for (first = 0; first < all->n; first = end) {
		bool held = false;

		for (end = first; end < all->n && same_inode(&all->items[end], &all->items[first]);
		     end++)
			held |= sv_streq(all->items[end].guest, name);
		for (i = first; held && i < end; i++)
			sv_undo_list_move(ret, &all->items[i]);
	}
}

static int read_all(struct sv_store *store, unsigned flags, struct reader *reader,
		    struct sv_error *err)
{
	const struct sv_undo_how how = {
		.policy = flags & SVIRT_TO_POLICY,
		.fn = on_event,
		.data = reader,
	};
	int r = sv_store_begin(store, err); /* so that leases and holds fit each other */

	if (r < 0)
		return r;
	r = sv_leases_read(store, SV_LEASES_ALL, &reader->leases, err);
	if (r == 0)
		r = sv_plan_foresee(store, 0, &how, err);
	sv_store_rollback(store);
	return r;
}

int sv_journal_read(struct svirt *sv, const char *name, unsigned flags, struct svirt_undos **ret,
		    struct sv_error *err)
{
	sv_cleanup(svirt_undos_free) struct svirt_undos *all = calloc(1, sizeof(*all));
	sv_cleanup(svirt_undos_free) struct svirt_undos *picked = calloc(1, sizeof(*picked));
	struct sv_undo_list list = {.undos = picked};
	struct reader reader = {.list = {.undos = all, .now = true, .dry = true}};
	sv_auto_store struct sv_store *store = NULL;
	int r = all && picked ? 0 : sv_fail_oom(err);

	if (r == 0 && name)
		r = sv_guest_check_name(name, err);
	if (r == 0)
		r = sv_store_open(sv->state_dir, SV_STORE_READ, &store, err);
	if (r == 0)
		r = read_all(store, flags, &reader, err);
	sv_leases_done(&reader.leases);
	if (r < 0)
		return r;
	if (all->n)
		qsort(all->items, all->n, sizeof(*all->items), by_inode);
	if (name)
		pick(all, name, &list);
	if (reader.list.failed || list.failed)
		return sv_fail_oom(err);
	*ret = name ? sv_take_ptr(picked) : sv_take_ptr(all);
	return 0;
}
