/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first thing in a guest's way: see blocker.h. Questions are asked in the kernel's order: each
 * directory from "/" on, its mode before its label, then the mount, then the file. Must not know a
 * type name of any policy.
 */
#include "guest/prepare/blocker.h"

#include "base/string.h"
#include "base/walk.h"
#include "guest/prepare/objects.h"
#include "guest/prepare/relabel.h"
#include "guest/prepare/remedy.h"
#include "plan/kind.h"
#include "plan/label.h"

#include <sys/stat.h>

#define SHOWN 192

/* The state of one search. */
struct search {
	const struct sv_blocker_case *c;
	struct sv_layer layers[SV_MAX_LAYERS]; /* to ask; borrowed from the stack */
	size_t n_layers;
	struct sv_walk walk;
	struct sv_mount mount; /* of the file */
	bool has_mount;
	struct sv_blocker *found;
};

static void search_done(struct search *s)
{
	sv_walk_done(&s->walk);
}

/* Ends a search with this name; found->what is filled already. */
static int named(struct search *s, const char *name)
{
	(void)snprintf(s->found->name, sizeof(s->found->name), "%s", name);
	(void)sv_error_place(&s->found->what, s->c->dom->file, s->c->res->line);
	return SV_NONE;
}

/* Ends a search with an error of the library, which becomes the finding. */
static int named_error(struct search *s, const char *name, struct sv_error *err)
{
	s->found->what = *err;
	sv_error_clear(err);
	return named(s, name);
}

/* Whether the policy has a boolean for the files of this mount, and it is off. A boolean has no
 * effect on a mount that was given a label of its own (context=). */
static bool boolean_off(const struct sv_driver *driver, const struct sv_mount *mount,
			struct sv_boolean *ret)
{
	struct sv_error ignored = {0};

	return !mount->context && driver->ask->boolean &&
	       driver->ask->boolean(mount, ret, &ignored) == 0 && !ret->on;
}

/* Ends a search with "boolean-off:NAME". err becomes the finding; NULL: found->what is filled. */
static int named_boolean(struct search *s, const struct sv_boolean *boolean, struct sv_error *err)
{
	char name[sizeof(s->found->name)];

	(void)snprintf(name, sizeof(name), "boolean-off:%s", boolean->name);
	return err ? named_error(s, name, err) : named(s, name);
}

/* The policy refuses: because of the level, a boolean that is off, or the type? */
static int denied_by_policy(struct search *s, const struct sv_refused *refused)
{
	const struct sv_denial *why = refused->why;
	struct sv_error *what = &s->found->what, ignored = {0};
	struct sv_boolean boolean = {0};
	struct sv_mount mount;

	(void)snprintf(s->found->evidence, sizeof(s->found->evidence), "%s: { %s } on %s (%s)",
		       refused->layer->subject.label, why->missing, refused->object, why->tclass);
	sv_fail(what, SV_E_PERMISSION, 0, "the policy keeps the guest from { %s } on %s (%s, %s)",
		why->missing, refused->path, why->tclass, refused->object);
	if (why->category) {
		sv_hint(what, "its type would do, its level is not this guest's: 'svirt list "
			      "--levels' shows whose it is, 'svirt restore --stale' puts back what "
			      "was left behind");
		return named(s, "category-mismatch");
	}
	if (!(S_ISCHR(refused->node->mode) && sv_kind_is_common(refused->res, refused->node)) &&
	    sv_mount_of(refused->node->fd, &mount, &ignored) == 0 &&
	    boolean_off(refused->layer->driver, &mount, &boolean)) {
		sv_hint(what,
			"move the file to a filesystem with labels; or setsebool -P %s on, which "
			"lets every guest use %s",
			boolean.name, boolean.opens);
		return named_boolean(s, &boolean, NULL);
	}
	sv_remedy_for_type(refused, what);
	return named(s, "type-denied");
}

static int denied_by_mode(struct search *s, const struct sv_refused *refused)
{
	const struct sv_node *node = refused->node;
	struct sv_error *what = &s->found->what;

	(void)snprintf(s->found->evidence, sizeof(s->found->evidence), "owner +%u:+%u, mode %04o",
		       node->uid, node->gid, node->mode & 07777u);
	sv_fail(what, SV_E_PERMISSION, 0, "the guest's user (%s) may not %s %s",
		refused->layer->subject.label, refused->why->missing, refused->path);
	sv_remedy_for_mode(refused, what);
	return named(s, refused->step ? "dac-open" : "dac-search");
}

static int denied(struct search *s, const struct sv_refused *refused)
{
	return refused->layer->driver->mac ? denied_by_policy(s, refused)
					   : denied_by_mode(s, refused);
}

static bool is_known(const struct sv_searched *known, const struct sv_node *dir)
{
	for (size_t i = 0; i < known->n; i++)
		if (known->items[i].dev == dir->dev && known->items[i].ino == dir->ino)
			return true;
	return false;
}

/* Whether all these directories were asked about before. Many files have the same directories. */
static bool all_known(const struct sv_searched *known, const struct sv_dirs *dirs)
{
	for (size_t i = 0; known && i < dirs->n; i++)
		if (!is_known(known, &dirs->items[i]))
			return false;
	return known && !dirs->make;
}

static void remember_dirs(struct sv_searched *known, const struct sv_dirs *dirs)
{
	for (size_t i = 0; known && i < dirs->n && known->n < SV_N_ELEMENTS(known->items); i++) {
		const struct sv_node *dir = &dirs->items[i];

		if (is_known(known, dir))
			continue;
		known->items[known->n].dev = dir->dev;
		known->items[known->n++].ino = dir->ino;
	}
}

/* When mode and label both refuse a directory, the mode is reported, as the kernel checks it first.
 * In the list of layers the MAC models come before dac. */
static int check_dirs(struct search *s, struct sv_error *err)
{
	const struct sv_node *end = &s->walk.end;
	/* a process that listens removes an existing socket first */
	bool made = end->fd >= 0 ? S_ISSOCK(end->mode) : s->walk.stopped.code == SV_E_NOTFOUND;
	const struct sv_dirs dirs = {
		.items = s->walk.dirs,
		.n = s->walk.n,
		.make = made && s->c->res->may_create,
	};
	struct sv_denial first_why = {0};
	size_t first = dirs.n, i;
	const struct sv_layer *who = NULL;
	sv_auto_free char *object = NULL;
	char path[SHOWN];

	if (all_known(s->c->searched, &dirs))
		return 0;
	for (i = 0; i < s->n_layers; i++) {
		const struct sv_layer *layer = &s->layers[i];
		struct sv_denial why = {0};
		size_t at = 0;
		int r = layer->driver->ask->may_search
				? layer->driver->ask->may_search(layer->subject.label, &dirs, &at,
								 &why, err)
				: 0;

		if (r < 0)
			return r;
		if (r == SV_NONE && at <= first) {
			first = at;
			first_why = why;
			who = layer;
		}
	}
	if (!who) {
		remember_dirs(s->c->searched, &dirs);
		return 0;
	}
	if (who->driver->label->get(dirs.items[first].fd, &object, err) < 0)
		return -(int)err->code;
	return denied(s, &(struct sv_refused){
				 .res = s->c->res,
				 .layer = who,
				 .node = &dirs.items[first],
				 .path = sv_walk_name(s->c->res->path, first, path, sizeof(path)),
				 .object = object ? object : "no label",
				 .why = &first_why,
			 });
}

/* The walk ended before the file. */
static int check_stop(struct search *s, struct sv_error *err)
{
	struct sv_error *stopped = &s->walk.stopped;

	if (S_ISLNK(s->walk.at))
		return named_error(s, "link", stopped);
	if (s->walk.at && !S_ISDIR(s->walk.at) && stopped->code == SV_E_USAGE)
		return named_error(s, "not-a-file", stopped);
	if (stopped->code != SV_E_NOTFOUND) {
		*err = *stopped;
		return -(int)err->code;
	}
	if ((s->c->res->may_create && s->walk.n == s->walk.n_all) || s->c->res->later)
		return 0;
	(void)sv_kind_hint_missing(s->c->res, stopped);
	return named_error(s, "missing", stopped);
}

static bool to_be_labelled(const struct search *s)
{
	for (size_t i = 0; i < s->n_layers; i++) {
		const char *why = NULL;

		if (sv_plan_label(s->c->res, &s->walk.end, &s->layers[i], i == 0, &why))
			return true;
	}
	return false;
}

static int check_kind(struct search *s, struct sv_error *err)
{
	const struct sv_resource *res = s->c->res;
	const struct sv_node *node = &s->walk.end;
	bool system = sv_fs_system_dir(res->path), label = to_be_labelled(s);
	int r;

	if (sv_kind_check_place(res, err) < 0)
		return named_error(s, "system-path", err);
	if (sv_own_refuse(&s->c->prep->files.own, node, res->path, err) < 0)
		return named_error(s, "system-path", err);
	r = sv_kind_check(res, node, &s->c->prep->files.own, err);
	if (r < 0 && err->code == SV_E_UNKNOWN)
		return r;
	if (r < 0)
		return named_error(s, err->code == SV_E_BUSY ? "held-elsewhere" : "not-a-file",
				   err);
	/* for a tree the plan has looked at each file */
	if (label && !sv_resource_is_tree(res) && !sv_kind_is_common(res, node) &&
	    sv_node_check_target(node, res->path, err) < 0)
		return named_error(s, system ? "system-path" : "hard-link", err);
	return 0;
}

static int check_mount(struct search *s)
{
	const struct sv_resource *res = s->c->res;
	const struct sv_mount *mount = &s->mount;
	struct sv_error *what = &s->found->what;
	char path[SHOWN];

	if (!s->has_mount)
		return 0;
	sv_escape(res->path, path, sizeof(path));
	(void)snprintf(s->found->evidence, sizeof(s->found->evidence), "%s on %s", mount->type,
		       mount->point);
	if (mount->nodev && (S_ISBLK(s->walk.end.mode) || S_ISCHR(s->walk.end.mode))) {
		sv_fail(what, SV_E_PERMISSION, 0, "%s is a device, and %s is mounted with nodev",
			path, mount->point);
		sv_hint(what, "use the device's node in /dev");
		return named(s, "nodev");
	}
	if (mount->read_only && res->access != SV_ACCESS_RO && !S_ISSOCK(s->walk.end.mode)) {
		sv_fail(what, SV_E_HOST, 0, "%s is to be written, and %s (%s) is mounted read-only",
			path, mount->point, mount->type);
		sv_hint(what, "mount -o remount,rw %s; or make it <readonly/>", mount->point);
		return named(s, "ro-mount");
	}
	s->found->evidence[0] = '\0';
	return 0;
}

/* Checks the hold of a step. Another guest's label is in the way. So is a label that somebody else
 * has set on a file of this guest. */
static int check_hold(struct search *s, const struct sv_step *step, struct sv_error *err)
{
	const struct sv_blocker_case *c = s->c;
	struct sv_hold hold = {.driver = (char *)(uintptr_t)step->driver->name,
			       .dev = step->node->dev,
			       .ino = step->node->ino,
			       .born = step->node->born};
	sv_auto_free char *holder = NULL, *wanted = NULL;
	struct sv_error *what = &s->found->what;
	bool alone = false, same;
	char path[SHOWN];
	int r;

	if (!c->store)
		return 0;
	r = sv_hold_find(c->store, &hold, &holder, &wanted, &alone, err);
	if (r != 0)
		return r < 0 ? r : 0;
	sv_escape(step->path, path, sizeof(path));
	(void)snprintf(s->found->evidence, sizeof(s->found->evidence), "%s wants %s, it has %s",
		       holder, wanted, step->from);
	same = sv_streq(wanted, step->to);
	alone |= sv_step_is_alone(step);
	if (!sv_streq(holder, c->dom->name) && (alone || !same)) {
		sv_fail(what, SV_E_BUSY, 0, "%s is held by guest %s %s", path, holder,
			same ? "and can be written by one guest only" : "with another label");
		sv_hint(what,
			"stop that guest, or run: svirt restore %s; what several guests use "
			"has to be <readonly/> or <shareable/> in all of them",
			holder);
		return named(s, "held-elsewhere");
	}
	r = sv_streq(holder, c->dom->name) ? step->driver->same(step->from, wanted, err) : 0;
	if (r == SV_NONE) {
		sv_fail(what, SV_E_PERMISSION, 0, "%s was relabelled since it was labelled for %s",
			path, holder);
		sv_hint(what,
			"see who did that (restorecon?), then: svirt restore %s; svirt start %s",
			holder, holder);
		return named(s, "label-changed");
	}
	s->found->evidence[0] = '\0';
	return r;
}

/* The layer of a step. NULL: its model is not asked. */
static const struct sv_layer *layer_of(const struct search *s, const struct sv_step *step)
{
	for (size_t i = 0; i < s->n_layers; i++)
		if (s->layers[i].driver == step->driver)
			return &s->layers[i];
	return NULL;
}

/* The access to ask about. An exported directory is only opened for reading: a start does not fail
 * because the guest may not make files in it. */
static enum sv_access access_of(const struct search *s, const struct sv_step *step)
{
	return s->c->start && step->node && S_ISDIR(step->node->mode) ? SV_ACCESS_RO : step->access;
}

/* Asks about the file as it would be when the guest opens it. */
static int check_step(struct search *s, const struct sv_step *step, struct sv_error *err)
{
	const struct sv_layer *p = layer_of(s, step);
	const char *label = p ? p->subject.label : NULL;
	const char *object = sv_step_is_held(step) ? step->to : step->from;
	enum sv_access access = access_of(s, step);
	struct sv_denial why = {0};
	char path[SHOWN];
	int r = label && sv_step_is_held(step) ? check_hold(s, step, err) : 0;

	if (r == 0 && label && !s->c->start && sv_relabel_check(step, s->c->manager, err) < 0)
		return err->code == SV_E_PERMISSION ? named_error(s, "relabel-denied", err)
						    : -(int)err->code;
	if (r != 0 || !label || !step->node || !object)
		return r;
	if (s->c->res->handed && p->driver->ask->may_hold)
		r = p->driver->ask->may_hold(label, object, step->node->mode, access, &why, err);
	else if ((!sv_step_is_held(step) || step->action == SV_STEP_HOLD) &&
		 p->driver->ask->may_open)
		r = p->driver->ask->may_open(label, step->node, access, &why, err);
	else
		r = p->driver->ask->may_use(label, object, step->node->mode, access, &why, err);
	if (r != SV_NONE)
		return r;
	return denied(s, &(struct sv_refused){
				 .res = s->c->res,
				 .layer = p,
				 .node = step->node,
				 .dir = s->walk.n ? &s->walk.dirs[s->walk.n - 1] : NULL,
				 .step = step,
				 .path = sv_escape(step->path, path, sizeof(path)),
				 .object = object,
				 .why = &why,
			 });
}

/* Checks the steps of a start's plan that are for this path. */
static int check_planned(struct search *s, const struct sv_plan *plan, struct sv_error *err)
{
	int r = 0;

	for (size_t i = plan->n; r == 0 && i > 0; i--) {
		const struct sv_step *step = &plan->items[i - 1];

		if (step->line == s->c->res->line && sv_streq(step->path, s->c->res->path))
			r = check_step(s, step, err);
	}
	return r;
}

static int check_file(struct search *s, struct sv_error *err)
{
	struct sv_resources one = {.items = s->c->res, .n = 1};
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_boolean boolean;
	const struct sv_plan_request req = {
		.resources = &one,
		.layers = s->layers,
		.n_layers = s->n_layers,
		/* a check also reports a file that a start would leave without a warning */
		.on_unlabelled =
			s->c->start ? s->c->prep->request.on_unlabelled : SV_UNLABELLED_FAIL,
		.file = s->c->dom->file,
		.nodes = s->c->nodes,
		.own = &s->c->prep->files.own,
	};
	int r = sv_plan_build(&req, &plan, err);

	if (r < 0 && err->code == SV_E_HOST && s->has_mount && s->n_layers &&
	    boolean_off(s->layers[0].driver, &s->mount, &boolean))
		return named_boolean(s, &boolean, err);
	if (r < 0 && err->code == SV_E_HOST)
		return named_error(
			s, s->has_mount && s->mount.read_only ? "ro-mount" : "fs-unlabelled", err);
	if (r == 0 && !s->c->start)
		r = sv_objects_check(s->c->prep, s->c->dom, &plan, s->c->store, err);
	if (r < 0 && err->code == SV_E_BUSY)
		return named_error(s, "held-elsewhere", err);
	return r == 0 ? check_planned(s, &plan, err) : r;
}

/* Chooses the layers to ask. For a file that is passed to the guest as a descriptor, the
 * directories and the mode do not matter. */
static void ask_whom(struct search *s)
{
	const struct sv_stack *stack = &s->c->prep->identity.stack;

	for (size_t i = 0; i < stack->n; i++) {
		bool mac = stack->v[i].driver->mac;

		if (s->c->res->handed && !mac)
			continue;
		if (s->c->start && mac && !sv_identity_is_enforced(&s->c->prep->identity))
			continue;
		s->layers[s->n_layers++] = stack->v[i];
	}
}

int sv_blocker_find(const struct sv_blocker_case *c, struct sv_blocker *ret, struct sv_error *err)
{
	struct sv_blocker found = {0};
	sv_cleanup(search_done) struct search s = {
		.c = c,
		.found = &found,
		.walk.end = SV_NODE_EMPTY,
	};
	/* of what is planned, the plan has looked at the kind already */
	bool planned = c->start && c->res->kind != SV_RES_KVM;
	int r;

	/* the guest's own directory is made at the start, with its label: nothing can be in the way
	 */
	if (c->res->own)
		return 0;
	r = sv_walk_open(c->res->path, c->nodes, &s.walk, err);
	ask_whom(&s);
	if (r == 0 && !c->res->handed)
		r = check_dirs(&s, err);
	if (r == 0 && s.walk.stopped.code != SV_OK)
		r = check_stop(&s, err);
	if (r == 0 && s.walk.end.fd >= 0) {
		r = sv_mount_of(s.walk.end.fd, &s.mount, err);
		s.has_mount = r == 0;
		if (r >= 0)
			r = planned ? 0 : check_kind(&s, err);
		if (r == 0)
			r = check_mount(&s);
		if (r == 0)
			r = planned ? check_planned(&s, &c->prep->plan, err) : check_file(&s, err);
	}
	if (r == SV_NONE)
		*ret = found;
	return r;
}
