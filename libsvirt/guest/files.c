/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a domain to its files: see files.h. Headers are read here, through the descriptors that the
 * plan labels later, and understood by the pure code of domain/image*. Why this process may read
 * them is in HACKING.md.
 */
#include "guest/files.h"

#include "base/string.h"
#include "guest/hostdev.h"
#include "guest/nets.h"
#include "guest/pipe.h"
#include "guest/rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define SHOWN 256

void sv_files_done(struct sv_files *files)
{
	sv_resources_done(&files->resources);
	sv_images_done(&files->images);
	sv_nodes_done(&files->nodes);
	sv_own_done(&files->own);
}

/* The image that is being read: one descriptor serves all of its pieces. */
struct reader {
	const struct sv_own *own;
	struct sv_nodes *nodes;
	const struct sv_node *node;
	int fd;
};

static void reader_done(struct reader *reader)
{
	sv_close_fd(&reader->fd);
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
	(void)sv_fail_errno(err, errno, "cannot read its header");
	return sv_hint(err, "the policy decides whose headers svirt reads: see HEADERS OF IMAGES "
			    "in svirt-resources(7)");
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
	int r = sv_nodes_open(reader->nodes, path, &node, err);

	/* to close a second descriptor of the state would give up the locks that are on it */
	if (r == 0)
		r = sv_own_refuse(reader->own, node, path, err);
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

/* A format that nobody names is looked for in a file that is only read; what the guest writes is
 * raw then, whatever is in it. */
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
		chain[i] = (struct sv_image_given){disk->chain[i].path, disk->chain[i].format};
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

static void warn_of_differences(const struct svirt *sv, const struct sv_disk *disk,
				const struct sv_image_graph *graph)
{
	for (size_t i = 0; i < graph->n; i++) {
		char path[SHOWN], says[SHOWN];

		if (graph->nodes[i].differs)
			sv_warn(sv,
				"disk %s: the header of %s says %s; the domain's <backingStore> counts",
				disk->target, sv_escape(graph->nodes[i].path, path, sizeof(path)),
				sv_escape(graph->nodes[i].differs, says, sizeof(says)));
	}
}

static int read_disk(const struct svirt *sv, const struct sv_disk *disk, struct sv_files *files,
		     struct sv_image_graph *ret, struct sv_error *err)
{
	struct sv_nodes *nodes = &files->nodes;
	sv_cleanup(reader_done) struct reader reader = {
		.own = &files->own, .nodes = nodes, .fd = -1};
	sv_auto_free struct sv_image_given *chain = NULL;
	sv_auto_image_graph struct sv_image_graph graph = {0};
	const struct sv_node *top = NULL;
	struct sv_error wrong = {0};
	struct sv_image_request req = {
		.path = disk->path,
		.format = format_of(disk),
		.readonly = sv_disk_access(disk) == SV_ACCESS_RO,
		.shared = sv_disk_access(disk) == SV_ACCESS_SHARED,
		.n_chain = disk->n_chain,
		.chain_ends = disk->chain_ends,
		.read = read_image,
		.data = &reader,
	};
	int r = sv_nodes_open(nodes, disk->path, &top, &wrong);

	/* what is wrong with the disk's own file is the plan's to say */
	if (r < 0 || (!S_ISREG(top->mode) && !S_ISBLK(top->mode)))
		return 0;
	r = given_chain(disk, &chain, err);
	req.chain = chain;
	if (r == 0)
		r = sv_image_graph_build(&req, &graph, err);
	if (r == 0)
		r = check_local(&graph, err);
	if (r < 0)
		return r;
	warn_of_differences(sv, disk, &graph);
	*ret = graph;
	graph = (struct sv_image_graph){0};
	return 0;
}

struct look {
	const struct svirt *sv;
	struct sv_domain *dom;
	sv_files_fn fn;
	void *data;
	struct sv_files files;
};

static void look_done(struct look *look)
{
	sv_files_done(&look->files);
}

/* What cannot be followed ends the look, unless somebody wants to hear of everything. */
static int judge(const struct look *look, enum sv_files_part part, int r, struct sv_error *err)
{
	if (r >= 0 || !look->fn)
		return r;
	look->fn(look->data, part, err);
	sv_error_clear(err);
	return 0;
}

static int find_devices(struct look *look, struct sv_error *err)
{
	struct sv_domain *dom = look->dom;
	int r = 0;

	for (size_t i = 0; r == 0 && i < dom->n_nets; i++)
		r = judge(look, SV_FILES_DEVICE, sv_net_find(look->sv, dom, &dom->nets[i], err),
			  err);
	for (size_t i = 0; r == 0 && i < dom->n_hostdevs; i++)
		r = judge(look, SV_FILES_DEVICE,
			  sv_hostdev_find(look->sv, dom, &dom->hostdevs[i], err), err);
	return r;
}

static int read_images(struct look *look, struct sv_error *err)
{
	const struct sv_domain *dom = look->dom;
	struct sv_files *files = &look->files;
	int r = 0;

	files->images.graphs = calloc(dom->n_disks + 1, sizeof(*files->images.graphs));
	if (!files->images.graphs)
		return sv_fail_oom(err);
	files->images.n = dom->n_disks;
	for (size_t i = 0; r == 0 && i < dom->n_disks; i++) {
		const struct sv_disk *disk = &dom->disks[i];

		if (!disk->path)
			continue;
		r = read_disk(look->sv, disk, files, &files->images.graphs[i], err);
		if (r < 0) {
			(void)sv_wrap(err, "disk %s", disk->target);
			r = judge(look, SV_FILES_IMAGE, sv_error_place(err, dom->file, disk->line),
				  err);
		}
	}
	return r;
}

/* This name of a pipe and those behind it: all that is wrong with them has been said. */
static void drop_pipe(struct sv_resources *list, size_t at)
{
	const char *pipe = list->items[at].pipe;

	for (size_t i = list->n; i > at; i--) {
		if (list->items[i - 1].pipe == pipe)
			sv_resource_drop(list, i - 1);
	}
}

/* Of the names of a pipe, those that QEMU will open stay. */
static int settle_pipes(struct look *look, struct sv_error *err)
{
	struct sv_resources *list = &look->files.resources;

	for (size_t i = 0; i < list->n;) {
		const struct sv_resource *res = &list->items[i];
		int r = res->pipe ? sv_pipe_is_used(res, err) : 0;

		if (r < 0) {
			r = judge(look, SV_FILES_DEVICE,
				  sv_error_place(err, look->dom->file, res->line), err);
			if (r < 0)
				return r;
			drop_pipe(list, i);
		} else if (r == SV_NONE) {
			sv_resource_drop(list, i);
		} else {
			i++;
		}
	}
	return 0;
}

static int find_own(const struct svirt *sv, struct sv_own *own, struct sv_error *err)
{
	static const char *const programs[] = {SV_BINDIR "/svirt", SV_PKGLIBEXECDIR "/svirt-caller",
					       SV_PKGLIBEXECDIR "/svirt-manager",
					       SV_PKGLIBEXECDIR "/svirt-monitor"};
	sv_auto_free char *domains = NULL;
	int r = sv_asprintf(&domains, err, "%s/domains", sv->conf_dir);

	if (r == 0)
		r = sv_own_add_dir(own, sv->state_dir, err);
	if (r == 0)
		r = sv_own_add_dir(own, sv->run_dir, err);
	if (r == 0)
		r = sv_own_add_dir(own, sv->conf_dir, err);
	if (r == 0)
		r = sv_own_add_dir(own, domains, err);
	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(programs); i++)
		r = sv_own_add_file(own, programs[i], err);
	sv_own_sort(own);
	return r;
}

int sv_files_of(const struct svirt *sv, struct sv_domain *dom, sv_files_fn fn, void *data,
		struct sv_files *ret, struct sv_error *err)
{
	sv_cleanup(look_done) struct look look = {.sv = sv, .dom = dom, .fn = fn, .data = data};
	sv_auto_free char *run_dir = NULL;
	int r = sv_guest_path(sv, dom->name, SV_GUEST_OWN, &run_dir, err);

	if (r == 0)
		r = find_own(sv, &look.files.own, err);
	if (r == 0)
		r = find_devices(&look, err);
	if (r == 0)
		r = read_images(&look, err);
	if (r == 0)
		r = sv_resources_of(dom, &look.files.images, run_dir, &look.files.resources, err);
	if (r == 0)
		r = settle_pipes(&look, err);
	if (r < 0)
		return r;
	*ret = look.files;
	look.files = (struct sv_files){0};
	return 0;
}
