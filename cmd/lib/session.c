/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the command line and the library: see session.h. Knows no verb. */
#include "lib/session.h"

#include "lib/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int session_need_root(const struct call *call, struct svirt_error *err)
{
	if (geteuid() == 0 || call->globals.user)
		return 0;
	(void)fail(err, SVIRT_E_PERMISSION, "%s: only root may do this", call->cmd->name);
	return hint(err, "Run it as root: sudo svirt %s", call->cmd->name);
}

static void warn(void *data, const char *msg)
{
	struct call *call = data;

	progress_clear(&call->progress);
	doc_warn(call->doc, msg);
	if (!call->globals.quiet)
		talk("svirt: warning: ", "%s", msg);
}

static void tell(void *data, const struct svirt_progress *now)
{
	progress_tell(data, now);
}

/* "--root /" means this system, as if the option was not given. */
static int resolve_root(struct call *call, struct svirt_error *err)
{
	char *real;

	if (!call->globals.root)
		return 0;
	real = realpath(call->globals.root, NULL);
	if (!real)
		return fail(err, SVIRT_E_NOTFOUND, "--root %s: %s", call->globals.root,
			    strerror(errno));
	free(call->globals.root);
	call->globals.root = real;
	if (strcmp(real, "/") == 0) {
		free(real);
		call->globals.root = NULL;
	}
	return 0;
}

/* Every document has facts about the host. A verb does not fail when some are missing. */
static void add_host(struct call *call)
{
	struct svirt_error err = SVIRT_ERROR_INIT;
	struct svirt_host *host = NULL;

	svirt_set_warn(call->sv, NULL, NULL);
	if (svirt_host_read(call->sv, &host, &err) == 0)
		doc_host(call->doc, host);
	svirt_host_free(&host);
}

int session_run(struct call *call, struct svirt_error *err)
{
	int r = resolve_root(call, err);

	if (r == 0)
		r = call->globals.user ? svirt_open_user(&call->sv, err)
				       : svirt_open(call->globals.root, &call->sv, err);
	if (r)
		return r;
	svirt_set_warn(call->sv, warn, call);
	progress_open(&call->progress, (enum progress_when)call->globals.progress,
		      call->globals.quiet);
	svirt_set_progress(call->sv, tell, &call->progress);
	r = call->cmd->run(call, err);
	progress_clear(&call->progress);
	if (call->globals.json)
		add_host(call);
	svirt_close(&call->sv);
	return r;
}

int session_fd(const struct call *call, const char *spec)
{
	for (unsigned i = 0; call->globals.domain_fd && i < call->n_args; i++) {
		int fd = (int)(call->globals.domain_fd + i);

		if (call->args[i] == spec)
			return fcntl(fd, F_GETFD) < 0 ? -1 : fd;
	}
	return -1;
}

int session_lost(const struct call *call, const char *spec, struct svirt_error *err)
{
	const char *s = call->globals.domain_lost;

	for (unsigned i = 0; s && *s && i < call->n_args; i++) {
		int e = 0;

		for (; *s >= '0' && *s <= '9' && e < 1000; s++)
			e = e * 10 + (*s - '0');
		if (call->args[i] == spec)
			return e ? fail_domain_file(err, spec, e) : 0;
		s += *s == ',';
	}
	return 0;
}

/* At exec SELinux replaces a file that the policy does not let this domain read by /dev/null. */
static bool was_taken_away(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

int session_domain(struct call *call, const char *spec, struct svirt_domain **ret,
		   struct svirt_error *err)
{
	int fd = session_fd(call, spec);

	if (fd >= 0 && was_taken_away(fd)) {
		(void)fail(err, SVIRT_E_PERMISSION, "the policy does not let svirt read %s", spec);
		return hint(err, "restorecon it, or copy it to /etc/svirt");
	}
	if (fd >= 0)
		return svirt_domain_load_fd(call->sv, fd, spec, ret, err);
	return svirt_domain_load(call->sv, spec, ret, err);
}
