/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Landlock's system calls: see kernel.h. Must not know what is allowed to whom. */
#include "driver/landlock/kernel.h"

#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

/* The same on every architecture (include/uapi/asm-generic/unistd.h). */
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };

enum { ASK_VERSION = 1 << 0 };	     /* LANDLOCK_CREATE_RULESET_VERSION */
enum { PATH_BENEATH = 1, PORT = 2 }; /* enum landlock_rule_type */
enum { LOG_AFTER_EXEC = 1 << 1 };    /* LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON, version 7 */

/* Above every descriptor that a guest's process is given (guest/run/vmm.h). */
enum { LOWEST_FD = 256 };

#define FIRST_FILES ((uint64_t)(SV_LL_MAKE_SYM << 1) - 1)

int sv_landlock_version(void)
{
	long version = syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);

	return version > 0 ? (int)version : 0;
}

struct sv_landlock_set sv_landlock_can(int version)
{
	static const struct {
		int since;
		struct sv_landlock_set set;
	} added[] = {
		{1, {.files = FIRST_FILES}},
		{2, {.files = SV_LL_REFER}},
		{3, {.files = SV_LL_TRUNCATE}},
		{4, {.ports = SV_LL_BIND_TCP | SV_LL_CONNECT_TCP}},
		{5, {.files = SV_LL_IOCTL_DEV}},
		{6, {.scopes = 3}}, /* LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, _SIGNAL */
	};
	struct sv_landlock_set can = {0};

	for (size_t i = 0; i < SV_N_ELEMENTS(added); i++) {
		if (version < added[i].since)
			continue;
		can.files |= added[i].set.files;
		can.ports |= added[i].set.ports;
		can.scopes |= added[i].set.scopes;
	}
	return can;
}

int sv_landlock_for_user(int version, struct sv_error *err)
{
	if (sv_landlock_can(version).scopes)
		return 0;
	if (!version) {
		(void)sv_fail(err, SV_E_HOST, 0,
			      "this kernel has no Landlock, which confines a user's guests");
		return sv_hint(err, "boot Linux 6.12 or later with landlock in its list of "
				    "security modules (lsm=); or sudo svirt, without --user");
	}
	(void)sv_fail(err, SV_E_HOST, 0,
		      "this kernel's Landlock has version %d: before version 6 a guest could "
		      "signal your other processes and reach their abstract sockets",
		      version);
	return sv_hint(err, "boot Linux 6.12 or later; or sudo svirt, without --user");
}

int sv_landlock_create(const struct sv_landlock_set *set, int *ret, struct sv_error *err)
{
	/* an older kernel takes the longer struct when it does not know of zeros only */
	const uint64_t attr[] = {set->files, set->ports, set->scopes};
	sv_auto_close int fd = (int)syscall(CREATE_RULESET, attr, sizeof(attr), 0);

	if (fd >= 0)
		*ret = fcntl(fd, F_DUPFD_CLOEXEC, LOWEST_FD);
	return fd >= 0 && *ret >= 0 ? 0 : sv_fail_errno(err, errno, "landlock_create_ruleset");
}

int sv_landlock_allow_files(int ruleset, int fd, uint64_t rights, struct sv_error *err)
{
	const struct {
		uint64_t rights;
		int32_t fd;
	} __attribute__((packed)) attr = {rights, fd};

	if (syscall(ADD_RULE, ruleset, PATH_BENEATH, &attr, 0) == 0)
		return 0;
	return sv_fail_errno(err, errno, "landlock_add_rule");
}

int sv_landlock_allow_port(int ruleset, uint16_t port, uint64_t rights, struct sv_error *err)
{
	const uint64_t attr[] = {rights, port};

	if (syscall(ADD_RULE, ruleset, PORT, attr, 0) == 0)
		return 0;
	return sv_fail_errno(err, errno, "landlock_add_rule");
}

int sv_landlock_restrict(int ruleset, struct sv_error *err)
{
	/* what is denied to the program, which is executed later, is what an audit is about */
	unsigned flags = sv_landlock_version() >= 7 ? LOG_AFTER_EXEC : 0;

	if (syscall(RESTRICT_SELF, ruleset, flags) == 0)
		return 0;
	return sv_fail_errno(err, errno, "landlock_restrict_self");
}
