/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The order of the questions is that of the kernel: each directory from "/" on, its mode before its
 * label, then the mount, then the file. See blocker.h. Must not know a type name of any policy.
 */
#include "guest/blocker.h"

#include "base/string.h"
#include "base/walk.h"
#include "guest/objects.h"
#include "label/context.h"
#include "plan/kind.h"

#include <sys/stat.h>

#define SHOWN 192

/* One search, and what it has found out on the way. */
struct search {
	const struct sv_blocker_case *c;
	struct sv_party parties[SV_MAX_PARTIES];
	size_t n_parties;
	struct sv_walk walk;
	struct sv_mount mount; /* of the file */
	bool has_mount;
	struct sv_blocker *found;
};

static void search_done(struct search *s)
{
	sv_walk_done(&s->walk);
}

/* The end of a search: found->what is filled already. */
static int named(struct search *s, const char *name)
{
	(void)snprintf(s->found->name, sizeof(s->found->name), "%s", name);
	(void)sv_error_place(&s->found->what, s->c->dom->file, s->c->res->line);
	return SV_NONE;
}

/* The same for an error of the library, which becomes the finding. */
static int named_error(struct search *s, const char *name, struct sv_error *err)
{
	s->found->what = *err;
	sv_error_clear(err);
	return named(s, name);
}

static int mount_of(const struct sv_node *node, struct sv_mount *ret, struct sv_error *err)
{
	uint64_t id;
	int r = sv_mount_id(node->fd, &id, err);

	return r == 0 ? sv_mount_find(id, ret, err) : r;
}

/* Would a switch of the policy that is off let guests use the files of this mount? A label of the
 * mount's own is none that it is about. */
static bool opener_off(const struct sv_driver *driver, const struct sv_mount *mount,
		       struct sv_switch *ret)
{
	struct sv_error ignored = {0};

	return !mount->context && driver->opener && driver->opener(mount, ret, &ignored) == 0 &&
	       !ret->on;
}

/* err: an error that becomes the finding, or NULL when found->what is filled already. */
static int named_switch(struct search *s, const struct sv_switch *opener, struct sv_error *err)
{
	char name[sizeof(s->found->name)];

	(void)snprintf(name, sizeof(name), "boolean-off:%s", opener->name);
	return err ? named_error(s, name, err) : named(s, name);
}

/* Whether the label of the file is that of the directory it is in: the policy has none for it. */
static bool has_label_of_directory(const struct search *s, const struct sv_driver *driver,
				   const char *type)
{
	sv_auto_context struct sv_context dir = {0};
	sv_auto_free char *label = NULL;
	struct sv_error ignored = {0};

	return s->walk.n && driver->get(s->walk.dirs[s->walk.n - 1].fd, &label, &ignored) == 0 &&
	       sv_context_parse(label, &dir, &ignored) == 0 && sv_streq(dir.type, type);
}

/* What svirt never labels: only the policy can open it. */
static int hint_shared(const struct search *s, const struct sv_party *party, const char *object,
		       const char *tclass)
{
	sv_auto_context struct sv_context guest = {0}, device = {0};
	struct sv_error *what = &s->found->what, ignored = {0};

	if (sv_context_parse(party->subject->label, &guest, &ignored) < 0 ||
	    sv_context_parse(object, &device, &ignored) < 0)
		return sv_hint(what, "all guests share it: only the policy can open it");
	if (has_label_of_directory(s, party->driver, device.type))
		return sv_hint(what,
			       "all guests share it, so svirt gives it no label; %s is no type of "
			       "its own but that of its directory: give it one and open that, as "
			       "svirt-resources(7) shows",
			       device.type);
	return sv_hint(what,
		       "all guests share it, so svirt gives it no label: see whether a boolean "
		       "opens it (getsebool -a), or: echo '(allow %s %s (%s (getattr open read "
		       "write ioctl map)))' >my.cil && semodule -i my.cil",
		       guest.type, device.type, tclass);
}

/* The policy's no: is it the level, a boolean that is off, or the type? */
static int denied_by_policy(struct search *s, const struct sv_party *party,
			    const struct sv_node *node, const char *path,
			    const struct sv_denial *why, const char *object)
{
	struct sv_error *what = &s->found->what, ignored = {0};
	struct sv_switch opener = {0};
	struct sv_mount mount;

	(void)snprintf(s->found->evidence, sizeof(s->found->evidence), "%s: { %s } on %s (%s)",
		       party->subject->label, why->missing, object, why->tclass);
	sv_fail(what, SV_E_PERMISSION, 0, "the policy keeps the guest from { %s } on %s (%s, %s)",
		why->missing, path, why->tclass, object);
	if (why->category) {
		sv_hint(what, "its type would do, its level is not this guest's: 'svirt list "
			      "--levels' shows whose it is, 'svirt restore --stale' puts back what "
			      "was left behind");
		return named(s, "category-mismatch");
	}
	if (S_ISCHR(node->mode) && sv_kind_is_common(s->c->res, node)) {
		hint_shared(s, party, object, why->tclass);
		return named(s, "type-denied");
	}
	if (mount_of(node, &mount, &ignored) == 0 && opener_off(party->driver, &mount, &opener)) {
		sv_hint(what,
			"move the file to a filesystem with labels; or setsebool -P %s on, which "
			"lets every guest use %s",
			opener.name, opener.opens);
		return named_switch(s, &opener, NULL);
	}
	if (S_ISDIR(node->mode))
		sv_hint(what,
			"keep the file in a directory that guests may search, such as "
			"/var/lib/libvirt/images; or let them search this one: semanage fcontext "
			"-a -t virt_image_t '%s' && restorecon '%s'",
			path, path);
	else
		sv_hint(what, "let svirt label it: take relabel='no' out, or the <label> that it "
			      "was given");
	return named(s, "type-denied");
}

static int denied_by_mode(struct search *s, const struct sv_party *party,
			  const struct sv_node *node, const char *path, const struct sv_denial *why)
{
	struct sv_error *what = &s->found->what;
	const char *user = party->subject->label + 1; /* of "+UID:+GID" */
	int user_len = (int)strcspn(user, ":");
	bool dir = S_ISDIR(node->mode);

	(void)snprintf(s->found->evidence, sizeof(s->found->evidence), "owner +%u:+%u, mode %04o",
		       node->uid, node->gid, node->mode & 07777u);
	sv_fail(what, SV_E_PERMISSION, 0, "the guest's user (%s) may not %s %s",
		party->subject->label, why->missing, path);
	if (dir)
		sv_hint(what,
			"setfacl -m u:%.*s:%s %s; or keep the file where everybody may search",
			user_len, user, strstr(why->missing, "write") ? "wx" : "x", path);
	else if (S_ISCHR(node->mode) && sv_kind_is_common(s->c->res, node))
		sv_hint(what,
			"all guests share it, so svirt leaves its owner as it is: setfacl -m "
			"u:%.*s:rw %s (until the next boot; for good: a udev rule)",
			user_len, user, path);
	else
		sv_hint(what,
			"svirt leaves its owner as it is: take relabel='no' or type='none' out, "
			"or setfacl -m u:%.*s:rw %s",
			user_len, user, path);
	return named(s, dir ? "dac-search" : "dac-open");
}

static int denied(struct search *s, const struct sv_party *party, const struct sv_node *node,
		  const char *path, const struct sv_denial *why, const char *object)
{
	return party->driver->mac ? denied_by_policy(s, party, node, path, why, object)
				  : denied_by_mode(s, party, node, path, why);
}

/* Of two answers about one directory the mode's comes first, as it does in the kernel: the MAC
 * models stand before it in the list of parties. */
static int judge_dirs(struct search *s, struct sv_error *err)
{
	bool missing = s->walk.stopped.code == SV_E_NOTFOUND;
	const struct sv_dirs dirs = {
		.items = s->walk.dirs,
		.n = s->walk.n,
		.make = missing && s->c->res->may_create && s->walk.end.fd < 0,
	};
	struct sv_denial first_why = {0};
	size_t first = dirs.n, i;
	const struct sv_party *who = NULL;
	sv_auto_free char *object = NULL;
	char path[SHOWN];

	for (i = 0; i < s->n_parties; i++) {
		const struct sv_party *party = &s->parties[i];
		struct sv_denial why = {0};
		size_t at = 0;
		int r = party->driver->may_search(party->subject->label, &dirs, &at, &why, err);

		if (r < 0)
			return r;
		if (r == SV_NONE && at <= first) {
			first = at;
			first_why = why;
			who = party;
		}
	}
	if (!who)
		return 0;
	if (who->driver->get(dirs.items[first].fd, &object, err) < 0)
		return -(int)err->code;
	return denied(s, who, &dirs.items[first],
		      sv_walk_name(s->c->res->path, first, path, sizeof(path)), &first_why,
		      object ? object : "no label");
}

/* The walk ended before the file. */
static int judge_stop(struct search *s, struct sv_error *err)
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
	if (s->c->res->may_create && s->walk.n == s->walk.n_all)
		return 0;
	(void)sv_kind_hint_missing(s->c->res, stopped);
	return named_error(s, "missing", stopped);
}

static bool to_be_labelled(const struct search *s)
{
	for (size_t i = 0; i < s->n_parties; i++) {
		const char *why = NULL;

		if (sv_plan_label(s->c->res, &s->walk.end, &s->parties[i], i == 0, &why))
			return true;
	}
	return false;
}

static int judge_kind(struct search *s, struct sv_error *err)
{
	const struct sv_resource *res = s->c->res;
	const struct sv_node *node = &s->walk.end;
	bool system = sv_fs_system_dir(res->path), label = to_be_labelled(s);

	if (sv_kind_check_place(res, err) < 0)
		return named_error(s, "system-path", err);
	if (sv_own_refuse(&s->c->prep->files.own, node, res->path, err) < 0)
		return named_error(s, "system-path", err);
	if (sv_kind_check(res, node, err) < 0)
		return named_error(s, err->code == SV_E_BUSY ? "held-elsewhere" : "not-a-file",
				   err);
	/* the plan looks at each file of a tree */
	if (label && !sv_resource_is_tree(res) && !sv_kind_is_common(res, node) &&
	    sv_node_check_target(node, res->path, err) < 0)
		return named_error(s, system ? "system-path" : "hard-link", err);
	return 0;
}

static int judge_mount(struct search *s)
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

/* Of a step that is held. Another guest's label is in the way; so is somebody else's on a file of
 * this very guest. */
static int judge_hold(struct search *s, const struct sv_step *step, struct sv_error *err)
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

static const struct sv_party *party_of(const struct search *s, const struct sv_step *step)
{
	size_t i = 0;

	/* each step has the driver of one of them */
	while (s->parties[i].driver != step->driver)
		i++;
	return &s->parties[i];
}

/* The file, as it would be when the guest opens it. */
static int judge_step(struct search *s, const struct sv_step *step, struct sv_error *err)
{
	const struct sv_party *p = party_of(s, step);
	const char *label = p->subject->label;
	const char *object = sv_step_is_held(step) ? step->to : step->from;
	struct sv_denial why = {0};
	char path[SHOWN];
	int r = sv_step_is_held(step) ? judge_hold(s, step, err) : 0;

	if (r != 0 || !step->node || !object)
		return r;
	if (!sv_step_is_held(step) && p->driver->may_open)
		r = p->driver->may_open(label, step->node, step->access, &why, err);
	else
		r = p->driver->may_use(label, object, step->node->mode, step->access, &why, err);
	if (r != SV_NONE)
		return r;
	return denied(s, p, step->node, sv_escape(step->path, path, sizeof(path)), &why, object);
}

static int judge_file(struct search *s, struct sv_error *err)
{
	struct sv_resources one = {.items = s->c->res, .n = 1};
	sv_auto_nodes struct sv_nodes nodes = {0};
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_switch opener;
	const struct sv_plan_request req = {
		.resources = &one,
		.parties = s->parties,
		.n_parties = s->n_parties,
		.file = s->c->dom->file,
		.nodes = &nodes,
		.own = &s->c->prep->files.own,
	};
	int r = sv_plan_build(&req, &plan, err);
	size_t i;

	if (r < 0 && err->code == SV_E_HOST && s->has_mount && s->n_parties &&
	    opener_off(s->parties[0].driver, &s->mount, &opener))
		return named_switch(s, &opener, err);
	if (r < 0 && err->code == SV_E_HOST)
		return named_error(
			s, s->has_mount && s->mount.read_only ? "ro-mount" : "fs-unlabelled", err);
	if (r == 0)
		r = sv_objects_check(s->c->prep, s->c->dom, &plan, s->c->store, err);
	if (r < 0 && err->code == SV_E_BUSY)
		return named_error(s, "held-elsewhere", err);
	for (i = plan.n; r == 0 && i > 0; i--)
		r = judge_step(s, &plan.items[i - 1], err);
	return r;
}

/* Whom to ask. Who opens a file that is handed over may do so already: neither the way to it nor
 * its mode matters to the guest. */
static void ask_whom(struct search *s)
{
	size_t n = sv_prepared_parties(s->c->prep, s->parties);

	for (size_t i = 0; i < n; i++) {
		if (s->c->res->handed && !s->parties[i].driver->mac)
			continue;
		s->parties[s->n_parties] = s->parties[i];
		/* what would be left without a word is in the way all the same */
		s->parties[s->n_parties++].on_unlabelled = SV_UNLABELLED_FAIL;
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
	int r;

	/* its directory is made at the start, with the guest's label: nothing is in the way yet */
	if (c->res->own)
		return 0;
	r = sv_walk_open(c->res->path, &s.walk, err);
	ask_whom(&s);
	if (r == 0 && !c->res->handed)
		r = judge_dirs(&s, err);
	if (r == 0 && s.walk.stopped.code != SV_OK)
		r = judge_stop(&s, err);
	if (r == 0 && s.walk.end.fd >= 0) {
		r = mount_of(&s.walk.end, &s.mount, err);
		s.has_mount = r == 0;
		r = r < 0 ? r : judge_kind(&s, err);
		if (r == 0)
			r = judge_mount(&s);
		if (r == 0)
			r = judge_file(&s, err);
	}
	if (r == SV_NONE)
		*ret = found;
	return r;
}
