/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Devices -> resources: one function per kind of device says what the VMM opens for it and how.
 * A new device is a new function here and nothing in a driver. Looks at no file.
 */
#include "domain/resource/parts.h"

#include "base/array.h"
#include "base/string.h"

#include <sys/un.h>

const char *sv_access_name(enum sv_access access)
{
	switch (access) {
	case SV_ACCESS_RW:
		return "rw";
	case SV_ACCESS_RO:
		return "ro";
	case SV_ACCESS_SHARED:
		return "shared";
	}
	return "?";
}

int sv_resource_add(struct sv_resources *list, const struct sv_resource *res, const char *target,
		    struct sv_error *err)
{
	size_t at = list->n;
	char *name = NULL;
	int r = sv_strdup(target, &name, err);

	if (r == 0 && !sv_array_add(list->items, list->n))
		r = sv_fail_oom(err);
	if (r < 0) {
		free(name);
		free(res->made_path);
		return r;
	}
	while (at > 0 && list->items[at - 1].line > res->line) {
		list->items[at] = list->items[at - 1];
		at--;
	}
	list->items[at] = *res;
	list->items[at].target = name;
	return 0;
}

int sv_resource_add_once(struct sv_resources *list, const struct sv_resource *res,
			 const char *target, struct sv_error *err)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->items[i].kind == res->kind && sv_streq(list->items[i].path, res->path))
			return 0;
	}
	return sv_resource_add(list, res, target, err);
}

enum sv_access sv_disk_access(const struct sv_disk *disk)
{
	if (disk->device == SV_DISK_CDROM)
		return SV_ACCESS_RO;
	if (disk->shareable)
		return SV_ACCESS_SHARED;
	return disk->readonly ? SV_ACCESS_RO : SV_ACCESS_RW;
}

static enum sv_access access_of(enum sv_image_role role)
{
	switch (role) {
	case SV_IMAGE_RW_TOP:
	case SV_IMAGE_DATA_FILE:
		return SV_ACCESS_RW;
	case SV_IMAGE_SHARED_RW:
		return SV_ACCESS_SHARED;
	case SV_IMAGE_RO:
	case SV_IMAGE_RO_BASE:
		return SV_ACCESS_RO;
	}
	return SV_ACCESS_RO;
}

static void add_override(struct sv_resource *res, const struct sv_image_node *node,
			 const char *path, struct sv_device_seclabel *list, size_t n)
{
	if (!n || !sv_streq(path, node->path))
		return;
	res->overrides = list;
	res->n_overrides = n;
}

/* The <seclabel> for this file: its own, else that of the whole disk. */
static void add_overrides(struct sv_resource *res, const struct sv_disk *disk,
			  const struct sv_image_node *node)
{
	if (!node->given)
		return;
	add_override(res, node, disk->data.path, disk->data.seclabels, disk->data.n_seclabels);
	for (size_t i = 0; i < disk->n_chain; i++) {
		const struct sv_backing *backing = &disk->chain[i];

		add_override(res, node, backing->path, backing->seclabels, backing->n_seclabels);
		add_override(res, node, backing->data.path, backing->data.seclabels,
			     backing->data.n_seclabels);
	}
}

/* Each file behind the disk: "vda" is its own image, "vda[1]" and so on are what that one needs. */
static int add_images(struct sv_resources *list, const struct sv_disk *disk,
		      const struct sv_image_graph *graph, struct sv_error *err)
{
	for (size_t i = 0; i < graph->n; i++) {
		const struct sv_image_node *node = &graph->nodes[i];
		struct sv_resource res = {
			.kind = SV_RES_DISK,
			.access = access_of(node->role),
			.path = node->path,
			.role = sv_image_role_name(node->role),
			.format = sv_image_format_name(node->format),
			.line = disk->line,
			.overrides = disk->seclabels,
			.n_overrides = disk->n_seclabels,
		};
		char name[32];
		int r;

		(void)snprintf(name, sizeof(name), i ? "%s[%zu]" : "%s", disk->target, i);
		add_overrides(&res, disk, node);
		r = sv_resource_add(list, &res, name, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_disk(struct sv_resources *list, const struct sv_disk *disk,
		    const struct sv_image_graph *graph, struct sv_error *err)
{
	const struct sv_resource res = {
		.kind = SV_RES_DISK,
		.access = sv_disk_access(disk),
		.path = disk->path,
		.line = disk->line,
		.overrides = disk->seclabels,
		.n_overrides = disk->n_seclabels,
	};

	if (disk->source == SV_DISK_VHOST_USER)
		return sv_resource_add_vhost_user(list, &disk->backend, disk->line, disk->target,
						  err);
	if (graph && graph->n)
		return add_images(list, disk, graph, err);
	return disk->path ? sv_resource_add(list, &res, disk->target, err) : 0;
}

static int add_char(struct sv_resources *list, const struct sv_char *chr, const char *run_dir,
		    struct sv_error *err)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "%s%u", sv_char_kinds[chr->kind], chr->port);
	return sv_resource_add_chardev(list, &chr->source, chr->line, name, run_dir, err);
}

static int add_graphics(struct sv_resources *list, const struct sv_graphics *graphics,
			const char *run_dir, struct sv_error *err)
{
	const char *type = sv_graphics_types[graphics->type];
	struct sv_resource res = {
		.kind = SV_RES_GRAPHICS_SOCKET,
		.access = SV_ACCESS_RW,
		.path = graphics->socket,
		.line = graphics->line,
		.may_create = true,
	};

	if (graphics->own && sv_asprintf(&res.made_path, err, "%s/%s.sock", run_dir, type) < 0)
		return -(int)err->code;
	if (res.made_path)
		res.path = res.made_path;
	return res.path ? sv_resource_add(list, &res, type, err) : 0;
}

static int add_rng(struct sv_resources *list, const struct sv_rng *rng, size_t i,
		   struct sv_error *err)
{
	const struct sv_resource res = {
		.kind = rng->backend == SV_RNG_EGD ? SV_RES_CHAR_SOCKET : SV_RES_RNG,
		.access = rng->backend == SV_RNG_EGD ? SV_ACCESS_RW : SV_ACCESS_RO,
		.path = rng->path,
		.line = rng->line,
	};
	char name[32];

	(void)snprintf(name, sizeof(name), "rng%zu", i);
	return rng->path ? sv_resource_add(list, &res, name, err) : 0;
}

static int add_redir(struct sv_resources *list, const struct sv_redir *redir, size_t i,
		     const char *run_dir, struct sv_error *err)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "%s%zu", sv_redir_kinds[redir->kind], i);
	return sv_resource_add_chardev(list, &redir->source, redir->line, name, run_dir, err);
}

static int add_tpm(struct sv_resources *list, const struct sv_tpm *tpm, const char *run_dir,
		   struct sv_error *err)
{
	const struct sv_resource res = {
		.kind = SV_RES_TPM,
		.access = SV_ACCESS_RW,
		.path = tpm->device,
		.line = tpm->line,
	};
	const struct sv_resource state = {
		.kind = SV_RES_TPM_STATE,
		.access = SV_ACCESS_RW,
		.path = tpm->state,
		.line = tpm->line,
	};

	if (!tpm->line)
		return 0;
	switch (tpm->backend) {
	case SV_TPM_PASSTHROUGH:
		return sv_resource_add(list, &res, "tpm", err);
	case SV_TPM_EXTERNAL:
		return sv_resource_add_chardev(list, &tpm->source, tpm->line, "tpm", run_dir, err);
	case SV_TPM_EMULATOR:
		return sv_resource_add(list, &state, "tpm", err);
	}
	return 0;
}

static int add_filesystem(struct sv_resources *list, const struct sv_filesystem *fs,
			  struct sv_error *err)
{
	const struct sv_resource res = {
		.kind = fs->socket ? SV_RES_CHAR_SOCKET : SV_RES_TREE,
		.access = fs->readonly ? SV_ACCESS_RO : SV_ACCESS_RW,
		.path = fs->socket ? fs->socket : fs->dir,
		.line = fs->line,
	};

	return sv_resource_add(list, &res, fs->tag, err);
}

/* Whether path lies below the tree of res. */
static bool is_below(const char *path, const struct sv_resource *res)
{
	size_t len = strlen(res->path);

	return sv_resource_is_tree(res) && strncmp(path, res->path, len) == 0 && path[len] == '/';
}

/* A file in an exported directory would have two labels, or be put back twice. */
static int check_nested(const struct sv_domain *dom, const struct sv_resource *a,
			const struct sv_resource *b, struct sv_error *err)
{
	const struct sv_resource *inner = is_below(a->path, b) ? a : b;
	const struct sv_resource *outer = inner == a ? b : a;
	char shown[192], dir[192];

	if (!is_below(inner->path, outer))
		return 0;
	(void)sv_fail_at(err, dom->file, a->line, "%s: '%s' lies in the directory '%s' of %s",
			 inner->target, sv_escape(inner->path, shown, sizeof(shown)),
			 sv_escape(outer->path, dir, sizeof(dir)), outer->target);
	return sv_hint(err, "keep what is exported in a directory of its own");
}

static int check_paths(const struct sv_domain *dom, const struct sv_resources *list,
		       struct sv_error *err)
{
	size_t i, k;
	char shown[192];

	for (i = 0; i < list->n; i++) {
		const struct sv_resource *a = &list->items[i];

		for (k = 0; k < i; k++) {
			const struct sv_resource *b = &list->items[k];
			int r = check_nested(dom, a, b, err);

			if (r < 0)
				return r;
			if (!sv_streq(a->path, b->path) ||
			    (a->access == SV_ACCESS_RO && b->access == SV_ACCESS_RO))
				continue;
			(void)sv_fail_at(err, dom->file, a->line,
					 "%s and %s are the same file '%s'", b->target, a->target,
					 sv_escape(a->path, shown, sizeof(shown)));
			return sv_hint(err, "give each a file of its own, or make both read-only");
		}
	}
	return 0;
}

static int add_disks(struct sv_resources *list, const struct sv_domain *dom,
		     const struct sv_images *images, struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < dom->n_disks; i++)
		r = add_disk(list, &dom->disks[i], images ? &images->graphs[i] : NULL, err);
	return r;
}

/* Refuses paths in svirt's run directory, which has locks, control sockets and the directories of
 * other guests. In the guest's own directory only files that the VMM makes are allowed. */
static int settle_own(const struct sv_domain *dom, const char *run_dir, struct sv_resource *res,
		      struct sv_error *err)
{
	const char *name = memrchr(run_dir, '/', (size_t)(strrchr(run_dir, '/') - run_dir));
	size_t own = strlen(run_dir), all = (size_t)(name - run_dir) + 1;
	char shown[192];

	if (strncmp(res->path, run_dir, all) != 0)
		return 0;
	res->own = res->may_create && strncmp(res->path, run_dir, own) == 0 &&
		   res->path[own] == '/' && !strchr(res->path + own + 1, '/');
	sv_escape(res->path, shown, sizeof(shown));
	if (res->own && strlen(res->path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path) &&
	    res->kind != SV_RES_CHAR_FILE) {
		(void)sv_fail_at(err, dom->file, res->line,
				 "%s is longer than a socket's address can be", shown);
		return sv_hint(err, "give the guest, or its channel, a shorter name");
	}
	if (res->own)
		return 0;
	(void)sv_fail_at(err, dom->file, res->line, "%s lies in svirt's own directory %.*s", shown,
			 (int)all - 1, run_dir);
	return sv_hint(err,
		       "keep it elsewhere; only what the guest's own process makes, a socket to "
		       "listen at or a file to write, can be there, in %s/",
		       run_dir);
}

int sv_resources_of(const struct sv_domain *dom, const struct sv_images *images,
		    const char *run_dir, struct sv_resources *ret, struct sv_error *err)
{
	sv_auto_resources struct sv_resources list = {0};
	size_t i;
	int r;

	r = sv_resources_of_boot(dom, &list, err);
	if (r >= 0)
		r = sv_resources_of_memory(dom, &list, err);
	if (r >= 0)
		r = add_disks(&list, dom, images, err);
	for (i = 0; r >= 0 && i < dom->n_chars; i++)
		r = add_char(&list, &dom->chars[i], run_dir, err);
	for (i = 0; r >= 0 && i < dom->n_redirs; i++)
		r = add_redir(&list, &dom->redirs[i], i, run_dir, err);
	if (r >= 0)
		r = add_tpm(&list, &dom->tpm, run_dir, err);
	if (r >= 0)
		r = sv_resources_of_shared_devices(dom, &list, err);
	for (i = 0; r >= 0 && i < dom->n_graphics; i++)
		r = add_graphics(&list, &dom->graphics[i], run_dir, err);
	for (i = 0; r >= 0 && i < dom->n_filesystems; i++)
		r = add_filesystem(&list, &dom->filesystems[i], err);
	for (i = 0; r >= 0 && i < dom->n_rngs; i++)
		r = add_rng(&list, &dom->rngs[i], i, err);
	if (r >= 0)
		r = sv_resources_of_nets(dom, &list, err);
	if (r >= 0)
		r = sv_resources_of_extra(dom, &list, err);
	if (r >= 0)
		r = sv_resources_of_hostdevs(dom, &list, err);
	for (i = 0; r >= 0 && i < list.n; i++)
		r = settle_own(dom, run_dir, &list.items[i], err);
	if (r >= 0)
		r = check_paths(dom, &list, err);
	if (r < 0)
		return r;
	*ret = list;
	list = (struct sv_resources){0};
	return 0;
}

static void free_item(struct sv_resource *item)
{
	free(item->target);
	free(item->made_path);
}

bool sv_resources_have(const struct sv_resources *list, enum sv_resource_kind kind)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].kind == kind)
			return true;
	return false;
}

void sv_resource_drop(struct sv_resources *list, size_t at)
{
	free_item(&list->items[at]);
	list->n--;
	memmove(&list->items[at], &list->items[at + 1], (list->n - at) * sizeof(*list->items));
}

void sv_resources_done(struct sv_resources *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free_item(&list->items[i]);
	free(list->items);
	*list = (struct sv_resources){0};
}
