/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory outside of the process's own: the accepted elements, and which files become resources.
 * Their command line has golden files (test-argv).
 */
#include "domain-fixture.h"

#include "base/string.h"
#include "domain/resource/resource.h"

static void test_bad_backing(void **state)
{
#define BACKING(text) "<memoryBacking>\n" text "</memoryBacking>"
	static const struct bad_lines table[] = {
		{IN_DOMAIN, BACKING("<source type='file'/>"), 2,
		 "the guest's memory in a named file is not supported", "type='memfd'"},
		{IN_DOMAIN, BACKING("<source type='swap'/>"), 2,
		 "type of <source>: 'swap' is not supported", NULL},
		{IN_DOMAIN, BACKING("<source/>"), 2, "attribute type is missing in <source>", NULL},
		{IN_DOMAIN, BACKING("<locked mode='on'/>"), 2,
		 "attribute mode of <locked> is not known", NULL},
		{IN_DOMAIN, BACKING("<access mode='both'/>"), 2, "mode of <access>: 'both'",
		 "private, shared"},
		{IN_DOMAIN, BACKING("<access/>"), 2, "attribute mode is missing in <access>", NULL},
		{IN_DOMAIN, BACKING("<allocation mode='never'/>"), 2,
		 "mode of <allocation>: 'never'", NULL},
		{IN_DOMAIN, BACKING("<allocation threads='0'/>"), 2, "threads: 0 is out of range",
		 NULL},
		{IN_DOMAIN, BACKING("<hugepages><page/></hugepages>"), 2,
		 "attribute size is missing in <page>", NULL},
		{IN_DOMAIN, BACKING("<hugepages><page size='x'/></hugepages>"), 2,
		 "page: 'x' is not a whole", NULL},
		{IN_DOMAIN, "<maxMemory>1</maxMemory>", 1, "attribute slots is missing", NULL},
		{IN_DOMAIN, "<maxMemory slots='257'>1</maxMemory>", 1, "slots: 257 is out of range",
		 NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

#define PATH	  "<source><path>/a</path></source>"
#define SIZE	  "<target><size unit='MiB'>1</size></target>"
#define MIB(n)	  "<size unit='MiB'>" #n "</size>"
#define NV(text)  "<memory model='nvdimm'>" text "</memory>"
#define SGX(text) "<memory model='sgx-epc'>" text "</memory>"

#define BALLOON(mib)                                                        \
	"<maxMemory slots='1' unit='MiB'>64</maxMemory>\n"                  \
	"<currentMemory unit='MiB'>" #mib "</currentMemory><devices>\n"     \
	"<memory model='virtio-mem'><target>" MIB(                          \
		10) "<requested unit='MiB'>8</requested></target></memory>" \
		    "<memballoon model='virtio'/></devices>"

/* Memory that is no file. */
static void test_bad_plain(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, "<memory model='dimm'/>", 1, "<memory> has no size", "<target>"},
		{IN_DEVICES, "<memory model='dimm'>" PATH SIZE "</memory>", 1,
		 "<memory model='dimm'> is no file", NULL},
		{IN_DEVICES,
		 "<memory model='virtio-mem'><target><readonly/>" MIB(2) "</target></memory>", 1,
		 "<memory model='virtio-mem'> is no file", NULL},
		{IN_DEVICES,
		 "<memory model='dimm'><target>" MIB(2) "<block>2048</block></target></memory>", 1,
		 "<memory model='dimm'> has no <block> and no <requested>", NULL},
		{IN_DEVICES,
		 "<memory model='virtio-mem'><target>" MIB(
			 2) "<requested>4096</requested></target></memory>",
		 1, "<requested> of <memory> is no part of its size", "multiples of <block>"},
		{IN_DEVICES,
		 "<memory model='virtio-mem'><target>" MIB(
			 3) "<block>2048</block></target></memory>",
		 1, "is no part of its size", NULL},
		{IN_DEVICES,
		 "<memory model='virtio-mem'><target>" MIB(
			 4) "<block>2048</block><requested>1024</requested></target></memory>",
		 1, "is no part of its size", NULL},
		{IN_DEVICES, NV("<source><path>/a</path><pagesize>2048</pagesize></source>" SIZE),
		 1, "<memory model='nvdimm'> has no <pagesize>", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

static void test_bad_devices(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, "<memory/>", 1, "attribute model is missing in <memory>", NULL},
		{IN_DEVICES, "<memory model='rimm'/>", 1, "model of <memory>: 'rimm'",
		 "nvdimm, virtio-pmem, sgx-epc, dimm, virtio-mem"},
		{IN_DEVICES, "<memory model='sgx-epc'/>", 1, "<memory> has no size", "<target>"},
		{IN_DEVICES, SGX(PATH SIZE), 1,
		 "<memory model='sgx-epc'> is no file and has no label", NULL},
		{IN_DEVICES, SGX("<source><pmem/></source>" SIZE), 1, "is no file and has no label",
		 NULL},
		{IN_DEVICES, SGX("<source><alignsize unit='MiB'>2</alignsize></source>" SIZE), 1,
		 "is no file and has no label", NULL},
		{IN_DEVICES, SGX("<target><size unit='MiB'>1</size><readonly/></target>"), 1,
		 "is no file and has no label", NULL},
		{IN_DEVICES,
		 SGX("<target><size unit='MiB'>1</size><label><size>1</size></label></target>"), 1,
		 "is no file and has no label", NULL},
		{IN_DEVICES, SGX("<target><size unit='MiB'>64</size></target>"), 1,
		 "take all memory of the domain", NULL},
		{IN_DEVICES, NV(SIZE), 1, "<memory> has no path", "<source><path>"},
		{IN_DEVICES, NV(PATH), 1, "<memory> has no size", "<target><size"},
		{IN_DEVICES, NV("<source><path>a</path></source>" SIZE), 1,
		 "path of <memory>: 'a' is not absolute", NULL},
		{IN_DEVICES,
		 NV(PATH "<target><size>8</size><label><size>8</size></label></target>"), 1,
		 "as large as the whole", NULL},
		{IN_DEVICES, NV(PATH "<target><size>8</size><node>1</node></target>"), 1,
		 "node of <memory>: 1 is out of range", NULL},
		{IN_DEVICES,
		 "<memory model='virtio-pmem'>" PATH
		 "<target><size>8</size><readonly/></target></memory>",
		 1, "has a path and a size alone", NULL},
		{IN_DEVICES, NV(PATH SIZE), 1, "need a <maxMemory> with room and slots",
		 "<maxMemory slots='1' unit='KiB'>65536</maxMemory>"},
		{IN_DEVICES, NV(PATH "<target><size unit='MiB'>64</size></target>"), 1,
		 "take all memory of the domain", "make it larger"},
		{IN_DOMAIN, BALLOON(8), 3,
		 "<requested> of the <memory> devices is all of currentMemory",
		 "make <currentMemory> larger"},
	};
	sv_auto_domain struct sv_domain *dom = domain_of(IN_DOMAIN, BALLOON(9));

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
	assert_int_equal(dom->current_memory_kib, 9 * 1024);
	assert_int_equal(sv_memory_requested(&dom->memory), 8 * 1024);
	assert_int_equal(sv_memory_beside_ram(&dom->memory), 2 * 1024);
}

#define SHMEM(name, text) "<shmem name='" name "'>" text "</shmem>"
#define PLAIN		  "<model type='ivshmem-plain'/>"
#define BELL		  "<model type='ivshmem-doorbell'/>"

static void test_bad_shmem(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, "<shmem/>", 1, "attribute name is missing in <shmem>", NULL},
		{IN_DEVICES, SHMEM("a", ""), 1, "<shmem> has no <model>", NULL},
		{IN_DEVICES, SHMEM("a", "<model type='ivshmem'/>"), 1,
		 "model of <shmem>: 'ivshmem' is not supported", "ivshmem-plain"},
		{IN_DEVICES, SHMEM("../etc/shadow", PLAIN), 1,
		 "'../etc/shadow' is not the name of a file in /dev/shm", NULL},
		{IN_DEVICES, SHMEM("..", PLAIN), 1, "'..' is not the name of a file", NULL},
		{IN_DEVICES, SHMEM("", PLAIN), 1, "'' is not the name of a file", NULL},
		{IN_DEVICES, SHMEM("a", PLAIN), 1, "<shmem> has no <size>", NULL},
		{IN_DEVICES, SHMEM("a", PLAIN "<size unit='M'>3</size>"), 1, "not a power of two",
		 NULL},
		{IN_DEVICES, SHMEM("a", PLAIN "<size unit='K'>512</size>"), 1, "not a power of two",
		 NULL},
		{IN_DEVICES, SHMEM("a", PLAIN "<size unit='M'>4</size><server path='/s'/>"), 1,
		 "has no server and no interrupts", "ivshmem-doorbell"},
		{IN_DEVICES, SHMEM("a", PLAIN "<size unit='M'>4</size><msi vectors='1'/>"), 1,
		 "has no server and no interrupts", NULL},
		{IN_DEVICES, SHMEM("a", BELL), 1, "needs a <server path='..'/>", NULL},
		{IN_DEVICES, SHMEM("a", BELL "<server/>"), 1, "attribute path is missing", NULL},
		{IN_DEVICES, SHMEM("a", BELL "<server path='/s'/><size unit='M'>4</size>"), 1,
		 "is the server's to say", NULL},
		{IN_DEVICES, SHMEM("a", BELL "<msi vectors='0'/>"), 1, "vectors: 0 is out of range",
		 NULL},
		{IN_DEVICES, "<shmem name='a' role='both'/>", 1, "role of <shmem>: 'both'",
		 "peer, master"},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

static void assert_memory(const struct sv_resource *res, enum sv_resource_kind kind,
			  enum sv_access access, const char *target, const char *path)
{
	assert_int_equal(res->kind, kind);
	assert_string_equal(sv_access_name(res->access), sv_access_name(access));
	assert_string_equal(res->target, target);
	assert_string_equal(res->path, path);
	/* any guest could take a missing name in /dev/shm */
	assert_false(res->may_create);
}

static void test_resources(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("argv/memory.xml");
	sv_auto_domain struct sv_domain *plain = domain_of_file("argv/memory-memfd.xml");
	sv_auto_resources struct sv_resources list = {0}, none = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_resources_of(dom, NULL, "/run/svirt/web/guest", &list, &err), 0);
	assert_int_equal(list.n, 5);
	assert_memory(&list.items[0], SV_RES_MEMORY, SV_ACCESS_RW, "memory0", "/srv/mem/nv,1");
	assert_memory(&list.items[1], SV_RES_MEMORY, SV_ACCESS_RO, "memory1", "/srv/mem/base");
	assert_memory(&list.items[2], SV_RES_MEMORY, SV_ACCESS_RW, "memory2", "/srv/mem/cache");
	assert_memory(&list.items[3], SV_RES_MEMORY, SV_ACCESS_SHARED, "ring,1", "/dev/shm/ring,1");
	assert_memory(&list.items[4], SV_RES_CHAR_SOCKET, SV_ACCESS_SHARED, "bell",
		      "/run/ivshmem.sock");
	assert_int_equal(list.items[4].line, 40);
	assert_int_equal(sv_resources_of(plain, NULL, "/run/svirt/web/guest", &none, &err), 0);
	assert_int_equal(none.n, 0); /* a memfd is no host resource */
}

/* The devices are opened for all guests, and listed once for any number of sections. */
static void test_sgx(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("argv/sgx.xml");
	sv_auto_resources struct sv_resources list = {0};
	struct sv_error err = {0};
	size_t i;

	(void)state;
	assert_int_equal(sv_resources_of(dom, NULL, "/run/svirt/web/guest", &list, &err), 0);
	assert_int_equal(list.n, 2);
	assert_memory(&list.items[0], SV_RES_SGX, SV_ACCESS_RW, "sgx", "/dev/sgx_vepc");
	assert_memory(&list.items[1], SV_RES_SGX, SV_ACCESS_RO, "sgx-provision",
		      "/dev/sgx_provision");
	for (i = 0; i < list.n; i++) {
		assert_int_equal(list.items[i].line, 8);
		assert_true(sv_resource_is_shared_device(&list.items[i]));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_backing), cmocka_unit_test(test_bad_plain),
		cmocka_unit_test(test_bad_devices), cmocka_unit_test(test_bad_shmem),
		cmocka_unit_test(test_resources),   cmocka_unit_test(test_sgx),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
