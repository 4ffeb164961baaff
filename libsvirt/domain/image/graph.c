/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Walks a backing chain from the top. It finds the next file (named by the domain, then by a json:
 * name, then by the header) and its format, and makes sure that no file is met twice. Reads nothing
 * itself.
 */
#include "domain/image/graph.h"

#include "base/array.h"
#include "base/string.h"

struct builder {
	const struct sv_image_request *req;
	struct sv_image_graph graph;
	struct sv_image_header headers[SV_IMAGE_DEPTH_MAX]; /* refs borrow from them */
	size_t depth;
};

/* The pieces of the file that is being read. */
struct loaded {
	struct sv_image_piece pieces[SV_IMAGE_PIECES_MAX];
	uint8_t *owned[SV_IMAGE_PIECES_MAX];
	struct sv_image_bytes in;
};

static void loaded_done(struct loaded *l)
{
	size_t i;

	for (i = 0; i < l->in.n; i++)
		free(l->owned[i]);
}

static void builder_done(struct builder *b)
{
	size_t i;

	for (i = 0; i < b->depth; i++)
		sv_image_header_done(&b->headers[i]);
	sv_image_graph_done(&b->graph);
}

const char *sv_image_role_name(enum sv_image_role role)
{
	switch (role) {
	case SV_IMAGE_RW_TOP:
		return "rw-top";
	case SV_IMAGE_SHARED_RW:
		return "shared-rw";
	case SV_IMAGE_RO:
		return "ro";
	case SV_IMAGE_DATA_FILE:
		return "data-file";
	case SV_IMAGE_RO_BASE:
		return "ro-base";
	}
	return "?";
}

/* Puts the file before the message. */
static int about(const char *path, struct sv_error *err)
{
	char shown[192];

	return sv_wrap(err, "image '%s'", sv_escape(path, shown, sizeof(shown)));
}

static int check_identity(const struct builder *b, const struct sv_image_node *node,
			  struct sv_error *err)
{
	char shown[192];
	size_t i;

	for (i = 0; i < b->graph.n; i++) {
		const struct sv_image_node *other = &b->graph.nodes[i];

		if (!other->path)
			continue;
		if (!sv_streq(node->path, other->path) &&
		    (node->dev != other->dev || node->ino != other->ino ||
		     (node->dev == 0 && node->ino == 0)))
			continue;
		(void)sv_fail(err, SV_E_USAGE, 0, "is needed twice by one disk, %s as '%s'",
			      i == node->overlay ? "by itself and" : "also",
			      sv_escape(other->path, shown, sizeof(shown)));
		return about(node->path, err);
	}
	return 0;
}

/* Adds to the error of a file that cannot be opened which image needs it. */
static int missing(const struct builder *b, const struct sv_image_node *node, struct sv_error *err)
{
	char shown[192];

	if (node->overlay == SV_IMAGE_NO_OVERLAY)
		return -(int)err->code;
	(void)sv_wrap(err, "image '%s' needs another file",
		      sv_escape(b->graph.nodes[node->overlay].path, shown, sizeof(shown)));
	if (err->code == SV_E_NOTFOUND)
		return sv_hint(err,
			       "put it back, or let the image name another one: "
			       "qemu-img rebase -u -F FORMAT -b FILE '%s'",
			       shown);
	return -(int)err->code;
}

static void node_done(struct sv_image_node *node)
{
	free(node->path);
	free(node->scheme);
	free(node->name);
}

/* Takes over the text of *node, also when it fails. */
static int add_node(struct builder *b, struct sv_image_node *node, struct sv_error *err)
{
	struct sv_image_read req = {0};
	struct sv_image_node *added;
	int r = 0;

	if (b->graph.n == SV_IMAGE_NODES_MAX)
		r = sv_fail(err, SV_E_USAGE, 0, "more than %d files behind one disk",
			    SV_IMAGE_NODES_MAX);
	if (r == 0 && node->path && !node->given && b->req->named)
		r = b->req->named(b->req->data, &b->graph, node, err);
	if (r == 0 && node->path) {
		r = b->req->read(b->req->data, node->path, &req, err);
		node->dev = req.dev;
		node->ino = req.ino;
		node->block = req.block;
		r = r < 0 ? missing(b, node, err) : check_identity(b, node, err);
	}
	added = r == 0 ? sv_array_add(b->graph.nodes, b->graph.n) : NULL;
	if (!added) {
		node_done(node);
		return r < 0 ? r : sv_fail_oom(err);
	}
	*added = *node;
	return 0;
}

/* A file that the image at overlay names. */
static int add_ref(struct builder *b, const struct sv_image_ref *ref, size_t overlay,
		   struct sv_image_node node, struct sv_error *err)
{
	const char *image = b->graph.nodes[overlay].path;
	int r;

	node.overlay = overlay;
	node.where = ref->where;
	r = sv_strdup(ref->text, &node.name, err);
	if (r == 0 && ref->path)
		r = sv_image_resolve(image, ref->path, &node.path, err);
	else if (r == 0)
		r = sv_strdup(ref->scheme, &node.scheme, err);
	if (r < 0) {
		node_done(&node);
		return about(image, err);
	}
	return add_node(b, &node, err);
}

static int load_piece(const struct builder *b, const struct sv_image_node *node,
		      const struct sv_image_span *span, struct loaded *l, struct sv_error *err)
{
	struct sv_image_read req = {.offset = span->offset, .room = span->len};
	int r;

	if (l->in.n == SV_IMAGE_PIECES_MAX)
		return sv_fail(err, SV_E_USAGE, 0, "the header is spread over more than %d places",
			       SV_IMAGE_PIECES_MAX);
	req.buf = calloc(1, span->len);
	if (!req.buf)
		return sv_fail_oom(err);
	l->owned[l->in.n] = req.buf;
	l->in.n++;
	r = b->req->read(b->req->data, node->path, &req, err);
	if (r < 0)
		return r;
	if (req.dev != node->dev || req.ino != node->ino ||
	    (l->in.n > 1 && (req.size != l->in.size || req.len < span->len)))
		return sv_fail(err, SV_E_BUSY, 0, "has changed while it was read");
	l->in.size = req.size;
	l->pieces[l->in.n - 1] = (struct sv_image_piece){span->offset, req.buf, req.len};
	return 0;
}

static bool is_written(enum sv_image_role role)
{
	return role == SV_IMAGE_RW_TOP || role == SV_IMAGE_SHARED_RW || role == SV_IMAGE_DATA_FILE;
}

/* The format named by word or, without one, by probing: SV_IMAGE_RAW when there is no magic. */
static int find_format(struct sv_image_node *node, const char *word, const struct loaded *l,
		       struct sv_error *err)
{
	char shown[64];

	if (word) {
		if (sv_image_format_parse(word, &node->format) == 0)
			return 0;
		(void)sv_fail(err, SV_E_USAGE, 0, "unknown format '%s'",
			      sv_escape(word, shown, sizeof(shown)));
		return sv_hint(err, "the formats are raw, qcow2, qed, vmdk, vpc, vhdx and vdi");
	}
	if (is_written(node->role)) {
		(void)sv_fail(err, SV_E_USAGE, 0,
			      "its format is not named, and the guest writes it");
		return sv_hint(err,
			       "name the format: a guest can write any header into a raw disk");
	}
	node->probed = true;
	if (sv_image_probe(l->pieces[0].bytes, l->pieces[0].len, &node->format) == SV_NONE)
		node->format = SV_IMAGE_RAW;
	return 0;
}

static int load(struct builder *b, struct sv_image_node *node, const char *word,
		struct sv_image_header *ret, struct sv_error *err)
{
	sv_cleanup(loaded_done) struct loaded l = {0};
	struct sv_image_span span = {0, SV_IMAGE_FIRST};
	int r;

	/* a raw image has no header, so no right to read it is needed */
	if (word && sv_streq(word, sv_image_format_name(SV_IMAGE_RAW))) {
		node->format = SV_IMAGE_RAW;
		return 0;
	}
	l.in.pieces = l.pieces;
	r = load_piece(b, node, &span, &l, err);
	if (r == 0)
		r = find_format(node, word, &l, err);
	if (r < 0)
		return r;
	while ((r = sv_image_parse(node->format, &l.in, ret, &span, err)) == SV_MORE) {
		r = load_piece(b, node, &span, &l, err);
		if (r < 0)
			return r;
	}
	if (r < 0 || !node->probed || (!ret->backing && !ret->has_data_file && !ret->n_extents))
		return r;
	sv_image_header_done(ret);
	(void)sv_fail(err, SV_E_USAGE, 0, "looks like %s, nobody says so, and it names other files",
		      sv_image_format_name(node->format));
	return sv_hint(err,
		       "name its format where it is named: <backingStore>, qemu-img rebase -F");
}

/* The role of what holds the data of an image. */
static enum sv_image_role part_role(enum sv_image_role image)
{
	return image == SV_IMAGE_RW_TOP ? SV_IMAGE_DATA_FILE : image;
}

static int add_extents(struct builder *b, size_t at, const struct sv_image_header *header,
		       struct sv_error *err)
{
	enum sv_image_role role = part_role(b->graph.nodes[at].role);
	size_t i, k;
	int r;

	for (i = 0; i < header->n_extents; i++) {
		const struct sv_image_extent *extent = &header->extents[i];
		struct sv_image_node node = {.role = role, .part = SV_IMAGE_EXTENT};

		/* parts of one file, or of one device, are one file */
		for (k = 0; k < i; k++) {
			if (sv_streq(header->extents[k].ref->text, extent->ref->text))
				break;
		}
		if (k < i)
			continue;
		node.format = extent->flat ? SV_IMAGE_RAW : SV_IMAGE_VMDK;
		r = add_ref(b, extent->ref, at, node, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Notes that the error is a difference between the domain and a header. */
static int note_differs(const struct builder *b, int r, const struct sv_error *err)
{
	if (r < 0 && err->code == SV_E_BUSY)
		*b->req->differs = true;
	return r;
}

/* The data file that the domain names for the image that is being read. */
static const char *given_data(const struct builder *b)
{
	const struct sv_image_request *req = b->req;
	size_t level = b->depth - 1;

	if (level == 0)
		return req->data_file;
	return level <= req->n_chain ? req->chain[level - 1].data_file : NULL;
}

static int add_data_file(struct builder *b, size_t at, const struct sv_image_header *header,
			 const struct sv_image_ref *inlined, struct sv_error *err)
{
	const struct sv_image_ref *ref = inlined ? inlined : header->data_file;
	const char *image = b->graph.nodes[at].path, *given = given_data(b);
	struct sv_image_node node = {
		.role = part_role(b->graph.nodes[at].role),
		.part = SV_IMAGE_DATA,
		.overlay = at,
	};
	int r = given ? sv_image_check_data(image, header, ref, given, err) : 0;

	if (r < 0)
		return note_differs(b, r, err);
	if (!header->has_data_file)
		return 0;
	if (!given && ref)
		return add_ref(b, ref, at, node, err);
	if (!given) {
		(void)sv_fail(err, SV_E_USAGE, 0, "needs a data file and does not name it");
		(void)sv_hint(err, "name it by <dataStore>, or: qemu-img amend -o "
				   "data_file=/THE/ABSOLUTE/PATH IMAGE");
		return about(image, err);
	}
	node.given = true;
	r = sv_strdup(given, &node.path, err);
	return r < 0 ? r : add_node(b, &node, err);
}

/* The next image: its node, its format if one is given, and what a json: name says about it. */
struct step {
	size_t node;
	const char *format;
	const struct sv_image_ref *ref;
};

static int step_given(struct builder *b, struct step *step, const struct sv_image_header *header,
		      const struct sv_image_given *given, struct sv_error *err)
{
	const struct sv_image_node *node = &b->graph.nodes[step->node];
	struct sv_image_node next = {
		.role = SV_IMAGE_RO_BASE, .overlay = step->node, .given = true};
	int r;

	if (given && given->path[0] != '/')
		return sv_fail(err, SV_E_USAGE, 0,
			       "the backing file of '%s' is not an absolute path", node->path);
	r = sv_image_check_backing(node->path, header, given, err);
	if (r < 0)
		return note_differs(b, r, err);
	if (!given)
		return SV_NONE;
	r = sv_strdup(given->path, &next.path, err);
	if (r == 0)
		r = add_node(b, &next, err);
	if (r < 0)
		return r;
	step->format = given->format ? given->format : header->backing_format;
	step->ref = NULL;
	step->node = b->graph.n - 1;
	return 0;
}

/* SV_NONE at the end of the chain. */
static int step_down(struct builder *b, struct step *step, const struct sv_image_header *header,
		     struct sv_error *err)
{
	const struct sv_image_request *req = b->req;
	const struct sv_image_ref *ref = header->backing;
	const char *format = header->backing_format;
	size_t level = b->depth - 1;
	int r;

	if (level < req->n_chain)
		return step_given(b, step, header, &req->chain[level], err);
	if (req->chain_ends)
		return step_given(b, step, header, NULL, err);
	if (step->ref && step->ref->backing_end)
		return SV_NONE;
	if (step->ref && step->ref->backing) {
		ref = step->ref->backing;
		format = NULL;
	}
	if (!ref)
		return SV_NONE;
	r = add_ref(b, ref, step->node, (struct sv_image_node){.role = SV_IMAGE_RO_BASE}, err);
	if (r < 0)
		return r;
	if (ref->format && format && !sv_streq(ref->format, format)) {
		(void)sv_fail(err, SV_E_USAGE, 0, "its backing file is %s and %s at once",
			      ref->format, format);
		return about(b->graph.nodes[step->node].path, err);
	}
	step->format = ref->format ? ref->format : format;
	step->ref = ref;
	step->node = b->graph.n - 1;
	return 0;
}

static int visit(struct builder *b, struct step *step, struct sv_error *err)
{
	struct sv_image_header *header = &b->headers[b->depth];
	struct sv_image_node *node = &b->graph.nodes[step->node];
	int r;

	if (node->where != SV_IMAGE_LOCAL)
		return SV_NONE;
	if (b->depth == SV_IMAGE_DEPTH_MAX)
		return sv_fail(err, SV_E_USAGE, 0, "a chain of more than %d images",
			       SV_IMAGE_DEPTH_MAX);
	r = load(b, node, step->format, header, err);
	if (r < 0)
		return about(node->path, err);
	b->depth++;
	r = add_data_file(b, step->node, header, step->ref ? step->ref->data_file : NULL, err);
	if (r == 0)
		r = add_extents(b, step->node, header, err);
	return r < 0 ? r : step_down(b, step, header, err);
}

int sv_image_graph_build(const struct sv_image_request *req, struct sv_image_graph *ret,
			 struct sv_error *err)
{
	sv_cleanup(builder_done) struct builder b = {.req = req};
	struct sv_image_node top = {.overlay = SV_IMAGE_NO_OVERLAY, .given = true};
	struct step step = {.format = req->format};
	int r;

	if (req->path[0] != '/')
		return sv_fail(err, SV_E_USAGE, 0, "the image is not an absolute path");
	top.role =
		req->readonly ? SV_IMAGE_RO : (req->shared ? SV_IMAGE_SHARED_RW : SV_IMAGE_RW_TOP);
	r = sv_strdup(req->path, &top.path, err);
	if (r == 0)
		r = add_node(&b, &top, err);
	while (r == 0)
		r = visit(&b, &step, err);
	if (r < 0)
		return r;
	*ret = b.graph;
	b.graph = (struct sv_image_graph){0};
	return 0;
}

void sv_images_done(struct sv_images *images)
{
	for (size_t i = 0; i < images->n; i++)
		sv_image_graph_done(&images->graphs[i]);
	free(images->graphs);
	*images = (struct sv_images){0};
}

void sv_image_graph_done(struct sv_image_graph *graph)
{
	size_t i;

	for (i = 0; i < graph->n; i++)
		node_done(&graph->nodes[i]);
	free(graph->nodes);
	*graph = (struct sv_image_graph){0};
}
