/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copying leases out of the store: see leases.h. */
#include "guest/state/leases.h"

#include "base/array.h"
#include "base/string.h"

static int copy_lease(const struct sv_lease *from, struct sv_lease *ret, struct sv_error *err)
{
	sv_auto_lease struct sv_lease copy = *from;
	int r;

	copy.name = copy.model = copy.label = copy.image = NULL;
	copy.level = copy.group = copy.joined = copy.owner = copy.emulator = NULL;
	r = sv_strdup(from->name, &copy.name, err);
	if (r == 0)
		r = sv_strdup(from->model, &copy.model, err);
	if (r == 0)
		r = sv_strdup(from->label, &copy.label, err);
	if (r == 0)
		r = sv_strdup(from->image, &copy.image, err);
	if (r == 0)
		r = sv_strdup(from->level, &copy.level, err);
	if (r == 0)
		r = sv_strdup(from->group, &copy.group, err);
	if (r == 0)
		r = sv_strdup(from->joined, &copy.joined, err);
	if (r == 0)
		r = sv_strdup(from->owner, &copy.owner, err);
	if (r == 0)
		r = sv_strdup(from->emulator, &copy.emulator, err);
	if (r < 0)
		return r;
	*ret = copy;
	copy = (struct sv_lease){0};
	return 0;
}

static int append(void *data, const struct sv_lease *lease, struct sv_error *err)
{
	struct sv_leases *list = data;
	struct sv_lease *item = sv_array_add(list->items, list->n);

	return item ? copy_lease(lease, item, err) : sv_fail_oom(err);
}

int sv_leases_read(struct sv_store *store, enum sv_lease_which which, struct sv_leases *ret,
		   struct sv_error *err)
{
	struct sv_leases list = {0};
	int r = sv_lease_each(store, which, append, &list, err);

	if (r < 0) {
		sv_leases_done(&list);
		return r;
	}
	*ret = list;
	return 0;
}

void sv_leases_done(struct sv_leases *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		sv_lease_done(&list->items[i]);
	free(list->items);
	*list = (struct sv_leases){0};
}
