// SPDX-License-Identifier: GPL-2.0-or-later
//
// The tries of an attacker, one small action each: for the probe, which tests run in a guest's
// context, and for the compromised emulator (vmm.c).
#pragma once

#include <stddef.h>

enum {
	TRY_WORDS = 4,	 // of one try, with its name
	TRY_LINE = 8192, // of its output
};

// Makes the try in words: its name and its arguments, ended by NULL, with room for TRY_WORDS + 1.
// Fills ret with "WHAT: allowed" or "WHAT: denied ERRNO-NAME". -1: no such try, or too few
// arguments.
int try_words(char **words, char *ret, size_t room);

// The same with the words in one line, which is modified. 1: the line is empty or a comment.
int try_line(char *line, char *ret, size_t room);
