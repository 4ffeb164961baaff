/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strict readers of numbers and fixed words: see parse.h. */
#include "base/parse.h"

#include "base/string.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>

int sv_parse_u64(const char *s, uint64_t min, uint64_t max, const char *what, uint64_t *ret,
		 struct sv_error *err)
{
	const char *p;
	uint64_t v = 0;
	char shown[64];

	for (p = s; *p >= '0' && *p <= '9'; p++) {
		uint64_t digit = (uint64_t)(*p - '0');

		if (__builtin_mul_overflow(v, (uint64_t)10, &v) ||
		    __builtin_add_overflow(v, digit, &v))
			return sv_fail(err, SV_E_USAGE, 0, "%s: '%s' is out of range", what,
				       sv_escape(s, shown, sizeof(shown)));
	}
	if (p == s || *p || (s[0] == '0' && s[1]))
		return sv_fail(err, SV_E_USAGE, 0, "%s: '%s' is not a whole decimal number", what,
			       sv_escape(s, shown, sizeof(shown)));
	if (v < min || v > max)
		return sv_fail(err, SV_E_USAGE, 0,
			       "%s: %" PRIu64 " is out of range (%" PRIu64 " to %" PRIu64 ")", what,
			       v, min, max);
	*ret = v;
	return 0;
}

int sv_parse_u32(const char *s, uint32_t min, uint32_t max, const char *what, uint32_t *ret,
		 struct sv_error *err)
{
	uint64_t v;
	int r = sv_parse_u64(s, min, max, what, &v, err);

	if (r < 0)
		return r;
	*ret = (uint32_t)v;
	return 0;
}

int sv_parse_number(const char *s, uint32_t max, const char *what, uint32_t *ret,
		    struct sv_error *err)
{
	const char *p = s + 2;
	uint64_t v = 0;
	char shown[64];

	if (s[0] != '0' || (s[1] | 0x20) != 'x')
		return sv_parse_u32(s, 0, max, what, ret, err);
	for (; isxdigit((unsigned char)*p) && p < s + 10; p++) {
		unsigned digit =
			*p <= '9' ? (unsigned)(*p - '0') : (unsigned)((*p | 0x20) - 'a') + 10;

		v = v << 4 | digit;
	}
	if (p == s + 2 || *p)
		return sv_fail(err, SV_E_USAGE, 0,
			       "%s: '%s' is not a number of up to 8 hexadecimal digits", what,
			       sv_escape(s, shown, sizeof(shown)));
	if (v > max)
		return sv_fail(err, SV_E_USAGE, 0,
			       "%s: %#" PRIx64 " is out of range (0 to %#" PRIx32 ")", what, v,
			       max);
	*ret = (uint32_t)v;
	return 0;
}

int sv_parse_hex(const char *s, size_t n, void *ret)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char *out = ret;

	if (strlen(s) / 2 != n || strlen(s) % 2 != 0 || s[strspn(s, digits)])
		return SV_NONE;
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)((strchr(digits, s[2 * i]) - digits) << 4 |
					 (strchr(digits, s[2 * i + 1]) - digits));
	return 0;
}

int sv_parse_yes_no(const char *s, const char *what, bool *ret, struct sv_error *err)
{
	char shown[64];

	if (!sv_streq(s, "yes") && !sv_streq(s, "no"))
		return sv_fail(err, SV_E_USAGE, 0, "%s: '%s' is neither 'yes' nor 'no'", what,
			       sv_escape(s, shown, sizeof(shown)));
	*ret = s[0] == 'y';
	return 0;
}

int sv_parse_uuid(const char *s, char ret[SV_UUID_LEN + 1], struct sv_error *err)
{
	char out[SV_UUID_LEN + 1];
	bool hyphens = strlen(s) == SV_UUID_LEN;
	const char *p = s;
	char shown[64];
	unsigned i;

	for (i = 0; i < SV_UUID_LEN; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			out[i] = '-';
			if (hyphens && *p++ != '-')
				break;
			continue;
		}
		if (!isxdigit((unsigned char)*p))
			break;
		out[i] = (char)tolower((unsigned char)*p++);
	}
	if (i < SV_UUID_LEN || *p)
		return sv_fail(err, SV_E_USAGE, 0, "'%s' is not a UUID",
			       sv_escape(s, shown, sizeof(shown)));
	out[SV_UUID_LEN] = '\0';
	memcpy(ret, out, sizeof(out));
	return 0;
}

int sv_parse_choice(const char *s, const char *const *choices, unsigned *ret)
{
	unsigned i;

	for (i = 0; choices[i]; i++) {
		if (sv_streq(s, choices[i])) {
			*ret = i;
			return 0;
		}
	}
	return SV_NONE;
}

static bool has_control(const char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	}
	return false;
}

const char *sv_path_fault(const char *path)
{
	const char *part = path;

	if (path[0] != '/')
		return "is not absolute";
	if (has_control(path))
		return "holds a control character";
	if (strlen(path) >= PATH_MAX)
		return "is longer than a path can be";
	while (*part) {
		size_t len = strcspn(++part, "/");

		if (len == 0)
			return "has an empty component";
		if ((len == 1 && part[0] == '.') || (len == 2 && part[0] == '.' && part[1] == '.'))
			return "has a '.' or '..' component";
		part += len;
	}
	return NULL;
}
