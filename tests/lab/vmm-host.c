// SPDX-License-Identifier: GPL-2.0-or-later
//
// The tries of the hostile emulator on the host and its kernel: files, devices, interfaces that
// need a capability or expose the kernel, and another label, user or namespace. A try that is
// allowed changes the host as little as possible.

#define _GNU_SOURCE
#include "vmm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Runs fn in a child, which may change its own state. True when it returned 0; errno is the
// child's.
static bool in_child(int (*fn)(const void *arg), const void *arg)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn(arg) == 0 ? 0 : errno);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return false;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno == 0;
}

static void host_files(struct vmm *vmm)
{
	static const char *const reads[] = {"/etc/shadow", "/etc/selinux/config", "/var/log/wtmp",
					    "/proc/kcore", "/proc/1/environ"};
	static const char *const writes[] = {"/etc/passwd", "/usr/bin/env", "/etc/ld.so.cache",
					     "/var/lib/dpkg/status"};
	static const char *const creates[] = {"/etc/svirt-new", "/usr/bin/svirt-new",
					      "/root/svirt-new", "/var/lib/svirt-new"};

	for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++)
		vmm_try(vmm, "read %s", reads[i]);
	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
		vmm_try(vmm, "write %s", writes[i]);
	for (size_t i = 0; i < sizeof(creates) / sizeof(creates[0]); i++)
		vmm_try(vmm, "create %s", creates[i]);
	vmm_try(vmm, "list /root");
}

// Directories in which every user may create files.
static void shared_places(struct vmm *vmm)
{
	static const char *const creates[] = {"/tmp", "/var/tmp", "/dev/shm", "/run",
					      "/var", "/srv",	  "/home"};

	for (size_t i = 0; i < sizeof(creates) / sizeof(creates[0]); i++) {
		char path[64], what[64];
		int fd;

		snprintf(path, sizeof(path), "%s/svirt-squat", creates[i]);
		snprintf(what, sizeof(what), "create-in-%s", creates[i]);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		vmm_tried(vmm, what, fd >= 0);
		unlink(path);
	}
}

static void devices(struct vmm *vmm)
{
	static const char *const nodes[] = {"/dev/ubda", "/dev/mem", "/dev/kmsg"};

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		int fd = open(nodes[i], O_RDWR | O_CLOEXEC | O_NONBLOCK);

		vmm_tried(vmm, nodes[i], fd >= 0);
		if (fd >= 0)
			close(fd);
	}
	vmm_tried(vmm, "mknod", mknod("/tmp/svirt-node", S_IFCHR | 0600, (dev_t)(1 << 8 | 1)) == 0);
}

static void selinux(struct vmm *vmm)
{
	static const char *const files[] = {"enforce", "load",	       "commit_pending_bools",
					    "disable", "checkreqprot", "context",
					    "create",  "user"};
	char path[64];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "/sys/fs/selinux/%s", files[i]);
		vmm_tried(vmm, files[i], open(path, O_RDWR | O_CLOEXEC) >= 0);
	}
}

static void other_label(struct vmm *vmm)
{
	static const char *const to[] = {"neighbour-label", "manager-label", "host-label"};

	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		vmm_try(vmm, "setcon %s", vmm_fact(vmm, to[i]));
		vmm_try(vmm, "setexec %s", vmm_fact(vmm, to[i]));
	}
}

static int become_root(const void *arg)
{
	(void)arg;
	return setresuid(0, 0, 0);
}

static int become_group(const void *arg)
{
	(void)arg;
	return setresgid(0, 0, 0);
}

static int join_groups(const void *arg)
{
	const gid_t root = 0;

	(void)arg;
	return setgroups(1, &root);
}

static int enter_new(const void *arg)
{
	return unshare(*(const int *)arg);
}

// Executes a set-user-ID program of root: no_new_privs keeps it from becoming root. In a child,
// which is replaced.
static int run_as_root(const void *arg)
{
	char *argv[] = {(char[]){"su"}, (char[]){"-c"}, (char[]){"true"}, NULL};

	(void)arg;
	(void)!freopen("/dev/null", "r+", stdin);
	(void)!freopen("/dev/null", "r+", stderr);
	execv("/bin/su", argv);
	return -1;
}

static void other_user(struct vmm *vmm)
{
	vmm_tried(vmm, "setuid", in_child(become_root, NULL));
	vmm_tried(vmm, "setgid", in_child(become_group, NULL));
	vmm_tried(vmm, "setgroups", in_child(join_groups, NULL));
	vmm_report(vmm, "%s", in_child(run_as_root, NULL) ? "su: allowed" : "su: denied EPERM");
}

static void namespaces(struct vmm *vmm)
{
	static const struct {
		const char *name;
		int flag;
	} kinds[] = {
		{"user", CLONE_NEWUSER}, {"mount", CLONE_NEWNS}, {"net", CLONE_NEWNET},
		{"pid", CLONE_NEWPID},	 {"ipc", CLONE_NEWIPC},	 {"uts", CLONE_NEWUTS},
	};
	int both = CLONE_NEWUSER | CLONE_NEWNS;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		vmm_tried(vmm, kinds[i].name, in_child(enter_new, &kinds[i].flag));
	vmm_tried(vmm, "user-and-mount", in_child(enter_new, &both));
	vmm_tried(vmm, "the-host's", open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC) >= 0);
}

static void mounts(struct vmm *vmm)
{
	vmm_tried(vmm, "mount", mount("none", "/tmp", "tmpfs", 0, NULL) == 0);
	vmm_tried(vmm, "bind", mount("/etc", "/tmp", NULL, MS_BIND, NULL) == 0);
	vmm_tried(vmm, "remount", mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
	vmm_tried(vmm, "umount", umount2("/tmp", MNT_DETACH) == 0);
	vmm_tried(vmm, "chroot", chroot("/tmp") == 0);
	vmm_tried(vmm, "open_tree",
		  syscall(SYS_open_tree, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */) >= 0);
	vmm_tried(vmm, "fsopen", syscall(SYS_fsopen, "tmpfs", 0) >= 0);
}

static void kernel_interfaces(struct vmm *vmm)
{
	union bpf_attr map = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
	struct perf_event_attr event = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(event)};
	struct timespec now;
	char name[64] = "";

	vmm_tried(vmm, "bpf", syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map)) >= 0);
	vmm_tried(vmm, "perf", syscall(SYS_perf_event_open, &event, -1, 0, -1, 0) >= 0);
	vmm_tried(vmm, "userfaultfd", syscall(SYS_userfaultfd, 0) >= 0);
	vmm_tried(vmm, "init_module", syscall(SYS_init_module, NULL, 0, "") == 0);
	vmm_tried(vmm, "reboot", syscall(SYS_reboot, 0, 0, 0, NULL) == 0);
	vmm_tried(vmm, "swapon", swapon("/dev/ubda", 0) == 0);
	clock_gettime(CLOCK_REALTIME, &now);
	vmm_tried(vmm, "settime", clock_settime(CLOCK_REALTIME, &now) == 0);
	gethostname(name, sizeof(name) - 1);
	vmm_tried(vmm, "sethostname", sethostname(name, strlen(name)) == 0);
	vmm_tried(vmm, "syslog", klogctl(5 /* clear */, NULL, 0) >= 0);
}

// A ring whose kernel thread would open files for it, and a ring without that thread.
static void ring(struct vmm *vmm)
{
	struct io_uring_params plain = {0}, polled = {.flags = IORING_SETUP_SQPOLL};
	int fd = (int)syscall(SYS_io_uring_setup, 4, &plain);

	vmm_tried(vmm, "setup", fd >= 0);
	if (fd >= 0)
		close(fd);
	vmm_tried(vmm, "setup-polled", syscall(SYS_io_uring_setup, 4, &polled) >= 0);
}

// Code that the process wrote itself, with each way to get memory that is writable and executable.
static void own_code(struct vmm *vmm)
{
	const size_t size = 4096;
	const int rwx = PROT_READ | PROT_WRITE | PROT_EXEC;
	const int private = MAP_PRIVATE | MAP_ANONYMOUS, shared = MAP_SHARED | MAP_ANONYMOUS;
	int fd = memfd_create("code", MFD_CLOEXEC);
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, private, -1, 0);

	vmm_tried(vmm, "private", mmap(NULL, size, rwx, private, -1, 0) != MAP_FAILED);
	vmm_tried(vmm, "shared", mmap(NULL, size, rwx, shared, -1, 0) != MAP_FAILED);
	vmm_tried(vmm, "mprotect", mprotect(at, size, PROT_READ | PROT_EXEC) == 0);
	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		return;
	vmm_tried(vmm, "memfd", mmap(NULL, size, rwx, MAP_SHARED, fd, 0) != MAP_FAILED);
	close(fd);
}

static void knobs(struct vmm *vmm)
{
	static const char *const files[] = {
		"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe",
		"/proc/sysrq-trigger",		 "/sys/kernel/uevent_helper",
		"/proc/sys/vm/drop_caches",	 "/proc/sys/kernel/yama/ptrace_scope",
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		vmm_tried(vmm, strrchr(files[i], '/') + 1,
			  open(files[i], O_WRONLY | O_CLOEXEC) >= 0);
}

static void sockets(struct vmm *vmm)
{
	struct sockaddr_in low = {.sin_family = AF_INET, .sin_port = htons(22)};
	int fd;

	vmm_tried(vmm, "packet", socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)) >= 0);
	vmm_tried(vmm, "raw", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) >= 0);
	vmm_tried(vmm, "netlink-audit", socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT) >= 0);
	vmm_tried(vmm, "netlink-selinux", socket(AF_NETLINK, SOCK_RAW, NETLINK_SELINUX) >= 0);
	vmm_tried(vmm, "netlink-uevent", socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT) >= 0);
	vmm_tried(vmm, "netlink-netfilter", socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER) >= 0);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	vmm_tried(vmm, "bind-port-22", bind(fd, (struct sockaddr *)&low, sizeof(low)) == 0);
	vmm_try(vmm, "connect %s", vmm_fact(vmm, "host-socket"));
}

// A descriptor in a message to svirt, which would keep its file open after the guest's end.
static bool send_descriptor(int to, int fd)
{
	char byte = '\n', room[CMSG_SPACE(sizeof(fd))] = {0};
	struct iovec iov = {&byte, 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = room,
			     .msg_controllen = sizeof(room)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(to, &msg, 0) >= 0;
}

// Descriptors that svirt has left open: none beyond its standard descriptors, QMP, and those that
// it opened itself.
static void descriptors(struct vmm *vmm)
{
	int found = 0;

	for (int fd = 0; fd < 1024; fd++) {
		if (fd > VMM_QMP && fd != vmm->disk_fd && fcntl(fd, F_GETFD) >= 0)
			found++;
	}
	errno = EBADF;
	vmm_tried(vmm, "inherited", found > 0);
	vmm_tried(vmm, "sent-to-stderr", send_descriptor(2, 0));
	vmm_tried(vmm, "sent-to-qmp", send_descriptor(VMM_QMP, 0));
}

const struct vmm_mode vmm_host[] = {
	{"descriptors", VMM_HELLO, "descriptors that are not its own", descriptors},
	{"host-files", VMM_RUNNING, "files of the host: secrets, programs, the system's own",
	 host_files},
	{"shared-places", VMM_RUNNING, "directories where everybody may make files", shared_places},
	{"devices", VMM_RUNNING, "the host's disk, memory and log, and nodes of its own", devices},
	{"selinux", VMM_RUNNING, "the policy and its switches in selinuxfs", selinux},
	{"other-label", VMM_RUNNING, "the label of another guest, of the manager, of the host",
	 other_label},
	{"other-user", VMM_RUNNING, "root, its group, a setuid program", other_user},
	{"namespaces", VMM_RUNNING, "namespaces of its own, and the host's", namespaces},
	{"mounts", VMM_RUNNING, "mounts", mounts},
	{"kernel", VMM_RUNNING, "bpf, perf, modules, time, the log", kernel_interfaces},
	{"io-uring", VMM_RUNNING, "a ring that makes calls for it", ring},
	{"own-code", VMM_RUNNING, "memory to write code into and run it", own_code},
	{"knobs", VMM_RUNNING, "settings in /proc/sys and /sys", knobs},
	{"sockets", VMM_RUNNING, "raw sockets, netlink, low ports, the host's services", sockets},
	{0},
};
