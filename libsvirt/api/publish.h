/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How errors leave the library: shared by the files of the public face. */
#pragma once

#include "base/error.h"
#include "svirt.h"

/* r of an internal function -> r of a public one. A positive outcome never leaves the library. */
int sv_publish(int r, const struct sv_error *from, struct svirt_error *to);
