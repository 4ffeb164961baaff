/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One object, one holder: see held.h. Must not know what a label means. */
#include "plan/held.h"

#include "base/string.h"
#include "plan/device.h"
#include "plan/object.h"
#include "plan/tree.h"

#include <sys/stat.h>

#define SHOWN	 256
#define NS_PER_S UINT64_C(1000000000)

int sv_held_fail(struct sv_store *store, const struct sv_hold *hold, const char *holder,
		 struct sv_error *err)
{
	sv_auto_free char *other = NULL, *wanted = NULL;
	char path[SHOWN], name[64];
	bool alone, differs;
	int r = sv_hold_find(store, hold, &other, &wanted, &alone, err);

	if (r < 0)
		return r;
	differs = r == 0 && !sv_streq(wanted, hold->wanted);
	sv_escape(hold->path, path, sizeof(path));
	sv_escape(holder, name, sizeof(name));
	r = sv_hold_is_going(store, hold, err);
	if (r < 0)
		return r;
	if (r == 0) {
		sv_fail(err, SV_E_BUSY, 0, "%s was guest %s's, and its labels are going back", path,
			name);
		return sv_hint(err, "run the command again when that is done");
	}
	sv_fail(err, SV_E_BUSY, 0, "%s is held by guest %s %s", path, name,
		differs ? "with another label" : "and can be written by one guest only");
	return sv_hint(err,
		       "stop that guest, or run: svirt restore %s; what several guests use has to "
		       "be <readonly/> or <shareable/> in all of them",
		       name);
}

static int fail_overlaps(const struct sv_hold *hold, const char *path, const char *holder,
			 struct sv_error *err)
{
	char mine[SHOWN], theirs[SHOWN], name[64];

	sv_escape(holder, name, sizeof(name));
	sv_fail(err, SV_E_BUSY, 0, "%s and %s of guest %s lie in one another",
		sv_escape(hold->path, mine, sizeof(mine)), sv_escape(path, theirs, sizeof(theirs)),
		name);
	return sv_hint(err,
		       "an exported directory is labelled whole: keep what other guests use "
		       "elsewhere, or stop that guest, or run: svirt restore %s",
		       name);
}

static int check_overlaps(struct sv_store *store, const struct sv_hold *hold, struct sv_error *err)
{
	sv_auto_free char *path = NULL, *holder = NULL;
	int r = sv_hold_overlaps(store, hold, &path, &holder, err);

	return r == SV_BUSY ? fail_overlaps(hold, path, holder, err) : r;
}

/* Fills the error for an object of the plan (mine) that another guest holds. */
static int fail_met(const char *mine, const struct sv_inode_holder *met, struct sv_error *err)
{
	char shown[SHOWN], theirs[SHOWN], name[64];

	sv_escape(mine, shown, sizeof(shown));
	sv_escape(met->path, theirs, sizeof(theirs));
	sv_escape(met->holder, name, sizeof(name));
	if (met->leaf)
		sv_fail(err, SV_E_BUSY, 0, "%s lies in the directory %s, which guest %s holds",
			shown, theirs, name);
	else
		sv_fail(err, SV_E_BUSY, 0, "%s is the same file as %s, which guest %s holds", shown,
			theirs, name);
	return sv_hint(err,
		       "a label belongs to the file, whatever name it has: keep what other guests "
		       "use elsewhere, or stop that guest, or run: svirt restore %s",
		       name);
}

struct query {
	const struct sv_step *step;
};

/* Whether the inode number of a tree's entry belongs to another file by now. That is so when the
 * file was made after the tree was journalled and does not have the guest's label. Both are
 * checked, because a clock may be set back. */
static int is_another(const struct sv_node *node, const struct sv_inode_holder *met,
		      struct sv_error *err)
{
	const struct sv_driver *driver;
	sv_auto_free char *now = NULL;
	int r = sv_driver_need(met->driver, &driver, err);

	if (r < 0)
		return r;
	if (!node->born || node->born / NS_PER_S <= (uint64_t)met->since)
		return SV_NONE;
	r = driver->label->get(node->fd, &now, err);
	if (r == 0)
		r = sv_object_same(driver, now, met->wanted, err);
	return r < 0 ? r : (r == SV_NONE ? 0 : SV_NONE);
}

static int check_node(const struct sv_node *node, const char *path,
		      const struct sv_inode_holder *met, struct sv_error *err)
{
	int r;

	if (!met->leaf && met->born && node->born && met->born != node->born)
		return 0;
	r = met->leaf ? is_another(node, met, err) : SV_NONE;
	return r == SV_NONE ? fail_met(path, met, err) : r;
}

static int meet_root(void *data, const struct sv_inode_holder *met, struct sv_error *err)
{
	const struct query *query = data;

	return check_node(query->step->node, query->step->path, met, err);
}

/* Called for each file of the tree that another guest holds by number. A file that cannot be opened
 * does not count as free. */
static int meet_inner(void *data, const struct sv_inode_holder *met, struct sv_error *err)
{
	const struct query *query = data;
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	sv_auto_free char *path = NULL;
	struct sv_error ignored = {0};
	int r = sv_tree_find(query->step->tree, query->step->path, met->ino, &path, err);

	if (r < 0)
		return r;
	if (sv_node_open(path, &node, &ignored) < 0 || node.ino != met->ino)
		return fail_met(path, met, err);
	return check_node(&node, path, met, err);
}

/* Whether the object of step lies in a tree of another guest, or has an object of another guest in
 * it. */
static int check_below(const struct sv_step *step, const struct sv_hold *hold,
		       struct sv_store *store, struct sv_error *err)
{
	struct query query = {step};
	struct sv_inode_set set = {
		.dev = hold->dev,
		.inos = &hold->ino,
		.n = 1,
		.guest = hold->guest,
		.self = hold,
		.leaves_only = true,
	};
	int r = sv_below_meet(store, &set, meet_root, &query, err);

	if (r < 0 || !step->tree)
		return r;
	set.inos = step->tree->inos;
	set.n = step->tree->n_inos;
	set.leaves_only = false;
	return sv_below_meet(store, &set, meet_inner, &query, err);
}

/* Whether the file itself is held. SV_BUSY: by *ret. */
static int check_file_held(const struct sv_hold *hold, const struct sv_node *node,
			   struct sv_store *store, char **ret, struct sv_error *err)
{
	struct sv_hold file = *hold;

	file.dev = node->dev;
	file.ino = node->ino;
	file.born = node->born;
	/* any holder counts, whatever its model */
	file.driver = (char *)(uintptr_t) "";
	return sv_hold_check(store, &file, ret, err);
}

/* Whether the file lies in a directory that is held. */
static int check_file_below(const struct sv_hold *hold, const char *path,
			    const struct sv_node *node, struct sv_store *store,
			    struct sv_error *err)
{
	struct sv_step step = {.node = node};
	struct query query = {&step};
	const struct sv_inode_set set = {
		.dev = node->dev,
		.inos = &node->ino,
		.n = 1,
		.guest = hold->guest,
		.self = hold,
		.leaves_only = true,
	};
	char shown[SHOWN];
	int r = sv_strdup(path, &step.path, err);

	if (r == 0)
		r = sv_below_meet(store, &set, meet_root, &query, err);
	free(step.path);
	return r < 0 ? sv_wrap(err, "%s", sv_escape(hold->path, shown, sizeof(shown))) : r;
}

struct asked {
	const struct sv_hold *hold;
	struct sv_store *store;
};

static int check_file(void *data, const char *path, const struct sv_node *node,
		      struct sv_error *err)
{
	const struct asked *asked = data;
	const struct sv_hold *hold = asked->hold;
	sv_auto_free char *holder = NULL;
	char mine[SHOWN], theirs[SHOWN], name[64];
	int r = check_file_held(hold, node, asked->store, &holder, err);

	if (r == 0)
		return check_file_below(hold, path, node, asked->store, err);
	if (r != SV_BUSY)
		return r;
	sv_fail(err, SV_E_BUSY, 0, "%s lies on %s, which guest %s holds",
		sv_escape(hold->path, mine, sizeof(mine)), sv_escape(path, theirs, sizeof(theirs)),
		sv_escape(holder, name, sizeof(name)));
	return sv_hint(err, "stop that guest, or run: svirt restore %s", name);
}

static int fail_device(const struct sv_hold *hold, const char *path, const char *holder,
		       struct sv_error *err)
{
	char mine[SHOWN], theirs[SHOWN], name[64];

	sv_escape(hold->path, mine, sizeof(mine));
	sv_escape(path, theirs, sizeof(theirs));
	sv_escape(holder, name, sizeof(name));
	sv_fail(err, SV_E_BUSY, 0,
		"%s and %s, which guest %s holds, are one device, or one of them lies on the other",
		mine, theirs, name);
	return sv_hint(err,
		       "stop that guest, or run: svirt restore %s; lsblk shows what lies on what",
		       name);
}

/* Whether another guest holds a related device. A device may have any number of nodes, and parts
 * that are devices too. A file may have loop devices that lie on it. */
static int check_devices(const struct sv_step *step, const struct sv_hold *hold,
			 struct sv_store *store, struct sv_error *err)
{
	sv_auto_devices struct sv_devices parts = {0};
	sv_auto_free char *path = NULL, *holder = NULL;
	const struct sv_devices *all = hold->device ? &parts : &step->over;
	struct asked asked = {hold, store};
	int r = hold->device ? sv_devices_of(step->node, &parts, err) : 0;

	for (size_t i = 0; r == 0 && i < all->n; i++)
		r = sv_hold_check_device(store, hold, all->items[i], &path, &holder, err);
	if (r == SV_BUSY)
		return fail_device(hold, path, holder, err);
	return r == 0 ? sv_device_each_file(step->node, step->path, check_file, &asked, err) : r;
}

/* Whether another guest gets the device whose directory in sysfs this is (plan/bind.h): then what
 * lies behind it goes away with its driver. */
static int check_parent(const struct sv_hold *hold, const char *dir, struct sv_store *store,
			struct sv_error *err)
{
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	sv_auto_free char *holder = NULL;
	struct sv_hold parent = *hold;
	int r = sv_node_open(dir, &node, err);

	if (r < 0)
		return r;
	parent.dev = node.dev;
	parent.ino = node.ino;
	parent.born = node.born;
	r = sv_hold_check(store, &parent, &holder, err);
	return r == SV_BUSY ? fail_device(hold, dir, holder, err) : r;
}

static int check_parents(const struct sv_hold *hold, struct sv_store *store, struct sv_error *err)
{
	sv_auto_sysfs struct sv_sysfs sysfs = SV_SYSFS_EMPTY;
	sv_auto_free char *dir = NULL;
	char below[SV_DEVNUM_DIR], *slash;
	int r = sv_sysfs_open("", &sysfs, err);

	if (r == 0)
		r = sv_sysfs_path(&sysfs, sv_devnum_dir(hold->device, below), &dir, err);
	while (r == 0 && (slash = strrchr(dir, '/')) && slash != dir) {
		*slash = '\0';
		r = check_parent(hold, dir, store, err);
	}
	return r == SV_NONE ? 0 : r;
}

/* The loop devices of the host are listed once for all steps. */
int sv_held_look(struct sv_plan *plan, struct sv_error *err)
{
	sv_auto_sysfs struct sv_sysfs sysfs = SV_SYSFS_EMPTY;
	sv_auto_loops struct sv_loops loops = {0};
	int r = plan->n ? sv_sysfs_open("", &sysfs, err) : 0;

	if (r == 0 && plan->n)
		r = sv_loops_read(&sysfs, &loops, err);
	for (size_t i = 0; r == 0 && loops.n && i < plan->n; i++) {
		struct sv_step *step = &plan->items[i];

		if (sv_step_is_held(step) && (step->tree || S_ISREG(step->node->mode)))
			r = sv_devices_over(&loops, step->node, step->tree, &step->over, err);
	}
	return r;
}

int sv_held_check(const struct sv_step *step, struct sv_store *store, int64_t guest,
		  struct sv_error *err)
{
	/* everything is borrowed */
	const struct sv_hold hold = {
		.guest = guest,
		.driver = (char *)(uintptr_t)step->driver->name,
		.path = step->path,
		.dev = step->node->dev,
		.ino = step->node->ino,
		.born = step->node->born,
		.device = sv_devnum_of(step->node),
		.wanted = step->to,
		.tree = step->tree != NULL,
		.alone = sv_step_is_alone(step),
	};
	sv_auto_free char *holder = NULL;
	int r = sv_hold_check(store, &hold, &holder, err);

	if (r == SV_BUSY)
		return sv_held_fail(store, &hold, holder, err);
	if (r == 0)
		r = check_overlaps(store, &hold, err);
	if (r == 0)
		r = check_devices(step, &hold, store, err);
	if (r == 0 && hold.device)
		r = check_parents(&hold, store, err);
	return r == 0 ? check_below(step, &hold, store, err) : r;
}

static int check_steps(const struct sv_plan *plan, struct sv_store *store, const char *guest,
		       struct sv_error *err)
{
	sv_auto_lease struct sv_lease lease = {0};
	int r = sv_lease_find(store, guest, &lease, err);

	r = r == SV_NONE ? 0 : r;
	for (size_t i = 0; r == 0 && i < plan->n; i++) {
		if (sv_step_is_held(&plan->items[i]))
			r = sv_held_check(&plan->items[i], store, lease.id, err);
	}
	return r;
}

int sv_plan_check_held(const struct sv_plan *plan, struct sv_store *store, const char *guest,
		       struct sv_error *err)
{
	bool looks = false;
	int r = store ? sv_store_look(store, &looks, err) : SV_NONE;

	if (r == 0)
		r = check_steps(plan, store, guest, err);
	if (looks)
		sv_store_rollback(store);
	return r == SV_NONE ? 0 : r;
}

int sv_plan_awaits(const struct sv_plan *plan, struct sv_store *store, const char **ret_path,
		   struct sv_error *err)
{
	int r = SV_NONE;

	for (size_t i = 0; r == SV_NONE && i < plan->n; i++) {
		const struct sv_step *step = &plan->items[i];
		struct sv_hold hold;

		if (!sv_step_is_held(step) || (!step->tree && !sv_step_binds(step)))
			continue;
		hold = (struct sv_hold){
			.driver = (char *)(uintptr_t)step->driver->name,
			.dev = step->node->dev,
			.ino = step->node->ino,
			.born = step->node->born,
		};
		r = sv_hold_is_going(store, &hold, err);
		*ret_path = step->path;
	}
	return r;
}
