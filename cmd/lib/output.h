/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one document that a run produces (svirt-json(7)). A verb fills it. --json prints it whole,
 * and all text for people is made from it, so that the two cannot differ. Only output.c knows the
 * JSON library, and only output-table.c that for tables.
 *
 * Nodes belong to the document. Text that is not UTF-8 is stored escaped. Without memory the
 * program ends.
 */
#pragma once

#include "lib/text.h"
#include "svirt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct doc;
struct node; /* an object or a list in a document */

struct doc *doc_new(const char *command);
void doc_free(struct doc **doc);

struct node *doc_result(struct doc *doc);  /* a new object in "results" */
struct node *doc_summary(struct doc *doc); /* the object "summary" */
const struct node *doc_root(const struct doc *doc);
const struct node *doc_results(const struct doc *doc);
/* The first result, NULL when there is none. */
const struct node *doc_first(const struct doc *doc);

/* Adds n results that are not stored, because there may be half a million. fill() puts the members
 * of result i into node each time that it is printed. They come after those of doc_result(). At the
 * end of the document release(), unless NULL, frees data. Once per document. */
struct doc_rows {
	size_t n;
	void (*fill)(const void *data, size_t i, struct node *node);
	void (*release)(void *data);
	void *data;
};
void doc_add_rows(struct doc *doc, const struct doc_rows *rows);
size_t doc_n_rows(const struct doc *doc);
/* Row i, which is below doc_n_rows(). Valid until the next call. */
const struct node *doc_row(struct doc *doc, size_t i);

void doc_warn(struct doc *doc, const char *msg);
void doc_host(struct doc *doc, const struct svirt_host *host);
void doc_fail(struct doc *doc, const struct svirt_error *err);
/* Prints the whole document, with the exit status of the program. */
void doc_print(struct doc *doc, int status, struct text *out);

/* NULL is stored as null. A label is stored whole ("text") and in its parts. */
void node_str(struct node *node, const char *key, const char *value);
void node_num(struct node *node, const char *key, uint64_t value);
/* For numbers that begin with 1: 0 is stored as null. */
void node_id(struct node *node, const char *key, int64_t value);
void node_bool(struct node *node, const char *key, bool value);
void node_tristate(struct node *node, const char *key, int value); /* negative: null */
void node_label(struct node *node, const char *key, const char *label);
void node_host(struct node *node, const struct svirt_host *host);
struct node *node_object(struct node *node, const char *key);
struct node *node_list(struct node *node, const char *key);
struct node *list_object(struct node *list);
void list_str(struct node *list, const char *value);

/* Reading. path: member names joined by dots. A label reads as its text. */
const struct node *node_at(const struct node *node, const char *path);
const char *node_text(const struct node *node, const char *path); /* NULL: no text there */
uint64_t node_count(const struct node *node, const char *path);	  /* 0: no number there */
bool node_yes(const struct node *node, const char *path);
/* -1 for null */
int node_maybe(const struct node *node, const char *path);
bool node_has(const struct node *node, const char *path); /* it is there, and not null */
/* The text of a member in a table: escaped text, a number, "yes" or "no". The caller frees it.
 * NULL: there is no such value. */
char *node_cell(const struct node *node, const char *path);
size_t list_len(const struct node *list);
const struct node *list_at(const struct node *list, size_t i);
const char *list_text(const struct node *list, size_t i);
/* The node itself as JSON. */
void node_print(const struct node *node, struct text *out);

/* A table: one line per object of list, one column per member. */
struct column {
	const char *path; /* NULL: the heading itself stands in every line */
	const char *heading;
	bool right;    /* numbers */
	bool optional; /* left out when no line has it */
};
void text_table(struct text *out, const struct node *list, const struct column *columns, size_t n);
/* A table of the rows of a document. */
void text_rows(struct text *out, struct doc *doc, const struct column *columns, size_t n);
