/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds out who uses a file that libvirt remembers: see libvirt.h. libvirt's own count proves
 * nothing: it stays behind when a host or libvirt crashes, and is copied with the file. Its time of
 * the host's start is wrong once a clock was set. So live processes are looked at: one at the level
 * of the file's label, or one that holds a lock on the file, as QEMU does for every open image.
 */
#include "guest/restore/libvirt.h"

#include "base/string.h"
#include "guest/restore/undos.h"
#include "plan/object.h"
#include "plan/remembered.h"

#include <sys/sysmacros.h>

#define SHOWN	  256
#define HOLDER	  192
#define NAME	  64
#define LOCKS_MAX (16u * 1024 * 1024)
#define ARGS_MAX  (2u * 1024 * 1024)

struct seeker {
	struct sv_level level;
	pid_t pid;
};

static int is_at(void *data, const struct sv_live_level *live)
{
	struct seeker *seeker = data;

	if (!sv_level_equal(&seeker->level, live->level))
		return 0;
	seeker->pid = live->pid;
	return SV_SKIP;
}

/* The name of the guest in QEMU's arguments, as libvirt writes them ("-name guest=NAME,..."). */
static const char *guest_of(pid_t pid, char out[NAME])
{
	sv_auto_free char *args = NULL, *path = NULL;
	struct sv_error e = {0};
	size_t len = 0, i;
	const char *name;

	if (sv_asprintf(&path, &e, "/proc/%d/cmdline", (int)pid) < 0 ||
	    sv_fs_read(path, ARGS_MAX, &args, &len, &e) < 0)
		return NULL;
	for (i = 0; i < len; i += strlen(args + i) + 1)
		if (sv_streq(args + i, "-name"))
			break;
	i += strlen("-name") + 1;
	if (i >= len)
		return NULL;
	name = sv_starts_with(args + i, "guest=") ? args + i + strlen("guest=") : args + i;
	args[i + strcspn(args + i, ",")] = '\0';
	return sv_escape(name, out, NAME);
}

static void name_process(pid_t pid, char holder[HOLDER])
{
	char shown[NAME];
	const char *guest = guest_of(pid, shown);

	if (guest)
		(void)snprintf(holder, HOLDER, "process %d, guest '%s'", (int)pid, guest);
	else
		(void)snprintf(holder, HOLDER, "process %d", (int)pid);
}

/* SV_NONE: nobody has a lock on it. */
static int find_lock(const struct sv_node *node, char holder[HOLDER], struct sv_error *err)
{
	sv_auto_free char *locks = NULL;
	char inode[64];
	int r = sv_fs_read("/proc/locks", LOCKS_MAX, &locks, NULL, err);

	if (r < 0)
		return r;
	(void)snprintf(inode, sizeof(inode), " %02x:%02x:%llu ", major(node->dev), minor(node->dev),
		       (unsigned long long)node->ino);
	if (!strstr(locks, inode))
		return SV_NONE;
	(void)snprintf(holder, HOLDER, "a process that has locked it");
	return 0;
}

/* SV_NONE: nobody is at that level. */
static int find_at(const struct sv_driver *driver, const struct sv_level *level,
		   struct sv_store *store, char holder[HOLDER], struct sv_error *err)
{
	sv_auto_lease struct sv_lease lease = {0};
	struct seeker seeker = {.level = *level};
	char name[NAME];
	uint32_t pair;
	int r = driver->level->in_use(is_at, &seeker, err);

	if (r == SV_SKIP) {
		name_process(seeker.pid, holder);
		return 0;
	}
	if (r < 0 || !store || !sv_pair_of(level, &pair))
		return r < 0 ? r : SV_NONE;
	r = sv_lease_holding(store, pair, NULL, &lease, err);
	if (r == 0)
		(void)snprintf(holder, HOLDER, "guest '%s'",
			       sv_escape(lease.name, name, sizeof(name)));
	return r;
}

/* Whether the file has the label of some guest: a level with categories. */
static int guest_level(const struct sv_driver *driver, const struct sv_node *node,
		       struct sv_level *ret, struct sv_error *err)
{
	sv_auto_free char *label = NULL;
	int r = driver && driver->level ? driver->label->get(node->fd, &label, err) : SV_NONE;

	if (r == 0)
		r = driver->level->level_of(label, ret, err);
	if (r == 0 && sv_catset_count(&ret->cats) == 0)
		r = SV_NONE;
	return r;
}

/* SV_NONE: nobody is seen to use it. */
static int find_holder(const struct sv_driver *driver, const struct sv_node *node,
		       struct sv_store *store, char holder[HOLDER], struct sv_error *err)
{
	struct sv_level level;
	int r = guest_level(driver, node, &level, err);

	if (r == 0)
		r = find_at(driver, &level, store, holder, err);
	return r == SV_NONE ? find_lock(node, holder, err) : r;
}

static int fail_held(const char *path, const char *holder, struct sv_error *err)
{
	char shown[SHOWN];

	(void)sv_fail(err, SV_E_BUSY, 0, "%s is in use by %s: libvirt remembers its label",
		      sv_escape(path, shown, sizeof(shown)), holder);
	return sv_hint(err, "'virsh list' shows libvirt's guests: end the one that uses it first");
}

static int fail_left(const char *path, struct sv_error *err)
{
	char shown[SHOWN];

	sv_escape(path, shown, sizeof(shown));
	(void)sv_fail(
		err, SV_E_BUSY, 0,
		"libvirt remembers another label of %s, and would put it back one day; nobody "
		"uses it now",
		shown);
	return sv_hint(err, "svirt restore --stale '%s'", shown);
}

struct asked {
	const struct sv_driver *driver;
	struct sv_store *store;
	bool labels; /* the step labels its file, so that libvirt's label would replace that one */
};

static int check_node(const struct sv_node *node, const char *path, const struct asked *asked,
		      struct sv_error *err)
{
	char shown[SHOWN], holder[HOLDER];
	int r = sv_remembered_any(node->fd, err);

	if (r == SV_NONE)
		return 0;
	if (r == 0)
		r = find_holder(asked->driver, node, asked->store, holder, err);
	if (r < 0)
		return sv_wrap(err, "%s", sv_escape(path, shown, sizeof(shown)));
	if (r == 0)
		return fail_held(path, holder, err);
	return asked->labels ? fail_left(path, err) : 0;
}

/* Checks a file in a directory, which was found when the directory was read. */
static int check_inner(const char *path, const struct asked *asked, struct sv_error *err)
{
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	int r = sv_node_open(path, &node, err);

	return r < 0 ? r : check_node(&node, path, asked, err);
}

static int check_below(void *data, const char *path, const struct sv_node *node,
		       struct sv_error *err)
{
	return check_node(node, path, data, err);
}

static int check_step(const struct sv_step *step, const struct sv_driver *driver,
		      struct sv_store *store, struct sv_error *err)
{
	struct asked asked = {driver, store, step->action != SV_STEP_HOLD};
	const char *inner = sv_step_remembered(step);
	int r = check_node(step->node, step->path, &asked, err);

	if (r == 0 && inner)
		r = check_inner(inner, &asked, err);
	return r == 0 ? sv_device_each_file(step->node, step->path, check_below, &asked, err) : r;
}

int sv_libvirt_check(const struct sv_plan *plan, const struct sv_driver *driver,
		     struct sv_store *store, struct sv_error *err)
{
	const struct sv_node *seen = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->n; i++) {
		const struct sv_step *step = &plan->items[i];

		/* the steps of one file follow each other, one for each model */
		if (!sv_step_is_held(step) || step->node == seen)
			continue;
		seen = step->node;
		r = check_step(step, driver, store, err);
	}
	return r;
}

/* One file whose attributes of libvirt are to be removed. */
struct leftover {
	const char *path;
	struct sv_node node;
	bool any;   /* libvirt remembers something of it */
	bool guest; /* it still has the label of a guest */
	bool dry;   /* nothing is to be changed */
};

struct leftovers {
	struct leftover *items;
	size_t n;
};

static void leftovers_done(struct leftovers *leftovers)
{
	for (size_t i = 0; i < leftovers->n; i++)
		sv_node_done(&leftovers->items[i].node);
	free(leftovers->items);
}

/* Makes all checks of one file, before anything is changed. */
static int look(const struct sv_driver *driver, struct sv_store *store, struct leftover *leftover,
		struct sv_error *err)
{
	char holder[HOLDER];
	struct sv_level level;
	int r = sv_remembered_any(leftover->node.fd, err);

	if (r == SV_NONE)
		return sv_remembered_may_see(leftover->node.fd, err);
	if (r < 0)
		return r;
	leftover->any = true;
	r = find_holder(driver, &leftover->node, store, holder, err);
	if (r == 0)
		return fail_held(leftover->path, holder, err);
	if (r == SV_NONE)
		r = guest_level(driver, &leftover->node, &level, err);
	leftover->guest = r == 0;
	return r < 0 ? r : 0;
}

static int open_leftover(const struct sv_driver *driver, struct sv_store *store,
			 struct leftover *leftover, struct sv_error *err)
{
	char shown[SHOWN];
	int r = sv_node_open(leftover->path, &leftover->node, err);

	if (r == 0)
		r = sv_node_check_target(&leftover->node, leftover->path, err);
	if (r < 0)
		return r;
	r = look(driver, store, leftover, err);
	/* SV_E_BUSY has the file and its user already */
	return r < 0 && err->code != SV_E_BUSY
		       ? sv_wrap(err, "%s", sv_escape(leftover->path, shown, sizeof(shown)))
		       : r;
}

/* The label that one model gives back to the file. SV_NONE: the label stays, because no other one
 * is known, or because somebody else has set it. */
static int goal(const struct sv_driver *model, const struct leftover *leftover,
		const struct sv_remembered *memory, char **ret, struct sv_error *err)
{
	if (!leftover->guest)
		return SV_NONE;
	if (memory->label)
		return sv_strdup(memory->label, ret, err);
	return model->label->fallback
		       ? model->label->fallback(leftover->path, leftover->node.mode, ret, err)
		       : SV_NONE;
}

static int put_back(const struct sv_driver *model, const struct leftover *leftover, const char *to,
		    const char *now, struct sv_undo_note *note, struct sv_error *err)
{
	int r = sv_object_same(model, now, to, err);

	if (r == 0)
		note->result = "unchanged";
	if (r != SV_NONE)
		return r;
	note->result = leftover->dry ? "would-restore" : "restored";
	return leftover->dry ? 0 : sv_object_set(model, &leftover->node, leftover->path, to, err);
}

static int forget(const struct sv_driver *model, const struct leftover *leftover,
		  struct sv_undo_list *list, struct sv_error *err)
{
	sv_auto_remembered struct sv_remembered memory = {0};
	sv_auto_free char *now = NULL, *to = NULL, *reason = NULL;
	struct sv_undo_note note = {.driver = model->name, .path = leftover->path};
	int r = sv_remembered_read(leftover->node.fd, model->name, &memory, err);

	if (r != 0)
		return r < 0 ? r : 0;
	r = sv_object_label(model, &leftover->node, leftover->path, &now, err);
	if (r == 0)
		r = goal(model, leftover, &memory, &to, err);
	note.label = to ? to : now;
	note.result = "cleared";
	if (r == 0)
		r = put_back(model, leftover, to, now, &note, err);
	if (r >= 0)
		r = sv_asprintf(&reason, err, "libvirt counted %llu, %s; it was %s",
				(unsigned long long)memory.users,
				memory.this_boot ? "in this boot" : "in another boot",
				memory.label ? memory.label : "not remembered");
	if (r == 0 && !leftover->dry)
		r = sv_remembered_clear(leftover->node.fd, model->name, err);
	if (r < 0)
		return r;
	note.reason = reason;
	sv_undo_list_add(list, &note);
	return 0;
}

/* Puts owners back first, against the order of sv_drivers. While the file still has a guest's
 * label, a second try knows that the owner is the guest's too. */
static int forget_all(const struct leftover *leftover, struct sv_undo_list *list,
		      struct sv_error *err)
{
	char shown[SHOWN];
	size_t n = 0;
	int r = 0;

	while (sv_drivers[n])
		n++;
	while (leftover->any && r == 0 && n > 0)
		r = forget(sv_drivers[--n], leftover, list, err);
	return r < 0 ? sv_wrap(err, "%s", sv_escape(leftover->path, shown, sizeof(shown))) : 0;
}

int sv_libvirt_restore(struct svirt *sv, const char *const *paths, size_t n, unsigned flags,
		       struct svirt_undos **ret, struct sv_error *err)
{
	sv_cleanup(svirt_undos_free) struct svirt_undos *undos = calloc(1, sizeof(*undos));
	sv_cleanup(leftovers_done) struct leftovers leftovers = {
		.items = calloc(n, sizeof(*leftovers.items))};
	struct sv_undo_list list = {.undos = undos};
	const struct sv_driver *driver = NULL;
	sv_auto_store struct sv_store *store = NULL;
	int r = undos && leftovers.items ? sv_handle_check_live(sv, err) : sv_fail_oom(err);

	if (r == 0)
		r = sv_driver_main(NULL, &driver, NULL, err);
	if (r >= 0)
		r = sv_handle_store_for(sv, flags & SVIRT_DRY_RUN, &store, err);
	for (size_t i = 0; r == 0 && i < n; i++) {
		leftovers.items[leftovers.n++] = (struct leftover){
			.path = paths[i], .node = SV_NODE_EMPTY, .dry = flags & SVIRT_DRY_RUN};
		r = open_leftover(driver, store, &leftovers.items[i], err);
	}
	for (size_t i = 0; r == 0 && i < n; i++)
		r = forget_all(&leftovers.items[i], &list, err);
	if (r == 0 && list.failed)
		r = sv_fail_oom(err);
	if (r == 0)
		*ret = sv_take_ptr(undos);
	return r;
}
