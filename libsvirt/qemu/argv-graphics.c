/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest's screen, and where it can be looked at. Knows no file, label or process.
 */
#include "qemu/builder.h"

#include <inttypes.h>

static const uint32_t vnc_base = 5900, vnc_spread = 99, vnc_last = 65535;

static int vnc_address(struct sv_qemu_builder *b, const struct sv_graphics *g, struct sv_buf *buf,
		       struct sv_error *err)
{
	const char *listen = g->listen ? g->listen : "127.0.0.1";
	bool v6 = strchr(listen, ':') != NULL;

	if (!g->autoport && (g->port < vnc_base || g->port > vnc_last)) {
		sv_fail_at(err, b->dom->file, g->line, "VNC port %" PRIu32 " is out of range",
			   g->port);
		return sv_hint(err, "use %" PRIu32 " or more, or autoport='yes'", vnc_base);
	}
	sv_buf_puts(buf, v6 ? "[" : "");
	sv_qemu_value(buf, listen);
	sv_buf_puts(buf, v6 ? "]" : "");
	if (g->autoport)
		sv_buf_printf(buf, ":0,to=%" PRIu32, vnc_spread);
	else
		sv_buf_printf(buf, ":%" PRIu32, g->port - vnc_base);
	return 0;
}

int sv_qemu_graphics(struct sv_qemu_builder *b, struct sv_error *err)
{
	const struct sv_graphics *g = b->dom->graphics;
	sv_auto_buf struct sv_buf buf = {0};
	int r;

	if (b->dom->n_graphics == 0)
		return 0;
	if (b->dom->n_graphics > 1)
		return sv_fail_at(err, b->dom->file, g[1].line, "more than one <graphics>");
	if (b->machine == SV_QEMU_MICROVM)
		return sv_qemu_refuse(b, g->line, "video adapter for <graphics>", err);
	/* a screen needs something that draws on it; the document's <video> is not asked */
	r = sv_qemu_on_bus(b, &buf, "VGA", g->line, err);
	if (r)
		return r;
	sv_buf_puts(&buf, ",id=video0");
	sv_qemu_option(b, "-device", &buf);
	switch (g->type) {
	case SV_GRAPHICS_VNC:
		if (g->socket) {
			sv_buf_puts(&buf, "unix:");
			sv_qemu_value(&buf, g->socket);
		} else {
			r = vnc_address(b, g, &buf, err);
			if (r)
				return r;
		}
		sv_qemu_option(b, "-vnc", &buf);
		break;
	}
	return 0;
}
