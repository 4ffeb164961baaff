/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which label a resource is to have in one model, from the document and the kind of the file. Looks
 * at no present label and at no other resource.
 */
#pragma once

#include "plan/plan.h"

/* The device's own <seclabel> for a layer; one without a model is for the first layer. NULL: there
 * is none. Borrowed. */
const struct sv_device_seclabel *sv_plan_override(const struct sv_resource *res,
						  const struct sv_layer *layer, bool first);

/* The reason of sv_plan_label() for the socket of a process that listens. */
extern const char sv_plan_service_stays[];

/* The label that layer wants for res, borrowed. NULL: the file is left, for the reason *why (which
 * is NULL before the call). first: layer is the guest's first one, so that a device's <seclabel>
 * without a model applies to it. node is NULL when the path does not exist, or when it does not
 * matter what is there. */
const char *sv_plan_label(const struct sv_resource *res, const struct sv_node *node,
			  const struct sv_layer *layer, bool first, const char **why);
