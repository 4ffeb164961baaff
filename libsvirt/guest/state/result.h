/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Functions that make the public result structs (svirt.h), with internal errors. */
#pragma once

#include "base/error.h"
#include "store/store.h"
#include "svirt.h"

/* Splits a label. Text that is not a context has no parts. */
int sv_label_new(const char *text, struct svirt_label **ret, struct sv_error *err) sv_must_check;

/* The layers of a lease. */
int sv_layers_new(const struct sv_lease *lease, struct svirt_layer **ret, size_t *ret_n,
		  struct sv_error *err) sv_must_check;
