/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svirt-monitor: one small process per running guest, which only svirt-manager starts. The manager
 * has validated the arguments; here they are only read.
 */
#include "guest/run/monitor.h"
#include "guest/run/handover.h"

#include <fcntl.h>
#include <getopt.h>
#include <string.h>

static int usage(void)
{
	fputs("svirt-monitor is started by svirt(8): it is not a command of its own\n", stderr);
	return SV_E_USAGE;
}

/* Reads what the manager says of the guest; borrows from argv. Returns the index of the name; 0:
 * the command line is not one of the manager's. */
static int read_options(int argc, char **argv, struct sv_lease *lease)
{
	static const struct option options[] = {
		{"uuid", required_argument, NULL, 'u'},
		{"model", required_argument, NULL, 'm'},
		{"label", required_argument, NULL, 'l'},
		{"image", required_argument, NULL, 'i'},
		{NULL, 0, NULL, 0},
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (c) {
		case 'u':
			(void)snprintf(lease->uuid, sizeof(lease->uuid), "%s", optarg);
			break;
		case 'm':
			lease->model = optarg;
			break;
		case 'l':
			lease->label = optarg;
			break;
		case 'i':
			lease->image = optarg;
			break;
		default:
			return 0;
		}
	}
	return optind;
}

int main(int argc, char **argv)
{
	struct sv_lease lease = {0};
	int i = read_options(argc, argv, &lease), fd;

	if (!i || argc - i != 1)
		return usage();
	/* the descriptors must be open: this is not a command for people */
	for (fd = SV_MONITOR_LOCK_FD; fd < SV_MONITOR_END_FD; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			return usage();
	}
	lease.name = argv[i];
	return sv_monitor_run(&lease);
}
