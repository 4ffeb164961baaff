/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making, proving and ending the VMM's process: see vmm.h. */
#include "guest/vmm.h"

#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define CHILD_QMP_FD   3
#define CHILD_EXEC_FD  4
#define END_TIMEOUT_MS 5000

static const struct sv_driver *main_driver(const struct sv_lease *lease)
{
	return lease->model ? sv_driver_find(lease->model) : NULL;
}

/* Both ends carry the guest's own label and level: a descriptor of the manager's would be closed
 * to the guest at exec, and a pipe would keep the manager's range. */
static int make_sockets(const struct sv_lease *lease, int qmp[2], int output[2],
			struct sv_error *err)
{
	const struct sv_driver *driver = main_driver(lease);
	struct sv_error e = {0};
	int r = 0;

	if (driver && driver->create_sockets)
		r = driver->create_sockets(lease->label, err);
	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, qmp) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, output) < 0)
		r = sv_fail_errno(err, errno, "cannot make sockets for the guest");
	if (driver && driver->create_sockets && driver->create_sockets(NULL, &e) < 0 && r == 0) {
		*err = e;
		r = -(int)e.code;
	}
	return r;
}

static int enter(const struct sv_lease *lease, struct sv_error *err)
{
	const struct sv_driver *driver = main_driver(lease);
	int r = driver ? driver->enter(lease->label, err) : 0;

	/* last, for it ends with no_new_privs: the label's transition is the only new privilege,
	 * and policy allows it by name */
	return r < 0 ? r : sv_driver_dac.enter(lease->owner, err);
}

static int move_fds(int qmp, int output, int status, struct sv_error *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* sources first above every target, then into place */
	qmp = fcntl(qmp, F_DUPFD_CLOEXEC, CHILD_EXEC_FD + 1);
	output = fcntl(output, F_DUPFD_CLOEXEC, CHILD_EXEC_FD + 1);
	status = fcntl(status, F_DUPFD_CLOEXEC, CHILD_EXEC_FD + 1);
	if (null < 0 || qmp < 0 || output < 0 || status < 0 || dup2(null, 0) < 0 ||
	    dup2(output, 1) < 0 || dup2(output, 2) < 0 || dup2(qmp, CHILD_QMP_FD) < 0 ||
	    dup3(status, CHILD_EXEC_FD, O_CLOEXEC) < 0 ||
	    close_range(CHILD_EXEC_FD + 1, ~0u, 0) < 0)
		return sv_fail_errno(err, errno, "cannot arrange the guest's descriptors");
	return 0;
}

/* What whoever typed the command has in the environment is not the guest's to know. */
static void execute(char **argv)
{
	char *const environment[] = {
		(char[]){"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
		(char[]){"LC_ALL=C"},
		NULL,
	};

	execve(argv[0], argv, environment);
}

/* In the child, single-threaded. Does not return. */
static void run_child(const struct sv_lease *lease, char **argv, const int fds[3], pid_t parent)
{
	struct sv_error err = {0};
	sigset_t none;
	int r;

	/* until exec: a child of a dead monitor must not go on (the transition clears this) */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(126);
	(void)setsid();
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGHUP, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (read(fds[2], &(char){0}, 1) != 1)
		_exit(126);
	r = move_fds(fds[0], fds[1], fds[2], &err);
	if (r == 0)
		r = enter(lease, &err);
	if (r == 0) {
		execute(argv);
		sv_fail_errno(&err, errno, "cannot execute %s as %s", argv[0],
			      lease->label ? lease->label : lease->owner);
	}
	(void)!write(CHILD_EXEC_FD, &err, sizeof(err));
	_exit(127);
}

int sv_vmm_go(struct sv_vmm *vmm, struct sv_error *err)
{
	struct sv_error child = {0};
	ssize_t n = send(vmm->child, "", 1, MSG_NOSIGNAL);

	do {
		n = n < 0 ? n : recv(vmm->child, &child, sizeof(child), MSG_WAITALL);
	} while (n < 0 && errno == EINTR);
	sv_close_fd(&vmm->child);
	/* empty: the program was executed, or the kernel killed it during exec */
	vmm->executed = n == 0;
	if (vmm->executed)
		return 0;
	if (n != (ssize_t)sizeof(child) || child.code == SV_OK)
		return sv_fail(err, SV_E_UNKNOWN, 0, "the guest's process was lost before exec");
	*err = child;
	return -(int)child.code;
}

int sv_vmm_spawn(const struct sv_lease *lease, char **argv, struct sv_vmm *ret,
		 struct sv_error *err)
{
	sv_cleanup(sv_vmm_done) struct sv_vmm vmm = SV_VMM_EMPTY;
	int qmp[2] = {-1, -1}, output[2] = {-1, -1}, child[2];
	pid_t parent = getpid(), pid;
	int r = make_sockets(lease, qmp, output, err);

	vmm.qmp = qmp[0];
	vmm.output = output[0];
	if (r == 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, child) < 0)
		r = sv_fail_errno(err, errno, "socketpair");
	if (r < 0) {
		sv_close_fd(&qmp[1]);
		sv_close_fd(&output[1]);
		return r;
	}
	vmm.child = child[0];
	pid = fork();
	if (pid == 0)
		run_child(lease, argv, (int[3]){qmp[1], output[1], child[1]}, parent);
	close(qmp[1]);
	close(output[1]);
	close(child[1]);
	if (pid < 0)
		return sv_fail_errno(err, errno, "fork");
	vmm.id.pid = pid;
	vmm.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (vmm.pidfd < 0)
		r = sv_fail_errno(err, errno, "pidfd_open");
	if (r == 0)
		r = sv_proc_identify(pid, &vmm.id, err);
	if (r == SV_NONE)
		r = sv_fail(err, SV_E_UNKNOWN, 0, "the guest's process ended at once");
	if (r < 0) {
		sv_vmm_end(&vmm, err);
		return r;
	}
	(void)fcntl(vmm.output, F_SETFL, O_NONBLOCK);
	*ret = vmm;
	vmm = SV_VMM_EMPTY;
	return 0;
}

static int verify_one(const struct sv_driver *driver, const char *wanted, pid_t pid,
		      struct sv_error *err)
{
	sv_auto_free char *label = NULL;
	int r = driver->of_pid(pid, &label, err);

	if (r == SV_NONE)
		return sv_fail(err, SV_E_UNKNOWN, 0, "the emulator has ended");
	if (r < 0)
		return r;
	r = driver->same(label, wanted, err);
	if (r == SV_NONE)
		return sv_fail(err, SV_E_PERMISSION, 0,
			       "the emulator runs as %s, not as %s: it was ended", label, wanted);
	return r;
}

int sv_vmm_verify(const struct sv_lease *lease, const struct sv_vmm *vmm, struct sv_error *err)
{
	const struct sv_driver *driver = main_driver(lease);
	int r = driver ? verify_one(driver, lease->label, vmm->id.pid, err) : 0;

	if (r == 0)
		r = verify_one(&sv_driver_dac, lease->owner, vmm->id.pid, err);
	/* it gets no time for last words: what runs there is not confined as it has to be */
	if (r < 0)
		(void)syscall(SYS_pidfd_send_signal, vmm->pidfd, SIGKILL, NULL, 0);
	return r;
}

int sv_vmm_read_output(struct sv_vmm *vmm)
{
	char chunk[512];
	ssize_t n;

	if (vmm->output < 0)
		return SV_NONE;
	while ((n = read(vmm->output, chunk, sizeof(chunk))) > 0) {
		size_t len = (size_t)n, room = sizeof(vmm->tail) - 1;

		if (vmm->tail_len + len > room) {
			size_t drop = vmm->tail_len + len - room;

			memmove(vmm->tail, vmm->tail + drop, vmm->tail_len - drop);
			vmm->tail_len -= drop;
		}
		memcpy(vmm->tail + vmm->tail_len, chunk, len);
		vmm->tail_len += len;
		vmm->tail[vmm->tail_len] = '\0';
	}
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		sv_close_fd(&vmm->output);
		return SV_NONE;
	}
	return 0;
}

/* The VMM's last complaint ("NAME: text"), without its name; what it says after that is advice. Its
 * last line when it does not speak so. Changes the tail. */
static const char *last_words(struct sv_vmm *vmm)
{
	const char *complaint = NULL, *last = "";
	char *rest = vmm->tail, *line;

	while ((line = strsep(&rest, "\n"))) {
		size_t name = strcspn(line, " :");

		if (name > 0 && sv_starts_with(line + name, ": "))
			complaint = line + name + 2;
		else if (*line)
			last = line;
	}
	return complaint ? complaint : last;
}

static void explain(struct sv_vmm *vmm, const siginfo_t *info, struct sv_error *err)
{
	char shown[300];
	const char *words = last_words(vmm);

	if (info->si_code != CLD_EXITED && info->si_status != SIGKILL) {
		sv_error_clear(err);
		sv_fail(err, SV_E_UNKNOWN, 0, "the emulator was killed by signal %d (%s)",
			info->si_status, strsignal(info->si_status));
		if (info->si_status == SIGSEGV)
			sv_hint(err, "right after exec this means that the policy lets the guest's "
				     "domain not use descriptors of the manager (fd use)");
		return;
	}
	if (!words[0] && info->si_code != CLD_EXITED)
		return;
	sv_error_clear(err);
	if (!words[0]) {
		sv_fail(err, SV_E_UNKNOWN, 0, "the emulator ended with status %d and said nothing",
			info->si_status);
		return;
	}
	sv_fail(err, strstr(words, "Permission denied") ? SV_E_PERMISSION : SV_E_UNKNOWN, 0,
		"the emulator says: %s", sv_escape(words, shown, sizeof(shown)));
}

void sv_vmm_end(struct sv_vmm *vmm, struct sv_error *err)
{
	struct pollfd p = {.fd = vmm->pidfd, .events = POLLIN};
	siginfo_t info = {0};

	if (vmm->id.pid <= 0)
		return;
	/* a VMM that is about to say why it ends gets the time to finish its sentence */
	if (vmm->pidfd >= 0) {
		if (poll(&p, 1, err->code == SV_OK ? 0 : 500) == 0)
			(void)syscall(SYS_pidfd_send_signal, vmm->pidfd, SIGKILL, NULL, 0);
		(void)poll(&p, 1, END_TIMEOUT_MS);
	} else {
		(void)kill(vmm->id.pid, SIGKILL);
	}
	(void)waitid(P_PID, (id_t)vmm->id.pid, &info, WEXITED);
	vmm->id.pid = 0;
	(void)sv_vmm_read_output(vmm);
	if (vmm->executed && err->code != SV_OK && err->code != SV_E_PERMISSION)
		explain(vmm, &info, err);
}

void sv_vmm_done(struct sv_vmm *vmm)
{
	sv_close_fd(&vmm->pidfd);
	sv_close_fd(&vmm->qmp);
	sv_close_fd(&vmm->output);
	sv_close_fd(&vmm->child);
	*vmm = SV_VMM_EMPTY;
}
