// SPDX-License-Identifier: GPL-2.0-or-later
//
// An emulator that runs no guest: svirt starts it as the <emulator> of a guest, with the guest's
// label and everything that a guest gets. Like QEMU it opens the disks and speaks QMP, which takes
// a tenth of QEMU's time; what it does beside that is ordered on its disk, and makes it a
// compromised one. It is static, so that it needs no other file of the host. Its modes are in files
// of their own (vmm.h).
//
//   vmm --modes         the modes, one a line: name, moment, what it does
//   vmm --orders FILE   the modes that FILE orders, without QMP; the report goes to standard output
//   vmm ARGUMENTS       as an emulator: of QEMU's arguments, the guest's name and the disks

#define _GNU_SOURCE
#include "vmm.h"

#include "tries.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct vmm_mode *const tables[] = {vmm_reach, vmm_host, vmm_talk, vmm_end};
static const char *const moments[] = {
	[VMM_HELLO] = "hello",
	[VMM_RUNNING] = "running",
	[VMM_POWERDOWN] = "powerdown",
	[VMM_QUIT] = "quit",
};

static const struct vmm_mode *find_mode(const char *name)
{
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		for (const struct vmm_mode *m = tables[t]; m->name; m++) {
			if (strcmp(m->name, name) == 0)
				return m;
		}
	}
	return NULL;
}

static int list_modes(void)
{
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		for (const struct vmm_mode *m = tables[t]; m->name; m++)
			printf("%s\t%s\t%s\n", m->name, moments[m->when], m->what);
	}
	return 0;
}

const char *vmm_fact(const struct vmm *vmm, const char *key)
{
	static char values[8][512];
	static unsigned turn;
	char *value = values[turn++ % 8];
	size_t len = strlen(key);

	value[0] = '\0';
	for (const char *line = vmm->orders; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) != 0 || line[len] != ' ')
			continue;
		snprintf(value, sizeof(values[0]), "%.*s", (int)strcspn(line + len + 1, "\n"),
			 line + len + 1);
		break;
	}
	return value;
}

static void put_report(struct vmm *vmm, const char *format, va_list ap)
{
	char line[TRY_LINE];
	int n = vsnprintf(line, sizeof(line) - 1, format, ap);
	size_t len = n < 0 ? 0 : (size_t)n < sizeof(line) - 1 ? (size_t)n : sizeof(line) - 2;

	line[len++] = '\n';
	if (vmm->disk_fd < 0) {
		fwrite(line, 1, len, stdout);
		fflush(stdout);
	} else if (vmm->reported + len <= VMM_REPORT &&
		   pwrite(vmm->disk_fd, line, len, (off_t)(VMM_REPORT_AT + vmm->reported)) > 0) {
		vmm->reported += len;
	}
}

void vmm_report(struct vmm *vmm, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put_report(vmm, format, ap);
	va_end(ap);
}

void vmm_try(struct vmm *vmm, const char *format, ...)
{
	char line[TRY_LINE], said[TRY_LINE], *shown;
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	shown = strdup(line);
	int r = try_line(line, said, sizeof(said));
	if (r < 0)
		vmm_report(vmm, "%s: not a try", shown ? shown : "");
	else if (r == 0)
		vmm_report(vmm, "%s", said);
	free(shown);
}

void vmm_tried(struct vmm *vmm, const char *what, bool allowed)
{
	const char *error = strerrorname_np(errno);

	vmm_report(vmm, allowed ? "%s: allowed" : "%s: denied %s", what, error ? error : "?");
}

bool vmm_say(const char *text)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t n = send(VMM_QMP, text, left, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return false;
		text += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

static bool say(const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return vmm_say(text);
}

static bool event(const char *name)
{
	return say("{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"%s\"}\r\n",
		   name);
}

// Runs the modes of this moment. True when there was one.
static bool run_modes(struct vmm *vmm, enum vmm_when when)
{
	char names[1024], *rest = names, *name;
	bool any = false;

	snprintf(names, sizeof(names), "%s", vmm_fact(vmm, "modes"));
	while ((name = strsep(&rest, " "))) {
		const struct vmm_mode *mode = *name ? find_mode(name) : NULL;

		if (*name && !mode)
			vmm_report(vmm, "%s: not a mode", name);
		if (!mode || mode->when != when)
			continue;
		any = true;
		mode->run(vmm);
		vmm_report(vmm, "done %s", name);
	}
	return any;
}

static bool stopped(struct vmm *vmm, bool running)
{
	bool was = vmm->running;

	vmm->running = running;
	return was == running || event(running ? "RESUME" : "STOP");
}

// Handles a command with a special answer: true when that is done.
static bool special(struct vmm *vmm, const char *command, const char *id)
{
	if (strcmp(command, "query-status") == 0) {
		say("{\"return\": {\"status\": \"%s\", \"singlestep\": false, \"running\": %s}, \"id\": %s}\r\n",
		    vmm->running       ? "running"
		    : vmm->was_running ? "paused"
				       : "prelaunch",
		    vmm->running ? "true" : "false", id);
		return true;
	}
	return strcmp(command, "quit") == 0 && run_modes(vmm, VMM_QUIT);
}

static void obey(struct vmm *vmm, const char *command, const char *id)
{
	if (vmm->deaf || special(vmm, command, id))
		return;
	if (strcmp(command, "cont") == 0 || strcmp(command, "stop") == 0)
		stopped(vmm, command[0] == 'c');
	say("{\"return\": {}, \"id\": %s}\r\n", id);
	if (strcmp(command, "cont") == 0 && !vmm->was_running) {
		vmm->was_running = true;
		run_modes(vmm, VMM_RUNNING);
	} else if (strcmp(command, "quit") == 0) {
		event("SHUTDOWN");
		exit(0);
	} else if (strcmp(command, "system_powerdown") == 0) {
		event("POWERDOWN");
		if (run_modes(vmm, VMM_POWERDOWN))
			return;
		event("SHUTDOWN");
		exit(0);
	}
}

// Parses a line as svirt writes it: {"execute":"NAME","id":N} and a newline.
static void obey_line(struct vmm *vmm, const char *line)
{
	const char *command = strstr(line, "\"execute\":\""), *id = strstr(line, "\"id\":");
	char name[64], number[16];

	if (!command || !id)
		return;
	id += strlen("\"id\":");
	command += strlen("\"execute\":\"");
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(command, "\""), command);
	snprintf(number, sizeof(number), "%.*s", (int)strcspn(id, "}"), id);
	obey(vmm, name, number);
}

bool vmm_serve(struct vmm *vmm, int ms)
{
	static char in[4096];
	static size_t have;
	struct pollfd p = {.fd = VMM_QMP, .events = POLLIN};
	char *end;

	while (poll(&p, 1, ms) > 0) {
		ssize_t n = recv(VMM_QMP, in + have, sizeof(in) - 1 - have, 0);
		if (n <= 0)
			return false;
		have += (size_t)n;
		in[have] = '\0';
		while ((end = strchr(in, '\n'))) {
			char line[sizeof(in)];

			*end = '\0';
			memcpy(line, in, (size_t)(end - in) + 1);
			have -= (size_t)(end + 1 - in);
			memmove(in, end + 1, have + 1);
			obey_line(vmm, line);
		}
	}
	return true;
}

void vmm_wait_go(struct vmm *vmm)
{
	char go = 0;

	while (pread(vmm->disk_fd, &go, 1, VMM_GO_AT) == 1 && !go) {
		if (!vmm_serve(vmm, 20))
			usleep(20000);
	}
}

static char *copied(const char *from, const char *end_at)
{
	return strndup(from, strcspn(from, end_at));
}

// Opens a disk as far as the guest may, and keeps it open. The first one is the one with the
// orders.
static bool open_disk(struct vmm *vmm, const char *blockdev)
{
	const char *at = strstr(blockdev, "\"filename\":\"");
	char *path = at ? copied(at + strlen("\"filename\":\""), "\"") : NULL;
	int fd;

	if (!path)
		return true;
	fd = open(path, strstr(blockdev, "\"read-only\":true") ? O_RDONLY : O_RDWR);
	if (fd < 0)
		fprintf(stderr, "vmm: %s: Could not open '%s': %s\n", vmm->name, path,
			strerror(errno));
	if (vmm->disk) {
		free(path);
		return fd >= 0;
	}
	vmm->disk = path;
	vmm->disk_fd = fd;
	return fd >= 0;
}

static bool read_arguments(struct vmm *vmm, char **argv)
{
	const char *at;

	for (; argv[0]; argv++) {
		if (strcmp(argv[0], "-name") == 0 && argv[1] && (at = strstr(argv[1], "guest=")))
			vmm->name = copied(at + strlen("guest="), ",");
		if (strcmp(argv[0], "-blockdev") == 0 && argv[1] && !open_disk(vmm, argv[1]))
			return false;
	}
	return true;
}

static bool read_orders(struct vmm *vmm, int fd)
{
	ssize_t n = fd < 0 ? -1 : pread(fd, vmm->orders, VMM_ORDERS, 0);

	if (n >= 0)
		vmm->orders[n] = '\0';
	return n >= 0;
}

static int run_orders(struct vmm *vmm, const char *path)
{
	if (!read_orders(vmm, open(path, O_RDONLY | O_CLOEXEC))) {
		fprintf(stderr, "vmm: %s: %s\n", path, strerror(errno));
		return 2;
	}
	vmm->disk = strdup(vmm_fact(vmm, "disk"));
	vmm->name = strdup(vmm_fact(vmm, "name"));
	run_modes(vmm, VMM_RUNNING);
	return 0;
}

static int emulate(struct vmm *vmm, char **argv)
{
	if (!read_arguments(vmm, argv))
		return 1;
	read_orders(vmm, vmm->disk_fd);
	run_modes(vmm, VMM_HELLO);
	if (!vmm->greeted)
		vmm_say("{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, "
			"\"package\": \"\"}, \"capabilities\": [\"oob\"]}}\r\n");
	while (vmm_serve(vmm, -1))
		;
	// like QEMU it outlives who speaks to it
	while (!*vmm_fact(vmm, "modes"))
		pause();
	return 0;
}

int main(int argc, char **argv)
{
	struct vmm vmm = {.disk_fd = -1};

	if (argc == 2 && strcmp(argv[1], "--modes") == 0)
		return list_modes();
	if (argc == 3 && strcmp(argv[1], "--orders") == 0)
		return run_orders(&vmm, argv[2]);
	return emulate(&vmm, argv + 1);
}
