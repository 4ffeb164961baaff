/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files, labels and plans for tests: see plan-fixture.h. */
#include "plan-fixture.h"

#include "base/string.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

static char paths[16][128], targets[26][4];
static unsigned n_paths;
enum sv_on_unlabelled plan_on_unlabelled;

int plan_setup(void **state)
{
	int r = store_setup(state);

	fake = (struct fake){0};
	n_paths = 0;
	plan_on_unlabelled = SV_UNLABELLED_FAIL;
	(void)snprintf(fake.dir, sizeof(fake.dir), "%s/labels", store_dir);
	return r < 0 ? r : mkdir(fake.dir, 0700);
}

/* Indexed by lease: the journalled plan, borrowed, and the plans that the fixture owns. */
static const struct sv_plan *journalled[MAX_PLANS];
static struct sv_plan owned[MAX_PLANS];

/* The files of each built plan, which outlive it. */
static struct sv_nodes nodes[MAX_PLANS];
static unsigned n_nodes;

static void forget_plans(void)
{
	for (size_t i = 0; i < MAX_PLANS; i++) {
		sv_plan_done(&owned[i]);
		journalled[i] = NULL;
		sv_nodes_done(&nodes[i]);
	}
	n_nodes = 0;
}

struct sv_nodes *plan_nodes(void)
{
	assert_true(n_nodes < MAX_PLANS);
	return &nodes[n_nodes++];
}

int plan_teardown(void **state)
{
	forget_plans();
	return store_teardown(state);
}

const char *plan_path(const char *name, bool make)
{
	char *path = paths[n_paths++];
	sv_auto_close int fd = -1;

	assert_true(n_paths <= SV_N_ELEMENTS(paths));
	(void)snprintf(path, sizeof(paths[0]), "%s/%s", store_dir, name);
	if (make) {
		fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
	}
	return path;
}

struct sv_resource disk_of(const char *target, enum sv_access access, const char *path)
{
	unsigned place = (unsigned)(target[2] - 'a');

	(void)snprintf(targets[place], sizeof(targets[0]), "%s", target);
	return (struct sv_resource){
		.kind = SV_RES_DISK,
		.access = access,
		.path = path,
		.target = targets[place],
		.line = 10 + place,
	};
}

static int build(const char *name, const struct sv_resources *list, size_t n_layers,
		 struct sv_plan *ret, struct sv_error *err)
{
	char label[64], rw[64], ro[] = "content", shared[] = "shared";
	struct sv_subject subject = {.label = label, .image = {rw, ro, shared}, .relabel = true};
	const struct sv_layer layers[] = {
		{.driver = &sv_driver_fake, .subject = subject},
		{.driver = &sv_driver_owner, .subject = subject},
	};
	const struct sv_plan_request req = {
		.resources = list,
		.layers = layers,
		.n_layers = n_layers,
		.on_unlabelled = plan_on_unlabelled,
		.file = DOMAIN_FILE,
		.nodes = plan_nodes(),
	};

	(void)snprintf(label, sizeof(label), "%s", name);
	(void)snprintf(rw, sizeof(rw), "%s-rw", name);
	return sv_plan_build(&req, ret, err);
}

int plan_build(const char *name, struct sv_resource *items, size_t n, struct sv_plan *ret,
	       struct sv_error *err)
{
	return build(name, &(struct sv_resources){.items = items, .n = n}, 2, ret, err);
}

int plan_build_first(const char *name, struct sv_resource *items, size_t n, struct sv_plan *ret,
		     struct sv_error *err)
{
	return build(name, &(struct sv_resources){.items = items, .n = n}, 1, ret, err);
}

int plan_journal(struct sv_store *store, const char *name, const struct sv_plan *plan,
		 int64_t *ret_id, struct sv_error *err)
{
	int r;

	store_begin(store);
	*ret_id = store_add_lease(store, name, NULL);
	assert_true(*ret_id >= 0 && *ret_id < MAX_PLANS);
	r = sv_plan_journal(plan, store, *ret_id, err);
	if (r == 0)
		store_commit(store);
	else
		sv_store_rollback(store);
	journalled[*ret_id] = plan;
	return r;
}

void assert_label(const struct sv_driver *driver, const char *path, const char *label)
{
	assert_string_equal(fake_label(driver, path), label);
}

void plan_note(void *data, const struct sv_undo_event *event)
{
	struct plan_events *events = data;

	assert_true(events->n < MAX_EVENTS);
	events->results[events->n] = event->result;
	(void)snprintf(events->targets[events->n], sizeof(events->targets[0]), "%s",
		       event->hold->target);
	(void)snprintf(events->found, sizeof(events->found), "%s",
		       event->found ? event->found : "");
	(void)snprintf(events->reason, sizeof(events->reason), "%s",
		       event->reason ? event->reason : "");
	events->n++;
}

struct plan_events plan_undo(struct sv_store *store, int64_t guest, unsigned n,
			     enum sv_undo_result result)
{
	struct plan_events events = {0};
	struct sv_error err = {0};
	int r = sv_plan_undo(store, guest, &(struct sv_undo_how){.fn = plan_note, .data = &events},
			     &err);
	unsigned i;

	if (result == SV_UNDO_FAILED)
		assert_int_equal(r, -SV_E_PARTIAL);
	else if (r < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(events.n, n);
	for (i = 0; i < n; i++)
		assert_string_equal(sv_undo_result_name(events.results[i]),
				    sv_undo_result_name(result));
	return events;
}

int64_t plan_hold_disk(struct sv_store *store, const char *guest, enum sv_access access,
		       const char *path)
{
	struct sv_resource res = disk_of("vda", access, path);
	struct sv_plan plan = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	if (plan_build_first(guest, &res, 1, &plan, &err) < 0 ||
	    plan_journal(store, guest, &plan, &id, &err) < 0)
		fail_msg("%s", err.msg);
	owned[id] = plan;
	journalled[id] = &owned[id];
	return id;
}

int plan_try(int64_t guest, struct sv_error *err)
{
	return sv_plan_apply(journalled[guest], NULL, err);
}

void plan_apply(int64_t guest)
{
	struct sv_error err = {0};

	if (plan_try(guest, &err) < 0)
		fail_msg("%s", err.msg);
}

int64_t plan_n_holds(struct sv_store *store)
{
	return store_number(store, "SELECT (SELECT count(*) FROM hold) * 100 +"
				   " (SELECT count(*) FROM object)");
}
