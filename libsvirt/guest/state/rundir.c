/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directory of a guest below RUN_DIR: see rundir.h. */
#include "guest/state/rundir.h"

#include "base/fs.h"
#include "base/lock.h"
#include "base/mount.h"
#include "driver/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define TRIES 1000 /* each lost race means that another command released this guest */

/* A guest's own directory has sockets, and files that its VMM makes there. An inode takes a
 * kilobyte of memory. */
#define INODES_MAX 1024u

/* RUN_DIR/.ended/NAME: the directory of an ended guest, until a command that may unmount removes
 * it. No guest's name begins with a dot. */
#define ENDED "/.ended"

static const char *const files[] = {
	[SV_GUEST_DIR] = "",
	[SV_GUEST_LOCK] = "/lock",
	[SV_GUEST_MONITOR] = "/monitor",
	[SV_GUEST_OWN] = "/guest",
};

int sv_guest_check_name(const char *name, struct sv_error *err)
{
	char shown[128];
	size_t i;

	if (!name[0] || name[0] == '.' || name[0] == '-' || strlen(name) > 64 || strchr(name, '/'))
		return sv_fail(err, SV_E_USAGE, 0, "'%s' cannot be the name of a guest",
			       sv_escape(name, shown, sizeof(shown)));
	for (i = 0; name[i]; i++) {
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return sv_fail(err, SV_E_USAGE, 0, "'%s' cannot be the name of a guest",
				       sv_escape(name, shown, sizeof(shown)));
	}
	return 0;
}

int sv_guest_path(const struct svirt *sv, const char *name, enum sv_guest_file file, char **ret,
		  struct sv_error *err)
{
	return sv_asprintf(ret, err, "%s/%s%s", sv->run_dir, name, files[file]);
}

/* Whether the lock is free; leaves no trace. */
static int probe(const char *path, int *ret, struct sv_error *err)
{
	int r = sv_lock_probe(path, ret, err);

	if (r == 0)
		sv_close_fd(ret);
	if (r < 0)
		return r;
	return r == 0 ? SV_BUSY : 0;
}

int sv_guest_lock(const struct svirt *sv, const char *name, int *ret, struct sv_error *err)
{
	sv_auto_free char *dir = NULL, *path = NULL;
	int i, r = sv_guest_path(sv, name, SV_GUEST_DIR, &dir, err);

	if (r == 0)
		r = sv_guest_path(sv, name, SV_GUEST_LOCK, &path, err);
	if (r < 0)
		return r;
	if (sv->rehearses)
		return probe(path, ret, err);
	/* the directory may be removed until the lock is taken; afterwards it is not empty */
	for (i = 0; i < TRIES; i++) {
		sv_error_clear(err);
		r = sv_fs_mkdir(dir, sv->user ? 0700 : 0711, err);
		if (r == 0)
			r = sv_lock_take(path, ret, err);
		if (r >= 0 || err->sys != ENOENT)
			break;
	}
	return r;
}

/* Moves the guest's directory with all that is left in it out of the way of the next guest of that
 * name. */
static int put_away(const struct svirt *sv, const char *name, char **dir, struct sv_error *err)
{
	sv_auto_free char *ended = NULL;
	int r = sv_asprintf(&ended, err, "%s" ENDED "/%s", sv->run_dir, name);

	if (r < 0)
		return r;
	if (renameat2(AT_FDCWD, *dir, AT_FDCWD, ended, RENAME_NOREPLACE) < 0)
		return sv_fail_errno(err, errno, "cannot rename %s", *dir);
	free(*dir);
	*dir = sv_take_ptr(ended);
	return 0;
}

void sv_guest_unlock(const struct svirt *sv, const char *name, int *lock)
{
	sv_auto_free char *dir = NULL, *own = NULL, *path = NULL;
	struct sv_error e = {0};

	if (*lock >= 0 && !sv->rehearses && sv_guest_path(sv, name, SV_GUEST_DIR, &dir, &e) == 0 &&
	    sv_guest_path(sv, name, SV_GUEST_OWN, &own, &e) == 0) {
		/* before the lock is released: afterwards the directory may be another guest's */
		if (access(own, F_OK) == 0)
			(void)put_away(sv, name, &dir, &e);
		/* in this order: when somebody takes the lock meanwhile, the directory stays */
		if (sv_asprintf(&path, &e, "%s%s", dir, files[SV_GUEST_LOCK]) == 0)
			(void)unlink(path);
		(void)rmdir(dir);
	}
	sv_close_fd(lock);
}

/* Removes the guest's own directory. SV_NONE: it is empty but stays mounted, because this process
 * may not unmount. */
static int remove_own(const char *path, struct sv_error *err)
{
	int r = sv_mount_detach(path, err);
	int removed = r < 0 ? r : sv_fs_remove_tree(path, err);

	if (r == SV_NONE && removed < 0 && err->sys == EBUSY) {
		sv_error_clear(err);
		return SV_NONE;
	}
	return removed;
}

static int make_ended(const struct svirt *sv, struct sv_error *err)
{
	sv_auto_free char *ended = NULL;
	int r = sv_asprintf(&ended, err, "%s" ENDED, sv->run_dir);

	return r < 0 ? r : sv_fs_mkdir(ended, 0700, err);
}

/* The label of what a guest makes itself. */
static const char *made_label(const struct sv_label_ops *ops, const struct sv_lease_layer *layer)
{
	return ops->owner ? layer->label : layer->image;
}

static int mount_own(const struct svirt *sv, const struct sv_lease *lease, const char *path,
		     struct sv_error *err)
{
	sv_auto_free char *options = NULL;
	int r = sv_asprintf(&options, err, "mode=700,size=%um,nr_inodes=%u", sv->conf.run_size,
			    INODES_MAX);

	for (size_t i = 0; r == 0 && i < lease->n_layers; i++) {
		sv_auto_free char *labels = NULL, *before = options;
		const struct sv_driver *driver;

		options = NULL;
		r = sv_driver_need(lease->layers[i].driver, &driver, err);
		if (r == 0 && driver->label && driver->label->mount_options)
			r = driver->label->mount_options(
				made_label(driver->label, &lease->layers[i]), &labels, err);
		if (r == 0)
			r = sv_asprintf(&options, err, "%s%s", before, labels ? labels : "");
	}
	if (r == 0)
		r = sv_mount_tmpfs(path, options, err);
	return r == -SV_E_PERMISSION
		       ? sv_hint(err,
				 "it needs the capability CAP_SYS_ADMIN, and the policy module of "
				 "this release: svirt policy install")
		       : r;
}

/* Sets the labels that a mount does not give. */
static int label_own(const struct sv_lease *lease, const char *path, struct sv_error *err)
{
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	int r = sv_node_open(path, &node, err);

	for (size_t i = 0; r == 0 && i < lease->n_layers; i++) {
		const struct sv_driver *driver;
		const char *label;

		r = sv_driver_need(lease->layers[i].driver, &driver, err);
		if (r < 0 || !driver->label || driver->label->mount_options)
			continue;
		label = made_label(driver->label, &lease->layers[i]);
		if (label)
			r = driver->label->set(node.fd, label, err);
	}
	return r;
}

int sv_rundir_make(const struct svirt *sv, const struct sv_lease *lease, struct sv_error *err)
{
	sv_auto_free char *path = NULL, *dir = NULL;
	int r = sv_guest_path(sv, lease->name, SV_GUEST_OWN, &path, err);

	if (r == 0)
		r = sv_guest_path(sv, lease->name, SV_GUEST_DIR, &dir, err);
	if (r == 0)
		r = remove_own(path, err);
	if (r == 0)
		r = make_ended(sv, err);
	if (r < 0)
		return r;
	/* sv_rundir_leave() may have closed it at an earlier end */
	if (chmod(dir, sv->user ? 0700 : 0711) < 0)
		return sv_fail_errno(err, errno, "%s", dir);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return sv_fail_errno(err, errno, "cannot make %s", path);
	/* a user may mount nothing, and the directory is the user's as it is */
	if (sv->user)
		return 0;
	r = mount_own(sv, lease, path, err);
	return r < 0 ? r : label_own(lease, path, err);
}

int sv_rundir_clear(const struct svirt *sv, const char *name, struct sv_error *err)
{
	sv_auto_free char *own = NULL, *monitor = NULL;
	int r = sv_guest_path(sv, name, SV_GUEST_OWN, &own, err);

	if (sv->rehearses)
		return r;
	if (r == 0)
		r = sv_guest_path(sv, name, SV_GUEST_MONITOR, &monitor, err);
	if (r == 0)
		r = remove_own(own, err);
	if (r >= 0)
		(void)unlink(monitor);
	return r;
}

static void warn_left(const struct svirt *sv, const struct sv_error *why)
{
	sv_warn(sv, "%s; it is closed to all but root until a command of svirt has removed it",
		why->msg);
}

void sv_rundir_leave(const struct svirt *sv, const char *name)
{
	sv_auto_free char *dir = NULL;
	struct sv_error e = {0};
	int r = sv_rundir_clear(sv, name, &e);

	if (r == 0)
		return;
	if (r < 0)
		warn_left(sv, &e);
	sv_error_clear(&e);
	if (sv_guest_path(sv, name, SV_GUEST_DIR, &dir, &e) == 0)
		(void)!fchmodat(AT_FDCWD, dir, 0700, 0); /* a monitor may not call chmod(2) */
}

/* Removes the directory of an ended guest. Another command may do the same at this moment. */
static int remove_ended(const char *dir, const char *name, struct sv_error *err)
{
	sv_auto_free char *path = NULL, *own = NULL;
	int r = sv_asprintf(&path, err, "%s/%s", dir, name);

	if (r == 0)
		r = sv_asprintf(&own, err, "%s%s", path, files[SV_GUEST_OWN]);
	if (r == 0)
		r = remove_own(own, err);
	return r == 0 ? sv_fs_remove_tree(path, err) : r;
}

void sv_rundir_sweep(const struct svirt *sv)
{
	sv_auto_free char *path = NULL;
	sv_auto_dir DIR *dir = NULL;
	const struct dirent *entry;
	struct sv_error e = {0};

	if (sv->rehearses || sv_asprintf(&path, &e, "%s" ENDED, sv->run_dir) < 0)
		return;
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (sv_streq(entry->d_name, ".") || sv_streq(entry->d_name, ".."))
			continue;
		sv_error_clear(&e);
		if (remove_ended(path, entry->d_name, &e) < 0)
			warn_left(sv, &e);
	}
}

/* Why an entry cannot be a guest's directory; NULL: it can be one. */
static const char *reject(int dir, const char *name)
{
	struct sv_error e = {0};
	struct stat st;

	if (sv_guest_check_name(name, &e) < 0)
		return "its name is no guest's";
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? NULL : "it cannot be looked at";
	if (!S_ISDIR(st.st_mode))
		return "it is no directory";
	if (!sv_fs_only_writer(st.st_mode, st.st_uid, geteuid()))
		return "it has another owner or may be written by others";
	return NULL;
}

int sv_rundir_names(const struct svirt *sv, struct sv_strv *ret, struct sv_error *err)
{
	sv_auto_dir DIR *dir = opendir(sv->run_dir);
	const struct dirent *entry;

	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return sv_fail_errno(err, errno, "cannot read %s", sv->run_dir);
	while ((entry = readdir(dir))) {
		const char *why;
		char shown[128];

		/* no guest's name begins with a dot; svirt's own files in RUN_DIR do */
		if (entry->d_name[0] == '.')
			continue;
		why = reject(dirfd(dir), entry->d_name);
		if (why)
			sv_warn(sv, "%s/%s is not svirt's, and is left there: %s", sv->run_dir,
				sv_escape(entry->d_name, shown, sizeof(shown)), why);
		else
			sv_strv_add(ret, entry->d_name);
	}
	return sv_strv_check(ret, err);
}
