/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which label a resource is to have in one model: see label.h. */
#include "plan/label.h"

#include "base/string.h"
#include "plan/host.h"
#include "plan/kind.h"

const struct sv_device_seclabel *sv_plan_override(const struct sv_resource *res,
						  const struct sv_layer *layer, bool first)
{
	size_t i;

	for (i = 0; i < res->n_overrides; i++) {
		const struct sv_device_seclabel *o = &res->overrides[i];

		if (o->model ? sv_streq(o->model, layer->driver->name) : first)
			return o;
	}
	return NULL;
}

const char sv_plan_service_stays[] = "the socket of somebody who listens stays as it is";

const char *sv_plan_label(const struct sv_resource *res, const struct sv_node *node,
			  const struct sv_layer *layer, bool first, const char **why)
{
	const struct sv_device_seclabel *override = sv_plan_override(res, layer, first);
	const struct sv_driver *driver = layer->driver;
	const struct sv_subject *subject = &layer->subject;

	if (node && sv_host_is_service(res, node, driver->mac))
		*why = sv_plan_service_stays;
	else if (override && !override->relabel)
		*why = "relabel='no' of the device";
	else if (override && override->label)
		return override->label;
	else if (sv_fs_system_dir(res->path))
		*why = "system file, only read";
	else if (node && sv_resource_is_shared_device(res))
		*why = "device that all guests share";
	else if (node && sv_kind_is_common(res, node))
		*why = "device that every process may use";
	else if (res->kind == SV_RES_TREE && !driver->mac)
		*why = "what is in an exported directory keeps its owners";
	else if (!subject->relabel)
		*why = "relabel='no'";
	else if (!subject->image[res->access])
		*why = "this access needs no label of its own";
	else
		*why = node && driver->label->why_leave
			       ? driver->label->why_leave(node, res->access)
			       : NULL;
	return *why ? NULL : subject->image[res->access];
}
