/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every process that svirt starts has in common, between vfork(2) and execve(2). Must not know
 * which program is to be executed.
 */
#pragma once

/* Session, file mode mask and what is done about signals are not the program's to share with the
 * caller of svirt. For a child of vfork(2): only the child changes. */
void sv_child_leave_caller(void);
