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

/* MODEL=LABEL. */
static bool add_layer(struct sv_lease *lease, char *text)
{
	char *label = strchr(text, '=');

	if (!label || lease->n_layers == SV_LEASE_LAYERS)
		return false;
	*label++ = '\0';
	lease->layers[lease->n_layers++] = (struct sv_lease_layer){.driver = text, .label = label};
	return true;
}

/* Reads what the manager says of the guest; borrows from argv. An image's label belongs to the
 * layer before it. Returns the index of the name; 0: the command line is not one of the manager's.
 */
static int read_options(int argc, char **argv, struct sv_lease *lease, bool *user)
{
	static const struct option options[] = {
		{"uuid", required_argument, NULL, 'u'},
		{"label", required_argument, NULL, 'l'},
		{"image", required_argument, NULL, 'i'},
		{"user", no_argument, NULL, 'U'},
		{NULL, 0, NULL, 0},
	};
	bool ok = true;
	int c;

	opterr = 0;
	while (ok && (c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (c == 'u')
			(void)snprintf(lease->uuid, sizeof(lease->uuid), "%s", optarg);
		else if (c == 'l')
			ok = add_layer(lease, optarg);
		else if (c == 'i' && lease->n_layers)
			lease->layers[lease->n_layers - 1].image = optarg;
		else if (c == 'U')
			*user = true;
		else
			ok = false;
	}
	return ok ? optind : 0;
}

int main(int argc, char **argv)
{
	struct sv_lease lease = {0};
	bool user = false;
	int i = read_options(argc, argv, &lease, &user), fd;

	if (!i || argc - i != 1)
		return usage();
	/* the descriptors must be open: this is not a command for people */
	for (fd = SV_MONITOR_LOCK_FD; fd < SV_MONITOR_END_FD; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			return usage();
	}
	lease.name = argv[i];
	return sv_monitor_run(&lease, user);
}
