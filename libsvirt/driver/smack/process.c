/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Labels of processes: in /proc, where a process reads those of others and sets its own. Must not
 * know whose they are.
 */
#include "driver/smack/smack.h"

#include "base/fs.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>

#define TEXT_MAX (64u * 1024)

int sv_smack_read_line(const char *path, char **ret, struct sv_error *err)
{
	int r = sv_fs_read(path, TEXT_MAX, ret, NULL, err);

	if (r == 0)
		(*ret)[strcspn(*ret, "\n")] = '\0';
	return r;
}

/* The directory of one model's own attributes is as old as Linux 5.2. */
static int label_of(const char *process, char **ret, struct sv_error *err)
{
	static const char *const names[] = {"attr/smack/current", "attr/current"};
	int r = SV_NONE;

	for (size_t i = 0; r == SV_NONE && i < SV_N_ELEMENTS(names); i++) {
		sv_auto_free char *path = NULL, *text = NULL;
		struct sv_error e = {0};

		r = sv_asprintf(&path, err, "/proc/%s/%s", process, names[i]);
		if (r < 0)
			return r;
		r = sv_smack_read_line(path, &text, &e);
		if (r < 0 && (e.sys == ENOENT || e.sys == ESRCH))
			r = SV_NONE;
		else if (r < 0)
			*err = e;
		else
			*ret = sv_take_ptr(text);
	}
	return r;
}

int sv_smack_of_pid(pid_t pid, char **ret, struct sv_error *err)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%d", (int)pid);
	return label_of(number, ret, err);
}

/* There is no label for the next program: the process takes it, and exec keeps it. A child of
 * vfork(2) has credentials of its own, so nothing is to be undone. */
int sv_smack_enter(const struct sv_layer *layer, struct sv_error *err)
{
	const char *label = layer ? layer->subject.label : NULL;
	static const char *const files[] = {
		"/proc/self/attr/smack/current",
		"/proc/self/attr/current",
	};
	sv_auto_close int fd = -1;
	ssize_t len;

	if (!label)
		return 0;
	for (size_t i = 0; fd < 0 && i < SV_N_ELEMENTS(files); i++)
		fd = open(files[i], O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return sv_fail_errno(err, errno, "the label of this process");
	len = (ssize_t)strlen(label);
	if (write(fd, label, (size_t)len) == len)
		return 0;
	(void)sv_fail(err, errno == EPERM ? SV_E_PERMISSION : SV_E_HOST, errno,
		      "the kernel does not take '%s' as the label of the next program", label);
	return sv_hint(err, "run svirt as root, with CAP_MAC_ADMIN");
}
