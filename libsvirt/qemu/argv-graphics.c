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

static int add_vnc(struct sv_qemu_builder *b, const struct sv_graphics *g, struct sv_error *err)
{
	sv_auto_buf struct sv_buf buf = {0};
	int r = 0;

	if (g->socket) {
		sv_buf_puts(&buf, "unix:");
		sv_qemu_value(&buf, g->socket);
	} else {
		r = vnc_address(b, g, &buf, err);
	}
	if (r == 0)
		sv_qemu_option(b, "-vnc", &buf);
	return r;
}

/* QEMU draws with a GPU of the host when somebody has opened one for it. */
static bool has_gpu(const struct sv_domain *dom)
{
	for (size_t i = 0; i < dom->n_graphics; i++) {
		if (dom->graphics[i].render_node)
			return true;
	}
	return false;
}

void sv_qemu_display(struct sv_qemu_builder *b)
{
	sv_auto_buf struct sv_buf buf = {0};
	const struct sv_graphics *egl = NULL;
	size_t i;

	for (i = 0; i < b->dom->n_graphics; i++) {
		if (b->dom->graphics[i].type == SV_GRAPHICS_EGL)
			egl = &b->dom->graphics[i];
	}
	if (egl) {
		sv_buf_puts(&buf, "egl-headless,rendernode=");
		sv_qemu_value(&buf, egl->render_node);
	} else {
		sv_buf_puts(&buf, "none");
	}
	sv_qemu_option(b, "-display", &buf);
}

int sv_qemu_graphics(struct sv_qemu_builder *b, struct sv_error *err)
{
	const struct sv_domain *dom = b->dom;
	sv_auto_buf struct sv_buf buf = {0};
	size_t i;
	int r;

	if (dom->n_graphics == 0)
		return 0;
	if (b->machine == SV_QEMU_MICROVM)
		return sv_qemu_refuse(b, dom->graphics[0].line, "video adapter for <graphics>",
				      err);
	/* a screen needs something that draws on it; the document's <video> is not asked for more
	 */
	r = sv_qemu_on_bus(b, &buf, dom->video_3d && has_gpu(dom) ? "virtio-vga-gl" : "VGA",
			   dom->graphics[0].line, err);
	if (r)
		return r;
	sv_buf_puts(&buf, ",id=video0");
	sv_qemu_option(b, "-device", &buf);
	for (i = 0; r == 0 && i < dom->n_graphics; i++) {
		switch (dom->graphics[i].type) {
		case SV_GRAPHICS_VNC:
			r = add_vnc(b, &dom->graphics[i], err);
			break;
		case SV_GRAPHICS_EGL:
			break;
		}
	}
	return r;
}
