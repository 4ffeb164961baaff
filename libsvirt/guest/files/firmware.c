/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Firmware by QEMU's descriptors: see firmware.h. A descriptor decides what a guest executes first
 * and which file it gets, so one that others may write is an error, and so is one that cannot be
 * understood: it may be there to hide another.
 */
#include "guest/files/firmware.h"

#include "base/fs.h"
#include "base/string.h"
#include "qemu/descriptor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#define NVRAM_DIR \
	"/var/lib/libvirt/qemu/nvram" /* where libvirt keeps them, and policies expect it */

enum { MAX_FILE = 64 * 1024, MAX_FILES = 256, SHOWN = 160, MAX_WHY = 300 };

/* What the host's administrator has to say hides what packages say. */
static const char *const dirs[] = {"/etc/qemu/firmware", "/usr/share/qemu/firmware"};

struct search {
	const struct svirt *sv;
	struct sv_domain *dom;
	int root; /* a descriptor of the handle's root */
	struct sv_buf why;
	struct sv_descriptor found;
};

static void search_done(struct search *s)
{
	sv_close_fd(&s->root);
	sv_buf_done(&s->why);
	sv_descriptor_done(&s->found);
}

/* Links of the running host need not be kept inside of it. */
static int open_host(const struct search *s, const char *path, int flags)
{
	int fd = sv_fs_open_inside(s->root, path, flags);

	if (fd < 0 && errno == ENOSYS && !s->sv->root[0])
		fd = open(path, flags | O_CLOEXEC);
	return fd;
}

/* Who may write it decides which files a guest gets. */
static int check_owner(const struct search *s, int fd, const char *path, struct sv_error *err)
{
	bool at_rest = s->sv->root[0] || s->sv->user; /* a tree, or a host, of the caller's own */
	struct stat st;

	if (fstat(fd, &st) < 0)
		return sv_fail_errno(err, errno, "%s", path);
	if (sv_fs_only_writer(st.st_mode, st.st_uid, 0) ||
	    (at_rest && sv_fs_only_writer(st.st_mode, st.st_uid, geteuid())))
		return 0;
	(void)sv_fail(err, SV_E_PERMISSION, 0,
		      "%s says which firmware guests get, and others than root may write it", path);
	return sv_hint(err, "chown root '%s' && chmod go-w '%s', when its content is right", path,
		       path);
}

/* *ret: -1 when there is no such directory. */
static int open_dir(const struct search *s, const char *path, int *ret, struct sv_error *err)
{
	sv_auto_close int fd = open_host(s, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
	int r;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return SV_NONE;
	if (fd < 0)
		return sv_fail_errno(err, errno, "%s", path);
	r = check_owner(s, fd, path, err);
	if (r == 0)
		*ret = sv_take_fd(&fd);
	return r;
}

static void close_dir(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

static bool is_descriptor(const char *name)
{
	const char *end = strrchr(name, '.');

	return name[0] != '.' && sv_streq(end, ".json");
}

static int list_names(const struct search *s, const char *path, struct sv_strv *names,
		      struct sv_error *err)
{
	sv_cleanup(close_dir) DIR *dir = NULL;
	sv_auto_close int fd = -1;
	const struct dirent *entry;
	int r = open_dir(s, path, &fd, err);

	if (r != 0)
		return r < 0 ? r : 0;
	dir = fdopendir(fd);
	if (!dir)
		return sv_fail_errno(err, errno, "%s", path);
	(void)sv_take_fd(&fd);
	while (errno = 0, (entry = readdir(dir))) {
		if (!is_descriptor(entry->d_name))
			continue;
		if (names->n == MAX_FILES)
			return sv_fail(err, SV_E_USAGE, 0, "%s has more than %d descriptors", path,
				       MAX_FILES);
		sv_strv_add(names, entry->d_name);
	}
	return errno ? sv_fail_errno(err, errno, "%s", path) : 0;
}

static bool is_masked(const struct search *s, const char *dir, const char *name)
{
	sv_auto_close int fd = open_host(s, dir, O_PATH | O_DIRECTORY);
	char link[sizeof("/dev/null") + 1] = "";
	ssize_t n = fd < 0 ? -1 : readlinkat(fd, name, link, sizeof(link) - 1);

	return n > 0 && sv_streq(link, "/dev/null");
}

/* SV_NONE: there is no such file. *ret is NULL for one that only hides another. The caller owns
 * *ret. */
static int read_descriptor(const struct search *s, const char *path, char **ret, size_t *len,
			   struct sv_error *err)
{
	sv_auto_close int fd = open_host(s, path, O_PATH | O_NOFOLLOW);
	char by_fd[SV_FD_PATH_LEN];
	struct stat st;
	int r;

	if (fd < 0 && errno == ENOENT)
		return SV_NONE;
	sv_close_fd(&fd);
	fd = open_host(s, path, O_PATH);
	if (fd < 0 || fstat(fd, &st) < 0)
		return sv_fail_errno(err, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return sv_fail(err, SV_E_USAGE, 0, "%s is not a regular file", path);
	r = check_owner(s, fd, path, err);
	if (r < 0)
		return r;
	if (st.st_size > MAX_FILE)
		return sv_fail(err, SV_E_USAGE, 0, "%s is larger than %d bytes", path, MAX_FILE);
	if (st.st_size == 0) {
		*ret = NULL;
		return 0;
	}
	r = sv_fs_read(sv_fd_path(fd, by_fd), MAX_FILE, ret, len, err);
	return r < 0 ? sv_wrap(err, "%s", path) : r;
}

static void note_reason(struct search *s, const char *name, const char *why)
{
	char shown[SHOWN];

	if (s->why.len > MAX_WHY)
		return;
	sv_buf_printf(&s->why, "%s%s %s", s->why.len ? ", " : "",
		      sv_escape(name, shown, sizeof(shown)), why);
	if (s->why.len > MAX_WHY)
		sv_buf_puts(&s->why, ", ...");
}

/* 0: it fits. SV_NONE: another one has to be looked at. */
static int try_name(struct search *s, const char *name, struct sv_error *err)
{
	sv_auto_free char *path = NULL, *text = NULL;
	char shown[SHOWN];
	size_t len = 0, i;
	int r = SV_NONE;

	for (i = 0; r == SV_NONE && i < SV_N_ELEMENTS(dirs); i++) {
		if (is_masked(s, dirs[i], name))
			return SV_NONE;
		free(sv_take_ptr(path));
		r = sv_asprintf(&path, err, "%s/%s", dirs[i], name);
		if (r == 0)
			r = read_descriptor(s, path, &text, &len, err);
	}
	if (r != 0 || !text)
		return r < 0 ? r : SV_NONE;
	r = sv_descriptor_read(text, len, sv_escape(path, shown, sizeof(shown)), s->dom, &s->found,
			       err);
	if (r == SV_NONE)
		note_reason(s, name, s->found.why);
	if (r < 0)
		return sv_hint(err, "correct it; an empty file of its name in %s hides it",
			       dirs[0]);
	return r;
}

static int none_fits(const struct search *s, struct sv_error *err)
{
	if (s->why.len)
		(void)sv_fail(err, SV_E_NOTFOUND, 0,
			      "no firmware of this host is what the document asks for: %s",
			      s->why.s);
	else
		(void)sv_fail(err, SV_E_NOTFOUND, 0,
			      "no firmware is described in /usr/share/qemu/firmware or in "
			      "/etc/qemu/firmware");
	return sv_hint(err,
		       "%s package ovmf (Debian) or edk2-ovmf (Fedora), or name the files in "
		       "<loader type='pflash'> and <nvram>",
		       s->why.len ? "change what <os> asks for, install the" : "install the");
}

static int search(struct search *s, struct sv_error *err)
{
	sv_auto_strv struct sv_strv names = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(dirs); i++)
		r = list_names(s, dirs[i], &names, err);
	if (r == 0)
		r = sv_strv_check(&names, err);
	if (r < 0)
		return r;
	sv_strv_sort(&names);
	r = SV_NONE;
	for (size_t i = 0; r == SV_NONE && i < names.n; i++) {
		if (i == 0 || !sv_streq(names.v[i], names.v[i - 1]))
			r = try_name(s, names.v[i], err);
	}
	return r == SV_NONE ? none_fits(s, err) : r;
}

/* A package has links to its files. One that ends in a system directory, where nothing is labelled,
 * is followed; any other is left to the plan, which refuses links. */
static int follow(const struct search *s, char **path, struct sv_error *err)
{
	sv_auto_close int fd = open_host(s, *path, O_PATH);
	char by_fd[SV_FD_PATH_LEN], top[PATH_MAX] = "", real[PATH_MAX] = "";
	const char *below = real;
	size_t len;

	if (fd < 0 || readlink(sv_fd_path(fd, by_fd), real, sizeof(real) - 1) < 0 ||
	    readlink(sv_fd_path(s->root, by_fd), top, sizeof(top) - 1) < 0)
		return 0;
	len = sv_streq(top, "/") ? 0 : strlen(top);
	if (strncmp(real, top, len) != 0)
		return 0;
	below += len;
	if (!sv_fs_system_dir(below) || sv_path_fault(below))
		return 0;
	free(sv_take_ptr(*path));
	return sv_strdup(below, path, err);
}

static int choose(const struct svirt *sv, struct sv_domain *dom, struct sv_error *err)
{
	sv_cleanup(search_done) struct search s = {.sv = sv, .dom = dom, .root = -1};
	struct sv_boot *boot = &dom->boot;
	int r;

	s.root = open(sv->root[0] ? sv->root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (s.root < 0)
		return sv_fail_errno(err, errno, "%s", sv->root);
	r = search(&s, err);
	if (r == 0)
		r = follow(&s, &s.found.code, err);
	if (r < 0)
		return r;
	boot->loader = (struct sv_loader){
		.file = {.path = sv_take_ptr(s.found.code),
			 .line = boot->loader.file.line ? boot->loader.file.line
							: boot->firmware.line},
		.type = SV_LOADER_PFLASH,
		.readonly = true,
		.secure = s.found.smm,
	};
	boot->nvram_wanted = s.found.vars;
	if (!boot->nvram_template)
		boot->nvram_template = sv_take_ptr(s.found.vars);
	return 0;
}

/* Where libvirt keeps the variables of this guest. */
static int place_nvram(const struct svirt *sv, struct sv_domain *dom, struct sv_error *err)
{
	struct sv_boot *boot = &dom->boot;
	const char *end = strrchr(sv->conf_dir, '/');

	if (!boot->nvram.line)
		boot->nvram.line = boot->loader.file.line;
	/* of a user: beside the directory of svirt's own in ~/.config */
	if (sv->user && end)
		return sv_asprintf(&boot->nvram.path, err, "%.*s/libvirt/qemu/nvram/%s_VARS.fd",
				   (int)(end - sv->conf_dir), sv->conf_dir, dom->name);
	return sv_asprintf(&boot->nvram.path, err, NVRAM_DIR "/%s_VARS.fd", dom->name);
}

int sv_firmware_find(const struct svirt *sv, struct sv_domain *dom, struct sv_error *err)
{
	struct sv_boot *boot = &dom->boot;
	int r = 0;

	if (boot->firmware.kind == SV_FIRMWARE_EFI && !boot->loader.file.path)
		r = choose(sv, dom, err);
	if (r == 0 && boot->nvram_wanted && !boot->nvram.path)
		r = place_nvram(sv, dom, err);
	return r < 0 ? sv_error_place(err, dom->file, boot->firmware.line) : 0;
}
