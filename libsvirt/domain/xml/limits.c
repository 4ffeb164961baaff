/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <cputune>, <memtune>, <numatune>, <resource>: what the guest may use of processors and memory.
 * What a control group cannot hold is refused: a limit is never dropped. What only moves a guest
 * about within its limits is a warning.
 */
#include "base/cpuset.h"
#include "domain/group-limits.h"
#include "domain/xml/parts.h"

#define WEIGHT_MAX  10000
#define PERIOD_MIN  1000
#define PERIOD_MAX  1000000
#define MAX_VCPU_NO 1023

#define NO_IOTHREADS "svirt gives a guest no I/O threads"

int sv_xml_limit(struct sv_xml *x, const xmlNode *node, struct sv_xml_range range,
		 struct sv_limit_number *ret)
{
	sv_auto_free char *text = NULL;
	uint64_t n = 0;
	int r = sv_xml_plain_text(x, node, &text);

	if (r < 0)
		return r;
	if (range.none && (sv_streq(text, "0") || sv_streq(text, "-1")))
		return 0;
	if (sv_parse_u64(text, range.min, range.max, (const char *)node->name, &n, x->err) < 0)
		return sv_xml_at(x, node);
	*ret = (struct sv_limit_number){sv_xml_line(node), n};
	return 0;
}

int sv_xml_refuse_limit(struct sv_xml *x, const xmlNode *node, void *unused)
{
	char shown[64];

	(void)unused;
	(void)sv_xml_fail(x, node, "<%s> is " SV_XML_LIMIT,
			  sv_xml_name(node, shown, sizeof(shown)));
	return sv_hint(x->err, "remove it: svirt starts no guest without a limit that its document "
			       "asks for");
}

int sv_xml_cpuset(struct sv_xml *x, const xmlNode *node, const char *attr, struct sv_pinned *ret)
{
	const char *text = sv_xml_attr(node, attr);
	char what[96], shown[64];

	if (!text)
		return sv_xml_missing(x, node, attr);
	(void)snprintf(what, sizeof(what), "%s of <%s>", attr,
		       sv_xml_name(node, shown, sizeof(shown)));
	if (sv_cpuset_parse(text, what, &ret->set, x->err) < 0)
		return sv_xml_at(x, node);
	ret->line = sv_xml_line(node);
	return 0;
}

/* A number of <cputune>, by its name. */
static int read_cpu_number(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_range period = {PERIOD_MIN, PERIOD_MAX, true};
	static const struct sv_xml_range quota = {PERIOD_MIN, SV_CPU_QUOTA_MAX, true};
	static const struct sv_xml_range weight = {1, WEIGHT_MAX, false};
	struct sv_limits *limits = &x->dom->limits;
	const struct {
		const char *name;
		const struct sv_xml_range *range;
		struct sv_limit_number *to;
	} numbers[] = {
		{"shares", &weight, &limits->shares},
		{"period", &period, &limits->vcpu.period},
		{"quota", &quota, &limits->vcpu.quota},
		{"emulator_period", &period, &limits->emulator.period},
		{"emulator_quota", &quota, &limits->emulator.quota},
		{"global_period", &period, &limits->all.period},
		{"global_quota", &quota, &limits->all.quota},
	};
	size_t i = 0;

	(void)unused;
	while (i + 1 < SV_N_ELEMENTS(numbers) &&
	       !sv_streq(numbers[i].name, (const char *)node->name))
		i++;
	return sv_xml_limit(x, node, *numbers[i].range, numbers[i].to);
}

static int read_vcpu_pin(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {{"vcpu", NULL}, {"cpuset", NULL}, {NULL, NULL}};
	struct sv_limits *limits = &x->dom->limits;
	struct sv_pinned pinned = {0};
	const char *vcpu;
	struct sv_vcpu_pin *pin;
	int r = sv_xml_leaf(x, node, known);

	(void)unused;
	if (r >= 0)
		r = sv_xml_cpuset(x, node, "cpuset", &pinned);
	if (r < 0)
		return r;
	vcpu = sv_xml_attr(node, "vcpu");
	if (!vcpu)
		return sv_xml_missing(x, node, "vcpu");
	pin = sv_xml_add(x, limits->pins, limits->n_pins);
	if (!pin)
		return -(int)x->err->code;
	*pin = (struct sv_vcpu_pin){.line = pinned.line, .set = pinned.set};
	if (sv_parse_u32(vcpu, 0, MAX_VCPU_NO, "vcpu of <vcpupin>", &pin->vcpu, x->err) < 0)
		return sv_xml_at(x, node);
	for (size_t i = 0; i + 1 < limits->n_pins; i++) {
		if (limits->pins[i].vcpu == pin->vcpu)
			return sv_xml_fail(x, node,
					   "a second <vcpupin> of virtual CPU %u; the first is in "
					   "line %u",
					   pin->vcpu, limits->pins[i].line);
	}
	return 0;
}

static int read_emulator_pin(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {{"cpuset", NULL}, {NULL, NULL}};
	int r = sv_xml_leaf(x, node, known);

	(void)unused;
	return r < 0 ? r : sv_xml_cpuset(x, node, "cpuset", &x->dom->limits.emulator_pin);
}

/* Whether the document gives different threads different processors. */
static bool pins_differ(const struct sv_limits *limits)
{
	const cpu_set_t *first = limits->n_pins ? &limits->pins[0].set : NULL;

	for (size_t i = 1; i < limits->n_pins; i++) {
		if (!CPU_EQUAL(&limits->pins[i].set, first))
			return true;
	}
	return first && limits->emulator_pin.line && !CPU_EQUAL(&limits->emulator_pin.set, first);
}

int sv_xml_cputune(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("shares", read_cpu_number),
		SV_XML_READ("period", read_cpu_number),
		SV_XML_READ("quota", read_cpu_number),
		SV_XML_READ("emulator_period", read_cpu_number),
		SV_XML_READ("emulator_quota", read_cpu_number),
		SV_XML_READ("global_period", read_cpu_number),
		SV_XML_READ("global_quota", read_cpu_number),
		SV_XML_READ_MANY("vcpupin", read_vcpu_pin),
		SV_XML_READ("emulatorpin", read_emulator_pin),
		SV_XML_IGNORE("iothread_period", NO_IOTHREADS),
		SV_XML_IGNORE("iothread_quota", NO_IOTHREADS),
		SV_XML_IGNORE("iothreadpin", NO_IOTHREADS),
		SV_XML_IGNORE("iothreadsched", NO_IOTHREADS),
		SV_XML_IGNORE("vcpusched", SV_XML_NO_SCHEDULER),
		SV_XML_IGNORE("emulatorsched", SV_XML_NO_SCHEDULER),
		{"cachetune", .read = sv_xml_refuse_limit, .many = true},
		{"memorytune", .read = sv_xml_refuse_limit, .many = true},
		SV_XML_END,
	};
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	(void)unused;
	if (r >= 0)
		r = sv_xml_children(x, node, rules, NULL);
	if (r >= 0 && pins_differ(&x->dom->limits))
		r = sv_xml_note(x, node, NULL, SV_XML_TOGETHER);
	return r;
}

static int read_kib(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"unit", NULL}, {NULL, NULL}};
	struct sv_limit_number *number = into;
	int r = sv_xml_attrs(x, node, known);

	if (r >= 0)
		r = sv_xml_memory(x, node, &number->n);
	if (r >= 0)
		number->line = sv_xml_line(node);
	return r;
}

static int read_hard(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	return read_kib(x, node, &x->dom->limits.hard);
}

static int read_soft(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	return read_kib(x, node, &x->dom->limits.soft);
}

static int read_swap(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	return read_kib(x, node, &x->dom->limits.swap);
}

int sv_xml_memtune(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("hard_limit", read_hard),
		SV_XML_READ("soft_limit", read_soft),
		SV_XML_READ("swap_hard_limit", read_swap),
		{"min_guarantee", .read = sv_xml_refuse_limit},
		SV_XML_END,
	};
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	(void)unused;
	return r < 0 ? r : sv_xml_children(x, node, rules, NULL);
}

/* strict and restrictive are limits. The other modes are wishes: the memory comes from other nodes
 * when these have none. */
static int read_nodes(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {
		{"mode", NULL}, {"nodeset", NULL}, {"placement", NULL}, {NULL, NULL}};
	static const char *const modes[] = {"strict", "restrictive", "preferred", "interleave",
					    NULL};
	static const char *const placements[] = {"static", "auto", NULL};
	enum { LAST_LIMIT = 1, AUTO = 1 };
	unsigned mode = 0, placement = 0;
	int r = sv_xml_leaf(x, node, known);

	(void)unused;
	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "mode", modes, &mode);
	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "placement", placements, &placement);
	if (r < 0)
		return r;
	if (mode > LAST_LIMIT || placement == AUTO)
		return sv_xml_note(x, node, NULL, SV_XML_NO_PLACEMENT);
	return sv_xml_cpuset(x, node, "nodeset", &x->dom->limits.nodes);
}

int sv_xml_numatune(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("memory", read_nodes),
		{"memnode", .read = sv_xml_refuse_limit, .many = true},
		SV_XML_END,
	};
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	(void)unused;
	return r < 0 ? r : sv_xml_children(x, node, rules, NULL);
}

/* libvirt writes "/machine" into the document of each guest that runs. */
static int read_partition(struct sv_xml *x, const xmlNode *node, void *unused)
{
	sv_auto_free char *text = NULL;
	char shown[96];
	int r = sv_xml_plain_text(x, node, &text);

	(void)unused;
	if (r < 0)
		return r;
	if (sv_streq(text, "/machine"))
		return sv_xml_note(x, node, NULL, SV_XML_HARMLESS);
	(void)sv_xml_fail(x, node,
			  "<partition> '%s': svirt puts no guest under the limits of others",
			  sv_escape(text, shown, sizeof(shown)));
	return sv_hint(x->err,
		       "remove it; <cputune>, <memtune> and <blkiotune> are this guest's own");
}

int sv_xml_resource(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("partition", read_partition),
		SV_XML_IGNORE("fibrechannel", SV_XML_HARMLESS),
		SV_XML_END,
	};
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	(void)unused;
	return r < 0 ? r : sv_xml_children(x, node, rules, NULL);
}

static int fail_pins(struct sv_xml *x, uint32_t vcpu)
{
	const struct sv_limits *limits = &x->dom->limits;
	unsigned line = limits->n_pins ? limits->pins[0].line : limits->emulator_pin.line;

	(void)sv_fail_at(x->err, x->dom->file, line,
			 "virtual CPU %u has no <vcpupin>: svirt pins all threads of a guest "
			 "together",
			 vcpu);
	return sv_hint(x->err,
		       "give each virtual CPU one, or all of them a <vcpu cpuset=>, or remove the "
		       "pins");
}

int sv_xml_check_limits(struct sv_xml *x)
{
	const struct sv_limits *limits = &x->dom->limits;
	uint32_t vcpu;
	cpu_set_t set;

	if (limits->emulator.quota.line && !limits->vcpu.quota.line) {
		(void)sv_fail_at(x->err, x->dom->file, limits->emulator.quota.line,
				 "<emulator_quota> alone is " SV_XML_LIMIT);
		return sv_hint(x->err, "the threads of a guest have their limit together: "
				       "<global_quota>, or <quota> beside it");
	}
	if (limits->swap.line && (!limits->hard.line || limits->swap.n < limits->hard.n)) {
		(void)sv_fail_at(x->err, x->dom->file, limits->swap.line,
				 "<swap_hard_limit> counts memory and swap, so it is a "
				 "<hard_limit> or more");
		return sv_hint(x->err, "give both, and this the larger one");
	}
	return sv_limits_pinned(x->dom, &set, &vcpu) == SV_BUSY ? fail_pins(x, vcpu) : 0;
}
