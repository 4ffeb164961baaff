/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The drivers' operations from a command line, one per run, so that a lab script can ask each of
 * them in a chosen domain on an enforcing kernel. Prints the answer; ends with the error's code,
 * and with 100 plus the outcome when there is one.
 *
 *   driver-test [-m dac] OPERATION ARGUMENTS
 */
#include "base/fs.h"
#include "base/parse.h"
#include "base/string.h"
#include "driver/driver.h"
#include "label/context.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define OUTCOME 100

static const struct sv_driver *driver;

static int show(int r, const char *text, struct sv_error *err)
{
	if (r == 0)
		printf("%s\n", text ? text : "ok");
	else if (r > 0)
		printf("outcome %d\n", r);
	else if (err->line)
		printf("error %d: %s:%u: %s\n  hint: %s\n", (int)err->code, err->file, err->line,
		       err->msg, err->hint);
	else
		printf("error %d: %s\n  hint: %s\n", (int)err->code, err->msg, err->hint);
	return r < 0 ? -r : r > 0 ? OUTCOME + r : 0;
}

static int do_probe(char **argv, struct sv_error *err)
{
	const struct sv_driver *main_driver = NULL;
	struct sv_host_mac mac = {0};
	int r = sv_driver_main(&main_driver, &mac, err);

	(void)argv;
	if (r == 0)
		printf("%s %s %s mls=%d\n", main_driver->name, sv_mac_state_name(mac.state),
		       mac.policy, mac.mls);
	return show(r, NULL, err);
}

static int do_pool(char **argv, struct sv_error *err)
{
	struct sv_range range = {0};
	int r = driver->range(&range, err);

	(void)argv;
	if (r == 0)
		printf("s%u with %u categories\n", range.low.sens,
		       sv_catset_count(&range.high.cats));
	return show(r, NULL, err);
}

static int print_level(void *data, const struct sv_level *level, pid_t pid)
{
	sv_auto_free char *text = NULL;
	struct sv_error err = {0};

	++*(unsigned *)data;
	if (sv_level_format(level, &text, &err) == 0)
		printf("%d %s\n", (int)pid, text);
	return 0;
}

static int do_in_use(char **argv, struct sv_error *err)
{
	unsigned n = 0;
	int r = driver->in_use(print_level, &n, err);

	(void)argv;
	printf("%u in use\n", n);
	return show(r, NULL, err);
}

/* dynamic LEVEL [BASELABEL] | static LABEL [EMULATOR]; the arguments of two operations. */
static int request(char **argv, struct sv_subject *subject, struct sv_error *err)
{
	struct sv_request req = {.relabel = true, .uid = 64055, .gid = 64055};
	struct sv_level level = {0};
	int r = 0;

	if (sv_streq(argv[0], "static")) {
		req.type = SV_SECLABEL_STATIC;
		req.label = argv[1];
	} else {
		req.type = SV_SECLABEL_DYNAMIC;
		req.tcg = sv_streq(argv[0], "tcg");
		if (driver->levels)
			r = sv_level_parse(argv[1], &level, err);
		req.level = &level;
		req.baselabel = argv[2];
	}
	return r < 0 ? r : driver->subject(&req, subject, err);
}

static int do_subject(char **argv, struct sv_error *err)
{
	sv_auto_subject struct sv_subject s = {0};
	int r = request(argv, &s, err);

	if (r == 0)
		printf("label %s\nrw %s\nro %s\nshared %s\npermissive %d\n", s.label,
		       s.image[SV_ACCESS_RW], s.image[SV_ACCESS_RO], s.image[SV_ACCESS_SHARED],
		       s.permissive);
	return show(r, NULL, err);
}

static int do_may_start(char **argv, struct sv_error *err)
{
	sv_auto_subject struct sv_subject s = {0};
	int r = request(argv + 1, &s, err);

	if (r == 0)
		r = driver->may_start(NULL, &s, argv[0], err);
	return show(r, NULL, err);
}

/* dynamic LEVEL [BASELABEL] */
static int do_kept_apart(char **argv, struct sv_error *err)
{
	sv_auto_subject struct sv_subject s = {0};
	int r = request(argv, &s, err);

	if (r == 0)
		r = driver->kept_apart(&s, err);
	return show(r, NULL, err);
}

static int do_becomes(char **argv, struct sv_error *err)
{
	sv_auto_free char *label = NULL;
	int r = driver->becomes(argv[0], &label, err);

	return show(r, label, err);
}

static int do_rules(char **argv, struct sv_error *err)
{
	(void)argv;
	return show(driver->rules_loaded(err), NULL, err);
}

/* LABEL OBJECT reg|blk|sock|chr rw|ro|shared */
static int do_may_use(char **argv, struct sv_error *err)
{
	static const char *const kinds[] = {"reg", "blk", "sock", "chr", NULL};
	static const char *const accesses[] = {"rw", "ro", "shared", NULL};
	static const mode_t modes[] = {S_IFREG | 0640, S_IFBLK | 0660, S_IFSOCK | 0755, S_IFCHR};
	struct sv_denial why = {0};
	unsigned kind = 0, access = 0;
	int r;

	if (sv_parse_choice(argv[2], kinds, &kind) || sv_parse_choice(argv[3], accesses, &access))
		return 2;
	r = driver->may_use(argv[0], argv[1], modes[kind], (enum sv_access)access, &why, err);
	if (r == SV_NONE)
		printf("denied { %s } %s category=%d\n", why.missing, why.tclass, why.category);
	return show(r, "allowed", err);
}

static int do_get(char **argv, struct sv_error *err)
{
	sv_auto_close int fd = open(argv[0], O_PATH | O_NOFOLLOW | O_CLOEXEC);
	sv_auto_free char *label = NULL;
	int r = driver->get(fd, &label, err);

	return show(r, label, err);
}

static int do_set(char **argv, struct sv_error *err)
{
	sv_auto_close int fd = open(argv[0], O_PATH | O_NOFOLLOW | O_CLOEXEC);

	return show(driver->set(fd, argv[1], err), NULL, err);
}

static int do_fallback(char **argv, struct sv_error *err)
{
	sv_auto_free char *label = NULL;
	int r = driver->fallback(argv[0], S_IFREG, &label, err);

	return show(r, label, err);
}

static int do_same(char **argv, struct sv_error *err)
{
	return show(driver->same(argv[0], argv[1], err), NULL, err);
}

static int do_mkdir(char **argv, struct sv_error *err)
{
	int r = driver->create_files(argv[1], err);

	if (r == 0 && mkdir(argv[0], 0750) < 0)
		r = sv_fail_errno(err, 0, "mkdir");
	if (r == 0)
		r = driver->create_files(NULL, err);
	return show(r, NULL, err);
}

static _Noreturn void child(char **argv, int out, int status)
{
	struct sv_error err = {0};

	if (driver->enter(argv[0], &err) < 0 || sv_driver_dac.enter(argv[1], &err) < 0) {
		(void)show(-1, NULL, &err);
		(void)fflush(stdout);
		_exit(99);
	}
	if (dup2(out, 1) >= 0 && dup2(out, 2) >= 0)
		(void)execv(argv[2], argv + 2);
	(void)dprintf(status, "exec: %m");
	_exit(98);
}

/* LABEL +UID:+GID PROGRAM...: as a launcher does it, with the read back. */
static int do_exec(char **argv, struct sv_error *err)
{
	sv_auto_free char *label = NULL, *owner = NULL;
	char text[512] = "";
	int sock[2], status[2], how = 0;
	ssize_t n;
	pid_t pid;
	int r = driver->create_sockets(argv[0], err);

	if (r < 0)
		return show(r, NULL, err);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock) < 0 ||
	    driver->create_sockets(NULL, err) < 0 || pipe2(status, O_CLOEXEC) < 0)
		return show(sv_fail(err, SV_E_UNKNOWN, 0, "socketpair: %m"), NULL, err);
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0)
		child(argv, sock[1], status[1]);
	close(status[1]);
	close(sock[1]);
	n = read(status[0], text, sizeof(text) - 1);
	if (n == 0) {
		r = driver->of_pid(pid, &label, err);
		if (r == 0)
			r = sv_driver_dac.of_pid(pid, &owner, err);
		if (r == 0)
			printf("runs as %s %s %s\n", label, owner,
			       driver->same(label, argv[0], err) == 0 ? "verified" : "WRONG");
		while ((n = read(sock[0], text, sizeof(text) - 1)) > 0)
			printf("| %.*s", (int)n, text);
	} else {
		printf("failed: %.*s\n", (int)n, text);
	}
	(void)waitpid(pid, &how, 0);
	printf("wait status 0x%x\n", (unsigned)how);
	return show(r, NULL, err);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		int (*run)(char **argv, struct sv_error *err);
	} operations[] = {
		{"probe", 0, do_probe},
		{"pool", 0, do_pool},
		{"in-use", 0, do_in_use},
		{"subject", 2, do_subject},
		{"may-start", 3, do_may_start},
		{"may-use", 4, do_may_use},
		{"get", 1, do_get},
		{"set", 2, do_set},
		{"fallback", 1, do_fallback},
		{"same", 2, do_same},
		{"mkdir", 2, do_mkdir},
		{"exec", 3, do_exec},
		{"kept-apart", 2, do_kept_apart},
		{"becomes", 1, do_becomes},
		{"rules", 0, do_rules},
	};
	struct sv_error err = {0};

	driver = &sv_driver_selinux;
	if (argc > 2 && sv_streq(argv[1], "-m")) {
		driver = sv_driver_find(argv[2]);
		argc -= 2;
		argv += 2;
	}
	for (size_t i = 0; driver && argc > 1 && i < SV_N_ELEMENTS(operations); i++)
		if (sv_streq(argv[1], operations[i].name) && argc - 2 >= operations[i].args)
			return operations[i].run(argv + 2, &err);
	(void)fprintf(stderr, "usage: driver-test [-m dac] OPERATION ARGUMENTS\n");
	return 2;
}
