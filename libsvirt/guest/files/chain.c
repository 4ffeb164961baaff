/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The images behind one disk: see chain.h. Headers are read here, through the descriptors that the
 * plan labels later, and parsed by the pure code of domain/image. HACKING.md says why this process
 * may read them.
 */
#include "guest/files/chain.h"

#include "base/string.h"
#include "guest/files/header.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define SHOWN 256

/* The image that is being read: one descriptor serves all of its pieces. */
struct reader {
	struct sv_chain *chain;
	const struct sv_node *node;
	int fd;
};

static void reader_done(struct reader *reader)
{
	sv_close_fd(&reader->fd);
}

/* The error when the policy refuses to read a header. It decides by the file's type, which the
 * errno does not tell. */
static int refused(const struct sv_node *node, int sys, struct sv_error *err)
{
	const struct sv_driver *driver = NULL;
	sv_auto_free char *label = NULL;
	struct sv_error ignored = {0};
	char shown[128];

	if (sv_driver_main(NULL, &driver, NULL, &ignored) == 0 && driver->label &&
	    driver->label->get(node->fd, &label, &ignored) == 0)
		(void)sv_fail_errno(err, sys, "cannot read its header (it is labelled %s)",
				    sv_escape(label, shown, sizeof(shown)));
	else
		(void)sv_fail_errno(err, sys, "cannot read its header");
	return sv_hint(err, "the policy decides whose headers svirt reads: restorecon it, or keep "
			    "it where the policy has images, such as /var/lib/libvirt/images; see "
			    "HEADERS OF IMAGES in svirt-resources(7)");
}

static int open_node(struct reader *reader, const struct sv_node *node, struct sv_error *err)
{
	char path[SV_FD_PATH_LEN];

	if (reader->node == node && reader->fd >= 0)
		return 0;
	sv_close_fd(&reader->fd);
	reader->node = node;
	reader->fd = open(sv_fd_path(node->fd, path), O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (reader->fd >= 0)
		return 0;
	return refused(node, errno, err);
}

static int read_piece(const struct reader *reader, struct sv_image_read *req, struct sv_error *err)
{
	off_t size = lseek(reader->fd, 0, SEEK_END);

	if (size < 0)
		return sv_fail_errno(err, errno, "cannot find out its size");
	req->size = (uint64_t)size;
	while (req->len < req->room) {
		ssize_t n = pread(reader->fd, req->buf + req->len, req->room - req->len,
				  (off_t)(req->offset + req->len));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sv_fail_errno(err, errno, "cannot read its header");
		if (n == 0)
			break;
		req->len += (size_t)n;
	}
	return 0;
}

static int read_image(void *data, const char *path, struct sv_image_read *req, struct sv_error *err)
{
	struct reader *reader = data;
	const struct sv_node *node = NULL;
	int r = sv_nodes_open(reader->chain->pins.nodes, path, &node, err);

	/* closing a second descriptor of the state's file would release its locks */
	if (r == 0)
		r = sv_own_refuse(reader->chain->own, node, path, err);
	if (r < 0)
		return r;
	req->dev = node->dev;
	req->ino = node->ino;
	req->block = S_ISBLK(node->mode);
	if (req->room == 0)
		return 0;
	if (!S_ISREG(node->mode) && !req->block)
		return sv_fail(err, SV_E_USAGE, 0, "is neither a regular file nor a block device");
	r = open_node(reader, node, err);
	return r < 0 ? r : read_piece(reader, req, err);
}

/* Two things may be wrong with a file that a header names, and they have different remedies. A
 * caller with fn is told of both. */
static int name_both(struct sv_chain *chain, struct sv_error *host, int pinned,
		     struct sv_error *err)
{
	if (pinned == 0 || !chain->fn)
		chain->part = pinned < 0 ? SV_FILES_UNPINNED : SV_FILES_OF_HOST;
	if (pinned == 0) {
		*err = *host;
		return -(int)host->code;
	}
	if (chain->fn && host->code != SV_OK) {
		(void)sv_wrap(host, "disk %s", chain->pins.disk->target);
		(void)sv_error_place(host, chain->pins.dom->file, chain->pins.disk->line);
		chain->fn(chain->data, SV_FILES_OF_HOST, host);
	}
	chain->part = SV_FILES_UNPINNED;
	return pinned;
}

/* Called before a file that a header names is read: a file that the header must not name is never
 * read. */
static int named(void *data, const struct sv_image_graph *above, const struct sv_image_node *node,
		 struct sv_error *err)
{
	struct sv_chain *chain = ((struct reader *)data)->chain;
	int pinned = chain->accept ? 0 : sv_pins_allow(&chain->pins, above, node, err);
	const struct sv_node *file = NULL;
	struct sv_error host = {0};
	int r = sv_nodes_open(chain->pins.nodes, node->path, &file, &host);

	/* a file that cannot be opened is reported when it is read */
	if (r < 0)
		sv_error_clear(&host);
	else
		r = sv_header_may_name(chain->own, above, node, file, &host);
	if (r == 0)
		r = sv_pins_check_holder(&chain->pins, above, node, &host);
	return pinned == 0 && host.code == SV_OK ? 0 : name_both(chain, &host, pinned, err);
}

/* Without a format in the document, a disk that is only read is probed; one that the guest writes
 * is raw. */
static const char *format_of(const struct sv_disk *disk)
{
	if (disk->format)
		return disk->format;
	return sv_disk_access(disk) == SV_ACCESS_RO ? NULL : "raw";
}

static int given_chain(const struct sv_disk *disk, struct sv_image_given **ret,
		       struct sv_error *err)
{
	struct sv_image_given *chain = calloc(disk->n_chain + 1, sizeof(*chain));

	if (!chain)
		return sv_fail_oom(err);
	for (size_t i = 0; i < disk->n_chain; i++)
		chain[i] = (struct sv_image_given){
			.path = disk->chain[i].path,
			.format = disk->chain[i].format,
			.data_file = disk->chain[i].data.path,
		};
	*ret = chain;
	return 0;
}

static int check_local(const struct sv_image_graph *graph, struct sv_error *err)
{
	for (size_t i = 0; i < graph->n; i++) {
		const struct sv_image_node *node = &graph->nodes[i];
		char shown[SHOWN], scheme[64];

		if (node->where == SV_IMAGE_LOCAL)
			continue;
		sv_fail(err, SV_E_USAGE, 0,
			"image '%s' needs what is behind '%s:', and that has no label",
			sv_escape(graph->nodes[node->overlay].path, shown, sizeof(shown)),
			sv_escape(node->scheme, scheme, sizeof(scheme)));
		return sv_hint(err, "svirt labels files of this host: copy it to one, then "
				    "qemu-img rebase");
	}
	return 0;
}

/* Compares the chain with what was accepted. For a disk whose chain is accepted now, a difference
 * is only a warning. */
static int compare(struct sv_chain *chain, const struct sv_image_graph *graph, struct sv_error *err)
{
	struct sv_error old = {0};

	if (sv_pins_compare(&chain->pins, graph, &old) == 0)
		return 0;
	if (chain->accept && old.code == SV_E_BUSY) {
		sv_warn(chain->sv, "disk %s: accepted: %s", chain->pins.disk->target, old.msg);
		return 0;
	}
	chain->part = SV_FILES_UNPINNED;
	*err = old;
	return -(int)err->code;
}

static int follow(struct sv_chain *chain, struct sv_image_graph *ret, struct sv_error *err)
{
	sv_cleanup(reader_done) struct reader reader = {.chain = chain, .fd = -1};
	const struct sv_disk *disk = chain->pins.disk;
	sv_auto_free struct sv_image_given *given = NULL;
	sv_auto_image_graph struct sv_image_graph graph = {0};
	bool differs = false;
	struct sv_image_request req = {
		.path = disk->path,
		.format = format_of(disk),
		.readonly = sv_disk_access(disk) == SV_ACCESS_RO,
		.shared = sv_disk_access(disk) == SV_ACCESS_SHARED,
		.data_file = disk->data.path,
		.n_chain = disk->n_chain,
		.chain_ends = disk->chain_ends,
		.read = read_image,
		.named = named,
		.data = &reader,
		.differs = &differs,
	};
	int r = given_chain(disk, &given, err);

	req.chain = given;
	if (r == 0)
		r = sv_image_graph_build(&req, &graph, err);
	if (differs)
		chain->part = SV_FILES_UNPINNED;
	if (r == 0)
		r = compare(chain, &graph, err);
	if (r == 0)
		r = check_local(&graph, err);
	if (r < 0)
		return r;
	*ret = graph;
	graph = (struct sv_image_graph){0};
	return 0;
}

int sv_chain_read(struct sv_chain *chain, struct sv_image_graph *ret, struct sv_error *err)
{
	const struct sv_disk *disk = chain->pins.disk;
	const struct sv_node *top = NULL;
	struct sv_error wrong = {0};
	int r = sv_nodes_open(chain->pins.nodes, disk->path, &top, &wrong);

	chain->part = SV_FILES_IMAGE;
	if (r < 0 || (!S_ISREG(top->mode) && !S_ISBLK(top->mode)))
		return 0;
	r = follow(chain, ret, err);
	if (r == 0)
		return 0;
	(void)sv_wrap(err, "disk %s", disk->target);
	return sv_error_place(err, chain->pins.dom->file, disk->line);
}
