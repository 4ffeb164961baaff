/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits of a domain: what the readers accept, and the files of a control group that come of it.
 * Whether a host can set them is shown in the lab.
 */
#include "domain-fixture.h"

#include "base/cpuset.h"
#include "guest/run/bounds.h"

#define CPU(inner)    "<vcpu>2</vcpu><cputune>" inner "</cputune>"
#define MEMORY(inner) "<memtune>" inner "</memtune>"
#define NODES(inner)  "<numatune>" inner "</numatune>"
#define IO(inner)     "<blkiotune>" inner "</blkiotune>"
#define DISK(name, inner)                                                        \
	"<disk type='file'><source file='/srv/" name ".img'/><target dev='" name \
	"'/><iotune>" inner "</iotune></disk>"

static const struct sv_limit_defaults defaults = {.processes = 1000};

/* "memory.max=1048576 @5 memtune/hard_limit", a line for each limit. */
static void print(const struct sv_domain *dom, const struct sv_limit_defaults *conf,
		  struct sv_buf *out)
{
	sv_auto_limits struct sv_limit_list list = {0};
	struct sv_error err = {0};

	assert_int_equal(sv_limits_of(dom, conf, &list, &err), 0);
	for (size_t i = 0; i < list.n; i++) {
		const struct sv_limit *l = &list.items[i];

		assert_true(sv_starts_with(l->file, l->controller));
		if (l->line)
			assert_int_equal(l->line, FRAME_LINE);
		sv_buf_printf(out, "%s%s%s=%s %s%s\n", l->device ? l->device : "",
			      l->device ? " " : "", l->file, l->value, l->element,
			      l->optional ? "?" : "");
	}
}

static const struct {
	const char *lines, *files;
} cases[] = {
	{"<vcpu>8</vcpu>", "pids.max=1008 processes?\n"},
	{CPU("<shares>512</shares>"), "cpu.weight=512 cputune/shares\npids.max=1002 processes?\n"},
	/* what the two virtual CPUs may use together */
	{CPU("<period>50000</period><quota>20000</quota>"),
	 "cpu.max=40000 50000 cputune/quota\npids.max=1002 processes?\n"},
	{CPU("<quota>20000</quota><emulator_period>50000</emulator_period>"
	     "<emulator_quota>25000</emulator_quota>"),
	 "cpu.max=90000 100000 cputune/quota\npids.max=1002 processes?\n"},
	{CPU("<global_quota>30000</global_quota><quota>20000</quota>"),
	 "cpu.max=30000 100000 cputune/global_quota\npids.max=1002 processes?\n"},
	{CPU("<global_period>10000</global_period><global_quota>30000</global_quota>"
	     "<quota>20000</quota>"),
	 "cpu.max=40000 100000 cputune/quota\npids.max=1002 processes?\n"},
	{CPU("<quota>17592186044415</quota><global_period>1000000</global_period>"
	     "<global_quota>17592186044415</global_quota>"),
	 "cpu.max=17592186044415 1000000 cputune/global_quota\npids.max=1002 processes?\n"},
	{CPU("<period>1000</period><quota>-1</quota><global_quota>0</global_quota>"
	     "<iothread_quota>2000</iothread_quota>"),
	 "pids.max=1002 processes?\n"},
	{CPU("<vcpupin vcpu='0' cpuset='1'/><vcpupin vcpu='1' cpuset='3-5,^4'/>"),
	 "cpuset.cpus=1,3,5 cputune/vcpupin\npids.max=1002 processes?\n"},
	{CPU("<vcpupin vcpu='0' cpuset='1'/><vcpupin vcpu='1' cpuset='1'/>"
	     "<vcpupin vcpu='7' cpuset='9'/><emulatorpin cpuset='0'/>"),
	 "cpuset.cpus=0-1 cputune/vcpupin\npids.max=1002 processes?\n"},
	{"<vcpu cpuset='0-3'>2</vcpu>", "cpuset.cpus=0-3 vcpu\npids.max=1002 processes?\n"},
	{"<vcpu cpuset='0-1'>2</vcpu><cputune><vcpupin vcpu='1' cpuset='4'/></cputune>",
	 "cpuset.cpus=0-1,4 cputune/vcpupin\npids.max=1002 processes?\n"},
	{MEMORY("<hard_limit unit='MiB'>1</hard_limit><soft_limit>512</soft_limit>"
		"<swap_hard_limit unit='MiB'>3</swap_hard_limit>"),
	 "memory.max=1048576 memtune/hard_limit\nmemory.high=524288 memtune/soft_limit\n"
	 "memory.swap.max=2097152 memtune/swap_hard_limit\npids.max=1001 processes?\n"},
	{NODES("<memory mode='strict' nodeset='0-1'/>"),
	 "cpuset.mems=0-1 numatune/memory\npids.max=1001 processes?\n"},
	{NODES("<memory mode='preferred' nodeset='0'/>"), "pids.max=1001 processes?\n"},
	{NODES("<memory placement='auto'/>"), "pids.max=1001 processes?\n"},
	{IO("<weight>300</weight><device><path>/dev/sda</path><weight>500</weight>"
	    "<read_bytes_sec>1000</read_bytes_sec><write_iops_sec>20</write_iops_sec>"
	    "<write_bytes_sec>0</write_bytes_sec></device>"),
	 "io.weight=300 blkiotune/weight\n/dev/sda io.bfq.weight=500 blkiotune/device\n"
	 "/dev/sda io.max=rbps=1000 wiops=20 blkiotune/device\npids.max=1001 processes?\n"},
	{IO("<device><path>/dev/sda</path></device>"), "pids.max=1001 processes?\n"},
	{"<resource><partition>/machine</partition></resource>", "pids.max=1001 processes?\n"},
};

static void test_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(cases); i++) {
		sv_auto_domain struct sv_domain *dom = domain_of(IN_DOMAIN, cases[i].lines);
		sv_auto_buf struct sv_buf out = {0};

		print(dom, &defaults, &out);
		assert_string_equal(out.s, cases[i].files);
	}
}

/* The fixture's guest has 64 MiB. What the document says of memory counts, not svirt.conf. */
static void test_defaults(void **state)
{
	static const struct sv_limit_defaults conf = {
		.processes = 64, .asked = true, .memory_over_kib = 1024};
	sv_auto_domain struct sv_domain *plain = domain_of(IN_DOMAIN, "");
	sv_auto_domain struct sv_domain *limited =
		domain_of(IN_DOMAIN, MEMORY("<hard_limit unit='GiB'>1</hard_limit>"));
	static const struct sv_limit_defaults most = {.processes = SV_PROCESSES_MAX};
	sv_auto_buf struct sv_buf one = {0}, two = {0}, three = {0};

	(void)state;
	print(plain, &conf, &one);
	assert_string_equal(one.s, "memory.max=68157440 memory_overhead\npids.max=65 processes\n");
	print(limited, &conf, &two);
	print(plain, &most, &three);
	assert_string_equal(three.s, "pids.max=4194304 processes?\n");
	assert_string_equal(two.s, "memory.max=1073741824 memtune/hard_limit\n"
				   "pids.max=65 processes\n");
}

#define NOT_SET "a limit that svirt does not set"
static const struct bad_lines bad[] = {
	{IN_DOMAIN, CPU("<shares>0</shares>"), 1, "shares: 0 is out of range (1 to 10000)", NULL},
	{IN_DOMAIN, CPU("<shares>262144</shares>"), 1, "shares: 262144 is out of range", NULL},
	{IN_DOMAIN, CPU("<period>999</period>"), 1, "period: 999 is out of range", NULL},
	{IN_DOMAIN, CPU("<quota>999</quota>"), 1, "quota: 999 is out of range", NULL},
	{IN_DOMAIN, CPU("\n<emulator_quota>2000</emulator_quota>"), 2,
	 "<emulator_quota> alone is a limit that svirt does not set", "<global_quota>"},
	{IN_DOMAIN, CPU("\n<cachetune vcpus='0'/>"), 2, NOT_SET, "remove it"},
	{IN_DOMAIN, CPU("<memorytune vcpus='0'/>"), 1, NOT_SET, NULL},
	{IN_DOMAIN, CPU("<realtime/>"), 1, "element <realtime> is not known", NULL},
	{IN_DOMAIN, CPU("\n<vcpupin vcpu='1' cpuset='0'/>"), 2,
	 "virtual CPU 0 has no <vcpupin>: svirt pins all threads of a guest together",
	 "<vcpu cpuset=>"},
	{IN_DOMAIN, CPU("\n\n<emulatorpin cpuset='0'/>"), 3, "virtual CPU 0 has no <vcpupin>",
	 NULL},
	{IN_DOMAIN, CPU("<vcpupin vcpu='0' cpuset='0'/>\n<vcpupin vcpu='0' cpuset='1'/>"), 2,
	 "a second <vcpupin> of virtual CPU 0; the first is in line 5", NULL},
	{IN_DOMAIN, CPU("<vcpupin vcpu='0'/>"), 1, "attribute cpuset is missing", NULL},
	{IN_DOMAIN, CPU("<vcpupin cpuset='0'/>"), 1, "attribute vcpu is missing", NULL},
	{IN_DOMAIN, CPU("<vcpupin vcpu='0' cpuset='0,x'/>"), 1,
	 "cpuset of <vcpupin>: 'x' is not a whole decimal number", "such as 0-3,6"},
	{IN_DOMAIN, CPU("<vcpupin vcpu='0' cpuset='3-1'/>"), 1, "3-1 does not go from low to high",
	 NULL},
	{IN_DOMAIN, CPU("<vcpupin vcpu='0' cpuset='1,^1'/>"), 1, "the list leaves nothing", NULL},
	{IN_DOMAIN, "<vcpu cpuset='1024'>1</vcpu>", 1,
	 "cpuset of <vcpu>: 1024 is out of range (0 to 1023)", NULL},
	{IN_DOMAIN, MEMORY("\n<swap_hard_limit>64</swap_hard_limit>"), 2,
	 "<swap_hard_limit> counts memory and swap", "give both"},
	{IN_DOMAIN, MEMORY("<hard_limit>65</hard_limit>\n<swap_hard_limit>64</swap_hard_limit>"), 2,
	 "so it is a <hard_limit> or more", NULL},
	{IN_DOMAIN, MEMORY("<min_guarantee>64</min_guarantee>"), 1, NOT_SET, NULL},
	{IN_DOMAIN, MEMORY("<hard_limit unit='x'>64</hard_limit>"), 1,
	 "'x' is not a unit of memory", NULL},
	{IN_DOMAIN, NODES("<memory mode='strict'/>"), 1, "attribute nodeset is missing", NULL},
	{IN_DOMAIN, NODES("<memory mode='any' nodeset='0'/>"), 1,
	 "mode of <memory>: 'any' is not supported", NULL},
	{IN_DOMAIN, NODES("<memnode cellid='0' mode='strict' nodeset='0'/>"), 1, NOT_SET, NULL},
	{IN_DOMAIN, IO("<weight>9</weight>"), 1, "weight: 9 is out of range (10 to 1000)", NULL},
	{IN_DOMAIN, IO("<device>\n<weight>100</weight></device>"), 1,
	 "a <device> in <blkiotune> has no <path>", "<path>/dev/sda</path>"},
	{IN_DOMAIN, IO("<device><path>sda</path></device>"), 1, "path of a device: 'sda'", NULL},
	{IN_DOMAIN,
	 IO("<device><path>/dev/sda</path></device><device><path>/dev/sdb</path></device>\n"
	    "<device><path>/dev/sda</path><read_bytes_sec>9</read_bytes_sec></device>"),
	 2, "a second <device> of /dev/sda; the first is in line 5", NULL},
	{IN_DOMAIN, "<resource>\n<partition>/production</partition></resource>", 2,
	 "svirt puts no guest under the limits of others", "<cputune>"},
	{IN_DEVICES,
	 "<interface type='user'>\n<bandwidth><inbound average='1'/></bandwidth>"
	 "</interface>",
	 2, "<bandwidth> is a limit that svirt does not set", "remove it"},
};

static void test_bad(void **state)
{
	(void)state;
	assert_all_bad(bad, SV_N_ELEMENTS(bad));
}

static void test_bad_disks(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES,
		 DISK("vda", "<total_iops_sec>1</total_iops_sec><read_iops_sec>1</read_iops_sec>"),
		 1, "total_iops_sec of <iotune> stands beside one of reads or of writes", NULL},
		{IN_DEVICES,
		 DISK("vda", "<total_bytes_sec>1</total_bytes_sec>"
			     "<total_bytes_sec_max>2</total_bytes_sec_max>"
			     "<read_bytes_sec_max>2</read_bytes_sec_max>"),
		 1, "total_bytes_sec of <iotune> has a burst beside one of reads", NULL},
		{IN_DEVICES, DISK("vda", "<read_bytes_sec_max>2</read_bytes_sec_max>"), 1,
		 "read_bytes_sec of <iotune> has a burst and no limit", NULL},
		{IN_DEVICES,
		 DISK("vda", "<read_bytes_sec>3</read_bytes_sec>"
			     "<read_bytes_sec_max>2</read_bytes_sec_max>"),
		 1, "read_bytes_sec of <iotune> has a burst that is lower", NULL},
		{IN_DEVICES,
		 DISK("vda", "<read_bytes_sec>3</read_bytes_sec>"
			     "<read_bytes_sec_max_length>2</read_bytes_sec_max_length>"),
		 1, "read_bytes_sec of <iotune> has a length of a burst and no burst", NULL},
		{IN_DEVICES,
		 DISK("vda", "<write_bytes_sec>3</write_bytes_sec>"
			     "<write_bytes_sec_max>1000000000000000</write_bytes_sec_max>"
			     "<write_bytes_sec_max_length>2</write_bytes_sec_max_length>"),
		 1, "write_bytes_sec of <iotune> has a burst that is too long", NULL},
		{IN_DEVICES, DISK("vda", "<size_iops_sec>3</size_iops_sec>"), 1,
		 "size_iops_sec of <iotune> has no limit of operations", NULL},
		{IN_DEVICES, DISK("vda", "<group_name>a,b</group_name>"), 1,
		 "group_name of <iotune>: 'a,b'", NULL},
		{IN_DEVICES,
		 DISK("vda", "<group_name>a</group_name><read_iops_sec>5</read_iops_sec>") "\n" DISK(
			 "vdb", "<group_name>a</group_name><read_iops_sec>6</read_iops_sec>"),
		 2, "disk vdb has other limits than disk vda of its group_name 'a'",
		 "the other is in line 6"},
		{IN_DEVICES,
		 "<disk type='vhostuser'><source type='unix' path='/run/s'/><target dev='vda' "
		 "bus='virtio'/><iotune><read_iops_sec>6</read_iops_sec></iotune></disk>",
		 1, "<iotune> has no effect with vhostuser", NULL},
		{IN_DEVICES,
		 DISK("vda",
		      "<group_name>a</group_name><read_iops_sec>5</read_iops_sec>") "\n"
										    "<disk type='block' device='lun'><source dev='/a'/><target dev='sda' bus='scsi'/>"
										    "<iotune><group_name>a</group_name></iotune></disk>",
		 2, "disk sda: <iotune> has no effect with a lun", "a <device> of <blkiotune>"},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

/* The limits of a group stand at any of its disks. */
static void test_groups(void **state)
{
	sv_auto_domain struct sv_domain *dom =
		domain_of(IN_DEVICES, DISK("vda", "<group_name>g</group_name>")
					      DISK("vdb", "<group_name>g</group_name>"
							  "<read_iops_sec>5</read_iops_sec>")
						      DISK("vdc", "<group_name>h</group_name>")
							      DISK("vdd", "<write_iops_sec>0"
									  "</write_iops_sec>"));

	(void)state;
	assert_ptr_equal(sv_disk_throttle(dom, &dom->disks[0]), &dom->disks[1]);
	assert_ptr_equal(sv_disk_throttle(dom, &dom->disks[1]), &dom->disks[1]);
	assert_null(sv_disk_throttle(dom, &dom->disks[2]));
	assert_null(sv_disk_throttle(dom, &dom->disks[3]));
}

/* A guest without a control group: what the document asks for is refused, the rest left out. */
static void test_user(void **state)
{
	struct svirt user = {
		.user = true,
		.conf = {.processes = 64, .processes_asked = true, .memory_overhead = 64}};
	sv_auto_domain struct sv_domain *plain = domain_of(IN_DOMAIN, "");
	sv_auto_domain struct sv_domain *limited =
		domain_of(IN_DOMAIN, MEMORY("\n<hard_limit unit='GiB'>1</hard_limit>"));
	sv_auto_limits struct sv_limit_list list = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_bounds_find(&user, plain, &list, &err), 0);
	assert_int_equal(list.n, 0);
	assert_int_equal(sv_bounds_find(&user, limited, &list, &err), -SV_E_HOST);
	assert_string_equal(err.msg, "memtune/hard_limit: a guest of a user has no control group, "
				     "so svirt cannot set memory.max");
	assert_string_equal(err.hint, "start it as root, or remove the limit");
	assert_int_equal(err.line, FRAME_LINE + 1);
	assert_string_equal(err.file, "good.xml");
}

/* A group that could not be made. */
static void test_no_group(void **state)
{
	static char value[] = "1", element[] = "memory_overhead";
	struct sv_limit limit = {.element = element, .file = "memory.max", .value = value};
	const struct sv_limit_list list = {&limit, 1};
	const struct svirt sv = {0};
	sv_auto_domain struct sv_domain *dom = domain_of(IN_DOMAIN, "");
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_bounds_set(&sv, dom, &list, -1, &err), -SV_E_HOST);
	assert_string_equal(err.msg, "memory_overhead= of svirt.conf(5): the guest has no control "
				     "group, so svirt cannot set memory.max");
	sv_error_clear(&err);
	limit.optional = true;
	assert_int_equal(sv_bounds_set(&sv, dom, &list, -1, &err), 0);
}

static void test_sets(void **state)
{
	static const struct {
		const char *text, *printed;
	} sets[] = {{"0", "0"}, {"7,0-2,1", "0-2,7"}, {"0-1023", "0-1023"}, {"0-9,^1-8", "0,9"}};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(sets); i++) {
		sv_auto_buf struct sv_buf out = {0};
		struct sv_error err = {0};
		cpu_set_t set, less;

		assert_int_equal(sv_cpuset_parse(sets[i].text, "set", &set, &err), 0);
		sv_cpuset_print(&set, &out);
		assert_string_equal(out.s, sets[i].printed);
		assert_int_equal(sv_cpuset_beyond(&set, &set), -1);
		CPU_ZERO(&less);
		assert_int_equal(sv_cpuset_beyond(&set, &less), 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),	 cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_bad),	 cmocka_unit_test(test_bad_disks),
		cmocka_unit_test(test_groups),	 cmocka_unit_test(test_user),
		cmocka_unit_test(test_no_group), cmocka_unit_test(test_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
