/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers of classes and permissions in the loaded policy, from selinuxfs (class/NAME/index and
 * class/NAME/perms/PERM; security/selinux/selinuxfs.c of Linux). Only the needed ones are read,
 * because string_to_security_class(3) reads every permission of a class, which was a third of a
 * start's system calls. Each is read once for a policy. Every decision of the kernel has the number
 * of its policy (security_compute_av(3)); when that changes, the cache is cleared.
 */
#include "driver/selinux/selinux.h"

#include "base/fs.h"
#include "base/parse.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define NUMBER_MAX 16u

/* The cache, for one policy. perm is "" for the class itself. What does not fit is read each time.
 */
enum { KNOWN_MAX = 48 };
static _Thread_local struct {
	struct known {
		char tclass[16], perm[24];
		uint32_t number;
	} items[KNOWN_MAX];
	size_t n;
	uint32_t policy;
} known;

extern char *selinux_mnt; /* libselinux: where selinuxfs is mounted */

/* One read(2) gets all of such a file. */
static int read_number(const char *path, uint32_t max, uint32_t *ret, struct sv_error *err)
{
	sv_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[NUMBER_MAX];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		return errno == ENOENT ? SV_NONE : sv_fail_errno(err, errno, "%s", path);
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return sv_parse_u32(text, 1, max, path, ret, err);
}

bool sv_selinux_class_is_of(uint32_t policy)
{
	bool same = known.n == 0 || known.policy == policy || known.policy == 0;

	if (!same)
		known.n = 0;
	known.policy = policy;
	return same;
}

static int find_number(const char *tclass, const char *perm, uint32_t max, uint32_t *ret,
		       struct sv_error *err)
{
	struct known *item = known.items;
	char path[256];
	int r;

	for (; item < known.items + known.n; item++) {
		if (sv_streq(item->tclass, tclass) && sv_streq(item->perm, perm)) {
			*ret = item->number;
			return 0;
		}
	}
	(void)snprintf(path, sizeof(path), "%s/class/%s/%s%s", selinux_mnt, tclass,
		       *perm ? "perms/" : "index", perm);
	r = read_number(path, max, ret, err);
	if (r == 0 && known.n < KNOWN_MAX && strlen(tclass) < sizeof(item->tclass) &&
	    strlen(perm) < sizeof(item->perm)) {
		(void)snprintf(item->tclass, sizeof(item->tclass), "%s", tclass);
		(void)snprintf(item->perm, sizeof(item->perm), "%s", perm);
		item->number = *ret;
		known.n++;
	}
	return r;
}

int sv_selinux_class(const char *tclass, uint16_t *ret, struct sv_error *err)
{
	uint32_t number;
	int r;

	if (!selinux_mnt)
		return sv_fail(err, SV_E_UNKNOWN, 0, "selinuxfs is not mounted");
	r = find_number(tclass, "", UINT16_MAX, &number, err);
	if (r == 0)
		*ret = (uint16_t)number;
	return r;
}

int sv_selinux_perm(const char *tclass, const char *perm, uint32_t *ret, struct sv_error *err)
{
	uint32_t number;
	int r = find_number(tclass, perm, 32, &number, err);

	if (r == 0)
		*ret = 1u << (number - 1);
	return r;
}
