/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The manager's part of a start: see launch.h. Must not know how a guest is watched. */
#include "guest/life/launch.h"

#include "base/fs.h"
#include "guest/prepare/apply.h"
#include "guest/prepare/rules.h"
#include "guest/restore/orphans.h"
#include "guest/restore/release.h"
#include "guest/run/audit.h"
#include "guest/run/bounds.h"
#include "guest/run/handover.h"
#include "guest/run/sockets.h"
#include "guest/run/taps.h"
#include "guest/run/tpm.h"
#include "guest/run/vhost.h"
#include "guest/run/vmm.h"
#include "guest/state/control.h"
#include "guest/state/rundir.h"
#include "guest/state/runtime.h"
#include "qemu/settle.h"

#define HELLO_TIMEOUT_MS 60000
#define QMP_TIMEOUT_MS	 10000
#define IDLE_MS		 10000	/* how long a late emulator may use no processor */
#define BEGIN_MS	 300000 /* the longest wait for it */

struct launch {
	struct svirt *sv;
	struct sv_store *store;
	struct sv_prepared *prep;
	const struct sv_domain *dom;
	int listener;
	const struct sv_signals *signals;
	struct sv_vmm tpm, vmm;
	struct sv_cgroup cgroup; /* ino 0: none on this host */
	int door;		 /* sv_cgroup_door() of it */
	bool grouped;		 /* the group may have processes of the guest */
};

static bool is_paused(const struct launch *l)
{
	return l->prep->request.flags & SV_PREPARE_PAUSED;
}

static void launch_done(struct launch *l)
{
	sv_close_fd(&l->listener);
	sv_close_fd(&l->door);
	sv_vmm_done(&l->tpm);
	sv_vmm_done(&l->vmm);
}

/* Puts everything back under the same lock after a failed start. err has the cause already. */
static int clean_up(struct launch *l, const struct sv_error *err)
{
	struct sv_prepared *prep = l->prep;
	struct svirt *sv = l->sv;
	struct sv_store *store = l->store;
	struct sv_error e = {0};
	unsigned n;
	int r = l->grouped ? sv_orphans(sv, store, &prep->lease, SV_ORPHANS_END, &n, &e) : 0;

	sv_guest_audit(&prep->lease, 0, "start", "booted", false);
	/* a descriptor that the guest sent stays open while it is in them */
	sv_close_fd(&l->vmm.output);
	sv_close_fd(&l->tpm.output);
	if (r == 0)
		r = sv_abandon(sv, store, &prep->lease, &e);
	if (r == 0)
		sv_guest_unlock(sv, prep->lease.name, &prep->lock);
	if (r < 0)
		sv_warn(sv, "%s", e.msg);
	return -(int)err->code;
}

/* Tells a slow emulator from one that hangs, by its use of the processor. Many emulators that start
 * at once on a busy machine are slow. */
struct worker {
	pid_t pid;
	int64_t began, moved;
	uint64_t cpu_ns;
};

static bool works(void *data)
{
	struct worker *w = data;
	struct sv_error ignored = {0};
	int64_t now = sv_now_ms();
	uint64_t cpu_ns = 0, rss_kib;

	if (sv_proc_usage(w->pid, &cpu_ns, &rss_kib, &ignored) != 0)
		return false;
	if (cpu_ns != w->cpu_ns)
		w->moved = now;
	w->cpu_ns = cpu_ns;
	return now - w->moved < IDLE_MS && now - w->began < BEGIN_MS;
}

/* Waits for QMP, which answers only after the disks were opened under the guest's label, and
 * verifies the process. Only then the guest may run. */
static int prove(struct launch *l, struct sv_error *err)
{
	struct worker worker = {.pid = l->vmm.id.pid, .began = sv_now_ms()};
	sv_auto_qmp struct sv_qmp *qmp = NULL;
	int r = sv_qmp_new(sv_take_fd(&l->vmm.control), &qmp, err);

	if (r < 0)
		return r;
	sv_qmp_interrupt_by(qmp, l->signals->fd);
	sv_qmp_wait_while(qmp, works, &worker);
	r = sv_qmp_hello(qmp, HELLO_TIMEOUT_MS, err);
	if (r == 0)
		r = sv_vmm_verify(&l->prep->lease, &l->vmm, err);
	if (r == 0)
		r = sv_qemu_settle(qmp, l->dom, QMP_TIMEOUT_MS, err);
	if (r == 0 && !is_paused(l))
		r = sv_qmp_command(qmp, "cont", QMP_TIMEOUT_MS, err);
	if (r == 0 && !is_paused(l))
		r = sv_qmp_wait(qmp, SV_QMP_EVENT_RESUME, QMP_TIMEOUT_MS, err);
	return r < 0 ? r : sv_qmp_release(&qmp, QMP_TIMEOUT_MS, &l->vmm.control, err);
}

static int start_monitor(struct launch *l, struct sv_error *err)
{
	const int fds[SV_MONITOR_END_FD] = {
		[SV_MONITOR_LOCK_FD] = l->prep->lock,	[SV_MONITOR_CONTROL_FD] = l->listener,
		[SV_MONITOR_PIDFD_FD] = l->vmm.pidfd,	[SV_MONITOR_QMP_FD] = l->vmm.control,
		[SV_MONITOR_OUTPUT_FD] = l->vmm.output,
	};

	return sv_handover(l->sv, &l->prep->lease, fds, err);
}

/* Makes the control group, records it and limits it, before a process enters it. */
static int make_group(struct launch *l, struct sv_error *err)
{
	struct sv_runtime rt = {.state = SV_GUEST_STARTING};
	sv_auto_close int dir = -1;
	int r;

	/* a user may make no control group; the guest of a user makes no process either */
	if (l->sv->user)
		return 0;
	r = sv_cgroup_make(l->prep->lease.name, &l->cgroup, err);
	l->grouped = r >= 0;
	if (r != 0)
		return r < 0 ? r : sv_bounds_set(l->sv, l->dom, &l->prep->bounds, -1, err);
	rt.cgroup = l->cgroup;
	r = sv_runtime_write(l->prep->lock, &rt, err);
	if (r == 0)
		r = sv_cgroup_open(&l->cgroup, &dir, err);
	if (r > 0)
		r = sv_fail(err, SV_E_UNKNOWN, 0, "the guest's control group %s has been removed",
			    l->cgroup.path);
	if (r == 0)
		r = sv_bounds_set(l->sv, l->dom, &l->prep->bounds, dir, err);
	return r < 0 ? r : sv_cgroup_door(dir, &l->door, err);
}

static int start_tpm(struct launch *l, struct sv_error *err)
{
	const struct sv_vmm_program program = {
		.role = SV_VMM_TPM,
		.lease = &l->prep->lease,
		.stack = &l->prep->identity.stack,
		.argv = l->prep->tpm_argv.v,
		.lock = l->prep->lock,
		.cgroup = &l->cgroup,
		.door = l->door,
		.user = l->sv->user,
		.dir = "/",
	};

	return l->prep->tpm_argv.v ? sv_tpm_start(&program, l->signals, &l->tpm, err) : 0;
}

/* Starts the VMM. Its descriptors are in the order in which the command line counts them. Our copy
 * of the connection to swtpm is closed, so that swtpm ends with the VMM. */
static int start_vmm(struct launch *l, struct sv_error *err)
{
	struct sv_vmm_program program = {
		.role = SV_VMM_EMULATOR,
		.lease = &l->prep->lease,
		.stack = &l->prep->identity.stack,
		.argv = l->prep->argv.v,
		.locked_kib = l->prep->locked_kib,
		.lock = l->prep->lock,
		.cgroup = &l->cgroup,
		.door = l->door,
		.user = l->sv->user,
		.network = l->prep->network,
		.tpm = l->prep->tpm_argv.v ? &l->tpm : NULL,
	};
	sv_auto_free char *dir = NULL;
	int r = sv_guest_path(l->sv, l->dom->name, SV_GUEST_OWN, &dir, err);

	program.dir = dir;
	if (r == 0 && l->prep->tpm_argv.v)
		r = sv_vmm_fds_add(&program.fds, sv_take_fd(&l->tpm.control), err);
	if (r == 0)
		r = sv_taps_open(l->dom, &l->prep->files.nodes, &program.fds, err);
	if (r == 0)
		r = sv_vhosts_open(l->dom, &l->prep->files.nodes, &program.fds, err);
	if (r == 0 && l->sv->user)
		r = sv_sockets_listen(l->sv, l->dom, &program.fds, err);
	if (r == 0)
		r = sv_vmm_spawn(&program, &l->vmm, err);
	sv_vmm_fds_done(&program.fds);
	sv_close_fd(&l->tpm.words);
	if (r == 0 && l->prep->tpm_argv.v)
		l->vmm.output = sv_take_fd(&l->tpm.output);
	return r;
}

/* Ends all processes; err has the cause already. */
static void end_all(struct launch *l, struct sv_error *err)
{
	struct sv_error told;

	sv_vmm_end(&l->vmm, err);
	told = *err;
	sv_vmm_end(&l->tpm, &told);
}

static int bring_up(struct launch *l, struct sv_error *err)
{
	struct sv_runtime rt = {0};
	sv_auto_free char *control = NULL;
	int r = sv_guest_path(l->sv, l->prep->lease.name, SV_GUEST_MONITOR, &control, err);

	if (r == 0)
		r = sv_rundir_make(l->sv, &l->prep->lease, err);
	if (r == 0)
		r = sv_control_listen(control, &l->listener, err);
	if (r == 0)
		r = sv_rules_load(l->sv, l->dom, l->prep, err);
	if (r == 0)
		r = start_tpm(l, err);
	if (r == 0)
		r = start_vmm(l, err);
	if (r == 0)
		r = prove(l, err);
	if (r == 0)
		r = sv_plan_forget_replaced(&l->prep->plan, l->store, l->prep->lease.id, err);
	rt.state = is_paused(l) ? SV_GUEST_PAUSED : SV_GUEST_RUNNING;
	rt.guest = l->vmm.id;
	rt.tpm = l->tpm.id;
	rt.cgroup = l->cgroup;
	if (r == 0)
		r = sv_runtime_write(l->prep->lock, &rt, err);
	if (r == 0)
		r = sv_signals_check(l->signals, err);
	if (r == 0)
		r = start_monitor(l, err);
	if (r < 0)
		end_all(l, err);
	return r;
}

int sv_launch(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
	      struct sv_prepared *prep, struct sv_error *err)
{
	sv_cleanup(launch_done) struct launch l = {
		.sv = sv,
		.store = store,
		.prep = prep,
		.dom = dom,
		.listener = -1,
		.door = -1,
		.signals = sv->signals,
		.tpm = SV_VMM_EMPTY,
		.vmm = SV_VMM_EMPTY,
	};
	/* a limit that cannot be set is found before any label changes */
	int r = make_group(&l, err);
	if (r == 0)
		r = sv_prepare_apply(sv, store, dom, prep, err);
	if (r == 0)
		r = bring_up(&l, err);
	if (r < 0)
		(void)clean_up(&l, err);
	/* the monitor's duplicate keeps the lock as long as it lives */
	sv_close_fd(&prep->lock);
	return r;
}
