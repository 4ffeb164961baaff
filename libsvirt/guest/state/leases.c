/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copying leases out of the store: see leases.h. */
#include "guest/state/leases.h"

#include "base/array.h"
#include "base/string.h"
#include "driver/driver.h"

_Static_assert(SV_LEASE_LAYERS == SV_MAX_LAYERS, "a lease has room for each layer");

const struct sv_lease_layer *sv_lease_main(const struct sv_lease *lease)
{
	for (size_t i = 0; i < lease->n_layers; i++) {
		const struct sv_driver *driver = sv_driver_find(lease->layers[i].driver);

		if (!driver || driver->mac)
			return &lease->layers[i];
	}
	return NULL;
}

static int append(void *data, const struct sv_lease *lease, struct sv_error *err)
{
	struct sv_leases *list = data;
	struct sv_lease *item = sv_array_add(list->items, list->n);

	return item ? sv_lease_copy(lease, item, err) : sv_fail_oom(err);
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
