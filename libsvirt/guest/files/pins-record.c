/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes and forgets pins: see pins.h. In a transaction. No header is read again for it. */
#include "guest/files/pins.h"

#include "base/array.h"
#include "base/fhandle.h"
#include "base/proc.h"
#include "base/string.h"
#include "guest/files/header.h"

static bool is_same_entry(const struct sv_pin_file *a, const struct sv_pin_file *b)
{
	return a->depth == b->depth && sv_streq(a->what, b->what) && sv_streq(a->path, b->path) &&
	       sv_streq(a->name, b->name) && sv_streq(a->format, b->format);
}

/* Whether the pins are the same, so that there is nothing to write. */
static bool is_same_pin(const struct sv_pin *a, const struct sv_pin *b)
{
	size_t i = 0;

	if (a->dev != b->dev || a->n_files != b->n_files || !sv_streq(a->boot, b->boot) ||
	    !sv_streq(a->path, b->path) || !sv_streq(a->guest, b->guest))
		return false;
	while (i < a->n_files && is_same_entry(&a->files[i], &b->files[i]))
		i++;
	return i == a->n_files;
}

/* Whether the file of the pin is deleted. When that cannot be found out, the pin is kept. */
static bool is_deleted(const struct sv_pin *pin, const char *boot)
{
	return sv_streq(pin->boot, boot) && pin->handle &&
	       sv_fhandle_is_gone(pin->handle, pin->path, pin->dev) == 0;
}

struct deleted {
	const char *boot;
	int64_t *ids;
	size_t n;
};

static int note_deleted(void *data, const struct sv_pin *pin, struct sv_error *err)
{
	struct deleted *deleted = data;
	int64_t *id;

	if (!is_deleted(pin, deleted->boot))
		return 0;
	id = sv_array_add(deleted->ids, deleted->n);
	if (!id)
		return sv_fail_oom(err);
	*id = pin->id;
	return 0;
}

/* Forgets pins of deleted files: those of this path, or all. In a transaction. */
static int forget(struct sv_store *store, const char *path, const char *boot, struct sv_error *err)
{
	struct deleted deleted = {.boot = boot};
	int r = sv_pin_each(store, path, false, note_deleted, &deleted, err);

	for (size_t i = 0; r == 0 && i < deleted.n; i++)
		r = sv_pin_remove(store, deleted.ids[i], err);
	free(deleted.ids);
	return r;
}

int sv_pins_forget_deleted(struct sv_store *store, struct sv_error *err)
{
	char boot[SV_UUID_LEN + 1];
	int r = sv_proc_boot(boot, err);

	if (r == 0)
		r = sv_store_begin(store, err);
	if (r < 0)
		return r;
	r = forget(store, NULL, boot, err);
	if (r == 0)
		r = sv_store_commit(store, err);
	if (r != 0)
		sv_store_rollback(store);
	return r;
}

/* Pins the file at path with these files behind it. */
static int put(const struct sv_pins *pins, const char *path, const char *guest,
	       struct sv_pin_file *files, size_t n_files, struct sv_error *err)
{
	sv_auto_pin struct sv_pin before = {0};
	sv_auto_free char *handle = NULL;
	const struct sv_node *node = NULL;
	struct sv_pin pin;
	int r = sv_pins_key(pins, path, &pin, err);

	if (r != 0)
		return r < 0 ? r : 0;
	pin.guest = (char *)(uintptr_t)guest;
	pin.files = files;
	pin.n_files = n_files;
	r = pin.tree ? SV_NONE : sv_pin_find(pins->store, &pin, &before, err);
	if (r < 0 || (r == 0 && is_same_pin(&before, &pin)))
		return r;
	/* another file had this path */
	r = r == SV_NONE ? forget(pins->store, path, pins->boot, err) : 0;
	if (r == 0)
		r = sv_nodes_open(pins->nodes, path, &node, err);
	if (r == 0)
		r = sv_fhandle_of(node->fd, &handle, err);
	pin.handle = handle;
	return r < 0 ? r : sv_pin_put(pins->store, &pin, err);
}

/* Pins the image at of graph. An image that is only read has a pin only when a guest had to write
 * it, and keeps it unless something else is accepted. */
static int record_image(const struct sv_pins *pins, const struct sv_image_graph *graph, size_t at,
			bool accept, struct sv_error *err)
{
	const struct sv_image_node *node = &graph->nodes[at];
	sv_auto_free struct sv_pin_file *files = calloc(graph->n, sizeof(*files));
	sv_auto_pin struct sv_pin before = {0};
	const char *guest = pins->dom->name;
	bool written = sv_header_is_written(node);
	size_t n = 0;
	int r;

	if (!files)
		return sv_fail_oom(err);
	if (!written && !accept)
		return 0;
	r = written ? 0 : sv_pins_find(pins, node->path, &before, err);
	if (r != 0)
		return r < 0 ? r : 0;
	if (!written)
		guest = before.guest;
	for (size_t i = at + 1; i < graph->n; i++)
		files[n++] = sv_pins_file(graph, at, &graph->nodes[i]);
	return put(pins, node->path, guest, files, n, err);
}

/* Checks the whole disk before the first pin is written. */
static int check_disk(const struct sv_pins *pins, const struct sv_image_graph *graph, bool accept,
		      struct sv_error *err)
{
	int r = accept ? 0 : sv_pins_compare(pins, graph, err);

	for (size_t i = 0; r == 0 && i < graph->n; i++) {
		const struct sv_image_node *node = &graph->nodes[i];

		if (!node->given && node->path)
			r = sv_pins_check_holder(pins, graph, node, err);
	}
	return r;
}

static int record_disk(const struct sv_pins *pins, const struct sv_image_graph *graph, bool accept,
		       struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < graph->n; i++) {
		const struct sv_image_node *node = &graph->nodes[i];

		if (node->part == SV_IMAGE_WHOLE && node->path)
			r = record_image(pins, graph, i, accept, err);
		else if (node->path && sv_header_is_written(node))
			r = put(pins, node->path, pins->dom->name, NULL, 0, err);
	}
	return r;
}

/* Pins the other files that the guest may write, because a file may later be used as a disk. */
static int record_others(const struct sv_pins *pins, const struct sv_resources *resources,
			 struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < resources->n; i++) {
		const struct sv_resource *res = &resources->items[i];
		struct sv_error missing = {0};
		const struct sv_node *node = NULL;

		if (res->role || res->own || res->access == SV_ACCESS_RO)
			continue;
		/* the plan has opened it; a file that is missing will be made by the guest */
		if (sv_nodes_open(pins->nodes, res->path, &node, &missing) == 0)
			r = put(pins, res->path, pins->dom->name, NULL, 0, err);
	}
	return r;
}

int sv_pins_record(struct sv_store *store, const struct sv_domain *dom, struct sv_files *files,
		   const char *const *accept, struct sv_error *err)
{
	struct sv_pins pins = {.store = store, .nodes = &files->nodes, .dom = dom};
	int r = sv_proc_boot(pins.boot, err);

	for (size_t i = 0; r == 0 && i < files->images.n; i++) {
		const struct sv_image_graph *graph = &files->images.graphs[i];

		bool accepted;

		pins.disk = &dom->disks[i];
		accepted = sv_pins_accepts(accept, pins.disk->target);
		r = check_disk(&pins, graph, accepted, err);
		if (r == 0)
			r = record_disk(&pins, graph, accepted, err);
		if (r < 0) {
			(void)sv_wrap(err, "disk %s", pins.disk->target);
			return sv_error_place(err, dom->file, pins.disk->line);
		}
	}
	return r == 0 ? record_others(&pins, &files->resources, err) : r;
}
