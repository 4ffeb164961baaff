/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compiles the text of a profile: runs apparmor_parser(8), because the compiled form is the
 * parser's and the kernel's own affair. Its three streams are files without a name, so nobody waits
 * for anybody but for its end, and that is bounded. No shell, no configuration of the host: an
 * administrator's options for other profiles (parser.conf pins features) would change what a guest
 * may do. Must not know what is in the text.
 */
#include "driver/apparmor/apparmor.h"

#include "base/fs.h"
#include "base/proc.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#define TIMEOUT_MS 60000
#define BLOB_MAX   (16u * 1024 * 1024)
#define FEATURES   SV_APPARMOR_FS "/features"

/* IN has the text, OUT gets the profile, WORDS the complaints. */
enum { IN, OUT, WORDS, STREAMS };

static int missing(int sys, struct sv_error *err)
{
	(void)sv_fail(err, SV_E_HOST, sys, "AppArmor's parser " SV_APPARMOR_PARSER);
	return sv_hint(err, "install the package apparmor (3.0 or later)");
}

int sv_apparmor_toolchain(char **ret, struct sv_error *err)
{
	struct utsname kernel;
	struct stat st;

	if (stat(SV_APPARMOR_PARSER, &st) < 0)
		return missing(errno, err);
	if (uname(&kernel) < 0)
		return sv_fail_errno(err, errno, "uname");
	return sv_asprintf(ret, err, "%ju:%ju:%jd:%jd.%09ld %s %s", (uintmax_t)st.st_dev,
			   (uintmax_t)st.st_ino, (intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec,
			   st.st_mtim.tv_nsec, kernel.release, kernel.version);
}

/* All of a stream, terminated. */
static int read_stream(int fd, size_t max, struct sv_apparmor_blob *ret, struct sv_error *err)
{
	sv_auto_free char *all = NULL;
	char path[SV_FD_PATH_LEN];
	size_t n = 0;
	int r = sv_fs_read(sv_fd_path(fd, path), max, &all, &n, err);

	if (r < 0)
		return r;
	*ret = (struct sv_apparmor_blob){sv_take_ptr(all), n};
	return 0;
}

static int make_streams(const char *text, int fds[STREAMS], struct sv_error *err)
{
	static const char *const names[] = {
		[IN] = "profile", [OUT] = "compiled", [WORDS] = "words"};
	size_t len = strlen(text);

	for (int i = 0; i < STREAMS; i++) {
		fds[i] = memfd_create(names[i], MFD_CLOEXEC);
		if (fds[i] < 0)
			return sv_fail_errno(err, errno, "memfd_create");
	}
	if (write(fds[IN], text, len) != (ssize_t)len || lseek(fds[IN], 0, SEEK_SET) < 0)
		return sv_fail_errno(err, errno, "cannot write the profile for the parser");
	return 0;
}

/* posix_spawn(3) with these streams, every signal as at the beginning of a program. */
static int spawn(const int fds[STREAMS], pid_t *ret)
{
	char *const argv[] = {
		(char[]){"apparmor_parser"},
		(char[]){"--config-file=/dev/null"},
		(char[]){"--policy-features=" FEATURES},
		(char[]){"--kernel-features=" FEATURES},
		(char[]){"--skip-kernel-load"},
		(char[]){"--skip-cache"},
		(char[]){"--skip-read-cache"},
		(char[]){"--quiet"},
		(char[]){"--stdout"},
		NULL,
	};
	char *const environment[] = {(char[]){"LC_ALL=C"}, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t all, none;
	int sys;

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	sys = posix_spawnattr_init(&attr);
	if (sys)
		return sys;
	sys = posix_spawn_file_actions_init(&actions);
	if (sys == 0) {
		(void)posix_spawnattr_setflags(&attr,
					       POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
		(void)posix_spawnattr_setsigmask(&attr, &none);
		(void)posix_spawnattr_setsigdefault(&attr, &all);
		for (int i = 0; sys == 0 && i < STREAMS; i++)
			sys = posix_spawn_file_actions_adddup2(&actions, fds[i], i);
		if (sys == 0)
			sys = posix_spawn(ret, SV_APPARMOR_PARSER, &actions, &attr, argv,
					  environment);
		(void)posix_spawn_file_actions_destroy(&actions);
	}
	(void)posix_spawnattr_destroy(&attr);
	return sys;
}

/* Waits for the parser's end, and ends it when it takes too long. */
static int wait_end(pid_t pid, int *ret, struct sv_error *err)
{
	sv_auto_close int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	bool late = pidfd < 0 || sv_proc_wait(pidfd, TIMEOUT_MS) == SV_NONE;

	if (late)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, ret, 0) < 0)
		if (errno != EINTR)
			return sv_fail_errno(err, errno, "waiting for apparmor_parser");
	return late ? sv_fail(err, SV_E_UNKNOWN, 0, "apparmor_parser did not end, and was killed")
		    : 0;
}

/* "AppArmor parser error at line 3: syntax error": its first line. */
static int complain(int words, int status, struct sv_error *err)
{
	struct sv_apparmor_blob said = {0};
	struct sv_error ignored = {0};
	char shown[300];

	if (read_stream(words, BLOB_MAX, &said, &ignored) < 0 || !said.n) {
		free(said.bytes);
		return sv_fail(err, SV_E_HOST, 0, "apparmor_parser ended with %s %d",
			       WIFSIGNALED(status) ? "signal" : "status",
			       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
	said.bytes[strcspn(said.bytes, "\n")] = '\0';
	(void)sv_fail(err, SV_E_HOST, 0, "apparmor_parser says: %s",
		      sv_escape(said.bytes, shown, sizeof(shown)));
	free(said.bytes);
	return sv_hint(err,
		       "svirt needs the parser of AppArmor 3.0 or later, and the rules of its own "
		       "version in " SV_PKGDATADIR "/apparmor");
}

int sv_apparmor_compile(const char *text, struct sv_apparmor_blob *ret, struct sv_error *err)
{
	int fds[STREAMS] = {-1, -1, -1}, status = 0, sys = 0;
	int r = make_streams(text, fds, err);
	pid_t pid;

	if (r == 0)
		sys = spawn(fds, &pid);
	if (sys)
		r = missing(sys, err);
	if (r == 0)
		r = wait_end(pid, &status, err);
	if (r == 0 && status != 0)
		r = complain(fds[WORDS], status, err);
	if (r == 0)
		r = read_stream(fds[OUT], BLOB_MAX, ret, err);
	for (int i = 0; i < STREAMS; i++)
		sv_close_fd(&fds[i]);
	return r;
}
