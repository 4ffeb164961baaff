/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File-context rules in the document, as a table, and what is to be done next. */
#pragma once

#include "lib/output.h"

void fcontext_put(struct doc *doc, const struct svirt_fcontexts *list);
void fcontext_show(const struct doc *doc, struct text *out);
/* Prints how many rules were changed, which files differ from their rule, and the command that
 * applies the rules. flags as for svirt_policy_fcontext(). */
void fcontext_talk(const struct svirt_fcontexts *list, unsigned flags);
