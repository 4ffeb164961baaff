/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest "me" that asks for a level: see levels-fixture.h. */
#include "levels-fixture.h"

#include "base/string.h"
#include "guest/prepare/decide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

struct level_play play;

static int range(struct sv_range *ret, struct sv_error *err)
{
	return sv_range_parse(play.own_range, ret, err);
}

static int in_use(int (*fn)(void *data, const struct sv_live_level *live), void *data,
		  struct sv_error *err)
{
	struct sv_level level;
	const struct sv_live_level live = {&level, play.process_pid, "it may"};
	int r;

	if (play.during)
		play.during();
	r = play.process_level ? sv_level_parse(play.process_level, &level, err) : SV_NONE;

	return r == 0 ? fn(data, &live) : r < 0 ? r : 0;
}

/* Labels of this model are levels. */
static int level_of(const char *label, struct sv_level *ret, struct sv_error *err)
{
	return sv_level_parse(label, ret, err);
}

static int subject(const struct sv_request *req, struct sv_subject *ret, struct sv_error *err)
{
	int r = sv_level_format(req->level, &ret->label, err);

	return r < 0 || !req->shared
		       ? r
		       : sv_level_format(req->shared, &ret->image[SV_ACCESS_SHARED], err);
}

static int may_use(const char *label, const char *object, mode_t mode, enum sv_access access,
		   struct sv_denial *why, struct sv_error *err)
{
	(void)label;
	(void)object;
	(void)mode;
	(void)access;
	(void)err;
	if (play.writes_down)
		return 0;
	*why = (struct sv_denial){.missing = "write", .tclass = "file"};
	return SV_NONE;
}

static const struct sv_level_ops level_ops = {
	.range = range,
	.in_use = in_use,
	.level_of = level_of,
};

static const struct sv_ask_ops ask_ops = {.may_use = may_use};

const struct sv_driver level_driver = {
	.name = "fake",
	.mac = true,
	.level = &level_ops,
	.ask = &ask_ops,
	.subject = subject,
};

struct svirt level_sv;

int level_setup(void **state)
{
	level_sv = (struct svirt){.conf_dir = store_dir, .run_dir = store_dir};
	memset(&level_sv.conf.categories, 0xff, sizeof(level_sv.conf.categories));
	play = (struct level_play){
		.own_range = "s0-s0:c0.c9", .process_pid = 42, .writes_down = true};
	return store_setup(state);
}

void level_define(const char *name, const char *level)
{
	char path[160];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/domains", store_dir);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/domains/%s.xml", store_dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	(void)fprintf(f,
		      "<domain type='qemu'><name>%s</name><memory>32768</memory>"
		      "<os><type>hvm</type></os><seclabel type='static' model='fake'>"
		      "<label>%s</label></seclabel></domain>",
		      name, level);
	assert_int_equal(fclose(f), 0);
}

int level_choose_in(struct sv_store *store, const char *level, const char *group, char **ret,
		    char **ret_shared, struct sv_error *err)
{
	sv_auto_prepared struct sv_prepared prep = {.lock = -1};
	const struct sv_domain dom = {.name = (char[]){"me"}};
	int r = 0;

	prep.request.group = group;
	prep.request.join = play.join;
	if (play.kept_with) {
		prep.identity.assigned.former.peer = strdup(play.kept_with);
		prep.identity.assigned.former.whole = strdup(play.kept_level);
		prep.identity.assigned.former.has_level = true;
		assert_int_equal(
			sv_level_parse(play.kept_level, &prep.identity.assigned.former.level, err),
			0);
	}
	prep.identity.choice.main = &level_driver;
	prep.identity.choice.layers[0] = &level_driver;
	prep.identity.choice.layers[1] = &sv_driver_dac;
	prep.identity.choice.n_layers = 2;
	prep.identity.choice.mac.mls = true;
	prep.identity.choice.request.uid = prep.identity.choice.request.gid = 65534;
	prep.identity.choice.request.type = SV_SECLABEL_DYNAMIC;
	prep.identity.choice.request.relabel = true;
	prep.identity.choice.request.baselabel = play.baselabel;
	if (level) {
		prep.request.has_level = true;
		r = sv_level_parse(level, &prep.request.level, err);
	}
	if (r == 0)
		r = sv_prepare_labels(&level_sv, store, &dom, &prep.request, &prep.identity, err);
	if (r == 0)
		r = sv_strdup(sv_identity_main(&prep.identity)->image[SV_ACCESS_SHARED], ret_shared,
			      err);
	return r < 0 ? r : sv_strdup(sv_identity_main(&prep.identity)->label, ret, err);
}

int level_choose(struct sv_store *store, const char *level, char **ret, struct sv_error *err)
{
	sv_auto_free char *shared = NULL;

	return level_choose_in(store, level, NULL, ret, &shared, err);
}

void level_add_member(struct sv_store *store, const char *name, const char *level)
{
	struct sv_lease lease = lease_of((char *)(uintptr_t)name, (char *)(uintptr_t)level);
	struct sv_error err = {0};
	int64_t id;

	lease.group = (char[]){"g"};
	lease.category = 4;
	store_begin(store);
	if (sv_lease_add(store, &lease, &id, &err) != 0)
		fail_msg("%s", err.msg);
	store_commit(store);
}

void level_granted(struct sv_store *store, const char *level)
{
	sv_auto_free char *got = NULL;
	struct sv_error err = {0};

	/* a guest that joins asks for no level */
	if (level_choose(store, play.join || play.kept_with ? NULL : level, &got, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(got, level);
}

void level_refused(struct sv_store *store, const char *level, enum sv_code code, const char *msg)
{
	sv_auto_free char *got = NULL;
	struct sv_error err = {0};

	assert_int_equal(level_choose(store, level, &got, &err), -(int)code);
	assert_string_equal(err.msg, msg);
	assert_true(err.hint[0]);
}
