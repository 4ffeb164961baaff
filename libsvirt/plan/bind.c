/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of a PCI device that is to be bound to vfio-pci: see bind.h. Changes nothing. */
#include "plan/bind.h"

#include "base/array.h"
#include "base/string.h"
#include "base/sysfs.h"
#include "driver/driver.h"
#include "plan/object.h"
#include "plan/pci-use.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void sv_bindings_done(struct sv_bindings *bindings)
{
	for (size_t i = 0; i < bindings->n; i++) {
		free(bindings->items[i].path);
		free(bindings->items[i].address);
		free(bindings->items[i].target);
	}
	free(bindings->items);
	*bindings = (struct sv_bindings){0};
}

int sv_bindings_add(struct sv_bindings *bindings, const struct sv_binding *binding,
		    struct sv_error *err)
{
	struct sv_binding *item = sv_array_add(bindings->items, bindings->n);

	if (!item)
		return sv_fail_oom(err);
	item->line = binding->line;
	if (sv_strdup(binding->path, &item->path, err) < 0 ||
	    sv_strdup(binding->address, &item->address, err) < 0 ||
	    sv_strdup(binding->target, &item->target, err) < 0)
		return -(int)err->code;
	return 0;
}

void sv_bind_look_done(struct sv_bind_look *look)
{
	free(look->from);
	free(look->to);
	sv_devices_done(&look->below);
	*look = (struct sv_bind_look){0};
}

static int fail_no_driver(const char *address, struct sv_error *err)
{
	sv_fail(err, SV_E_HOST, 0,
		"PCI device %s is to be bound to vfio-pci, and this kernel has no such driver now",
		address);
	return sv_hint(err, "modprobe vfio-pci");
}

int sv_bind_hint_right(const char *address, struct sv_error *err)
{
	return sv_hint(err,
		       "in SELinux's policy a boolean lets svirt do it: setsebool -P "
		       "svirt_manage_drivers on; or bind it by hand: driverctl set-override %s "
		       "vfio-pci",
		       address);
}

/* The kernel is asked whether this process may write what binding takes: its mode and what the
 * loaded policy says. */
static int check_right(const struct sv_node *node, const char *address, struct sv_error *err)
{
	static const char *const attrs[] = {"driver_override", "subsystem/drivers_probe"};

	for (size_t i = 0; i < SV_N_ELEMENTS(attrs); i++) {
		if (faccessat(node->fd, attrs[i], W_OK, AT_EACCESS) == 0)
			continue;
		sv_fail_errno(err, errno, "PCI device %s: svirt may not bind it to vfio-pci (%s)",
			      address, attrs[i]);
		return sv_bind_hint_right(address, err);
	}
	return 0;
}

static int check(const struct sv_bindings *bindings, const struct sv_binding *binding,
		 struct sv_bind_look *look, struct sv_error *err)
{
	sv_auto_sysfs struct sv_sysfs sysfs = SV_SYSFS_EMPTY;
	int r = sv_sysfs_open(bindings->root, &sysfs, err);

	if (r == 0)
		r = sv_sysfs_has(&sysfs, "bus/pci/drivers/vfio-pci", err);
	if (r == SV_NONE)
		return fail_no_driver(binding->address, err);
	if (r == 0 && sv_pci_is_of_host(look->from))
		r = sv_pci_check_unused(&sysfs, binding, &look->below, err);
	return r == 0 && !bindings->looks_only ? check_right(look->node, binding->address, err) : r;
}

int sv_bind_look(const struct sv_bindings *bindings, size_t i, struct sv_nodes *nodes,
		 struct sv_bind_look *ret, struct sv_error *err)
{
	const struct sv_binding *binding = &bindings->items[i];
	sv_auto_bind_look struct sv_bind_look look = {0};
	bool bound;
	int r = sv_nodes_open(nodes, binding->path, &look.node, err);

	if (r == 0)
		r = sv_object_label(&sv_driver_pci, look.node, binding->path, &look.from, err);
	if (r < 0)
		return r;
	bound = sv_pci_is_vfio(look.from);
	r = sv_strdup(bound ? look.from : SV_PCI_GIVEN, &look.to, err);
	if (r == 0 && !bound)
		r = check(bindings, binding, &look, err);
	if (r < 0)
		return r;
	*ret = look;
	look = (struct sv_bind_look){0};
	return 0;
}

int sv_bind_look_again(const struct sv_bindings *bindings, const char *path, struct sv_error *err)
{
	sv_auto_sysfs struct sv_sysfs sysfs = SV_SYSFS_EMPTY;
	int r = sv_sysfs_open(bindings->root, &sysfs, err);

	for (size_t i = 0; r == 0 && i < bindings->n; i++) {
		if (sv_streq(bindings->items[i].path, path))
			r = sv_pci_check_unused(&sysfs, &bindings->items[i], NULL, err);
	}
	return r;
}
