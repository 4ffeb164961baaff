/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The output of the command line: text that cannot do harm, the document, and that tables and plans
 * are projections of it. Needs no host.
 */
#include "lib/error.h"
#include "lib/output.h"
#include "lib/plan.h"
#include "lib/text.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *printed(struct text *out)
{
	assert_int_equal(fflush(out->file), 0);
	return out->bytes;
}

static void assert_escaped(const char *s, const char *expected)
{
	char *escaped = escape(s);

	assert_string_equal(escaped, expected);
	free(escaped);
}

static void test_escape(void **state)
{
	(void)state;
	assert_escaped("", "");
	assert_escaped("plain ~!", "plain ~!");
	assert_escaped("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac "
								    "\xf0\x9f\x98\x80");
	assert_escaped("\x1b[2J\r\n\t\x7f", "\\x1b[2J\\x0d\\x0a\\x09\\x7f");
	/* C1, right-to-left override, line separator */
	assert_escaped("\xc2\x9b", "\\xc2\\x9b");
	assert_escaped("\xe2\x80\xae", "\\xe2\\x80\\xae");
	assert_escaped("\xe2\x80\xa8", "\\xe2\\x80\\xa8");
	/* overlong, surrogate, beyond Unicode, truncated, stray */
	assert_escaped("\xc0\xaf", "\\xc0\\xaf");
	assert_escaped("\xed\xa0\x80", "\\xed\\xa0\\x80");
	assert_escaped("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	assert_escaped("\xe2\x82", "\\xe2\\x82");
	assert_escaped("a\xffz", "a\\xffz");
}

static void test_escape_follows_the_locale(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C"));
	assert_escaped("\xc3\xa9", "\\xc3\\xa9");
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
}

static void assert_quoted(const char *s, const char *expected)
{
	char *quoted = shell_quote(s);

	assert_string_equal(quoted, expected);
	free(quoted);
}

static void test_shell_quote(void **state)
{
	(void)state;
	assert_quoted("/usr/bin/qemu-system-x86_64", "/usr/bin/qemu-system-x86_64");
	assert_quoted("file=/a,if=none", "file=/a,if=none");
	assert_quoted("", "''");
	assert_quoted("a b", "'a b'");
	assert_quoted("$(id)", "'$(id)'");
	assert_quoted("it's", "'it'\\''s'");
	assert_quoted("a\\n'\x1b", "$'a\\\\n\\'\\x1b'");
	assert_quoted("~", "'~'");
}

static void test_lines(void **state)
{
	struct text out;

	(void)state;
	text_open(&out, COLOR_NEVER);
	text_field(&out, "Id", "%d", 3);
	text_field(&out, "Security label", "%s", "a\nb");
	text_field(&out, "A key that is long", "x");
	text_add(&out, "%s", "one\n");
	text_line(&out, " two %s", "\x1b[1m");
	text_tint(&out, TINT_BAD, "FAIL");
	assert_string_equal(printed(&out), "Id:             3\n"
					   "Security label: a\\x0ab\n"
					   "A key that is long: x\n"
					   "one\\x0a two \\x1b[1m\n"
					   "FAIL");
	text_done(&out);
}

static void test_colour(void **state)
{
	struct text out;

	(void)state;
	text_open(&out, COLOR_ALWAYS);
	text_tint(&out, TINT_BAD, "\x1b");
	assert_string_equal(printed(&out), "\x1b[1;31m\\x1b\x1b[0m");
	text_done(&out);
}

static void test_document(void **state)
{
	struct doc *doc = doc_new("start");
	struct svirt_error err = {.code = SVIRT_E_BUSY, .msg = "held", .line = 7};
	struct node *node = doc_result(doc);

	(void)state;
	node_label(node, "label", "system_u:system_r:svirt_t:s0:c12,c300");
	node_label(node, "none", NULL);
	node_str(node, "odd", "a\xff");
	node_id(node, "pid", 0);
	node_id(node, "id", 5);
	node_tristate(node, "loaded", -1);
	doc_warn(doc, "careful");
	doc_fail(doc, &err);
	assert_string_equal(node_text(doc_root(doc), "schema"), "svirt/1");
	assert_string_equal(node_text(node, "label"), "system_u:system_r:svirt_t:s0:c12,c300");
	assert_string_equal(node_text(node, "label.type"), "svirt_t");
	assert_string_equal(node_text(node, "label.level"), "s0:c12,c300");
	assert_int_equal(list_len(node_at(node, "label.categories")), 2);
	assert_null(node_text(node, "none"));
	assert_null(node_text(node, "label.nosuch.deeper"));
	assert_string_equal(node_text(node, "odd"), "a\\xff");
	assert_int_equal(node_count(node, "pid"), 0);
	assert_int_equal(node_count(node, "id"), 5);
	assert_int_equal(node_maybe(node, "loaded"), -1);
	assert_int_equal(node_count(doc_root(doc), "error.code"), 5);
	assert_int_equal(node_count(doc_root(doc), "error.line"), 7);
	assert_string_equal(list_text(node_at(doc_root(doc), "warnings"), 0), "careful");
	doc_free(&doc);
	doc_free(&doc);
}

static void test_document_is_ascii(void **state)
{
	struct doc *doc = doc_new("list");
	struct text out;

	(void)state;
	node_str(doc_result(doc), "name", "caf\xc3\xa9\x1b\xc2\x9b\xff");
	text_open(&out, COLOR_ALWAYS);
	doc_print(doc, 0, &out);
	assert_non_null(strstr(printed(&out), "\"name\": \"caf\\u00E9\\u001B\\u009B\\\\xff\""));
	for (const char *p = out.bytes; *p; p++)
		assert_true((*p >= ' ' && *p < 0x7f) || *p == '\n');
	text_done(&out);
	doc_free(&doc);
}

static void test_table(void **state)
{
	static const struct column columns[] = {
		{.path = "id", .heading = "ID", .right = true},
		{.path = "name", .heading = "NAME"},
		{.heading = "->"},
		{.path = "label", .heading = "LABEL"},
		{.path = "why", .heading = "WHY", .optional = true},
	};
	struct doc *doc = doc_new("list");
	struct node *node = doc_result(doc);
	struct text out;

	(void)state;
	text_open(&out, COLOR_NEVER);
	node_id(node, "id", 12);
	node_str(node, "name", "a\nb\xff");
	node_label(node, "label", "u:r:t:s0");
	node_str(node, "why", NULL);
	node_id(doc_result(doc), "id", 0);
	text_table(&out, doc_results(doc), columns, N_ELEMENTS(columns));
	assert_string_equal(printed(&out), "ID NAME       -> LABEL\n"
					   "12 a\\x0ab\\xff -> u:r:t:s0\n"
					   " - -          -> -\n");
	node_str(node, "why", "since");
	text_table(&out, doc_results(doc), columns, N_ELEMENTS(columns));
	assert_non_null(strstr(printed(&out), "LABEL    WHY\n"));
	assert_non_null(strstr(out.bytes, "u:r:t:s0 since\n"));
	text_done(&out);
	doc_free(&doc);
}

static void test_empty_table(void **state)
{
	static const struct column columns[] = {{.path = "id", .heading = "ID"}};
	struct doc *doc = doc_new("list");
	struct text out;

	(void)state;
	text_open(&out, COLOR_NEVER);
	text_table(&out, doc_results(doc), columns, 1);
	assert_string_equal(printed(&out), "");
	text_done(&out);
	doc_free(&doc);
}

struct counted {
	unsigned filled, released;
};

static void fill_row(const void *data, size_t i, struct node *node)
{
	struct counted *counted = *(struct counted *const *)data;

	counted->filled++;
	node_num(node, "n", i + 7);
	node_str(node, "odd", i % 2 ? "yes\n" : NULL);
	node_str(node, "never", NULL);
}

static void release_rows(void *data)
{
	(*(struct counted **)data)->released++;
}

/* Rows are made when they are printed, in a table as in JSON; the end of the document frees their
 * source. */
static void test_rows(void **state)
{
	static const struct column columns[] = {
		{.path = "n", .heading = "N", .right = true},
		{.path = "never", .heading = "NEVER", .optional = true},
		{.path = "odd", .heading = "ODD", .optional = true},
	};
	struct counted counted = {0}, *data = &counted;
	struct doc *doc = doc_new("list");
	struct text out;

	(void)state;
	doc_add_rows(doc, &(struct doc_rows){
				  .n = 4,
				  .fill = fill_row,
				  .release = release_rows,
				  .data = &data,
			  });
	assert_int_equal(counted.filled, 0);
	text_open(&out, COLOR_NEVER);
	text_rows(&out, doc, columns, N_ELEMENTS(columns));
	assert_string_equal(printed(&out), " N ODD\n"
					   " 7\n"
					   " 8 yes\\x0a\n"
					   " 9\n"
					   "10 yes\\x0a\n");
	assert_int_equal(counted.filled, 8); /* once to choose the columns, once to print */
	text_done(&out);
	text_open(&out, COLOR_NEVER);
	doc_print(doc, 0, &out);
	assert_non_null(strstr(printed(&out), "\"n\": 7,"));
	assert_non_null(strstr(out.bytes, "\"odd\": \"yes\\n\","));
	assert_int_equal(list_len(doc_results(doc)), 4);
	text_done(&out);
	assert_int_equal(counted.released, 0);
	doc_free(&doc);
	assert_int_equal(counted.released, 1);
}

/* A table is printed some lines at a time: all parts have the same column widths, measured in
 * terminal cells and not in bytes, and there is one heading. */
static void test_many_lines(void **state)
{
	static const struct column columns[] = {
		{.path = "name", .heading = "NAME"},
		{.path = "n", .heading = "N", .right = true},
		{.path = "last", .heading = "LAST", .optional = true},
	};
	static const char head[] = "NAME    N LAST\n", end[] = "caf\xc3\xa9s 150 z\n";
	enum { LINES = 150 };
	struct doc *doc = doc_new("list");
	const char *seen;
	struct text out;

	(void)state;
	for (unsigned i = 0; i < LINES; i++) {
		struct node *node = doc_result(doc);

		node_str(node, "name", i == LINES - 1 ? "caf\xc3\xa9s" : "a");
		node_num(node, "n", i + 1);
		node_str(node, "last", i == LINES - 1 ? "z" : NULL);
	}
	text_open(&out, COLOR_NEVER);
	text_table(&out, doc_results(doc), columns, N_ELEMENTS(columns));
	seen = printed(&out);
	for (unsigned i = 0; i <= LINES; i++) {
		char wanted[64];

		(void)snprintf(wanted, sizeof(wanted), "a     %3u\n", i);
		assert_int_equal(strncmp(seen,
					 i == 0	      ? head
					 : i == LINES ? end
						      : wanted,
					 strcspn(seen, "\n") + 1),
				 0);
		seen += strcspn(seen, "\n") + 1;
	}
	assert_string_equal(seen, "");
	text_done(&out);
	doc_free(&doc);
}

/* Literals for members that are writable in the library's structs. */
#define TEXT(s) ((char[]){s})

static void test_plan(void **state)
{
	struct svirt_step steps[] = {
		{.driver = TEXT("selinux"),
		 .action = TEXT("set"),
		 .access = TEXT("rw"),
		 .path = TEXT("/vm/a b.img"),
		 .target = TEXT("vda"),
		 .from = TEXT("u:r:virt_image_t:s0"),
		 .to = TEXT("u:r:svirt_image_t:s0:c1,c2")},
		{.driver = TEXT("dac"),
		 .action = TEXT("leave"),
		 .access = TEXT("ro"),
		 .path = TEXT("/vm/b"),
		 .target = TEXT("sda"),
		 .why = TEXT("read-only")},
	};
	char *argv[] = {TEXT("/usr/bin/qemu"), TEXT("-name"), TEXT("guest=a b"), NULL};
	char *tpm_argv[] = {TEXT("/usr/bin/swtpm"), TEXT("socket"), NULL};
	struct svirt_plan plan = {
		.name = TEXT("web"),
		.uuid = TEXT("u"),
		.type = TEXT("dynamic"),
		.label = TEXT("u:r:svirt_t:s0:c1,c2"),
		.owner = TEXT("+107:+107"),
		.steps = steps,
		.n_steps = 2,
		.argv = argv,
		.tpm_argv = tpm_argv,
	};
	struct doc *doc = doc_new("start");
	struct node *node = doc_result(doc);
	struct text out;

	(void)state;
	plan_put(node, &plan);
	text_open(&out, COLOR_NEVER);
	plan_show(node, &out);
	assert_string_equal(printed(&out),
			    "Guest:          web\n"
			    "Label:          u:r:svirt_t:s0:c1,c2\n"
			    "Image label:    none\n"
			    "Runs as:        +107:+107\n"
			    "\n"
			    "ACTION DRIVER  ACCESS TARGET PATH        FROM                -> "
			    "TO                         WHY\n"
			    "set    selinux rw     vda    /vm/a b.img u:r:virt_image_t:s0 -> "
			    "u:r:svirt_image_t:s0:c1,c2\n"
			    "leave  dac     ro     sda    /vm/b       -                   -> "
			    "-                          read-only\n"
			    "\n"
			    "/usr/bin/swtpm \\\n"
			    "    socket\n\n"
			    "/usr/bin/qemu \\\n"
			    "    -name \\\n"
			    "    'guest=a b'\n");
	assert_string_equal(node_text(list_at(node_at(node, "steps"), 0), "to.level"), "s0:c1,c2");
	text_done(&out);
	doc_free(&doc);
}

static void test_status_of_errors(void **state)
{
	struct svirt_error err = SVIRT_ERROR_INIT;

	(void)state;
	assert_int_equal(error_status(&err), SVIRT_E_UNKNOWN);
	/* cmocka has a macro of that name */
	assert_int_equal((fail)(&err, SVIRT_E_EXHAUSTED, "none left"), -SVIRT_E_EXHAUSTED);
	assert_int_equal(error_status(&err), SVIRT_E_EXHAUSTED);
	assert_int_equal(hint(&err, "stop a guest"), -SVIRT_E_EXHAUSTED);
	assert_string_equal(err.hint, "stop a guest");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_escape_follows_the_locale),
		cmocka_unit_test(test_shell_quote),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_colour),
		cmocka_unit_test(test_document),
		cmocka_unit_test(test_document_is_ascii),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_empty_table),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_many_lines),
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_status_of_errors),
	};

	/* the locale of the environment is set when a text needs it */
	if (!setlocale(LC_CTYPE, "C.UTF-8") || setenv("LC_ALL", "C.UTF-8", 1) ||
	    !setlocale(LC_CTYPE, "C"))
		return 99;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
