/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Capabilities (libcap-ng) and system calls (libseccomp) that are given up: see sandbox.h. */
#include "guest/run/sandbox.h"

#include "base/string.h"
#include "driver/driver.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/fscrypt.h>
#include <linux/fsverity.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>

/* Needed to undo (chown, relabel and reach files that are not ours), to end the guest, and to
 * audit. */
static const unsigned kept_caps[] = {
	CAP_CHOWN, CAP_FOWNER, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_KILL, CAP_AUDIT_WRITE,
};

/* All other calls fail with EPERM. So a call that is missing here is reported as an error, and the
 * monitor does not die and leave labels behind. io_uring is not allowed, because its calls bypass
 * this filter; base/calls.h works without it. */
static const char *const allowed[] = {
	/* descriptors and files: the store, the locks, the run directory */
	"read",
	"write",
	"readv",
	"writev",
	"pread64",
	"pwrite64",
	"open",
	"openat",
	"openat2",
	"close",
	"close_range",
	"lseek",
	"_llseek",
	"fcntl",
	"fcntl64",
	"dup",
	"dup3",
	"ftruncate",
	"ftruncate64",
	"fsync",
	"fdatasync",
	"unlink",
	"unlinkat",
	"rmdir",
	"rename",
	"renameat",
	"renameat2",
	"mkdir",
	"mkdirat",
	"mknod",
	"mknodat",
	"access",
	"faccessat",
	"faccessat2",
	"stat",
	"stat64",
	"lstat",
	"lstat64",
	"fstat",
	"fstat64",
	"newfstatat",
	"fstatat64",
	"statx",
	"statfs",
	"statfs64",
	"fstatfs",
	"fstatfs64",
	"getdents64",
	"readlink",
	"readlinkat",
	"getcwd",
	"umask",
	"fchmod",
	"fchmodat",
	"chown",
	"fchown",
	"fchownat",
	"utimensat",
	/* labels */
	"getxattr",
	"lgetxattr",
	"fgetxattr",
	"setxattr",
	"lsetxattr",
	"fsetxattr",
	"listxattr",
	"removexattr",
	/* sockets that exist: QMP, control */
	"accept",
	"accept4",
	"recvfrom",
	"recvmsg",
	"recv",
	"sendto",
	"sendmsg",
	"send",
	"getsockopt",
	"getsockname",
	"getpeername",
	"shutdown",
	/* waiting and ending */
	"poll",
	"ppoll",
	"ppoll_time64",
	"wait4",
	"waitid",
	"pidfd_open",
	"pidfd_send_signal",
	"kill",
	"tgkill",
	"exit",
	"exit_group",
	"restart_syscall",
	/* the C library */
	"brk",
	"mmap",
	"mmap2",
	"munmap",
	"mremap",
	"mprotect",
	"madvise",
	"futex",
	"getrandom",
	"clock_gettime",
	"clock_gettime64",
	"clock_nanosleep",
	"clock_nanosleep_time64",
	"nanosleep",
	"gettimeofday",
	"time",
	"getpid",
	"getppid",
	"gettid",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"getuid32",
	"geteuid32",
	"getgid32",
	"getegid32",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sigreturn",
	"sigaltstack",
	"signalfd4",
	"uname",
	"sysinfo",
	"getrlimit",
	"prlimit64",
	"ugetrlimit",
	"sched_yield",
	"rseq",
	"set_robust_list",
};

/* What putting back takes in the guest's models. */
static uint64_t undo_caps(const struct sv_lease *lease)
{
	uint64_t caps = 0;

	for (size_t i = 0; i < lease->n_layers; i++) {
		const struct sv_driver *driver = sv_driver_find(lease->layers[i].driver);

		if (driver && driver->label)
			caps |= driver->label->undo_caps;
		if (driver && driver->rules)
			caps |= driver->rules->undo_caps;
	}
	return caps;
}

static int drop_caps(const struct sv_lease *lease, bool user, struct sv_error *err)
{
	const uint64_t more = user ? 0 : undo_caps(lease);
	size_t i;

	capng_clear(CAPNG_SELECT_BOTH);
	for (i = 0; !user && i < SV_N_ELEMENTS(kept_caps); i++)
		(void)capng_update(CAPNG_ADD, (capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED),
				   kept_caps[i]);
	for (unsigned cap = 0; cap < 64; cap++)
		if (more >> cap & 1)
			(void)capng_update(CAPNG_ADD,
					   (capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED), cap);
	/* Changing the bounding set needs CAP_SETPCAP, which the policy may not give. It does not
	 * matter then, because the seccomp filter forbids execve(2). */
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return sv_fail_errno(err, errno, "cannot drop capabilities");
	return 0;
}

static int filter_calls(struct sv_error *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	size_t i;
	int r = ctx ? 0 : -ENOMEM;

	for (i = 0; r == 0 && i < SV_N_ELEMENTS(allowed); i++) {
		int nr = seccomp_syscall_resolve_name(allowed[i]);

		if (nr != __NR_SCMP_ERROR)
			r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
		/* a call that this architecture does not have is skipped */
		if (r == -EDOM || r == -EFAULT)
			r = 0;
	}
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(open_by_handle_at), 1,
				     SCMP_A2(SCMP_CMP_MASKED_EQ, O_PATH, O_PATH));
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
				     SCMP_A0(SCMP_CMP_EQ, AF_NETLINK, 0),
				     SCMP_A2(SCMP_CMP_EQ, NETLINK_AUDIT, 0));
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	return r < 0 ? sv_fail_errno(err, -r, "cannot install the seccomp filter") : 0;
}

int sv_sandbox_enter(const struct sv_lease *lease, bool user, struct sv_error *err)
{
	int r = drop_caps(lease, user, err);

	return r < 0 ? r : filter_calls(err);
}

/* Taken from a user's guest whatever their arguments are. */
static const char *const denied[] = {
	/* what is written down about files: Landlock looks at none of them */
	"chmod",
	"fchmodat",
	"fchmodat2",
	"chown",
	"chown32",
	"lchown",
	"lchown32",
	"fchown",
	"fchown32",
	"fchownat",
	"setxattr",
	"lsetxattr",
	"fsetxattr",
	"setxattrat",
	"removexattr",
	"lremovexattr",
	"fremovexattr",
	"removexattrat",
	"file_setattr",
	"utime",
	"utimes",
	"futimesat",
	"utimensat",
	"utimensat_time64",
	/* what has no path */
	"add_key",
	"request_key",
	"keyctl",
	"ipc",
	"shmget",
	"shmat",
	"shmctl",
	"shmdt",
	"msgget",
	"msgsnd",
	"msgrcv",
	"msgctl",
	"semget",
	"semop",
	"semtimedop",
	"semtimedop_time64",
	"semctl",
	"mq_open",
	"mq_unlink",
	/* other processes */
	"setpriority",
	"ioprio_set",
	"sched_setscheduler",
	"sched_setattr",
	"sched_setparam",
	"ptrace",
	"process_vm_readv",
	"process_vm_writev",
	"process_madvise",
	"process_mrelease",
	"pidfd_getfd",
	"kcmp",
	"migrate_pages",
	"move_pages",
	"fork",
	"vfork",
	/* ways around this filter, and the kernel's interfaces that a VMM can do without */
	"io_uring_setup",
	"io_uring_enter",
	"io_uring_register",
	"bpf",
	"perf_event_open",
	"userfaultfd",
	"unshare",
	"setns",
	"socketcall",
	"inotify_add_watch",
	"fanotify_init",
};

/* Calls that are younger than many a libseccomp, by the number that they have on every architecture
 * (scripts/syscall.tbl of the kernel). */
static const struct {
	const char *name;
	int nr;
} young[] = {
	{"fchmodat2", 452}, {"setxattrat", 463}, {"removexattrat", 466}, {"file_setattr", 469}};

/* The number of a call; __NR_SCMP_ERROR: there is none of that name. */
static int number_of(const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);

	for (size_t i = 0; nr == __NR_SCMP_ERROR && i < SV_N_ELEMENTS(young); i++)
		if (sv_streq(young[i].name, name))
			nr = young[i].nr;
	return nr;
}

/* The address families that a guest's network takes, whose packets are not Landlock's business. */
static bool is_network(unsigned family)
{
	return family == AF_INET || family == AF_INET6 || family == AF_NETLINK;
}

/* The kernel takes 32 bits of these arguments, whatever the upper ones are. */
enum { TYPE_MASK = 0xf }; /* the type of a socket without its flags: include/linux/net.h */
#define DENY SCMP_ACT_ERRNO(EACCES)

/* Landlock looks at the ports of TCP, and of no other protocol that leads to the same services. It
 * sees no connection that a first packet makes. */
static int deny_ways_to_ports(scmp_filter_ctx ctx)
{
	static const unsigned protocols[] = {IPPROTO_SCTP, 256 /* SMC */, 262 /* MPTCP */};
	static const struct {
		int nr;
		unsigned flags;
	} sends[] = {{SCMP_SYS(sendto), 3}, {SCMP_SYS(sendmsg), 2}, {SCMP_SYS(sendmmsg), 3}};
	int r = seccomp_rule_add(ctx, DENY, SCMP_SYS(socket), 1,
				 SCMP_CMP64(1, SCMP_CMP_MASKED_EQ, TYPE_MASK, SOCK_SEQPACKET));

	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(protocols); i++)
		r = seccomp_rule_add(ctx, DENY, SCMP_SYS(socket), 1,
				     SCMP_CMP64(2, SCMP_CMP_MASKED_EQ, UINT32_MAX, protocols[i]));
	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(sends); i++)
		r = seccomp_rule_add(
			ctx, DENY, sends[i].nr, 1,
			SCMP_CMP64(sends[i].flags, SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, MSG_FASTOPEN));
	return r;
}

/* A socket with a path leads to everything that listens for this user. One of a pair leads to its
 * other end alone, but a datagram socket can be connected again, and families other than AF_UNIX
 * have pairs that can send elsewhere. */
static int deny_sockets(scmp_filter_ctx ctx, bool network)
{
	static const unsigned datagrams[] = {SOCK_DGRAM, SOCK_RAW};
	int r = seccomp_rule_add(ctx, DENY, SCMP_SYS(socketpair), 1,
				 SCMP_CMP64(0, SCMP_CMP_GT, AF_UNIX));

	for (unsigned family = 1; r == 0 && family < AF_MAX; family++)
		if (!network || !is_network(family))
			r = seccomp_rule_add(ctx, DENY, SCMP_SYS(socket), 1,
					     SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, UINT32_MAX, family));
	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(datagrams); i++)
		r = seccomp_rule_add(ctx, DENY, SCMP_SYS(socketpair), 1,
				     SCMP_CMP64(1, SCMP_CMP_MASKED_EQ, TYPE_MASK, datagrams[i]));
	return r == 0 ? deny_ways_to_ports(ctx) : r;
}

/* fchmod(2) needs a file that Landlock let the process open. What is left of it takes rights away,
 * or lets the group read: swtpm does that with its state. */
static int deny_modes(scmp_filter_ctx ctx, bool modes)
{
	static const mode_t bits[] = {S_ISUID, S_ISGID, S_ISVTX, S_IXUSR, S_IWGRP,
				      S_IXGRP, S_IROTH, S_IWOTH, S_IXOTH};
	int r = modes ? 0 : seccomp_rule_add(ctx, DENY, SCMP_SYS(fchmod), 0);

	for (size_t i = 0; modes && r == 0 && i < SV_N_ELEMENTS(bits); i++)
		r = seccomp_rule_add(ctx, DENY, SCMP_SYS(fchmod), 1,
				     SCMP_CMP64(1, SCMP_CMP_MASKED_EQ, bits[i], bits[i]));
	return r;
}

/* The requests of ioctl(2) that write down something about a file, or make it read-only for good.
 * They take a descriptor that is open for reading, and Landlock asks about ioctls of devices only.
 */
static int deny_attributes(scmp_filter_ctx ctx)
{
	static const uint32_t requests[] = {
		FS_IOC_SETFLAGS,
		FS_IOC32_SETFLAGS,
		FS_IOC_SETVERSION,
		FS_IOC32_SETVERSION,
		FS_IOC_FSSETXATTR,
		FS_IOC_ENABLE_VERITY,
		FS_IOC_SET_ENCRYPTION_POLICY,
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(requests); i++)
		r = seccomp_rule_add(ctx, DENY, SCMP_SYS(ioctl), 1,
				     SCMP_CMP64(1, SCMP_CMP_MASKED_EQ, UINT32_MAX, requests[i]));
	return r;
}

/* The first argument of these is a process, and 0 is the caller. A new process would outlive its
 * guest, and a new namespace takes one; a thread stays. */
static int deny_processes(scmp_filter_ctx ctx)
{
#ifdef __s390x__
	const unsigned flags = 1;
#else
	const unsigned flags = 0;
#endif
	int r = seccomp_rule_add(ctx, DENY, SCMP_SYS(prlimit64), 1, SCMP_CMP64(0, SCMP_CMP_NE, 0));

	if (r == 0)
		r = seccomp_rule_add(ctx, DENY, SCMP_SYS(sched_setaffinity), 1,
				     SCMP_CMP64(0, SCMP_CMP_NE, 0));
	if (r == 0)
		r = seccomp_rule_add(ctx, DENY, SCMP_SYS(clone), 1,
				     SCMP_CMP64(flags, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
	/* its flags are in memory, where no filter sees them; the C library takes clone(2) then */
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return r;
}

int sv_sandbox_guest(bool network, bool modes, struct sv_error *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int r = ctx ? seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS)
		    : -ENOMEM;

	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(denied); i++) {
		int nr = number_of(denied[i]);

		if (nr != __NR_SCMP_ERROR)
			r = seccomp_rule_add(ctx, DENY, nr, 0);
		/* a call that this architecture does not have is skipped */
		if (r == -EDOM || r == -EFAULT)
			r = 0;
	}
	if (r == 0)
		r = deny_sockets(ctx, network);
	if (r == 0)
		r = deny_modes(ctx, modes);
	if (r == 0)
		r = deny_attributes(ctx);
	if (r == 0)
		r = deny_processes(ctx);
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	return r < 0 ? sv_fail_errno(err, -r, "cannot install the guest's seccomp filter") : 0;
}
