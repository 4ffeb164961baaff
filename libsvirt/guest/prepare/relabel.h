/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks before anything is changed whether the objects of a plan may be relabelled. check reports
 * it for each file; label and start end at the first one that may not.
 */
#pragma once

#include "guest/prepare/prepared.h"

/* May the process that labels (self; NULL: this one) give the objects of step their labels?
 * SV_E_PERMISSION names the first object that it may not label. */
int sv_relabel_check(const struct sv_step *step, const char *self,
		     struct sv_error *err) sv_must_check;

/* sv_relabel_check() for all steps, where the kernel enforces its model. */
int sv_relabel_check_all(const struct sv_domain *dom, const struct sv_prepared *prep,
			 struct sv_error *err) sv_must_check;
