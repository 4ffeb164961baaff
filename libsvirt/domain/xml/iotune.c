/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <blkiotune>: what the guest may use of the host's disks, which its control group holds.
 * <iotune>: what it may use of one disk of its own, which the VMM holds (the rules are those of
 * throttle_is_valid() in util/throttle.c of QEMU).
 */
#include "domain/xml/parts.h"

#define WEIGHT_MIN     10 /* in every version of the document's format */
#define WEIGHT_MAX     1000
#define RATE_MAX       UINT64_C(1000000000000000) /* THROTTLE_VALUE_MAX of QEMU */
#define DEVICES_MAX    256u
#define SECONDS_MAX    UINT32_MAX
#define MAX_SUFFIX     "_max"
#define SECONDS_SUFFIX "_max_length"

static const struct sv_xml_range weights = {WEIGHT_MIN, WEIGHT_MAX, false};

static int read_path(struct sv_xml *x, const xmlNode *node, void *into)
{
	sv_auto_free char *text = NULL;
	struct sv_io_device *device = into;
	int r = sv_xml_plain_text(x, node, &text);

	return r < 0 ? r : sv_xml_path(x, node, "path of a device", text, &device->path);
}

static int read_device_weight(struct sv_xml *x, const xmlNode *node, void *into)
{
	return sv_xml_limit(x, node, weights, &((struct sv_io_device *)into)->weight);
}

/* By its name; 0 is no limit. */
static int read_device_rate(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct {
		const char *name;
		enum sv_io_rate rate;
		struct sv_xml_range range;
	} rates[] = {
		{"read_bytes_sec", SV_IO_RBPS, {1, INT64_MAX, true}},
		{"write_bytes_sec", SV_IO_WBPS, {1, INT64_MAX, true}},
		{"read_iops_sec", SV_IO_RIOPS, {1, UINT32_MAX - 1, true}},
		{"write_iops_sec", SV_IO_WIOPS, {1, UINT32_MAX - 1, true}},
	};
	struct sv_io_device *device = into;
	size_t i = 0;

	while (i + 1 < SV_N_ELEMENTS(rates) && !sv_streq(rates[i].name, (const char *)node->name))
		i++;
	return sv_xml_limit(x, node, rates[i].range, &device->rates[rates[i].rate]);
}

static int read_device(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("path", read_path),
		SV_XML_READ("weight", read_device_weight),
		SV_XML_READ("read_bytes_sec", read_device_rate),
		SV_XML_READ("write_bytes_sec", read_device_rate),
		SV_XML_READ("read_iops_sec", read_device_rate),
		SV_XML_READ("write_iops_sec", read_device_rate),
		SV_XML_END,
	};
	struct sv_limits *limits = &x->dom->limits;
	struct sv_io_device *device;
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	(void)unused;
	if (r < 0)
		return r;
	if (limits->n_devices == DEVICES_MAX)
		return sv_xml_fail(x, node, "more than %u devices in <blkiotune>", DEVICES_MAX);
	device = sv_xml_add(x, limits->devices, limits->n_devices);
	if (!device)
		return -(int)x->err->code;
	device->line = sv_xml_line(node);
	r = sv_xml_children(x, node, rules, device);
	for (size_t i = 0; r >= 0 && device->path && i + 1 < limits->n_devices; i++)
		if (sv_streq(limits->devices[i].path, device->path))
			return sv_xml_fail(x, node,
					   "a second <device> of %s; the first is in line %u",
					   device->path, limits->devices[i].line);
	if (r >= 0 && !device->path) {
		(void)sv_xml_fail(x, node, "a <device> in <blkiotune> has no <path>");
		return sv_hint(x->err, "<path>/dev/sda</path>, a whole disk of the host");
	}
	return r;
}

static int read_weight(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	return sv_xml_limit(x, node, weights, &x->dom->limits.weight);
}

int sv_xml_blkiotune(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("weight", read_weight),
		SV_XML_READ_MANY("device", read_device),
		SV_XML_END,
	};
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	(void)unused;
	return r < 0 ? r : sv_xml_children(x, node, rules, NULL);
}

/* The names of struct sv_iotune's rates, which "_max" and "_max_length" follow. */
static const char *const rates[SV_N_IOTUNE] = {"total_bytes_sec", "read_bytes_sec",
					       "write_bytes_sec", "total_iops_sec",
					       "read_iops_sec",	  "write_iops_sec"};

static int read_number(struct sv_xml *x, const xmlNode *node, struct sv_xml_range range,
		       uint64_t *ret)
{
	struct sv_limit_number number = {0};
	int r = sv_xml_limit(x, node, range, &number);

	if (r >= 0)
		*ret = number.n;
	return r;
}

static int read_rate(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_range rate = {0, RATE_MAX, false},
					 seconds = {0, SECONDS_MAX, false};
	const char *name = (const char *)node->name, *suffix;
	struct sv_iotune *tune = into;
	size_t i = 0;

	while (i + 1 < SV_N_IOTUNE && !sv_starts_with(name, rates[i]))
		i++;
	suffix = name + strlen(rates[i]);
	if (sv_streq(suffix, MAX_SUFFIX))
		return read_number(x, node, rate, &tune->burst[i]);
	if (sv_streq(suffix, SECONDS_SUFFIX))
		return read_number(x, node, seconds, &tune->seconds[i]);
	return read_number(x, node, rate, &tune->rate[i]);
}

static int read_size(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_range size = {0, RATE_MAX, false};

	return read_number(x, node, size, &((struct sv_iotune *)into)->size);
}

static int read_group(struct sv_xml *x, const xmlNode *node, void *into)
{
	sv_auto_free char *text = NULL;
	struct sv_iotune *tune = into;
	int r = sv_xml_plain_text(x, node, &text);

	return r < 0 ? r : sv_xml_word(x, node, "group_name of <iotune>", text, &tune->group);
}

/* What QEMU would refuse. NULL: nothing. */
static const char *fault_of(const struct sv_iotune *tune, size_t i)
{
	bool total = i % SV_IOTUNE_OPERATIONS == 0;

	if (total && tune->rate[i] && (tune->rate[i + 1] || tune->rate[i + 2]))
		return "stands beside one of reads or of writes";
	if (total && tune->burst[i] && (tune->burst[i + 1] || tune->burst[i + 2]))
		return "has a burst beside one of reads or of writes";
	if (tune->burst[i] && tune->burst[i] < tune->rate[i])
		return "has a burst that is lower";
	if (tune->burst[i] && !tune->rate[i])
		return "has a burst and no limit";
	if (tune->seconds[i] > 1 && !tune->burst[i])
		return "has a length of a burst and no burst";
	if (tune->burst[i] && tune->seconds[i] > RATE_MAX / tune->burst[i])
		return "has a burst that is too long";
	return NULL;
}

static int check(struct sv_xml *x, const xmlNode *node, const struct sv_iotune *tune)
{
	for (size_t i = 0; i < SV_N_IOTUNE; i++) {
		const char *fault = fault_of(tune, i);

		if (fault)
			return sv_xml_fail(x, node, "%s of <iotune> %s", rates[i], fault);
	}
	if (tune->size && !tune->rate[SV_IOTUNE_OPERATIONS] &&
	    !tune->rate[SV_IOTUNE_OPERATIONS + 1] && !tune->rate[SV_IOTUNE_OPERATIONS + 2])
		return sv_xml_fail(x, node, "size_iops_sec of <iotune> has no limit of operations");
	return 0;
}

#define RATE(name)                                                             \
	SV_XML_READ(name, read_rate), SV_XML_READ(name MAX_SUFFIX, read_rate), \
		SV_XML_READ(name SECONDS_SUFFIX, read_rate)

int sv_xml_iotune(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_rule rules[] = {
		RATE("total_bytes_sec"),
		RATE("read_bytes_sec"),
		RATE("write_bytes_sec"),
		RATE("total_iops_sec"),
		RATE("read_iops_sec"),
		RATE("write_iops_sec"),
		SV_XML_READ("size_iops_sec", read_size),
		SV_XML_READ("group_name", read_group),
		SV_XML_END,
	};
	struct sv_iotune *tune = &((struct sv_disk *)into)->iotune;
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	tune->line = sv_xml_line(node);
	if (r >= 0)
		r = sv_xml_children(x, node, rules, tune);
	return r < 0 ? r : check(x, node, tune);
}

static bool same_limits(const struct sv_iotune *a, const struct sv_iotune *b)
{
	return memcmp(a->rate, b->rate, sizeof(a->rate)) == 0 &&
	       memcmp(a->burst, b->burst, sizeof(a->burst)) == 0 &&
	       memcmp(a->seconds, b->seconds, sizeof(a->seconds)) == 0 && a->size == b->size;
}

/* One disk of a group has the group's limits; in the others they may be missing. */
static int join(struct sv_xml *x, const struct sv_disk *first, const struct sv_disk *disk)
{
	static const struct sv_iotune none;

	if (same_limits(&disk->iotune, &none) || same_limits(&disk->iotune, &first->iotune))
		return 0;
	(void)sv_fail_at(x->err, x->dom->file, disk->iotune.line,
			 "disk %s has other limits than disk %s of its group_name '%s'",
			 disk->target, first->target, disk->iotune.group);
	return sv_hint(x->err, "a group has one limit for all its disks; the other is in line %u",
		       first->iotune.line);
}

/* QEMU's filter passes no command of SCSI on, and those would not be counted. */
static int fail_lun(struct sv_xml *x, const struct sv_disk *disk)
{
	(void)sv_fail_at(x->err, x->dom->file, disk->line,
			 "disk %s: <iotune> has no effect with a lun", disk->target);
	return sv_hint(x->err, "limit it by a <device> of <blkiotune>, or use device='disk'");
}

int sv_xml_check_iotune(struct sv_xml *x)
{
	const struct sv_domain *dom = x->dom;
	int r = 0;

	for (size_t i = 0; r == 0 && i < dom->n_disks; i++) {
		const struct sv_disk *first = sv_disk_throttle(dom, &dom->disks[i]);

		if (first && dom->disks[i].lun)
			return fail_lun(x, &dom->disks[i]);
		if (first && first != &dom->disks[i])
			r = join(x, first, &dom->disks[i]);
	}
	return r;
}
