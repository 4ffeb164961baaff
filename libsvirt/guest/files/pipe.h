/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which fifos a character device of type 'pipe' uses: QEMU tries PIPE.in and PIPE.out and, unless
 * both open, PIPE (chardev/char-pipe.c). Only those that it will use are labelled, so QEMU is
 * denied a fifo that appears later. Looks at names, not at kinds and labels.
 */
#pragma once

#include "domain/resource/resource.h"

/* 0: QEMU will open this name of a CHAR_PIPE. SV_NONE: it will open the other one. Fails when only
 * one of the pair exists. */
int sv_pipe_is_used(const struct sv_resource *res, struct sv_error *err) sv_must_check;
