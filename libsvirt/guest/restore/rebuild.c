/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making the store anew: see rebuild.h. */
#include "guest/restore/rebuild.h"

#include "base/array.h"
#include "base/fs.h"
#include "base/lock.h"
#include "base/string.h"
#include "domain/xml/xml.h"
#include "guest/files/collect.h"
#include "guest/level/levels.h"
#include "guest/level/names.h"
#include "guest/restore/salvage.h"
#include "guest/state/registry.h"
#include "guest/state/rundir.h"
#include "guest/state/runtime.h"

#include <errno.h>
#include <time.h>

#define LOCK "/.rebuild"

/* 0: the store is intact, or there is none. SV_NONE: it is damaged; *ret is NULL when it could not
 * even be opened. */
static int open_old(struct svirt *sv, bool dry_run, struct sv_store **ret, struct sv_error *err)
{
	struct sv_error why = {0};
	int r = sv_handle_store_for(sv, dry_run, ret, &why);

	if (r == 0)
		return sv_store_check(*ret, err);
	if (why.code == SV_E_UNKNOWN)
		return SV_NONE;
	*err = why;
	return r;
}

/* Fills a new store in a directory with the time in its name, then exchanges it with the old one.
 * So there is always a store, and in the end the directory has the old one. */
static int replace(struct svirt *sv, struct sv_store **old, struct sv_error *err)
{
	struct sv_salvaged saved = {0};
	sv_auto_store struct sv_store *new = NULL;
	sv_auto_free char *dir = NULL;
	char aside[64];
	time_t now = time(NULL);
	struct tm tm;
	int r;

	(void)strftime(aside, sizeof(aside), "damaged-%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
	r = sv_asprintf(&dir, err, "%s/%s", sv->state_dir, aside);
	if (r == 0)
		r = sv_fs_mkdir(dir, 0700, err);
	if (r == 0)
		r = sv_store_open(dir, SV_STORE_WRITE, &new, err);
	if (r == 0 && *old)
		r = sv_salvage(*old, new, &saved, err);
	sv_store_close(&new);
	sv_store_close(old);
	if (r == 0)
		r = sv_store_exchange(sv->state_dir, aside, err);
	if (r < 0)
		return r;
	sv_warn(sv,
		"the state was damaged: it is in %s now; %zu guests and %zu labels of files could be "
		"read%s",
		dir, saved.leases, saved.holds,
		saved.whole ? "" : ", others may have been lost with their original labels");
	if (!saved.whole)
		sv_warn(sv, "what the headers of images named may have been lost too: look at "
			    "'svirt label --show-graph' of each domain before its next start");
	return 0;
}

/* Makes a lease from what a live process tells. */
static int lease_of_process(const struct sv_driver *driver, const char *name, pid_t pid,
			    struct sv_lease *ret, struct sv_error *err)
{
	struct sv_request request = {.type = SV_SECLABEL_STATIC, .relabel = true};
	sv_auto_subject struct sv_subject subject = {0};
	sv_auto_lease struct sv_lease lease = {.created = (int64_t)time(NULL)};
	sv_auto_free char *label = NULL;
	struct sv_level level;
	int r = driver->of_pid(pid, &label, err);

	request.label = label;
	/* a name of a guest is made of its UUID, and its model may take no other label */
	if (r == 0 && driver->kind && driver->kind(label) == SV_NAME_GUEST) {
		lease.dynamic = true;
		request.type = SV_SECLABEL_DYNAMIC;
		request.uuid = label + strlen(SV_GUEST_LABEL);
		(void)snprintf(lease.uuid, sizeof(lease.uuid), "%s", request.uuid);
	}
	if (r == 0)
		r = driver->subject(&request, &subject, err);
	if (r == 0)
		r = driver->level ? driver->level->level_of(label, &level, err) : SV_NONE;
	if (r == 0 && sv_catset_count(&level.cats) > 0)
		r = sv_level_format(&level, &lease.level, err);
	if (r < 0 || (r == SV_NONE && !label))
		return r;
	if (sv_strdup(name, &lease.name, err) < 0 ||
	    sv_lease_wear(&lease, driver->name, label, subject.image[SV_ACCESS_RW], err) < 0)
		return -(int)err->code;
	*ret = lease;
	lease = (struct sv_lease){0};
	return 0;
}

/* When two guests have one level, one of them joined the other. */
static int join_holder(struct sv_store *store, struct sv_lease *lease, struct sv_error *err)
{
	sv_auto_lease struct sv_lease holder = {0};
	int r = lease->level ? sv_lease_at(store, lease->level, &holder, err) : SV_NONE;

	if (r != 0)
		return r < 0 ? r : 0;
	lease->joined = sv_take_ptr(holder.name);
	lease->group = sv_take_ptr(holder.group);
	lease->category = holder.category;
	return 0;
}

/* Saves the lease of a running guest, so that its level is not given to a second guest. */
static int save_running(struct svirt *sv, struct sv_store *store, const struct sv_driver *driver,
			const char *name, struct sv_error *err)
{
	sv_auto_lease struct sv_lease known = {0}, lease = {0};
	struct sv_runtime rt;
	int64_t id;
	int r = sv_lease_find(store, name, &known, err);

	if (r != SV_NONE)
		return r;
	r = sv_runtime_read(sv, name, &rt, err);
	if (r < 0 || rt.guest.pid == 0)
		return r;
	r = sv_proc_alive(&rt.guest, err);
	if (r == 0)
		r = lease_of_process(driver, name, rt.guest.pid, &lease, err);
	if (r == 0)
		r = sv_store_begin(store, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = join_holder(store, &lease, err);
	if (r == 0)
		r = sv_lease_add(store, &lease, &id, err);
	if (r == 0)
		r = sv_store_commit(store, err);
	if (r != 0)
		sv_store_rollback(store);
	if (r == 0)
		sv_warn(sv,
			"guest '%s' runs and its lease was lost: its level is held again, but which "
			"files were labelled for it is not known",
			name);
	return r < 0 ? r : 0;
}

static int save_all_running(struct svirt *sv, struct sv_store *store,
			    const struct sv_driver *driver, struct sv_error *err)
{
	sv_auto_strv struct sv_strv names = {0};
	size_t i;
	int r = sv_rundir_names(sv, &names, err);

	for (i = 0; r == 0 && i < names.n; i++) {
		struct sv_error e = {0};

		/* an error of one guest does not end the work for others */
		if (save_running(sv, store, driver, names.v[i], &e) < 0)
			sv_warn(sv, "guest '%s': %s", names.v[i], e.msg);
	}
	return r;
}

static int add_file(struct svirt_undos *files, const char *guest, const struct sv_driver *driver,
		    const char *path, char **label, struct sv_error *err)
{
	struct svirt_undo *item = sv_array_add(files->items, files->n);

	if (!item)
		return sv_fail_oom(err);
	if (sv_strdup(guest, &item->guest, err) < 0 ||
	    sv_strdup(driver->name, &item->driver, err) < 0 ||
	    sv_strdup(path, &item->path, err) < 0 || sv_strdup("unheld", &item->result, err) < 0)
		return -(int)err->code;
	item->label = sv_take_ptr(*label);
	return 0;
}

/* 0: somebody uses the label, or it is no guest's. SV_NONE: it was a guest's, and nobody does. */
static int find_user(const struct sv_driver *driver, const struct sv_level_uses *uses,
		     const char *label, struct sv_error *err)
{
	const struct sv_name_case everybody = {.store = uses->store, .driver = driver};
	sv_auto_level_use struct sv_level_use use = {0};
	char holder[SV_NAME_HOLDER];
	struct sv_error none = {0};
	struct sv_level level;

	if (driver->kind)
		return driver->kind(label) == SV_NAME_GUEST
			       ? sv_name_holder(&everybody, label, holder, err)
			       : 0;
	if (!driver->level || driver->level->level_of(label, &level, &none) != 0 ||
	    sv_catset_count(&level.cats) == 0)
		return 0;
	return sv_level_conflict(uses, &level, &use, err);
}

/* Lists a file whose label has a level that no guest, process or static label has. */
static int look_at(const struct sv_driver *driver, const struct sv_level_uses *uses,
		   const char *guest, const char *path, struct svirt_undos *files,
		   struct sv_error *err)
{
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	sv_auto_free char *label = NULL;
	struct sv_error none = {0};
	int r;

	if (sv_node_open(path, &node, &none) != 0 ||
	    driver->label->get(node.fd, &label, &none) != 0)
		return 0;
	r = find_user(driver, uses, label, err);
	if (r == SV_NONE)
		return add_file(files, guest, driver, path, &label, err);
	return r < 0 ? r : 0;
}

static int look_at_domain(struct svirt *sv, const struct sv_driver *driver,
			  const struct sv_level_uses *uses, const char *name,
			  struct svirt_undos *files, struct sv_error *err)
{
	sv_auto_domain struct sv_domain *dom = NULL;
	sv_auto_files struct sv_files list = {0};
	struct sv_error e = {0};
	size_t i;
	int r = sv_registry_load(sv, name, NULL, &dom, &e);
	/* without a store, because pins do not matter for a look */
	const struct sv_files_request req = {.sv = sv, .dom = dom};

	if (r < 0 || sv_files_of(&req, &list, &e) < 0) {
		sv_warn(sv, "the files of domain '%s' were not looked at: %s", name, e.msg);
		return 0;
	}
	for (i = 0; r == 0 && i < list.resources.n; i++)
		r = look_at(driver, uses, name, list.resources.items[i].path, files, err);
	return r;
}

static int look_at_all(struct svirt *sv, struct sv_store *store, const struct sv_driver *driver,
		       struct svirt_undos *files, struct sv_error *err)
{
	sv_auto_level_uses struct sv_level_uses uses = {0};
	sv_auto_strv struct sv_strv names = {0};
	size_t i;
	int r = driver->level ? sv_level_uses_read(sv, driver, store, NULL, &uses, err) : 0;

	uses.store = store;
	if (r == 0)
		r = sv_registry_names(sv, &names, err);
	for (i = 0; r == 0 && i < names.n; i++)
		r = look_at_domain(sv, driver, &uses, names.v[i], files, err);
	return r;
}

/* The rest of the work, when the store is intact. Without a MAC model there are no levels; one that
 * labels nothing leaves nothing to look for. */
static int complete(struct svirt *sv, struct sv_store *store, struct svirt_undos *files,
		    struct sv_error *err)
{
	const struct sv_driver *driver = NULL;
	int r = sv_driver_main(&sv->conf.models, &driver, NULL, err);

	if (r != 0)
		return r < 0 ? r : 0;
	r = driver->of_pid ? save_all_running(sv, store, driver, err) : 0;
	return r < 0 || !driver->label ? r : look_at_all(sv, store, driver, files, err);
}

static int rebuild(struct svirt *sv, bool dry_run, struct svirt_undos *files, struct sv_error *err)
{
	sv_auto_store struct sv_store *store = NULL;
	int r = open_old(sv, dry_run, &store, err);

	if (r == SV_NONE && dry_run) {
		sv_warn(sv, "the state in %s is damaged: it would be made anew", sv->state_dir);
		return 0;
	}
	if (r == SV_NONE) {
		r = replace(sv, &store, err);
		if (r == 0)
			r = sv_handle_store(sv, &store, err);
	}
	return r < 0 || dry_run ? r : complete(sv, store, files, err);
}

int sv_rebuild(struct svirt *sv, bool dry_run, struct svirt_undos **ret, struct sv_error *err)
{
	sv_cleanup(svirt_undos_free) struct svirt_undos *files = calloc(1, sizeof(*files));
	sv_auto_free char *path = NULL;
	sv_auto_close int lock = -1;
	int r = files ? sv_handle_check_live(sv, err) : sv_fail_oom(err);

	if (r == 0)
		r = sv_asprintf(&path, err, "%s" LOCK, sv->run_dir);
	if (r == 0 && dry_run) {
		r = sv_lock_probe(path, &lock, err);
		if (r >= 0)
			r = r == 0 ? SV_BUSY : 0;
	} else if (r == 0) {
		r = sv_fs_mkdir(sv->run_dir, 0711, err);
		if (r == 0)
			r = sv_lock_take(path, &lock, err);
	}
	if (r == SV_BUSY)
		r = sv_fail(err, SV_E_BUSY, 0, "another command makes the state anew");
	if (r < 0)
		return r;
	r = rebuild(sv, dry_run, files, err);
	if (!dry_run)
		sv_lock_drop(path, &lock);
	if (r == 0)
		*ret = sv_take_ptr(files);
	return r;
}
