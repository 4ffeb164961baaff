/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * svirt-monitor: takes over a guest, watches it, puts everything back. One process per guest, one
 * thread, one loop. It may be killed at any step: everything that the next command needs to repair
 * is in the store and in the lock file (guest/restore/release).
 */
#include "guest/run/monitor.h"

#include "base/budget.h"
#include "base/string.h"
#include "guest/restore/orphans.h"
#include "guest/restore/release.h"
#include "guest/run/audit.h"
#include "guest/run/clients.h"
#include "guest/run/handover.h"
#include "guest/run/limits.h"
#include "guest/run/sandbox.h"
#include "guest/run/vmm.h"
#include "guest/state/rundir.h"
#include "guest/state/runtime.h"
#include "qemu/qmp.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define QMP_TIMEOUT_MS	  10000
#define QUIT_TIMEOUT_MS	  5000
#define STATUS_TIMEOUT_MS 1000
#define OUTPUT_PAUSE_MS	  250

/* ROUND: messages of the VMM that are read before the loop turns to everything else. LAST_WORDS:
 * the most that are read after its end; a socket does not hold more. */
enum { ROUND = 32, LAST_WORDS = 4096 };
/* Messages a second, and at once, that no well-behaved VMM reaches: QEMU sends four for a block
 * job, and 500 a second when firmware does nothing but reset the machine. */
enum { MESSAGES_RATE = 1000, MESSAGES_BURST = 10000 };

struct monitor {
	struct svirt *sv;
	const struct sv_lease *lease;
	bool user; /* a user's guest */
	int lock, signals;
	struct sv_runtime runtime;
	enum sv_guest_state state; /* by the VMM's last event; recorded once a round */
	struct sv_vmm vmm;
	struct sv_qmp *qmp;
	struct sv_budget budget;
	bool more;		 /* messages of the VMM are waiting */
	int64_t answer_by;	 /* deadline of the command that was sent to the VMM; 0: none */
	bool ending;		 /* the VMM was told to quit, or killed */
	int64_t kill_at;	 /* when to kill a VMM that was told to quit; 0: never, or done */
	int64_t output_at;	 /* its output is not read before */
	const char *reason;	 /* of the end, for the audit record */
	struct sv_error outcome; /* of the undo; a message without a code is a warning */
	struct sv_clients clients;
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

/* Keeps a warning of the undo for the clients that wait for the end. */
static void keep_warning(void *data, const char *msg)
{
	struct monitor *m = data;

	if (!m->outcome.msg[0])
		(void)snprintf(m->outcome.msg, sizeof(m->outcome.msg), "%s", msg);
}

/* Ends the children of the VMM, which may outlive it. Nothing is put back before the last of them
 * is gone. grouped: the result of ending the control group. A descriptor that the guest sent stays
 * open while it is in a socket of ours: that of a VFIO device would keep its driver from being put
 * back. */
static int end_rest(struct monitor *m, struct sv_store *store, const struct sv_lease *lease,
		    int grouped, struct sv_error *err)
{
	unsigned n;
	int r = grouped == 0 ? 0 : sv_orphans(m->sv, store, lease, SV_ORPHANS_END, &n, err);

	sv_qmp_free(&m->qmp);
	sv_close_fd(&m->vmm.output);
	return r;
}

/* Puts everything back. When there is no lease, another command has done it. */
static void wind_up(struct monitor *m)
{
	int grouped = -1;
	struct sv_error *err = &m->outcome;
	sv_auto_store struct sv_store *store = NULL;
	sv_auto_lease struct sv_lease lease = {0};

	if (save_state(m, SV_GUEST_STOPPING, err) == 0 &&
	    sv_orphans_end_tpm(&m->runtime.tpm, err) == 0 &&
	    (grouped = sv_orphans_end_group(&m->runtime, err)) >= 0 &&
	    sv_handle_store(m->sv, &store, err) == 0 &&
	    sv_lease_find(store, m->lease->name, &lease, err) == 0 &&
	    end_rest(m, store, &lease, grouped, err) == 0 &&
	    sv_release(m->sv, store, &lease, NULL, err) == 0)
		sv_guest_unlock(m->sv, m->lease->name, &m->lock);
	sv_close_fd(&m->lock);
}

static void answer_served(struct monitor *m, const struct sv_error *err)
{
	struct sv_client *c = sv_clients_find(&m->clients, SV_CLIENT_SERVED);

	if (c)
		sv_client_answer(c, err);
	m->answer_by = 0;
}

/* Answers clients that wait for the VMM with err. */
static void give_up(struct monitor *m, struct sv_error *err)
{
	if (m->qmp && m->answer_by) {
		(void)sv_qmp_give_up(m->qmp, err);
		answer_served(m, err);
	}
}

static void kill_vmm(struct monitor *m)
{
	sv_vmm_kill(&m->vmm);
	m->kill_at = 0;
}

/* quit lets the VMM flush its images; one that does not listen, or does not end, is killed. */
static void end_vmm(struct monitor *m, const char *reason)
{
	struct sv_error e = {0};

	if (m->ending)
		return;
	m->ending = true;
	m->reason = reason;
	give_up(m, &e);
	sv_error_clear(&e);
	m->kill_at = sv_now_ms() + QUIT_TIMEOUT_MS;
	if (!m->qmp || sv_qmp_send(m->qmp, "quit", &e) < 0)
		kill_vmm(m);
}

/* Kills at once a VMM that sends too many messages. */
static void end_flooder(struct monitor *m)
{
	struct sv_error e = {0};

	m->ending = true;
	m->reason = "flooded";
	keep_warning(m, "the emulator was killed: it sent messages without end");
	give_up(m, &e);
	sv_qmp_free(&m->qmp);
	kill_vmm(m);
}

/* Stops talking to a VMM that broke the protocol or has hung up. Only its end is watched. */
static void lose_vmm(struct monitor *m)
{
	struct sv_error e = {0};

	give_up(m, &e);
	sv_qmp_free(&m->qmp);
	if (m->ending)
		kill_vmm(m);
}

static const struct order {
	const char *command;
	enum sv_guest_state state; /* of the guest afterwards */
	bool waits;		   /* the client is answered when the guest has ended */
} orders[] = {
	[SV_CONTROL_STOP] = {.command = "system_powerdown", .waits = true},
	[SV_CONTROL_SUSPEND] = {.command = "stop", .state = SV_GUEST_PAUSED},
	[SV_CONTROL_RESUME] = {.command = "cont", .state = SV_GUEST_RUNNING},
};

static void take_reply(struct monitor *m)
{
	struct sv_client *c = sv_clients_find(&m->clients, SV_CLIENT_SERVED);
	struct sv_error e = {0};
	int r = sv_qmp_reply(m->qmp, &e);

	if (m->ending) {
		if (r < 0)
			kill_vmm(m);
		return;
	}
	m->answer_by = 0;
	if (c && r == 0 && orders[c->op].waits) {
		m->reason = "shutdown";
		c->phase = SV_CLIENT_WAITS;
		return;
	}
	if (c && r == 0)
		m->state = orders[c->op].state;
	if (c)
		sv_client_answer(c, &e);
}

/* Events also tell when the guest stops and resumes by itself (an I/O error, a debugger). */
static void take_event(struct monitor *m, enum sv_qmp_event event)
{
	switch (event) {
	case SV_QMP_EVENT_STOP:
		m->state = SV_GUEST_PAUSED;
		break;
	case SV_QMP_EVENT_RESUME:
		m->state = SV_GUEST_RUNNING;
		break;
	case SV_QMP_EVENT_SHUTDOWN:
		if (!m->reason)
			m->reason = "shutdown";
		break;
	case SV_QMP_EVENT_REPLY:
		take_reply(m);
		break;
	case SV_QMP_EVENT_NONE:
	case SV_QMP_EVENT_POWERDOWN:
	case SV_QMP_EVENT_RESET:
	case SV_QMP_EVENT_OTHER:
		break;
	}
}

/* Reads at most n messages. */
static void hear_vmm(struct monitor *m, unsigned n)
{
	enum sv_qmp_event event;
	struct sv_error e = {0};
	int r = 0;

	while (m->qmp && n-- > 0 && (r = sv_qmp_event(m->qmp, &event, &e)) == 0)
		take_event(m, event);
	m->more = m->qmp && r == 0;
	if (r == SV_SKIP || r < 0)
		lose_vmm(m);
}

static void hear_round(struct monitor *m, int64_t now)
{
	unsigned n;

	for (n = 0; n < ROUND; n++) {
		if (!sv_budget_take(&m->budget, now)) {
			end_flooder(m);
			return;
		}
		hear_vmm(m, 1);
		if (!m->more)
			return;
	}
}

static int tell_vmm(struct monitor *m, const char *command, struct sv_error *err)
{
	if (!m->qmp || m->ending)
		return sv_fail(err, SV_E_UNKNOWN, 0, "the emulator of guest '%s' does not answer",
			       m->lease->name);
	return sv_qmp_send(m->qmp, command, err);
}

/* Serves waiting clients until a command was sent to the VMM. */
static void serve_clients(struct monitor *m, int64_t now)
{
	struct sv_client *c;

	while (!m->answer_by && (c = sv_clients_find(&m->clients, SV_CLIENT_ASKED))) {
		struct sv_error e = {0};

		if (m->ending && orders[c->op].waits) {
			c->phase = SV_CLIENT_WAITS;
		} else if (tell_vmm(m, orders[c->op].command, &e) < 0) {
			sv_client_answer(c, &e);
		} else {
			c->phase = SV_CLIENT_SERVED;
			m->answer_by = now + QMP_TIMEOUT_MS;
		}
	}
}

static void hear_client(struct monitor *m, struct sv_client *c)
{
	if (!sv_client_receive(c) || c->op != SV_CONTROL_DESTROY)
		return;
	c->phase = SV_CLIENT_WAITS;
	end_vmm(m, "destroyed");
}

enum { POLL_VMM, POLL_SIGNALS, POLL_OUTPUT, POLL_QMP, POLL_LISTENER, POLL_CLIENTS };
enum { POLL_ALL = POLL_LISTENER + SV_CLIENTS_POLL };

static void gather(const struct monitor *m, int64_t now, struct pollfd *p)
{
	const int fds[] = {
		[POLL_VMM] = m->vmm.pidfd,
		[POLL_SIGNALS] = m->signals,
		[POLL_OUTPUT] = m->output_at > now ? -1 : m->vmm.output,
		[POLL_QMP] = m->qmp ? sv_qmp_fd(m->qmp) : -1,
	};

	for (size_t i = 0; i < SV_N_ELEMENTS(fds); i++)
		p[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
	sv_clients_gather(&m->clients, p + POLL_LISTENER);
}

/* Milliseconds until the next deadline of our own; -1: there is none. */
static int pause_of(const struct monitor *m, int64_t now)
{
	const int64_t times[] = {m->answer_by, m->kill_at, m->output_at > now ? m->output_at : 0};
	int64_t first = m->more ? now : INT64_MAX;

	for (size_t i = 0; i < SV_N_ELEMENTS(times); i++) {
		if (times[i] && times[i] < first)
			first = times[i];
	}
	if (first == INT64_MAX)
		return -1;
	return first > now ? (int)(first - now) : 0;
}

/* Reads the VMM's output at a limited rate. A VMM that writes more has to wait. */
static void hear_output(struct monitor *m, int64_t now)
{
	if (sv_vmm_read_output(&m->vmm) == SV_MORE)
		m->output_at = now + OUTPUT_PAUSE_MS;
}

static void keep_times(struct monitor *m, int64_t now)
{
	struct sv_error e = {0};

	if (m->answer_by && now >= m->answer_by)
		give_up(m, &e);
	if (m->kill_at && now >= m->kill_at)
		kill_vmm(m);
	if (m->state != m->runtime.state)
		(void)save_state(m, m->state, &e);
}

/* Each round looks at everything once and reads a bounded amount from each, so that no peer keeps
 * the others waiting. */
static void watch(struct monitor *m)
{
	struct pollfd p[POLL_ALL];
	int i;

	for (;;) {
		int64_t now = sv_now_ms();

		gather(m, now, p);
		if (poll(p, POLL_ALL, pause_of(m, now)) < 0)
			continue;
		now = sv_now_ms();
		if (p[POLL_VMM].revents) {
			hear_vmm(m, LAST_WORDS);
			return;
		}
		if (p[POLL_SIGNALS].revents) {
			struct signalfd_siginfo info;

			(void)!read(m->signals, &info, sizeof(info));
			end_vmm(m, "destroyed");
		}
		if (p[POLL_LISTENER].revents)
			sv_clients_accept(&m->clients);
		for (i = 0; i < SV_CLIENTS_MAX; i++) {
			if (p[POLL_CLIENTS + i].revents && m->clients.list[i].fd >= 0)
				hear_client(m, &m->clients.list[i]);
		}
		if (p[POLL_OUTPUT].revents)
			hear_output(m, now);
		if (m->qmp && (p[POLL_QMP].revents || m->more))
			hear_round(m, now);
		keep_times(m, now);
		serve_clients(m, now);
	}
}

static int prepare_self(struct monitor *m, struct sv_error *err)
{
	sigset_t set;
	int fd;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);	/* there is no terminal and no configuration to reload */
	(void)signal(SIGXFSZ, SIG_IGN); /* write(2) fails instead */
	sv_limits_monitor();
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
	for (int i = 0; i < SV_CLIENTS_MAX; i++)
		sv_client_answer(&m->clients.list[i], err);
}

static void monitor_done(struct monitor *m)
{
	sv_clients_done(&m->clients);
	sv_qmp_free(&m->qmp);
	sv_vmm_done(&m->vmm);
	sv_close_fd(&m->lock);
	sv_handle_close(&m->sv);
}

static int take_over(struct monitor *m, struct sv_error *err)
{
	int r = m->user ? sv_handle_user_paths(&m->sv, err) : sv_handle_paths(NULL, &m->sv, err);

	if (r == 0)
		r = sv_runtime_load(m->lock, m->lease->name, &m->runtime, err);
	m->state = m->runtime.state;
	if (r == 0)
		r = sv_proc_identify(getpid(), &m->runtime.monitor, err);
	if (r == 0)
		r = sv_qmp_new(SV_MONITOR_QMP_FD, &m->qmp, err);
	if (r == 0)
		r = sv_sandbox_enter(m->lease, m->user, err);
	if (r < 0)
		return r;
	m->sv->warn = keep_warning;
	m->sv->warn_data = m;
	return 0;
}

/* Records this process and the state. The guest may have stopped since the manager looked. */
static int note_state(struct monitor *m, struct sv_error *err)
{
	enum sv_guest_state state = m->runtime.state;
	sv_auto_free char *status = NULL;
	struct sv_error e = {0};
	bool running;

	if (sv_qmp_status(m->qmp, STATUS_TIMEOUT_MS, &running, &status, &e) == 0)
		state = running ? SV_GUEST_RUNNING : SV_GUEST_PAUSED;
	m->state = state;
	return save_state(m, state, err);
}

int sv_monitor_run(const struct sv_lease *lease, bool user)
{
	sv_cleanup(monitor_done) struct monitor m = {
		.lease = lease,
		.user = user,
		.lock = SV_MONITOR_LOCK_FD,
		.signals = -1,
		.budget = {.rate = MESSAGES_RATE, .burst = MESSAGES_BURST},
		.vmm = {.pidfd = SV_MONITOR_PIDFD_FD,
			.control = -1,
			.output = SV_MONITOR_OUTPUT_FD,
			.words = -1},
	};
	struct sv_error err = {0};
	int r;

	sv_clients_init(&m.clients, SV_MONITOR_CONTROL_FD);
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
