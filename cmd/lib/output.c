/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The document of a run, and as JSON: see output.h. */
#include "lib/output.h"

#include "lib/error.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* A struct node is a json_t that nobody outside this file can take apart. */
static json_t *json_of(struct node *node)
{
	return (json_t *)node;
}

static const json_t *json_in(const struct node *node)
{
	return (const json_t *)node;
}

static struct node *node_of(json_t *json)
{
	return (struct node *)json;
}

struct doc {
	json_t *root;
	struct doc_rows rows;
	json_t *row; /* the last one that was made */
};

static json_t *made(json_t *json)
{
	if (!json)
		no_memory();
	return json;
}

/* Takes value over. */
static json_t *put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, made(value)))
		no_memory();
	return value;
}

static json_t *append(json_t *list, json_t *value)
{
	if (json_array_append_new(list, made(value)))
		no_memory();
	return value;
}

static json_t *string(const char *s)
{
	json_t *json;
	char *safe;

	if (!s)
		return json_null();
	json = json_string(s);
	if (json)
		return json;
	safe = escape_invalid(s); /* not UTF-8: RFC 8259 has no way to say it */
	json = made(json_string(safe));
	free(safe);
	return json;
}

static json_t *number(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

struct doc *doc_new(const char *command)
{
	struct doc *doc = calloc(1, sizeof(*doc));

	if (!doc)
		no_memory();
	doc->root = made(json_object());
	put(doc->root, "schema", json_string("svirt/1"));
	put(doc->root, "version", json_string(PACKAGE_VERSION));
	put(doc->root, "command", string(command));
	put(doc->root, "host", json_null());
	put(doc->root, "results", json_array());
	put(doc->root, "summary", json_object());
	put(doc->root, "warnings", json_array());
	put(doc->root, "error", json_null());
	return doc;
}

void doc_free(struct doc **doc)
{
	if (*doc) {
		json_decref((*doc)->row);
		json_decref((*doc)->root);
		if ((*doc)->rows.release)
			(*doc)->rows.release((*doc)->rows.data);
	}
	free(*doc);
	*doc = NULL;
}

struct node *doc_result(struct doc *doc)
{
	return node_of(append(json_object_get(doc->root, "results"), json_object()));
}

void doc_add_rows(struct doc *doc, const struct doc_rows *rows)
{
	doc->rows = *rows;
}

size_t doc_n_rows(const struct doc *doc)
{
	return doc->rows.n;
}

const struct node *doc_row(struct doc *doc, size_t i)
{
	json_decref(doc->row);
	doc->row = made(json_object());
	doc->rows.fill(doc->rows.data, i, node_of(doc->row));
	return node_of(doc->row);
}

struct node *doc_summary(struct doc *doc)
{
	return node_of(json_object_get(doc->root, "summary"));
}

const struct node *doc_root(const struct doc *doc)
{
	return node_of(doc->root);
}

const struct node *doc_results(const struct doc *doc)
{
	return node_of(json_object_get(doc->root, "results"));
}

const struct node *doc_first(const struct doc *doc)
{
	return list_at(doc_results(doc), 0);
}

void doc_warn(struct doc *doc, const char *msg)
{
	append(json_object_get(doc->root, "warnings"), string(msg));
}

void doc_host(struct doc *doc, const struct svirt_host *host)
{
	node_host(node_object(node_of(doc->root), "host"), host);
}

static json_t *string_or_null(const char *s)
{
	return string(*s ? s : NULL);
}

void doc_fail(struct doc *doc, const struct svirt_error *err)
{
	json_t *error = put(doc->root, "error", json_object());

	put(error, "code", json_integer(error_status(err)));
	put(error, "message", string_or_null(err->msg));
	put(error, "hint", string_or_null(err->hint));
	put(error, "file", string_or_null(err->file));
	put(error, "line", err->line ? json_integer(err->line) : json_null());
	put(error, "errno", err->sys ? json_integer(err->sys) : json_null());
}

/* Everything beyond ASCII is escaped: a terminal may obey control characters there. */
static void dump(const json_t *json, struct text *out)
{
	if (json_dumpf(json, out->file, JSON_INDENT(2) | JSON_ENSURE_ASCII))
		no_memory();
	text_blank(out);
}

void doc_print(struct doc *doc, int status, struct text *out)
{
	for (size_t i = 0; i < doc->rows.n; i++)
		doc->rows.fill(doc->rows.data, i, doc_result(doc));
	put(doc->root, "exit", json_integer(status));
	dump(doc->root, out);
}

void node_print(const struct node *node, struct text *out)
{
	dump(json_in(node), out);
}

void node_str(struct node *node, const char *key, const char *value)
{
	put(json_of(node), key, string(value));
}

void node_num(struct node *node, const char *key, uint64_t value)
{
	put(json_of(node), key, number(value));
}

void node_id(struct node *node, const char *key, int64_t value)
{
	put(json_of(node), key, value > 0 ? json_integer(value) : json_null());
}

void node_bool(struct node *node, const char *key, bool value)
{
	put(json_of(node), key, json_boolean(value));
}

void node_tristate(struct node *node, const char *key, int value)
{
	put(json_of(node), key, value < 0 ? json_null() : json_boolean(value));
}

void node_label(struct node *node, const char *key, const char *label)
{
	struct svirt_error err = SVIRT_ERROR_INIT;
	struct svirt_label *parts = NULL;
	json_t *object, *categories;

	if (!label) {
		node_str(node, key, NULL);
		return;
	}
	if (svirt_label_new(label, &parts, &err))
		no_memory();
	object = put(json_of(node), key, json_object());
	put(object, "text", string(label));
	put(object, "user", string(parts->user));
	put(object, "role", string(parts->role));
	put(object, "type", string(parts->type));
	put(object, "level", string(parts->level));
	put(object, "sensitivity", string(parts->sensitivity));
	categories = put(object, "categories", json_array());
	for (size_t i = 0; i < parts->n_categories; i++)
		append(categories, number(parts->categories[i]));
	svirt_label_free(&parts);
}

static void put_drivers(struct node *node, const struct svirt_host *host)
{
	struct node *drivers = node_list(node, "drivers");

	for (size_t i = 0; i < host->n_drivers; i++) {
		struct node *driver = list_object(drivers);

		node_str(driver, "name", host->drivers[i].name);
		node_str(driver, "state", host->drivers[i].state);
	}
}

void node_host(struct node *node, const struct svirt_host *host)
{
	struct node *policy;

	node_str(node, "name", host->hostname);
	node_str(node, "kernel", host->kernel);
	node_str(node, "boot_id", host->boot_id);
	node_str(node, "model", host->model);
	node_str(node, "state", host->state);
	if (host->policy) {
		policy = node_object(node, "policy");
		node_str(policy, "name", host->policy);
		node_bool(policy, "mls", host->mls);
	} else {
		node_str(node, "policy", NULL);
	}
	put_drivers(node, host);
}

struct node *node_object(struct node *node, const char *key)
{
	return node_of(put(json_of(node), key, json_object()));
}

struct node *node_list(struct node *node, const char *key)
{
	return node_of(put(json_of(node), key, json_array()));
}

struct node *list_object(struct node *list)
{
	return node_of(append(json_of(list), json_object()));
}

void list_str(struct node *list, const char *value)
{
	append(json_of(list), string(value));
}

static const json_t *lookup(const struct node *node, const char *path)
{
	const json_t *json = json_in(node);
	char key[64];

	while (json && *path) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		json = json_object_get(json, key);
		path += path[n] == '.' ? n + 1 : n;
	}
	return json;
}

const struct node *node_at(const struct node *node, const char *path)
{
	return (const struct node *)lookup(node, path);
}

const char *node_text(const struct node *node, const char *path)
{
	const json_t *json = lookup(node, path);

	if (json_is_object(json))
		json = json_object_get(json, "text");
	return json_string_value(json);
}

uint64_t node_count(const struct node *node, const char *path)
{
	json_int_t value = json_integer_value(lookup(node, path));

	return value > 0 ? (uint64_t)value : 0;
}

bool node_yes(const struct node *node, const char *path)
{
	return json_is_true(lookup(node, path));
}

int node_maybe(const struct node *node, const char *path)
{
	const json_t *json = lookup(node, path);

	return json_is_boolean(json) ? json_is_true(json) : -1;
}

size_t list_len(const struct node *list)
{
	return json_array_size(json_in(list));
}

const struct node *list_at(const struct node *list, size_t i)
{
	return node_of(json_array_get(json_in(list), i));
}

const char *list_text(const struct node *list, size_t i)
{
	return json_string_value(json_array_get(json_in(list), i));
}

bool node_has(const struct node *node, const char *path)
{
	const json_t *json = lookup(node, path);

	return json && !json_is_null(json);
}

char *node_cell(const struct node *node, const char *path)
{
	const json_t *json = lookup(node, path);
	const char *text = node_text(node, path);
	char *cell = NULL;
	int n = 0;

	if (text)
		return escape(text);
	if (json_is_integer(json))
		n = asprintf(&cell, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
	else if (json_is_boolean(json))
		n = asprintf(&cell, "%s", json_is_true(json) ? "yes" : "no");
	if (n < 0)
		no_memory();
	return cell;
}
