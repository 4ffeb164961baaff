// SPDX-License-Identifier: GPL-2.0-or-later
//
// The tries of an attacker, one small misdeed each: for the probe, which tests run in a guest's
// context, and for the emulator that was taken over (vmm.c).
#pragma once

#include <stddef.h>

enum {
	TRY_WORDS = 4,	 // of one try, its name included
	TRY_LINE = 8192, // of what it prints
};

// Does the try that words says: its name and its arguments, ended by NULL, room for TRY_WORDS + 1.
// Fills ret with "WHAT: allowed" or "WHAT: denied ERRNO-NAME". -1: no such try, or too few
// arguments.
int try_words(char **words, char *ret, size_t room);

// The same with the words in one line, which is changed. 1: the line is empty or a comment.
int try_line(char *line, char *ret, size_t room);
