/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * May the guest's user search these directories, and open that file as it is? For directories the
 * kernel answers: this thread looks them up as that user (setfsuid(2)), which also finds refusals
 * that no mode shows, such as those of a file server. The thread's other ids stay root's; with
 * those of the guest's user every guest could signal it. For files the kernel cannot be asked: its
 * answer would depend on this process's MAC domain, which may not read images. So mode and ACL are
 * looked at. Must not know what a file is to the guest.
 */
#include "driver/dac/dac.h"

#include "base/mount.h"
#include "base/string.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <linux/securebits.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#define ACL_MAX	  (16u * 1024)
#define DIR_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)

#ifdef SYS_setgroups32
#define SET_GROUPS SYS_setgroups32
#else
#define SET_GROUPS SYS_setgroups
#endif

static bool in_class(const struct sv_owner *who, const struct sv_node *node, unsigned tag,
		     uint32_t id)
{
	switch (tag) {
	case ACL_USER_OBJ:
		return who->uid == node->uid;
	case ACL_USER:
		return who->uid == id;
	case ACL_GROUP_OBJ:
		return who->gid == node->gid;
	case ACL_GROUP:
		return who->gid == id;
	default:
		return false;
	}
}

static unsigned mask_of(const struct posix_acl_xattr_entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (le16toh(entries[i].e_tag) == ACL_MASK)
			return le16toh(entries[i].e_perm);
	return 7;
}

/* The first matching entry decides, in the order of the list. Of several groups that match, the
 * first one that grants everything decides. */
static unsigned missing_by_acl(const struct sv_owner *who, const struct sv_node *node,
			       const struct posix_acl_xattr_entry *entries, size_t n, unsigned want)
{
	unsigned mask = mask_of(entries, n), groups = want;
	bool in_group = false;

	for (size_t i = 0; i < n; i++) {
		unsigned tag = le16toh(entries[i].e_tag), perm = le16toh(entries[i].e_perm);

		if (tag == ACL_OTHER)
			return in_group ? groups : want & ~perm;
		if (!in_class(who, node, tag, le32toh(entries[i].e_id)))
			continue;
		if (tag == ACL_USER_OBJ)
			return want & ~perm;
		if (tag == ACL_USER || !(want & ~perm))
			return want & ~(perm & mask);
		groups = in_group ? groups : want & ~(perm & mask);
		in_group = true;
	}
	return want;
}

unsigned sv_dac_missing(const struct sv_owner *who, const struct sv_node *node, const void *acl,
			size_t n, unsigned want)
{
	const struct posix_acl_xattr_header *head = acl;
	unsigned have = node->mode & 7;

	/* when the mode has no bit for the group, the kernel does not look at the ACL */
	if (n > sizeof(*head) && le32toh(head->a_version) == POSIX_ACL_XATTR_VERSION &&
	    (node->mode & S_IRWXG))
		return missing_by_acl(who, node, (const void *)(head + 1),
				      (n - sizeof(*head)) / sizeof(struct posix_acl_xattr_entry),
				      want);
	if (who->uid == node->uid)
		have = (node->mode >> 6) & 7;
	else if (who->gid == node->gid)
		have = (node->mode >> 3) & 7;
	return want & ~have;
}

void sv_dac_deny(struct sv_denial *why, const char *tclass, unsigned missing)
{
	static const char *const names[] = {
		"",	"search",      "write",	     "write search",
		"read", "read search", "read write", "read write search",
	};

	if (!why)
		return;
	*why = (struct sv_denial){0};
	(void)snprintf(why->missing, sizeof(why->missing), "%s", names[missing & 7]);
	(void)snprintf(why->tclass, sizeof(why->tclass), "%s", tclass);
}

/* The kernel knows all groups of this process. */
static unsigned missing_to_self(const struct sv_node *node, unsigned want)
{
	char path[SV_FD_PATH_LEN];
	unsigned missing = 0;

	sv_fd_path(node->fd, path);
	for (unsigned bit = X_OK; bit <= R_OK; bit <<= 1)
		if (want & bit && access(path, (int)bit) < 0 && errno != EROFS)
			missing |= bit;
	return missing;
}

static unsigned missing_now(const struct sv_owner *who, const struct sv_node *node, unsigned want)
{
	_Alignas(struct posix_acl_xattr_header) char acl[ACL_MAX];
	char path[SV_FD_PATH_LEN];
	ssize_t n;

	if (sv_dac_is_self(who))
		return missing_to_self(node, want);
	n = getxattr(sv_fd_path(node->fd, path), "system.posix_acl_access", acl, sizeof(acl));
	return sv_dac_missing(who, node, acl, n < 0 ? 0 : (size_t)n, want);
}

int sv_dac_may_open(const char *label, const struct sv_node *node, enum sv_access access,
		    struct sv_denial *why, struct sv_error *err)
{
	unsigned want = access == SV_ACCESS_RO ? 4 : 6, missing;
	struct sv_owner who;
	int r = sv_dac_parse(label, &who, err);

	if (r < 0)
		return r;
	if (S_ISSOCK(node->mode)) /* connect(2) needs write permission only */
		want = 2;
	missing = missing_now(&who, node, want);
	if (!missing)
		return 0;
	sv_dac_deny(why, "mode", missing);
	return SV_NONE;
}

/* The state of this thread before it became the user: its ids for files, and what the kernel resets
 * when these change (commit_creds() in kernel/cred.c). */
struct former {
	gid_t *groups;
	int n, dumpable, death;
	unsigned uid, gid;
};

static void former_done(struct former *former)
{
	free(former->groups);
}

/* The system call itself, because setgroups(3) would change all threads. */
static int set_groups(int n, const gid_t *groups)
{
	return (int)syscall(SET_GROUPS, n, groups);
}

/* setfsuid(2) with an invalid id changes nothing and returns the current one. There is no other way
 * to read it. */
static bool is_now(uid_t uid, gid_t gid)
{
	return (uid_t)setfsuid((uid_t)-1) == uid && (gid_t)setfsgid((gid_t)-1) == gid;
}

/* Restores this thread. 0 also when it had not changed. */
static int come_back(const struct former *former, struct sv_error *err)
{
	(void)setfsuid(former->uid);
	(void)setfsgid(former->gid);
	if (!is_now(former->uid, former->gid) || set_groups(former->n, former->groups) < 0)
		return sv_fail(err, SV_E_HOST, errno, "cannot be the user and groups of before");
	if (former->dumpable == 1)
		(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	if (former->death)
		(void)prctl(PR_SET_PDEATHSIG, former->death, 0, 0, 0);
	return 0;
}

/* SV_NONE: this process cannot become the user, or would keep root's rights. Capabilities for files
 * are dropped only when root changes its id, and not when they are fixed (capabilities(7)). */
static int go_as(const struct sv_owner *who, struct former *former, struct sv_error *err)
{
	int r;

	if (geteuid() != 0 || (prctl(PR_GET_SECUREBITS) & SECBIT_NO_SETUID_FIXUP))
		return SV_NONE;
	former->n = getgroups(0, NULL);
	former->groups = calloc((size_t)former->n + 1, sizeof(*former->groups));
	if (!former->groups)
		return sv_fail_oom(err);
	former->n = getgroups(former->n, former->groups);
	former->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_GET_PDEATHSIG, &former->death, 0, 0, 0);
	former->uid = (uid_t)setfsuid((uid_t)-1);
	former->gid = (gid_t)setfsgid((gid_t)-1);
	if (former->n < 0 || set_groups(0, NULL) < 0)
		return SV_NONE;
	(void)setfsgid(who->gid);
	(void)setfsuid(who->uid);
	if (is_now(who->uid, who->gid))
		return 0;
	r = come_back(former, err);
	return r == 0 ? SV_NONE : r;
}

/* FUSE looks at all ids of a process and not only at those for files. Without allow_other it serves
 * only the user who mounted it. Root got here, so it was root. */
static int is_roots(const struct sv_node *dir, bool *ret, struct sv_error *err)
{
	struct sv_mount mount = {0};
	int r = sv_mount_of(dir->fd, &mount, err);

	*ret = r == 0 && mount.mounter_only;
	return r < 0 ? r : 0;
}

/* Returns 0, or the number (from 1) of the first directory that the user may not search. */
static int search(const struct sv_owner *who, const struct sv_dirs *dirs, struct sv_error *err)
{
	bool roots = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < dirs->n; i++) {
		const struct sv_node *dir = &dirs->items[i];
		/* looking up "." takes the same right as a path that leads through dir */
		sv_auto_close int fd = openat(dir->fd, ".", DIR_FLAGS);

		if (fd < 0 && errno != EACCES && errno != EPERM)
			return sv_fail(err, SV_E_UNKNOWN, errno,
				       "cannot ask what user %u may search", who->uid);
		if (fd >= 0 && i > 0 && dir->dev != dirs->items[i - 1].dev)
			r = is_roots(dir, &roots, err);
		if (r == 0 && (fd < 0 || (roots && (who->uid || who->gid))))
			return (int)i + 1;
	}
	return r;
}

/* search() for a process that cannot become the user: by mode and ACL. */
static int search_modes(const struct sv_owner *who, const struct sv_dirs *dirs)
{
	for (size_t i = 0; i < dirs->n; i++)
		if (missing_now(who, &dirs->items[i], X_OK))
			return (int)i + 1;
	return 0;
}

static int ask(const struct sv_owner *who, const struct sv_dirs *dirs, struct sv_error *err)
{
	sv_cleanup(former_done) struct former former = {0};
	struct sv_error lost = {0};
	int r = go_as(who, &former, err), found;

	if (r != 0)
		return r == SV_NONE ? search_modes(who, dirs) : r;
	found = search(who, dirs, err);
	r = come_back(&former, &lost);
	if (r < 0)
		*err = lost;
	return r < 0 ? r : found;
}

int sv_dac_may_search(const char *label, const struct sv_dirs *dirs, size_t *ret_at,
		      struct sv_denial *why, struct sv_error *err)
{
	unsigned missing = X_OK;
	struct sv_owner who;
	int r = sv_dac_parse(label, &who, err);

	if (r < 0)
		return r;
	r = ask(&who, dirs, err);
	/* this process's MAC domain may not write there, so the kernel cannot be asked for others
	 */
	if (r == 0 && dirs->make && dirs->n > 0) {
		missing = missing_now(&who, &dirs->items[dirs->n - 1], W_OK | X_OK);
		r = missing ? (int)dirs->n : 0;
	}
	if (r <= 0)
		return r;
	*ret_at = (size_t)r - 1;
	sv_dac_deny(why, "dir", missing);
	return SV_NONE;
}
