// SPDX-License-Identifier: GPL-2.0-or-later
//
// The tries of the hostile emulator on other guests and on svirt. Facts (vmm.h) name the targets:
// its neighbour, a guest that runs beside it and offers what it can (mode "offer"), and processes
// of the host.

#define _GNU_SOURCE
#include "vmm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#define OFFER	  "svirt-offer"
#define OFFER_KEY 0x53564952

enum { HEADER_AT = 524288 };

// The control group: an emulator without any try.
static void behave(struct vmm *vmm)
{
	(void)vmm;
}

// The lines "try WORDS" of the orders, one after the other.
static void ordered_tries(struct vmm *vmm)
{
	for (const char *line = vmm->orders; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "try ", 4) == 0)
			vmm_try(vmm, "%.*s", (int)strcspn(line + 4, "\n"), line + 4);
	}
}

static void try_each(struct vmm *vmm, const char *const *verbs, const char *path)
{
	for (; *verbs; verbs++)
		vmm_try(vmm, "%s %s", *verbs, path);
}

static void neighbour_disk(struct vmm *vmm)
{
	static const char *const verbs[] = {"read", "write", "append", NULL};
	const char *disk = vmm_fact(vmm, "neighbour-disk");
	char path[64];

	try_each(vmm, verbs, disk);
	vmm_try(vmm, "relabel %s %s", disk, vmm_fact(vmm, "own-image"));
	vmm_tried(vmm, "truncate", truncate(disk, 0) == 0);
	vmm_tried(vmm, "setxattr", setxattr(disk, "user.svirt", "x", 1, 0) == 0);
	vmm_tried(vmm, "chmod", chmod(disk, 0666) == 0);
	vmm_tried(vmm, "link", link(disk, vmm_fact(vmm, "link")) == 0);
	// by the neighbour's own descriptor of it
	for (int fd = 4; fd < 7; fd++) {
		snprintf(path, sizeof(path), "/proc/%s/fd/%d", vmm_fact(vmm, "neighbour-pid"), fd);
		vmm_tried(vmm, "open-fd", open(path, O_RDWR | O_CLOEXEC) >= 0);
	}
}

static pid_t pid_fact(const struct vmm *vmm, const char *key)
{
	pid_t pid = 0;

	for (const char *p = vmm_fact(vmm, key); *p >= '0' && *p <= '9'; p++)
		pid = pid * 10 + (*p - '0');
	return pid ? pid : 0x7fffffff;
}

static void reach_process(struct vmm *vmm, const char *key)
{
	static const char *const files[] = {"maps",    "environ", "cmdline", "stack",
					    "syscall", "auxv",	  "fd/0",    "root/etc/passwd"};
	pid_t pid = pid_fact(vmm, key);
	char byte, path[64];
	struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
	struct rlimit limit = {1, 1};
	cpu_set_t one;
	int pidfd;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, files[i]);
		vmm_tried(vmm, "proc-files", open(path, O_RDONLY | O_CLOEXEC) >= 0);
	}
	vmm_try(vmm, "proc-mem %d", pid);
	vmm_try(vmm, "ptrace %d", pid);
	vmm_tried(vmm, "ptrace-seize", ptrace(PTRACE_SEIZE, pid, 0, 0) == 0);
	vmm_tried(vmm, "process_vm_readv", process_vm_readv(pid, &here, 1, &there, 1, 0) >= 0);
	vmm_tried(vmm, "process_vm_writev", process_vm_writev(pid, &here, 1, &there, 1, 0) >= 0);
	vmm_tried(vmm, "sigterm", kill(pid, SIGTERM) == 0);
	vmm_tried(vmm, "sigstop", kill(pid, SIGSTOP) == 0);
	vmm_tried(vmm, "sigkill", kill(pid, SIGKILL) == 0);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	vmm_tried(vmm, "pidfd_getfd", syscall(SYS_pidfd_getfd, pidfd, 3, 0) >= 0);
	vmm_tried(vmm, "pidfd_send_signal",
		  syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) == 0);
	vmm_tried(vmm, "prlimit", prlimit(pid, RLIMIT_NOFILE, &limit, NULL) == 0);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	vmm_tried(vmm, "setaffinity", sched_setaffinity(pid, sizeof(one), &one) == 0);
	vmm_tried(vmm, "setpriority", setpriority(PRIO_PROCESS, (id_t)pid, 19) == 0);
}

static void neighbour_process(struct vmm *vmm)
{
	reach_process(vmm, "neighbour-pid");
}

static void monitor_process(struct vmm *vmm)
{
	reach_process(vmm, "monitor-pid");
}

static void host_process(struct vmm *vmm)
{
	reach_process(vmm, "host-pid");
}

static void neighbour_run(struct vmm *vmm)
{
	const char *dir = vmm_fact(vmm, "neighbour-run");

	vmm_try(vmm, "list %s", dir);
	vmm_try(vmm, "create %s/svirt-new", dir);
	vmm_try(vmm, "connect %s/svirt-socket", dir);
}

// Its own lock and control socket, and the neighbour's: svirt trusts the process that answers there
// or writes a record.
static void svirt_files(struct vmm *vmm)
{
	static const char *const keys[] = {"own-lock", "neighbour-lock"};
	static const char *const verbs[] = {"read", "write", "append", NULL};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		try_each(vmm, verbs, vmm_fact(vmm, keys[i]));
		vmm_tried(vmm, "unlink", unlink(vmm_fact(vmm, keys[i])) == 0);
	}
	vmm_try(vmm, "connect %s", vmm_fact(vmm, "own-monitor"));
	vmm_try(vmm, "connect %s", vmm_fact(vmm, "neighbour-monitor"));
	vmm_try(vmm, "create /run/svirt/new-guest");
	vmm_tried(vmm, "mkdir", mkdir("/run/svirt/new-guest", 0700) == 0);
	vmm_try(vmm, "create /etc/svirt/domains/new.xml");
	try_each(vmm, verbs, "/var/lib/svirt/state.db");
}

// The neighbour's part: every object that two processes of one user can share by a name.
static void offer(struct vmm *vmm)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "\0" OFFER};
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + sizeof(OFFER);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	vmm_tried(vmm, "abstract-socket",
		  bind(fd, (struct sockaddr *)&at, len) == 0 && listen(fd, 4) == 0);
	vmm_tried(vmm, "key",
		  syscall(SYS_add_key, "user", OFFER, "x", 1, KEY_SPEC_USER_KEYRING) >= 0);
	vmm_tried(vmm, "shared-memory", shmget(OFFER_KEY, 4096, IPC_CREAT | 0666) >= 0);
	vmm_tried(vmm, "semaphore", semget(OFFER_KEY, 1, IPC_CREAT | 0666) >= 0);
	vmm_tried(vmm, "message-queue", msgget(OFFER_KEY, IPC_CREAT | 0666) >= 0);
	vmm_tried(vmm, "posix-queue", mq_open("/" OFFER, O_RDWR | O_CREAT, 0666, NULL) >= 0);
	vmm_tried(vmm, "file-in-dev-shm", open("/dev/shm/" OFFER, O_RDWR | O_CREAT, 0666) >= 0);
	vmm_tried(vmm, "file-in-tmp", open("/tmp/" OFFER, O_RDWR | O_CREAT, 0666) >= 0);
	vmm_tried(vmm, "fifo-in-tmp", mkfifo("/tmp/" OFFER "-fifo", 0666) == 0);
}

static void take_offers(struct vmm *vmm)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "\0" OFFER};
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + sizeof(OFFER);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), id;
	long key;
	char byte;

	vmm_tried(vmm, "abstract-socket", connect(fd, (struct sockaddr *)&at, len) == 0);
	key = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", OFFER, 0);
	vmm_tried(vmm, "key", key >= 0 && syscall(SYS_keyctl, KEYCTL_READ, key, &byte, 1) >= 0);
	id = shmget(OFFER_KEY, 0, 0);
	vmm_tried(vmm, "shared-memory", id >= 0 && shmat(id, NULL, 0) != (void *)-1);
	vmm_tried(vmm, "posix-queue", mq_open("/" OFFER, O_RDWR) >= 0);
	vmm_tried(vmm, "file-in-dev-shm", open("/dev/shm/" OFFER, O_RDONLY) >= 0);
	vmm_tried(vmm, "file-in-tmp", open("/tmp/" OFFER, O_RDONLY) >= 0);
}

// The properties of its own image that svirt will read and restore. The kernel protects the label;
// all others must do no harm.
static void own_image(struct vmm *vmm)
{
	static const char *const labels[] = {"neighbour-image", "bare-image", "content"};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		vmm_try(vmm, "relabel %s %s", vmm->disk, vmm_fact(vmm, labels[i]));
	vmm_tried(vmm, "trusted.libvirt",
		  setxattr(vmm->disk, "trusted.libvirt.security.selinux", "x", 1, 0) == 0);
	vmm_tried(vmm, "capabilities", setxattr(vmm->disk, "security.capability", "x", 1, 0) == 0);
	vmm_tried(vmm, "chown", chown(vmm->disk, 0, 0) == 0);
	vmm_tried(vmm, "mknod",
		  mknod(vmm_fact(vmm, "link"), S_IFBLK | 0600, (dev_t)(98 << 8)) == 0);
}

// The middle of its disk becomes the header of its image.
static void own_header(struct vmm *vmm)
{
	char bytes[65536];
	int fd = open(vmm_fact(vmm, "own-image"), O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 &&
		    pread(vmm->disk_fd, bytes, sizeof(bytes), HEADER_AT) == sizeof(bytes) &&
		    pwrite(fd, bytes, sizeof(bytes), 0) == sizeof(bytes);

	vmm_report(vmm, "header: %s", done ? "written" : strerrorname_np(errno));
	if (fd >= 0)
		close(fd);
}

const struct vmm_mode vmm_reach[] = {
	{"behave", VMM_RUNNING, "nothing: the control group", behave},
	{"tries", VMM_RUNNING, "the tries of its orders", ordered_tries},
	{"neighbour-disk", VMM_RUNNING, "another guest's disk, by its path and by its descriptors",
	 neighbour_disk},
	{"own-header", VMM_RUNNING, "another header into its own image", own_header},
	{"neighbour-process", VMM_RUNNING,
	 "another guest's emulator: memory, /proc, signals, descriptors, limits",
	 neighbour_process},
	{"monitor-process", VMM_RUNNING, "the same with its own monitor", monitor_process},
	{"host-process", VMM_RUNNING, "the same with a process of the host", host_process},
	{"neighbour-run", VMM_RUNNING, "another guest's run directory, and a socket in it",
	 neighbour_run},
	{"svirt-files", VMM_RUNNING, "svirt's locks, control sockets, state, configuration",
	 svirt_files},
	{"offer", VMM_RUNNING, "what a guest can leave for another one, by a name", offer},
	{"take-offers", VMM_RUNNING, "what another guest has left for it", take_offers},
	{"own-image", VMM_RUNNING, "label, owner and attributes of its own image", own_image},
	{0},
};
