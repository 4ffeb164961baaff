/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of what is in a document: see output.h. */
#include "lib/output.h"

#include "lib/error.h"

#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>

/* Where lines come from: a list in a document or, when that is NULL, the rows of one. */
struct lines {
	const struct node *list;
	struct doc *doc;
	size_t n;
};

static const struct node *line_at(const struct lines *lines, size_t i)
{
	return lines->list ? list_at(lines->list, i) : doc_row(lines->doc, i);
}

/* Which columns there are, in one pass over the lines. Returns how many; used[] has room for n. */
static size_t choose(const struct lines *lines, const struct column *columns, size_t n,
		     const struct column **used)
{
	size_t n_used = 0, missing = 0, i, k;

	for (k = 0; k < n; k++) {
		used[k] = columns[k].optional ? NULL : &columns[k];
		missing += columns[k].optional;
	}
	for (i = 0; missing && i < lines->n; i++) {
		const struct node *line = line_at(lines, i);

		for (k = 0; k < n; k++) {
			if (!used[k] && node_has(line, columns[k].path)) {
				used[k] = &columns[k];
				missing--;
			}
		}
	}
	for (k = 0; k < n; k++) {
		if (used[k])
			used[n_used++] = used[k];
	}
	return n_used;
}

static char *cell_of(const struct node *line, const struct column *column)
{
	char *cell = column->path ? node_cell(line, column->path) : strdup(column->heading);

	if (!cell)
		cell = strdup(column->optional ? "" : "-");
	if (!cell)
		no_memory();
	return cell;
}

static void add_line(struct libscols_table *table, const struct node *node,
		     const struct column *const *columns, size_t n)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	if (!line)
		no_memory();
	for (size_t i = 0; i < n; i++) {
		if (scols_line_refer_data(line, i, cell_of(node, columns[i])))
			no_memory();
	}
}

/* Prints the finished table; its lines are never cut to the width of a terminal, a path that
 * was cut is of no use. */
static void print_table(struct libscols_table *table, struct text *out)
{
	char *printed = NULL;

	/* cells are escaped already: text that the locale cannot show, and that escape() must not
	 * let through, makes this library loop */
	(void)scols_table_enable_noencoding(table, 1);
	(void)scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	if (scols_print_table_to_string(table, &printed))
		no_memory();
	for (const char *line = printed; line; line = strchr(line, '\n')) {
		size_t len;

		line += *line == '\n';
		len = strcspn(line, "\n");
		while (len && line[len - 1] == ' ')
			len--; /* padding before an empty last cell */
		(void)fwrite(line, 1, len, out->file);
		text_blank(out);
	}
	free(printed);
}

static void print_lines(struct text *out, const struct lines *lines, const struct column *columns,
			size_t n)
{
	struct libscols_table *table = scols_new_table();
	const struct column **used = calloc(n, sizeof(struct column *));
	size_t n_used;

	if (!table || !used)
		no_memory();
	n_used = choose(lines, columns, n, used);
	for (size_t i = 0; i < n_used; i++) {
		if (!scols_table_new_column(table, used[i]->heading, 0,
					    used[i]->right ? SCOLS_FL_RIGHT : 0))
			no_memory();
	}
	for (size_t i = 0; i < lines->n; i++)
		add_line(table, line_at(lines, i), used, n_used);
	if (lines->n)
		print_table(table, out);
	scols_unref_table(table);
	free(used);
}

void text_table(struct text *out, const struct node *list, const struct column *columns, size_t n)
{
	struct lines lines = {.list = list, .n = list_len(list)};

	print_lines(out, &lines, columns, n);
}

void text_rows(struct text *out, struct doc *doc, const struct column *columns, size_t n)
{
	struct lines lines = {.doc = doc, .n = doc_n_rows(doc)};

	print_lines(out, &lines, columns, n);
}
