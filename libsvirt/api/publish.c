/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The internal error as the public one, and the caller's options: see publish.h. */
#include "api/publish.h"

#include <string.h>

/* Up to the last member of the first version of the header: no caller has less. */
#define END_OF(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))
enum {
	ERROR_LEAST = END_OF(struct svirt_error, hint),
	OPTIONS_LEAST = END_OF(struct svirt_options, accept_chain),
	OPTIONS_MOST = 4096, /* more is a size that nobody has set */
};

/* The internal codes are the public ones. */
_Static_assert((int)SV_E_FINDINGS == SVIRT_E_FINDINGS && (int)SV_E_USAGE == SVIRT_E_USAGE &&
		       (int)SV_E_HOST == SVIRT_E_HOST &&
		       (int)SV_E_PERMISSION == SVIRT_E_PERMISSION &&
		       (int)SV_E_BUSY == SVIRT_E_BUSY && (int)SV_E_NOTFOUND == SVIRT_E_NOTFOUND &&
		       (int)SV_E_EXHAUSTED == SVIRT_E_EXHAUSTED &&
		       (int)SV_E_PARTIAL == SVIRT_E_PARTIAL && (int)SV_E_UNKNOWN == SVIRT_E_UNKNOWN,
	       "error codes");

_Static_assert(sizeof(((struct sv_error *)0)->file) == sizeof(((struct svirt_error *)0)->file) &&
		       sizeof(((struct sv_error *)0)->msg) ==
			       sizeof(((struct svirt_error *)0)->msg) &&
		       sizeof(((struct sv_error *)0)->hint) ==
			       sizeof(((struct svirt_error *)0)->hint),
	       "error buffers");

int sv_publish(int r, const struct sv_error *from, struct svirt_error *to)
{
	struct svirt_error all = {
		.size = to->size,
		.code = (enum svirt_code)from->code,
		.sys = from->sys,
		.line = from->line,
	};

	if (r >= 0)
		return 0;
	memcpy(all.file, from->file, sizeof(all.file));
	memcpy(all.msg, from->msg, sizeof(all.msg));
	memcpy(all.hint, from->hint, sizeof(all.hint));
	if (to->size >= ERROR_LEAST)
		memcpy(to, &all, to->size < sizeof(all) ? to->size : sizeof(all));
	return -(int)all.code;
}

int sv_options_of(const struct svirt_options *from, struct svirt_options *ret, struct sv_error *err)
{
	struct svirt_options all = SVIRT_OPTIONS_INIT;
	const char *bytes = (const char *)from;

	if (from && (from->size < OPTIONS_LEAST || from->size > OPTIONS_MOST)) {
		(void)sv_fail(err, SV_E_USAGE, 0, "struct svirt_options of %zu bytes", from->size);
		return sv_hint(err, "begin it with SVIRT_OPTIONS_INIT");
	}
	for (size_t i = sizeof(all); from && i < from->size; i++) {
		if (bytes[i])
			return sv_fail(err, SV_E_USAGE, 0,
				       "an option that this version of libsvirt does not know");
	}
	if (from)
		memcpy(&all, from, from->size < sizeof(all) ? from->size : sizeof(all));
	*ret = all;
	return 0;
}
