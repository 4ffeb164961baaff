/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A descriptor of firmware against the wishes of a domain: see descriptor.h. Keys and words that
 * are not known here are somebody else's wishes, and passed over.
 */
#include "qemu/descriptor.h"

#include "base/parse.h"
#include "base/string.h"

#include <fnmatch.h>
#include <jansson.h>

enum { SEV_ES = 1 << 2 }; /* of a policy of SEV */

struct reader {
	const char *file;
	const struct sv_domain *dom;
	json_t *root; /* borrowed */
	struct sv_error *err;
};

static void put_json(json_t **value)
{
	json_decref(*value);
}
#define auto_json sv_cleanup(put_json)

void sv_descriptor_done(struct sv_descriptor *d)
{
	free(d->code);
	free(d->vars);
	*d = (struct sv_descriptor){0};
}

/* A key that has to be there. NULL: it is not, or has another type, and err is filled. */
static json_t *member(const struct reader *rd, json_t *object, const char *key, json_type type)
{
	static const char *const nouns[] = {
		[JSON_OBJECT] = "an object",
		[JSON_ARRAY] = "a list",
		[JSON_STRING] = "a text",
	};
	json_t *value = json_object_get(object, key);

	if (value && json_typeof(value) == type)
		return value;
	(void)sv_fail_at(rd->err, rd->file, 0, "'%s' is %s%s", key, value ? "not " : "missing",
			 value ? nouns[type] : "");
	return NULL;
}

static bool list_has(json_t *list, const char *word)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (sv_streq(json_string_value(item), word))
			return true;
	}
	return false;
}

/* "pc" and "q35" are names for the newest version of a family. */
static bool machine_fits(const char *machine, const char *glob)
{
	static const struct {
		const char *alias, *version;
	} families[] = {{"pc", "pc-i440fx-"}, {"q35", "pc-q35-"}};

	if (fnmatch(glob, machine, 0) == 0)
		return true;
	for (size_t i = 0; i < SV_N_ELEMENTS(families); i++) {
		if (sv_streq(machine, families[i].alias))
			return fnmatch(glob, families[i].version, 0) == 0;
	}
	return false;
}

static bool target_fits(const struct sv_domain *dom, json_t *target)
{
	const char *arch = json_string_value(json_object_get(target, "architecture"));
	json_t *item, *machines = json_object_get(target, "machines");
	size_t i;

	if (!sv_streq(arch, dom->arch ? dom->arch : "x86_64"))
		return false;
	json_array_foreach(machines, i, item)
	{
		const char *glob = json_string_value(item);

		if (glob && machine_fits(dom->machine ? dom->machine : "pc", glob))
			return true;
	}
	return false;
}

static int check_targets(const struct reader *rd, const char **why)
{
	json_t *types = member(rd, rd->root, "interface-types", JSON_ARRAY);
	json_t *target, *targets = types ? member(rd, rd->root, "targets", JSON_ARRAY) : NULL;
	size_t i;

	if (!targets)
		return -(int)rd->err->code;
	*why = list_has(types, "uefi") ? "is for other machines" : "is not for UEFI";
	if (!list_has(types, "uefi"))
		return 0;
	json_array_foreach(targets, i, target)
	{
		if (target_fits(rd->dom, target))
			*why = NULL;
	}
	return 0;
}

/* Without a word about it svirt switches nothing on that the document does not have. */
static bool may_have_smm(const struct sv_firmware *wish)
{
	if (wish->smm == SV_WISH_NO || wish->secure == SV_WISH_NO)
		return false;
	return wish->smm == SV_WISH_YES || wish->secure == SV_WISH_YES ||
	       wish->secure_boot == SV_WISH_YES || wish->enrolled_keys == SV_WISH_YES;
}

static int check_features(const struct reader *rd, bool *smm, const char **why)
{
	const struct sv_firmware *wish = &rd->dom->boot.firmware;
	json_t *features = member(rd, rd->root, "features", JSON_ARRAY);
	bool boot = list_has(features, "secure-boot"), keys = list_has(features, "enrolled-keys");
	bool sev = rd->dom->sev.line != 0, es = sev && rd->dom->sev.policy & SEV_ES;

	if (!features)
		return -(int)rd->err->code;
	*smm = list_has(features, "requires-smm");
	const struct {
		bool wrong;
		const char *why;
	} table[] = {
		{wish->secure_boot == SV_WISH_YES && !boot, "has no secure boot"},
		{wish->secure_boot == SV_WISH_NO && boot, "has secure boot"},
		{wish->enrolled_keys == SV_WISH_YES && !keys, "has no enrolled keys"},
		{wish->enrolled_keys == SV_WISH_NO && keys, "has enrolled keys"},
		{wish->secure == SV_WISH_YES && !(boot && *smm), "is not secure"},
		{*smm && !may_have_smm(wish), "needs system management mode"},
		{sev && !list_has(features, "amd-sev"), "is not for SEV"},
		{es && !list_has(features, "amd-sev-es"), "is not for SEV-ES"},
	};

	for (size_t i = 0; !*why && i < SV_N_ELEMENTS(table); i++) {
		if (table[i].wrong)
			*why = table[i].why;
	}
	return 0;
}

/* {"filename": ..., "format": ...}. A file of another format than raw does not fit. */
static int read_file(const struct reader *rd, json_t *mapping, const char *key, char **ret,
		     const char **why)
{
	json_t *file = member(rd, mapping, key, JSON_OBJECT);
	json_t *name = file ? member(rd, file, "filename", JSON_STRING) : NULL;
	json_t *format = name ? member(rd, file, "format", JSON_STRING) : NULL;
	const char *path = json_string_value(name), *fault;
	char shown[128];

	if (!format)
		return -(int)rd->err->code;
	if (!sv_streq(json_string_value(format), "raw")) {
		*why = "is not raw";
		return 0;
	}
	fault = sv_path_fault(path);
	if (fault)
		return sv_fail_at(rd->err, rd->file, 0, "'filename': '%s' %s",
				  sv_escape(path, shown, sizeof(shown)), fault);
	return sv_strdup(path, ret, rd->err);
}

static int read_mapping(const struct reader *rd, struct sv_descriptor *d)
{
	bool none = rd->dom->boot.firmware.stateless;
	json_t *mapping = member(rd, rd->root, "mapping", JSON_OBJECT);
	json_t *device = mapping ? member(rd, mapping, "device", JSON_STRING) : NULL;
	const char *mode = "split"; /* of QEMU before there were modes */
	json_t *named;
	int r;

	if (!device)
		return -(int)rd->err->code;
	if (!sv_streq(json_string_value(device), "flash")) {
		d->why = "is no flash chip";
		return 0;
	}
	if (json_object_get(mapping, "mode")) {
		named = member(rd, mapping, "mode", JSON_STRING);
		if (!named)
			return -(int)rd->err->code;
		mode = json_string_value(named);
	}
	if (!sv_streq(mode, none ? "stateless" : "split")) {
		d->why = none ? "is not stateless" : "has no variables in a file of their own";
		return 0;
	}
	r = read_file(rd, mapping, "executable", &d->code, &d->why);
	if (r == 0 && !d->why && !none)
		r = read_file(rd, mapping, "nvram-template", &d->vars, &d->why);
	return r;
}

int sv_descriptor_read(const char *text, size_t len, const char *file, const struct sv_domain *dom,
		       struct sv_descriptor *ret, struct sv_error *err)
{
	sv_auto_descriptor struct sv_descriptor d = {0};
	json_error_t at;
	auto_json json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &at);
	const struct reader rd = {.file = file, .dom = dom, .root = root, .err = err};
	char shown[128];
	int r;

	if (!json_is_object(root))
		return sv_fail_at(err, file,
				  root		? 1
				  : at.line > 0 ? (unsigned)at.line
						: 0,
				  "%s",
				  root ? "is not an object of JSON"
				       : sv_escape(at.text, shown, sizeof(shown)));
	r = check_targets(&rd, &d.why);
	if (r == 0 && !d.why)
		r = check_features(&rd, &d.smm, &d.why);
	if (r == 0 && !d.why)
		r = read_mapping(&rd, &d);
	if (r < 0)
		return r;
	if (d.why) {
		*ret = (struct sv_descriptor){.why = d.why};
		return SV_NONE;
	}
	*ret = d;
	d = (struct sv_descriptor){0};
	return 0;
}
