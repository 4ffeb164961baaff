/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The label of a guest in a model without levels (Smack): it is a name, and keeps nobody apart
 * unless the guest alone has it.
 */
#pragma once

#include "guest/prepare/assign.h"

/* SV_E_BUSY: another guest, or a process that is not the guest's, has label. SV_E_USAGE: it is
 * static and no guest may have it. c->choice->main has no levels. */
int sv_naming_check(const struct sv_assign_case *c, const char *label,
		    struct sv_error *err) sv_must_check;

/* The same as far as the store knows. SV_NONE: another guest has the label by now. In a
 * transaction. */
int sv_naming_again(const struct sv_assign_case *c, const char *label,
		    struct sv_error *err) sv_must_check;
