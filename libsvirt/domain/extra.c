/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The arguments of <qemu:commandline>, one option after the other: see extra.h. The options are in
 * extra-option.c; this file parses their values. Looks at no file.
 */
#include "domain/extra.h"

#include "base/array.h"
#include "base/parse.h"
#include "domain/extra-option.h"

#define MAX_PAIRS 64u

struct pair {
	const char *key; /* "" for a word without one that has no implied key */
	const char *value;
};

/* One option with its value, taken apart. */
struct reading {
	struct sv_extra *extra;
	const char *file;
	struct sv_error *err;
	unsigned line;
	const struct sv_option *option;
	struct pair pairs[MAX_PAIRS];
	size_t n_pairs;
};

static int fail(struct reading *in, const char *what, const char *value, const char *hint)
{
	char shown[192];

	(void)sv_fail_at(in->err, in->file, in->line, "%s of <qemu:commandline>: %s%s'%s'",
			 in->option ? in->option->name : "argument", what, *what ? " " : "",
			 sv_escape(value, shown, sizeof(shown)));
	return sv_hint(in->err, "%s", hint);
}

static int add_file(struct reading *in, const char *path, const struct sv_extra_file *like)
{
	struct sv_extra *extra = in->extra;
	struct sv_extra_file *file;

	/* its spelling is checked where it is opened */
	if (path[0] != '/')
		return fail(in, "not the full path of a file:", path,
			    "write it from '/' on, without a protocol");
	file = sv_array_add(extra->files, extra->n_files);
	if (!file)
		return sv_fail_oom(in->err);
	*file = *like;
	file->line = in->line;
	file->option = in->option->name;
	return sv_strdup(path, &file->path, in->err);
}

/* Splits value in place: a comma ends a pair, two commas stand for one. */
static int split(struct reading *in, char *value)
{
	char *read = value, *write = value, *start = value;

	while (start) {
		bool last;
		char *equals;

		while (*read && !(read[0] == ',' && read[1] != ',')) {
			if (*read == ',')
				read++;
			*write++ = *read++;
		}
		last = !*read;
		*write = '\0';
		if (in->n_pairs == MAX_PAIRS)
			return fail(in, "too many parts in", start,
				    "split it into several options");
		equals = strchr(start, '=');
		if (equals)
			*equals = '\0';
		in->pairs[in->n_pairs].key = equals ? start : "";
		if (!equals && in->n_pairs == 0 && in->option->implied)
			in->pairs[0].key = in->option->implied;
		in->pairs[in->n_pairs++].value = equals ? equals + 1 : start;
		read++;
		start = last ? NULL : read;
		write = read;
	}
	return 0;
}

static const char *value_of(const struct reading *in, const char *key)
{
	const char *found = NULL;
	size_t i;

	for (i = 0; i < in->n_pairs; i++) {
		if (sv_streq(in->pairs[i].key, key))
			found = in->pairs[i].value;
	}
	return found;
}

static bool is_on(const struct reading *in, const char *key)
{
	const char *value = value_of(in, key);
	size_t i;

	/* "readonly" alone means on; old documents write it so */
	for (i = 0; !value && i < in->n_pairs; i++) {
		if (!in->pairs[i].key[0] && sv_streq(in->pairs[i].value, key))
			return true;
	}
	return sv_streq(value, "on") || sv_streq(value, "yes") || sv_streq(value, "true");
}

static const struct sv_option_key *file_key(const struct sv_option *option, const char *key)
{
	const struct sv_option_key *known = option->files;

	for (; known && known->name; known++) {
		if (sv_streq(known->name, key))
			return known;
	}
	return NULL;
}

/* The use of a key's value depends on the other keys. */
static int add_pair_file(struct reading *in, const struct sv_option_key *key, const char *value)
{
	struct sv_extra_file file = {.kind = key->kind, .readonly = key->readonly};
	const char *backend = value_of(in, "backend");

	switch (key->kind) {
	case SV_EXTRA_IMAGE:
		file.readonly = is_on(in, "readonly") || is_on(in, "read-only") ||
				sv_streq(value_of(in, "media"), "cdrom");
		break;
	case SV_EXTRA_MEMORY:
		file.readonly = is_on(in, "readonly");
		break;
	case SV_EXTRA_STREAM:
		file.may_create = sv_streq(key->name, "logfile") || sv_streq(backend, "file");
		if (sv_streq(key->name, "path") && sv_streq(backend, "socket")) {
			file.kind = SV_EXTRA_SOCKET;
			file.may_create = is_on(in, "server");
		}
		break;
	case SV_EXTRA_DATA:
		if (strchr(value, ':') && sv_streq(in->option->name, "-acpitable"))
			return fail(in, "several files in", value, "name one");
		break;
	case SV_EXTRA_SOCKET:
	case SV_EXTRA_RNG:
	case SV_EXTRA_INPUT:
		break;
	}
	return add_file(in, value, &file);
}

/* A word alone is a key whose value is "on". */
static const char *key_of(const struct pair *pair)
{
	return pair->key[0] ? pair->key : pair->value;
}

static int fail_pair(struct reading *in, const char *what, const struct pair *pair,
		     const char *hint)
{
	sv_auto_buf struct sv_buf text = {0};

	sv_buf_puts(&text, key_of(pair));
	if (pair->key[0])
		sv_buf_printf(&text, "=%s", pair->value);
	return text.failed ? sv_fail_oom(in->err) : fail(in, what, text.s, hint);
}

/* Whether the name of a socket would be none of a file (unix(7)): no label is on it, and not each
 * policy keeps it from other guests. */
static bool is_abstract(const struct pair *pair)
{
	return sv_streq(sv_option_last_part(key_of(pair)), "abstract") &&
	       !(pair->key[0] && sv_streq(pair->value, "off"));
}

static bool has_word(const char *const *words, const char *word)
{
	unsigned at;

	return words && sv_parse_choice(word, words, &at) == 0;
}

/* Whether QEMU would open something of the host, or what is in its own directory. */
static int check_key(struct reading *in, const struct pair *pair, const char *key)
{
	const char *const *nodes = pair->key[0] ? in->option->nodes : NULL;

	if (sv_starts_with(key, "server.") || strstr(key, ".server."))
		return fail_pair(in, "the address of a server:", pair, "use <disk> for it");
	if (sv_option_is_descriptor(key))
		return fail_pair(in, "a descriptor by its number:", pair, "name a file instead");
	if (sv_option_is_file(key) && !has_word(nodes, sv_option_last_part(key)))
		return fail_pair(in, "a relative name:", pair,
				 "use an element of the domain for it");
	return 0;
}

/* The name of a key decides, whatever its value looks like. A word alone may begin with "no", which
 * makes the value "off". */
static int check_keys(struct reading *in, const struct pair *pair)
{
	const char *const *keys = in->option->keys;
	const char *key = key_of(pair), *also = NULL;
	int r;

	if (strchr(key, ','))
		return fail(in, "a comma in", key, "write key=value,key=value");
	if (!pair->key[0] && sv_starts_with(key, "no"))
		also = key + strlen("no");
	/* a default that -global sets has its key in a value, when it is written at length */
	if (sv_streq(in->option->name, "-global") && sv_streq(key, "property"))
		also = pair->value;
	r = check_key(in, pair, key);
	if (r == 0 && also)
		r = check_key(in, pair, also);
	if (r < 0 || !keys || !*key || has_word(keys, key) || (also && has_word(keys, also)))
		return r;
	return fail_pair(in, "a key that svirt does not know:", pair,
			 "remove it; svirt starts only what it understands completely");
}

/* One value that is not a file's name as far as svirt knows. */
static int check_other(struct reading *in, const struct pair *pair)
{
	if (is_abstract(pair))
		return fail(in, "a socket that is no file:", "abstract",
			    "take it out; with a path the socket gets the guest's label");
	if (strchr(pair->key, '/') ||
	    (strchr(pair->value, '/') && !has_word(in->option->texts, pair->key)))
		return fail(in, "svirt does not know what this names:", pair->value,
			    "use an element of the domain for it");
	return check_keys(in, pair);
}

/* Devices that name one of the host other than by a path, or need no name for it. */
static int check_device(struct reading *in, const char *driver)
{
	static const char *const hosts[] = {
		"vfio-",      "usb-host",   "usb-mtp",	    "pci-assign",	  "vhost-vsock",
		"vhost-scsi", "vhost-vdpa", "u2f-passthru", "ccid-card-emulated", "pvrdma"};
	size_t i;

	for (i = 0; i < SV_N_ELEMENTS(hosts); i++) {
		if (sv_starts_with(driver, hosts[i]))
			return fail(in, "a device of the host:", driver,
				    "write it as an element of the domain");
	}
	return 0;
}

/* "device.ID.PROPERTY=VALUE", which QEMU takes apart in the same way: the id has no dot. */
static int check_set(struct reading *in, char *value)
{
	static const char device[] = "device.";
	char *dot = sv_starts_with(value, device) ? strchr(value + strlen(device), '.') : NULL;
	char *equals = dot ? strchr(dot, '=') : NULL;
	char name[64];

	if (!equals || strchr(equals, '/') || (size_t)(equals - dot) > sizeof(name))
		return fail(in, "svirt does not know what this sets:", value,
			    "write it as an element of the domain");
	(void)snprintf(name, sizeof(name), "%.*s", (int)(equals - dot - 1), dot + 1);
	if (sv_option_has_property(name))
		return 0;
	return fail(in, "a property that svirt leaves alone:", name,
		    "write it as an element of the domain");
}

/* A key may occur twice: which of them counts is QEMU's affair. */
static int check_choice(struct reading *in, const struct sv_option_choice *choice)
{
	const char *implied = in->option->implied;
	size_t i, n = 0;

	for (i = 0; i < in->n_pairs; i++) {
		const struct pair *pair = &in->pairs[i];
		const char *key = pair->key;

		if (!sv_streq(choice->nested ? sv_option_last_part(key) : key, choice->key))
			continue;
		n++;
		if (has_word(choice->values, pair->value))
			continue;
		/* the key that need not be written is clear without it */
		if (sv_streq(key, implied))
			return fail(in, choice->what, pair->value, choice->hint);
		return fail_pair(in, choice->what, pair, choice->hint);
	}
	return choice->needed && n == 0 ? fail(in, choice->what, "", choice->hint) : 0;
}

/* The type of an object decides the meaning of its values. */
static int check_types(struct reading *in)
{
	const struct sv_option_choice *choice = in->option->choices;
	bool device = sv_streq(in->option->name, "-device");
	size_t i;
	int r = 0;

	for (; r == 0 && choice && choice->key; choice++)
		r = check_choice(in, choice);
	for (i = 0; r == 0 && device && i < in->n_pairs; i++) {
		if (sv_streq(in->pairs[i].key, "driver"))
			r = check_device(in, in->pairs[i].value);
	}
	return r;
}

static int read_keys(struct reading *in, char *value)
{
	size_t i;
	int r;

	if (*value == '{')
		return fail(in, "JSON is not understood here:", value, "write key=value,key=value");
	r = split(in, value);
	if (r == 0)
		r = check_types(in);
	/* format= is needed, because the guest writes the bytes that a probe would read */
	if (r == 0 && sv_streq(in->option->name, "-drive") && value_of(in, "file") &&
	    !value_of(in, "format"))
		r = fail(in, "no format for", value_of(in, "file"),
			 "add format=raw or format=qcow2");
	for (i = 0; r == 0 && i < in->n_pairs; i++) {
		const struct pair *pair = &in->pairs[i];
		const struct sv_option_key *key = file_key(in->option, pair->key);

		r = key ? add_pair_file(in, key, pair->value) : check_other(in, pair);
	}
	return r;
}

static int read_value(struct reading *in, const char *text)
{
	static const struct sv_extra_file data = {.kind = SV_EXTRA_DATA, .readonly = true};
	sv_auto_free char *value = NULL;
	int r = sv_strdup(text, &value, in->err);

	if (r < 0)
		return r;
	switch (in->option->form) {
	case SV_OPTION_FLAG:
	case SV_OPTION_TEXT:
	case SV_OPTION_REFUSE:
		return 0;
	case SV_OPTION_FILE:
		if (strchr(value, ','))
			return fail(in, "a comma in", value, "rename the file");
		return add_file(in, value, &data);
	case SV_OPTION_KEYS:
		return read_keys(in, value);
	case SV_OPTION_SET:
		return check_set(in, value);
	}
	return 0;
}

static int find_option(struct reading *in, const char *text)
{
	const char *name = sv_starts_with(text, "--") ? text + 1 : text;

	in->option = sv_option_find(name);
	if (!in->option)
		return fail(in, "not known to svirt:", text,
			    "remove it; svirt starts only what it understands completely");
	if (in->option->form != SV_OPTION_REFUSE)
		return 0;
	(void)sv_fail_at(in->err, in->file, in->line, "%s of <qemu:commandline> is not allowed: %s",
			 in->option->name, in->option->reason);
	return sv_hint(in->err, "remove it");
}

int sv_extra_find_files(struct sv_extra *extra, const char *file, struct sv_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < extra->n_args; i++) {
		struct reading in = {.extra = extra, .file = file, .err = err};

		in.line = extra->args[i].line;
		r = find_option(&in, extra->args[i].text);
		if (r < 0 || in.option->form == SV_OPTION_FLAG)
			continue;
		if (++i == extra->n_args)
			return fail(&in, "no value after", extra->args[i - 1].text, "add it");
		in.line = extra->args[i].line;
		r = read_value(&in, extra->args[i].text);
	}
	return r;
}

void sv_extra_done(struct sv_extra *extra)
{
	size_t i;

	for (i = 0; i < extra->n_args; i++)
		free(extra->args[i].text);
	free(extra->args);
	for (i = 0; i < extra->n_files; i++)
		free(extra->files[i].path);
	free(extra->files);
	*extra = (struct sv_extra){0};
}
