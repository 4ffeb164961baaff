/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Landlock driver: the rules from a document, the restrictions of each version of the kernel's
 * interface, and, on a kernel that has it, what a child is denied after enter(). The lab tests what
 * a guest may reach.
 */
#include "domain-fixture.h"

#include "base/fs.h"
#include "base/string.h"
#include "driver/driver.h"
#include "driver/landlock/kernel.h"
#include "driver/landlock/rules.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const struct sv_driver *const landlock = &sv_driver_landlock;

/* The rules of every guest are only in the golden file of the smallest one. */
static void print_rules(const struct sv_landlock_rules *rules, const struct sv_ports *ports,
			struct sv_buf *out)
{
	static const char *const names[] = {
		"execute", "write",  "read",   "list",	  "rmdir",   "unlink", "mkchar",   "mkdir",
		"create",  "mksock", "mkfifo", "mkblock", "symlink", "refer",  "truncate", "ioctl",
	};

	for (size_t i = 0; i < rules->n; i++) {
		const struct sv_landlock_rule *rule = &rules->items[i];

		sv_buf_printf(out, "%s%s:", rule->path, rule->optional ? " (if there)" : "");
		for (size_t bit = 0; bit < SV_N_ELEMENTS(names); bit++)
			if (rule->rights & UINT64_C(1) << bit)
				sv_buf_printf(out, " %s", names[bit]);
		sv_buf_puts(out, "\n");
	}
	for (size_t i = 0; i < ports->n; i++)
		sv_buf_printf(out, "port %u: %s\n", ports->items[i].port,
			      ports->items[i].listens ? "listen" : "connect");
	if (ports->listens_anywhere)
		sv_buf_puts(out, "any port: listen\n");
	if (ports->connects_anywhere)
		sv_buf_puts(out, "any port: connect\n");
}

static void test_golden(void **state)
{
	const char *name = *state;
	sv_auto_free char *file = NULL, *in = NULL, *golden = NULL, *want = NULL;
	sv_auto_landlock_rules struct sv_landlock_rules rules = {0};
	sv_auto_resources struct sv_resources list = {0};
	sv_auto_ports struct sv_ports ports = {0};
	sv_auto_domain struct sv_domain *dom = NULL;
	sv_auto_buf struct sv_buf got = {0};
	struct sv_error err = {0};

	assert_int_equal(sv_asprintf(&in, &err, "argv/%s.xml", name), 0);
	assert_int_equal(sv_asprintf(&file, &err, "landlock/%s.rules", name), 0);
	golden = data_path(file);
	dom = domain_of_file(in);
	for (size_t i = 0; i < dom->n_hostdevs; i++)
		assert_int_equal(sv_asprintf(&dom->hostdevs[i].path, &err, "/dev/node%zu", i), 0);
	if (sv_resources_of(dom, NULL, "/run/svirt/test/guest", &list, &err) < 0 ||
	    sv_ports_of(dom, &ports, &err) < 0)
		fail_msg("%s", err.msg);
	const struct sv_scope scope = {
		.resources = &list,
		.needs = sv_needs_of(dom),
		.emulator = "/opt/qemu/bin/qemu-system-x86_64",
		.swtpm = dom->tpm.state ? "/usr/bin/swtpm" : NULL,
		.run_dir = "/run/svirt/test/guest",
		.ports = &ports,
	};
	if (sv_landlock_rules_of(&scope, &rules, &err) < 0)
		fail_msg("%s", err.msg);
	print_rules(&rules, &ports, &got);
	update_golden(golden, got.s);
	if (sv_fs_read(golden, 65536, &want, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(got.s, want);
}

/* An emulator's own libraries are found beside it, but never through a directory that may be a
 * home. */
static void test_program(void **state)
{
	static const struct {
		const char *program, *beside;
	} table[] = {
		{"/opt/qemu/bin/qemu", "/opt/qemu/lib"},
		{"/home/me/qemu", "/home/lib"},
		{"/qemu", NULL},
		{"/usr/libexec/qemu-kvm", "/usr/lib"},
	};
	static const char *const never[] = {"/", "/home", "/home/me", "/opt", "/opt/qemu", "/usr"};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++) {
		sv_auto_landlock_rules struct sv_landlock_rules rules = {0};
		const struct sv_resources none = {0};
		const struct sv_ports ports = {0};
		const struct sv_scope scope = {
			.resources = &none,
			.emulator = table[i].program,
			.run_dir = "/run/x",
			.ports = &ports,
		};
		struct sv_error err = {0};
		bool beside = !table[i].beside;

		assert_int_equal(sv_landlock_rules_of(&scope, &rules, &err), 0);
		for (size_t j = 0; j < rules.n; j++) {
			beside = beside || sv_streq(rules.items[j].path, table[i].beside);
			for (size_t k = 0; k < SV_N_ELEMENTS(never); k++)
				assert_string_not_equal(rules.items[j].path, never[k]);
		}
		assert_true(beside);
	}
}

/* Where no other model confines the guest, it creates nothing outside of its own directory. */
static void test_makes(void **state)
{
	static const struct {
		enum sv_resource_kind kind;
		const char *msg, *hint;
	} table[] = {
		{SV_RES_CHAR_FILE,
		 "serial0: /home/me/log is not there, and a guest that only Landlock confines "
		 "makes nothing outside its own directory",
		 "make it before: touch '/home/me/log'"},
		{SV_RES_CHAR_SOCKET,
		 "serial0: /home/me/log would be made, and a guest that only Landlock confines "
		 "makes nothing outside its own directory",
		 "leave the path out: svirt chooses one there"},
	};
	const struct sv_ports ports = {0};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++) {
		struct sv_resource res = {.kind = table[i].kind,
					  .path = "/home/me/log",
					  .target = (char[]){"serial0"},
					  .may_create = true};
		const struct sv_resources list = {&res, 1};
		struct sv_scope scope = {
			.resources = &list,
			.emulator = "/usr/bin/qemu",
			.run_dir = "/run/x",
			.ports = &ports,
			.alone = true,
		};
		struct sv_error err = {0};

		assert_int_equal(landlock->rules->check(&(struct sv_subject){0}, &scope, &err),
				 -SV_E_USAGE);
		assert_string_equal(err.msg, table[i].msg);
		assert_string_equal(err.hint, table[i].hint);
		sv_error_clear(&err);
		res.own = true;
		assert_int_equal(landlock->rules->check(&(struct sv_subject){0}, &scope, &err), 0);
		res.own = false;
		scope.alone = false;
		assert_int_equal(landlock->rules->check(&(struct sv_subject){0}, &scope, &err), 0);
	}
}

static void test_versions(void **state)
{
	static const struct sv_landlock_set want[] = {
		{0, 0, 0},	{0x1fff, 0, 0}, {0x3fff, 0, 0}, {0x7fff, 0, 0},
		{0x7fff, 3, 0}, {0xffff, 3, 0}, {0xffff, 3, 3}, {0xffff, 3, 3},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(want); i++) {
		struct sv_landlock_set can = sv_landlock_can((int)i);

		assert_int_equal(can.files, want[i].files);
		assert_int_equal(can.ports, want[i].ports);
		assert_int_equal(can.scopes, want[i].scopes);
	}
}

/* A user's guest must not be able to affect the user's other processes. */
static void test_user_versions(void **state)
{
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_landlock_for_user(0, &err), -SV_E_HOST);
	assert_string_equal(err.msg, "this kernel has no Landlock, which confines a user's guests");
	sv_error_clear(&err);
	assert_int_equal(sv_landlock_for_user(5, &err), -SV_E_HOST);
	assert_non_null(strstr(err.msg, "has version 5: before version 6 a guest could signal"));
	assert_non_null(strstr(err.hint, "Linux 6.12"));
	sv_error_clear(&err);
	assert_int_equal(sv_landlock_for_user(6, &err), 0);
}

static void test_subject(void **state)
{
	sv_auto_subject struct sv_subject subject = {0};
	struct sv_subject none = {0};
	struct sv_error err = {0};
	char label[32];

	(void)state;
	(void)snprintf(label, sizeof(label), "abi-%d", sv_landlock_version());
	assert_int_equal(landlock->subject(&(struct sv_request){.type = SV_SECLABEL_DYNAMIC},
					   &subject, &err),
			 0);
	assert_string_equal(subject.label, label);
	assert_null(subject.image[SV_ACCESS_RW]);
	assert_int_equal(landlock->subject(
				 &(struct sv_request){.type = SV_SECLABEL_STATIC, .label = "abi-7"},
				 &none, &err),
			 -SV_E_USAGE);
	assert_string_equal(err.msg, "a label cannot be chosen with Landlock");
	sv_error_clear(&err);
	assert_int_equal(landlock->subject(&(struct sv_request){.type = SV_SECLABEL_DYNAMIC,
								.baselabel = "abi-7"},
					   &none, &err),
			 -SV_E_USAGE);
	assert_string_equal(err.msg, "a baselabel cannot be chosen with Landlock");
	assert_null(none.label);
}

/* A guest without a ruleset is not started. */
static void test_no_ruleset(void **state)
{
	const struct sv_layer layer = {.driver = landlock};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(landlock->enter(&layer, &err), -SV_E_UNKNOWN);
	assert_string_equal(err.msg, "no ruleset of Landlock was made");
	assert_int_equal(landlock->enter(NULL, &err), 0);
}

/* A directory with two files and a port, for a child that may use one file only. */
struct place {
	char dir[64], mine[96], other[96], run[96], program[96];
	int listener;
	uint16_t port;
};

static void touch(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

static int place_make(void **state)
{
	static struct place p;
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	(void)snprintf(p.dir, sizeof(p.dir), "/tmp/svirt-landlock.XXXXXX");
	assert_non_null(mkdtemp(p.dir));
	(void)snprintf(p.mine, sizeof(p.mine), "%s/mine", p.dir);
	(void)snprintf(p.other, sizeof(p.other), "%s/other", p.dir);
	(void)snprintf(p.run, sizeof(p.run), "%s/run", p.dir);
	touch(p.mine);
	touch(p.other);
	/* a program whose library path would lead to all files of the directory */
	(void)snprintf(p.program, sizeof(p.program), "%s/bin", p.dir);
	assert_int_equal(mkdir(p.program, 0700), 0);
	(void)snprintf(p.program, sizeof(p.program), "%s/lib", p.dir);
	assert_int_equal(symlink(p.dir, p.program), 0);
	(void)snprintf(p.program, sizeof(p.program), "%s/bin/program", p.dir);
	touch(p.program);
	assert_int_equal(mkdir(p.run, 0700), 0);
	p.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p.listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(p.listener, 4), 0);
	assert_int_equal(getsockname(p.listener, (struct sockaddr *)&at, &len), 0);
	p.port = ntohs(at.sin_port);
	*state = &p;
	return 0;
}

static int place_remove(void **state)
{
	struct place *p = *state;
	struct sv_error err = {0};

	assert_int_equal(close(p->listener), 0);
	return sv_fs_remove_tree(p->dir, &err);
}

static bool opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

static bool connects(uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons(port)};
	sv_auto_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
}

static bool listens(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	sv_auto_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
}

/* The number of the first wrong answer; 0: none. */
static int child(const struct place *p, const struct sv_layer *layer, int version, bool port)
{
	sv_auto_free char *made = NULL;
	struct sv_error err = {0};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || landlock->enter(layer, &err) < 0 ||
	    sv_asprintf(&made, &err, "%s/new", p->run) < 0)
		return 100;
	const bool answers[] = {
		opens(p->mine, O_RDWR),
		!opens(p->other, O_RDONLY),
		!opens(p->other, O_WRONLY),
		!opens("/etc/passwd", O_RDONLY),
		opens("/dev/null", O_RDWR),
		opens(made, O_RDWR | O_CREAT),
		unlink(made) == 0,
		unlink(p->mine) < 0,
		version < 3 || truncate(p->other, 0) < 0,
		version < 4 || connects(p->port) == port,
		version < 4 || !listens(),
		version < 6 || kill(getppid(), 0) < 0,
	};

	for (int i = 0; i < (int)SV_N_ELEMENTS(answers); i++)
		if (!answers[i])
			return 1 + i;
	return 0;
}

static int answer_of_child(const struct place *p, const struct sv_scope *scope, bool port)
{
	struct sv_stack stack = {.v = {{.driver = landlock}}, .n = 1};
	struct sv_layer *layer = &stack.v[0];
	struct sv_error err = {0};
	int status = 0;
	pid_t pid;

	if (landlock->rules->load(&layer->subject, scope, &layer->ruleset, &err) < 0)
		fail_msg("%s", err.msg);
	/* above all descriptors that a guest gets, and closed on exec */
	assert_true(layer->ruleset >= 64);
	assert_int_equal(fcntl(layer->ruleset, F_GETFD), FD_CLOEXEC);
	pid = fork();
	if (pid == 0)
		_exit(child(p, layer, sv_landlock_version(), port));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	sv_stack_done(&stack);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void test_enter(void **state)
{
	struct place *p = *state;
	struct sv_resource disk = {.kind = SV_RES_DISK, .path = p->mine, .target = (char[]){"vda"}};
	struct sv_resources list = {&disk, 1};
	sv_auto_nodes struct sv_nodes nodes = {0};
	struct sv_port connect_to = {.port = p->port};
	struct sv_ports ports = {0};
	struct sv_scope scope = {
		.resources = &list,
		.emulator = p->program,
		.run_dir = p->run,
		.ports = &ports,
		.nodes = &nodes,
	};
	const struct sv_node *node;
	struct sv_error err = {0};
	char away[128];

	if (!sv_landlock_version())
		skip();
	assert_int_equal(sv_nodes_open(&nodes, p->mine, &node, &err), 0);
	assert_int_equal(answer_of_child(p, &scope, false), 0);
	ports = (struct sv_ports){.items = &connect_to, .n = 1};
	assert_int_equal(answer_of_child(p, &scope, true), 0);
	/* the rule is for the planned object: another one at its path is denied (the first
	 * answer) */
	(void)snprintf(away, sizeof(away), "%s/away", p->dir);
	assert_int_equal(rename(p->mine, away), 0);
	touch(p->mine);
	assert_int_equal(answer_of_child(p, &scope, true), 1);
	/* a missing file is an error, and never a guest with one rule less */
	disk.path = "/nonexistent/disk";
	assert_true(landlock->rules->load(&(struct sv_subject){0}, &scope, &(int){0}, &err) < 0);
	assert_non_null(strstr(err.msg, "/nonexistent/disk"));
}

#define GOLDEN(name) cmocka_unit_test_prestate(test_golden, (char[]){name})

int main(void)
{
	const struct CMUnitTest tests[] = {
		GOLDEN("pc-basic"),
		GOLDEN("pc-disks"),
		GOLDEN("chardevs"),
		GOLDEN("filesystems"),
		GOLDEN("hostdev"),
		GOLDEN("kvm"),
		GOLDEN("net-sockets"),
		GOLDEN("qemu-commandline"),
		GOLDEN("spice"),
		GOLDEN("tpm-emulator"),
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_makes),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_user_versions),
		cmocka_unit_test(test_subject),
		cmocka_unit_test(test_no_ruleset),
		cmocka_unit_test_setup_teardown(test_enter, place_make, place_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
