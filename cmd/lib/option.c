/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The popt adaptor: the only file that knows popt(3)'s tables. Some features of popt are not used:
 * numbers (it accepts "", octal and hexadecimal), help (it exits inside the library), configuration
 * files and aliases (they may execute programs), and storing strings (a repeated option leaks).
 * Values are fetched one by one and parsed here.
 */
#include "lib/option.h"

#include "lib/error.h"

#include <errno.h>
#include <popt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One table of options and the struct its values go to. */
struct target {
	const struct opt *opts;
	void *base;
	uint64_t *seen; /* bit I: opts[I] was given */
};

struct parser {
	const struct command *cmd; /* NULL before the verb */
	struct target targets[2];
	size_t n_targets;
	struct poptOption *table;
};

static size_t count(const struct opt *opts)
{
	size_t n = 0;

	while (opts && opts[n].name)
		n++;
	return n;
}

static int usage(struct svirt_error *err, const struct command *cmd, const char *msg)
{
	(void)fail(err, SVIRT_E_USAGE, "%s%s%s", cmd ? cmd->name : "", cmd ? ": " : "", msg);
	if (cmd)
		return hint(err, "Try 'svirt %s --help'", cmd->name);
	return hint(err, "Try 'svirt --help'");
}

static int __attribute__((__format__(__printf__, 3, 4)))
bad(struct svirt_error *err, const struct parser *parser, const char *fmt, ...)
{
	char msg[sizeof(err->msg) / 2];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	return usage(err, parser->cmd, msg);
}

/* popt's val of an option: its position over all targets, plus one. */
static void build_table(struct parser *parser)
{
	size_t n = 0;

	for (size_t t = 0; t < parser->n_targets; t++)
		n += count(parser->targets[t].opts);
	parser->table = calloc(n + 1, sizeof(*parser->table));
	if (!parser->table)
		no_memory();
	n = 0;
	for (size_t t = 0; t < parser->n_targets; t++) {
		for (const struct opt *o = parser->targets[t].opts; o && o->name; o++) {
			parser->table[n] = (struct poptOption){
				.longName = o->name,
				.shortName = o->ch,
				.argInfo = o->kind == OPT_FLAG ? POPT_ARG_NONE : POPT_ARG_STRING,
				.val = (int)n + 1,
			};
			n++;
		}
	}
}

static struct target *find(struct parser *parser, int val, size_t *ret_index)
{
	size_t index = (size_t)val - 1;

	for (size_t t = 0; t < parser->n_targets; t++) {
		size_t n = count(parser->targets[t].opts);

		if (index < n) {
			*ret_index = index;
			return &parser->targets[t];
		}
		index -= n;
	}
	return NULL;
}

/* Decimal digits only: "010" means eight to some readers and ten to others. */
static int parse_number(const struct opt *o, const char *s, uint32_t *ret)
{
	unsigned long long value;

	if (!*s || s[strspn(s, "0123456789")] || (s[0] == '0' && s[1]))
		return -1;
	errno = 0;
	value = strtoull(s, NULL, 10);
	if (errno || value < o->min || value > o->max)
		return -1;
	*ret = (uint32_t)value;
	return 0;
}

static int store_choice(const struct parser *parser, const struct opt *o, const char *value,
			unsigned *ret, struct svirt_error *err)
{
	char all[128] = "";
	size_t used = 0;

	for (unsigned i = 0; o->values[i]; i++) {
		if (strcmp(o->values[i], value) == 0) {
			*ret = i;
			return 0;
		}
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", i ? ", " : "",
					 o->values[i]);
		if (used >= sizeof(all))
			used = sizeof(all) - 1;
	}
	return bad(err, parser, "--%s: '%s' is none of %s", o->name, value, all);
}

static char *copy_text(const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		no_memory();
	return copy;
}

static char **append(char **list, const char *value)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	list = reallocarray(list, n + 2, sizeof(*list));
	if (!list)
		no_memory();
	list[n] = copy_text(value);
	list[n + 1] = NULL;
	return list;
}

static int store(const struct parser *parser, const struct opt *o, void *base, const char *value,
		 struct svirt_error *err)
{
	void *place = (char *)base + o->off;

	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)place = true;
		return 0;
	case OPT_NUMBER:
		if (parse_number(o, value, place))
			return bad(err, parser, "--%s: '%s' is not a decimal number from %u to %u",
				   o->name, value, o->min, o->max);
		return 0;
	case OPT_CHOICE:
		return store_choice(parser, o, value, place, err);
	case OPT_DIR:
	case OPT_TEXT:
	case OPT_TEXTS:
		if (!*value)
			return bad(err, parser, "--%s needs a %s, not an empty one", o->name,
				   o->kind == OPT_DIR ? "directory" : "value");
		if (o->kind == OPT_TEXTS)
			*(char ***)place = append(*(char ***)place, value);
		else
			*(char **)place = copy_text(value);
		return 0;
	}
	return bad(err, parser, "--%s cannot be stored", o->name);
}

static int take(struct parser *parser, int val, const char *value, struct svirt_error *err)
{
	size_t index = 0;
	struct target *target = find(parser, val, &index);
	const struct opt *o = target ? &target->opts[index] : NULL;

	if (!o)
		return bad(err, parser, "the option table is broken");
	if (o->kind != OPT_FLAG && o->kind != OPT_TEXTS && (*target->seen & UINT64_C(1) << index))
		return bad(err, parser, "--%s was given twice", o->name);
	for (size_t i = 0; o->group && target->opts[i].name; i++) {
		if (i != index && target->opts[i].group == o->group &&
		    (*target->seen & UINT64_C(1) << i))
			return bad(err, parser, "--%s and --%s exclude each other",
				   target->opts[i].name, o->name);
	}
	*target->seen |= UINT64_C(1) << index;
	return store(parser, o, target->base, value ? value : "", err);
}

/* Fills the error for an option that popt does not know. word may have a value. */
static int unknown(const struct parser *parser, const char *word, struct svirt_error *err)
{
	int len = (int)strcspn(word, "=");
	char name[64];
	const char *near;

	(void)snprintf(name, sizeof(name), "%.*s", len, word);
	near = strncmp(name, "--", 2) == 0 ? opt_guess(parser->cmd, name + 2) : NULL;
	if (near)
		return bad(err, parser, "unknown option %s, did you mean --%s?", name, near);
	return bad(err, parser, "unknown option %s", name);
}

static int refused(const struct parser *parser, poptContext con, int rc, struct svirt_error *err)
{
	const char *word = poptBadOption(con, POPT_BADOPTION_NOALIAS);

	word = word ? word : "";
	switch (rc) {
	case POPT_ERROR_BADOPT:
		return unknown(parser, word, err);
	case POPT_ERROR_NOARG:
		return bad(err, parser, "%s needs a value", word);
	case POPT_ERROR_UNWANTEDARG:
		return bad(err, parser, "%s: this option takes no value", word);
	default:
		return bad(err, parser, "%s: %s", word, poptStrerror(rc));
	}
}

static char **copy_args(const char *const *args, unsigned *ret_n)
{
	unsigned n = 0;
	char **copy;

	while (args && args[n])
		n++;
	copy = calloc(n + 1, sizeof(*copy));
	if (!copy)
		no_memory();
	for (unsigned i = 0; i < n; i++) {
		copy[i] = copy_text(args[i]);
	}
	*ret_n = n;
	return copy;
}

static void free_args(char **args)
{
	for (size_t i = 0; args && args[i]; i++)
		free(args[i]);
	free(args);
}

/* The words of argv with the type that popt wants. */
static const char **words_of(char *const *argv, int *ret_n)
{
	const char **words;
	int n = 0;

	while (argv[n])
		n++;
	words = calloc((size_t)n + 1, sizeof(*words));
	if (!words)
		no_memory();
	for (int i = 0; i < n; i++)
		words[i] = argv[i];
	*ret_n = n;
	return words;
}

/* Parses argv after its first word. *ret gets the words that are not options, for free_args(). */
static int run_popt(struct parser *parser, char *const *argv, unsigned flags, char ***ret,
		    unsigned *ret_n, struct svirt_error *err)
{
	int argc = 0, val, r = 0;
	const char **words = words_of(argv, &argc);
	poptContext con;

	build_table(parser);
	con = poptGetContext(NULL, argc, words, parser->table, flags);
	if (!con)
		no_memory();
	while (r == 0 && (val = poptGetNextOpt(con)) != -1) {
		char *value = val > 0 ? poptGetOptArg(con) : NULL;

		r = val > 0 ? take(parser, val, value, err) : refused(parser, con, val, err);
		free(value);
	}
	if (r == 0)
		*ret = copy_args((const char *const *)poptGetArgs(con), ret_n);
	(void)poptFreeContext(con);
	free(words);
	free(parser->table);
	parser->table = NULL;
	return r;
}

static void set_initial(const struct opt *opts, void *base)
{
	for (; opts && opts->name; opts++) {
		if (opts->kind == OPT_NUMBER)
			*(uint32_t *)(void *)((char *)base + opts->off) = opts->initial;
	}
}

static int find_verb(const char *name, struct call *call, struct svirt_error *err)
{
	const char *near;

	call->cmd = command_find(name);
	if (call->cmd)
		return 0;
	near = command_guess(name);
	if (near)
		(void)fail(err, SVIRT_E_USAGE, "unknown verb '%s', did you mean '%s'?", name, near);
	else
		(void)fail(err, SVIRT_E_USAGE, "unknown verb '%s'", name);
	return hint(err, "Try 'svirt help', which lists the verbs");
}

/* Parses the words after the verb. */
static int parse_verb(char **rest, struct call *call, uint64_t *globals_seen,
		      struct svirt_error *err)
{
	uint64_t seen = 0;
	struct parser parser = {
		.cmd = call->cmd,
		.targets = {{global_opts, &call->globals, globals_seen}},
		.n_targets = 1,
	};

	if (call->cmd->opt_size) {
		call->opt = calloc(1, call->cmd->opt_size);
		if (!call->opt)
			no_memory();
		set_initial(call->cmd->opts, call->opt);
		parser.targets[parser.n_targets++] =
			(struct target){call->cmd->opts, call->opt, &seen};
	}
	return run_popt(&parser, rest, 0, &call->args, &call->n_args, err);
}

int call_parse(int argc, char **argv, struct call *call, struct svirt_error *err)
{
	uint64_t seen = 0;
	struct parser parser = {
		.targets = {{global_opts, &call->globals, &seen}},
		.n_targets = 1,
	};
	char **rest = NULL;
	unsigned n = 0;
	int r;

	/* with it, popt would take options only before arguments */
	(void)unsetenv("POSIXLY_CORRECT");
	(void)unsetenv("POSIX_ME_HARDER");
	if (argc < 1)
		return usage(err, NULL, "no program name");
	for (int i = 1; i < argc; i++) {
		/* popt always replaces this by the next arguments */
		if (strstr(argv[i], "!#:+"))
			return usage(err, NULL, "the characters !#:+ cannot be used in arguments");
	}
	r = run_popt(&parser, argv, POPT_CONTEXT_POSIXMEHARDER, &rest, &n, err);
	if (r == 0 && n)
		r = find_verb(rest[0], call, err);
	if (r == 0 && n)
		r = parse_verb(rest, call, &seen, err);
	free_args(rest);
	return r;
}

/* The first argument of a verb that has a choice of them, and whether a DOMAIN follows it. */
static int verify_choice(const struct parser *parser, const struct call *call,
			 struct svirt_error *err)
{
	const struct command *cmd = call->cmd;
	const char *const *v = cmd->arg_values;
	const char *first = call->n_args ? call->args[0] : NULL;
	bool domain = first && cmd->domain_after && strcmp(first, cmd->domain_after) == 0;

	if (!v || !first)
		return 0;
	while (*v && strcmp(*v, first) != 0)
		v++;
	if (!*v)
		return bad(err, parser, "'%s' is not %.*s", first, (int)strcspn(cmd->args, " "),
			   cmd->args);
	if (domain && call->n_args < 2)
		return bad(err, parser, "%s: DOMAIN is missing", first);
	if (!domain && call->n_args > 1)
		return bad(err, parser, "unexpected argument '%s'", call->args[1]);
	return 0;
}

static int verify_args(const struct call *call, struct svirt_error *err)
{
	const struct command *cmd = call->cmd;
	struct parser parser = {.cmd = cmd};
	int first = (int)strcspn(cmd->args, cmd->domain_after ? " " : "");

	if (call->n_args < cmd->min_args)
		return bad(err, &parser, "%.*s is missing", first, cmd->args);
	if (call->n_args > cmd->max_args)
		return bad(err, &parser, "unexpected argument '%s'", call->args[cmd->max_args]);
	for (unsigned i = 0; i < call->n_args; i++) {
		if (!*call->args[i])
			return bad(err, &parser, "argument %u is empty", i + 1);
	}
	return verify_choice(&parser, call, err);
}

int call_verify(const struct call *call, struct svirt_error *err)
{
	struct parser parser = {.cmd = call->cmd};
	int r = verify_args(call, err);

	if (r)
		return r;
	if (call->globals.dry_run && !(call->cmd->flags & CMD_MUTATES))
		return bad(err, &parser, "--dry-run is only for verbs that change something");
	if (call->globals.user && call->cmd->flags & CMD_SYSTEM)
		return bad(err, &parser,
			   "--user is for guests, and this is about the whole system");
	return call->cmd->verify ? call->cmd->verify(call, err) : 0;
}

void call_done(struct call *call)
{
	const struct opt *o = call->cmd && call->opt ? call->cmd->opts : NULL;

	for (; o && o->name; o++) {
		void *place = (char *)call->opt + o->off;

		if (o->kind == OPT_DIR || o->kind == OPT_TEXT)
			free(*(char **)place);
		if (o->kind == OPT_TEXTS)
			free_args(*(char ***)place);
	}
	free(call->opt);
	free(call->globals.root);
	free(call->globals.domain_lost);
	free_args(call->args);
	doc_free(&call->doc);
	*call = (struct call){.cmd = NULL};
}
