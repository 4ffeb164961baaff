/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line as data: one const struct command per verb is its only description. Parsing,
 * help, completion, the manual's OPTIONS and the argument tests all follow from it. A verb knows
 * nothing of popt, of JSON or of tables; it fills a document (output.h) and projects it to text
 * (text.h).
 */
#pragma once

#include "lib/output.h"
#include "lib/progress.h"
#include "lib/text.h"
#include "svirt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One table serves three programs (SVIRT_PROGRAM, set by the makefile): the front that people type,
 * which only reads the command line; the program for what the caller's own domain may do; the
 * manager. Each has only the code of its own verbs: code that is not there cannot be misused. */
#define PROGRAM_FRONT	0
#define PROGRAM_CALLER	1
#define PROGRAM_MANAGER 2
#define IN_CALLER(fn)	(SVIRT_PROGRAM == PROGRAM_CALLER ? (fn) : NULL)
#define IN_MANAGER(fn)	(SVIRT_PROGRAM == PROGRAM_MANAGER ? (fn) : NULL)
#define IN_BOTH(fn)	(SVIRT_PROGRAM != PROGRAM_FRONT ? (fn) : NULL)

#define cleanup(fn)   __attribute__((__cleanup__(fn)))
#define must_check    __attribute__((__warn_unused_result__))
#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

/* The type of the member that gets an option's value, at offset off of the verb's option struct. */
enum opt_kind {
	OPT_FLAG,   /* bool */
	OPT_NUMBER, /* uint32_t */
	OPT_CHOICE, /* unsigned: position in values */
	OPT_DIR,    /* char *, owned by the struct */
	OPT_TEXT,   /* char *, owned by the struct; the library checks it */
	OPT_TEXTS,  /* char **, NULL or ends with NULL; as OPT_TEXT, may be repeated */
};

/* What an argument, or an option's value, names, for completion. */
enum arg_kind {
	ARG_NONE,
	ARG_DOMAIN, /* a defined domain or an XML file */
	ARG_GUEST,  /* a guest that runs or holds a label */
	ARG_VERB,
	ARG_CHOICE, /* one of arg_values */
};

struct opt {
	const char *name;
	char ch; /* short form, 0: none */
	enum opt_kind kind;
	unsigned group; /* options of one group exclude each other; 0: none */
	size_t off;
	uint32_t min, max, initial; /* of a number */
	bool hidden;
	const char *arg, *help;
	const char *const *values; /* of a choice, ends with NULL; the first is the default */
	enum arg_kind names;	   /* of a text */
};

enum {
	CMD_MANAGER = 1u << 0, /* runs in the manager's domain */
	CMD_MUTATES = 1u << 1, /* changes something, so it takes --dry-run */
	CMD_HIDDEN = 1u << 2,
	CMD_BARE = 1u << 3, /* needs no host: the library is not opened */
	/* With arguments it parses documents from outside. When the caller is root, it does that in
	 * the manager, which has fewer rights. */
	CMD_MANAGER_ARGS = 1u << 4,
	CMD_SYSTEM = 1u << 5, /* is about the whole system, so it takes no --user */
};

struct globals {
	bool json, quiet, verbose, dry_run, version, help, test_args;
	unsigned color;	   /* enum color_when */
	unsigned progress; /* enum progress_when */
	/* From the front: domain files, opened with the caller's rights. That of args[i] is the
	 * descriptor domain_fd + i. 0: none. */
	uint32_t domain_fd;
	char *domain_lost; /* errno of opening each argument, with commas; NULL: all are open */
	/* When the front writes our output to files, it signals on this descriptor that it is done
	 * (cmd/lib/pump.h). 0: it does not write it. */
	uint32_t output_fd;
	char *root; /* NULL: this system */
	bool user;  /* the caller's own guests, not the system's */
};

/* One run of the program: the parsed command line, then what the verb works with. */
struct call {
	const struct command *cmd;
	struct globals globals;
	void *opt;   /* cmd->opt_size bytes */
	char **args; /* ends with NULL */
	unsigned n_args;
	struct svirt *sv;
	struct doc *doc;
	struct progress progress;
};

struct command {
	const char *name;
	const char *args; /* as the usage line shows them, "" for none */
	const char *summary;
	unsigned flags;
	unsigned min_args, max_args;
	enum arg_kind arg_kind;
	const char *const *arg_values; /* of the first argument; ends with NULL */
	const char *domain_after;      /* the one of arg_values that a DOMAIN follows, or NULL */
	size_t opt_size;
	const struct opt *opts; /* ends with a nameless one; may be NULL */
	/* Combinations that the table cannot express. Looks at the command line only. */
	int (*verify)(const struct call *call, struct svirt_error *err);
	/* Fills call->doc. Returns the exit status, or negative with *err filled. NULL: the verb is
	 * in another program. */
	int (*run)(struct call *call, struct svirt_error *err);
	/* Projects the document to text. NULL: the verb has no data. */
	void (*show)(const struct call *call, struct text *out);
};

/* table.c */
extern const struct command *const commands[]; /* ends with NULL */
extern const struct opt global_opts[];
const struct command *command_find(const char *name);
/* The name most like a mistyped one, NULL when none is near. */
const char *command_guess(const char *name);
const char *opt_guess(const struct command *cmd, const char *name);

/* help.c */
extern const struct command cmd_help, cmd_version, cmd_dump;

/* names.c */
extern const struct command cmd_names;

/* One per file cmd-NAME.c */
extern const struct command cmd_check, cmd_destroy, cmd_dominfo, cmd_info, cmd_label, cmd_list,
	cmd_policy, cmd_restore, cmd_resume, cmd_start, cmd_stop, cmd_suspend;
