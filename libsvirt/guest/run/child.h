/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The steps between vfork(2) and execve(2) that all processes of svirt share. Must not know which
 * program is executed.
 */
#pragma once

/* Leaves the session, file mode mask and signal handling of svirt's caller. For a child of
 * vfork(2); only the child changes. */
void sv_child_leave_caller(void);

/* In the parent, right after vfork(2): what the child may have written to *p is read again. The
 * compiler takes it for unchanged, because all that it sees to write there never returns. */
static inline void sv_child_wrote(const void *p)
{
	__asm__ volatile("" : : "r"(p) : "memory");
}
