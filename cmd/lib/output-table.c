/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of what is in a document: see output.h. */
#include "lib/output.h"

#include "lib/error.h"

#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { BLOCK = 64 };

/* The source of lines: a list in a document or, when that is NULL, the rows of a document. */
struct lines {
	const struct node *list;
	struct doc *doc;
	size_t n;
};

static const struct node *line_at(const struct lines *lines, size_t i)
{
	return lines->list ? list_at(lines->list, i) : doc_row(lines->doc, i);
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

/* A column that is printed. */
struct place {
	const struct column *column;
	size_t width; /* columns of a terminal that its widest cell or its heading takes */
};

/* The columns that a cell takes. It is escaped, so the locale can show all of it. */
static size_t width_of(const char *cell)
{
	mbstate_t state = {0};
	size_t width = 0, n;
	wchar_t wide;

	while ((n = mbrtowc(&wide, cell, MB_CUR_MAX, &state)) && n <= MB_CUR_MAX) {
		int columns = wcwidth(wide);

		width += columns > 0 ? (size_t)columns : 0;
		cell += n;
	}
	return width;
}

static void measure_line(const struct node *line, const struct column *columns, size_t n,
			 struct place *places)
{
	for (size_t k = 0; k < n; k++) {
		char *cell = cell_of(line, &columns[k]);
		size_t width = width_of(cell);

		if (width > places[k].width)
			places[k].width = width;
		if (!columns[k].optional || node_has(line, columns[k].path))
			places[k].column = &columns[k];
		free(cell);
	}
}

/* Finds the columns that are printed and their widths, in one pass over the lines. Returns how
 * many; places[] has room for n. */
static size_t measure(const struct lines *lines, const struct column *columns, size_t n,
		      struct place *places)
{
	size_t n_used = 0;

	for (size_t k = 0; k < n; k++)
		places[k].width = width_of(columns[k].heading);
	for (size_t i = 0; i < lines->n; i++)
		measure_line(line_at(lines, i), columns, n, places);
	for (size_t k = 0; k < n; k++) {
		if (places[k].column)
			places[n_used++] = places[k];
	}
	return n_used;
}

/* Pads the cell, which it takes over, to the width of its column. */
static char *padded(char *cell, const struct place *place)
{
	int pad = (int)(place->width - width_of(cell));
	char *wide = NULL;

	if (asprintf(&wide, "%*s%s%*s", place->column->right ? pad : 0, "", cell,
		     place->column->right ? 0 : pad, "") < 0)
		no_memory();
	free(cell);
	return wide;
}

/* The library makes a column as wide as its cells, and sees only a part of the lines at a time. So
 * the cells of the first line are padded to the full width. */
static void add_line(struct libscols_table *table, const struct node *node,
		     const struct place *places, size_t n)
{
	bool first = !scols_table_get_nlines(table);
	struct libscols_line *line = scols_table_new_line(table, NULL);

	if (!line)
		no_memory();
	for (size_t i = 0; i < n; i++) {
		char *cell = cell_of(node, places[i].column);

		if (scols_line_refer_data(line, i, first ? padded(cell, &places[i]) : cell))
			no_memory();
	}
}

/* Prints the lines of the table. They are never cut to the width of a terminal, because a path that
 * is cut is of no use. */
static void print_table(struct libscols_table *table, struct text *out)
{
	char *printed = NULL;

	/* cells are escaped already. Text that the locale cannot show makes this library loop;
	 * escape() does not let such text through */
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

/* A line takes the library some four hundred bytes, so it gets at most BLOCK lines at a time. */
static void print_lines(struct text *out, const struct lines *lines, const struct column *columns,
			size_t n)
{
	struct libscols_table *table = scols_new_table();
	struct place *places = calloc(n, sizeof(*places));
	size_t n_used;

	if (!table || !places)
		no_memory();
	n_used = measure(lines, columns, n, places);
	for (size_t i = 0; i < n_used; i++) {
		const struct column *column = places[i].column;

		if (!scols_table_new_column(table, column->heading, 0,
					    column->right ? SCOLS_FL_RIGHT : 0))
			no_memory();
	}
	for (size_t i = 0; i < lines->n;) {
		size_t end = lines->n - i < BLOCK ? lines->n : i + BLOCK;

		while (i < end)
			add_line(table, line_at(lines, i++), places, n_used);
		print_table(table, out);
		scols_table_remove_lines(table);
		(void)scols_table_enable_noheadings(table, 1);
	}
	scols_unref_table(table);
	free(places);
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
