/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What keeps nobody apart unless the guest alone has it: its label in a model without levels
 * (Smack), which is a name; and its user in a model that leaves something of a guest to another one
 * of the same user.
 */
#pragma once

#include "guest/prepare/assign.h"

/* SV_E_BUSY: another guest, or a process that is not the guest's, has label. SV_E_USAGE: it is
 * static and no guest may have it. c->choice->main has no levels. */
int sv_naming_check(const struct sv_assign_case *c, const char *label,
		    struct sv_error *err) sv_must_check;

/* The user that the document of a guest names; label is that of the guest in dac. SV_E_BUSY:
 * another guest or a process has it, and should not. *ret: the number when nobody else may take it
 * either, for sv_user_again(); else 0. */
int sv_naming_check_user(const struct sv_assign_case *c, const char *label, uint32_t *ret,
			 struct sv_error *err) sv_must_check;

/* sv_naming_check() as far as the store knows. SV_NONE: another guest has the label by now. In a
 * transaction. */
int sv_naming_again(const struct sv_assign_case *c, const char *label,
		    struct sv_error *err) sv_must_check;
