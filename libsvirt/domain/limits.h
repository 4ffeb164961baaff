/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest may use of the host at most, as the domain describes it. A part of domain/model.h.
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

/* <iotune> of a disk, which the VMM itself keeps. In each array: bytes of reads and writes, of
 * reads, of writes; the same of operations. 0: no limit. */
enum { SV_IOTUNE_BYTES, SV_IOTUNE_OPERATIONS = 3, SV_N_IOTUNE = 6 };
struct sv_iotune {
	unsigned line;							      /* 0: there is none */
	uint64_t rate[SV_N_IOTUNE], burst[SV_N_IOTUNE], seconds[SV_N_IOTUNE]; /* of a burst */
	uint64_t size; /* bytes that count as one operation */
	char *group;   /* disks that have the limit together; or NULL */
};

struct sv_domain;
struct sv_disk;
/* The disk whose <iotune> holds for disk: itself, or of its group the first one that has a limit.
 * NULL: nothing limits it. */
const struct sv_disk *sv_disk_throttle(const struct sv_domain *dom, const struct sv_disk *disk);
