/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a monitor gives up when its guest runs: every capability that putting labels back does not
 * need, and every system call that it does not need any more, above all executing programs.
 */
#pragma once

#include "base/error.h"

int sv_sandbox_enter(struct sv_error *err) sv_must_check;
