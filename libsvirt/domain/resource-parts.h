/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The makers of the list of resources, one noun per file. For domain/resource*.c only.
 */
#pragma once

#include "domain/resource.h"

/* A copy of *res, in the order of the document, with a copy of target. */
int sv_resource_add(struct sv_resources *list, const struct sv_resource *res, const char *target,
		    struct sv_error *err) sv_must_check;

/* resource-boot.c: kernel, firmware, tables */
int sv_resources_of_boot(const struct sv_domain *dom, struct sv_resources *list,
			 struct sv_error *err) sv_must_check;

/* resource-memory.c: persistent and shared memory */
int sv_resources_of_memory(const struct sv_domain *dom, struct sv_resources *list,
			   struct sv_error *err) sv_must_check;

/* resource-extra.c: what the arguments of <qemu:commandline> name */
int sv_resources_of_extra(const struct sv_domain *dom, struct sv_resources *list,
			  struct sv_error *err) sv_must_check;

/* resource-hostdev.c: devices of the host that the guest gets */
int sv_resources_of_hostdevs(const struct sv_domain *dom, struct sv_resources *list,
			     struct sv_error *err) sv_must_check;
