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

static void add_socket(const struct sv_qemu_builder *b, const struct sv_graphics *g,
		       struct sv_buf *buf)
{
	sv_qemu_value(buf, g->socket ? g->socket : b->host->run_dir);
	if (!g->socket)
		sv_buf_printf(buf, "/%s.sock", sv_graphics_types[g->type]);
}

static int add_vnc(struct sv_qemu_builder *b, const struct sv_graphics *g, struct sv_error *err)
{
	sv_auto_buf struct sv_buf buf = {0};
	int r = 0;

	if (g->closed) {
		sv_buf_puts(&buf, "none");
	} else if (g->socket || g->own) {
		/* with the key that QEMU implies only when the path has no '=' */
		sv_buf_puts(&buf, "vnc=unix:");
		add_socket(b, g, &buf);
	} else {
		r = vnc_address(b, g, &buf, err);
	}
	if (g->websocket && g->websocket_port)
		sv_buf_printf(&buf, ",websocket=%" PRIu32, g->websocket_port);
	else if (g->websocket)
		sv_buf_puts(&buf, ",websocket=on");
	if (g->password && !g->closed)
		sv_buf_puts(&buf, ",password=on");
	if (r == 0)
		sv_qemu_option(b, "-vnc", &buf);
	return r;
}

static void add_spice_settings(const struct sv_graphics *g, struct sv_buf *buf)
{
	static const char *const names[] = {
		[SV_SPICE_IMAGE] = "image-compression",
		[SV_SPICE_JPEG] = "jpeg-wan-compression",
		[SV_SPICE_ZLIB] = "zlib-glz-wan-compression",
		[SV_SPICE_PLAYBACK] = "playback-compression",
		[SV_SPICE_STREAMING] = "streaming-video",
	};

	for (size_t i = 0; i < SV_N_ELEMENTS(names); i++) {
		if (g->spice[i])
			sv_buf_printf(buf, ",%s=%s", names[i], g->spice[i]);
	}
	if (sv_streq(g->spice[SV_SPICE_CLIPBOARD], "no"))
		sv_buf_puts(buf, ",disable-copy-paste=on");
	if (sv_streq(g->spice[SV_SPICE_FILES], "no"))
		sv_buf_puts(buf, ",disable-agent-file-xfer=on");
	if (g->spice[SV_SPICE_MOUSE])
		sv_buf_printf(buf, ",agent-mouse=%s",
			      sv_streq(g->spice[SV_SPICE_MOUSE], "client") ? "on" : "off");
}

static void add_spice(struct sv_qemu_builder *b, const struct sv_graphics *g)
{
	sv_auto_buf struct sv_buf buf = {0};

	if (g->closed) {
		/* without an address QEMU would not enable SPICE */
		sv_buf_puts(&buf, "port=0");
	} else if (g->socket || g->own) {
		sv_buf_puts(&buf, "unix=on,addr=");
		add_socket(b, g, &buf);
	} else {
		sv_buf_printf(&buf, "port=%" PRIu32 ",addr=", g->port);
		sv_qemu_value(&buf, g->listen ? g->listen : "127.0.0.1");
	}
	/* without a password no client is asked for one; with one all are refused until QEMU knows
	 * it */
	if (!g->password)
		sv_buf_puts(&buf, ",disable-ticketing=on");
	if (g->render_node) {
		sv_buf_puts(&buf, ",gl=on,rendernode=");
		sv_qemu_value(&buf, g->render_node);
	}
	add_spice_settings(g, &buf);
	sv_qemu_option(b, "-spice", &buf);
}

/* Whether QEMU draws with a GPU of the host. */
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
	/* a screen needs an adapter; of <video> only the 3D setting counts */
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
		case SV_GRAPHICS_SPICE:
			add_spice(b, &dom->graphics[i]);
			break;
		case SV_GRAPHICS_EGL:
			break;
		}
	}
	return r;
}
