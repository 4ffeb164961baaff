/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svirt(8): runs in the domain of its caller what only reads or needs the caller's own rights, and
 * hands what relabels, starts or writes state to svirt-manager, whose domain can do that and
 * little else. The path of the manager is fixed when svirt is built: nothing that a caller sets
 * chooses what is executed.
 */
#include "lib/cli.h"
#include "lib/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char manager[] = PKGLIBEXECDIR "/svirt-manager";

/* What the manager gets of the environment: nothing that changes what a program loads. */
static bool kept(const char *variable)
{
	static const char *const names[] = {"PATH=", "LANG=", "TERM=", "NO_COLOR=", "LC_"};

	for (size_t i = 0; i < N_ELEMENTS(names); i++) {
		if (strncmp(variable, names[i], strlen(names[i])) == 0)
			return true;
	}
	return false;
}

static char **clean_environment(void)
{
	size_t n = 0, kept_n = 0;
	char **clean;

	while (environ && environ[n])
		n++;
	clean = calloc(n + 1, sizeof(*clean));
	if (!clean)
		no_memory();
	for (size_t i = 0; i < n; i++) {
		if (kept(environ[i]))
			clean[kept_n++] = environ[i];
	}
	return clean;
}

static int hand_over(char **argv, struct svirt_error *err)
{
	static char name[] = "svirt-manager";
	char **env = clean_environment();
	int e;

	argv[0] = name;
	(void)execve(manager, argv, env);
	e = errno;
	free(env);
	(void)fail(err, e == EACCES || e == EPERM ? SVIRT_E_PERMISSION : SVIRT_E_HOST,
		   "cannot execute %s: %s", manager, strerror(e));
	err->sys = e;
	return hint(err, "Is svirt installed completely, and may this process execute it?");
}

static int gate(const struct call *call, char **argv, struct svirt_error *err)
{
	int r;

	/* a tree at rest holds no domain that could be entered */
	if (!(call->cmd->flags & CMD_MANAGER) || call->globals.root)
		return 0;
	r = cli_need_root(call, err);
	return r ? r : hand_over(argv, err);
}

int main(int argc, char **argv)
{
	return cli_main(argc, argv, gate);
}
