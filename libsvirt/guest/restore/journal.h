/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the journal for people: which guest holds which file, and which label the file gets back.
 */
#pragma once

#include "guest/state/handle.h"
#include "svirt.h"

/* See svirt_journal_read(). Takes no lock and changes nothing. */
int sv_journal_read(struct svirt *sv, const char *name, unsigned flags, struct svirt_undos **ret,
		    struct sv_error *err) sv_must_check;
