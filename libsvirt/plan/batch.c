/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entries of a directory together: see batch.h. */
#include "plan/batch.h"

#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>

#define PATH_FLAGS (O_PATH | O_NOFOLLOW | O_CLOEXEC)
#define LOOK_FLAGS (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT)

int sv_batch_new(const struct sv_driver *driver, struct sv_batch **ret, struct sv_error *err)
{
	sv_auto_batch struct sv_batch *batch = malloc(sizeof(*batch));
	int r;

	if (!batch)
		return sv_fail_oom(err);
	batch->driver = driver;
	batch->calls = NULL;
	batch->n = 0;
	batch->len_names = batch->at = 0;
	batch->ended = false;
	r = sv_calls_new(&batch->calls, err);
	if (r == 0)
		*ret = sv_take_ptr(batch);
	return r;
}

void sv_batch_free(struct sv_batch **batch)
{
	if (!*batch)
		return;
	if ((*batch)->calls)
		sv_batch_clear(*batch);
	sv_calls_free(&(*batch)->calls);
	free(*batch);
	*batch = NULL;
}

struct sv_batch_entry *sv_batch_add(struct sv_batch *batch, const char *name, const void *data)
{
	struct sv_batch_entry *e = &batch->entries[batch->n++];

	(void)snprintf(e->name, sizeof(e->name), "%s", name);
	e->data = data;
	e->sys = 0;
	e->skip = e->regular = e->done = false;
	e->to = NULL;
	e->fd = -1;
	e->label[0] = '\0';
	e->own = NULL;
	return e;
}

/* Uses getdents64(2) itself, because readdir(3) makes four more calls for each directory. */
int sv_batch_fill(struct sv_batch *batch, int fd)
{
	if (batch->ended) {
		batch->ended = false;
		return 0;
	}
	while (!sv_batch_is_full(batch)) {
		const struct dirent64 *entry;
		struct sv_batch_entry *e;

		if (batch->at >= batch->len_names) {
			batch->at = 0;
			batch->len_names = getdents64(fd, batch->names, sizeof(batch->names));
			if (batch->len_names < 0 && batch->n == 0)
				return -errno;
			batch->ended = batch->len_names == 0 && batch->n > 0;
			if (batch->len_names <= 0)
				break;
		}
		entry = (const void *)(batch->names + batch->at);
		batch->at += entry->d_reclen;
		if (sv_streq(entry->d_name, ".") || sv_streq(entry->d_name, ".."))
			continue;
		e = sv_batch_add(batch, entry->d_name, NULL);
		e->regular = entry->d_type == DT_REG;
		e->stat.stx_ino = entry->d_ino;
	}
	return (int)batch->n;
}

/* One run of calls of one kind, for some of the entries. */
struct run {
	struct sv_call list[SV_CALLS_MAX];
	struct sv_batch_entry *whose[SV_CALLS_MAX];
	size_t n;
};

static struct sv_call *add_call(struct run *run, struct sv_batch_entry *e)
{
	run->whose[run->n] = e;
	run->list[run->n] = (struct sv_call){.fd = e->fd};
	return &run->list[run->n++];
}

void sv_batch_clear(struct sv_batch *batch)
{
	struct run run = {.n = 0};

	for (size_t i = 0; i < batch->n; i++) {
		if (batch->entries[i].fd >= 0)
			(void)add_call(&run, &batch->entries[i]);
		free(batch->entries[i].own);
	}
	sv_calls_run(batch->calls, SV_CALL_CLOSE, run.list, run.n);
	batch->n = 0;
}

static bool is_out(const struct sv_batch_entry *e)
{
	return e->skip || e->sys != 0;
}

static void run_stats(struct sv_batch *batch, struct run *run)
{
	sv_calls_run(batch->calls, SV_CALL_STAT, run->list, run->n);
	for (size_t i = 0; i < run->n; i++) {
		if (run->list[i].result < 0)
			run->whose[i]->sys = -run->list[i].result;
	}
}

void sv_batch_look(struct sv_batch *batch, int dir)
{
	struct run run = {.n = 0};

	for (size_t i = 0; i < batch->n; i++) {
		struct sv_batch_entry *e = &batch->entries[i];
		struct sv_call *call;

		if (is_out(e))
			continue;
		call = add_call(&run, e);
		call->fd = dir;
		call->path = e->name;
		call->flags = LOOK_FLAGS;
		call->stat = &e->stat;
	}
	run_stats(batch, &run);
}

void sv_batch_open(struct sv_batch *batch, int dir, int flags)
{
	struct run run = {.n = 0}, look = {.n = 0};
	size_t i;

	for (i = 0; i < batch->n; i++) {
		struct sv_call *call = add_call(&run, &batch->entries[i]);

		call->fd = dir;
		call->path = batch->entries[i].name;
		call->flags = flags | O_NOFOLLOW | O_CLOEXEC;
	}
	sv_calls_run(batch->calls, SV_CALL_OPEN, run.list, run.n);
	for (i = 0; i < run.n; i++) {
		struct sv_batch_entry *e = run.whose[i];
		struct sv_call *call;

		if (run.list[i].result < 0) {
			e->sys = -run.list[i].result;
			continue;
		}
		e->fd = run.list[i].result;
		call = add_call(&look, e);
		call->path = "";
		call->flags = AT_EMPTY_PATH;
		call->stat = &e->stat;
	}
	run_stats(batch, &look);
}

uint64_t sv_batch_dev(const struct sv_batch_entry *entry)
{
	return makedev(entry->stat.stx_dev_major, entry->stat.stx_dev_minor);
}

/* Whether the label may be read by name. io_uring has no call for that which does not follow links,
 * so the driver reads the label of an entry that may be a link. */
static bool may_ask(const struct sv_batch_entry *e)
{
	return !is_out(e) && (e->fd >= 0 || e->regular);
}

static void set_path(struct sv_batch_entry *e, int dir)
{
	if (e->fd >= 0) {
		(void)sv_fd_path(e->fd, e->path);
		return;
	}
	(void)sv_fd_path(dir, e->path);
	(void)snprintf(e->path + strlen(e->path), sizeof(e->path) - strlen(e->path), "/%s",
		       e->name);
}

void sv_batch_read(struct sv_batch *batch, int dir)
{
	struct run run = {.n = 0};
	size_t i;

	for (i = 0; batch->driver->label->xattr && i < batch->n; i++) {
		struct sv_batch_entry *e = &batch->entries[i];
		struct sv_call *call;

		if (!may_ask(e))
			continue;
		set_path(e, dir);
		call = add_call(&run, e);
		call->path = e->path;
		call->name = batch->driver->label->xattr;
		call->value = e->label;
		call->len = sizeof(e->label) - 1;
	}
	sv_calls_run(batch->calls, SV_CALL_GET, run.list, run.n);
	for (i = 0; i < run.n; i++)
		run.whose[i]->label[run.list[i].result < 0 ? 0 : run.list[i].result] = '\0';
}

int sv_batch_label(const struct sv_batch *batch, struct sv_batch_entry *entry, int dir,
		   const char **ret, struct sv_error *err)
{
	sv_auto_close int fd = -1;
	int r = 0;

	if (entry->label[0]) {
		*ret = entry->label;
		return 0;
	}
	if (entry->fd < 0) {
		fd = openat(dir, entry->name, PATH_FLAGS);
		if (fd < 0)
			return sv_fail_errno(err, errno, "cannot read its label");
	}
	if (!entry->own)
		r = batch->driver->label->get(fd < 0 ? entry->fd : fd, &entry->own, err);
	*ret = entry->own;
	return r;
}

void sv_batch_set(struct sv_batch *batch)
{
	struct run run = {.n = 0};
	size_t i;

	for (i = 0; batch->driver->label->xattr && i < batch->n; i++) {
		struct sv_batch_entry *e = &batch->entries[i];
		struct sv_call *call;

		if (is_out(e) || e->fd < 0 || !e->to)
			continue;
		set_path(e, -1);
		call = add_call(&run, e);
		call->path = e->path;
		call->name = batch->driver->label->xattr;
		call->text = e->to;
		call->len = strlen(e->to) + !batch->driver->label->xattr_bare;
	}
	sv_calls_run(batch->calls, SV_CALL_SET, run.list, run.n);
	for (i = 0; i < run.n; i++)
		run.whose[i]->done = run.list[i].result == 0;
}

int sv_batch_was_set(const struct sv_batch *batch, struct sv_batch_entry *entry,
		     struct sv_error *err)
{
	return entry->done ? 0 : batch->driver->label->set(entry->fd, entry->to, err);
}
