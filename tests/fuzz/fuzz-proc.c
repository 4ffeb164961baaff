/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data of proc(5) about other processes: their stat, whose command name they choose; the
 * command line of a process at a level; /proc/locks. Each file that is read is the next piece of
 * the input; an empty one means that the process has ended.
 */
#include "fuzz.h"

#include "base/fs.h"
#include "base/proc.h"
#include "base/string.h"
#include "guest/restore/libvirt.h"
#include "label/context.h"

#include <errno.h>

int __real_sv_fs_read(const char *path, size_t max, char **ret, size_t *len, struct sv_error *err);
int __wrap_sv_fs_read(const char *path, size_t max, char **ret, size_t *len, struct sv_error *err);
int __wrap_sv_remembered_any(int fd, struct sv_error *err);

static struct fuzz_in input;

int __wrap_sv_fs_read(const char *path, size_t max, char **ret, size_t *len, struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	size_t n;

	if (strstr(path, "boot_id"))
		return sv_strdup("01234567-89ab-cdef-0123-456789abcdef\n", ret, err);
	text = fuzz_copy(&input, &n);
	if (n == 0)
		return sv_fail_errno(err, ENOENT, "%s", path);
	if (n > max)
		return sv_fail(err, SV_E_USAGE, 0, "%s: is larger than %zu bytes", path, max);
	if (len)
		*len = n;
	*ret = sv_take_ptr(text);
	return 0;
}

/* Every file has an attribute of libvirt's. */
int __wrap_sv_remembered_any(int fd, struct sv_error *err)
{
	(void)fd;
	(void)err;
	return 0;
}

static void try_stat(void)
{
	struct sv_proc_id id = {.pid = 7};
	struct sv_error err = {0};
	uint64_t cpu, rss;
	int r = fuzz_check(sv_proc_identify(7, &id, &err), &err);

	require(r != 0 || (id.pid == 7 && id.boot[0]));
	sv_error_clear(&err);
	(void)fuzz_check(sv_proc_alive(&id, &err), &err);
	sv_error_clear(&err);
	(void)fuzz_check(sv_proc_usage(7, &cpu, &rss, &err), &err);
}

static int get(int fd, char **ret, struct sv_error *err)
{
	(void)fd;
	return sv_strdup("system_u:object_r:svirt_image_t:s0:c1,c2", ret, err);
}

static int level_of(const char *label, struct sv_level *ret, struct sv_error *err)
{
	sv_auto_context struct sv_context ctx = {0};
	int r = sv_context_parse(label, &ctx, err);

	if (r == 0)
		*ret = ctx.range.low;
	return r;
}

static int in_use_by_somebody(int (*fn)(void *data, const struct sv_live_level *live), void *data,
			      struct sv_error *err)
{
	struct sv_level level;
	const struct sv_live_level live = {&level, 7, NULL};
	int r = sv_level_parse("s0:c1,c2", &level, err);

	return r < 0 ? r : fn(data, &live);
}

static int in_use_by_nobody(int (*fn)(void *data, const struct sv_live_level *live), void *data,
			    struct sv_error *err)
{
	(void)fn;
	(void)data;
	(void)err;
	return 0;
}

/* Another process may have the file open: the message has its name, or that the file is locked. */
static void try_holder(bool at_level)
{
	static const struct sv_label_ops label = {.get = get};
	const struct sv_level_ops level = {
		.level_of = level_of,
		.in_use = at_level ? in_use_by_somebody : in_use_by_nobody,
	};
	const struct sv_driver driver = {.name = "fuzz", .label = &label, .level = &level};
	const struct sv_node node = {.fd = -1, .dev = 0x801, .ino = 1234};
	struct sv_step step = {
		.driver = &driver, .action = SV_STEP_SET, .path = (char[]){"/a"}, .node = &node};
	const struct sv_plan plan = {.items = &step, .n = 1};
	struct sv_error err = {0};
	int r = fuzz_check(sv_libvirt_check(&plan, &driver, NULL, &err), &err);

	require(r < 0 && (err.code == SV_E_BUSY || !at_level));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input = (struct fuzz_in){data, size};
	switch (fuzz_byte(&input) % 3) {
	case 0:
		try_stat();
		break;
	case 1:
		try_holder(true);
		break;
	default:
		try_holder(false);
	}
	return 0;
}
