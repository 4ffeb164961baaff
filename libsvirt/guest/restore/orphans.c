/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding and ending the processes of a guest: see orphans.h. */
#include "guest/restore/orphans.h"

#include "base/fs.h"
#include "base/string.h"
#include "guest/level/users.h"
#include "guest/state/leases.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>

#define END_MS	    5000
#define TPM_END_MS  2000
#define PASS_MS	    5 /* between two looks at all processes */
#define LOADAVG	    "/proc/loadavg"
#define LOADAVG_MAX 256

struct orphan_walk {
	const struct svirt *sv;
	struct sv_store *store;
	const struct sv_lease *lease;
	struct sv_proc_id guest; /* the recorded VMM */
	const struct sv_driver *driver;
	const char *label; /* of its processes in that model */
	bool kill;
	bool sure;  /* the control group is known, so other processes are not the guest's */
	bool noted; /* the recorded VMM lives, and is counted */
	unsigned n;
	pid_t last;  /* the last process that was seen in this look; 0: none */
	char *other; /* cache: a label that is not ours, as most processes have */
};

static int end_process(const struct sv_proc_id *id, struct sv_error *err)
{
	sv_auto_close int pidfd = -1;
	char what[32];
	int r = sv_proc_open(id, &pidfd, err);

	if (r != 0)
		return r < 0 ? r : 0;
	(void)snprintf(what, sizeof(what), "process %d", (int)id->pid);
	return sv_proc_kill(pidfd, what, err);
}

int sv_orphans_end_tpm(const struct sv_proc_id *id, struct sv_error *err)
{
	sv_auto_close int pidfd = -1;
	char what[40];
	int r = sv_proc_open(id, &pidfd, err);

	if (r != 0)
		return r < 0 ? r : 0;
	if (sv_proc_wait(pidfd, TPM_END_MS) == 0)
		return 0;
	(void)snprintf(what, sizeof(what), "swtpm (process %d)", (int)id->pid);
	return sv_proc_kill(pidfd, what, err);
}

static int kill_group(const struct sv_cgroup *cg, struct sv_error *err)
{
	sv_auto_close int dir = -1;
	int r;

	if (!cg->ino)
		return SV_NONE;
	r = sv_cgroup_open(cg, &dir, err);
	if (r == SV_NONE)
		return 0;
	if (r == SV_SKIP)
		return SV_NONE;
	return r < 0 ? r : sv_cgroup_kill(dir, END_MS, err);
}

int sv_orphans_end_group(const struct sv_runtime *rt, struct sv_error *err)
{
	int r = kill_group(&rt->cgroup, err);

	if (r == 0)
		sv_cgroup_remove(&rt->cgroup);
	return r;
}

int sv_orphans_signal(const struct sv_runtime *rt, struct sv_error *err)
{
	int r = kill_group(&rt->cgroup, err);

	if (r == SV_NONE)
		r = end_process(&rt->guest, err);
	return r < 0 ? r : end_process(&rt->tpm, err);
}

/* A group that is not recorded is that of a start that was killed before it recorded it. */
static int visit_group(struct orphan_walk *w, const struct sv_runtime *rt, struct sv_error *err)
{
	struct sv_cgroup cg = rt->cgroup;
	sv_auto_close int dir = -1;
	int r;

	/* a user's guest has none; that of this name is the system's guest's */
	if (w->sv->user)
		return 0;
	if (!cg.ino)
		sv_cgroup_path(w->lease->name, cg.path);
	r = sv_cgroup_open(&cg, &dir, err);
	w->sure = cg.ino && (r == 0 || r == SV_NONE);
	if (r == 0)
		r = sv_cgroup_populated(dir, err);
	if (r == 0) {
		w->n++;
		if (!w->kill)
			return 0;
		r = sv_cgroup_kill(dir, END_MS, err);
	}
	if (r >= 0 && dir >= 0 && !w->sv->rehearses)
		sv_cgroup_remove(&cg);
	return r < 0 ? r : 0;
}

/* Counts or ends the recorded VMM. Other processes may have outlived it. */
static int visit_noted(struct orphan_walk *w, struct sv_error *err)
{
	int r = sv_proc_alive(&w->guest, err);

	if (r != 0)
		return r < 0 ? r : 0;
	w->n++;
	w->noted = true;
	return w->kill ? end_process(&w->guest, err) : 0;
}

/* 0: a process with the lease's label may be a peer's. This is asked after the process was seen,
 * because the lease of a peer is older than its process. */
static int is_peers(const struct orphan_walk *w, pid_t pid, struct sv_error *err)
{
	sv_auto_strv struct sv_strv peers = {0};
	size_t i;
	int r = sv_lease_peers(w->store, w->lease->id, &peers, err);

	if (r < 0 || !peers.n)
		return r < 0 ? r : SV_NONE;
	if (w->kill || w->sure)
		return 0;
	for (r = SV_NONE, i = 0; r == SV_NONE && i < peers.n; i++)
		r = sv_runtime_runs(w->sv, peers.v[i], pid, err);
	return r;
}

/* Only the kernel can compare labels that are spelled differently. */
static bool has_our_label(struct orphan_walk *w, pid_t pid)
{
	sv_auto_free char *label = NULL;
	struct sv_error e = {0};

	if (w->driver->of_pid(pid, &label, &e) != 0 || (w->other && sv_streq(label, w->other)))
		return false;
	if (w->driver->same(label, w->label, &e) == 0)
		return true;
	free(w->other);
	w->other = sv_take_ptr(label);
	return false;
}

/* The pidfd is opened before the label is read, so that the process that is killed is the one that
 * was seen. A pidfd is readable when the last thread has ended. So a zombie does not count, but a
 * process whose first thread alone has ended does. */
static int visit_labelled(void *data, pid_t pid, struct sv_error *err)
{
	struct orphan_walk *w = data;
	sv_auto_close int pidfd = -1;
	int r;

	if (w->noted && pid == w->guest.pid && !w->kill)
		return 0;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0 || !has_our_label(w, pid) || sv_proc_wait(pidfd, 0) == 0)
		return 0;
	r = is_peers(w, pid, err);
	if (r != SV_NONE)
		return r < 0 ? r : 0;
	w->n++;
	w->last = pid;
	if (w->kill)
		(void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	return 0;
}

/* The process number that was given last: field 5 of /proc/loadavg. */
static int last_pid(pid_t *ret, struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	const char *word;
	uint32_t pid;
	int r = sv_fs_read(LOADAVG, LOADAVG_MAX, &text, NULL, err);

	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	word = strrchr(text, ' ');
	r = sv_parse_u32(word ? word + 1 : "", 0, INT32_MAX, LOADAVG, &pid, err);
	if (r == 0)
		*ret = (pid_t)pid;
	return r;
}

/* Looks at all processes once; w->last says whether one was seen. A process that forks and ends
 * could stay ahead of a walk through /proc for ever. So after the walk the processes that were made
 * during it are looked at, then those that were made during that, until there are none. Every
 * process that lives then had its number before it was looked at. A process that was being made at
 * that moment has a parent for which the same holds. SV_MORE: numbers wrapped around, or they come
 * too fast. */
static int look(struct orphan_walk *w, int64_t deadline, struct sv_error *err)
{
	pid_t before, after;
	int r = last_pid(&before, err);

	w->last = 0;
	if (r == 0)
		r = sv_proc_each(visit_labelled, w, err);
	for (; r == 0; before = after) {
		r = last_pid(&after, err);
		if (r < 0 || after == before)
			return r;
		if (after < before || sv_now_ms() >= deadline)
			return SV_MORE;
		for (pid_t pid = before + 1; r == 0 && pid <= after; pid++)
			r = visit_labelled(w, pid, err);
	}
	return r;
}

/* Repeats the look until it finds no process. */
static int visit_all(struct orphan_walk *w, struct sv_error *err)
{
	const int64_t deadline = sv_now_ms() + END_MS;
	int r;

	for (;;) {
		r = look(w, deadline, err);
		if (r < 0 || (r == 0 && !w->last) || (w->last && !w->kill))
			return r < 0 ? r : 0;
		if (sv_now_ms() >= deadline)
			break;
		(void)poll(NULL, 0, PASS_MS);
	}
	if (w->last)
		return sv_fail(err, SV_E_BUSY, 0,
			       "process %d, which has the guest's label, does not end",
			       (int)w->last);
	return sv_fail(err, SV_E_BUSY, 0,
		       "processes come and go too fast to tell that none of the guest's is left");
}

/* Sets the label by which the guest's processes are told from all others: that of its main model,
 * or its own user where the kernel does not show whom the model confines. Without either, no label
 * is set. */
static int choose_label(struct orphan_walk *w, struct sv_error *err)
{
	const struct sv_lease_layer *layer = sv_lease_main(w->lease);
	int r = layer ? sv_driver_need(layer->driver, &w->driver, err) : SV_NONE;

	if (r == 0 && !w->driver->of_pid) {
		layer = sv_lease_layer(w->lease, sv_driver_dac.name);
		if (sv_user_of(sv_user_range_of(w->sv, w->driver), w->lease) == 0)
			layer = NULL;
		w->driver = &sv_driver_dac;
	}
	w->label = r == 0 && layer ? layer->label : NULL;
	return r < 0 ? r : 0;
}

int sv_orphans(const struct svirt *sv, struct sv_store *store, const struct sv_lease *lease,
	       enum sv_orphans_how how, unsigned *ret_n, struct sv_error *err)
{
	bool end = how == SV_ORPHANS_END, kill = end && !sv->rehearses;
	struct orphan_walk w = {.sv = sv, .store = store, .lease = lease, .kill = kill};
	struct sv_runtime rt;
	bool by_label;
	int r = sv_runtime_read(sv, lease->name, &rt, err);

	w.guest = rt.guest;
	if (r == 0)
		r = visit_noted(&w, err);
	/* a swtpm without its VMM is of no use */
	if (r == 0 && (end || w.n == 0) && !sv->rehearses)
		r = sv_orphans_end_tpm(&rt.tpm, err);
	if (r == 0)
		r = visit_group(&w, &rt, err);
	/* Processes are ended only by a label that the guest alone has, because a static label may
	 * be shared on purpose. To find out whether the guest runs, any label will do when its
	 * record was lost. A guest that was only labelled has no process. */
	by_label = how != SV_ORPHANS_NOTED &&
		   (lease->dynamic || (!end && !lease->kept && w.guest.pid == 0));
	if (r == 0)
		r = choose_label(&w, err);
	if (r == 0 && by_label && w.label)
		r = visit_all(&w, err);
	free(w.other);
	if (r < 0)
		return sv_wrap(err, "guest '%s'", lease->name);
	*ret_n = w.n;
	return 0;
}

/* 0: a process that the record names lives. SV_NONE: none does. */
static int record_lives(const struct sv_runtime *rt, struct sv_error *err)
{
	sv_auto_close int dir = -1;
	int r = sv_proc_alive(&rt->guest, err);

	if (r == SV_NONE)
		r = sv_proc_alive(&rt->tpm, err);
	if (r != SV_NONE || !rt->cgroup.ino)
		return r;
	r = sv_cgroup_open(&rt->cgroup, &dir, err);
	if (r == 0)
		r = sv_cgroup_populated(dir, err);
	return r < 0 ? r : (r == 0 ? 0 : SV_NONE);
}

int sv_orphans_unknown(const struct svirt *sv, const char *name, bool end, struct sv_error *err)
{
	struct sv_runtime rt;
	int r = sv_runtime_read(sv, name, &rt, err);

	if (r == 0)
		r = record_lives(&rt, err);
	if (r != 0)
		return r;
	if (!end) {
		sv_fail(err, SV_E_BUSY, 0, "guest '%s' runs, and the state does not know it", name);
		return sv_hint(err,
			       "'svirt restore --rebuild' looks for its label; "
			       "'svirt destroy %s' ends it",
			       name);
	}
	if (sv->rehearses)
		return 0;
	r = sv_orphans_signal(&rt, err);
	if (r < 0)
		return r;
	if (rt.cgroup.ino)
		sv_cgroup_remove(&rt.cgroup);
	sv_warn(sv,
		"guest '%s' has been ended, but the state does not know what its files were: they "
		"keep their labels and owners",
		name);
	return 0;
}

int sv_demand_ended(const struct svirt *sv, struct sv_store *store, const struct sv_lease *lease,
		    enum sv_orphans_how how, struct sv_error *err)
{
	unsigned n = 0;
	int r = sv_orphans(sv, store, lease, how, &n, err);

	if (r < 0 || n == 0)
		return r;
	sv_fail(err, SV_E_BUSY, 0, "guest '%s' still runs, without its monitor", lease->name);
	return sv_hint(err, "svirt destroy %s", lease->name);
}
