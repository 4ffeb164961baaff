/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The internal error as the public one: see publish.h. */
#include "api/publish.h"

#include <string.h>

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
	if (r >= 0)
		return 0;
	*to = (struct svirt_error){
		.code = (enum svirt_code)from->code,
		.sys = from->sys,
		.line = from->line,
	};
	memcpy(to->file, from->file, sizeof(to->file));
	memcpy(to->msg, from->msg, sizeof(to->msg));
	memcpy(to->hint, from->hint, sizeof(to->hint));
	return -(int)to->code;
}
