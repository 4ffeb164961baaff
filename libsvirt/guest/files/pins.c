/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compares headers with pins: see pins.h. A pin has all files below its image, whether the domain
 * or a header named them. What the domain names is compared with the header elsewhere
 * (domain/image/given.c) and needs no pin. A pin has the names and not a digest, because a message
 * has to show what was there before. Only what the parser has read is used.
 */
#include "guest/files/pins.h"

#include "base/string.h"
#include "guest/files/header.h"

#include <sys/stat.h>

#define SHOWN 100

bool sv_pins_accepts(const char *const *accept, const char *target)
{
	for (; accept && *accept; accept++) {
		if (sv_streq(*accept, target))
			return true;
	}
	return false;
}

/* The number of images above node, or above the image that node is a part of. */
static uint32_t depth_of(const struct sv_image_graph *graph, const struct sv_image_node *node)
{
	uint32_t depth = node->part == SV_IMAGE_WHOLE ? 1 : 0;
	size_t at = node->overlay;

	if (at == SV_IMAGE_NO_OVERLAY)
		return 0;
	while (graph->nodes[at].overlay != SV_IMAGE_NO_OVERLAY) {
		at = graph->nodes[at].overlay;
		depth++;
	}
	return depth;
}

struct sv_pin_file sv_pins_file(const struct sv_image_graph *graph, size_t at,
				const struct sv_image_node *node)
{
	const char *format = node->probed ? NULL : sv_image_format_name(node->format);

	return (struct sv_pin_file){
		.depth = depth_of(graph, node) - depth_of(graph, &graph->nodes[at]),
		.what = (char *)(uintptr_t)sv_header_part_name(node->part),
		.name = node->name,
		.path = (char *)(uintptr_t)sv_header_name_of(node),
		.format = (char *)(uintptr_t)format,
	};
}

/* Whether a and b are the same part of the same image. */
static bool is_same_part(const struct sv_pin_file *a, const struct sv_pin_file *b)
{
	return a->depth == b->depth && sv_streq(a->what, b->what);
}

/* Whether a and b are also the same file. When a directory was moved with all its images, relative
 * names in them still fit. */
static bool is_same_file(const struct sv_pin *pin, const char *image, const struct sv_pin_file *a,
			 const struct sv_pin_file *b)
{
	if (!is_same_part(a, b))
		return false;
	return sv_streq(a->path, b->path) || (!sv_streq(pin->path, image) && a->name &&
					      a->name[0] != '/' && sv_streq(a->name, b->name));
}

static const struct sv_pin_file *find_file(const struct sv_pin *pin, const char *image,
					   const struct sv_pin_file *file)
{
	for (size_t i = 0; i < pin->n_files; i++) {
		if (is_same_file(pin, image, &pin->files[i], file))
			return &pin->files[i];
	}
	return NULL;
}

static const struct sv_pin_file *find_part(const struct sv_pin *pin, const struct sv_pin_file *file)
{
	for (size_t i = 0; i < pin->n_files; i++) {
		if (is_same_part(&pin->files[i], file))
			return &pin->files[i];
	}
	return NULL;
}

static bool is_pinnable(const struct sv_node *node)
{
	return S_ISREG(node->mode) || S_ISDIR(node->mode);
}

int sv_pins_key(const struct sv_pins *pins, const char *path, struct sv_pin *ret,
		struct sv_error *err)
{
	const struct sv_node *node = NULL;
	int r = sv_nodes_open(pins->nodes, path, &node, err);

	if (r < 0)
		return r;
	if (!is_pinnable(node))
		return SV_NONE;
	*ret = (struct sv_pin){
		.dev = node->dev,
		.ino = node->ino,
		.born = node->born,
		.path = (char *)(uintptr_t)path,
		.tree = S_ISDIR(node->mode),
	};
	memcpy(ret->boot, pins->boot, sizeof(ret->boot));
	return 0;
}

int sv_pins_find(const struct sv_pins *pins, const char *path, struct sv_pin *ret,
		 struct sv_error *err)
{
	struct sv_pin key;
	int r = pins->store ? sv_pins_key(pins, path, &key, err) : SV_NONE;

	if (r != 0)
		return r;
	r = sv_pin_find(pins->store, &key, ret, err);
	if (r == SV_NONE)
		r = sv_pin_above(pins->store, path, &ret->guest, err);
	return r;
}

/* How a user names this domain. */
static const char *spec_of(const struct sv_domain *dom)
{
	return sv_streq(dom->file, "-") ? dom->name : dom->file;
}

static const char *say(const struct sv_pin_file *file, char out[SHOWN + 32])
{
	char shown[SHOWN];

	if (!file)
		(void)snprintf(out, SHOWN + 32, "none");
	else
		(void)snprintf(out, SHOWN + 32, "'%s' (%s)",
			       sv_escape(file->path, shown, sizeof(shown)),
			       file->format ? file->format : "no format named");
	return out;
}

/* Fills the error for a difference. before or now may be NULL, when there was or is no such file.
 */
static int fail_differs(const struct sv_pins *pins, const char *image, const struct sv_pin *pin,
			const struct sv_pin_file *before, const struct sv_pin_file *now,
			struct sv_error *err)
{
	char shown[SHOWN], guest[80], old[SHOWN + 32], new[SHOWN + 32];
	const struct sv_pin_file *file = now ? now : before;

	(void)sv_fail(
		err, SV_E_BUSY, 0,
		"image '%s': guest '%s' has had its header to write, which names another %s%s "
		"than was accepted: %s before, %s now",
		sv_escape(image, shown, sizeof(shown)), sv_escape(pin->guest, guest, sizeof(guest)),
		file->what,
		file->depth > (uint32_t)sv_streq(file->what, "backing file") ? " further down" : "",
		say(before, old), say(now, new));
	return sv_hint(err,
		       "a guest can write its header; if it was you who changed the chain: svirt "
		       "start --accept-chain=%s %s",
		       pins->disk->target, sv_escape(spec_of(pins->dom), shown, sizeof(shown)));
}

static int fail_holder(const struct sv_image_graph *above, const struct sv_image_node *node,
		       const char *guest, const char *how, struct sv_error *err)
{
	char image[SHOWN], path[SHOWN], shown[80];

	(void)sv_fail(err, SV_E_BUSY, 0,
		      "image '%s': its header names the %s '%s', which no header brings in: guest "
		      "'%s' %s",
		      sv_escape(above->nodes[node->overlay].path, image, sizeof(image)),
		      sv_header_part_name(node->part), sv_escape(node->path, path, sizeof(path)),
		      sv_escape(guest, shown, sizeof(shown)), how);
	return sv_hint(err, "a guest that writes an image writes its header: see who did; a file "
			    "that is wanted has to be named by <backingStore> or <dataStore>");
}

/* Refuses a file that another guest had to write, unless that guest's own image led to it and this
 * guest got both. */
static int check_writer(const struct sv_pins *pins, const struct sv_image_graph *graph,
			const struct sv_image_node *node, struct sv_error *err)
{
	const struct sv_image_node *image = &graph->nodes[node->overlay];
	const struct sv_pin_file file = sv_pins_file(graph, node->overlay, node);
	sv_auto_pin struct sv_pin pin = {0}, above = {0};
	int r = sv_pins_find(pins, node->path, &pin, err);

	if (r != 0 || sv_streq(pin.guest, pins->dom->name))
		return r < 0 ? r : 0;
	r = sv_pins_find(pins, image->path, &above, err);
	if (r < 0 ||
	    (r == 0 && sv_streq(above.guest, pin.guest) && find_file(&above, image->path, &file)))
		return r;
	return fail_holder(graph, node, pin.guest, "has had it to write", err);
}

int sv_pins_check_holder(const struct sv_pins *pins, const struct sv_image_graph *above,
			 const struct sv_image_node *node, struct sv_error *err)
{
	sv_auto_free char *guest = NULL;
	int r = check_writer(pins, above, node, err);

	if (r < 0 || !pins->store || !sv_header_is_written(node))
		return r;
	r = sv_pin_below(pins->store, node->path, &guest, err);
	if (r != 0)
		return r < 0 ? r : 0;
	return fail_holder(above, node, guest, "has an image that lies on it", err);
}

static bool is_image(const struct sv_image_node *node)
{
	return node->part == SV_IMAGE_WHOLE && node->path;
}

int sv_pins_allow(const struct sv_pins *pins, const struct sv_image_graph *above,
		  const struct sv_image_node *node, struct sv_error *err)
{
	for (size_t i = 0; i <= node->overlay; i++) {
		const char *image = above->nodes[i].path;
		sv_auto_pin struct sv_pin pin = {0};
		struct sv_pin_file now;
		int r = is_image(&above->nodes[i]) ? sv_pins_find(pins, image, &pin, err) : SV_NONE;

		if (r < 0)
			return r;
		now = sv_pins_file(above, i, node);
		if (r == SV_NONE || find_file(&pin, image, &now))
			continue;
		/* the format of an image is not known before its header is read */
		if (node->part == SV_IMAGE_WHOLE)
			now.format = NULL;
		return fail_differs(pins, image, &pin, find_part(&pin, &now), &now, err);
	}
	return 0;
}

/* Whether graph still has what the pin of the image at has in file. */
static bool is_there(const struct sv_image_graph *graph, size_t at, const struct sv_pin *pin,
		     const struct sv_pin_file *file)
{
	for (size_t i = at + 1; i < graph->n; i++) {
		const struct sv_pin_file now = sv_pins_file(graph, at, &graph->nodes[i]);

		if (is_same_file(pin, graph->nodes[at].path, file, &now))
			return true;
	}
	return false;
}

/* Whether the domain names the file, so that it needs no pin. When it names a backing file without
 * a format, the format comes from the header. */
static bool is_domains_word(const struct sv_pins *pins, const struct sv_image_graph *graph,
			    const struct sv_image_node *node, const struct sv_pin_file *before)
{
	uint32_t depth = depth_of(graph, node);

	if (!node->given || !before || node->part != SV_IMAGE_WHOLE)
		return node->given;
	return depth == 0 || depth > pins->disk->n_chain || pins->disk->chain[depth - 1].format;
}

/* Compares the image at of graph with its pin. */
static int compare(const struct sv_pins *pins, const struct sv_image_graph *graph, size_t at,
		   const struct sv_pin *pin, struct sv_error *err)
{
	const char *image = graph->nodes[at].path;
	bool domain = pins->disk->n_chain || pins->disk->chain_ends;

	for (size_t i = at + 1; i < graph->n; i++) {
		const struct sv_pin_file now = sv_pins_file(graph, at, &graph->nodes[i]);
		const struct sv_pin_file *before = find_file(pin, image, &now);

		if (is_domains_word(pins, graph, &graph->nodes[i], before) ||
		    (before && sv_streq(before->format, now.format)))
			continue;
		return fail_differs(pins, image, pin, before ? before : find_part(pin, &now), &now,
				    err);
	}
	for (size_t i = 0; i < pin->n_files; i++) {
		const struct sv_pin_file *before = &pin->files[i];

		if (!(domain && before->depth > 0) && !is_there(graph, at, pin, before))
			return fail_differs(pins, image, pin, before, NULL, err);
	}
	return 0;
}

int sv_pins_compare(const struct sv_pins *pins, const struct sv_image_graph *graph,
		    struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < graph->n; i++) {
		sv_auto_pin struct sv_pin pin = {0};

		if (!is_image(&graph->nodes[i]))
			continue;
		r = sv_pins_find(pins, graph->nodes[i].path, &pin, err);
		r = r == 0 ? compare(pins, graph, i, &pin, err) : r;
		r = r == SV_NONE ? 0 : r;
	}
	return r;
}
