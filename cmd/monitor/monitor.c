/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svirt-monitor: one small process per running guest, started by svirt-manager and by nobody else.
 * The arguments come from the manager, which has validated them; this is only their reading.
 */
#include "guest/launch.h"

#include <fcntl.h>
#include <string.h>

static int usage(void)
{
	fputs("svirt-monitor is started by svirt(8): it is not a command of its own\n", stderr);
	return SV_E_USAGE;
}

int main(int argc, char **argv)
{
	const char *root = NULL;
	bool paused = false;
	int i = 1;

	if (i + 1 < argc && strcmp(argv[i], "--root") == 0) {
		root = argv[i + 1];
		i += 2;
	}
	if (i < argc && strcmp(argv[i], "--paused") == 0) {
		paused = true;
		i++;
	}
	if (argc - i < 2 || argv[i][0] == '-' || argv[i + 1][0] != '/')
		return usage();
	/* both descriptors must be there: this is no command for people */
	if (fcntl(SV_MONITOR_REPORT_FD, F_GETFD) < 0 || fcntl(SV_MONITOR_LOCK_FD, F_GETFD) < 0)
		return usage();
	return sv_monitor_run(root, argv[i], paused, argv + i + 1);
}
