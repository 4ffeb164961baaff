/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzz target without libFuzzer: make check builds it with any compiler. First come the
 * seeds unchanged, then modified copies of them until the time is up. It does not measure coverage,
 * so it finds only what is near the seeds; make fuzz finds the rest. The changes are the same in
 * each run.
 *
 *   fuzz-NAME FILE...              these inputs, once
 *   FUZZ_S=SECONDS fuzz-NAME       the seeds in tests/fuzz/corpus/NAME of $SVIRT_SRCDIR
 *
 * An input that made it abort, or take more than HANG seconds, is left in crash-NAME.
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

enum { HANG = 10, ROOM = 256 * 1024, MAX_SEEDS = 256, MAX_CHANGES = 8, SEED_MAX = 65536 };

struct seed {
	uint8_t *bytes;
	size_t size;
};

static struct {
	const char *name;
	struct seed seeds[MAX_SEEDS];
	size_t n;
	uint64_t random;
	uint8_t input[ROOM];
	size_t size;
	volatile uint64_t runs;
	uint64_t seen; /* number of runs at the last tick */
	int ticks;     /* since then */
} fuzz = {.random = 0x9e3779b97f4a7c15};

static void keep_input(void)
{
	char path[PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "crash-%s", fuzz.name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, fuzz.input, fuzz.size) != (ssize_t)fuzz.size)
		return;
	close(fd);
	(void)dprintf(STDERR_FILENO, "fuzz-%s: run %llu: the input is in %s\n", fuzz.name,
		      (unsigned long long)fuzz.runs, path);
}

static void on_abort(int number)
{
	keep_input();
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

static void on_tick(int number)
{
	(void)number;
	fuzz.ticks = fuzz.runs == fuzz.seen ? fuzz.ticks + 1 : 0;
	fuzz.seen = fuzz.runs;
	if (fuzz.ticks < HANG)
		return;
	(void)dprintf(STDERR_FILENO, "fuzz-%s: hangs\n", fuzz.name);
	keep_input();
	_exit(1);
}

/* xorshift64*: the same numbers everywhere. */
static size_t below(size_t n)
{
	fuzz.random ^= fuzz.random >> 12;
	fuzz.random ^= fuzz.random << 25;
	fuzz.random ^= fuzz.random >> 27;
	return n ? (size_t)((fuzz.random * 0x2545f4914f6cdd1d) >> 33) % n : 0;
}

static void run(void)
{
	uint8_t *copy = malloc(fuzz.size ? fuzz.size : 1);

	require(copy);
	memcpy(copy, fuzz.input, fuzz.size);
	fuzz.runs++;
	(void)LLVMFuzzerTestOneInput(copy, fuzz.size);
	free(copy);
}

static void insert(size_t at, const uint8_t *from, size_t n)
{
	if (n > ROOM - fuzz.size)
		return;
	memmove(fuzz.input + at + n, fuzz.input + at, fuzz.size - at);
	memmove(fuzz.input + at, from, n);
	fuzz.size += n;
}

static void change(void)
{
	static const uint8_t telling[] = {0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff, '\n', ' ', '/',
					  '"',	'-',  '9',  '{',  ':',	',',  '\\', '%', 0x1b};
	const struct seed *other = &fuzz.seeds[below(fuzz.n)];
	size_t at = below(fuzz.size), n = 1 + below(8);
	uint8_t few[8];

	switch (below(8)) {
	case 0:
		fuzz.input[at] ^= (uint8_t)(1u << below(8));
		return;
	case 1:
		fuzz.input[at] = telling[below(sizeof(telling))];
		return;
	case 2:
		fuzz.input[at] = (uint8_t)below(256);
		return;
	case 3: /* removes a piece */
		n = n < fuzz.size - at ? n : fuzz.size - at;
		memmove(fuzz.input + at, fuzz.input + at + n, fuzz.size - at - n);
		fuzz.size -= n;
		return;
	case 4: /* repeats a piece */
		n = below(fuzz.size - at);
		insert(at, fuzz.input + at, n);
		return;
	case 5: /* new bytes */
		for (size_t i = 0; i < n; i++)
			few[i] = below(2) ? telling[below(sizeof(telling))] : (uint8_t)below(256);
		insert(at, few, n);
		return;
	case 6: /* a piece of another seed */
		n = below(other->size);
		insert(at, other->bytes + n, below(other->size - n + 1));
		return;
	default: /* cuts the end off */
		fuzz.size = at;
	}
}

static void take(const struct seed *seed)
{
	memcpy(fuzz.input, seed->bytes, seed->size);
	fuzz.size = seed->size;
}

/* Loads a seed; other kinds of files are skipped. */
static void load(const char *path)
{
	struct seed *seed = &fuzz.seeds[fuzz.n];
	sv_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	require(fuzz.n < MAX_SEEDS && fd >= 0 && fstat(fd, &st) == 0);
	if (!S_ISREG(st.st_mode))
		return;
	seed->bytes = malloc(SEED_MAX);
	require(seed->bytes);
	n = read(fd, seed->bytes, SEED_MAX);
	require(n >= 0);
	seed->size = (size_t)n;
	fuzz.n++;
}

static void load_all(const char *dir)
{
	sv_auto_dir DIR *d = opendir(dir);
	const struct dirent *entry;

	while (d && (entry = readdir(d))) {
		sv_auto_free char *path = NULL;

		require(asprintf(&path, "%s/%s", dir, entry->d_name) > 0);
		load(path);
	}
}

static int by_content(const void *a, const void *b)
{
	const struct seed *x = a, *y = b;
	int order = memcmp(x->bytes, y->bytes, x->size < y->size ? x->size : y->size);

	return order ? order : (x->size > y->size) - (x->size < y->size);
}

static void catch_ends(void)
{
	const struct itimerval second = {{1, 0}, {1, 0}};

	__sanitizer_set_death_callback(keep_input);
	(void)signal(SIGABRT, on_abort);
	(void)signal(SIGALRM, on_tick);
	(void)setitimer(ITIMER_REAL, &second, NULL);
}

/* Parses the seconds: a digit or two, as in the makefile ("2", "0"). */
static long seconds(void)
{
	const char *text = getenv("FUZZ_S");
	long s = 0;

	for (; text && *text >= '0' && *text <= '9' && s < 100000; text++)
		s = s * 10 + (*text - '0');
	return text && !*text ? s : 1;
}

static const char *name_of(const char *program)
{
	const char *name = strrchr(program, '/');

	name = name ? name + 1 : program;
	return strncmp(name, "fuzz-", 5) == 0 ? name + 5 : name;
}

int main(int argc, char **argv)
{
	const char *dir = getenv("SVIRT_SRCDIR");
	char path[PATH_MAX];
	time_t end = time(NULL) + seconds();
	size_t seeds;

	fuzz.name = name_of(argv[0]);
	(void)snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", dir ? dir : ".", fuzz.name);
	for (int i = 1; i < argc; i++)
		load(argv[i]);
	if (argc == 1)
		load_all(path);
	if (fuzz.n == 0) {
		(void)dprintf(STDERR_FILENO, "fuzz-%s: no seeds in %s\n", fuzz.name, path);
		return 1;
	}
	qsort(fuzz.seeds, fuzz.n, sizeof(*fuzz.seeds), by_content);
	catch_ends();
	seeds = fuzz.n;
	for (size_t i = 0; i < seeds; i++) {
		take(&fuzz.seeds[i]);
		run();
	}
	while (argc == 1 && time(NULL) < end) {
		take(&fuzz.seeds[below(fuzz.n)]);
		for (size_t n = 1 + below(MAX_CHANGES); n > 0; n--) {
			if (fuzz.size)
				change();
		}
		run();
	}
	(void)dprintf(STDOUT_FILENO, "fuzz-%s: %llu runs, %zu seeds\n", fuzz.name,
		      (unsigned long long)fuzz.runs, seeds);
	for (size_t i = 0; i < seeds; i++)
		free(fuzz.seeds[i].bytes);
	return 0;
}
