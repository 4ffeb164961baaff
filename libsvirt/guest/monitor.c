/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of svirt-monitor: label, start, prove, watch, put back. One process per guest, one
 * thread, one loop. What it must be able to lose at any step is itself: everything that the next
 * command needs for the repair is in the store before it is done (guest/release).
 */
#include "guest/launch.h"

#include "audit/record.h"
#include "base/fs.h"
#include "base/lock.h"
#include "guest/control.h"
#include "guest/release.h"
#include "guest/sandbox.h"
#include "guest/vmm.h"
#include "qemu/qmp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define HELLO_TIMEOUT_MS 60000
#define QMP_TIMEOUT_MS	 10000
#define QUIT_TIMEOUT_MS	 5000
#define MAX_CLIENTS	 16

struct client {
	int fd;	    /* -1: free */
	bool waits; /* for the end of the guest */
};

struct monitor {
	struct svirt *sv;
	struct sv_lease lease;
	int lock, report, listener, signals;
	bool paused;
	struct sv_vmm vmm;
	struct sv_qmp *qmp;
	const char *reason;	 /* of the end, for the audit record */
	struct sv_error outcome; /* of the undo; a message without a code is a warning */
	struct client clients[MAX_CLIENTS];
};

/* false: whoever asked for the guest has gone without waiting for it. */
static bool send_report(struct monitor *m, const struct sv_error *err)
{
	struct sv_report report = {
		.magic = SV_REPORT_MAGIC,
		.pid = m->vmm.id.pid,
		.err = *err,
	};
	bool sent = send(m->report, &report, sizeof(report), MSG_NOSIGNAL) > 0;

	sv_close_fd(&m->report);
	return sent;
}

static void audit(const struct monitor *m, const char *op, const char *reason, bool success)
{
	struct sv_audit_guest guest = {
		.name = m->lease.name,
		.uuid = m->lease.uuid,
		.model = m->lease.model,
		.label = m->lease.label,
		.image = m->lease.image,
		.pid = m->lease.guest.pid,
	};
	struct sv_error e = {0};

	if (sv_streq(op, "start"))
		(void)sv_audit_machine(&guest, success, &e);
	sv_error_clear(&e);
	(void)sv_audit_control(&guest, op, reason, success, &e);
}

/* The guest's own directory: made with its label from the start, so that it is never somebody
 * else's to write. */
static int make_run_dir(struct monitor *m, struct sv_error *err)
{
	const struct sv_driver *driver = m->lease.model ? sv_driver_find(m->lease.model) : NULL;
	bool label = driver && driver->create_files && m->lease.image;
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	sv_auto_free char *path = NULL;
	struct sv_error e = {0};
	int r = sv_guest_path(m->sv, m->lease.name, "", &path, err);

	if (r == 0)
		r = sv_fs_remove_tree(path, err);
	if (r == 0 && label)
		r = driver->create_files(m->lease.image, err);
	if (r < 0)
		return r;
	if (mkdir(path, 0700) < 0)
		r = sv_fail_errno(err, errno, "cannot make %s", path);
	if (label && driver->create_files(NULL, &e) < 0 && r == 0) {
		*err = e;
		return -(int)e.code;
	}
	if (r == 0)
		r = sv_node_open(path, &node, err);
	return r < 0 ? r : sv_driver_dac.set(node.fd, m->lease.owner, err);
}

static int save_in(struct monitor *m, struct sv_store *store, const struct sv_proc_id *monitor,
		   enum sv_guest_state state, struct sv_error *err)
{
	int r = sv_store_begin(store, err);

	if (r < 0)
		return r;
	if (monitor)
		r = sv_lease_set_processes(store, m->lease.id, monitor, &m->vmm.id, err);
	if (r == 0)
		r = sv_lease_set_state(store, m->lease.id, state, err);
	if (r == 0)
		r = sv_store_commit(store, err);
	if (r < 0)
		sv_store_rollback(store);
	else
		m->lease.state = state;
	return r;
}

static int save_state(struct monitor *m, enum sv_guest_state state, struct sv_error *err)
{
	sv_auto_store struct sv_store *store = NULL;
	int r = sv_handle_store(m->sv, &store, err);

	return r < 0 ? r : save_in(m, store, NULL, state, err);
}

static int load_and_label(struct monitor *m, struct sv_store *store, const char *name,
			  struct sv_error *err)
{
	int r = sv_lease_find(store, name, &m->lease, err);

	if (r == SV_NONE)
		return sv_fail(err, SV_E_NOTFOUND, 0, "guest '%s' has no lease", name);
	return r < 0 ? r : sv_plan_apply(store, m->lease.id, err);
}

/* QMP answers only after the disks were opened under the guest's label, and the process is what
 * it has to be: then, and only then, the guest may run. */
static int prove(struct monitor *m, struct sv_error *err)
{
	int r = sv_qmp_new(sv_take_fd(&m->vmm.qmp), &m->qmp, err);

	if (r == 0)
		r = sv_qmp_hello(m->qmp, HELLO_TIMEOUT_MS, err);
	if (r == 0)
		r = sv_vmm_verify(&m->lease, &m->vmm, err);
	if (r < 0 || m->paused)
		return r;
	r = sv_qmp_command(m->qmp, "cont", QMP_TIMEOUT_MS, err);
	return r < 0 ? r : sv_qmp_wait(m->qmp, SV_QMP_EVENT_RESUME, QMP_TIMEOUT_MS, err);
}

static int bring_up(struct monitor *m, const char *name, char **argv, struct sv_error *err)
{
	sv_auto_store struct sv_store *store = NULL;
	sv_auto_free char *control = NULL;
	struct sv_proc_id self;
	int r = sv_handle_store(m->sv, &store, err);

	if (r == 0)
		r = load_and_label(m, store, name, err);
	if (r == 0)
		r = make_run_dir(m, err);
	if (r == 0)
		r = sv_guest_path(m->sv, name, ".monitor", &control, err);
	if (r == 0)
		r = sv_control_listen(control, &m->listener, err);
	if (r == 0)
		r = sv_proc_identify(getpid(), &self, err);
	/* the child only closes the store's descriptors: it never touches the store */
	if (r == 0)
		r = sv_vmm_spawn(&m->lease, argv, &m->vmm, err);
	if (r < 0)
		return r;
	m->lease.guest = m->vmm.id;
	/* before it can outlive us: not every guest can be found by its label */
	r = save_in(m, store, &self, SV_GUEST_STARTING, err);
	if (r == 0)
		r = sv_vmm_go(&m->vmm, err);
	if (r == 0)
		r = prove(m, err);
	if (r == 0)
		r = save_in(m, store, NULL, m->paused ? SV_GUEST_PAUSED : SV_GUEST_RUNNING, err);
	if (r < 0)
		sv_vmm_end(&m->vmm, err);
	return r;
}

/* Who waits for the end is told what could not be as before. */
static void keep_warning(void *data, const char *msg)
{
	struct monitor *m = data;

	if (!m->outcome.msg[0])
		(void)snprintf(m->outcome.msg, sizeof(m->outcome.msg), "%s", msg);
}

/* Everything back: the one way out, whatever brought us here. */
static void wind_up(struct monitor *m)
{
	struct sv_error *err = &m->outcome;
	sv_auto_store struct sv_store *store = NULL;
	sv_auto_free char *path = NULL;

	if (m->lease.id && sv_handle_store(m->sv, &store, err) == 0 &&
	    sv_release(m->sv, store, &m->lease, NULL, NULL, err) == 0 &&
	    sv_guest_path(m->sv, m->lease.name, ".lock", &path, err) == 0)
		sv_lock_drop(path, &m->lock);
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
			       m->lease.name);
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
	(void)syscall(SYS_pidfd_send_signal, m->vmm.pidfd, SIGKILL, NULL, 0);
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
		if (event == SV_QMP_EVENT_STOP && m->lease.state != SV_GUEST_PAUSED)
			(void)save_state(m, SV_GUEST_PAUSED, &e);
		else if (event == SV_QMP_EVENT_RESUME && m->lease.state != SV_GUEST_RUNNING)
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

	while (m->vmm.id.pid > 0) {
		if (poll(p, gather(m, p), -1) < 0)
			continue;
		if (p[POLL_OUTPUT].revents)
			(void)sv_vmm_read_output(&m->vmm);
		if (p[POLL_QMP].revents && m->qmp)
			drain_events(m);
		if (p[POLL_VMM].revents) {
			struct sv_error e = {0};

			sv_vmm_end(&m->vmm, &e);
			break;
		}
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
	if (fcntl(m->lock, F_SETFD, FD_CLOEXEC) < 0 || fcntl(m->report, F_SETFD, FD_CLOEXEC) < 0)
		return sv_fail_errno(err, errno, "the manager's descriptors");
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
	sv_lease_done(&m->lease);
	sv_handle_close(&m->sv);
}

int sv_monitor_run(const char *root, const char *name, bool paused, char **argv)
{
	sv_cleanup(monitor_done) struct monitor m = {
		.lock = SV_MONITOR_LOCK_FD,
		.report = SV_MONITOR_REPORT_FD,
		.listener = -1,
		.signals = -1,
		.paused = paused,
		.vmm = SV_VMM_EMPTY,
	};
	struct sv_error err = {0};
	int i, r = sv_handle_open(root, &m.sv, &err);

	for (i = 0; i < MAX_CLIENTS; i++)
		m.clients[i].fd = -1;
	if (r == 0) {
		m.sv->warn = keep_warning;
		m.sv->warn_data = &m;
		r = prepare_self(&m, &err);
	}
	if (r == 0)
		r = bring_up(&m, name, argv, &err);
	if (r == 0)
		r = sv_sandbox_enter(&err);
	if (r < 0) {
		sv_vmm_end(&m.vmm, &err);
		wind_up(&m);
		(void)send_report(&m, &err);
		audit(&m, "start", "booted", false);
		return (int)err.code;
	}
	/* a start that was interrupted has not happened */
	if (!send_report(&m, &err))
		end_vmm(&m, "destroyed");
	audit(&m, "start", "booted", true);
	watch(&m);
	wind_up(&m);
	audit(&m, "stop", m.reason ? m.reason : "crashed", true);
	answer_all(&m, &m.outcome);
	return (int)m.outcome.code;
}
