/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules of models that have some for each guest (driver/rules.h), from what was prepared. A dry
 * run and a check ask about the very rules that a start loads.
 */
#pragma once

#include "guest/prepare/prepared.h"

/* Whether each model would accept its rules. Changes nothing. prep->files and prep->argv are filled
 * already. */
int sv_rules_check(const struct svirt *sv, const struct sv_domain *dom, struct sv_prepared *prep,
		   struct sv_error *err) sv_must_check;

/* Loads them, after the guest's files were labelled and before its first process. What a process
 * has to hold of them stands in the layers of prep. The end of the lease unloads them. */
int sv_rules_load(const struct svirt *sv, const struct sv_domain *dom, struct sv_prepared *prep,
		  struct sv_error *err) sv_must_check;
