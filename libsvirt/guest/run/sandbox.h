/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a monitor gives up once its guest runs: every capability that putting labels back does not
 * need, and every system call that it will not make again (executing programs first of all).
 */
#pragma once

#include "base/error.h"

int sv_sandbox_enter(struct sv_error *err) sv_must_check;
