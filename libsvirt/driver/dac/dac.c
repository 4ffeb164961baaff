/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The discretionary driver: a guest's process has a user and a group of its own and no capability,
 * and its files belong to that user. Labels are "+UID:+GID". The driver is used beside a MAC model
 * and is entered last, because it gives up the rights that the others need. Must not know names of
 * users beyond those in a static label, or what a file is to the guest.
 */
#include "driver/dac/dac.h"

#include "base/fs.h"
#include "base/parse.h"
#include "base/proc.h"
#include "base/string.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define NSS_BUFFER (64u * 1024)
#define MAX_ID	   (UINT32_MAX - 1) /* the last one means "leave it" to chown(2) */
#define EXAMPLE	   "+107:+107"

static int format(const struct sv_owner *owner, char **ret, struct sv_error *err)
{
	return sv_asprintf(ret, err, "+%u:+%u", owner->uid, owner->gid);
}

/* Looks a name up in the system's databases. SV_NONE: there is no such name. */
static int by_name(const char *name, bool user, uint32_t *ret, struct sv_error *err)
{
	sv_auto_free char *room = malloc(NSS_BUFFER);
	struct passwd pw, *found_user = NULL;
	struct group gr, *found_group = NULL;
	int sys;

	if (!room)
		return sv_fail_oom(err);
	sys = user ? getpwnam_r(name, &pw, room, NSS_BUFFER, &found_user)
		   : getgrnam_r(name, &gr, room, NSS_BUFFER, &found_group);
	if (found_user)
		*ret = found_user->pw_uid;
	else if (found_group)
		*ret = found_group->gr_gid;
	else if (sys == 0 || sys == ENOENT || sys == ESRCH)
		return SV_NONE;
	else
		return sv_fail(err, SV_E_UNKNOWN, sys, "looking up the name '%s'", name);
	return 0;
}

/* Reads "+107", "107" or, when names is set, the name of a user or group. As in chown(1), "107" is
 * tried as a name first. */
static int read_id(const char *text, bool user, bool names, uint32_t *ret, struct sv_error *err)
{
	const char *what = user ? "user id" : "group id";
	char shown[64];
	int r = SV_NONE;

	if (names && *text && *text != '+')
		r = by_name(text, user, ret, err);
	if (r != SV_NONE)
		return r;
	if (*text == '+')
		text++;
	else if (!names || strspn(text, "0123456789") != strlen(text))
		return sv_fail(err, SV_E_USAGE, 0, "there is no %s '%s'", user ? "user" : "group",
			       sv_escape(text, shown, sizeof(shown)));
	return sv_parse_u32(text, 0, MAX_ID, what, ret, err);
}

static int parse(const char *label, bool names, struct sv_owner *ret, struct sv_error *err)
{
	sv_auto_free char *copy = NULL;
	struct sv_owner owner = {0};
	char shown[128], *group;
	int r = sv_strdup(label, &copy, err);

	if (r < 0)
		return r;
	group = strchr(copy, ':');
	if (group) {
		*group++ = '\0';
		r = read_id(copy, true, names, &owner.uid, err);
		if (r == 0)
			r = read_id(group, false, names, &owner.gid, err);
	} else {
		r = sv_fail(err, SV_E_USAGE, 0, "the group is missing");
	}
	if (r < 0) {
		(void)sv_hint(err, "a dac label is +UID:+GID, such as " EXAMPLE);
		return sv_wrap(err, "label '%s'", sv_escape(label, shown, sizeof(shown)));
	}
	*ret = owner;
	return 0;
}

int sv_dac_parse(const char *label, struct sv_owner *ret, struct sv_error *err)
{
	return parse(label, false, ret, err);
}

static int probe(struct sv_host_mac *ret, struct sv_error *err)
{
	(void)err;
	*ret = (struct sv_host_mac){.state = SV_MAC_ENFORCING};
	return 0;
}

static int same_images(struct sv_subject *subject, struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(subject->image); i++)
		r = sv_strdup(subject->label, &subject->image[i], err);
	return r;
}

/* What the guest writes alone is its user's, and of the group of the same number, because the group
 * of the process is all guests'. What others use too has no owner that is right for all: its mode
 * decides. */
static int own_images(uid_t user, struct sv_subject *subject, struct sv_error *err)
{
	return format(&(struct sv_owner){user, user}, &subject->image[SV_ACCESS_RW], err);
}

static int subject(const struct sv_request *req, struct sv_subject *ret, struct sv_error *err)
{
	sv_auto_subject struct sv_subject made = {.relabel = req->relabel};
	struct sv_owner owner = {req->uid, req->gid};
	int r = 0;

	if (req->type == SV_SECLABEL_STATIC)
		r = parse(req->label, true, &owner, err);
	/* root without capabilities still owns most of the host's files */
	if (r == 0 && req->type != SV_SECLABEL_STATIC && owner.uid == 0) {
		(void)sv_fail(err, SV_E_USAGE, 0, "the guest would run as root");
		return sv_hint(err, "give it a user in svirt.conf, or ask for root with <seclabel "
				    "type='static' model='dac'><label>+0:+0</label></seclabel>");
	}
	if (r == 0)
		r = format(&owner, &made.label, err);
	if (r == 0 && req->relabel)
		r = req->own_user && req->type != SV_SECLABEL_STATIC
			    ? own_images(owner.uid, &made, err)
			    : same_images(&made, err);
	if (r < 0)
		return r;
	*ret = made;
	made = (struct sv_subject){0};
	return 0;
}

/* libcap-ng caches the process whose capabilities it read first, and a child of vfork(2) has the
 * memory of its parent. So the process is named each time. */
static int read_caps(struct sv_error *err)
{
	capng_clear(CAPNG_SELECT_ALL);
	capng_setpid((int)gettid());
	if (capng_get_caps_process() < 0)
		return sv_fail(err, SV_E_UNKNOWN, 0, "the capabilities of this process");
	return 0;
}

bool sv_dac_is_self(const struct sv_owner *owner)
{
	return geteuid() != 0 && owner->uid == geteuid() && owner->gid == getegid() &&
	       owner->uid == getuid() && owner->gid == getgid();
}

static bool may_become(const struct sv_owner *owner)
{
	if (sv_dac_is_self(owner))
		return true;
	if (owner->uid != getuid() && !capng_have_capability(CAPNG_EFFECTIVE, CAP_SETUID))
		return false;
	return capng_have_capability(CAPNG_EFFECTIVE, CAP_SETGID);
}

static int may_start(const char *self, const struct sv_subject *subject, const char *emulator,
		     struct sv_error *err)
{
	struct sv_owner owner;
	struct stat st;
	int r = parse(subject->label, false, &owner, err);

	(void)self; /* capabilities are those of this process; a label does not tell any */
	if (r < 0)
		return r;
	r = read_caps(err);
	if (r < 0)
		return r;
	if (!may_become(&owner)) {
		(void)sv_fail(err, SV_E_PERMISSION, 0,
			      "may not start a program as user %u group %u", owner.uid, owner.gid);
		return sv_hint(err, "run svirt as root");
	}
	if (emulator && stat(emulator, &st) < 0)
		return sv_fail_errno(err, errno, "%s", emulator);
	return 0;
}

/* The bits of the owner, of the group or of the others decide, whichever matches first. That is
 * what the kernel does for a process without capabilities. */
static int may_use(const char *label, const char *object, mode_t mode, enum sv_access access,
		   struct sv_denial *why, struct sv_error *err)
{
	unsigned want = access == SV_ACCESS_RO ? 4 : 6, have = mode & 7, missing;
	struct sv_owner guest, owner;
	int r = parse(label, false, &guest, err);

	if (r == 0)
		r = parse(object, false, &owner, err);
	if (r < 0)
		return r;
	if (S_ISSOCK(mode)) /* connect(2) needs write permission only */
		want = 2;
	if (owner.uid == guest.uid)
		have = (mode >> 6) & 7;
	else if (owner.gid == guest.gid || (sv_dac_is_self(&guest) && group_member(owner.gid)))
		have = (mode >> 3) & 7;
	missing = want & ~have;
	if (!missing)
		return 0;
	sv_dac_deny(why, "mode", missing);
	return SV_NONE;
}

static int get(int fd, char **ret, struct sv_error *err)
{
	struct stat st;

	if (fstatat(fd, "", &st, AT_EMPTY_PATH) < 0)
		return sv_fail_errno(err, errno, "cannot read its owner");
	return format(&(struct sv_owner){st.st_uid, st.st_gid}, ret, err);
}

static int set(int fd, const char *label, struct sv_error *err)
{
	struct sv_owner owner;
	int r = parse(label, false, &owner, err);

	if (r < 0)
		return r;
	if (fchownat(fd, "", owner.uid, owner.gid, AT_EMPTY_PATH) == 0)
		return 0;
	(void)sv_fail_errno(err, errno, "cannot give it to user %u group %u", owner.uid, owner.gid);
	return err->sys == EPERM || err->sys == EACCES
		       ? sv_hint(err, "run svirt as root; an NFS server may squash root, and the "
				      "policy module must be installed: svirt policy install")
		       : -(int)err->code;
}

/* Filesystems that keep no owners: the mount's options say who owns all files. */
static bool is_fixed(const struct sv_mount *mount)
{
	static const char *const types[] = {"vfat", "msdos", "exfat", "ntfs", "hfs"};

	for (size_t i = 0; mount && i < SV_N_ELEMENTS(types); i++)
		if (sv_streq(types[i], mount->type))
			return true;
	return false;
}

static int fallback(const char *path, mode_t mode, char **ret, struct sv_error *err)
{
	(void)path;
	(void)mode;
	(void)ret;
	(void)err;
	return SV_NONE;
}

static int same(const char *a, const char *b, struct sv_error *err)
{
	struct sv_owner x, y;
	int r = parse(a, false, &x, err);

	if (r == 0)
		r = parse(b, false, &y, err);
	if (r < 0)
		return r;
	return x.uid == y.uid && x.gid == y.gid ? 0 : SV_NONE;
}

/* A file that everybody may read can keep its owner when the guest only reads it. */
static const char *why_leave(const struct sv_node *node, enum sv_access access)
{
	return access == SV_ACCESS_RO && (node->mode & S_IROTH) ? "readable by everyone" : NULL;
}

static int verify_ids(const struct sv_owner *owner, struct sv_error *err)
{
	uid_t u[3];
	gid_t g[3];

	if (getresuid(&u[0], &u[1], &u[2]) < 0 || getresgid(&g[0], &g[1], &g[2]) < 0)
		return sv_fail(err, SV_E_UNKNOWN, errno, "the ids of this process");
	for (int i = 0; i < 3; i++)
		if (u[i] != owner->uid || g[i] != owner->gid)
			return sv_fail(err, SV_E_UNKNOWN, 0,
				       "the kernel did not change to user %u group %u", owner->uid,
				       owner->gid);
	if (!sv_dac_is_self(owner) && getgroups(0, NULL) != 0)
		return sv_fail(err, SV_E_UNKNOWN, 0, "supplementary groups are left");
	return 0;
}

/* Emptying the bounding set takes CAP_SETPCAP, so it is done before the ids change. Without that
 * capability the set stays, and no_new_privs keeps the process from gaining what is in it. */
static int drop_bounding(struct sv_error *err)
{
	int r = read_caps(err);

	if (r < 0)
		return r;
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		return 0;
	capng_clear(CAPNG_SELECT_BOUNDS);
	if (capng_apply(CAPNG_SELECT_BOUNDS) < 0)
		return sv_fail(err, SV_E_PERMISSION, errno, "cannot empty the bounding set");
	return 0;
}

static int enter(const struct sv_layer *layer, struct sv_error *err)
{
	struct sv_owner owner;
	int r = parse(layer->subject.label, false, &owner, err);
	bool lost;

	if (r == 0)
		r = drop_bounding(err);
	if (r < 0)
		return r;
	lost = !sv_dac_is_self(&owner) && setgroups(0, NULL) < 0;
	if (lost || setresgid(owner.gid, owner.gid, owner.gid) < 0 ||
	    setresuid(owner.uid, owner.uid, owner.uid) < 0)
		return sv_fail(err, SV_E_PERMISSION, errno, "cannot become user %u group %u",
			       owner.uid, owner.gid);
	r = verify_ids(&owner, err);
	if (r < 0)
		return r;
	/* setresuid() from root to root keeps capabilities; no_new_privs makes exec give none */
	capng_clear(CAPNG_SELECT_CAPS);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return sv_fail(err, SV_E_PERMISSION, errno, "cannot give up capabilities");
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return sv_fail(err, SV_E_HOST, errno, "no_new_privs");
	return 0;
}

static bool are_one(const uint32_t ids[SV_PROC_IDS])
{
	for (int i = 1; i < SV_PROC_IDS; i++)
		if (ids[i] != ids[0])
			return false;
	return true;
}

static int of_pid(pid_t pid, char **ret, struct sv_error *err)
{
	struct sv_proc_ids ids;
	int r = sv_proc_ids(pid, &ids, err);

	if (r != 0)
		return r;
	if (!are_one(ids.uid) || !are_one(ids.gid))
		return sv_fail(err, SV_E_UNKNOWN, 0,
			       "process %d has several users or groups at once", (int)pid);
	return format(&(struct sv_owner){ids.uid[0], ids.gid[0]}, ret, err);
}

static const struct sv_label_ops label_ops = {
	.owner = true,
	.get = get,
	.set = set,
	.is_fixed = is_fixed,
	.fallback = fallback,
	.why_leave = why_leave,
};

static const struct sv_ask_ops ask_ops = {
	.may_start = may_start,
	.may_use = may_use,
	.may_search = sv_dac_may_search,
	.may_open = sv_dac_may_open,
};

const struct sv_driver sv_driver_dac = {
	.name = "dac",
	.doi = "0",
	.label = &label_ops,
	.ask = &ask_ops,
	.probe = probe,
	.subject = subject,
	.same = same,
	.enter = enter,
	.of_pid = of_pid,
};
