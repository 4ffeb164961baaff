/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions that make the list of resources, one noun per file. Private to domain/resource.
 */
#pragma once

#include "domain/resource/resource.h"

/* Adds a copy of res with this target. The list is in the order of the document; for one line, in
 * the order of the calls. It takes over res->made_path, also on failure. */
int sv_resource_add(struct sv_resources *list, const struct sv_resource *res, const char *target,
		    struct sv_error *err) sv_must_check;

/* sv_resource_add() for a file that is opened once for any number of devices: only the first one is
 * added. res has no made_path. */
int sv_resource_add_once(struct sv_resources *list, const struct sv_resource *res,
			 const char *target, struct sv_error *err) sv_must_check;

/* char.c: what a character device opens. target names it ("serial0"). */
int sv_resource_add_chardev(struct sv_resources *list, const struct sv_chardev *chardev,
			    unsigned line, const char *target, const char *run_dir,
			    struct sv_error *err) sv_must_check;

/* The socket of a process that works for the guest. */
int sv_resource_add_vhost_user(struct sv_resources *list, const struct sv_vhost_user *backend,
			       unsigned line, const char *target,
			       struct sv_error *err) sv_must_check;

/* boot.c: kernel, firmware, tables */
int sv_resources_of_boot(const struct sv_domain *dom, struct sv_resources *list,
			 struct sv_error *err) sv_must_check;

/* A file that the VMM loads for a device of the guest; none, when it has no path. */
int sv_resource_add_loaded(struct sv_resources *list, const struct sv_boot_file *file,
			   const char *target, struct sv_error *err) sv_must_check;

/* memory.c: persistent and shared memory */
int sv_resources_of_memory(const struct sv_domain *dom, struct sv_resources *list,
			   struct sv_error *err) sv_must_check;

/* extra.c: what the arguments of <qemu:commandline> name */
int sv_resources_of_extra(const struct sv_domain *dom, struct sv_resources *list,
			  struct sv_error *err) sv_must_check;

/* net.c: taps */
int sv_resources_of_nets(const struct sv_domain *dom, struct sv_resources *list,
			 struct sv_error *err) sv_must_check;

/* hostdev.c: devices of the host that the guest gets */
int sv_resources_of_hostdevs(const struct sv_domain *dom, struct sv_resources *list,
			     struct sv_error *err) sv_must_check;

/* shared.c: devices of the host that every guest opens. One of them is in the list once, with the
 * line of the first that needs it. */
enum sv_shared_device {
	SV_SHARED_TUN,
	SV_SHARED_VHOST_NET,
	SV_SHARED_VSOCK,
	SV_SHARED_SEV,
	SV_SHARED_SGX_PAGES,
	SV_SHARED_SGX_KEY,
	SV_SHARED_VFIO,
};
int sv_resource_add_shared(struct sv_resources *list, enum sv_shared_device device, unsigned line,
			   struct sv_error *err) sv_must_check;
int sv_resources_of_shared_devices(const struct sv_domain *dom, struct sv_resources *list,
				   struct sv_error *err) sv_must_check;
