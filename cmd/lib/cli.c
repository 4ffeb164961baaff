/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run: parse, verify, let the program fill the document, print the document once, end with the
 * status that is in it. Knows no verb, and does not know the library.
 */
#include "lib/cli.h"

#include "lib/error.h"
#include "lib/option.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void nothing(int sig)
{
	(void)sig;
}

/* Opens descriptors 0 to 2 when they are missing, so that no other file gets their numbers. Makes a
 * reader that goes away an error of write(2) and not a signal. It does so by a handler, because a
 * program that is executed would inherit SIG_IGN. */
static int prepare_process(struct svirt_error *err)
{
	struct sigaction action = {.sa_handler = nothing, .sa_flags = SA_RESTART};
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && fd <= STDERR_FILENO && fcntl(fd, F_SETFD, 0))
			return fail(err, SVIRT_E_UNKNOWN, "descriptor %d: %s", fd, strerror(errno));
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return fail(err, SVIRT_E_UNKNOWN, "cannot open /dev/null: %s", strerror(errno));
	(void)close(fd);
	if (sigaction(SIGPIPE, &action, NULL))
		return fail(err, SVIRT_E_UNKNOWN, "cannot handle SIGPIPE: %s", strerror(errno));
	return 0;
}

bool cli_is_file(const char *spec)
{
	size_t len = strlen(spec);

	return strchr(spec, '/') || (len > 4 && strcmp(spec + len - 4, ".xml") == 0);
}

/* --help and --version become the verbs that they are short for. */
static void redirect(struct call *call)
{
	const struct command *to = call->globals.help ? &cmd_help : &cmd_version;
	struct call new = {.cmd = to, .globals = call->globals};

	if (!call->globals.help && !call->globals.version)
		return;
	new.args = calloc(2, sizeof(*new.args));
	if (!new.args)
		no_memory();
	if (to == &cmd_help && call->cmd) {
		new.args[new.n_args++] = strdup(call->cmd->name);
		if (!new.args[0])
			no_memory();
	}
	new.globals.dry_run = false;
	call->globals.root = NULL; /* moved */
	call_done(call);
	*call = new;
}

/* Was JSON asked for in a command line that could not be parsed? */
static bool wants_json(char **argv)
{
	for (size_t i = 1; argv[0] && argv[i] && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--json") == 0)
			return true;
	}
	return false;
}

/* Prints the document, or its projection; a run without any data prints nothing. */
static int print(struct call *call, int status, bool failed)
{
	struct text out;
	int r;

	text_open(&out, (enum color_when)call->globals.color);
	if (call->globals.json)
		doc_print(call->doc, status, &out);
	else if (call->cmd && call->cmd->show && (!failed || doc_first(call->doc)))
		call->cmd->show(call, &out);
	r = text_flush(&out);
	if (r)
		talk("svirt: ", "cannot write to standard output: %s", strerror(errno));
	text_done(&out);
	return r ? SVIRT_E_UNKNOWN : status;
}

/* When another process writes our output, waits until all of it is written. */
static int output_finish(const struct call *call, int status)
{
	int sys = 0;
	ssize_t n;

	if (!call->globals.output_fd)
		return status;
	(void)close(STDOUT_FILENO);
	(void)close(STDERR_FILENO);
	do {
		n = read((int)call->globals.output_fd, &sys, sizeof(sys));
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(sys) && sys == 0 ? status : SVIRT_E_UNKNOWN;
}

int cli_main(int argc, char **argv, cli_work *work)
{
	struct svirt_error err = SVIRT_ERROR_INIT;
	struct call call = {.cmd = NULL};
	int r, status;

	r = prepare_process(&err);
	if (r == 0)
		r = call_parse(argc, argv, &call, &err);
	call.globals.json = call.globals.json || wants_json(argv);
	if (call.globals.output_fd)
		(void)fcntl((int)call.globals.output_fd, F_SETFD, FD_CLOEXEC);
	if (r == 0) {
		redirect(&call);
		if (!call.cmd) {
			r = fail(&err, SVIRT_E_USAGE, "no verb was given");
			(void)hint(&err, "Try 'svirt help', which lists the verbs");
		} else {
			r = call_verify(&call, &err);
		}
	}
	call.doc = doc_new(call.cmd ? call.cmd->name : NULL);
	if (r == 0 && call.globals.test_args) {
		call_done(&call);
		return 0;
	}
	if (r == 0)
		r = call.cmd->flags & CMD_BARE ? call.cmd->run(&call, &err)
					       : work(&call, argv, &err);
	status = r < 0 ? error_status(&err) : r;
	if (r < 0)
		doc_fail(call.doc, &err);
	status = print(&call, status, r < 0);
	if (r < 0)
		complain(&err);
	status = output_finish(&call, status);
	call_done(&call);
	return status;
}
