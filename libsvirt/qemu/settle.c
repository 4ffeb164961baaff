/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands of QMP before the guest runs: see settle.h. */
#include "qemu/settle.h"

#include "base/string.h"

#include <jansson.h>

/* Takes arguments over; NULL: they could not be made. */
static int tell(struct sv_qmp *qmp, const char *command, json_t *arguments, int timeout_ms,
		struct sv_error *err)
{
	sv_auto_free char *text = arguments ? json_dumps(arguments, JSON_COMPACT) : NULL;

	json_decref(arguments);
	return text ? sv_qmp_command_with(qmp, command, text, timeout_ms, err) : sv_fail_oom(err);
}

static int unplug(struct sv_qmp *qmp, size_t i, int timeout_ms, struct sv_error *err)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "net%zu", i);
	return tell(qmp, "set_link", json_pack("{s:s, s:b}", "name", name, "up", 0), timeout_ms,
		    err);
}

/* QEMU counts the guest's own memory and DIMMs, and takes more than that for all of it. */
static int inflate(struct sv_qmp *qmp, const struct sv_domain *dom, int timeout_ms,
		   struct sv_error *err)
{
	uint64_t kib = dom->current_memory_kib - sv_memory_requested(&dom->memory);

	return tell(qmp, "balloon", json_pack("{s:I}", "value", (json_int_t)(kib * 1024)),
		    timeout_ms, err);
}

int sv_qemu_settle(struct sv_qmp *qmp, const struct sv_domain *dom, int timeout_ms,
		   struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < dom->n_nets; i++) {
		if (dom->nets[i].unplugged)
			r = unplug(qmp, i, timeout_ms, err);
	}
	for (size_t i = 0; r == 0 && i < dom->n_graphics; i++) {
		const struct sv_graphics *g = &dom->graphics[i];

		if (g->password && !g->closed)
			r = tell(qmp, "set_password",
				 json_pack("{s:s, s:s}", "protocol", sv_graphics_types[g->type],
					   "password", g->password),
				 timeout_ms, err);
	}
	if (r == 0 && dom->memballoon && dom->current_memory_kib < dom->memory_kib)
		r = inflate(qmp, dom, timeout_ms, err);
	return r;
}
