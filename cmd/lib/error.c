/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The error object as the command line fills it: see error.h. */
#include "lib/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int fail(struct svirt_error *err, enum svirt_code code, const char *fmt, ...)
{
	va_list ap;

	*err = (struct svirt_error)SVIRT_ERROR_INIT;
	err->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	return -(int)code;
}

int hint(struct svirt_error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(err->hint, sizeof(err->hint), fmt, ap);
	va_end(ap);
	return -(int)err->code;
}

int fail_domain_file(struct svirt_error *err, const char *spec, int e)
{
	(void)fail(err,
		   e == ENOENT || e == ENOTDIR ? SVIRT_E_NOTFOUND
		   : e == EACCES	       ? SVIRT_E_PERMISSION
					       : SVIRT_E_UNKNOWN,
		   "cannot open the domain file %s: %s", spec, strerror(e));
	err->sys = e;
	return -(int)err->code;
}

int error_status(const struct svirt_error *err)
{
	if (err->code >= SVIRT_E_FINDINGS && err->code <= SVIRT_E_UNKNOWN)
		return (int)err->code;
	return SVIRT_E_UNKNOWN;
}

void no_memory(void)
{
	(void)fputs("svirt: no memory left\n", stderr);
	exit(SVIRT_E_UNKNOWN);
}
