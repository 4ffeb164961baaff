/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits of a guest in its control group: see bounds.h. */
#include "guest/run/bounds.h"

#include "base/cgroup.h"
#include "base/cpuset.h"
#include "base/devnum.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#define MIB_KIB	   1024u
#define WEIGHT	   "io.weight"
#define BFQ_WEIGHT "io.bfq.weight"

const struct sv_bound_file sv_bound_files[] = {
	{"cpu.weight", "100"},	     {"cpu.max", "max 100000"},
	{"cpuset.cpus", ""},	     {"cpuset.mems", ""},
	{"memory.max", "max"},	     {"memory.high", "max"},
	{"memory.swap.max", "max"},  {WEIGHT, "default 100"},
	{BFQ_WEIGHT, "default 100"}, {"io.max", ""},
	{"pids.max", "max"},	     {NULL, NULL},
};

/* Says whose limit an error is about, and where that stands. Returns -code. */
static int place(const struct sv_domain *dom, const struct sv_limit *limit, struct sv_error *err)
{
	if (!limit->line)
		return sv_wrap(err, "%s= of svirt.conf(5)", limit->element);
	(void)sv_wrap(err, "%s", limit->element);
	return sv_error_place(err, dom->file, limit->line);
}

static int fail_user(const struct sv_limit *limit, struct sv_error *err)
{
	(void)sv_fail(err, SV_E_HOST, 0,
		      "a guest of a user has no control group, so svirt cannot set %s",
		      limit->file);
	return sv_hint(err, "start it as root, or remove the limit");
}

/* A group without the file would be a guest without the limit. */
static int fail_no_file(const struct sv_limit *limit, struct sv_error *err)
{
	(void)sv_fail(err, SV_E_HOST, 0, "control groups of this kernel have no file %s",
		      limit->file);
	return sv_hint(err, sv_streq(limit->file, WEIGHT)
				    ? "'modprobe bfq' brings weights to kernels without io.cost; "
				      "or remove the limit"
				    : "boot a kernel that has it, or remove the limit");
}

static int check_file(const struct sv_limit *limit, struct sv_error *err)
{
	int r = sv_cgroup_has(limit->controller, limit->file, err);

	if (r == SV_NONE && sv_streq(limit->file, WEIGHT))
		r = sv_cgroup_has(limit->controller, BFQ_WEIGHT, err);
	if (r == SV_NONE)
		return fail_no_file(limit, err);
	return r < 0 ? r : 0;
}

static int check_controller(const struct svirt *sv, const struct sv_limit *limit,
			    struct sv_error *err)
{
	int r;

	if (sv->user)
		return fail_user(limit, err);
	r = sv_cgroup_offers(limit->controller, err);
	if (r == SV_SKIP) {
		(void)sv_fail(err, SV_E_HOST, 0,
			      "this host has no control groups of version 2 that svirt may write, "
			      "so it cannot set %s",
			      limit->file);
		return sv_hint(err,
			       "boot with systemd.unified_cgroup_hierarchy=1, or mount cgroup2 "
			       "on /sys/fs/cgroup; or remove the limit");
	}
	if (r == SV_NONE) {
		(void)sv_fail(err, SV_E_HOST, 0,
			      "this host's control groups have no controller '%s', so svirt cannot "
			      "set %s",
			      limit->controller, limit->file);
		return sv_hint(err,
			       "boot with cgroup_no_v1=%s when version 1 has it, and without "
			       "cgroup_disable=%s; or remove the limit",
			       limit->controller, limit->controller);
	}
	return r;
}

/* A set that names what is not there would leave the guest with all that is. */
static int check_set(const struct sv_limit *limit, struct sv_error *err)
{
	static const struct {
		const char *file, *all, *what;
	} sets[] = {
		{"cpuset.cpus", "cpuset.cpus.effective", "CPU"},
		{"cpuset.mems", "cpuset.mems.effective", "memory node"},
	};
	sv_auto_free char *text = NULL;
	cpu_set_t wanted, there;
	size_t i = 0;
	int beyond, r;

	while (i < SV_N_ELEMENTS(sets) && !sv_streq(sets[i].file, limit->file))
		i++;
	if (i == SV_N_ELEMENTS(sets))
		return 0;
	r = sv_cgroup_top(sets[i].all, &text, err);
	if (r > 0)
		return fail_no_file(limit, err);
	if (r == 0)
		r = sv_cpuset_parse(text, sets[i].all, &there, err);
	if (r == 0)
		r = sv_cpuset_parse(limit->value, limit->file, &wanted, err);
	if (r < 0)
		return r;
	beyond = sv_cpuset_beyond(&wanted, &there);
	if (beyond < 0)
		return 0;
	(void)sv_fail(err, SV_E_HOST, 0, "this host has no %s %d that runs", sets[i].what, beyond);
	return sv_hint(err, "it has %s", text);
}

/* Limits are those of whole devices. A weight of one device is kept by its scheduler alone. */
static int check_disk(const struct sv_limit *limit, uint64_t device, struct sv_error *err)
{
	sv_auto_sysfs struct sv_sysfs sysfs = SV_SYSFS_EMPTY;
	sv_auto_free char *part = NULL, *scheduler = NULL, *path = NULL;
	char dir[SV_DEVNUM_DIR];
	int r = sv_sysfs_open("", &sysfs, err);

	(void)sv_devnum_dir(device, dir);
	if (r == 0)
		r = sv_asprintf(&path, err, "%s/partition", dir);
	if (r == 0)
		r = sv_sysfs_read(&sysfs, path, &part, err);
	if (r == 0) {
		(void)sv_fail(err, SV_E_HOST, 0,
			      "%s is a partition, and limits are those of a disk", limit->device);
		return sv_hint(err, "name the disk that it is on: lsblk shows it");
	}
	if (r < 0 || !sv_streq(limit->file, BFQ_WEIGHT))
		return r < 0 ? r : 0;
	free(sv_take_ptr(path));
	r = sv_asprintf(&path, err, "%s/queue/scheduler", dir);
	if (r == 0)
		r = sv_sysfs_read(&sysfs, path, &scheduler, err);
	if (r < 0 || (scheduler && strstr(scheduler, "[bfq]")))
		return r;
	(void)sv_fail(err, SV_E_HOST, 0, "%s has no scheduler that knows weights", limit->device);
	return sv_hint(err,
		       "'echo bfq' into /sys/%s/queue/scheduler gives it one; or remove the weight",
		       dir);
}

/* Puts the number of the device before the value. */
static int find_device(struct sv_limit *limit, struct sv_error *err)
{
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	sv_auto_free char *value = NULL;
	int r = sv_node_open(limit->device, &node, err);

	if (r < 0)
		return r;
	if (!S_ISBLK(node.mode))
		return sv_fail(err, SV_E_USAGE, 0, "%s is no block device", limit->device);
	r = check_disk(limit, sv_devnum_of(&node), err);
	if (r == 0)
		r = sv_asprintf(&value, err, "%u:%u %s", major(node.rdev), minor(node.rdev),
				limit->value);
	if (r < 0)
		return r;
	free(limit->value);
	limit->value = sv_take_ptr(value);
	return 0;
}

static int find(const struct svirt *sv, struct sv_limit *limit, struct sv_error *err)
{
	int r = check_controller(sv, limit, err);

	if (r == 0)
		r = check_file(limit, err);
	if (r == 0)
		r = check_set(limit, err);
	return r == 0 && limit->device ? find_device(limit, err) : r;
}

/* Two names of one disk: the second limit would take the place of the first. */
static int check_twice(const struct sv_limit_list *list, size_t n, const struct sv_limit *limit,
		       struct sv_error *err)
{
	size_t number = strcspn(limit->value, " ") + 1;

	for (size_t i = 0; limit->device && i < n; i++) {
		const struct sv_limit *other = &list->items[i];

		if (!other->device || !sv_streq(other->file, limit->file) ||
		    strncmp(other->value, limit->value, number) != 0)
			continue;
		return sv_fail(err, SV_E_USAGE, 0,
			       "%s is the disk %s, which has a <device> in line %u", limit->device,
			       other->device, other->line);
	}
	return 0;
}

/* What svirt.conf says is about guests with a control group. */
static bool may_lack(const struct svirt *sv, const struct sv_limit *limit)
{
	return limit->optional || (sv->user && !limit->line);
}

int sv_bounds_find(const struct svirt *sv, const struct sv_domain *dom, struct sv_limit_list *ret,
		   struct sv_error *err)
{
	const struct sv_limit_defaults defaults = {
		.processes = sv->conf.processes,
		.asked = sv->conf.processes_asked,
		.memory_over_kib = (uint64_t)sv->conf.memory_overhead * MIB_KIB,
	};
	sv_auto_limits struct sv_limit_list list = {0};
	size_t kept = 0;
	int r = sv_limits_of(dom, &defaults, &list, err);

	for (size_t i = 0; r == 0 && i < list.n; i++) {
		struct sv_limit limit = list.items[i];

		list.items[i].value = NULL;
		r = find(sv, &limit, err);
		if (r == 0)
			r = check_twice(&list, kept, &limit, err);
		if (r < 0 && !may_lack(sv, &limit))
			r = place(dom, &limit, err);
		else if (r < 0)
			sv_error_clear(err);
		if (r == 0)
			list.items[kept++] = limit;
		else
			free(limit.value);
		r = err->code == SV_OK ? 0 : r;
	}
	if (r < 0)
		return r;
	list.n = kept;
	*ret = list;
	list = (struct sv_limit_list){0};
	return 0;
}

/* A kernel may have two files for weights, each for a scheduler, or one of them. */
static int set_weight(int dir, const char *value, struct sv_error *err)
{
	int bfq = sv_cgroup_set(dir, BFQ_WEIGHT, value, err);
	int cost = bfq < 0 ? bfq : sv_cgroup_set(dir, WEIGHT, value, err);

	return bfq == 0 && cost == SV_NONE ? 0 : cost;
}

static int set(const struct sv_limit *limit, int dir, struct sv_error *err)
{
	int r;

	if (dir < 0)
		return sv_fail(err, SV_E_HOST, 0,
			       "the guest has no control group, so svirt cannot set %s",
			       limit->file);
	r = sv_cgroup_enable(limit->controller, err);
	if (r == 0 && sv_streq(limit->file, WEIGHT))
		r = set_weight(dir, limit->value, err);
	else if (r == 0)
		r = sv_cgroup_set(dir, limit->file, limit->value, err);
	if (r == SV_NONE)
		return fail_no_file(limit, err);
	return r < 0 ? sv_hint(err, "remove the limit, or give this host what it lacks") : 0;
}

int sv_bounds_set(const struct svirt *sv, const struct sv_domain *dom,
		  const struct sv_limit_list *limits, int dir, struct sv_error *err)
{
	for (size_t i = 0; i < limits->n; i++) {
		const struct sv_limit *limit = &limits->items[i];
		struct sv_error why = {0};

		if (set(limit, dir, &why) == 0)
			continue;
		if (!may_lack(sv, limit)) {
			*err = why;
			return place(dom, limit, err);
		}
		if (dir >= 0)
			sv_warn(sv, "guest '%s' has no bound of its processes: %s", dom->name,
				why.msg);
	}
	return 0;
}
