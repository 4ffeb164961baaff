/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a process inherits from its caller: see inherit.h. */
#include "lib/inherit.h"

#include "lib/error.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* Open files: enough for any work, and the least to begin with. */
enum { FILES = 4096, FILES_LEAST = 256 };

/* Raises the soft and the hard limit as far as possible. */
static void raise_limit(__rlimit_resource_t resource, rlim_t to)
{
	struct rlimit had, want;

	if (getrlimit(resource, &had) || (had.rlim_cur >= to && had.rlim_max >= to))
		return;
	want = (struct rlimit){.rlim_cur = to, .rlim_max = had.rlim_max > to ? had.rlim_max : to};
	if (setrlimit(resource, &want) == 0)
		return;
	want = (struct rlimit){.rlim_cur = had.rlim_max < to ? had.rlim_max : to,
			       .rlim_max = had.rlim_max};
	(void)setrlimit(resource, &want);
}

int inherit_files(struct svirt_error *err)
{
	struct rlimit limit;

	raise_limit(RLIMIT_NOFILE, FILES);
	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= FILES_LEAST)
		return 0;
	(void)fail(err, SVIRT_E_HOST, "this process may open %ju files, and svirt needs %d",
		   (uintmax_t)limit.rlim_cur, FILES_LEAST);
	return hint(err, "ulimit -n 1024");
}

void inherit_nothing(void)
{
	static const __rlimit_resource_t raised[] = {RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA,
						     RLIMIT_AS, RLIMIT_RTTIME};
	const struct rlimit none = {0, 0};
	sigset_t all_open;

	for (size_t i = 0; i < N_ELEMENTS(raised); i++)
		raise_limit(raised[i], RLIM_INFINITY);
	raise_limit(RLIMIT_NOFILE, FILES);
	/* a core file would keep what documents and guests have written */
	(void)setrlimit(RLIMIT_CORE, &none);
	/* when it is ignored, wait(2) does not see the end of a child */
	(void)signal(SIGCHLD, SIG_DFL);
	/* when the limit stays: write(2) fails, which can be undone, and the process is not killed
	 */
	(void)signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&all_open);
	(void)sigprocmask(SIG_SETMASK, &all_open, NULL);
	(void)umask(077);
}
