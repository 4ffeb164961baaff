/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of svirt-monitor: take over, watch, put back. One process per guest, one thread, one
 * loop. What it must be able to lose at any step is itself: everything that the next command needs
 * for the repair is in the store and in the lock file (guest/release).
 */
#include "guest/launch.h"

#include "guest/control.h"
#include "guest/orphans.h"
#include "guest/release.h"
#include "guest/rundir.h"
#include "guest/runtime.h"
#include "guest/sandbox.h"
#include "guest/tpm.h"
#include "guest/trail.h"
#include "guest/vmm.h"
#include "qemu/qmp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define QMP_TIMEOUT_MS	  10000
#define QUIT_TIMEOUT_MS	  5000
#define STATUS_TIMEOUT_MS 1000
#define MAX_CLIENTS	  16

struct client {
	int fd;	    /* -1: free */
	bool waits; /* for the end of the guest */
};

struct monitor {
	struct svirt *sv;
	const struct sv_lease *lease;
	int lock, listener, signals;
	struct sv_runtime runtime;
	struct sv_vmm vmm;
	struct sv_qmp *qmp;
	const char *reason;	 /* of the end, for the audit record */
	struct sv_error outcome; /* of the undo; a message without a code is a warning */
	struct client clients[MAX_CLIENTS];
};

static void audit(const struct monitor *m, const char *op, const char *reason)
{
	sv_guest_audit(m->lease, m->runtime.guest.pid, op, reason, true);
}

static int save_state(struct monitor *m, enum sv_guest_state state, struct sv_error *err)
{
	m->runtime.state = state;
	return sv_runtime_write(m->lock, &m->runtime, err);
}

/* Who waits for the end is told what could not be as before. */
static void keep_warning(void *data, const char *msg)
{
	struct monitor *m = data;

	if (!m->outcome.msg[0])
		(void)snprintf(m->outcome.msg, sizeof(m->outcome.msg), "%s", msg);
}

/* What the VMM has forked may outlive it. Nothing goes back before the last of them is gone.
 * grouped: what became of the control group. */
static int end_rest(struct monitor *m, struct sv_store *store, const struct sv_lease *lease,
		    int grouped, struct sv_error *err)
{
	unsigned n;

	return grouped == 0 ? 0 : sv_orphans(m->sv, store, lease, SV_ORPHANS_END, &n, err);
}

/* Everything back. No lease: another command has done it. */
static void wind_up(struct monitor *m)
{
	int grouped = -1;
	struct sv_error *err = &m->outcome;
	sv_auto_store struct sv_store *store = NULL;
	sv_auto_lease struct sv_lease lease = {0};

	if (save_state(m, SV_GUEST_STOPPING, err) == 0 && sv_tpm_end(&m->runtime.tpm, err) == 0 &&
	    (grouped = sv_orphans_end_group(&m->runtime, err)) >= 0 &&
	    sv_handle_store(m->sv, &store, err) == 0 &&
	    sv_lease_find(store, m->lease->name, &lease, err) == 0 &&
	    end_rest(m, store, &lease, grouped, err) == 0 &&
	    sv_release(m->sv, store, &lease, NULL, err) == 0)
		sv_guest_unlock(m->sv, m->lease->name, &m->lock);
	sv_close_fd(&m->lock);
}

static struct client *free_client(struct monitor *m)
{
	size_t i;

	for (i = 0; i < MAX_CLIENTS; i++) {
		if (m->clients[i].fd < 0)
			return &m->clients[i];
	}
	return NULL;
}

static void accept_client(struct monitor *m)
{
	struct sv_error e = {0};
	struct client *c = free_client(m);
	int fd;

	if (sv_control_accept(m->listener, &fd, &e) != 0)
		return;
	if (!c) {
		sv_fail(&e, SV_E_BUSY, 0, "the monitor serves %d clients already", MAX_CLIENTS);
		sv_control_answer(fd, &e);
		close(fd);
		return;
	}
	*c = (struct client){.fd = fd};
}

static int ask_vmm(struct monitor *m, const char *command, struct sv_error *err)
{
	if (!m->qmp)
		return sv_fail(err, SV_E_UNKNOWN, 0, "the emulator of guest '%s' does not answer",
			       m->lease->name);
	return sv_qmp_command(m->qmp, command, QMP_TIMEOUT_MS, err);
}

/* quit lets the VMM flush its images; one that does not listen, or does not end, is killed. */
static void end_vmm(struct monitor *m, const char *reason)
{
	struct pollfd p = {.fd = m->vmm.pidfd, .events = POLLIN};
	struct sv_error e = {0};

	m->reason = reason;
	if (ask_vmm(m, "quit", &e) == 0 && poll(&p, 1, QUIT_TIMEOUT_MS) > 0)
		return;
	sv_vmm_kill(&m->vmm);
}

static int change_state(struct monitor *m, const char *command, enum sv_guest_state state,
			struct sv_error *err)
{
	int r = ask_vmm(m, command, err);

	return r < 0 ? r : save_state(m, state, err);
}

static void serve_client(struct monitor *m, struct client *c)
{
	enum sv_control_op op;
	struct sv_error e = {0};

	if (c->waits || sv_control_receive(c->fd, &op) != 0) {
		sv_close_fd(&c->fd);
		return;
	}
	switch (op) {
	case SV_CONTROL_STOP:
		m->reason = "shutdown";
		if (ask_vmm(m, "system_powerdown", &e) == 0) {
			c->waits = true;
			return;
		}
		break;
	case SV_CONTROL_DESTROY:
		c->waits = true;
		end_vmm(m, "destroyed");
		return;
	case SV_CONTROL_SUSPEND:
		(void)change_state(m, "stop", SV_GUEST_PAUSED, &e);
		break;
	case SV_CONTROL_RESUME:
		(void)change_state(m, "cont", SV_GUEST_RUNNING, &e);
		break;
	}
	sv_control_answer(c->fd, &e);
	sv_close_fd(&c->fd);
}

/* The guest may stop and resume by itself (an I/O error, a debugger): the store follows. */
static void drain_events(struct monitor *m)
{
	enum sv_qmp_event event;
	struct sv_error e = {0};

	while (sv_qmp_event(m->qmp, &event, &e) == 0) {
		if (event == SV_QMP_EVENT_STOP && m->runtime.state != SV_GUEST_PAUSED)
			(void)save_state(m, SV_GUEST_PAUSED, &e);
		else if (event == SV_QMP_EVENT_RESUME && m->runtime.state != SV_GUEST_RUNNING)
			(void)save_state(m, SV_GUEST_RUNNING, &e);
		else if (event == SV_QMP_EVENT_SHUTDOWN && !m->reason)
			m->reason = "shutdown";
		sv_error_clear(&e);
	}
	/* a VMM that talks nonsense or has hung up is only watched for its end from now on */
	if (e.code != SV_OK)
		sv_qmp_free(&m->qmp);
}

enum { POLL_VMM, POLL_SIGNALS, POLL_LISTENER, POLL_OUTPUT, POLL_QMP, POLL_CLIENTS };

static nfds_t gather(const struct monitor *m, struct pollfd *p)
{
	int i;

	p[POLL_VMM].fd = m->vmm.pidfd;
	p[POLL_SIGNALS].fd = m->signals;
	p[POLL_LISTENER].fd = m->listener;
	p[POLL_OUTPUT].fd = m->vmm.output;
	p[POLL_QMP].fd = m->qmp ? sv_qmp_fd(m->qmp) : -1;
	for (i = 0; i < MAX_CLIENTS; i++)
		p[POLL_CLIENTS + i].fd = m->clients[i].fd;
	for (i = 0; i < POLL_CLIENTS + MAX_CLIENTS; i++)
		p[i].events = POLLIN;
	return POLL_CLIENTS + MAX_CLIENTS;
}

static void watch(struct monitor *m)
{
	struct pollfd p[POLL_CLIENTS + MAX_CLIENTS] = {0};
	int i;

	for (;;) {
		if (poll(p, gather(m, p), -1) < 0)
			continue;
		if (p[POLL_OUTPUT].revents)
			(void)sv_vmm_read_output(&m->vmm);
		if (p[POLL_QMP].revents && m->qmp)
			drain_events(m);
		if (p[POLL_VMM].revents)
			return;
		if (p[POLL_SIGNALS].revents) {
			struct signalfd_siginfo info;

			(void)!read(m->signals, &info, sizeof(info));
			end_vmm(m, "destroyed");
		}
		if (p[POLL_LISTENER].revents)
			accept_client(m);
		for (i = 0; i < MAX_CLIENTS; i++) {
			if (p[POLL_CLIENTS + i].revents && m->clients[i].fd >= 0)
				serve_client(m, &m->clients[i]);
		}
	}
}

static int prepare_self(struct monitor *m, struct sv_error *err)
{
	sigset_t set;
	int fd;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN); /* no terminal, nothing to read anew */
	(void)umask(077);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return sv_fail_errno(err, errno, "sigprocmask");
	m->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (m->signals < 0)
		return sv_fail_errno(err, errno, "signalfd");
	for (fd = SV_MONITOR_LOCK_FD; fd < SV_MONITOR_END_FD; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

static void answer_all(struct monitor *m, const struct sv_error *err)
{
	int i;

	for (i = 0; i < MAX_CLIENTS; i++) {
		if (m->clients[i].fd >= 0)
			sv_control_answer(m->clients[i].fd, err);
		sv_close_fd(&m->clients[i].fd);
	}
}

static void monitor_done(struct monitor *m)
{
	sv_qmp_free(&m->qmp);
	sv_vmm_done(&m->vmm);
	sv_close_fd(&m->lock);
	sv_handle_close(&m->sv);
}

static int take_over(struct monitor *m, struct sv_error *err)
{
	int r = sv_handle_paths(NULL, &m->sv, err);

	if (r == 0)
		r = sv_runtime_load(m->lock, m->lease->name, &m->runtime, err);
	if (r == 0)
		r = sv_proc_identify(getpid(), &m->runtime.monitor, err);
	if (r == 0)
		r = sv_qmp_new(SV_MONITOR_QMP_FD, &m->qmp, err);
	if (r == 0)
		r = sv_sandbox_enter(err);
	if (r < 0)
		return r;
	m->sv->warn = keep_warning;
	m->sv->warn_data = m;
	return 0;
}

/* Says who we are. The guest may have stopped since the manager looked. */
static int note_state(struct monitor *m, struct sv_error *err)
{
	enum sv_guest_state state = m->runtime.state;
	sv_auto_free char *status = NULL;
	struct sv_error e = {0};
	bool running;

	if (sv_qmp_status(m->qmp, STATUS_TIMEOUT_MS, &running, &status, &e) == 0)
		state = running ? SV_GUEST_RUNNING : SV_GUEST_PAUSED;
	return save_state(m, state, err);
}

int sv_monitor_run(const struct sv_lease *lease)
{
	sv_cleanup(monitor_done) struct monitor m = {
		.lease = lease,
		.lock = SV_MONITOR_LOCK_FD,
		.listener = SV_MONITOR_CONTROL_FD,
		.signals = -1,
		.vmm = {.pidfd = SV_MONITOR_PIDFD_FD,
			.control = -1,
			.output = SV_MONITOR_OUTPUT_FD,
			.words = -1},
	};
	struct sv_error err = {0};
	int i, r;

	for (i = 0; i < MAX_CLIENTS; i++)
		m.clients[i].fd = -1;
	r = prepare_self(&m, &err);
	if (r == 0)
		r = take_over(&m, &err);
	if (r == 0)
		r = note_state(&m, &err);
	if (r < 0)
		end_vmm(&m, "failed");
	audit(&m, "start", "booted");
	watch(&m);
	if (m.sv)
		wind_up(&m);
	audit(&m, "stop", m.reason ? m.reason : "crashed");
	answer_all(&m, &m.outcome);
	return (int)m.outcome.code;
}
