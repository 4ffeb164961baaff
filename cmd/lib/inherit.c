/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a process has of whoever typed the command: see inherit.h. */
#include "lib/inherit.h"

#include "lib/error.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* Open files: as many as are enough for any work, and without which there is none. */
enum { FILES = 4096, FILES_LEAST = 256 };

/* Raises both as far as it goes. */
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
	/* what documents and guests have written is not the host's to keep */
	(void)setrlimit(RLIMIT_CORE, &none);
	/* ignored, it would take the end of a child from whoever waits for it (wait(2)) */
	(void)signal(SIGCHLD, SIG_DFL);
	/* where the limit stays: an error of write(2), which is undone, and no death */
	(void)signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&all_open);
	(void)sigprocmask(SIG_SETMASK, &all_open, NULL);
	(void)umask(077);
}
