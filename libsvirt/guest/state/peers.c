/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guests that share one level: see peers.h. */
#include "guest/state/peers.h"

#include "base/string.h"
#include "guest/state/runtime.h"

int sv_peers_have(struct sv_store *store, const struct sv_lease *lease, const char *name,
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

int sv_peers_run(const struct svirt *sv, struct sv_store *store, const struct sv_lease *lease,
		 pid_t pid, struct sv_error *err)
{
	sv_auto_strv struct sv_strv peers = {0};
	size_t i;
	int r = sv_runtime_runs(sv, lease->name, pid, err);

	if (r != SV_NONE)
		return r;
	r = sv_lease_peers(store, lease->id, &peers, err);
	if (r < 0)
		return r;
	for (r = SV_NONE, i = 0; r == SV_NONE && i < peers.n; i++)
		r = sv_runtime_runs(sv, peers.v[i], pid, err);
	return r;
}
