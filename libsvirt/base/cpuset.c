/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets of processors as text: see cpuset.h. */
#include "base/cpuset.h"

#include "base/parse.h"

/* One part of the list: "3", "0-3", "^3". Changes part. */
static int parse_part(char *part, const char *what, cpu_set_t *set, struct sv_error *err)
{
	bool out = *part == '^';
	char *first = part + out, *last = strchr(first, '-');
	uint32_t from, to;

	if (last)
		*last++ = '\0';
	if (sv_parse_u32(first, 0, CPU_SETSIZE - 1, what, &from, err) < 0)
		return -(int)err->code;
	to = from;
	if (last && sv_parse_u32(last, 0, CPU_SETSIZE - 1, what, &to, err) < 0)
		return -(int)err->code;
	if (to < from)
		return sv_fail(err, SV_E_USAGE, 0, "%s: %s-%s does not go from low to high", what,
			       first, last);
	for (; from <= to; from++) {
		if (out)
			CPU_CLR(from, set);
		else
			CPU_SET(from, set);
	}
	return 0;
}

int sv_cpuset_parse(const char *text, const char *what, cpu_set_t *ret, struct sv_error *err)
{
	sv_auto_free char *copy = NULL;
	cpu_set_t set;
	char *rest, *part;
	int r = sv_strdup(text, &copy, err);

	CPU_ZERO(&set);
	rest = copy;
	while (r == 0 && (part = strsep(&rest, ",")))
		r = parse_part(part, what, &set, err);
	if (r < 0)
		return sv_hint(err, "a list of numbers and of ranges, such as 0-3,6");
	if (CPU_COUNT(&set) == 0)
		return sv_fail(err, SV_E_USAGE, 0, "%s: the list leaves nothing", what);
	*ret = set;
	return 0;
}

void sv_cpuset_print(const cpu_set_t *set, struct sv_buf *buf)
{
	const char *comma = "";

	for (unsigned i = 0; i < CPU_SETSIZE; i++) {
		unsigned first = i;

		if (!CPU_ISSET(i, set))
			continue;
		while (i + 1 < CPU_SETSIZE && CPU_ISSET(i + 1, set))
			i++;
		sv_buf_printf(buf, "%s%u", comma, first);
		if (i > first)
			sv_buf_printf(buf, "-%u", i);
		comma = ",";
	}
}

int sv_cpuset_beyond(const cpu_set_t *set, const cpu_set_t *all)
{
	for (unsigned i = 0; i < CPU_SETSIZE; i++) {
		if (CPU_ISSET(i, set) && !CPU_ISSET(i, all))
			return (int)i;
	}
	return -1;
}
