/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which versions of virtio a device of the guest speaks. A part of domain/model.h.
 */
#pragma once

enum sv_virtio {
	SV_VIRTIO_ANY,		/* what the bus suggests */
	SV_VIRTIO_TRANSITIONAL, /* the versions before 1.0 too */
	SV_VIRTIO_MODERN,	/* "virtio-non-transitional" */
};
