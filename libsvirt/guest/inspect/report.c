/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Building of a report out of findings: see check.h. Must not know any rule. */
#include "guest/inspect/check.h"

#include "base/array.h"
#include "base/string.h"

#include <stdarg.h>

int sv_report_new(struct sv_checker *ret, const char *object, struct sv_error *err)
{
	struct svirt_report *report = calloc(1, sizeof(*report));

	if (!report)
		return sv_fail_oom(err);
	*ret = (struct sv_checker){.report = report, .object = object};
	return 0;
}

static struct svirt_finding *add(struct sv_checker *c, const struct sv_rule *rule,
				 const char *result)
{
	struct svirt_report *r = c->report;
	struct svirt_finding *f = sv_array_add(r->items, r->n);
	struct sv_error e = {0};

	if (!f) {
		c->failed = true;
		return NULL;
	}
	c->failed |= sv_strdup(rule->id, &f->rule, &e) < 0 ||
		     sv_strdup(rule->severity, &f->severity, &e) < 0 ||
		     sv_strdup(c->object, &f->object, &e) < 0 ||
		     sv_strdup(result, &f->result, &e) < 0;
	return f;
}

static void sv_printf(4, 0) vadd(struct sv_checker *c, const struct sv_rule *rule,
				 const char *result, const char *fmt, va_list ap)
{
	struct svirt_finding *f = add(c, rule, result);

	if (f && vasprintf(&f->message, fmt, ap) < 0) {
		f->message = NULL;
		c->failed = true;
	}
}

void sv_check_pass(struct sv_checker *c, const struct sv_rule *rule, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vadd(c, rule, "pass", fmt, ap);
	va_end(ap);
}

void sv_check_skip(struct sv_checker *c, const struct sv_rule *rule, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vadd(c, rule, "notapplicable", fmt, ap);
	va_end(ap);
}

static void add_error(struct sv_checker *c, const struct sv_rule *rule, const char *result,
		      struct sv_error *err)
{
	struct svirt_finding *f = add(c, rule, result);
	struct sv_error e = {0};

	if (f) {
		c->failed |= sv_strdup(err->msg, &f->message, &e) < 0;
		if (err->hint[0])
			c->failed |= sv_strdup(err->hint, &f->remedy, &e) < 0;
		if (err->file[0] && err->line)
			c->failed |=
				sv_asprintf(&f->evidence, &e, "%s:%u", err->file, err->line) < 0;
		else if (err->file[0])
			c->failed |= sv_strdup(err->file, &f->evidence, &e) < 0;
	}
	sv_error_clear(err);
}

void sv_check_error(struct sv_checker *c, const struct sv_rule *rule, struct sv_error *err)
{
	add_error(c, rule, err->code == SV_E_UNKNOWN ? "unknown" : "fail", err);
}

void sv_check_inform(struct sv_checker *c, const struct sv_rule *rule, struct sv_error *err)
{
	add_error(c, rule, "informational", err);
}

void sv_check_blocker(struct sv_checker *c, const struct sv_rule *rule, struct sv_blocker *blocker)
{
	struct svirt_finding *f;
	struct sv_error e = {0};

	(void)sv_wrap(&blocker->what, "%s", blocker->name);
	sv_check_error(c, rule, &blocker->what);
	if (c->failed)
		return;
	f = &c->report->items[c->report->n - 1];
	c->failed |= sv_strdup(blocker->name, &f->blocker, &e) < 0;
	if (blocker->evidence[0]) {
		free(f->evidence);
		f->evidence = NULL;
		c->failed |= sv_strdup(blocker->evidence, &f->evidence, &e) < 0;
	}
}

int sv_report_take(struct sv_checker *c, struct svirt_report **ret, struct sv_error *err)
{
	size_t i;

	if (c->failed) {
		svirt_report_free(&c->report);
		return sv_fail_oom(err);
	}
	for (i = 0; i < c->report->n; i++) {
		const char *result = c->report->items[i].result;

		if (sv_streq(result, "unknown"))
			c->report->exit = SV_E_UNKNOWN;
		else if (sv_streq(result, "fail") && c->report->exit == 0)
			c->report->exit = SV_E_FINDINGS;
	}
	*ret = sv_take_ptr(c->report);
	return 0;
}
