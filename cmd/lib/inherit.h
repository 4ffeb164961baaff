/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process inherits from its caller: limits (setrlimit(2)), the signal mask, ignored signals,
 * the mask of file modes. Priorities stay, because they are given on purpose (nice, ionice, chrt,
 * taskset), also to the guest.
 */
#pragma once

#include "lib/command.h"

/* For svirt itself: it has to be able to open as many files as it has arguments. SVIRT_E_HOST: it
 * cannot. */
int inherit_files(struct svirt_error *err) must_check;

/* For the manager: removes everything that could end it half way. Signals that the caller ignores
 * stay ignored, as nohup(1) and shells expect, except SIGCHLD; guests and monitors ignore none. A
 * limit that cannot be changed stays, and is an error of the call that meets it. */
void inherit_nothing(void);
