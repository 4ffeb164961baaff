/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The label of a process: the profile that it is in, or a stack of them, and their mode. Must not
 * know what is in a profile, or how a process gets into one.
 */
#include "driver/apparmor/apparmor.h"

#include "base/string.h"

#include <errno.h>
#include <fcntl.h>

#define PART "//&" /* between the profiles of a stack */

/* The attribute of a process that is AppArmor's alone (Linux 5.8). process is "self" or a number.
 */
int sv_apparmor_attr(const char *process, const char *name, int flags)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%s/attr/apparmor/%s", process, name);
	return open(path, flags | O_CLOEXEC);
}

int sv_apparmor_read(const char *process, char text[SV_APPARMOR_LABEL_MAX])
{
	sv_auto_close int fd = sv_apparmor_attr(process, "current", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, SV_APPARMOR_LABEL_MAX - 1);

	if (n < 0)
		return -1;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

const char *sv_apparmor_label(char *text)
{
	static const char *const confined[] = {" (enforce)", " (kill)"};
	size_t len = strlen(text);
	char *part, *rest = text;

	for (size_t i = 0; i < SV_N_ELEMENTS(confined); i++) {
		size_t n = strlen(confined[i]);

		if (len > n && sv_streq(text + len - n, confined[i])) {
			text[len - n] = '\0';
			break;
		}
	}
	/* another mode, or no profile at all */
	if (strlen(text) == len)
		return text;
	for (part = rest; part; part = rest) {
		rest = strstr(part, PART);
		if (rest) {
			*rest = '\0';
			if (sv_apparmor_is_ours(part))
				return part;
			*rest = PART[0];
			rest += strlen(PART);
		} else if (sv_apparmor_is_ours(part)) {
			return part;
		}
	}
	return text;
}

int sv_apparmor_self(char **ret, struct sv_error *err)
{
	char text[SV_APPARMOR_LABEL_MAX];

	if (sv_apparmor_read("self", text) < 0)
		return sv_fail(err, SV_E_UNKNOWN, errno, "the profile of this process");
	return sv_strdup(sv_apparmor_label(text), ret, err);
}

int sv_apparmor_of_pid(pid_t pid, char **ret, struct sv_error *err)
{
	char text[SV_APPARMOR_LABEL_MAX], process[24];

	(void)snprintf(process, sizeof(process), "%d", (int)pid);
	if (sv_apparmor_read(process, text) == 0)
		return sv_strdup(sv_apparmor_label(text), ret, err);
	if (errno == ENOENT || errno == ESRCH)
		return SV_NONE;
	return sv_fail_errno(err, errno, "the profile of process %d", (int)pid);
}
