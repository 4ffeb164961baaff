/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * May the guest's user search these directories, open that file as it is? The kernel answers for
 * directories: a child becomes that user and asks, which also finds what no mode tells (FUSE
 * without allow_other, a server's own idea). For files it cannot be asked, because its answer would
 * be about this process's MAC domain too, which may not read images: there mode and ACL are looked
 * at. Must not know what a file is to the guest.
 */
#include "driver/dac.h"

#include "base/string.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#define ACL_MAX (16u * 1024)

/* Exit statuses of the child: 0, the number of the directory from 1 on, or one of these. */
enum { MAX_DIRS = 250, NOT_THAT_USER, NO_ANSWER };

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

/* The first entry that fits decides, in the order in which they stand; of several groups the first
 * that gives all. */
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

	/* without a bit for the group the kernel does not look at the list */
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

static void fill(struct sv_denial *why, const char *tclass, unsigned missing)
{
	static const char *const names[] = {
		"",	"search",      "write",	     "write search",
		"read", "read search", "read write", "read write search",
	};

	*why = (struct sv_denial){0};
	(void)snprintf(why->missing, sizeof(why->missing), "%s", names[missing & 7]);
	(void)snprintf(why->tclass, sizeof(why->tclass), "%s", tclass);
}

static unsigned missing_now(const struct sv_owner *who, const struct sv_node *node, unsigned want)
{
	_Alignas(struct posix_acl_xattr_header) char acl[ACL_MAX];
	char path[SV_FD_PATH_LEN];
	ssize_t n =
		getxattr(sv_fd_path(node->fd, path), "system.posix_acl_access", acl, sizeof(acl));

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
	if (S_ISSOCK(node->mode)) /* connect(2) asks for writing only */
		want = 2;
	missing = missing_now(&who, node, want);
	if (!missing)
		return 0;
	fill(why, "mode", missing);
	return SV_NONE;
}

/* Calls only what a signal handler may call. access(2) asks for the real ids, and root's own
 * capabilities count only for root. */
static int ask_as(const struct sv_owner *who, const struct sv_dirs *dirs)
{
	if (setgroups(0, NULL) < 0 || setresgid(who->gid, who->gid, who->gid) < 0 ||
	    setresuid(who->uid, who->uid, who->uid) < 0)
		return NOT_THAT_USER;
	for (size_t i = 0; i < dirs->n; i++) {
		if (faccessat(dirs->items[i].fd, ".", X_OK, 0) < 0)
			return errno == EACCES || errno == EPERM ? (int)i + 1 : NO_ANSWER;
	}
	return 0;
}

/* Where no other user can be become: what mode and ACL say. */
static int ask_modes(const struct sv_owner *who, const struct sv_dirs *dirs)
{
	for (size_t i = 0; i < dirs->n; i++)
		if (missing_now(who, &dirs->items[i], X_OK))
			return (int)i + 1;
	return 0;
}

/* The answer of the child, or of the modes. */
static int ask(const struct sv_owner *who, const struct sv_dirs *dirs, struct sv_error *err)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return sv_fail_errno(err, errno, "fork");
	if (pid == 0)
		_exit(ask_as(who, dirs));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == NO_ANSWER)
		return sv_fail(err, SV_E_UNKNOWN, 0, "cannot ask what user %u may search",
			       who->uid);
	return WEXITSTATUS(status) == NOT_THAT_USER ? ask_modes(who, dirs) : WEXITSTATUS(status);
}

int sv_dac_may_search(const char *label, const struct sv_dirs *dirs, size_t *ret_at,
		      struct sv_denial *why, struct sv_error *err)
{
	unsigned missing = X_OK;
	struct sv_owner who;
	int r = sv_dac_parse(label, &who, err);

	if (r < 0)
		return r;
	if (dirs->n > MAX_DIRS)
		return sv_fail(err, SV_E_UNKNOWN, 0, "a path of %zu directories", dirs->n);
	r = ask(&who, dirs, err);
	/* to write there this process's own MAC domain has no right, so it cannot ask for others */
	if (r == 0 && dirs->make && dirs->n > 0) {
		missing = missing_now(&who, &dirs->items[dirs->n - 1], W_OK | X_OK);
		r = missing ? (int)dirs->n : 0;
	}
	if (r <= 0)
		return r;
	*ret_at = (size_t)r - 1;
	fill(why, "dir", missing);
	return SV_NONE;
}
