/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building a plan: every action with its reason, and every refusal, with the line in the domain
 * file. A plan changes nothing, so no test here looks at the store.
 */
#include "plan-fixture.h"

#include "base/string.h"
#include "plan/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

static void check_step(const struct sv_step *step, enum sv_step_action action, const char *from,
		       const char *to, const char *why)
{
	assert_string_equal(sv_step_action_name(step->action), sv_step_action_name(action));
	assert_true(sv_streq(step->from, from));
	assert_true(sv_streq(step->to, to));
	assert_true(sv_streq(step->why, why));
}

/* One resource, both drivers: the first step. */
static void check_first(struct sv_resource res, enum sv_step_action action, const char *to,
			const char *why)
{
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};

	if (plan_build("a", &res, 1, &plan, &err) != 0)
		fail_msg("%s", err.msg);
	assert_int_equal(plan.n, 2);
	check_step(&plan.items[0], action, action == SV_STEP_CREATE ? NULL : FAKE_DEFAULT, to, why);
}

static void refuse_all(struct sv_resource *items, size_t n, enum sv_code code, unsigned line,
		       const char *msg)
{
	struct sv_plan plan = {0};
	struct sv_error err = {0};

	assert_int_equal(plan_build("a", items, n, &plan, &err), -(int)code);
	assert_null(plan.items);
	if (!strstr(err.msg, msg))
		fail_msg("'%s'", err.msg);
	assert_string_equal(err.file, DOMAIN_FILE);
	assert_int_equal(err.line, line);
}

static void refuse(struct sv_resource res, enum sv_code code, const char *msg)
{
	refuse_all(&res, 1, code, res.line, msg);
}

static void test_actions(void **state)
{
	const char *a = plan_path("a.img", true), *b = plan_path("b.img", true);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_resource items[] = {disk_of("vda", SV_ACCESS_RW, a),
				      disk_of("vdb", SV_ACCESS_SHARED, b)};
	struct sv_error err = {0};
	struct stat st;

	(void)state;
	fake_set_label(&sv_driver_fake, b, "SHARED");
	assert_int_equal(plan_build("a", items, 2, &plan, &err), 0);
	assert_int_equal(plan.n, 4);
	check_step(&plan.items[0], SV_STEP_SET, FAKE_DEFAULT, "a-rw", NULL);
	check_step(&plan.items[1], SV_STEP_SET, FAKE_DEFAULT, "a-rw", NULL);
	check_step(&plan.items[2], SV_STEP_KEEP, "SHARED", "shared", NULL);
	check_step(&plan.items[3], SV_STEP_SET, FAKE_DEFAULT, "shared", NULL);
	assert_ptr_equal(plan.items[0].driver, &sv_driver_fake);
	assert_ptr_equal(plan.items[1].driver, &sv_driver_owner);
	assert_int_equal(stat(a, &st), 0);
	assert_true(plan.items[0].node->dev == st.st_dev && plan.items[0].node->ino == st.st_ino);
	assert_true(plan.items[0].node->mode == st.st_mode);
	assert_string_equal(plan.items[0].path, a);
	assert_string_equal(plan.items[2].target, "vdb");
	assert_int_equal(plan.items[2].line, 11);
	assert_int_equal(plan.items[2].access, SV_ACCESS_SHARED);
	assert_label(&sv_driver_fake, a, FAKE_DEFAULT);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(sv_step_action_name(SV_STEP_CREATE), "create");
	assert_string_equal(sv_undo_result_name(SV_UNDO_RESTORED), "restored");
	assert_string_equal(sv_undo_result_name(SV_UNDO_FAILED), "failed");
}

static void test_create(void **state)
{
	struct sv_resource res = disk_of("vda", SV_ACCESS_RW, plan_path("vnc.sock", false));
	struct sv_device_seclabel no = {.relabel = false};
	char label[] = "label";

	(void)state;
	res.kind = SV_RES_GRAPHICS_SOCKET;
	refuse(res, SV_E_NOTFOUND, "vnc.sock");
	res.may_create = true;
	check_first(res, SV_STEP_CREATE, "a-rw", "made by the guest's own process");
	res.overrides = &no;
	res.n_overrides = 1;
	check_first(res, SV_STEP_CREATE, NULL, "made by the guest's own process");
	no.label = label;
	no.line = 30;
	refuse_all(&res, 1, SV_E_USAGE, 30, "what the guest makes does not get the label");
	res.n_overrides = 0;
	res.path = plan_path("nowhere/vnc.sock", false);
	refuse(res, SV_E_NOTFOUND, "nowhere");
	/* the guest's own directory is made after the plan: the present one does not matter */
	res.own = true;
	check_first(res, SV_STEP_CREATE, "a-rw", "made by the guest's own process");
	res.path = plan_path("left-behind", true);
	check_first(res, SV_STEP_CREATE, "a-rw", "made by the guest's own process");
	res.own = false;
	res.path = plan_path("file", true);
	refuse(res, SV_E_USAGE, "is a regular file, not a socket");
	res.path = plan_path("file/vnc.sock", false);
	refuse(res, SV_E_USAGE, "file is not a directory");
	res.path = "/etc/vnc.sock";
	refuse(res, SV_E_USAGE, "system directory /etc");
}

static void test_missing_has_hint(void **state)
{
	struct sv_resource res = disk_of("vda", SV_ACCESS_RW, plan_path("none.img", false));
	struct sv_plan plan = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(plan_build("a", &res, 1, &plan, &err), -SV_E_NOTFOUND);
	assert_non_null(strstr(err.msg, "none.img"));
	assert_string_equal(err.hint, "create it, or correct the path of vda");
	assert_int_equal(err.line, 10);
}

static void test_missing_device_has_driver(void **state)
{
	static const struct {
		enum sv_resource_kind kind;
		const char *hint;
	} table[] = {
		{SV_RES_TUN, "modprobe tun, on a host that has it"},
		{SV_RES_VHOST_NET, "modprobe vhost_net, on a host that has it"},
		{SV_RES_VSOCK, "modprobe vhost_vsock, on a host that has it"},
		{SV_RES_VDPA, "modprobe vhost_vdpa, on a host that has it"},
		{SV_RES_VFIO_CONTAINER, "modprobe vfio, on a host that has it"},
		{SV_RES_SEV, "modprobe kvm_amd sev=1, on a host that has it"},
		{SV_RES_SGX, "create it, or correct the path of vda"},
	};
	struct sv_resource res = disk_of("vda", SV_ACCESS_RW, "/dev/svirt-none");

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++) {
		sv_auto_plan struct sv_plan plan = {0};
		struct sv_error err = {0};

		res.kind = table[i].kind;
		assert_int_equal(plan_build("a", &res, 1, &plan, &err), -SV_E_NOTFOUND);
		assert_string_equal(err.hint, table[i].hint);
	}
}

static void test_kinds(void **state)
{
	struct sv_resource res = disk_of("vda", SV_ACCESS_RW, store_dir);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	sv_auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};

	(void)state;
	refuse(res, SV_E_USAGE, "is a directory, not a regular file or a block device");
	res.path = plan_path("fifo", false);
	assert_int_equal(mkfifo(res.path, 0600), 0);
	refuse(res, SV_E_USAGE, "is a fifo");
	res.kind = SV_RES_CHAR_FILE;
	refuse(res, SV_E_USAGE, "is a fifo, not a regular file or a character device");
	res.kind = SV_RES_CHAR_DEVICE;
	refuse(res, SV_E_USAGE, "is a fifo, not a character device");
	res.kind = SV_RES_DISK;
	res.path = plan_path("link", false);
	assert_int_equal(symlink("fifo", res.path), 0);
	refuse(res, SV_E_USAGE, "symbolic link");
	res.path = "relative.img";
	refuse(res, SV_E_USAGE, "relative.img");
	res.path = "/dev/null";
	refuse(res, SV_E_USAGE, "is a character device, not a regular file or a block device");

	res.path = plan_path("sock", false);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", res.path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	refuse(res, SV_E_USAGE, "is a socket");
	res.kind = SV_RES_CHAR_SOCKET;
	check_first(res, SV_STEP_SET, "a-rw", NULL);
	/* the socket's owner keeps it, and the model without labels leaves it */
	assert_int_equal(plan_build("a", &res, 1, &plan, &err), 0);
	check_step(&plan.items[1], SV_STEP_LEAVE, FAKE_DEFAULT, NULL,
		   "the socket of somebody who listens stays as it is");
	sv_plan_done(&plan);
	res.may_create = true;
	assert_int_equal(plan_build("a", &res, 1, &plan, &err), 0);
	check_step(&plan.items[1], SV_STEP_SET, FAKE_DEFAULT, "a-rw", NULL);
}

static void test_host_devices(void **state)
{
	struct sv_resource res = disk_of("vda", SV_ACCESS_RW, "/dev/null");
	struct sv_device_seclabel label = {.relabel = true, .label = (char[]){"mine"}};

	(void)state;
	res.kind = SV_RES_CHAR_FILE;
	check_first(res, SV_STEP_LEAVE, NULL, "device that every process may use");
	res.overrides = &label;
	res.n_overrides = 1;
	refuse(res, SV_E_USAGE, "used by every process");
	res.n_overrides = 0;
	res.path = "/dev/tty";
	refuse(res, SV_E_USAGE, "device of the host itself");
	res.kind = SV_RES_RENDER;
	refuse(res, SV_E_USAGE, "/dev/tty is another device, not a render node");
	res.kind = SV_RES_SEV;
	refuse(res, SV_E_USAGE, "/dev/tty is another device, not AMD's secure processor");
	res.kind = SV_RES_SGX;
	refuse(res, SV_E_USAGE, "/dev/tty is another device, not the processor's SGX");
	res.kind = SV_RES_VSOCK;
	refuse(res, SV_E_USAGE, "/dev/tty is another device, not vhost-vsock");
	res.kind = SV_RES_TUN;
	refuse(res, SV_E_USAGE, "/dev/tty is another device, not the driver of taps");
	res.kind = SV_RES_VHOST_NET;
	refuse(res, SV_E_USAGE, "/dev/tty is another device, not vhost-net");
}

static void test_hard_link(void **state)
{
	const char *a = plan_path("a.img", true), *b = plan_path("b.img", false);
	struct sv_resource res = disk_of("vda", SV_ACCESS_RO, a);
	struct sv_device_seclabel no[] = {{.model = (char[]){"fake"}},
					  {.model = (char[]){"owner"}}};

	(void)state;
	assert_int_equal(link(a, b), 0);
	refuse(res, SV_E_USAGE, "hard links");
	/* its label stays, so its other name does not matter */
	res.overrides = no;
	res.n_overrides = 2;
	check_first(res, SV_STEP_LEAVE, NULL, "relabel='no' of the device");
}

static void test_left(void **state)
{
	struct sv_resource res = disk_of("vda", SV_ACCESS_RO, "/etc/passwd");
	struct sv_device_seclabel label = {.relabel = true, .label = (char[]){"mine"}};
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};

	(void)state;
	check_first(res, SV_STEP_LEAVE, NULL, "system file, only read");
	res.overrides = &label;
	res.n_overrides = 1;
	refuse(res, SV_E_USAGE, "system directory /etc");
	res.n_overrides = 0;
	res.access = SV_ACCESS_RW;
	refuse(res, SV_E_USAGE, "the guest would write it");
	res.access = SV_ACCESS_SHARED;
	refuse(res, SV_E_USAGE, "system directory /etc");

	res = disk_of("vda", SV_ACCESS_RO, plan_path("a.iso", true));
	assert_int_equal(chmod(res.path, 0644), 0);
	assert_int_equal(plan_build("a", &res, 1, &plan, &err), 0);
	check_step(&plan.items[0], SV_STEP_SET, FAKE_DEFAULT, "content", NULL);
	check_step(&plan.items[1], SV_STEP_LEAVE, FAKE_DEFAULT, NULL, "readable by everyone");
	sv_plan_done(&plan);
	/* a world-readable file still gets the owner of its writer */
	res.access = SV_ACCESS_RW;
	assert_int_equal(plan_build("a", &res, 1, &plan, &err), 0);
	check_step(&plan.items[1], SV_STEP_SET, FAKE_DEFAULT, "a-rw", NULL);
}

static void test_subject_leaves(void **state)
{
	struct sv_resource res = disk_of("vda", SV_ACCESS_RW, plan_path("a.img", true));
	struct sv_device_seclabel label = {.relabel = true, .label = (char[]){"mine"}};
	struct sv_layer layer = {
		.driver = &sv_driver_fake,
		.subject = {.image = {(char[]){"rw"}}, .relabel = false},
	};
	struct sv_resources list = {.items = &res, .n = 1};
	const struct sv_plan_request req = {
		.resources = &list,
		.layers = &layer,
		.n_layers = 1,
		.file = DOMAIN_FILE,
		.nodes = plan_nodes(),
	};
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_plan_build(&req, &plan, &err), 0);
	check_step(&plan.items[0], SV_STEP_LEAVE, FAKE_DEFAULT, NULL, "relabel='no'");
	/* no model labels the written file: it has a hold all the same */
	assert_int_equal(plan.n, 2);
	check_step(&plan.items[1], SV_STEP_HOLD, NULL, "alone",
		   "no other guest gets what this one writes");
	assert_true(sv_step_is_held(&plan.items[1]));
	sv_plan_done(&plan);

	res.overrides = &label;
	res.n_overrides = 1;
	assert_int_equal(sv_plan_build(&req, &plan, &err), 0);
	check_step(&plan.items[0], SV_STEP_SET, FAKE_DEFAULT, "mine", NULL);
	sv_plan_done(&plan);

	layer.subject.relabel = true;
	res.n_overrides = 0;
	res.access = SV_ACCESS_RO;
	assert_int_equal(sv_plan_build(&req, &plan, &err), 0);
	check_step(&plan.items[0], SV_STEP_LEAVE, FAKE_DEFAULT, NULL,
		   "this access needs no label of its own");
	assert_int_equal(plan.n, 1);
}

static void test_overrides(void **state)
{
	struct sv_device_seclabel o[] = {
		{.relabel = true, .label = (char[]){"main"}},
		{.relabel = false, .model = (char[]){"owner"}},
	};
	struct sv_resource res = disk_of("vda", SV_ACCESS_RW, plan_path("a.img", true));
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};

	(void)state;
	res.overrides = o;
	res.n_overrides = 1;
	assert_int_equal(plan_build("a", &res, 1, &plan, &err), 0);
	check_step(&plan.items[0], SV_STEP_SET, FAKE_DEFAULT, "main", NULL);
	check_step(&plan.items[1], SV_STEP_SET, FAKE_DEFAULT, "a-rw", NULL);
	sv_plan_done(&plan);
	res.n_overrides = 2;
	assert_int_equal(plan_build("a", &res, 1, &plan, &err), 0);
	check_step(&plan.items[0], SV_STEP_SET, FAKE_DEFAULT, "main", NULL);
	check_step(&plan.items[1], SV_STEP_LEAVE, FAKE_DEFAULT, NULL, "relabel='no' of the device");
	sv_plan_done(&plan);
	o[0].label = (char[]){"nosuch"};
	o[0].line = 77;
	assert_int_equal(plan_build("a", &res, 1, &plan, &err), -SV_E_USAGE);
	assert_non_null(strstr(err.msg, "'nosuch' is not known"));
	assert_int_equal(err.line, 77);
	sv_error_clear(&err);
	/* without a label of its own it is an ordinary device */
	o[0].label = NULL;
	assert_int_equal(plan_build("a", &res, 1, &plan, &err), 0);
	check_step(&plan.items[0], SV_STEP_SET, FAKE_DEFAULT, "a-rw", NULL);
}

static void test_no_labels(void **state)
{
	struct sv_resource res = disk_of("vda", SV_ACCESS_RW, plan_path("a.img", true));
	struct sv_device_seclabel no[] = {{.model = (char[]){"fake"}},
					  {.model = (char[]){"owner"}}};
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};

	(void)state;
	fake.unlabelled = true;
	refuse(res, SV_E_HOST, "holds no fake labels");
	res.overrides = no;
	res.n_overrides = 2;
	assert_int_equal(plan_build("a", &res, 1, &plan, &err), 0);
	check_step(&plan.items[0], SV_STEP_LEAVE, NULL, NULL, "relabel='no' of the device");
}

static void test_one_file_twice(void **state)
{
	const char *a = plan_path("a.img", true), *b = plan_path("b.img", false);
	struct sv_device_seclabel no = {.relabel = false},
				  mine = {.relabel = true, .label = (char[]){"mine"}};
	struct sv_resource items[] = {disk_of("vda", SV_ACCESS_RO, a),
				      disk_of("vdb", SV_ACCESS_RO, a)};
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(plan_build("a", items, 2, &plan, &err), 0);
	assert_int_equal(plan.n, 4);
	sv_plan_done(&plan);
	items[1].overrides = &mine;
	items[1].n_overrides = 1;
	refuse_all(items, 2, SV_E_USAGE, 11, "a.img in line 10");
	items[1].n_overrides = 0;
	items[1].access = SV_ACCESS_SHARED;
	refuse_all(items, 2, SV_E_USAGE, 11, "is the same file as");

	/* two names, as a bind mount makes them */
	assert_int_equal(link(a, b), 0);
	items[0] = disk_of("vda", SV_ACCESS_RW, a);
	items[1] = disk_of("vdb", SV_ACCESS_RW, b);
	items[0].overrides = items[1].overrides = &no;
	items[0].n_overrides = items[1].n_overrides = 1;
	assert_int_equal(plan_build_first("a", items, 2, &plan, &err), -SV_E_USAGE);
	assert_non_null(strstr(err.msg, "b.img is the same file as"));
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, plan_setup, plan_teardown)

/* Which devices a document may name by a path alone. */
static void test_classes(void **state)
{
	static const struct {
		enum sv_resource_kind kind;
		const char *class;
		bool takes;
	} table[] = {
		{SV_RES_CHAR_DEVICE, "tty", true},   {SV_RES_CHAR_DEVICE, "ppdev", true},
		{SV_RES_CHAR_DEVICE, "bsg", false},  {SV_RES_CHAR_FILE, "nvme-generic", false},
		{SV_RES_CHAR_FILE, "tty", true},     {SV_RES_RNG, "i2c-dev", false},
		{SV_RES_RNG, "tty", true},	     {SV_RES_TPM, "tpm", true},
		{SV_RES_TPM, "tpmrm", true},	     {SV_RES_TPM, "scsi_generic", false},
		{SV_RES_MEMORY, "dax", true},	     {SV_RES_MEMORY, "mtd", false},
		{SV_RES_SCSI, "scsi_generic", true},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++)
		assert_int_equal(sv_kind_takes(table[i].kind, table[i].class), table[i].takes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_actions),
		T(test_names),
		T(test_create),
		T(test_missing_has_hint),
		T(test_missing_device_has_driver),
		T(test_kinds),
		T(test_host_devices),
		T(test_classes),
		T(test_hard_link),
		T(test_left),
		T(test_subject_leaves),
		T(test_overrides),
		T(test_no_labels),
		T(test_one_file_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
