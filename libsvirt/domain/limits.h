/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest may use of the host at most, as the domain describes it, and how that is said to its
 * control group (cgroup v2: Documentation/admin-guide/cgroup-v2.rst of the kernel). A part of
 * domain/model.h. Pure: whether this host can set it is found out by guest/run/bounds.
 */
#pragma once

#include "base/error.h"

#include <sched.h>
#include <stdint.h>

/* A number of the document. line 0: it was not given, or it asks for no limit. */
struct sv_limit_number {
	unsigned line;
	uint64_t n;
};

/* Processor time: at most quota in each period, both in microseconds. */
struct sv_cpu_time {
	struct sv_limit_number period, quota;
};
enum { SV_CPU_PERIOD = 100000 }; /* when the document gives none: the kernel's */
/* The most that the kernel takes for a quota (max_bw_runtime_us in kernel/sched/core.c), which is
 * beyond every host. */
#define SV_CPU_QUOTA_MAX UINT64_C(17592186044415)

struct sv_pinned {
	unsigned line; /* 0: not given */
	cpu_set_t set;
};

struct sv_vcpu_pin {
	unsigned line;
	uint32_t vcpu;
	cpu_set_t set;
};

enum sv_io_rate { SV_IO_RBPS, SV_IO_WBPS, SV_IO_RIOPS, SV_IO_WIOPS, SV_N_IO_RATES };

/* A disk of the host, which the guest's reads and writes go to. */
struct sv_io_device {
	unsigned line;
	char *path; /* absolute */
	struct sv_limit_number weight, rates[SV_N_IO_RATES];
};

struct sv_limits {
	struct sv_limit_number shares;		 /* <cputune>, in cgroup v2's weight */
	struct sv_cpu_time vcpu, emulator, all;	 /* of each virtual CPU; global_* */
	struct sv_pinned any, emulator_pin;	 /* <vcpu cpuset=>; <emulatorpin> */
	struct sv_pinned nodes;			 /* <numatune> */
	struct sv_limit_number hard, soft, swap; /* <memtune>, KiB; swap: with memory */
	struct sv_limit_number weight;		 /* <blkiotune> */
	struct sv_vcpu_pin *pins;
	size_t n_pins;
	struct sv_io_device *devices;
	size_t n_devices;
};
void sv_limits_done(struct sv_limits *limits);

/* <iotune> of a disk, which the VMM itself keeps. In each array: bytes of reads and writes, of
 * reads, of writes; the same of operations. 0: no limit. */
enum { SV_IOTUNE_BYTES, SV_IOTUNE_OPERATIONS = 3, SV_N_IOTUNE = 6 };
struct sv_iotune {
	unsigned line;							      /* 0: there is none */
	uint64_t rate[SV_N_IOTUNE], burst[SV_N_IOTUNE], seconds[SV_N_IOTUNE]; /* of a burst */
	uint64_t size; /* bytes that count as one operation */
	char *group;   /* disks that have the limit together; or NULL */
};

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

/* Bounds of svirt.conf, for every guest. */
struct sv_limit_defaults {
	uint32_t processes;	  /* beside a thread for each virtual CPU */
	bool asked;		  /* the administrator has set processes */
	uint64_t memory_over_kib; /* beside the guest's memory; 0: memory has no bound */
};

struct sv_domain;
struct sv_disk;
/* The disk whose <iotune> holds for disk: itself, or of its group the first one that has a limit.
 * NULL: nothing limits it. */
const struct sv_disk *sv_disk_throttle(const struct sv_domain *dom, const struct sv_disk *disk);

/* The files of the guest's control group and what they are to say, in the order in which they are
 * written. The list borrows from dom. */
int sv_limits_of(const struct sv_domain *dom, const struct sv_limit_defaults *defaults,
		 struct sv_limit_list *ret, struct sv_error *err) sv_must_check;

/* Where all threads of the guest may run: every virtual CPU's pin, and the emulator's. 0: *ret is
 * filled. SV_NONE: nothing is pinned. SV_BUSY: something is pinned, and *ret_vcpu has no pin. */
int sv_limits_pinned(const struct sv_domain *dom, cpu_set_t *ret, uint32_t *ret_vcpu) sv_must_check;
