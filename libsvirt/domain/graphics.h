/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <graphics>: where a guest's screen is drawn, and how it can be viewed. Plain structs, a part of
 * the domain. Knows nothing of XML, labels or QEMU.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum sv_graphics_type {
	SV_GRAPHICS_VNC,
	SV_GRAPHICS_SPICE,
	SV_GRAPHICS_EGL, /* "egl-headless": a GPU of the host draws; there is no viewer */
};

/* Settings of SPICE: compression, and what a client may do. */
enum sv_spice_setting {
	SV_SPICE_IMAGE,
	SV_SPICE_JPEG,
	SV_SPICE_ZLIB,
	SV_SPICE_PLAYBACK,
	SV_SPICE_STREAMING,
	SV_SPICE_CLIPBOARD,
	SV_SPICE_FILES,
	SV_SPICE_MOUSE,
};
#define SV_SPICE_SETTINGS (SV_SPICE_MOUSE + 1)

struct sv_graphics {
	unsigned line;
	enum sv_graphics_type type;
	char *socket; /* path of a unix socket, or NULL */
	bool own;     /* a socket in the guest's own directory, "spice.sock" */
	bool closed;  /* no client can connect */
	char *listen; /* numeric address, NULL: 127.0.0.1 */
	bool autoport;
	uint32_t port;		 /* when not autoport */
	char *password;		 /* NULL: none is asked for; QEMU is told before the guest runs */
	bool websocket;		 /* VNC: there is a port for browsers too */
	uint32_t websocket_port; /* 0: as far above 5700 as the other port is above 5900 */
	char *render_node;	 /* "/dev/dri/renderD128" of the GPU that draws; NULL: none does */
	const char *spice[SV_SPICE_SETTINGS]; /* words of the document; NULL: QEMU's choice */
};
extern const char *const sv_graphics_types[SV_GRAPHICS_EGL + 2]; /* ends with NULL */
