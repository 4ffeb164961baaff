/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users for guests: which are free, which are taken by leases and by processes, and that a guest
 * keeps its own.
 */
#include "store-fixture.h"

#include "base/proc.h"
#include "base/string.h"
#include "guest/level/users.h"

#include <linux/capability.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define FIRST 200000u
#define LAST  200003u

static struct svirt sv = {.run_dir = store_dir, .conf = {.uid_first = FIRST, .uid_last = LAST}};

static void lease_user(struct sv_store *store, char *name, const char *label)
{
	sv_auto_lease struct sv_lease lease = {.name = strdup(name), .own_user = true};
	struct sv_error err = {0};
	int64_t id = 0;

	assert_int_equal(sv_lease_wear(&lease, "selinux", "+200001:+1", NULL, &err), 0);
	assert_int_equal(sv_lease_wear(&lease, "dac", label, NULL, &err), 0);
	assert_int_equal(sv_lease_add(store, &lease, &id, &err), 0);
}

static struct sv_user_case asks(struct sv_store *store, const char *guest, uint32_t before)
{
	return (struct sv_user_case){&sv, store, sv_user_range_of(&sv, NULL), guest, before};
}

static uint32_t choose(struct sv_store *store, const char *guest, uint32_t before)
{
	const struct sv_user_case c = asks(store, guest, before);
	struct sv_error err = {0};
	uint32_t user = 0;

	if (sv_user_choose(&c, &user, &err) < 0)
		fail_msg("%s", err.msg);
	return user;
}

static void test_leases(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_lease struct sv_lease a = {0};
	struct sv_user_case c;
	struct sv_error err = {0};
	uint32_t user = 1;

	(void)state;
	user = choose(NULL, "a", 0);
	assert_true(user >= FIRST && user <= LAST);
	assert_int_equal(choose(store, "a", FIRST + 2), FIRST + 2);
	lease_user(store, (char[]){"a"}, "+200000:+107");
	lease_user(store, (char[]){"b"}, "+200002:+107");
	lease_user(store, (char[]){"c"}, "+2000011:+107");
	lease_user(store, (char[]){"d"}, "+200003:+107");
	/* only this one is left; another model's label is not a user */
	assert_int_equal(choose(store, "x", 0), FIRST + 1);
	assert_int_equal(choose(store, "x", FIRST), FIRST + 1);
	assert_int_equal(choose(store, "b", FIRST + 2), FIRST + 2);
	assert_int_equal(sv_user_again(store, "x", FIRST, &err), SV_NONE);
	assert_int_equal(sv_user_again(store, "a", FIRST, &err), 0);
	assert_int_equal(sv_user_again(store, "x", FIRST + 1, &err), 0);
	assert_int_equal(sv_lease_find(store, "a", &a, &err), 0);
	assert_int_equal(sv_user_of(sv_user_range_of(&sv, NULL), &a), FIRST);
	lease_user(store, (char[]){"e"}, "+200001:+107");
	user = 1;
	c = asks(store, "x", 0);
	assert_int_equal(sv_user_choose(&c, &user, &err), -SV_E_EXHAUSTED);
	assert_string_equal(err.msg, "every user of uid_range (200000-200003) is taken");
	assert_int_equal(user, 1);
	sv.conf.uid_first = FIRST + 1;
	assert_int_equal(sv_user_of(sv_user_range_of(&sv, NULL), &a), 0);
	sv.conf.uid_first = FIRST;
}

/* A process with that user, until it is killed. Real and saved ids count like the effective one. */
static pid_t stranger(uint32_t user)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		if (setresuid(user, 0, 0) < 0 || write(ready[1], "r", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

/* Who has a number that a document names, which no range limits. */
static void test_holder(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	const struct sv_user_case c = asks(store, "x", 0), b = asks(store, "b", 0);
	char holder[SV_USER_HOLDER] = "", process[SV_USER_HOLDER];
	sv_auto_lease struct sv_lease found = {0};
	struct sv_error err = {0};
	pid_t pid = stranger(400000);

	(void)state;
	lease_user(store, (char[]){"b"}, "+300000:+107");
	assert_int_equal(sv_user_holder(&c, 300000, holder, &err), 0);
	assert_string_equal(holder, "guest 'b'");
	assert_int_equal(sv_user_holder(&b, 300000, holder, &err), SV_NONE);
	assert_int_equal(sv_user_holder(&c, 400000, holder, &err), 0);
	(void)snprintf(process, sizeof(process), "process %d", (int)pid);
	assert_string_equal(holder, process);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(sv_user_holder(&c, 400000, holder, &err), SV_NONE);
	assert_int_equal(sv_user_holder(&c, 0, holder, &err), 0);
	/* a number that a document chose is not the guest's own, though it lies in the range */
	assert_int_equal(sv_lease_find(store, "b", &found, &err), 0);
	assert_int_equal(sv_user_of((struct sv_user_range){300000, 300001}, &found), 300000);
	found.own_user = false;
	assert_int_equal(sv_user_of((struct sv_user_range){300000, 300001}, &found), 0);
}

/* In which models, and with which numbers, guests should not have a user in common. */
static void test_is_own(void **state)
{
	struct svirt plain = {0}, shared = {.conf = {.uid_shared = true}};

	(void)state;
	assert_true(sv_user_is_own(&plain, &sv_driver_apparmor, 107));
	assert_false(sv_user_is_own(&shared, &sv_driver_apparmor, 107));
	assert_false(sv_user_is_own(&plain, &sv_driver_selinux, 107));
	assert_false(sv_user_is_own(&plain, NULL, 107));
	assert_true(sv_user_is_own(&sv, &sv_driver_selinux, FIRST));
	assert_false(sv_user_is_own(&sv, &sv_driver_selinux, LAST + 1));
}

static void test_processes(void **state)
{
	struct sv_error err = {0};
	struct sv_user_case c;
	struct sv_proc_ids ids;
	uint32_t user = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(sv_proc_ids(getpid(), &ids, &err), 0);
	assert_true(ids.uid[0] == getuid() && ids.gid[1] == getegid());
	if (geteuid() != 0)
		skip();
	pid = stranger(FIRST);
	sv.conf.uid_last = FIRST;
	c = asks(NULL, "x", FIRST);
	assert_int_equal(sv_user_choose(&c, &user, &err), -SV_E_EXHAUSTED);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(sv_proc_ids(pid, &ids, &err), SV_NONE);
	assert_int_equal(choose(NULL, "x", 0), FIRST);
	sv.conf.uid_last = LAST;
}

/* The kernel's answer by its own call. */
static void test_caps(void **state)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
	struct sv_error err = {0};
	uint64_t caps = 0;

	(void)state;
	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	assert_int_equal(sv_proc_caps(&caps, &err), 0);
	assert_true(caps == ((uint64_t)data[1].effective << 32 | data[0].effective));
}

/* Where guests with one user are not separated they get their own, unless the configuration forbids
 * it. */
static void test_range(void **state)
{
	static const struct sv_driver weak = {.own_users = true}, strong = {0};
	struct svirt plain = {0};

	(void)state;
	assert_int_equal(sv_user_range_of(&plain, NULL).last, 0);
	assert_int_equal(sv_user_range_of(&plain, &strong).last, 0);
	assert_int_equal(sv_user_range_of(&plain, &weak).first, 1879048192);
	assert_int_equal(sv_user_range_of(&sv, &weak).first, FIRST);
	plain.conf.uid_shared = true;
	assert_int_equal(sv_user_range_of(&plain, &weak).last, 0);
	assert_true(sv_driver_apparmor.own_users && !sv_driver_selinux.own_users);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, store_setup, store_teardown)
	const struct CMUnitTest tests[] = {
		T(test_leases), T(test_processes), T(test_holder),
		T(test_is_own), T(test_range),	   T(test_caps),
	};

	return cmocka_run_group_tests_name("users", tests, NULL, NULL);
}
