/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a name of a device to the kernel's name of it: see links.h. */
#include "guest/files/links.h"

#include "base/fs.h"
#include "base/string.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#define DEV "/dev/"

/* Opens the directory when only root may write it and those above. -1: others may, it is a link, or
 * it is not there. */
static int open_safe_dir(const char *dir)
{
	static const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	sv_auto_close int fd = open("/", flags);
	char name[NAME_MAX + 1];
	struct stat st;

	while (fd >= 0 && fstat(fd, &st) == 0 && sv_fs_only_writer(st.st_mode, st.st_uid, 0)) {
		size_t len;
		int next;

		if (!*dir)
			return sv_take_fd(&fd);
		dir++;
		len = strcspn(dir, "/");
		if (len == 0 || len >= sizeof(name))
			return -1;
		memcpy(name, dir, len);
		name[len] = '\0';
		next = openat(fd, name, flags);
		close(fd);
		fd = next;
		dir += len;
	}
	return -1;
}

/* Where the text of a link in dir leads, without "." and "..". No component of dir is a link, so
 * that is also where the kernel would go, unless the text itself goes through one. */
static int resolve(const char *dir, const char *text, char **ret, struct sv_error *err)
{
	sv_auto_buf struct sv_buf path = {0};

	if (text[0] != '/')
		sv_buf_puts(&path, dir);
	while (*text) {
		size_t len = strcspn(text, "/");

		if (len == 2 && text[0] == '.' && text[1] == '.') {
			const char *last = path.s ? memrchr(path.s, '/', path.len) : NULL;

			path.len = last ? (size_t)(last - path.s) : 0;
		} else if (len && !(len == 1 && text[0] == '.')) {
			sv_buf_puts(&path, "/");
			sv_buf_add(&path, text, len);
		}
		text += len;
		text += strspn(text, "/");
	}
	return sv_buf_take(&path, ret, err);
}

int sv_link_follow(char **path, struct sv_error *err)
{
	sv_auto_free char *dir = NULL, *real = NULL;
	sv_auto_close int fd = -1;
	char text[PATH_MAX];
	const char *name;
	struct stat st;
	ssize_t n;
	int r;

	if (!*path || !sv_starts_with(*path, DEV) || sv_path_fault(*path))
		return 0;
	name = strrchr(*path, '/') + 1;
	r = sv_asprintf(&dir, err, "%.*s", (int)(name - 1 - *path), *path);
	if (r < 0)
		return r;
	fd = open_safe_dir(dir);
	if (fd < 0 || fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISLNK(st.st_mode) ||
	    st.st_uid != 0)
		return 0;
	n = readlinkat(fd, name, text, sizeof(text) - 1);
	if (n <= 0 || n == sizeof(text) - 1)
		return 0;
	text[n] = '\0';
	r = resolve(dir, text, &real, err);
	if (r < 0 || !sv_starts_with(real, DEV))
		return r;
	free(*path);
	*path = sv_take_ptr(real);
	return 0;
}

static int follow_disk(struct sv_disk *disk, struct sv_error *err)
{
	int r = sv_link_follow(&disk->path, err);

	if (r == 0)
		r = sv_link_follow(&disk->data.path, err);
	for (size_t i = 0; r == 0 && i < disk->n_chain; i++)
		r = sv_link_follow(&disk->chain[i].path, err);
	return r;
}

/* Puts the file's path in place of from in the values of the option that named it: QEMU gets those
 * as they are. */
static int rename_value(struct sv_extra *extra, const struct sv_extra_file *file, const char *from,
			struct sv_error *err)
{
	for (size_t i = 1; i < extra->n_args; i++) {
		const char *option = extra->args[i - 1].text;
		char *text = extra->args[i].text, *at = strstr(text, from), *renamed;
		const char *end = at ? at + strlen(from) : NULL;

		option += sv_starts_with(option, "--");
		if (!at || !sv_streq(option, file->option) || (at > text && at[-1] != '=') ||
		    (*end && *end != ','))
			continue;
		if (sv_asprintf(&renamed, err, "%.*s%s%s", (int)(at - text), text, file->path,
				end) < 0)
			return -(int)err->code;
		extra->args[i].text = renamed;
		free(text);
	}
	return 0;
}

static int follow_argument(struct sv_extra *extra, struct sv_extra_file *file, struct sv_error *err)
{
	sv_auto_free char *named = NULL;
	int r = sv_strdup(file->path, &named, err);

	if (r == 0)
		r = sv_link_follow(&file->path, err);
	return r < 0 || sv_streq(named, file->path) ? r : rename_value(extra, file, named, err);
}

int sv_links_follow(struct sv_domain *dom, struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < dom->n_disks; i++)
		r = follow_disk(&dom->disks[i], err);
	for (size_t i = 0; r == 0 && i < dom->n_inputs; i++)
		r = sv_link_follow(&dom->inputs[i].path, err);
	for (size_t i = 0; r == 0 && i < dom->n_chars; i++) {
		if (dom->chars[i].source.type == SV_CHAR_DEV)
			r = sv_link_follow(&dom->chars[i].source.path, err);
	}
	for (size_t i = 0; r == 0 && i < dom->n_graphics; i++)
		r = sv_link_follow(&dom->graphics[i].render_node, err);
	for (size_t i = 0; r == 0 && i < dom->limits.n_devices; i++)
		r = sv_link_follow(&dom->limits.devices[i].path, err);
	for (size_t i = 0; r == 0 && i < dom->extra.n_files; i++)
		r = follow_argument(&dom->extra, &dom->extra.files[i], err);
	return r;
}
