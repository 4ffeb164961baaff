/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svirt check: does this host confine guests, and will these domains start confined? The answer
 * is the exit status. A check that could not find something out never passes.
 */
#include "lib/command.h"
#include "lib/error.h"
#include "lib/session.h"

#include <inttypes.h>
#include <string.h>

struct check_opts {
	bool all;
};

static const struct opt opts[] = {
	{.name = "all",
	 .kind = OPT_FLAG,
	 .off = offsetof(struct check_opts, all),
	 .help = "the host and every defined domain"},
	{.name = NULL},
};

static int verify(const struct call *call, struct svirt_error *err)
{
	const struct check_opts *opt = call->opt;

	if (!opt->all || !call->n_args)
		return 0;
	(void)fail(err, SVIRT_E_USAGE, "check: --all and a DOMAIN exclude each other");
	return hint(err, "Try 'svirt check --help'");
}

/* A result of XCCDF: how it is printed, and whether somebody has to look at it. */
static const struct verdict {
	const char *result, *word;
	enum tint tint;
	bool open;
} verdicts[] = {
	{"pass", "PASS", TINT_GOOD, false},	    {"fail", "FAIL", TINT_BAD, true},
	{"error", "ERROR", TINT_BAD, true},	    {"unknown", "UNKNOWN", TINT_DOUBT, true},
	{"notapplicable", "N/A", TINT_GOOD, false}, {"informational", "INFO", TINT_GOOD, false},
};

static const struct verdict *verdict_of(const char *result)
{
	static const struct verdict odd = {"unknown", "UNKNOWN", TINT_DOUBT, true};

	for (size_t i = 0; result && i < N_ELEMENTS(verdicts); i++) {
		if (strcmp(verdicts[i].result, result) == 0)
			return &verdicts[i];
	}
	return &odd;
}

static void put(struct doc *doc, const struct svirt_report *report)
{
	for (size_t i = 0; i < report->n; i++) {
		const struct svirt_finding *finding = &report->items[i];
		struct node *node = doc_result(doc);

		node_str(node, "rule", finding->rule);
		node_str(node, "object", finding->object);
		node_str(node, "result", finding->result);
		node_str(node, "severity", finding->severity);
		node_str(node, "message", finding->message);
		node_str(node, "evidence", finding->evidence);
		node_str(node, "remedy", finding->remedy);
		node_str(node, "blocker", finding->blocker);
	}
}

/* Status 9 outranks 1, and 1 outranks 0: a check that could not look must not pass, nor only fail.
 */
static void worst(int *status, int more)
{
	if (more > *status)
		*status = more;
}

static int check_host(struct call *call, int *status, struct svirt_error *err)
{
	cleanup(svirt_report_free) struct svirt_report *report = NULL;
	int r = svirt_check_host(call->sv, &report, err);

	if (r)
		return r;
	put(call->doc, report);
	worst(status, report->exit);
	return 0;
}

static int check_domains(struct call *call, char *const *specs, int *status,
			 struct svirt_error *err)
{
	int first = 0;

	for (; *specs; specs++) {
		cleanup(svirt_report_free) struct svirt_report *report = NULL;
		struct svirt_error e = SVIRT_ERROR_INIT;
		int r = session_lost(call, *specs, &e);

		if (r == 0)
			r = svirt_check_domain(call->sv, *specs, session_fd(call, *specs), &report,
					       &e);
		/* the other domains are checked even when one does not exist */
		if (r && !first) {
			first = r;
			*err = e;
		}
		if (r)
			continue;
		put(call->doc, report);
		worst(status, report->exit);
	}
	return first;
}

static void summarize(struct doc *doc)
{
	struct node *summary = doc_summary(doc);
	const struct node *results = doc_results(doc);

	for (size_t v = 0; v < N_ELEMENTS(verdicts); v++) {
		uint64_t n = 0;

		for (size_t i = 0; i < list_len(results); i++)
			n += verdict_of(node_text(list_at(results, i), "result"))->word ==
			     verdicts[v].word;
		node_num(summary, verdicts[v].result, n);
	}
}

static int run(struct call *call, struct svirt_error *err)
{
	const struct check_opts *opt = call->opt;
	cleanup(svirt_names_free) char **names = NULL;
	int status = 0, r = 0;

	if (!call->n_args)
		r = check_host(call, &status, err);
	if (r == 0 && opt->all)
		r = svirt_domain_names(call->sv, &names, err);
	if (r == 0)
		r = check_domains(call, names ? names : call->args, &status, err);
	summarize(call->doc);
	return r ? r : status;
}

static void show_finding(const struct call *call, const struct node *node, struct text *out)
{
	const struct verdict *verdict = verdict_of(node_text(node, "result"));
	const char *remedy = node_text(node, "remedy");
	const char *evidence = node_text(node, "evidence");

	if (call->globals.quiet && !verdict->open)
		return;
	text_tint(out, verdict->tint, verdict->word);
	text_line(out, "%*s %s %s: %s", 7 - (int)strlen(verdict->word), "", node_text(node, "rule"),
		  node_text(node, "object"), node_text(node, "message"));
	/* evidence is the place in the document, or the kernel's answer */
	if (evidence && (call->globals.verbose || verdict->open))
		text_line(out, "        evidence: %s", evidence);
	if (remedy && verdict->open)
		text_line(out, "        remedy: %s", remedy);
}

static void show(const struct call *call, struct text *out)
{
	const struct node *results = doc_results(call->doc);
	const struct node *root = doc_root(call->doc);
	uint64_t failed, doubtful;

	for (size_t i = 0; i < list_len(results); i++)
		show_finding(call, list_at(results, i), out);
	failed = node_count(root, "summary.fail");
	doubtful = node_count(root, "summary.unknown") + node_count(root, "summary.error");
	if (call->globals.quiet || node_text(root, "error.message"))
		return;
	if (failed || doubtful)
		text_line(out, "%" PRIu64 " failed, %" PRIu64 " could not be found out", failed,
			  doubtful);
	else if (node_count(root, "summary.pass") <= node_count(root, "summary.notapplicable"))
		text_line(out, "no fault, but most of the rules do not apply here");
	else
		text_line(out, "all clear");
}

const struct command cmd_check = {
	.name = "check",
	.args = "[DOMAIN...]",
	.summary = "Check the host, or what domains need, before anything starts",
	.flags = CMD_MANAGER_ARGS,
	.max_args = 200,
	.arg_kind = ARG_DOMAIN,
	.opt_size = sizeof(struct check_opts),
	.opts = opts,
	.verify = verify,
	.run = IN_BOTH(run),
	.show = IN_BOTH(show),
};
