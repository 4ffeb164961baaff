/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files by their handles: see fhandle.h. The text is the type and the handle, in hexadecimal. */
#include "base/fhandle.h"

#include "base/parse.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/statfs.h>

/* The monitor's seccomp filter allows a handle to be opened with these flags only. */
#define FOUND_FLAGS (O_PATH | O_NOFOLLOW | O_CLOEXEC)
#define NEAR_FLAGS  (O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
#define KIND_DIGITS (2 * (HEAD - BEGIN)) /* of the text: the type */

union handle {
	struct file_handle h;
	unsigned char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
};
/* The text has everything of the struct but the length. */
#define BEGIN ((unsigned)offsetof(struct file_handle, handle_type))
#define HEAD  ((unsigned)offsetof(struct file_handle, f_handle))

int sv_fhandle_of(int fd, char **ret, struct sv_error *err)
{
	union handle u = {.h.handle_bytes = MAX_HANDLE_SZ};
	sv_auto_buf struct sv_buf buf = {0};
	int mount;

	if (name_to_handle_at(fd, "", &u.h, &mount, AT_EMPTY_PATH) < 0)
		return SV_NONE;
	sv_buf_hex(&buf, u.bytes + BEGIN, HEAD - BEGIN + u.h.handle_bytes);
	return sv_buf_take(&buf, ret, err);
}

static bool parse(const char *text, union handle *ret)
{
	size_t n = strlen(text) / 2;

	if (n <= HEAD - BEGIN || n > sizeof(*ret) - BEGIN ||
	    sv_parse_hex(text, n, ret->bytes + BEGIN) != 0)
		return false;
	ret->h.handle_bytes = (unsigned)n - (HEAD - BEGIN);
	return true;
}

bool sv_fhandle_fits(const char *handle, int dir)
{
	sv_auto_free char *other = NULL;
	struct sv_error ignored = {0};

	if (!handle)
		return true;
	return sv_fhandle_of(dir, &other, &ignored) == 0 && strlen(other) == strlen(handle) &&
	       strncmp(other, handle, KIND_DIGITS) == 0;
}

uint64_t sv_fs_identity(int fd)
{
	struct statfs fs;
	uint64_t id = 0;

	_Static_assert(sizeof(fs.f_fsid) == sizeof(id), "statfs(2) gives 64 bits");
	if (fstatfs(fd, &fs) == 0)
		memcpy(&id, &fs.f_fsid, sizeof(id));
	return id;
}

/* What is not there, or has become a link or a file, is passed over. */
static bool is_no_directory(int sys)
{
	return sys == ENOENT || sys == ENOTDIR || sys == ELOOP;
}

int sv_fs_open_near(const char *path, int flags)
{
	char dir[PATH_MAX];
	int fd = -1;

	(void)snprintf(dir, sizeof(dir), "%s", path);
	do {
		char *slash = strrchr(dir, '/');

		if (!slash)
			return -1;
		slash[slash == dir] = '\0';
		fd = open(dir, flags | NEAR_FLAGS);
	} while (fd < 0 && is_no_directory(errno) && dir[1]);
	return fd;
}

int sv_fhandle_open(const char *handle, const char *path, struct sv_node *ret, struct sv_error *err)
{
	union handle u = {0};
	sv_auto_close int near = -1, fd = -1;

	if (!parse(handle, &u))
		return SV_NONE;
	near = sv_fs_open_near(path, O_RDONLY);
	if (near >= 0)
		fd = open_by_handle_at(near, &u.h, FOUND_FLAGS);
	if (fd < 0)
		return SV_NONE;
	return sv_node_of(sv_take_fd(&fd), path, ret, err);
}

int sv_fhandle_is_gone(const char *handle, const char *path, uint64_t dev)
{
	union handle u = {0};
	sv_auto_close int near = parse(handle, &u) ? sv_fs_open_near(path, O_RDONLY) : -1, fd = -1;
	struct stat st;

	if (near < 0 || fstat(near, &st) < 0 || st.st_dev != dev)
		return SV_NONE;
	fd = open_by_handle_at(near, &u.h, FOUND_FLAGS);
	return fd < 0 && errno == ESTALE ? 0 : SV_NONE;
}
