/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Leases: one row per guest that has a label. Whether the guest lives is not written here; its lock
 * file knows. Must not know what a label means: the level is text that has to be unique.
 */
#include "store/store-sql.h"

#include "base/string.h"

#define COLUMNS                                                                                        \
	"name, uuid, state, model, label, image, level, dynamic, owner, emulator, vcpus, memory_kib, " \
	"max_memory_kib, created, monitor_boot, monitor_pid, monitor_start, guest_boot, guest_pid, "   \
	"guest_start"

/* In the order of enum sv_guest_state; the words are stored. */
static const char *const state_names[] = {"labelled", "starting", "paused",
					  "running",  "stopping", NULL};

_Static_assert(SV_N_ELEMENTS(state_names) == SV_GUEST_STOPPING + 2, "a name for each state");

const char *sv_guest_state_name(enum sv_guest_state state)
{
	return state_names[state];
}

void sv_lease_done(struct sv_lease *lease)
{
	free(lease->name);
	free(lease->model);
	free(lease->label);
	free(lease->image);
	free(lease->level);
	free(lease->owner);
	free(lease->emulator);
	*lease = (struct sv_lease){0};
}

static void bind_process(struct sv_sql *sql, const struct sv_proc_id *id)
{
	sv_sql_bind_text(sql, id->boot);
	sv_sql_bind_int(sql, id->pid);
	sv_sql_bind_u64(sql, id->start);
}

static int get_process(struct sv_sql *sql, struct sv_proc_id *id, struct sv_error *err)
{
	int r = sv_sql_get_chars(sql, id->boot, sizeof(id->boot), err);

	id->pid = (pid_t)sv_sql_get_int(sql);
	id->start = sv_sql_get_u64(sql);
	return r;
}

int sv_lease_add(struct sv_store *store, const struct sv_lease *lease, int64_t *ret_id,
		 struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store,
			       "INSERT INTO guest(" COLUMNS ") "
			       "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
			       &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_text(&sql, lease->name);
	sv_sql_bind_text(&sql, lease->uuid);
	sv_sql_bind_text(&sql, sv_guest_state_name(lease->state));
	sv_sql_bind_text(&sql, lease->model);
	sv_sql_bind_text(&sql, lease->label);
	sv_sql_bind_text(&sql, lease->image);
	sv_sql_bind_text(&sql, lease->level);
	sv_sql_bind_int(&sql, lease->dynamic);
	sv_sql_bind_text(&sql, lease->owner);
	sv_sql_bind_text(&sql, lease->emulator);
	sv_sql_bind_int(&sql, lease->vcpus);
	sv_sql_bind_u64(&sql, lease->memory_kib);
	sv_sql_bind_u64(&sql, lease->max_memory_kib);
	sv_sql_bind_int(&sql, lease->created);
	bind_process(&sql, &lease->monitor);
	bind_process(&sql, &lease->guest);
	r = sv_sql_step(&sql, err);
	if (r != SV_NONE)
		return r;
	*ret_id = sqlite3_last_insert_rowid(store->db);
	return 0;
}

static int get_state(struct sv_sql *sql, enum sv_guest_state *ret, struct sv_error *err)
{
	sv_auto_free char *word = NULL;
	unsigned state;
	int r = sv_sql_get_text(sql, &word, err);

	if (r < 0)
		return r;
	if (!word || sv_parse_choice(word, state_names, &state) != 0)
		return sv_sql_fail_damaged(sql->store, "a guest is in no known state", err);
	*ret = (enum sv_guest_state)state;
	return 0;
}

/* A row of id and COLUMNS. */
static int get_lease(struct sv_sql *sql, struct sv_lease *ret, struct sv_error *err)
{
	sv_auto_lease struct sv_lease lease = {.id = sv_sql_get_int(sql)};

	if (sv_sql_get_text(sql, &lease.name, err) < 0 ||
	    sv_sql_get_chars(sql, lease.uuid, sizeof(lease.uuid), err) < 0 ||
	    get_state(sql, &lease.state, err) < 0 || sv_sql_get_text(sql, &lease.model, err) < 0 ||
	    sv_sql_get_text(sql, &lease.label, err) < 0 ||
	    sv_sql_get_text(sql, &lease.image, err) < 0 ||
	    sv_sql_get_text(sql, &lease.level, err) < 0)
		return -(int)err->code;
	lease.dynamic = sv_sql_get_int(sql) != 0;
	if (sv_sql_get_text(sql, &lease.owner, err) < 0 ||
	    sv_sql_get_text(sql, &lease.emulator, err) < 0)
		return -(int)err->code;
	lease.vcpus = (uint32_t)sv_sql_get_int(sql);
	lease.memory_kib = sv_sql_get_u64(sql);
	lease.max_memory_kib = sv_sql_get_u64(sql);
	lease.created = sv_sql_get_int(sql);
	if (get_process(sql, &lease.monitor, err) < 0 || get_process(sql, &lease.guest, err) < 0)
		return -(int)err->code;
	*ret = lease;
	lease = (struct sv_lease){0};
	return 0;
}

int sv_lease_find(struct sv_store *store, const char *name, struct sv_lease *ret,
		  struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, "SELECT id, " COLUMNS " FROM guest WHERE name = ?", &sql,
			       err);

	if (r < 0)
		return r;
	sv_sql_bind_text(&sql, name);
	r = sv_sql_step(&sql, err);
	return r == 0 ? get_lease(&sql, ret, err) : r;
}

int sv_lease_each(struct sv_store *store,
		  int (*fn)(void *data, const struct sv_lease *lease, struct sv_error *err),
		  void *data, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, "SELECT id, " COLUMNS " FROM guest ORDER BY id", &sql, err);

	while (r == 0) {
		sv_auto_lease struct sv_lease lease = {0};

		r = sv_sql_step(&sql, err);
		if (r == SV_NONE)
			return 0;
		if (r == 0)
			r = get_lease(&sql, &lease, err);
		if (r == 0)
			r = fn(data, &lease, err);
	}
	return r;
}

/* Runs an UPDATE of one guest. */
static int update(struct sv_sql *sql, int64_t id, struct sv_error *err)
{
	int r = sv_sql_step(sql, err);

	if (r < 0)
		return r;
	if (sqlite3_changes(sql->store->db) != 1)
		return sv_fail(err, SV_E_NOTFOUND, 0, "guest number %lld is not in the store",
			       (long long)id);
	return 0;
}

int sv_lease_set_state(struct sv_store *store, int64_t id, enum sv_guest_state state,
		       struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, "UPDATE guest SET state = ? WHERE id = ?", &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_text(&sql, sv_guest_state_name(state));
	sv_sql_bind_int(&sql, id);
	return update(&sql, id, err);
}

static void bind_change(struct sv_sql *sql, const struct sv_proc_id *id)
{
	int i;

	if (id) {
		bind_process(sql, id);
		return;
	}
	for (i = 0; i < 3; i++)
		sv_sql_bind_null(sql);
}

int sv_lease_set_processes(struct sv_store *store, int64_t id, const struct sv_proc_id *monitor,
			   const struct sv_proc_id *guest, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store,
			       "UPDATE guest SET"
			       " monitor_boot = coalesce(?, monitor_boot),"
			       " monitor_pid = coalesce(?, monitor_pid),"
			       " monitor_start = coalesce(?, monitor_start),"
			       " guest_boot = coalesce(?, guest_boot),"
			       " guest_pid = coalesce(?, guest_pid),"
			       " guest_start = coalesce(?, guest_start)"
			       " WHERE id = ?",
			       &sql, err);

	if (r < 0)
		return r;
	bind_change(&sql, monitor);
	bind_change(&sql, guest);
	sv_sql_bind_int(&sql, id);
	return update(&sql, id, err);
}

int sv_lease_remove(struct sv_store *store, int64_t id, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, "DELETE FROM guest WHERE id = ?", &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_int(&sql, id);
	r = sv_sql_step(&sql, err);
	if (r == SV_BUSY) {
		sv_fail(err, SV_E_PARTIAL, 0, "labels of guest number %lld are still journalled",
			(long long)id);
		return sv_hint(err, "put them back first: svirt restore");
	}
	return r == SV_NONE ? 0 : r;
}
