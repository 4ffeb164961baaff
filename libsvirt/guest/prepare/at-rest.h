/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What other guests may read of a guest's images while it does not run. Its label keeps them out;
 * the label that comes back at its end may not, and then owner and mode alone do.
 */
#pragma once

#include "guest/prepare/prepared.h"

/* Whether other guests may read the file of res, which is in prep->files and which this guest
 * alone writes, when its label has gone back; what says so then. False as well when it cannot be
 * found out, and of a file that has the guest's label now. For a guest that is labelled first by a
 * model that has levels. */
bool sv_at_rest_is_open(const struct sv_prepared *prep, const struct sv_resource *res,
			struct sv_error *what);
