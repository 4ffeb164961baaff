/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits of a guest's processes and of its monitor: see limits.h. */
#include "guest/run/limits.h"

#include "base/fs.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/resource.h>
#include <unistd.h>

#define OOM_ADJ	    "/proc/self/oom_score_adj"
#define OOM_ADJ_MAX 16

struct limit {
	__rlimit_resource_t resource;
	rlim_t soft;
	rlim_t least, most; /* of the hard limit; the caller's value in between stays */
};

/* The soft limits are those of the first process (include/asm-generic/resource.h), which the kernel
 * gives at a transition to a domain that may not inherit limits. The hard limits bound what a guest
 * can raise these to. For processes and signals the kernel's or the administrator's number stays,
 * unless it is too low. */
static const struct limit guest_limits[] = {
	{RLIMIT_CPU, RLIM_INFINITY, RLIM_INFINITY, RLIM_INFINITY},
	{RLIMIT_FSIZE, RLIM_INFINITY, RLIM_INFINITY, RLIM_INFINITY},
	{RLIMIT_DATA, RLIM_INFINITY, RLIM_INFINITY, RLIM_INFINITY},
	{RLIMIT_STACK, 8u << 20, RLIM_INFINITY, RLIM_INFINITY},
	{RLIMIT_CORE, 0, 0, 0},
	{RLIMIT_RSS, RLIM_INFINITY, RLIM_INFINITY, RLIM_INFINITY},
	{RLIMIT_NPROC, RLIM_INFINITY, 16384, RLIM_INFINITY},
	{RLIMIT_NOFILE, 1024, 4096, 524288},
	{RLIMIT_MEMLOCK, 8u << 20, 8u << 20, 8u << 20},
	{RLIMIT_AS, RLIM_INFINITY, RLIM_INFINITY, RLIM_INFINITY},
	{RLIMIT_LOCKS, RLIM_INFINITY, RLIM_INFINITY, RLIM_INFINITY},
	{RLIMIT_SIGPENDING, RLIM_INFINITY, 4096, RLIM_INFINITY},
	{RLIMIT_MSGQUEUE, 819200, 819200, 819200},
	{RLIMIT_NICE, 0, 0, 0},
	{RLIMIT_RTPRIO, 0, 0, 0},
	{RLIMIT_RTTIME, RLIM_INFINITY, RLIM_INFINITY, RLIM_INFINITY},
};

static const __rlimit_resource_t monitor_limits[] = {
	RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_AS, RLIMIT_NOFILE,
};

static rlim_t smaller(rlim_t a, rlim_t b)
{
	return a < b ? a : b;
}

static int set_limit(const struct limit *to, struct sv_error *err)
{
	struct rlimit had, limit;

	if (getrlimit(to->resource, &had) < 0)
		return sv_fail_errno(err, errno, "getrlimit");
	limit.rlim_max = smaller(had.rlim_max > to->least ? had.rlim_max : to->least, to->most);
	limit.rlim_cur = smaller(to->soft, limit.rlim_max);
	if (limit.rlim_max == had.rlim_max && limit.rlim_cur == had.rlim_cur)
		return 0;
	if (setrlimit(to->resource, &limit) == 0)
		return 0;
	/* only CAP_SYS_RESOURCE can raise a hard limit */
	limit.rlim_max = smaller(had.rlim_max, to->most);
	limit.rlim_cur = smaller(to->soft, limit.rlim_max);
	if (setrlimit(to->resource, &limit) < 0)
		return sv_fail_errno(err, errno, "setrlimit");
	return 0;
}

/* Ends an exemption from the out-of-memory killer: an exempt guest could take all of the host's
 * memory. A caller's setting in the other direction stays. */
static int reset_oom(struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	sv_auto_close int fd = -1;
	int r = sv_fs_read(OOM_ADJ, OOM_ADJ_MAX, &text, NULL, err);

	if (r < 0)
		return r;
	if (text[0] != '-')
		return 0;
	fd = open(OOM_ADJ, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		return sv_fail_errno(err, errno, OOM_ADJ);
	return 0;
}

int sv_limits_guest(uint64_t locked_kib, struct sv_error *err)
{
	const struct rlimit locked = {.rlim_cur = locked_kib * 1024, .rlim_max = locked_kib * 1024};
	int r = 0;

	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(guest_limits); i++)
		r = set_limit(&guest_limits[i], err);
	if (r == 0 && locked_kib && setrlimit(RLIMIT_MEMLOCK, &locked) < 0)
		r = sv_fail_errno(err, errno, "cannot let the guest lock %" PRIu64 " KiB",
				  locked_kib);
	return r == 0 ? reset_oom(err) : r;
}

void sv_limits_monitor(void)
{
	struct rlimit limit;

	for (size_t i = 0; i < SV_N_ELEMENTS(monitor_limits); i++) {
		if (getrlimit(monitor_limits[i], &limit) < 0)
			continue;
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(monitor_limits[i], &limit);
	}
}
