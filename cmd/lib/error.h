/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filling the error object of the public interface from the command line's side. Messages name
 * the object and the reason, hints say what to do next; nothing is printed here.
 */
#pragma once

#include "svirt.h"

/* Fills *err and returns -code. */
int fail(struct svirt_error *err, enum svirt_code code, const char *fmt, ...)
	__attribute__((__format__(__printf__, 3, 4)));
/* Sets the hint and returns -code. */
int hint(struct svirt_error *err, const char *fmt, ...)
	__attribute__((__format__(__printf__, 2, 3)));

/* The domain file spec could not be opened: errno is e. Returns -code. */
int fail_domain_file(struct svirt_error *err, const char *spec, int e);

/* The exit status for *err: 1 to 9, whatever it holds. */
int error_status(const struct svirt_error *err);

/* Ends the program with status 9: without memory it cannot report anything more. */
void no_memory(void) __attribute__((__noreturn__));
