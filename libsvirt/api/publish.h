/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How errors leave the library. Private to api/. */
#pragma once

#include "base/error.h"
#include "svirt.h"

/* Turns the return value and the error of an internal function into public ones. A positive outcome
 * never leaves the library. */
int sv_publish(int r, const struct sv_error *from, struct svirt_error *to);
