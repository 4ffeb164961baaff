/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journal as people ask for it: which file is held by whom, and what it is to be again. */
#pragma once

#include "guest/state/handle.h"
#include "svirt.h"

/* See svirt_journal_read(). Takes no lock and changes nothing. */
int sv_journal_read(struct svirt *sv, const char *name, unsigned flags, struct svirt_undos **ret,
		    struct sv_error *err) sv_must_check;
