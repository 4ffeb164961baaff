/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a monitor gives up when its guest runs: every capability that putting labels back does not
 * need, and every system call that it does not need any more, above all executing programs. Must
 * not know which models there are.
 */
#pragma once

#include "store/store.h"

/* lease: that of the guest, whose models may need capabilities of their own for that. */
int sv_sandbox_enter(const struct sv_lease *lease, struct sv_error *err) sv_must_check;
