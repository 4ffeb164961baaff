/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PCI devices that svirt takes from their drivers for a guest (managed='yes'). The driver that a
 * device has is its label (driver/pci.c), so the journal, the undo and the repair are those of
 * labels. What may not be taken from the host is known by plan/pci-use.h.
 */
#pragma once

#include "base/nodes.h"
#include "plan/pci-use.h"

struct sv_bindings {
	struct sv_binding *items;
	size_t n;
	bool looks_only;  /* another process binds them: what this one may write does not count */
	const char *root; /* where /sys is: "", or a directory that stands for "/"; borrowed */
};
void sv_bindings_done(struct sv_bindings *bindings);

/* Appends a device; path, address and target are copied. */
int sv_bindings_add(struct sv_bindings *bindings, const struct sv_binding *binding,
		    struct sv_error *err) sv_must_check;

/* What becomes of one device. */
struct sv_bind_look {
	const struct sv_node *node; /* borrowed from the nodes */
	char *from, *to;	 /* labels of sv_driver_pci; owned. The same: it is bound already */
	struct sv_devices below; /* devices that go away with its driver; owned */
};
void sv_bind_look_done(struct sv_bind_look *look);
#define sv_auto_bind_look sv_cleanup(sv_bind_look_done)

/* Looks at the device at this place of bindings and changes nothing. A device that has a driver of
 * VFIO keeps it. An error, without the place in the document: the host uses the device, it is a
 * bridge, there is no vfio-pci, or this process may not write what it takes. */
int sv_bind_look(const struct sv_bindings *bindings, size_t i, struct sv_nodes *nodes,
		 struct sv_bind_look *ret, struct sv_error *err) sv_must_check;

/* Whether the host uses the device of this path now, right before it is taken: what was so when it
 * was planned may have changed since. The errors are those of sv_bind_look(). */
int sv_bind_look_again(const struct sv_bindings *bindings, const char *path,
		       struct sv_error *err) sv_must_check;

/* Sets the hint for who may not bind a device. Returns -code, like sv_hint(). */
int sv_bind_hint_right(const char *address, struct sv_error *err);
