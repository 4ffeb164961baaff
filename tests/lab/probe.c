// SPDX-License-Identifier: GPL-2.0-or-later
//
// The attacker: the tries of somebody who has compromised a VMM. Runs in a guest's domain, does one
// thing per sub-command (tries.c) and prints one line, "WHAT: allowed" or "WHAT: denied
// ERRNO-NAME". It is static, so that it needs no other file of the host. A wrong call ends with 2,
// everything else with 0: the test judges what is allowed or denied.
//
// "probe batch" reads one such command per line from standard input, for many tries in one process.

#include "tries.h"

#include <stdio.h>
#include <string.h>

static int judged(int r, const char *said)
{
	if (r == 0) {
		puts(said);
		fflush(stdout);
	} else if (r < 0) {
		fprintf(stderr, "probe: not a try, or too few words\n");
	}
	return r < 0 ? 2 : 0;
}

static int batch(void)
{
	char line[TRY_LINE], said[TRY_LINE];
	int ret = 0;

	while (fgets(line, sizeof(line), stdin)) {
		if (judged(try_line(line, said, sizeof(said)), said) != 0)
			ret = 2;
	}
	return ret;
}

int main(int argc, char **argv)
{
	char *words[TRY_WORDS + 1] = {NULL};
	char said[TRY_LINE];

	if (argc == 2 && strcmp(argv[1], "batch") == 0)
		return batch();
	for (int n = 0; n < TRY_WORDS && n + 1 < argc; n++)
		words[n] = argv[n + 1];
	return judged(try_words(words, said, sizeof(said)), said);
}
