/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svirt(8), the command that people type. It reads the command line, reports what is wrong with it,
 * and executes the program that has the verb: svirt-manager, whose domain can relabel and start
 * guests and little else, or svirt-caller, which stays in the caller's domain. The paths are fixed
 * at build time, so that a caller cannot choose what is executed. It does not use libsvirt, so the
 * library is loaded only once for a verb.
 */
#include "lib/cli.h"
#include "lib/error.h"
#include "lib/inherit.h"
#include "lib/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first descriptor for domain files: above those that a shell passes on. */
#define FIRST_FD 100
/* The descriptor that tells that all output was written. */
#define OUTPUT_FD 99
/* Room for an errno and a comma for each argument that a verb may have. */
#define LOST_ROOM 1024

static const char manager[] = PKGLIBEXECDIR "/svirt-manager";
static const char caller[] = PKGLIBEXECDIR "/svirt-caller";

static bool begins(const char *variable, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strncmp(variable, names[i], strlen(names[i])) == 0)
			return true;
	}
	return false;
}

/* Whether the manager gets this variable: none that changes what a program loads. user: those too
 * that say where a user's own directories are. */
static bool kept(const char *variable, bool user)
{
	static const char *const places[] = {"HOME=", "XDG_"};
	static const char *const names[] = {
		"PATH=",	 "LANG=", "TERM=", "NO_COLOR=", "LC_",
#ifdef __SANITIZE_ADDRESS__
		"LSAN_OPTIONS=",
#endif
	};

	return begins(variable, names, N_ELEMENTS(names)) ||
	       (user && begins(variable, places, N_ELEMENTS(places)));
}

static char **clean_environment(bool user)
{
	size_t n = 0, kept_n = 0;
	char **clean;

	while (environ && environ[n])
		n++;
	clean = calloc(n + 1, sizeof(*clean));
	if (!clean)
		no_memory();
	for (size_t i = 0; i < n; i++) {
		if (kept(environ[i], user))
			clean[kept_n++] = environ[i];
	}
	return clean;
}

static int refuse_directory(const char *spec, struct svirt_error *err)
{
	(void)fail(err, SVIRT_E_USAGE, "%s: a directory, not a description of a guest", spec);
	return hint(err, "give the XML description of a guest");
}

/* Opens spec as descriptor to. */
static int open_file(const char *spec, int to, struct svirt_error *err)
{
	/* O_NONBLOCK: a fifo without a writer must not hang a tool that runs as root */
	int fd = open(spec, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), e;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return refuse_directory(spec, err);
	if (fd >= 0 && dup2(fd, to) >= 0 && close(fd) == 0)
		return 0;
	e = errno;
	if (fd >= 0)
		(void)close(fd);
	return fail_domain_file(err, spec, e);
}

/* Domain files are opened here, with the rights of the caller, so that the manager's domain needs
 * no right to open files all over the system. A file that cannot be opened does not end the
 * command: the errno of each argument goes into lost. */
static int open_files(const struct call *call, char *lost, size_t room, struct svirt_error *err)
{
	size_t used = 0;
	int r = 0;

	for (unsigned i = 0; r == 0 && i < call->n_args; i++) {
		int e = 0;

		if (cli_is_file(call->args[i]))
			r = open_file(call->args[i], FIRST_FD + (int)i, err);
		if (r && err->sys && call->n_args > 1 && call->cmd->flags & CMD_MANAGER_ARGS) {
			e = err->sys;
			r = 0;
		}
		used += (size_t)snprintf(lost + used, room - used, "%d,", e);
	}
	return r;
}

/* argv for the manager: the same words, and options that name the files' descriptors, the files
 * that could not be opened, and the descriptor to wait for at the end. */
static char **with_files(int argc, char **argv, const char *lost, uint32_t output_fd)
{
	char **more = calloc((size_t)argc + 4, sizeof(*more));
	static char option[32], errors[LOST_ROOM + 32], output[32];
	size_t n = 1;

	if (!more)
		no_memory();
	(void)snprintf(option, sizeof(option), "--domain-fd=%d", FIRST_FD);
	(void)snprintf(output, sizeof(output), "--output-fd=%u", output_fd);
	more[n++] = option;
	(void)snprintf(errors, sizeof(errors), "--domain-lost=%s", lost);
	if (*lost)
		more[n++] = errors;
	if (output_fd)
		more[n++] = output;
	memcpy(more + n, argv + 1, (size_t)argc * sizeof(*more));
	return more;
}

static int execute(const char *path, char **argv, char **env, struct svirt_error *err)
{
	int e;

	argv[0] = strrchr(path, '/') + 1;
	(void)execve(path, argv, env);
	e = errno;
	(void)fail(err, e == EACCES || e == EPERM ? SVIRT_E_PERMISSION : SVIRT_E_HOST,
		   "cannot execute %s: %s", path, strerror(e));
	err->sys = e;
	return hint(err, "Is svirt installed completely, and may this process execute it?");
}

static bool needs_manager(const struct call *call)
{
	if (call->cmd->flags & CMD_MANAGER)
		return true;
	/* a caller who is not root has no rights to drop */
	return (call->cmd->flags & CMD_MANAGER_ARGS) && call->n_args && geteuid() == 0 &&
	       !call->globals.root;
}

static int work(struct call *call, char **argv, struct svirt_error *err)
{
	char **env, **words, lost[LOST_ROOM] = "";
	int argc = 0, r;

	while (argv[argc])
		argc++;
	if (!needs_manager(call))
		return execute(caller, argv, environ, err);
	/* Other descriptors of the caller are not for the manager: its domain could not use them,
	 * and the kernel would log a denial for each. */
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	r = inherit_files(err);
	if (r == 0 && geteuid() == 0)
		r = open_files(call, lost, sizeof(lost), err);
	/* the manager's domain may not write files that are not its own */
	if (r == 0)
		r = pump_start(OUTPUT_FD, &call->globals.output_fd, err);
	if (r)
		return r;
	env = clean_environment(call->globals.user);
	words = with_files(argc, argv, lost, call->globals.output_fd);
	r = execute(manager, words, env, err);
	free(words);
	free(env);
	return r;
}

int main(int argc, char **argv)
{
	return cli_main(argc, argv, work);
}
