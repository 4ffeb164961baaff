/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How errors leave the library and options enter it. The structs are the caller's, whose header may
 * be older or newer than the library. Private to api/. */
#pragma once

#include "base/error.h"
#include "svirt.h"

/* Turns the return value and the error of an internal function into public ones. A positive outcome
 * never leaves the library. */
int sv_publish(int r, const struct sv_error *from, struct svirt_error *to);

/* Copies the caller's options into a struct of this version. NULL is the default. What the members
 * point to stays the caller's. Errors: SV_E_USAGE for a size that is not set, and for an option of
 * a newer header. */
int sv_options_of(const struct svirt_options *from, struct svirt_options *ret,
		  struct sv_error *err) sv_must_check;
