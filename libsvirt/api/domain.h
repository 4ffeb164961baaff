/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is behind the public face's opaque domain: shared by the files of that face. */
#pragma once

#include "domain/model.h"
#include "svirt.h"

struct svirt_domain {
	struct sv_domain *dom;
};
