/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks: rules, findings, evidence, remedy (svirt-check-rules(7)). A check that could not look
 * says "unknown", it never passes.
 */
#pragma once

#include "guest/prepare/blocker.h"
#include "guest/state/handle.h"
#include "svirt.h"

/* check-host.c, check-domain.c */

int sv_check_host(struct svirt *sv, struct svirt_report **ret, struct sv_error *err) sv_must_check;
int sv_check_domain(struct svirt *sv, const char *spec, int fd, struct svirt_report **ret,
		    struct sv_error *err) sv_must_check;

/* report.c */

/* One finding; message is formatted. The results are those of XCCDF. An error of memory sticks in
 * the report and ends the check (sv_report_check). */
struct sv_rule {
	const char *id, *severity;
};
struct sv_checker {
	struct svirt_report *report;
	const char *object;
	bool failed;
};
void sv_check_pass(struct sv_checker *c, const struct sv_rule *rule, const char *fmt, ...)
	sv_printf(3, 4);
/* Makes a finding of an error of the library: UNKNOWN is "unknown", other codes are "fail". The
 * hint becomes the remedy. Clears err. */
void sv_check_error(struct sv_checker *c, const struct sv_rule *rule, struct sv_error *err);
/* "informational": what stands in err is true, and no fault. Clears err. */
void sv_check_inform(struct sv_checker *c, const struct sv_rule *rule, struct sv_error *err);
/* "fail": the first thing in the way of a file. */
void sv_check_blocker(struct sv_checker *c, const struct sv_rule *rule, struct sv_blocker *blocker);
/* "notapplicable": the rule has no object here. */
void sv_check_skip(struct sv_checker *c, const struct sv_rule *rule, const char *fmt, ...)
	sv_printf(3, 4);
int sv_report_new(struct sv_checker *ret, const char *object, struct sv_error *err) sv_must_check;
/* Works out the exit status and hands the report over. */
int sv_report_take(struct sv_checker *c, struct svirt_report **ret,
		   struct sv_error *err) sv_must_check;
