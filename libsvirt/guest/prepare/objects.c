/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who else holds an object: see objects.h. */
#include "guest/prepare/objects.h"

#include "base/string.h"
#include "guest/level/names.h"
#include "guest/restore/libvirt.h"

#define SHOWN	 256
#define HOLDER	 192
#define COMM_MAX 64

struct look {
	const struct sv_prepared *prep;
	struct sv_store *store;
	const char *guest;
	const struct sv_step *step;
	char *journalled; /* what the object is labelled with by the journal, or NULL */
};

static void look_done(struct look *look)
{
	free(look->journalled);
}

/* The holder with the process's name, because a number alone says little. */
static const char *name_holder(const struct sv_level_use *use, char holder[HOLDER])
{
	sv_auto_free char *comm = NULL;
	struct sv_error ignored = {0};
	char path[64], shown[COMM_MAX];

	(void)sv_level_use_text(use, holder, HOLDER);
	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)use->pid);
	if (use->kind != SV_LEVEL_PROCESS || sv_fs_read(path, COMM_MAX, &comm, NULL, &ignored) < 0)
		return holder;
	comm[strcspn(comm, "\n")] = '\0';
	(void)snprintf(holder, HOLDER, "process %d (%s)", (int)use->pid,
		       sv_escape(comm, shown, sizeof(shown)));
	return holder;
}

static int fail_level(const struct look *look, const char *label, const struct sv_level_use *use,
		      struct sv_error *err)
{
	sv_auto_free char *path = NULL;
	char shown[SHOWN], text[SHOWN], holder[HOLDER];
	int r = sv_step_labelled(look->step, label, &path, err);

	if (r < 0)
		return r;
	sv_fail(err, SV_E_BUSY, 0, "%s is labelled %s, a level of %s",
		sv_escape(path, shown, sizeof(shown)), sv_escape(label, text, sizeof(text)),
		name_holder(use, holder));
	return sv_hint(err, "who has that level may be using it: end that one first, or copy the "
			    "file; 'svirt list --levels' shows what is in use");
}

/* Who uses the level of label. SV_NONE: it has no level, or nobody uses it. */
static int find_user(const struct look *look, const char *label, struct sv_level_use *ret,
		     struct sv_error *err)
{
	struct sv_level level;
	int r = look->step->driver->level->level_of(label, &level, err);

	/* a journalled label is this guest's own from before; other holders were checked already */
	if (r != 0 || sv_catset_count(&level.cats) == 0 || sv_streq(label, look->journalled))
		return r < 0 ? r : SV_NONE;
	return sv_level_conflict(&look->prep->identity.assigned.uses, &level, ret, err);
}

/* Who has the label of an object, in a model without levels. */
static int check_name(const struct look *look, const char *label, struct sv_error *err)
{
	sv_auto_free char *path = NULL;
	const struct sv_driver *driver = look->step->driver;
	const struct sv_name_case asked = {NULL, look->store, driver, look->guest};
	char shown[SHOWN], text[SHOWN], holder[SV_NAME_HOLDER];
	int r;

	if (driver->kind(label) != SV_NAME_GUEST ||
	    sv_streq(label, sv_identity_main(&look->prep->identity)->label))
		return 0;
	r = sv_name_holder(&asked, label, holder, err);
	if (r == 0)
		r = sv_step_labelled(look->step, label, &path, err);
	if (r != 0)
		return r < 0 ? r : 0;
	sv_fail(err, SV_E_BUSY, 0, "%s is labelled %s, the label of %s",
		sv_escape(path, shown, sizeof(shown)), sv_escape(label, text, sizeof(text)),
		holder);
	return sv_hint(err, "who has that label may be using it: end that one first, or copy the "
			    "file; 'svirt list' shows the guests");
}

static int check_label(void *data, const char *label, struct sv_error *err)
{
	const struct look *look = data;
	sv_auto_level_use struct sv_level_use use = {0};
	int r;

	if (!look->step->driver->level)
		return check_name(look, label, err);
	r = find_user(data, label, &use, err);

	if (r == 0)
		return fail_level(data, label, &use, err);
	return r < 0 ? r : 0;
}

/* The file that a block device lies on. */
static int check_file(void *data, const char *path, const struct sv_node *node,
		      struct sv_error *err)
{
	const struct look *look = data;
	sv_auto_level_use struct sv_level_use use = {0};
	sv_auto_free char *label = NULL;
	char mine[SHOWN], shown[SHOWN], text[SHOWN], holder[HOLDER];
	int r = look->step->driver->label->get(node->fd, &label, err);

	if (r == 0 && !look->step->driver->level)
		return check_name(look, label, err);
	if (r == 0)
		r = find_user(look, label, &use, err);
	if (r != 0)
		return r < 0 ? r : 0;
	sv_fail(err, SV_E_BUSY, 0, "%s lies on %s, which is labelled %s, a level of %s",
		sv_escape(look->step->path, mine, sizeof(mine)),
		sv_escape(path, shown, sizeof(shown)), sv_escape(label, text, sizeof(text)),
		name_holder(&use, holder));
	return sv_hint(err, "end that one first; 'svirt list --levels' shows what is in use");
}

static int fail_given(const struct sv_step *step, const char *file, const char *whose,
		      struct sv_error *err)
{
	char path[SHOWN], label[SHOWN];

	sv_fail(err, SV_E_BUSY, 0, "the label '%s' of %s has %s",
		sv_escape(step->to, label, sizeof(label)),
		sv_escape(step->path, path, sizeof(path)), whose);
	sv_hint(err,
		"leave the <label> out: the guest's level is drawn; --shared-level, when others "
		"are to use it");
	return sv_error_place(err, file, step->line);
}

/* In a model without levels it has to be the guest's own, or what the access alone would give. */
static int check_given_name(const struct sv_prepared *prep, const struct sv_step *step,
			    const char *file, struct sv_error *err)
{
	const struct sv_subject *subject = sv_identity_main(&prep->identity);
	char path[SHOWN], label[SHOWN];

	if (sv_streq(step->to, subject->label) ||
	    sv_streq(step->to, subject->image[step->access]) ||
	    prep->request.flags & SV_PREPARE_SHARED_LEVEL)
		return 0;
	sv_fail(err, SV_E_BUSY, 0, "the label '%s' of %s is not the guest's: others may use it",
		sv_escape(step->to, label, sizeof(label)),
		sv_escape(step->path, path, sizeof(path)));
	sv_hint(err, "leave the <label> out; --shared-level, when others are to use it");
	return sv_error_place(err, file, step->line);
}

/* The label of a device's own <seclabel> has to be at the guest's level. One without categories
 * would be open to every guest, and any other level is somebody's now or later. A level without
 * categories is allowed only when the access alone would give it. */
static int check_given(const struct sv_prepared *prep, const struct sv_step *step, const char *file,
		       struct sv_error *err)
{
	const struct sv_assignment *assigned = &prep->identity.assigned;
	sv_auto_level_use struct sv_level_use use = {0};
	sv_auto_free char *whose = NULL;
	char holder[HOLDER];
	struct sv_level level;
	int r = step->driver->level->level_of(step->to, &level, err);

	if (r != 0 || sv_streq(step->to, sv_identity_main(&prep->identity)->image[step->access]) ||
	    prep->request.flags & SV_PREPARE_SHARED_LEVEL)
		return r < 0 ? r : 0;
	if (sv_catset_count(&level.cats) == 0)
		return fail_given(step, file, "no categories: every guest may use it", err);
	if (sv_level_equal(&level, &assigned->level) || sv_level_equal(&level, &assigned->shared))
		return 0;
	r = sv_level_conflict(&assigned->uses, &level, &use, err);
	if (r < 0)
		return r;
	if (r == SV_NONE)
		return fail_given(step, file,
				  "a level that is not the guest's: another one may draw it", err);
	r = sv_asprintf(&whose, err, "a level of %s", name_holder(&use, holder));
	return r < 0 ? r : fail_given(step, file, whose, err);
}

static int check_step(const struct look *look, struct sv_store *store, const char *file,
		      struct sv_error *err)
{
	const struct sv_step *step = look->step;
	sv_cleanup(look_done) struct look known = *look;
	const struct sv_hold hold = {
		.driver = (char *)(uintptr_t)step->driver->name,
		.dev = step->node->dev,
		.ino = step->node->ino,
		.born = step->node->born,
	};
	sv_auto_free char *holder = NULL;
	bool alone;
	int r = step->driver->level ? check_given(look->prep, step, file, err)
				    : check_given_name(look->prep, step, file, err);

	if (r == 0 && store)
		r = sv_hold_find(store, &hold, &holder, &known.journalled, &alone, err);
	if (r >= 0)
		r = sv_step_each_label(step, check_label, &known, err);
	return r == 0 ? sv_device_each_file(step->node, step->path, check_file, &known, err) : r;
}

int sv_objects_check(const struct sv_prepared *prep, const struct sv_domain *dom,
		     struct sv_plan *plan, struct sv_store *store, struct sv_error *err)
{
	const struct sv_identity *identity = &prep->identity;
	const struct sv_driver *driver = identity->choice.main;
	int r = sv_plan_check_held(plan, store, dom->name, err);
	size_t i;

	plan->has_drawn = driver && driver->level &&
			  sv_catset_count(&identity->assigned.level.cats) &&
			  identity->choice.request.type == SV_SECLABEL_DYNAMIC;
	plan->drawn = identity->assigned.level;
	if (r == 0)
		r = sv_libvirt_check(plan, driver, store, err);
	for (i = 0; driver && (driver->level || driver->kind) && r == 0 && i < plan->n; i++) {
		const struct look look = {
			.prep = prep, .store = store, .guest = dom->name, .step = &plan->items[i]};

		if (sv_step_is_held(look.step) && look.step->driver == driver)
			r = check_step(&look, store, dom->file, err);
	}
	return r;
}
