/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Process 1 of a lab machine's initial RAM disk: loads the modules that it was packed with, mounts
 * the image, unpacks the share (a tar that is the second disk) and executes the program that is
 * process 1 of every lab guest. The status goes to the third serial line.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS 10000 /* how long to wait for the disk */

static void die(const char *what)
{
	fprintf(stderr, "ramdisk: %s: %s\n", what, strerror(errno));
	for (;;)
		pause();
}

static void must(int rc, const char *what)
{
	if (rc < 0)
		die(what);
}

/* Loads the modules in the order of their names, which begin with numbers: a module comes after
 * those that it needs. One that does not fit this machine is skipped. */
static void load_modules(const char *dir)
{
	struct dirent **list;
	int n = scandir(dir, &list, NULL, alphasort);

	must(n, dir);
	for (int i = 0; i < n; i++) {
		char path[512];
		int fd;

		snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
		fd = list[i]->d_name[0] == '.' ? -1 : open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)
			fprintf(stderr, "ramdisk: %s: %s\n", path, strerror(errno));
		if (fd >= 0)
			close(fd);
	}
}

static void wait_for(const char *path)
{
	for (int ms = 0; access(path, F_OK) < 0; ms += 10) {
		if (ms >= WAIT_MS)
			die(path);
		usleep(10000);
	}
}

static void enter_image(void)
{
	wait_for("/dev/vda");
	wait_for("/dev/vdb");
	must(mount("/dev/vda", "/root", "ext4", 0, NULL), "/dev/vda");
	must(mount("/dev", "/root/dev", NULL, MS_MOVE, NULL), "/root/dev");
	must(chdir("/root"), "/root");
	must(mount(".", "/", NULL, MS_MOVE, NULL), "/");
	must(chroot("."), "chroot");
	must(chdir("/"), "/");
	must(mount("proc", "/proc", "proc", 0, NULL), "/proc");
	must(mount("share", "/host", "tmpfs", 0, "mode=755"), "/host");
}

static void unpack_share(void)
{
	int status = 0;
	pid_t pid = fork();

	must(pid, "fork");
	if (pid == 0) {
		execl("/usr/bin/tar", "tar", "-xf", "/dev/vdb", "-C", "/host", NULL);
		die("tar");
	}
	must(waitpid(pid, &status, 0), "tar");
	if (status != 0)
		die("tar failed");
	must(symlink("/dev/ttyS2", "/host/rc"), "/host/rc");
}

int main(void)
{
	must(mount("devtmpfs", "/dev", "devtmpfs", 0, NULL), "/dev");
	int console = open("/dev/console", O_RDWR);

	for (int fd = 0; console >= 0 && fd <= 2; fd++)
		dup2(console, fd);
	load_modules("/modules");
	enter_image();
	unpack_share();
	execl("/bin/bash", "bash", "/host/init", NULL);
	die("/bin/bash");
}
