/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making, proving and ending the VMM's process: see vmm.h. */
#include "guest/run/vmm.h"

#include "base/string.h"
#include "guest/run/child.h"
#include "guest/run/limits.h"
#include "guest/run/sandbox.h"
#include "guest/state/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 /* include/uapi/asm-generic/socket.h of Linux 6.16 */
#endif

#define END_TIMEOUT_MS 5000
#define TPM_NAME       "swtpm"

/* OUTPUT_READS: reads at once. OUTPUT_ROUNDS: rounds after the VMM has ended, because another
 * process may go on filling its socket. */
enum { OUTPUT_READS = 16, OUTPUT_ROUNDS = 8 };

/* Sets the label of sockets that are made from now on. on: to the guest's own. */
static int label_sockets(const struct sv_lease *lease, bool on, struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < lease->n_layers; i++) {
		const struct sv_lease_layer *layer = &lease->layers[i];
		const struct sv_driver *driver;

		r = sv_driver_need(layer->driver, &driver, err);
		if (r == 0 && driver->label && driver->label->create_sockets)
			r = driver->label->create_sockets(on ? layer->label : NULL, err);
	}
	return r;
}

/* Gives a socket the guest's label, in models that have no such label for what is made next. */
static int label_socket(const struct sv_lease *lease, int fd, struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < lease->n_layers; i++) {
		const struct sv_lease_layer *layer = &lease->layers[i];
		const struct sv_driver *driver;

		r = sv_driver_need(layer->driver, &driver, err);
		if (r == 0 && driver->label && driver->label->label_socket)
			r = driver->label->label_socket(fd, layer->label, err);
	}
	return r;
}

/* Nobody sends us descriptors: one that lies in a socket of ours keeps its file open, and closing
 * it may take as long as the guest likes (SO_LINGER). Kernels before 6.16 cannot refuse them. */
static int refuse_descriptors(int fd, struct sv_error *err)
{
	const int off = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof(off)) == 0 ||
	    errno == ENOPROTOOPT)
		return 0;
	return sv_fail_errno(err, errno, "cannot limit a socket for the guest");
}

/* Both ends of the sockets have the guest's own label and level. With a descriptor of the manager's
 * label the guest could not use it after exec, and a pipe would keep the manager's range. */
static int make_sockets(const struct sv_lease *lease, int (*pairs)[2], size_t n,
			struct sv_error *err)
{
	struct sv_error e = {0};
	int r = label_sockets(lease, true, err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pairs[i]) < 0)
			r = sv_fail_errno(err, errno, "cannot make sockets for the guest");
		else
			r = refuse_descriptors(pairs[i][0], err);
		for (size_t end = 0; r == 0 && end < 2; end++)
			r = label_socket(lease, pairs[i][end], err);
	}
	if (label_sockets(lease, false, &e) < 0 && r == 0) {
		*err = e;
		r = -(int)e.code;
	}
	return r;
}

/* Enters each layer in turn; dac ends with no_new_privs. The transition of the label is the only
 * new privilege, and the policy allows it by name. */
static int enter(const struct sv_stack *stack, struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < stack->n; i++)
		r = stack->v[i].driver->enter(&stack->v[i], err);
	return r;
}

/* Undoes in the parent what a child that shared its memory has entered. */
static void leave(const struct sv_stack *stack)
{
	for (size_t i = 0; i < stack->n; i++) {
		struct sv_error ignored = {0};

		if (stack->v[i].driver->mac)
			(void)stack->v[i].driver->enter(NULL, &ignored);
	}
}

int sv_vmm_fds_add(struct sv_vmm_fds *fds, int fd, struct sv_error *err)
{
	if (fds->n == SV_N_ELEMENTS(fds->v)) {
		close(fd);
		return sv_fail(err, SV_E_USAGE, 0, "the guest needs more than %u descriptors",
			       SV_VMM_MAX_FDS);
	}
	fds->v[fds->n++] = fd;
	return 0;
}

void sv_vmm_fds_done(struct sv_vmm_fds *fds)
{
	for (size_t i = 0; i < fds->n; i++)
		sv_close_fd(&fds->v[i]);
	fds->n = 0;
}

/* sockets: control, output. All descriptors are moved above every target first, then into place. */
static int move_fds(const struct sv_vmm_program *program, const int sockets[2],
		    struct sv_error *err)
{
	const struct sv_vmm_fds *fds = &program->fds;
	const int end = SV_VMM_FIRST_FD + (int)fds->n;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int control = fcntl(sockets[0], F_DUPFD_CLOEXEC, end);
	int output = fcntl(sockets[1], F_DUPFD_CLOEXEC, end);
	int given[SV_VMM_MAX_FDS];
	bool ok = chdir(program->dir) == 0 && null >= 0 && control >= 0 && output >= 0;

	for (size_t i = 0; ok && i < fds->n; i++) {
		given[i] = fcntl(fds->v[i], F_DUPFD_CLOEXEC, end);
		ok = given[i] >= 0;
	}
	ok = ok && dup2(null, 0) >= 0 && dup2(output, 1) >= 0 && dup2(output, 2) >= 0 &&
	     dup2(control, SV_VMM_CONTROL_FD) >= 0;
	for (size_t i = 0; ok && i < fds->n; i++)
		ok = dup2(given[i], SV_VMM_FIRST_FD + (int)i) >= 0;
	/* a ruleset is among them, and is used before exec */
	if (!ok || close_range((unsigned)end, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		return sv_fail_errno(err, errno, "cannot arrange the guest's descriptors");
	return 0;
}

/* Executes the program without the caller's environment. */
static void execute(char **argv)
{
	char *const environment[] = {
		(char[]){"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
		(char[]){"LC_ALL=C"},
		NULL,
	};

	execve(argv[0], argv, environment);
}

static int note_self(const struct sv_vmm_program *program, struct sv_proc_id *self,
		     struct sv_error *err)
{
	struct sv_runtime rt = {.state = SV_GUEST_STARTING, .cgroup = *program->cgroup};
	int r = sv_proc_identify(getpid(), self, err);

	if (program->tpm)
		rt.tpm = program->tpm->id;
	if (program->role == SV_VMM_TPM)
		rt.tpm = *self;
	else
		rt.guest = *self;
	return r == 0 ? sv_runtime_write(program->lock, &rt, err) : r;
}

/* Runs in the child, which shares the memory of its waiting parent: self and err are the parent's.
 * Does not return. */
static void run_child(const struct sv_vmm_program *program, const int sockets[2], pid_t parent,
		      struct sv_proc_id *self, struct sv_error *err)
{
	const struct sv_lease *lease = program->lease;
	char **argv = program->argv;
	int r;

	/* the child must not go on when the manager dies, until it is the guest */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(126);
	sv_child_leave_caller();
	r = note_self(program, self, err);
	if (r == 0 && program->door >= 0)
		r = sv_cgroup_enter(program->door, err);
	if (r == 0)
		r = sv_limits_guest(program->locked_kib, err);
	if (r == 0)
		r = move_fds(program, sockets, err);
	if (r == 0)
		r = enter(program->stack, err);
	if (r == 0 && program->user)
		r = sv_sandbox_guest(program->network, program->role == SV_VMM_TPM, err);
	if (r == 0) {
		/* a change of user clears it too, and a transition of SELinux's; else a guest that
		 * runs as root would end with the manager */
		(void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
		execute(argv);
		sv_fail_errno(err, errno, "cannot execute %s as %s", argv[0],
			      lease->layers[0].label);
	}
	_exit(127);
}

/* Uses vfork(2): copying the manager's page tables would take longer than everything else here, and
 * the child can report an error in the parent's memory. Returns when the program was executed. */
static int start_child(const struct sv_vmm_program *program, const int sockets[2],
		       struct sv_proc_id *ret, struct sv_error *err)
{
	pid_t parent = getpid(), pid;

	pid = vfork();
	if (pid == 0)
		run_child(program, sockets, parent, ret, err);
	sv_child_wrote(ret);
	sv_child_wrote(err);
	if (pid < 0)
		return sv_fail_errno(err, errno, "vfork");
	/* libselinux caches the label that was set, as if this process had set it */
	leave(program->stack);
	if (err->code == SV_OK)
		return 0;
	(void)waitpid(pid, NULL, 0);
	return -(int)err->code;
}

int sv_vmm_spawn(const struct sv_vmm_program *program, struct sv_vmm *ret, struct sv_error *err)
{
	sv_cleanup(sv_vmm_done) struct sv_vmm vmm = SV_VMM_EMPTY;
	enum { CONTROL, OUTPUT };
	int pairs[][2] = {[CONTROL] = {-1, -1}, [OUTPUT] = {-1, -1}};
	int words = program->tpm ? program->tpm->words : -1;
	int r = make_sockets(program->lease, pairs, program->tpm ? 1 : 2, err);

	vmm.role = program->role;
	vmm.control = pairs[CONTROL][0];
	vmm.output = pairs[OUTPUT][0];
	vmm.words = pairs[OUTPUT][1];
	if (r == 0)
		r = start_child(program, (int[2]){pairs[CONTROL][1], words < 0 ? vmm.words : words},
				&vmm.id, err);
	sv_close_fd(&pairs[CONTROL][1]);
	if (program->role != SV_VMM_TPM)
		sv_close_fd(&vmm.words);
	if (r < 0)
		return r;
	vmm.pidfd = (int)syscall(SYS_pidfd_open, vmm.id.pid, 0);
	if (vmm.pidfd < 0) {
		r = sv_fail_errno(err, errno, "pidfd_open");
		sv_vmm_end(&vmm, err);
		return r;
	}
	if (vmm.output >= 0)
		(void)fcntl(vmm.output, F_SETFL, O_NONBLOCK);
	*ret = vmm;
	vmm = SV_VMM_EMPTY;
	return 0;
}

/* The name of the program in messages. */
static const char *name_of(const struct sv_vmm *vmm)
{
	return vmm->role == SV_VMM_TPM ? TPM_NAME : "the emulator";
}

static int verify_one(const struct sv_driver *driver, const char *wanted, const struct sv_vmm *vmm,
		      struct sv_error *err)
{
	sv_auto_free char *label = NULL;
	int r = driver->of_pid(vmm->id.pid, &label, err);

	if (r == SV_NONE)
		return sv_fail(err, SV_E_UNKNOWN, 0, "%s has ended", name_of(vmm));
	if (r < 0)
		return r;
	r = driver->same(label, wanted, err);
	if (r == SV_NONE)
		return sv_fail(err, SV_E_PERMISSION, 0, "%s runs as %s, not as %s: it was ended",
			       name_of(vmm), label, wanted);
	return r;
}

int sv_vmm_verify(const struct sv_lease *lease, const struct sv_vmm *vmm, struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < lease->n_layers; i++) {
		const struct sv_driver *driver;

		r = sv_driver_need(lease->layers[i].driver, &driver, err);
		if (r == 0 && driver->of_pid)
			r = verify_one(driver, lease->layers[i].label, vmm, err);
	}
	/* it is killed at once, because it is not confined as it has to be */
	if (r < 0)
		sv_vmm_kill(vmm);
	return r;
}

void sv_vmm_kill(const struct sv_vmm *vmm)
{
	(void)syscall(SYS_pidfd_send_signal, vmm->pidfd, SIGKILL, NULL, 0);
}

static void keep_tail(struct sv_vmm *vmm, const char *said, size_t len)
{
	size_t room = sizeof(vmm->tail) - 1, keep;

	if (len > room) {
		said += len - room;
		len = room;
	}
	keep = vmm->tail_len < room - len ? vmm->tail_len : room - len;
	memmove(vmm->tail, vmm->tail + vmm->tail_len - keep, keep);
	memcpy(vmm->tail + keep, said, len);
	vmm->tail_len = keep + len;
	vmm->tail[vmm->tail_len] = '\0';
}

int sv_vmm_read_output(struct sv_vmm *vmm)
{
	char chunk[4096];
	ssize_t n = 0;

	if (vmm->output < 0)
		return SV_NONE;
	for (int i = 0; i < OUTPUT_READS; i++) {
		n = read(vmm->output, chunk, sizeof(chunk));
		if (n <= 0)
			break;
		keep_tail(vmm, chunk, (size_t)n);
	}
	if (n > 0)
		return SV_MORE;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		sv_close_fd(&vmm->output);
		return SV_NONE;
	}
	return 0;
}

/* The VMM's last error message ("NAME: text"), without its name; lines after that are advice. When
 * there is none, its last line. For swtpm the first error, because the others follow from it.
 * Changes the tail. */
static const char *last_words(struct sv_vmm *vmm)
{
	const char *complaint = NULL, *last = "";
	char *rest = vmm->tail, *line;

	while ((line = strsep(&rest, "\n"))) {
		size_t name = strcspn(line, " :");

		if (vmm->role == SV_VMM_TPM && complaint)
			break;
		/* swtpm writes to the emulator's socket too */
		if (vmm->role != SV_VMM_TPM && sv_starts_with(line, TPM_NAME ": "))
			continue;
		if (name > 0 && sv_starts_with(line + name, ": "))
			complaint = line + name + 2;
		else if (*line)
			last = line;
	}
	return complaint ? complaint : last;
}

/* The error code for the last words of a program that could not run. */
static enum sv_code code_of(const char *words)
{
	static const struct {
		const char *words;
		enum sv_code code;
	} reasons[] = {
		{"Permission denied", SV_E_PERMISSION},
		{" lock", SV_E_BUSY}, /* Failed to get "write" lock */
	};

	for (size_t i = 0; i < SV_N_ELEMENTS(reasons); i++)
		if (strstr(words, reasons[i].words))
			return reasons[i].code;
	return SV_E_HOST;
}

static void explain(struct sv_vmm *vmm, const siginfo_t *info, struct sv_error *err)
{
	char shown[300];
	const char *words = last_words(vmm);

	if (info->si_code != CLD_EXITED && info->si_status != SIGKILL) {
		sv_error_clear(err);
		sv_fail(err, SV_E_HOST, 0, "%s was killed by signal %d (%s)", name_of(vmm),
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
		sv_fail(err, SV_E_HOST, 0, "%s ended with status %d and said nothing", name_of(vmm),
			info->si_status);
		return;
	}
	sv_fail(err, code_of(words), 0, "%s says: %s", name_of(vmm),
		sv_escape(words, shown, sizeof(shown)));
}

void sv_vmm_end(struct sv_vmm *vmm, struct sv_error *err)
{
	struct pollfd p = {.fd = vmm->pidfd, .events = POLLIN};
	siginfo_t info = {0};

	if (vmm->id.pid <= 0)
		return;
	/* give a VMM that is ending the time to finish its message */
	if (vmm->pidfd >= 0) {
		if (poll(&p, 1, err->code == SV_OK ? 0 : 500) == 0)
			sv_vmm_kill(vmm);
		(void)poll(&p, 1, END_TIMEOUT_MS);
	} else {
		(void)kill(vmm->id.pid, SIGKILL);
	}
	(void)waitid(P_PID, (id_t)vmm->id.pid, &info, WEXITED);
	vmm->id.pid = 0;
	for (int i = 0; i < OUTPUT_ROUNDS && sv_vmm_read_output(vmm) == SV_MORE; i++)
		;
	if (err->code != SV_OK && err->code != SV_E_PERMISSION)
		explain(vmm, &info, err);
}

void sv_vmm_done(struct sv_vmm *vmm)
{
	sv_close_fd(&vmm->pidfd);
	sv_close_fd(&vmm->control);
	sv_close_fd(&vmm->output);
	sv_close_fd(&vmm->words);
	*vmm = SV_VMM_EMPTY;
}
