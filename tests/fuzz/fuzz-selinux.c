/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that the SELinux driver reads: contexts of virtual machines and images, equivalences of
 * directories (file_contexts.subs), /proc/PID/attr/current of processes of any domain, and the list
 * of security models. The kernel's check of a context is replaced by one of its form.
 */
#include "fuzz.h"

#include "base/fs.h"
#include "base/string.h"
#include "driver/selinux/level.h"
#include "driver/selinux/selinux.h"
#include "label/context.h"

#include <errno.h>

int __wrap_sv_fs_read(const char *path, size_t max, char **ret, size_t *len, struct sv_error *err);
int __wrap_security_canonicalize_context_raw(const char *context, char **ret);

static struct fuzz_in input;

int __wrap_sv_fs_read(const char *path, size_t max, char **ret, size_t *len, struct sv_error *err)
{
	size_t n;

	if (fuzz_byte(&input) == 0)
		return sv_fail_errno(err, ENOENT, "%s", path);
	*ret = fuzz_copy(&input, &n);
	require(n <= max);
	if (len)
		*len = n;
	return 0;
}

int __wrap_security_canonicalize_context_raw(const char *context, char **ret)
{
	sv_auto_context struct sv_context ctx = {0};
	struct sv_error ignored = {0};

	errno = EINVAL;
	if (sv_context_parse(context, &ctx, &ignored) < 0)
		return -1;
	*ret = strdup(context);
	return *ret ? 0 : -1;
}

static void try_context_line(void)
{
	unsigned nth = 1u + fuzz_byte(&input) % 3u;
	sv_auto_free char *line = NULL;
	struct sv_error err = {0};

	if (fuzz_check(sv_selinux_context_line("/etc/contexts", nth, &line, &err), &err) == 0)
		require(line[0] && !strpbrk(line, "\n \t"));
}

static void try_alias(void)
{
	sv_auto_free char *path = NULL, *found = NULL;
	struct sv_error err = {0};

	path = fuzz_text(&input);
	if (fuzz_check(sv_selinux_alias(path, &found, &err), &err) == 0)
		require(found);
}

static void try_attr(void)
{
	uint8_t cats = fuzz_byte(&input);
	sv_auto_free char *text = fuzz_text(&input);
	struct sv_selinux_view view = {0};
	struct sv_selinux_end ends[2];
	struct sv_error err = {0};
	int n;

	for (unsigned c = 0; c < cats; c++)
		sv_catset_add(&view.pool, c);
	n = fuzz_check(sv_selinux_ends(text, &view, ends, &err), &err);
	require(n <= 2);
	for (int i = 0; i < n; i++)
		require(sv_catset_count(&ends[i].level.cats) > 0);
	require(n < 2 || sv_level_dominates(&ends[1].level, &ends[0].level));
}

static void try_judge(void)
{
	uint8_t flags = fuzz_byte(&input);
	sv_auto_free char *lsms = fuzz_text(&input), *context = fuzz_text(&input);
	const struct sv_selinux_signs signs = {
		.library = flags & 1,
		.filesystem = flags & 2,
		.lsms = flags & 4 ? lsms : NULL,
		.context = flags & 8 ? context : NULL,
	};
	enum sv_mac_state state = SV_MAC_DISABLED;
	struct sv_error err = {0};

	/* never "off" where one sign says on */
	if (fuzz_check(sv_selinux_state(&signs, &state, &err), &err) == 0)
		require(state != SV_MAC_DISABLED || !signs.library);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(void) = {try_context_line, try_alias, try_attr, try_judge};

	input = (struct fuzz_in){data, size};
	tries[fuzz_byte(&input) % SV_N_ELEMENTS(tries)]();
	return 0;
}
