/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * "json:{...}" as the name of an image: QEMU's block device options, nested ({"file": {...}}) or
 * with dotted keys ("file.filename"), in any mixture (QEMU, manual page, "json:" pseudo-protocol,
 * and the BlockdevOptions of its QAPI schema). The one file of this layer that knows jansson.
 */
#include "base/string.h"
#include "domain/image/parts.h"

#include <jansson.h>

/* An object, or those keys of an object that begin with a prefix ("file."). */
struct view {
	json_t *object; /* borrowed */
	char prefix[64];
	const char *what; /* begins the messages */
	unsigned depth;
};

static int read_image(const struct view *v, struct sv_image_ref *ref, struct sv_error *err);

static void put_json(json_t **value)
{
	json_decref(*value);
}
#define auto_json sv_cleanup(put_json)

static json_t *member(const struct view *v, const char *key)
{
	char full[128];

	(void)snprintf(full, sizeof(full), "%s%s", v->prefix, key);
	return json_object_get(v->object, full);
}

static bool has_prefix(const struct view *v, const char *prefix)
{
	const char *key;
	json_t *value;

	json_object_foreach(v->object, key, value)
	{
		if (sv_starts_with(key, prefix))
			return true;
	}
	return false;
}

static int fail(const struct view *v, const char *key, const char *reason, struct sv_error *err)
{
	return sv_fail(err, SV_E_USAGE, 0, "%s: json: '%s%s' %s", v->what, v->prefix, key, reason);
}

/* A string of the caller's, NULL when there is no such key. */
static int get_string(const struct view *v, const char *key, char **ret, struct sv_error *err)
{
	const json_t *value = member(v, key);

	if (!value) {
		*ret = NULL;
		return 0;
	}
	if (!json_is_string(value))
		return fail(v, key, "is not a string", err);
	return sv_strdup(json_string_value(value), ret, err);
}

/* Options that change nothing about which bytes of which file are meant. */
static bool is_harmless(const char *key)
{
	static const char *const words[] = {
		"read-only",	 "auto-read-only", "cache",
		"discard",	 "detect-zeroes",  "node-name",
		"force-share",	 "locking",	   "drop-cache",
		"aio",		 "lazy-refcounts", "refcount-cache-size",
		"l2-cache-size", "cache-size",
	};
	size_t len = strcspn(key, ".");

	for (size_t i = 0; i < SV_N_ELEMENTS(words); i++) {
		if (strlen(words[i]) == len && strncmp(key, words[i], len) == 0)
			return true;
	}
	return false;
}

/* Refuses keys that are not in known, which ends with NULL: an offset, an encryption key or a
 * filter would be missing in the chain that the VMM gets. */
static int check_keys(const struct view *v, const char *const *known, struct sv_error *err)
{
	const char *key;
	json_t *value;

	json_object_foreach(v->object, key, value)
	{
		const char *rest = key + strlen(v->prefix);
		size_t len, i = 0;
		char shown[64];

		if (!sv_starts_with(key, v->prefix) || is_harmless(rest))
			continue;
		len = strcspn(rest, ".");
		while (known[i] && (strlen(known[i]) != len || strncmp(rest, known[i], len) != 0))
			i++;
		if (known[i])
			continue;
		sv_fail(err, SV_E_USAGE, 0, "%s: json: '%s' is not supported", v->what,
			sv_escape(key, shown, sizeof(shown)));
		return sv_hint(err, "name the backing file by its path: qemu-img rebase -u");
	}
	return 0;
}

/* The options below key: SV_NONE when there are none. */
static int get_child(const struct view *v, const char *key, struct view *ret, struct sv_error *err)
{
	json_t *value = member(v, key);
	struct view child = {.object = v->object, .what = v->what, .depth = v->depth + 1};
	int n;

	n = snprintf(child.prefix, sizeof(child.prefix), "%s%s.", v->prefix, key);
	if (child.depth > SV_IMAGE_JSON_DEPTH_MAX || n < 0 || (size_t)n >= sizeof(child.prefix))
		return fail(v, key, "is nested too deeply", err);
	if (has_prefix(v, child.prefix)) {
		if (value)
			return fail(v, key, "is given nested and with dotted keys", err);
	} else if (!value) {
		return SV_NONE;
	} else if (json_is_string(value)) {
		return fail(v, key, "names a node, which only the running QEMU knows", err);
	} else if (!json_is_object(value)) {
		return fail(v, key, "is not an object", err);
	} else {
		child.object = value;
		child.prefix[0] = '\0';
	}
	*ret = child;
	return 0;
}

static int read_file(const struct view *v, struct sv_image_ref *ref, struct sv_error *err)
{
	static const char *const known[] = {"driver", "filename", NULL};
	sv_auto_free char *name = NULL;
	int r = check_keys(v, known, err);

	if (r == 0)
		r = get_string(v, "filename", &name, err);
	if (r < 0)
		return r;
	if (!name)
		return fail(v, "filename", "is missing", err);
	if (name[0] != '/') {
		(void)fail(v, "filename", "is not an absolute path", err);
		return sv_hint(err, "QEMU would take it from the directory in which it runs");
	}
	if (strlen(name) > SV_IMAGE_PATH_MAX)
		return fail(v, "filename", "is too long", err);
	for (const char *c = name; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return fail(v, "filename", "has a control character", err);
	}
	ref->where = SV_IMAGE_LOCAL;
	ref->path = sv_take_ptr(name);
	return 0;
}

static bool is_local(const char *driver)
{
	return sv_streq(driver, "file") || sv_streq(driver, "host_device") ||
	       sv_streq(driver, "host_cdrom");
}

/* The driver that provides the bytes: one for files, or another one, which is then the scheme. */
static int read_protocol(const struct view *v, struct sv_image_ref *ref, struct sv_error *err)
{
	sv_auto_free char *driver = NULL;
	int r = get_string(v, "driver", &driver, err);

	if (r < 0)
		return r;
	if (!driver || is_local(driver))
		return read_file(v, ref, err);
	ref->where = SV_IMAGE_NETWORK;
	ref->scheme = sv_take_ptr(driver);
	return 0;
}

static int read_inline(const struct view *v, const char *key, struct sv_image_ref **ret,
		       struct sv_error *err)
{
	sv_auto_image_ref struct sv_image_ref *ref = NULL;
	struct view child;
	int r = get_child(v, key, &child, err);

	if (r != 0)
		return r < 0 ? r : 0;
	ref = calloc(1, sizeof(*ref));
	if (!ref)
		return sv_fail_oom(err);
	r = read_image(&child, ref, err);
	if (r < 0)
		return r;
	*ret = sv_take_ptr(ref);
	return 0;
}

/* A format's driver above a file: what the file is, and what else is attached. */
static int read_format(const struct view *v, struct sv_image_ref *ref, struct sv_error *err)
{
	static const char *const known[] = {"driver", "file", "data-file", "backing", NULL};
	struct view file;
	int r = check_keys(v, known, err);

	if (r == 0)
		r = get_child(v, "file", &file, err);
	if (r == SV_NONE)
		return fail(v, "file", "is missing", err);
	if (r == 0)
		r = read_protocol(&file, ref, err);
	if (r == 0)
		r = read_inline(v, "data-file", &ref->data_file, err);
	if (r < 0)
		return r;
	if (json_is_null(member(v, "backing"))) {
		ref->backing_end = true;
		return 0;
	}
	return read_inline(v, "backing", &ref->backing, err);
}

static int read_image(const struct view *v, struct sv_image_ref *ref, struct sv_error *err)
{
	sv_auto_free char *driver = NULL;
	enum sv_image_format format;
	int r = get_string(v, "driver", &driver, err);

	if (r < 0)
		return r;
	if (driver && sv_image_format_parse(driver, &format) == SV_NONE)
		return read_protocol(v, ref, err);
	if (!driver && (member(v, "filename")))
		return read_file(v, ref, err);
	ref->format = sv_take_ptr(driver);
	return read_format(v, ref, err);
}

int sv_image_json_parse(const char *what, const char *text, struct sv_image_ref *ret,
			struct sv_error *err)
{
	auto_json json_t *root = NULL;
	json_error_t why;
	char shown[128];

	root = json_loads(text, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(root))
		return sv_fail(err, SV_E_USAGE, 0, "%s: json: %s", what,
			       root ? "not an object" : sv_escape(why.text, shown, sizeof(shown)));
	return read_image(&(struct view){.object = root, .what = what}, ret, err);
}
