/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shows the progress of long work on standard error: on a terminal by one line that is redrawn and
 * cleared at the end, or by a line of JSON now and then (svirt-json(7)). Other text has to clear
 * that line first.
 */
#pragma once

#include "svirt.h"

#include <stdbool.h>
#include <stdint.h>

enum progress_when {
	PROGRESS_AUTO, /* on a terminal, when the work takes a while */
	PROGRESS_JSON,
	PROGRESS_NEVER,
};

struct progress {
	enum progress_when when;
	uint64_t next_ms; /* nothing is drawn before */
	bool drawn;
};

void progress_open(struct progress *progress, enum progress_when when, bool quiet);
void progress_tell(struct progress *progress, const struct svirt_progress *now);
void progress_clear(struct progress *progress);
