/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The first steps of a child: see child.h. */
#include "guest/run/child.h"

#include "base/proc.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

/* A handler would run in the parent's memory. So handlers are removed before signals are allowed.
 */
void sv_child_leave_caller(void)
{
	const uint64_t set = sv_proc_signals();
	sigset_t none;

	(void)setsid();
	(void)umask(077);
	for (int i = 1; i < NSIG; i++)
		if (set >> (i - 1) & 1)
			(void)signal(i, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}
