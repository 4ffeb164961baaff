/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sets of processors or of memory nodes as text: "0-3,6". The kernel writes them so (cpuset(7),
 * list format). A document may also take numbers out again: "0-7,^3". Knows no host.
 */
#pragma once

#include "base/string.h"

#include <sched.h>

/* Reads a set that is not empty, of numbers below CPU_SETSIZE. what names it in the message.
 * SV_E_USAGE: the text is something else. */
int sv_cpuset_parse(const char *text, const char *what, cpu_set_t *ret,
		    struct sv_error *err) sv_must_check;

/* Appends the set in the kernel's format, which the kernel reads too. */
void sv_cpuset_print(const cpu_set_t *set, struct sv_buf *buf);

/* The lowest number of set that is not in all; -1: there is none. */
int sv_cpuset_beyond(const cpu_set_t *set, const cpu_set_t *all);
