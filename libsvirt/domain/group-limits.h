/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the limits of a domain are said to the guest's control group (cgroup v2:
 * Documentation/admin-guide/cgroup-v2.rst of the kernel). Pure: whether this host can set them is
 * found out by guest/run/bounds.
 */
#pragma once

#include "domain/model.h"

/* A value in a file of the guest's control group. */
struct sv_limit {
	const char *element; /* "memtune/hard_limit"; "processes" for a key of svirt.conf */
	unsigned line;	     /* of the element; 0: a key of svirt.conf */
	bool optional;	     /* nobody asked for it: svirt's own bound */
	const char *controller, *file; /* "memory", "memory.max" */
	const char *device;	       /* borrowed: its number and a blank stand before the value */
	char *value;
};
struct sv_limit_list {
	struct sv_limit *items;
	size_t n;
};
void sv_limit_list_done(struct sv_limit_list *list);
#define sv_auto_limits sv_cleanup(sv_limit_list_done)

/* The most that a group may be allowed (PID_MAX_LIMIT in include/linux/threads.h). */
#define SV_PROCESSES_MAX 4194304u

/* Bounds of svirt.conf, for every guest. */
struct sv_limit_defaults {
	uint32_t processes; /* beside a thread for each virtual CPU; SV_PROCESSES_MAX at most */
	bool asked;	    /* the administrator has set processes */
	uint64_t memory_over_kib; /* beside the guest's memory; 0: memory has no bound */
};

/* The files of the guest's control group and what they are to say, in the order in which they are
 * written. The list borrows from dom. */
int sv_limits_of(const struct sv_domain *dom, const struct sv_limit_defaults *defaults,
		 struct sv_limit_list *ret, struct sv_error *err) sv_must_check;

/* Where all threads of the guest may run: every virtual CPU's pin, and the emulator's. 0: *ret is
 * filled. SV_NONE: nothing is pinned. SV_BUSY: something is pinned, and *ret_vcpu has no pin. */
int sv_limits_pinned(const struct sv_domain *dom, cpu_set_t *ret, uint32_t *ret_vcpu) sv_must_check;
