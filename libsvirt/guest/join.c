/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who joins whom, and who belongs together: see join.h. */
#include "guest/join.h"

#include "base/string.h"
#include "guest/runtime.h"

static int fail_no_guest(const char *name, struct sv_error *err)
{
	char shown[80];

	sv_escape(name, shown, sizeof(shown));
	(void)sv_fail(err, SV_E_NOTFOUND, 0,
		      "guest '%s' is neither running nor labelled: it has no level to join", shown);
	return sv_hint(err,
		       "svirt start %s, or svirt label %s, comes first; 'svirt list' shows the "
		       "guests",
		       shown, shown);
}

static int fail_no_level(const struct sv_lease *lease, struct sv_error *err)
{
	char shown[80];

	sv_escape(lease->name, shown, sizeof(shown));
	(void)sv_fail(err, SV_E_USAGE, 0, "guest '%s' has no level to join: its label is %s", shown,
		      lease->label ? lease->label : "none");
	return sv_hint(err,
		       "leave --join out: without a level of its own nothing keeps a guest from "
		       "that one's files");
}

/* As it was labelled it had the level together with another guest, which is still there. */
static bool still_peers(const struct sv_prepared *prep, const struct sv_lease *other)
{
	return sv_streq(other->level, prep->kept_level);
}

int sv_join_find(struct sv_store *store, struct sv_prepared *prep, struct sv_error *err)
{
	const char *name = prep->wish.join ? prep->wish.join : prep->kept_peer;
	sv_auto_lease struct sv_lease lease = {0};
	int r;

	sv_lease_done(&prep->joined);
	prep->joins = false;
	if (!name)
		return 0;
	r = store ? sv_lease_find(store, name, &lease, err) : SV_NONE;
	if (r < 0)
		return r;
	if (!prep->wish.join && (r == SV_NONE || !still_peers(prep, &lease)))
		return 0;
	if (r == SV_NONE)
		return fail_no_guest(name, err);
	if (!lease.level)
		return fail_no_level(&lease, err);
	prep->joins = true;
	prep->joined = lease;
	lease = (struct sv_lease){0};
	return 0;
}

int sv_join_has(struct sv_store *store, const struct sv_lease *lease, const char *name,
		struct sv_error *err)
{
	sv_auto_strv struct sv_strv peers = {0};
	size_t i;
	int r;

	if (sv_streq(lease->name, name))
		return 0;
	r = sv_lease_peers(store, lease->id, &peers, err);
	for (i = 0; r == 0 && i < peers.n; i++) {
		if (sv_streq(peers.v[i], name))
			return 0;
	}
	return r < 0 ? r : SV_NONE;
}

int sv_join_is_vmm(const struct svirt *sv, const char *name, pid_t pid, struct sv_error *err)
{
	struct sv_runtime rt;
	int r = sv_runtime_read(sv, name, &rt, err);

	if (r < 0)
		return r;
	return sv_runtime_has(&rt, pid, err);
}

int sv_join_runs(const struct svirt *sv, struct sv_store *store, const struct sv_lease *lease,
		 pid_t pid, struct sv_error *err)
{
	sv_auto_strv struct sv_strv peers = {0};
	size_t i;
	int r = sv_join_is_vmm(sv, lease->name, pid, err);

	if (r != SV_NONE)
		return r;
	r = sv_lease_peers(store, lease->id, &peers, err);
	if (r < 0)
		return r;
	for (r = SV_NONE, i = 0; r == SV_NONE && i < peers.n; i++)
		r = sv_join_is_vmm(sv, peers.v[i], pid, err);
	return r;
}
