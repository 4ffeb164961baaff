/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The discretionary driver: its labels, access by a file's mode, owners of real files, and the
 * state of a child after enter(). As root it changes owners and users; as another user the same
 * tests expect refusals.
 */
#include "driver/dac/dac.h"

#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#define OTHER 64055u

static const struct sv_driver *const dac = &sv_driver_dac;

static void labels(void **state)
{
	static const struct {
		const char *a, *b;
		int r;
	} cases[] = {
		{"+0:+0", "+0:+0", 0},
		{"+107:+64055", "+107:+64055", 0},
		{"+107:+64055", "+107:+64056", SV_NONE},
		{"+4294967294:+1", "+4294967294:+1", 0},
		{"+4294967295:+1", "+1:+1", -SV_E_USAGE},
		{"+1", "+1:+1", -SV_E_USAGE},
		{"1:1", "+1:+1", -SV_E_USAGE},
		{"+1:", "+1:+1", -SV_E_USAGE},
		{":+1", "+1:+1", -SV_E_USAGE},
		{"+01:+1", "+1:+1", -SV_E_USAGE},
		{"++1:+1", "+1:+1", -SV_E_USAGE},
		{"+1:+1 ", "+1:+1", -SV_E_USAGE},
		{"+-1:+1", "+1:+1", -SV_E_USAGE},
		{"+1:+1:+1", "+1:+1", -SV_E_USAGE},
		{"root:root", "+0:+0", -SV_E_USAGE},
		{"", "+1:+1", -SV_E_USAGE},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(cases); i++) {
		struct sv_error err = {0};
		int r = dac->same(cases[i].a, cases[i].b, &err);

		if (r != cases[i].r)
			fail_msg("'%s' '%s': %d %s", cases[i].a, cases[i].b, r, err.msg);
		if (r < 0)
			assert_non_null(strstr(err.hint, "+UID:+GID"));
	}
}

static void subjects(void **state)
{
	struct sv_request req = {
		.type = SV_SECLABEL_DYNAMIC, .relabel = true, .uid = 107, .gid = 108};
	sv_auto_subject struct sv_subject s = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(dac->subject(&req, &s, &err), 0);
	assert_string_equal(s.label, "+107:+108");
	for (int i = 0; i < 3; i++)
		assert_string_equal(s.image[i], "+107:+108");
	assert_true(s.relabel);
	sv_subject_done(&s);

	req.relabel = false;
	assert_int_equal(dac->subject(&req, &s, &err), 0);
	assert_null(s.image[SV_ACCESS_RW]);
	sv_subject_done(&s);

	req.uid = 0;
	assert_int_equal(dac->subject(&req, &s, &err), -SV_E_USAGE);
	assert_non_null(strstr(err.msg, "would run as root"));
	assert_null(s.label);
	sv_error_clear(&err);

	/* requested by number and by name */
	req.type = SV_SECLABEL_STATIC;
	req.label = "+0:+0";
	assert_int_equal(dac->subject(&req, &s, &err), 0);
	sv_subject_done(&s);
	req.label = "root:root";
	assert_int_equal(dac->subject(&req, &s, &err), 0);
	assert_string_equal(s.label, "+0:+0");
	sv_subject_done(&s);
	req.label = "12:nosuchgroup\x1b";
	assert_int_equal(dac->subject(&req, &s, &err), -SV_E_USAGE);
	assert_non_null(strstr(err.msg, "there is no group 'nosuchgroup\\x1b'"));
}

static void modes(void **state)
{
	static const struct {
		const char *object;
		mode_t mode;
		enum sv_access access;
		const char *missing; /* NULL: allowed */
	} cases[] = {
		{"+107:+1", S_IFREG | 0600, SV_ACCESS_RW, NULL},
		{"+107:+1", S_IFREG | 0400, SV_ACCESS_RW, "write"},
		{"+107:+1", S_IFREG | 0077, SV_ACCESS_RW, "read write"}, /* owner's bits first */
		{"+0:+108", S_IFREG | 0660, SV_ACCESS_RW, NULL},
		{"+0:+108", S_IFREG | 0640, SV_ACCESS_SHARED, "write"},
		{"+0:+0", S_IFREG | 0644, SV_ACCESS_RO, NULL},
		{"+0:+0", S_IFREG | 0640, SV_ACCESS_RO, "read"},
		{"+0:+0", S_IFREG | 0600, SV_ACCESS_RW, "read write"},
		{"+0:+0", S_IFSOCK | 0755, SV_ACCESS_RW, "write"},
		{"+0:+0", S_IFSOCK | 0722, SV_ACCESS_RO, NULL},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(cases); i++) {
		struct sv_denial why = {0};
		struct sv_error err = {0};
		int r = dac->ask->may_use("+107:+108", cases[i].object, cases[i].mode,
					  cases[i].access, &why, &err);

		assert_int_equal(r, cases[i].missing ? SV_NONE : 0);
		assert_string_equal(why.missing, cases[i].missing ? cases[i].missing : "");
		assert_false(why.category);
	}
}

static void leaves_what_all_may_read(void **state)
{
	struct sv_node node = {.fd = -1, .mode = S_IFREG | 0644};

	(void)state;
	assert_non_null(dac->label->why_leave(&node, SV_ACCESS_RO));
	assert_null(dac->label->why_leave(&node, SV_ACCESS_RW));
	assert_null(dac->label->why_leave(&node, SV_ACCESS_SHARED));
	node.mode = S_IFREG | 0640;
	assert_null(dac->label->why_leave(&node, SV_ACCESS_RO));
}

static void owners(void **state)
{
	char path[] = "/tmp/svirt-test-XXXXXX";
	sv_auto_close int made = mkstemp(path);
	sv_auto_close int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	sv_auto_free char *label = NULL, *mine = NULL;
	struct sv_error err = {0};
	int r;

	(void)state;
	assert_true(made >= 0 && fd >= 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sv_asprintf(&mine, &err, "+%u:+%u", getuid(), getgid()), 0);
	assert_int_equal(dac->label->get(fd, &label, &err), 0);
	assert_string_equal(label, mine);
	assert_int_equal(dac->label->set(fd, mine, &err), 0);
	r = dac->label->set(fd, "+64055:+64056", &err);
	if (getuid() != 0) {
		assert_int_equal(r, -SV_E_PERMISSION);
		assert_non_null(strstr(err.msg, "user 64055 group 64056"));
		return;
	}
	assert_int_equal(r, 0);
	free(sv_take_ptr(label));
	assert_int_equal(dac->label->get(fd, &label, &err), 0);
	assert_string_equal(label, "+64055:+64056");
	assert_int_equal(dac->label->set(fd, "garbage", &err), -SV_E_USAGE);
}

/* Runs after enter(): 0 when the process has the expected state. */
static int stripped(void)
{
	const struct sv_layer layer = {
		.driver = dac,
		.subject = {.label = (char[]){"+64055:+64055"}},
	};
	struct sv_error err = {0};
	FILE *status;
	char line[256];
	int bad = 0;

	if (dac->enter(&layer, &err) < 0)
		return 100 + (int)err.code;
	if (getuid() != OTHER || geteuid() != OTHER || getgid() != OTHER || getgroups(0, NULL))
		return 1;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 2;
	status = fopen("/proc/self/status", "re");
	while (status && fgets(line, sizeof(line), status))
		bad += sv_starts_with(line, "Cap") &&
		       strspn(line + 7, "0\t\n ") != strlen(line + 7);
	if (!status || bad)
		return 3;
	(void)fclose(status);
	return setuid(0) == 0 ? 4 : 0;
}

static void entering(void **state)
{
	int status = 0;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(stripped());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), getuid() == 0 ? 0 : 100 + SV_E_PERMISSION);
}

static void starting(void **state)
{
	struct sv_subject s = {.label = (char[]){"+64055:+64055"}};
	struct sv_error err = {0};

	(void)state;
	if (getuid() != 0) {
		assert_int_equal(dac->ask->may_start(NULL, &s, "/bin/sh", &err), -SV_E_PERMISSION);
		return;
	}
	assert_int_equal(dac->ask->may_start(NULL, &s, "/bin/sh", &err), 0);
	assert_int_equal(dac->ask->may_start(NULL, &s, "/nonexistent", &err), -SV_E_NOTFOUND);
}

/* A user's own guest: the ids are those of this process, and its groups stay. */
static int own_guest(void)
{
	const gid_t groups[] = {OTHER, 2000};
	struct sv_layer layer = {.driver = dac, .subject = {.label = (char[]){"+64055:+64055"}}};
	struct sv_node node = SV_NODE_EMPTY;
	struct sv_error err = {0};
	char path[] = "/tmp/svirt-dac-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0 || fchown(fd, 0, 2000) < 0 || fchmod(fd, 0640) < 0)
		return 1;
	if (setgroups(2, groups) < 0 || setresgid(OTHER, OTHER, OTHER) < 0 ||
	    setresuid(OTHER, OTHER, OTHER) < 0)
		return 2;
	if (dac->ask->may_start(NULL, &layer.subject, "/bin/sh", &err) < 0)
		return 3;
	if (sv_node_open(path, &node, &err) < 0)
		return 4;
	if (dac->ask->may_open(layer.subject.label, &node, SV_ACCESS_RO, NULL, &err) != 0)
		return 5;
	if (dac->ask->may_open(layer.subject.label, &node, SV_ACCESS_RW, &(struct sv_denial){0},
			       &err) != SV_NONE ||
	    dac->ask->may_open(layer.subject.label, &node, SV_ACCESS_RW, NULL, &err) != SV_NONE)
		return 6;
	if (dac->enter(&layer, &err) < 0 || getgroups(0, NULL) != 2 ||
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 7;
	layer.subject.label = (char[]){"+64056:+64055"};
	return dac->ask->may_start(NULL, &layer.subject, "/bin/sh", &err) < 0 ? 0 : 8;
}

static void guests_of_users(void **state)
{
	int status = 0;
	pid_t pid;

	(void)state;
	if (getuid() != 0)
		skip();
	pid = fork();
	if (pid == 0)
		_exit(own_guest());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void processes(void **state)
{
	sv_auto_free char *label = NULL, *mine = NULL;
	struct sv_error err = {0};
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(dac->of_pid(pid, &label, &err), SV_NONE);
	assert_int_equal(sv_asprintf(&mine, &err, "+%u:+%u", getuid(), getgid()), 0);
	assert_int_equal(dac->of_pid(getpid(), &label, &err), 0);
	assert_string_equal(label, mine);
}

/* A process that could get its old user back does not count as the user of its first id. */
static void mixed_ids(void **state)
{
	sv_auto_free char *label = NULL;
	struct sv_error err = {0};
	int r;

	(void)state;
	if (getuid() != 0)
		return;
	assert_int_equal(seteuid(OTHER), 0);
	r = dac->of_pid(getpid(), &label, &err);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(r, -SV_E_UNKNOWN);
	assert_non_null(strstr(err.msg, "several users or groups at once"));
}

struct acl {
	struct posix_acl_xattr_header head;
	struct posix_acl_xattr_entry entries[6];
};

/* user::rw-, user:1000:rw-, group::r--, group:2000:rw-, mask::rw-, other::--- */
static const struct acl full = {
	.head = {POSIX_ACL_XATTR_VERSION},
	.entries = {{ACL_USER_OBJ, 6, 0},
		    {ACL_USER, 6, 1000},
		    {ACL_GROUP_OBJ, 4, 0},
		    {ACL_GROUP, 6, 2000},
		    {ACL_MASK, 6, 0},
		    {ACL_OTHER, 0, 0}},
};

static void lists(void **state)
{
	static const struct {
		uid_t uid;
		gid_t gid;
		unsigned want, missing, narrow; /* narrow: with a mask of r-- */
	} cases[] = {
		{500, 1, 6, 0, 0},			  /* the owner: no mask */
		{500, 600, 7, 1, 1},			  /* ... not as its group either */
		{1000, 600, 6, 0, 2},			  /* a named user before its group */
		{1, 600, 6, 2, 2},			  /* the file's group */
		{1, 600, 4, 0, 0},    {1, 2000, 6, 0, 2}, /* a named group */
		{1, 1, 4, 4, 4},			  /* any other user */
	};
	struct sv_node node = {.fd = -1, .mode = S_IFREG | 0660, .uid = 500, .gid = 600};
	struct acl narrow = full;

	(void)state;
	narrow.entries[4].e_perm = 4;
	for (size_t i = 0; i < SV_N_ELEMENTS(cases); i++) {
		struct sv_owner who = {cases[i].uid, cases[i].gid};

		if (sv_dac_missing(&who, &node, &full, sizeof(full), cases[i].want) !=
			    cases[i].missing ||
		    sv_dac_missing(&who, &node, &narrow, sizeof(narrow), cases[i].want) !=
			    cases[i].narrow)
			fail_msg("case %zu", i);
	}
	/* no group bit: the kernel ignores the ACL */
	node.mode = S_IFREG | 0600;
	assert_int_equal(sv_dac_missing(&(struct sv_owner){1000, 1}, &node, &full, sizeof(full), 6),
			 6);
	/* no ACL, and a truncated one */
	node.mode = S_IFREG | 0640;
	assert_int_equal(sv_dac_missing(&(struct sv_owner){1000, 600}, &node, NULL, 0, 6), 2);
	assert_int_equal(
		sv_dac_missing(&(struct sv_owner){1000, 1}, &node, &full, sizeof(full.head), 4), 4);
}

/* As root this thread searches as that user; as another user modes are evaluated. The results are
 * the same. */
static void searching(void **state)
{
	const gid_t groups[] = {1, 2};
	gid_t after[2] = {0, 0};
	int death = 0;
	char path[] = "/tmp/svirt-dac-XXXXXX";
	struct sv_node nodes[2] = {SV_NODE_EMPTY, SV_NODE_EMPTY};
	struct sv_dirs dirs = {.items = nodes, .n = 2};
	struct sv_denial why = {0};
	struct sv_error err = {0};
	size_t at = 7;

	(void)state;
	if (geteuid() == 0)
		assert_int_equal(setgroups(2, groups), 0);
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1), 0);
	assert_int_equal(prctl(PR_SET_PDEATHSIG, SIGKILL), 0);
	assert_non_null(mkdtemp(path));
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(sv_node_open("/", &nodes[0], &err), 0);
	assert_int_equal(sv_node_open(path, &nodes[1], &err), 0);
	assert_int_equal(dac->ask->may_search("+64055:+64055", &dirs, &at, &why, &err), 0);
	assert_int_equal(at, 7);
	dirs.make = true;
	assert_int_equal(dac->ask->may_search("+64055:+64055", &dirs, &at, &why, &err), SV_NONE);
	assert_int_equal(at, 1);
	assert_string_equal(why.missing, "write");
	dirs.make = false;
	assert_int_equal(chmod(path, 0700), 0);
	sv_node_done(&nodes[1]);
	assert_int_equal(sv_node_open(path, &nodes[1], &err), 0);
	at = 7;
	assert_int_equal(dac->ask->may_search("+64055:+64055", &dirs, &at, &why, &err), SV_NONE);
	assert_int_equal(at, 1);
	assert_string_equal(why.missing, "search");
	assert_string_equal(why.tclass, "dir");
	/* the thread has its own user again */
	assert_int_equal(setfsuid((uid_t)-1), geteuid());
	assert_int_equal(setfsgid((gid_t)-1), getegid());
	if (geteuid() == 0) {
		assert_int_equal(getgroups(2, after), 2);
		assert_memory_equal(after, groups, sizeof(groups));
	}
	assert_int_equal(prctl(PR_GET_DUMPABLE), 1);
	assert_int_equal(prctl(PR_GET_PDEATHSIG, &death), 0);
	assert_int_equal(death, SIGKILL);
	assert_int_equal(prctl(PR_SET_PDEATHSIG, 0), 0);
	sv_node_done(&nodes[0]);
	sv_node_done(&nodes[1]);
	assert_int_equal(rmdir(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels),	   cmocka_unit_test(subjects),
		cmocka_unit_test(modes),	   cmocka_unit_test(leaves_what_all_may_read),
		cmocka_unit_test(owners),	   cmocka_unit_test(entering),
		cmocka_unit_test(starting),	   cmocka_unit_test(processes),
		cmocka_unit_test(guests_of_users), cmocka_unit_test(mixed_ids),
		cmocka_unit_test(lists),	   cmocka_unit_test(searching),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
