/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How images name each other: what is a path, what is a protocol, and which path a relative name
 * means. Lexical only, and strict: a name that has to be guessed at is refused.
 */
#include "base/string.h"
#include "domain/image/image.h"
#include "domain/image/parts.h"

void sv_image_ref_free(struct sv_image_ref **ref)
{
	struct sv_image_ref *r = *ref;

	*ref = NULL;
	if (!r)
		return;
	/* as deep as the JSON was, which is bounded */
	sv_image_ref_free(&r->backing);
	sv_image_ref_free(&r->data_file);
	free(r->text);
	free(r->path);
	free(r->scheme);
	free(r->format);
	free(r);
}

static int check_name(const char *what, const uint8_t *name, size_t len, size_t max,
		      struct sv_error *err)
{
	size_t i;

	if (len == 0)
		return sv_fail(err, SV_E_USAGE, 0, "%s is empty", what);
	if (len > max)
		return sv_fail(err, SV_E_USAGE, 0, "%s of %zu bytes, at most %zu", what, len, max);
	for (i = 0; i < len; i++) {
		if (name[i] == '\0')
			return sv_fail(err, SV_E_USAGE, 0, "%s has a NUL at byte %zu of %zu", what,
				       i, len);
		if (name[i] < 0x20 || name[i] == 0x7f)
			return sv_fail(err, SV_E_USAGE, 0,
				       "%s has the control character \\x%02x at byte %zu", what,
				       name[i], i);
	}
	return 0;
}

/* Fills path or scheme from ref->text. */
static int classify(const char *what, struct sv_image_ref *ref, struct sv_error *err)
{
	const char *text = ref->text;
	size_t n = strcspn(text, ":/");
	char shown[192];

	if (sv_starts_with(text, "json:"))
		return sv_image_json_parse(what, text + strlen("json:"), ref, err);
	if (text[n] != ':') {
		ref->where = SV_IMAGE_LOCAL;
		return sv_strdup(text, &ref->path, err);
	}
	if (sv_starts_with(text, "file:")) {
		if (text[n + 1] != '/') {
			(void)sv_fail(err, SV_E_USAGE, 0, "%s '%s' is relative behind file:", what,
				      sv_escape(text, shown, sizeof(shown)));
			return sv_hint(err, "write it without file:, or as an absolute path");
		}
		ref->where = SV_IMAGE_LOCAL;
		return sv_strdup(text + n + 1, &ref->path, err);
	}
	ref->where = SV_IMAGE_PROTOCOL;
	ref->scheme = strndup(text, n);
	return ref->scheme ? 0 : sv_fail_oom(err);
}

int sv_image_ref_parse(const char *what, const void *name, size_t len, size_t max,
		       struct sv_image_ref **ret, struct sv_error *err)
{
	sv_auto_image_ref struct sv_image_ref *ref = NULL;
	int r = check_name(what, name, len, max, err);

	if (r < 0)
		return r;
	ref = calloc(1, sizeof(*ref));
	if (!ref)
		return sv_fail_oom(err);
	ref->text = strndup(name, len);
	if (!ref->text)
		return sv_fail_oom(err);
	r = classify(what, ref, err);
	if (r < 0)
		return r;
	*ret = sv_take_ptr(ref);
	return 0;
}

/* Takes ".", ".." and empty components out of an absolute path, in place. */
static void tidy(char *path)
{
	char *out = path;
	const char *p = path;

	while (*p) {
		size_t len;

		p += strspn(p, "/");
		len = strcspn(p, "/");
		if (len == 2 && p[0] == '.' && p[1] == '.') {
			while (out > path && *--out != '/')
				;
		} else if (len > 0 && !(len == 1 && p[0] == '.')) {
			*out++ = '/';
			memmove(out, p, len);
			out += len;
		}
		p += len;
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
}

int sv_image_resolve(const char *image, const char *name, char **ret, struct sv_error *err)
{
	const char *slash = strrchr(image, '/');
	char shown[192];
	size_t dir;
	int r;

	if (image[0] != '/' || !slash)
		return sv_fail(err, SV_E_USAGE, 0, "the image '%s' is not an absolute path",
			       sv_escape(image, shown, sizeof(shown)));
	dir = name[0] == '/' ? 0 : (size_t)(slash - image) + 1;
	if (dir + strlen(name) > SV_IMAGE_PATH_MAX)
		return sv_fail(err, SV_E_USAGE, 0,
			       "the path of '%s' has %zu bytes with its directory, at most %d",
			       sv_escape(name, shown, sizeof(shown)), dir + strlen(name),
			       SV_IMAGE_PATH_MAX);
	r = sv_asprintf(ret, err, "%.*s%s", (int)dir, image, name);
	if (r == 0)
		tidy(*ret);
	return r;
}

static void put_utf8(struct sv_buf *buf, uint32_t c)
{
	char out[4];
	size_t n = 0;

	if (c < 0x80) {
		out[n++] = (char)(c == '\\' ? '/' : c);
	} else if (c < 0x800) {
		out[n++] = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		out[n++] = (char)(0xe0 | c >> 12);
		out[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		out[n++] = (char)(0xf0 | c >> 18);
		out[n++] = (char)(0x80 | (c >> 12 & 0x3f));
		out[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	}
	if (c >= 0x80)
		out[n++] = (char)(0x80 | (c & 0x3f));
	sv_buf_add(buf, out, n);
}

int sv_image_utf16(const char *what, const uint8_t *bytes, size_t len, bool big_endian, char **ret,
		   struct sv_error *err)
{
	sv_auto_buf struct sv_buf buf = {0};
	uint32_t high = 0;
	size_t i;

	if (len % 2)
		return sv_fail(err, SV_E_USAGE, 0, "%s of %zu bytes, UTF-16 has an even number",
			       what, len);
	for (i = 0; i < len; i += 2) {
		uint32_t c =
			big_endian ? (uint32_t)(bytes[i] << 8 | bytes[i + 1]) : sv_le16(bytes + i);
		bool is_low = c >= 0xdc00 && c <= 0xdfff;

		if (is_low != (high != 0))
			return sv_fail(err, SV_E_USAGE, 0, "%s is not UTF-16 at byte %zu", what, i);
		if (c == 0)
			break;
		if (c >= 0xd800 && c <= 0xdbff) {
			high = c;
			continue;
		}
		put_utf8(&buf, is_low ? 0x10000 + ((high - 0xd800) << 10) + (c - 0xdc00) : c);
		high = 0;
	}
	if (high)
		return sv_fail(err, SV_E_USAGE, 0, "%s is not UTF-16 at its end", what);
	return sv_buf_take(&buf, ret, err);
}

int sv_image_parent(struct sv_image_parser *p, const char *name, struct sv_error *err)
{
	const char *format = sv_image_format_name(p->h.format);
	char what[32], shown[192];
	int r;

	(void)snprintf(what, sizeof(what), "%s: parent name", format);
	if (name[0] == '/' || name[strcspn(name, ":/")] == ':') {
		(void)sv_fail(err, SV_E_USAGE, 0, "%s '%s' is a path of another system", what,
			      sv_escape(name, shown, sizeof(shown)));
		return sv_hint(err, "only parents with a path relative to the image can be found");
	}
	r = sv_strdup(format, &p->h.backing_format, err);
	if (r < 0)
		return r;
	return sv_image_ref_parse(what, name, strlen(name), SV_IMAGE_PATH_MAX, &p->h.backing, err);
}
