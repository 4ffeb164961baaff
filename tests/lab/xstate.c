// SPDX-License-Identifier: GPL-2.0-or-later
//
// Preloaded into the User Mode Linux kernel of the lab. That kernel (6.1) writes the floating point
// state of processes back in a buffer of the size that AVX-512 needs. A processor with more state
// (AMX) makes ptrace(2) refuse any shorter buffer, and the guest's first process dies. Here a
// refused write is repeated with the whole size: the kernel's part over the present state of the
// process. On other processors this does nothing.

#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef NT_X86_XSTATE
#define NT_X86_XSTATE 0x202
#endif

enum {
	HEADER = 512,
	KNOWN = 0x3ff
}; // the offset of the XSAVE header; the components up to protection keys

// The kernel's stacks are small and it has one processor: static, not automatic.
static unsigned char whole[65536] __attribute__((aligned(64)));

static long set_whole(pid_t pid, const struct iovec *given)
{
	struct iovec io = {.iov_base = whole, .iov_len = sizeof(whole)};
	uint64_t components;

	if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &io) < 0)
		return -1;
	if (given->iov_len >= io.iov_len || given->iov_len < HEADER + sizeof(components)) {
		errno = EFAULT;
		return -1;
	}
	memcpy(whole, given->iov_base, given->iov_len);
	memcpy(&components, whole + HEADER, sizeof(components));
	components &= KNOWN;
	memcpy(whole + HEADER, &components, sizeof(components));
	return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, &io);
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list args;
	long word = 0;
	long ret;

	va_start(args, request);
	pid_t pid = va_arg(args, pid_t);
	void *addr = va_arg(args, void *);
	void *data = va_arg(args, void *);
	va_end(args);

	// the system call stores what a PEEK reads, the library function returns it
	int peek = request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA ||
		   request == PTRACE_PEEKUSER;
	ret = syscall(SYS_ptrace, request, pid, addr, peek ? (void *)&word : data);
	if (ret < 0 && errno == EFAULT && request == PTRACE_SETREGSET &&
	    (uintptr_t)addr == NT_X86_XSTATE)
		ret = set_whole(pid, data);
	if (ret < 0 || !peek)
		return ret;
	errno = 0;
	return word;
}
