// SPDX-License-Identifier: GPL-2.0-or-later
//
// The attacker of races.bats: somebody who may write to the directories of a guest's images and
// tries to have svirt label another file. Repeats its list of tricks until SIGTERM ends it, with
// pauses of random length between them, so that it wakes up in the middle of svirt's work. Prints
// how many rounds it has run; a trick that never works ends it with 1.
//
//   racer TRICK...
//     swap A B      A and B change places (files, links, directories: RENAME_EXCHANGE)
//     link A B      A gets the second name B, and loses it again
//     replace A B   a new file, made as B, takes the place of A

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PAUSE_BITS = 17 }; /* in microseconds: most are short, some let svirt finish its work */

static volatile sig_atomic_t ended;

static void on_term(int sig)
{
	(void)sig;
	ended = 1;
}

static int swap(const char *a, const char *b)
{
	return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

static int link_again(const char *a, const char *b)
{
	return link(a, b) < 0 ? -1 : unlink(b);
}

static int replace(const char *a, const char *b)
{
	int fd = open(b, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	if (ftruncate(fd, 1 << 20) < 0)
		return -1;
	close(fd);
	return rename(b, a);
}

static const struct trick {
	const char *name;
	int (*run)(const char *a, const char *b);
} tricks[] = {{"swap", swap}, {"link", link_again}, {"replace", replace}};

static int run(char **w)
{
	for (size_t i = 0; i < sizeof(tricks) / sizeof(*tricks); i++)
		if (strcmp(w[0], tricks[i].name) == 0)
			return tricks[i].run(w[1], w[2]);
	errno = EINVAL;
	return -1;
}

int main(int argc, char **argv)
{
	unsigned long rounds = 0, worked[argc];

	memset(worked, 0, sizeof(worked));
	if (argc < 4 || argc % 3 != 1)
		return 2;
	signal(SIGTERM, on_term);
	srandom((unsigned)time(NULL));
	for (; !ended; rounds++) {
		for (int i = 1; i < argc; i += 3)
			worked[i] += run(argv + i) == 0;
		usleep((useconds_t)random() & ((1u << random() % MAX_PAUSE_BITS) - 1));
	}
	/* at the end everything is back in its own place */
	for (int i = 1; i < argc; i += 3)
		if (worked[i] % 2 && strcmp(argv[i], "swap") == 0)
			(void)!run(argv + i);
	printf("%lu\n", rounds);
	for (int i = 1; i < argc; i += 3)
		if (!worked[i])
			return 1;
	return 0;
}
