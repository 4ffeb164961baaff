/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a domain to its files: see collect.h. */
#include "guest/files/collect.h"

#include "base/proc.h"
#include "base/string.h"
#include "guest/files/chain.h"
#include "guest/files/firmware.h"
#include "guest/files/hostdev.h"
#include "guest/files/links.h"
#include "guest/files/nets.h"
#include "guest/files/pipe.h"
#include "guest/state/rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define SHOWN 256

struct look {
	const struct sv_files_request *req;
	struct sv_files files;
};

static void look_done(struct look *look)
{
	sv_files_done(&look->files);
}

/* A device or image that cannot be followed is an error. A caller with fn is told of it instead. */
static int note_problem(const struct look *look, enum sv_files_part part, int r,
			struct sv_error *err)
{
	if (r >= 0 || !look->req->fn)
		return r;
	look->req->fn(look->req->data, part, err);
	sv_error_clear(err);
	return 0;
}

static int find_devices(struct look *look, struct sv_error *err)
{
	const struct svirt *sv = look->req->sv;
	struct sv_domain *dom = look->req->dom;
	int r = note_problem(look, SV_FILES_DEVICE, sv_firmware_find(sv, dom, err), err);

	for (size_t i = 0; r == 0 && i < dom->n_nets; i++)
		r = note_problem(look, SV_FILES_DEVICE, sv_net_find(sv, dom, &dom->nets[i], err),
				 err);
	for (size_t i = 0; r == 0 && i < dom->n_hostdevs; i++)
		r = note_problem(look, SV_FILES_DEVICE,
				 sv_hostdev_find(sv, dom, &dom->hostdevs[i], err), err);
	return r;
}

/* The devices that svirt binds, as far as they were found. */
static int list_bindings(struct look *look, struct sv_error *err)
{
	const struct sv_domain *dom = look->req->dom;
	int r = 0;

	look->files.bindings.root = look->req->sv->root;
	for (size_t i = 0; r == 0 && i < dom->n_hostdevs; i++) {
		struct sv_hostdev *dev = &dom->hostdevs[i];
		char address[SV_PCI_ADDRESS], target[32];
		const struct sv_binding binding = {dev->sysfs, address, target, dev->line};

		(void)snprintf(target, sizeof(target), "hostdev%zu", i);
		if (dev->managed && dev->sysfs) {
			sv_pci_address_text(&dev->pci, address);
			r = sv_bindings_add(&look->files.bindings, &binding, err);
		}
	}
	return r;
}

/* A drive whose medium may be missing is empty without it. Only what is surely missing is left out.
 */
static void empty_drive(struct look *look, struct sv_disk *disk)
{
	const struct sv_node *node;
	struct sv_error missing = {0};
	char shown[SHOWN];

	if (!disk->path || !disk->optional ||
	    sv_nodes_open(&look->files.nodes, disk->path, &node, &missing) == 0 ||
	    missing.code != SV_E_NOTFOUND)
		return;
	sv_warn(look->req->sv, "%s:%u: disk %s: '%s' is missing: the drive is empty",
		look->req->dom->file, disk->line, disk->target,
		sv_escape(disk->path, shown, sizeof(shown)));
	free(sv_take_ptr(disk->path));
	disk->source = SV_DISK_NONE;
}

static int read_images(struct look *look, struct sv_error *err)
{
	const struct sv_files_request *req = look->req;
	struct sv_domain *dom = req->dom;
	struct sv_files *files = &look->files;
	struct sv_chain chain = {
		.sv = req->sv,
		.own = &files->own,
		.pins = {.store = req->store, .nodes = &files->nodes, .dom = dom},
		.fn = req->fn,
		.data = req->data,
	};
	int r = sv_proc_boot(chain.pins.boot, err);

	if (r < 0)
		return r;
	files->images.graphs = calloc(dom->n_disks + 1, sizeof(*files->images.graphs));
	if (!files->images.graphs)
		return sv_fail_oom(err);
	files->images.n = dom->n_disks;
	for (size_t i = 0; r == 0 && i < dom->n_disks; i++) {
		struct sv_disk *disk = &dom->disks[i];

		empty_drive(look, disk);
		if (!disk->path)
			continue;
		chain.pins.disk = disk;
		chain.accept = sv_pins_accepts(req->accept, disk->target);
		r = sv_chain_read(&chain, &files->images.graphs[i], err);
		r = note_problem(look, chain.part, r, err);
	}
	return r;
}

/* Removes this name of a pipe and those after it; their error was reported. */
static void drop_pipe(struct sv_resources *list, size_t at)
{
	const char *pipe = list->items[at].pipe;

	for (size_t i = list->n; i > at; i--) {
		if (list->items[i - 1].pipe == pipe)
			sv_resource_drop(list, i - 1);
	}
}

/* Removes the names of a pipe that QEMU will not open. */
static int settle_pipes(struct look *look, struct sv_error *err)
{
	struct sv_resources *list = &look->files.resources;

	for (size_t i = 0; i < list->n;) {
		const struct sv_resource *res = &list->items[i];
		int r = res->pipe ? sv_pipe_is_used(res, err) : 0;

		if (r < 0) {
			r = note_problem(look, SV_FILES_DEVICE,
					 sv_error_place(err, look->req->dom->file, res->line), err);
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

/* The terminals below /dev/pts are the user's own too, and Landlock cannot let a guest open one of
 * them that does not exist yet. So a guest of a user gets a socket, which svirt makes. */
static int replace_terminals(const struct svirt *sv, struct sv_domain *dom, struct sv_error *err)
{
	for (size_t i = 0; sv->user && i < dom->n_chars; i++) {
		struct sv_char *chr = &dom->chars[i];

		if (chr->source.type != SV_CHAR_PTY)
			continue;
		free(sv_take_ptr(chr->source.path));
		chr->source.type = SV_CHAR_UNIX;
		chr->source.listen = true;
		if (sv_char_name_own(chr, err) < 0)
			return sv_error_place(err, dom->file, chr->line);
		sv_warn(sv, "a guest of a user gets a socket in place of a pseudoterminal: %s",
			chr->source.own);
	}
	return 0;
}

int sv_files_of(const struct sv_files_request *req, struct sv_files *ret, struct sv_error *err)
{
	sv_cleanup(look_done) struct look look = {.req = req};
	sv_auto_free char *run_dir = NULL;
	int r = sv_guest_path(req->sv, req->dom->name, SV_GUEST_OWN, &run_dir, err);

	if (r == 0)
		r = find_own(req->sv, &look.files.own, err);
	if (r == 0)
		r = sv_links_follow(req->dom, err);
	if (r == 0)
		r = replace_terminals(req->sv, req->dom, err);
	if (r == 0)
		r = find_devices(&look, err);
	if (r == 0)
		r = list_bindings(&look, err);
	if (r == 0)
		r = read_images(&look, err);
	if (r == 0)
		r = sv_resources_of(req->dom, &look.files.images, run_dir, &look.files.resources,
				    err);
	if (r == 0)
		r = settle_pipes(&look, err);
	if (r < 0)
		return r;
	*ret = look.files;
	look.files = (struct sv_files){0};
	return 0;
}
