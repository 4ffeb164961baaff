/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The steps between vfork(2) and execve(2) that all processes of svirt share. Must not know which
 * program is executed.
 */
#pragma once

/* Leaves the session, file mode mask and signal handling of svirt's caller. For a child of
 * vfork(2); only the child changes. */
void sv_child_leave_caller(void);
