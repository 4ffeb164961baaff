/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When the store's file is damaged: finding that out, and putting another one in its place. The old
 * one is never deleted. Must not know what is saved of it.
 */
#include "store/store-sql.h"

#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

int sv_store_check(struct sv_store *store, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	sv_auto_free char *found = NULL;
	int r = sv_sql_prepare(store, "PRAGMA quick_check(1)", &sql, err);

	if (r == 0)
		r = sv_sql_step(&sql, err);
	if (r == 0)
		r = sv_sql_get_text(&sql, &found, err);
	if (r == -SV_E_UNKNOWN) {
		sv_error_clear(err);
		return SV_NONE;
	}
	return r < 0 ? r : (sv_streq(found, "ok") ? 0 : SV_NONE);
}

static int exchange(const char *dir, const char *aside, const char *name, struct sv_error *err)
{
	sv_auto_free char *old = NULL, *new = NULL;
	int r = sv_asprintf(&old, err, "%s/%s", dir, name);

	if (r == 0)
		r = sv_asprintf(&new, err, "%s/%s/%s", dir, aside, name);
	if (r < 0)
		return r;
	if (renameat2(AT_FDCWD, new, AT_FDCWD, old, RENAME_EXCHANGE) == 0)
		return 0;
	/* there may have been no journal yet */
	if (errno == ENOENT && rename(new, old) == 0)
		return 0;
	return sv_fail_errno(err, errno, "cannot put %s in the place of %s", new, old);
}

int sv_store_exchange(const char *dir, const char *aside, struct sv_error *err)
{
	/* the journal first: the old journal must never be played back into the new file */
	int r = exchange(dir, aside, "state.db-journal", err);

	return r < 0 ? r : exchange(dir, aside, "state.db", err);
}
