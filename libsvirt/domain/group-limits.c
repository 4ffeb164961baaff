/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the limits of a domain to files of a control group: see group-limits.h. Knows no host. */
#include "domain/group-limits.h"

#include "base/array.h"
#include "base/cpuset.h"

#include <inttypes.h>

void sv_limit_list_done(struct sv_limit_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i].value);
	free(list->items);
	*list = (struct sv_limit_list){0};
}

/* Appends a copy of limit with the text of value, and empties value. */
static int add(struct sv_limit_list *list, const struct sv_limit *limit, struct sv_buf *value,
	       struct sv_error *err)
{
	struct sv_limit *item = sv_array_add(list->items, list->n);

	if (!item)
		return sv_fail_oom(err);
	*item = *limit;
	return sv_buf_take(value, &item->value, err);
}

/* Numbers that are a file's whole value. */
static const struct plain {
	struct sv_limit limit;
	size_t at;     /* in struct sv_limits */
	uint64_t unit; /* that the document counts in */
} plains[] = {
	{{"cputune/shares", .controller = "cpu", .file = "cpu.weight"},
	 offsetof(struct sv_limits, shares),
	 1},
	{{"memtune/hard_limit", .controller = "memory", .file = "memory.max"},
	 offsetof(struct sv_limits, hard),
	 1024},
	{{"memtune/soft_limit", .controller = "memory", .file = "memory.high"},
	 offsetof(struct sv_limits, soft),
	 1024},
	{{"blkiotune/weight", .controller = "io", .file = "io.weight"},
	 offsetof(struct sv_limits, weight),
	 1},
};

static int add_plains(const struct sv_limits *limits, struct sv_limit_list *list,
		      struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(plains); i++) {
		const struct sv_limit_number *number =
			(const void *)((const char *)limits + plains[i].at);
		struct sv_limit limit = plains[i].limit;
		sv_auto_buf struct sv_buf value = {0};

		limit.line = number->line;
		sv_buf_printf(&value, "%" PRIu64, number->n * plains[i].unit);
		if (number->line)
			r = add(list, &limit, &value, err);
	}
	return r;
}

/* The document counts memory and swap together, the kernel swap alone. */
static int add_swap(const struct sv_limits *limits, struct sv_limit_list *list,
		    struct sv_error *err)
{
	const struct sv_limit limit = {"memtune/swap_hard_limit", limits->swap.line,
				       .controller = "memory", .file = "memory.swap.max"};
	sv_auto_buf struct sv_buf value = {0};

	if (!limits->swap.line)
		return 0;
	sv_buf_printf(&value, "%" PRIu64, (limits->swap.n - limits->hard.n) * 1024);
	return add(list, &limit, &value, err);
}

static uint64_t period_of(const struct sv_cpu_time *time)
{
	return time->period.line ? time->period.n : SV_CPU_PERIOD;
}

/* What all threads of the guest may use together: each virtual CPU its part, and the emulator its
 * own when the document gives it one. The lower one of that and of global_quota counts. */
static int add_cpu_time(const struct sv_domain *dom, struct sv_limit_list *list,
			struct sv_error *err)
{
	const struct sv_limits *limits = &dom->limits;
	const struct sv_cpu_time *all = &limits->all;
	uint64_t period = period_of(&limits->vcpu), quota = SV_CPU_QUOTA_MAX;
	struct sv_limit limit = {"cputune/quota", limits->vcpu.quota.line, .controller = "cpu",
				 .file = "cpu.max"};
	sv_auto_buf struct sv_buf value = {0};

	if (limits->vcpu.quota.line)
		quota = limits->vcpu.quota.n * dom->vcpus;
	if (limits->vcpu.quota.line && limits->emulator.quota.line)
		quota += limits->emulator.quota.n / period_of(&limits->emulator) * period +
			 limits->emulator.quota.n % period_of(&limits->emulator) * period /
				 period_of(&limits->emulator);
	if (quota > SV_CPU_QUOTA_MAX)
		quota = SV_CPU_QUOTA_MAX;
	/* both sides fit: SV_CPU_QUOTA_MAX times the longest period, a second, is less than 2^64 */
	if (all->quota.line && (!limit.line || all->quota.n * period < quota * period_of(all))) {
		limit.element = "cputune/global_quota";
		limit.line = all->quota.line;
		quota = all->quota.n;
		period = period_of(all);
	}
	if (!limit.line)
		return 0;
	sv_buf_printf(&value, "%" PRIu64 " %" PRIu64, quota, period);
	return add(list, &limit, &value, err);
}

static const struct sv_vcpu_pin *pin_of(const struct sv_limits *limits, uint32_t vcpu)
{
	for (size_t i = 0; i < limits->n_pins; i++) {
		if (limits->pins[i].vcpu == vcpu)
			return &limits->pins[i];
	}
	return NULL;
}

int sv_limits_pinned(const struct sv_domain *dom, cpu_set_t *ret, uint32_t *ret_vcpu)
{
	const struct sv_limits *limits = &dom->limits;
	const struct sv_pinned *emulator =
		limits->emulator_pin.line ? &limits->emulator_pin : &limits->any;
	cpu_set_t set;
	bool pinned = emulator->line, whole = true;

	CPU_ZERO(&set);
	for (uint32_t i = dom->vcpus; i-- > 0;) {
		const struct sv_vcpu_pin *pin = pin_of(limits, i);

		if (pin || limits->any.line) {
			CPU_OR(&set, &set, pin ? &pin->set : &limits->any.set);
			pinned = true;
		} else {
			*ret_vcpu = i;
			whole = false;
		}
	}
	if (!pinned || !whole)
		return pinned ? SV_BUSY : SV_NONE;
	if (emulator->line)
		CPU_OR(&set, &set, &emulator->set);
	*ret = set;
	return 0;
}

static unsigned line_of_pins(const struct sv_limits *limits)
{
	if (limits->n_pins)
		return limits->pins[0].line;
	return limits->any.line ? limits->any.line : limits->emulator_pin.line;
}

static int add_sets(const struct sv_domain *dom, struct sv_limit_list *list, struct sv_error *err)
{
	const struct sv_limits *limits = &dom->limits;
	const struct sv_limit cpus = {limits->n_pins ? "cputune/vcpupin" : "vcpu",
				      line_of_pins(limits), .controller = "cpuset",
				      .file = "cpuset.cpus"};
	const struct sv_limit nodes = {"numatune/memory", limits->nodes.line,
				       .controller = "cpuset", .file = "cpuset.mems"};
	sv_auto_buf struct sv_buf value = {0};
	uint32_t vcpu;
	cpu_set_t set;
	int r = 0;

	if (sv_limits_pinned(dom, &set, &vcpu) == 0) {
		sv_cpuset_print(&set, &value);
		r = add(list, &cpus, &value, err);
	}
	if (r < 0 || !limits->nodes.line)
		return r;
	sv_cpuset_print(&limits->nodes.set, &value);
	return add(list, &nodes, &value, err);
}

static int add_device(const struct sv_io_device *device, struct sv_limit_list *list,
		      struct sv_error *err)
{
	static const char *const keys[SV_N_IO_RATES] = {"rbps", "wbps", "riops", "wiops"};
	struct sv_limit limit = {"blkiotune/device", device->line, .controller = "io",
				 .file = "io.bfq.weight", .device = device->path};
	sv_auto_buf struct sv_buf value = {0};
	int r = 0;

	if (device->weight.line) {
		sv_buf_printf(&value, "%" PRIu64, device->weight.n);
		r = add(list, &limit, &value, err);
	}
	for (size_t i = 0; i < SV_N_IO_RATES; i++) {
		if (device->rates[i].line)
			sv_buf_printf(&value, "%s%s=%" PRIu64, value.len ? " " : "", keys[i],
				      device->rates[i].n);
	}
	limit.file = "io.max";
	return r == 0 && value.len ? add(list, &limit, &value, err) : r;
}

static int add_defaults(const struct sv_domain *dom, const struct sv_limit_defaults *defaults,
			struct sv_limit_list *list, struct sv_error *err)
{
	const struct sv_limit memory = {"memory_overhead", .controller = "memory",
					.file = "memory.max"};
	const struct sv_limit pids = {"processes", .optional = !defaults->asked,
				      .controller = "pids", .file = "pids.max"};
	sv_auto_buf struct sv_buf value = {0};
	int r = 0;

	if (defaults->memory_over_kib && !dom->limits.hard.line) {
		sv_buf_printf(&value, "%" PRIu64,
			      (dom->memory_kib + defaults->memory_over_kib) * 1024);
		r = add(list, &memory, &value, err);
	}
	/* the kernel takes no more than it has numbers for */
	sv_buf_printf(&value, "%u",
		      dom->vcpus < SV_PROCESSES_MAX - defaults->processes
			      ? defaults->processes + dom->vcpus
			      : SV_PROCESSES_MAX);
	return r == 0 ? add(list, &pids, &value, err) : r;
}

int sv_limits_of(const struct sv_domain *dom, const struct sv_limit_defaults *defaults,
		 struct sv_limit_list *ret, struct sv_error *err)
{
	sv_auto_limits struct sv_limit_list list = {0};
	int r = add_plains(&dom->limits, &list, err);

	if (r == 0)
		r = add_swap(&dom->limits, &list, err);
	if (r == 0)
		r = add_cpu_time(dom, &list, err);
	if (r == 0)
		r = add_sets(dom, &list, err);
	for (size_t i = 0; r == 0 && i < dom->limits.n_devices; i++)
		r = add_device(&dom->limits.devices[i], &list, err);
	if (r == 0)
		r = add_defaults(dom, defaults, &list, err);
	if (r < 0)
		return r;
	*ret = list;
	list = (struct sv_limit_list){0};
	return 0;
}
