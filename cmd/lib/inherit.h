/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process has of whoever typed the command: limits (setrlimit(2)), the mask of signals and
 * what is done about them, the mask of file modes. Not its priorities: those are given on purpose
 * (nice, ionice, chrt, taskset), also to the guest.
 */
#pragma once

#include "lib/command.h"

/* Of svirt itself: it may open as many files as it has arguments. SVIRT_E_HOST when it may not. */
int inherit_files(struct svirt_error *err) must_check;

/* Of the manager: nothing that could end it half way. What the caller ignores stays ignored, as
 * nohup(1) and shells mean it, but SIGCHLD: guests and monitors have none of it. What cannot be
 * changed stays, and is an error of the call that it stops. */
void inherit_nothing(void);
