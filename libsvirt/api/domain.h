/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The struct behind the opaque domain of the public interface. Private to api/. */
#pragma once

#include "domain/model.h"
#include "svirt.h"

/* for api.c and policy.c */

struct svirt_domain {
	struct sv_domain *dom;
};
