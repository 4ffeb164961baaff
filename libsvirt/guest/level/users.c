/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Choosing a user for one guest alone: see users.h. Must not know what the user may do. */
#include "guest/level/users.h"

#include "base/array.h"
#include "base/parse.h"
#include "base/proc.h"
#include "base/string.h"
#include "guest/state/runtime.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/random.h>

#define PASSWD_ROOM 4096u

/* What nobody else gives to anybody: above the numbers of containers, below those that are negative
 * for old programs (systemd, docs/UIDS-GIDS.md). */
static const struct sv_user_range own_range = {1879048192u, 1879048192u + 65535u};

/* The numbers that processes have, in order. */
struct users {
	const struct sv_user_case *c;
	uint32_t *items;
	size_t n;
	pid_t last; /* the last process that was counted */
};

static void users_done(struct users *users)
{
	free(users->items);
}

struct sv_user_range sv_user_range_of(const struct svirt *sv, const struct sv_driver *model)
{
	const struct sv_config *conf = &sv->conf;

	if (conf->uid_last || conf->uid_shared || !model || !model->own_users)
		return (struct sv_user_range){conf->uid_first, conf->uid_last};
	return own_range;
}

static bool in_range(struct sv_user_range range, uint32_t user)
{
	return range.last && user >= range.first && user <= range.last;
}

bool sv_user_is_own(const struct svirt *sv, const struct sv_driver *model, uint32_t user)
{
	return (model && model->own_users && !sv->conf.uid_shared) ||
	       in_range(sv_user_range_of(sv, model), user);
}

int sv_user_in(const char *label, uint32_t *ret)
{
	struct sv_error ignored = {0};
	char number[16];

	if (label[0] != '+')
		return SV_NONE;
	(void)snprintf(number, sizeof(number), "%.*s", (int)strcspn(label + 1, ":"), label + 1);
	return sv_parse_u32(number, 0, UINT32_MAX, "user", ret, &ignored) < 0 ? SV_NONE : 0;
}

uint32_t sv_user_of(struct sv_user_range range, const struct sv_lease *lease)
{
	const struct sv_lease_layer *layer = sv_lease_layer(lease, sv_driver_dac.name);
	uint32_t user = 0;

	if (!layer || !lease->own_user || sv_user_in(layer->label, &user) != 0)
		return 0;
	return in_range(range, user) ? user : 0;
}

/* Whether it is a process of the guest itself. When that cannot be read, it is a stranger's. */
static bool is_own(const struct users *users, pid_t pid)
{
	struct sv_error ignored = {0};

	return sv_runtime_runs(users->c->sv, users->c->guest, pid, &ignored) == 0;
}

/* All users of a process: it may have several at once, but most have one. */
static int visit(void *data, pid_t pid, struct sv_error *err)
{
	struct users *users = data;
	struct sv_proc_ids ids;
	int r = sv_proc_ids(pid, &ids, err);

	for (int i = 0; r == 0 && i < SV_PROC_IDS; i++) {
		uint32_t *item;

		if ((i && ids.uid[i] == ids.uid[i - 1]) || !in_range(users->c->range, ids.uid[i]) ||
		    is_own(users, pid))
			continue;
		item = sv_array_add(users->items, users->n);
		if (!item)
			return sv_fail_oom(err);
		*item = ids.uid[i];
		users->last = pid;
	}
	return r < 0 ? r : 0;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* 0: the host has a user of that number, who may have files. */
static int is_known(uint32_t user, struct sv_error *err)
{
	char room[PASSWD_ROOM];
	struct passwd pw, *found = NULL;
	int sys = getpwuid_r(user, &pw, room, sizeof(room), &found);

	/* a record that is longer than the room is one, too */
	if (found || sys == ERANGE)
		return 0;
	if (sys == 0 || sys == ENOENT || sys == ESRCH)
		return SV_NONE;
	return sv_fail_errno(err, sys, "cannot look up the user %u", user);
}

/* The other guest whose lease has the number. SV_NONE: none has. The caller owns *ret. */
static int find_guest(struct sv_store *store, const char *guest, uint32_t user, char **ret,
		      struct sv_error *err)
{
	char first[24], last[24];

	/* "+UID:+GID", whatever the group is: ';' is the next byte */
	(void)snprintf(first, sizeof(first), "+%u:", user);
	(void)snprintf(last, sizeof(last), "+%u;", user);
	return sv_lease_wearing(store, sv_driver_dac.name, (const char *const[]){first, last},
				guest, ret, err);
}

int sv_user_again(struct sv_store *store, const char *guest, uint32_t user, struct sv_error *err)
{
	sv_auto_free char *holder = NULL;
	int r = find_guest(store, guest, user, &holder, err);

	return r < 0 ? r : (r == SV_NONE ? 0 : SV_NONE);
}

int sv_user_holder(const struct sv_user_case *c, uint32_t user, char holder[SV_USER_HOLDER],
		   struct sv_error *err)
{
	struct sv_user_case one = *c;
	sv_cleanup(users_done) struct users users = {.c = &one};
	sv_auto_free char *guest = NULL;
	char shown[SV_USER_HOLDER - 16];
	int r = c->store ? find_guest(c->store, c->guest, user, &guest, err) : SV_NONE;

	if (r == 0)
		(void)snprintf(holder, SV_USER_HOLDER, "guest '%s'",
			       sv_escape(guest, shown, sizeof(shown)));
	if (r == SV_NONE && user == 0) {
		(void)snprintf(holder, SV_USER_HOLDER, "the host's administrator");
		r = 0;
	}
	if (r != SV_NONE)
		return r;
	one.range = (struct sv_user_range){user, user};
	r = sv_proc_each(visit, &users, err);
	if (r == 0 && users.n)
		(void)snprintf(holder, SV_USER_HOLDER, "process %d", (int)users.last);
	return r == 0 && !users.n ? SV_NONE : r;
}

/* 0: nobody has it. SV_NONE: somebody has. */
static int is_free(const struct users *users, uint32_t user, struct sv_error *err)
{
	const struct sv_user_case *c = users->c;
	int r = 0;

	if (users->n && bsearch(&user, users->items, users->n, sizeof(user), compare))
		return SV_NONE;
	if (c->store)
		r = sv_user_again(c->store, c->guest, user, err);
	if (r != 0)
		return r;
	r = is_known(user, err);
	return r < 0 ? r : (r == SV_NONE ? 0 : SV_NONE);
}

static int fail_exhausted(struct sv_user_range range, struct sv_error *err)
{
	(void)sv_fail(err, SV_E_EXHAUSTED, 0, "every user of uid_range (%u-%u) is taken",
		      range.first, range.last);
	return sv_hint(err, "end guests, or make uid_range in svirt.conf(5) wider");
}

int sv_user_choose(const struct sv_user_case *c, uint32_t *ret, struct sv_error *err)
{
	const uint64_t n = (uint64_t)c->range.last - c->range.first + 1;
	sv_cleanup(users_done) struct users users = {.c = c};
	uint32_t user = c->before;
	uint64_t start;
	int r = sv_proc_each(visit, &users, err);

	if (r < 0)
		return r;
	if (users.n)
		qsort(users.items, users.n, sizeof(*users.items), compare);
	if (getrandom(&start, sizeof(start), 0) != (ssize_t)sizeof(start))
		return sv_fail_errno(err, errno, "getrandom");
	r = user ? is_free(&users, user, err) : SV_NONE;
	for (uint64_t i = 0; r == SV_NONE && i < n; i++) {
		user = c->range.first + (uint32_t)((start % n + i) % n);
		r = is_free(&users, user, err);
	}
	if (r == 0)
		*ret = user;
	return r == SV_NONE ? fail_exhausted(c->range, err) : r;
}
