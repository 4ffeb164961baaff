/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Formatting of the error object: see error.h for the convention it belongs to. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static void sv_printf(4, 0)
	vset(struct sv_error *err, enum sv_code code, int sys, const char *fmt, va_list ap)
{
	size_t used;

	if (err->code != SV_OK)
		return;
	err->code = code;
	err->sys = sys;
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	used = strlen(err->msg);
	if (sys)
		(void)snprintf(err->msg + used, sizeof(err->msg) - used, ": %s", strerror(sys));
}

int sv_fail(struct sv_error *err, enum sv_code code, int sys, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vset(err, code, sys, fmt, ap);
	va_end(ap);
	return -(int)err->code;
}

static enum sv_code code_of_errno(int sys)
{
	switch (sys) {
	case EACCES:
	case EPERM:
		return SV_E_PERMISSION;
	case ENOENT:
	case ENOTDIR:
	case ESRCH:
		return SV_E_NOTFOUND;
	case EBUSY:
	case EAGAIN:
	case ETXTBSY:
		return SV_E_BUSY;
	case EOPNOTSUPP:
	case EROFS:
	case ENOSYS:
	case ENOEXEC:
		return SV_E_HOST;
	default:
		return SV_E_UNKNOWN;
	}
}

int sv_fail_errno(struct sv_error *err, int sys, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vset(err, code_of_errno(sys), sys, fmt, ap);
	va_end(ap);
	return -(int)err->code;
}

int sv_fail_oom(struct sv_error *err)
{
	return sv_fail(err, SV_E_UNKNOWN, ENOMEM, "no memory left");
}

int sv_fail_at(struct sv_error *err, const char *file, unsigned line, const char *fmt, ...)
{
	va_list ap;

	if (err->code == SV_OK) {
		err->line = line;
		(void)snprintf(err->file, sizeof(err->file), "%s", file);
	}
	va_start(ap, fmt);
	vset(err, SV_E_USAGE, 0, fmt, ap);
	va_end(ap);
	return -(int)err->code;
}

int sv_error_place(struct sv_error *err, const char *file, unsigned line)
{
	if (!err->file[0]) {
		(void)snprintf(err->file, sizeof(err->file), "%s", file);
		err->line = line;
	}
	return -(int)err->code;
}

int sv_wrap(struct sv_error *err, const char *fmt, ...)
{
	char old[sizeof(err->msg)];
	size_t used;
	va_list ap;

	memcpy(old, err->msg, sizeof(old));
	va_start(ap, fmt);
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	used = strlen(err->msg);
	(void)snprintf(err->msg + used, sizeof(err->msg) - used, ": %s", old);
	return -(int)err->code;
}

int sv_hint(struct sv_error *err, const char *fmt, ...)
{
	va_list ap;

	if (!err->hint[0]) {
		va_start(ap, fmt);
		(void)vsnprintf(err->hint, sizeof(err->hint), fmt, ap);
		va_end(ap);
	}
	return -(int)err->code;
}
