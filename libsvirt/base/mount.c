/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding and reading a line of mountinfo, proc(5): see mount.h. */
#include "base/mount.h"

#include "base/fs.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define MOUNTINFO     "/proc/self/mountinfo"
#define MOUNTS_MAX    16
#define MOUNTINFO_MAX (16u * 1024 * 1024)

/* Numbers of the fields before "-", which ends the optional fields. */
enum { FIELD_POINT = 4, FIELD_OPTIONS, N_FIELDS };

int sv_mount_id(int fd, uint64_t *ret, struct sv_error *err)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0)
		return errno == ENOSYS ? SV_NONE : sv_fail_errno(err, errno, "its mount");
	if (!(st.stx_mask & STATX_MNT_ID))
		return SV_NONE;
	*ret = st.stx_mnt_id;
	return 0;
}

int sv_mount_tmpfs(const char *path, const char *options, struct sv_error *err)
{
	if (mount("svirt", path, "tmpfs", MS_NODEV | MS_NOSUID | MS_NOEXEC, options) < 0)
		return sv_fail_errno(err, errno, "cannot mount a tmpfs at %s", path);
	return 0;
}

int sv_mount_detach(const char *path, struct sv_error *err)
{
	unsigned i;

	/* there may be several mounts on top of each other, but not endlessly many */
	for (i = 0; i < MOUNTS_MAX; i++) {
		if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
			continue;
		if (errno == EINVAL || errno == ENOENT)
			return 0;
		return errno == EPERM ? SV_NONE
				      : sv_fail_errno(err, errno, "cannot unmount %s", path);
	}
	return sv_fail_errno(err, EBUSY, "cannot unmount %s", path);
}

/* The next word of a line; the kernel writes a blank inside of one as \040. */
static size_t next_word(const char **p, const char **word)
{
	size_t len;

	*p += strspn(*p, " ");
	*word = *p;
	len = strcspn(*p, " \n");
	*p += len;
	return len;
}

static bool is_word(const char *word, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(word, text, len) == 0;
}

/* One list of options. A context may stand in quotes and hold commas. */
static void read_options(const char *list, size_t len, struct sv_mount *ret)
{
	const char *end = list + len, *p = list, *option;
	bool quoted, others = false;

	for (; p < end; p++) {
		quoted = false;
		for (option = p; p < end && (quoted || *p != ','); p++)
			quoted ^= *p == '"';
		ret->read_only |= is_word(option, (size_t)(p - option), "ro");
		ret->nodev |= is_word(option, (size_t)(p - option), "nodev");
		ret->seclabel |= is_word(option, (size_t)(p - option), "seclabel");
		ret->context |= sv_starts_with(option, "context=");
		/* only the kernel's own "fuse", "fuseblk" and "fuse.NAME" have both */
		ret->mounter_only |= sv_starts_with(option, "user_id=");
		others |= is_word(option, (size_t)(p - option), "allow_other");
	}
	ret->mounter_only &= !others;
}

static bool is_octal(const char *p)
{
	return p[0] >= '0' && p[0] <= '3' && p[1] >= '0' && p[1] <= '7' && p[2] >= '0' &&
	       p[2] <= '7';
}

const char *sv_mount_word(const char *p, char out[PATH_MAX])
{
	size_t n = 0;

	for (p += strspn(p, " \t"); *p && !strchr(" \t\n", *p); p++) {
		char c = *p;

		if (c == '\\' && is_octal(p + 1)) {
			c = (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0'));
			p += 3;
		}
		if (n + 1 < PATH_MAX)
			out[n++] = c;
	}
	out[n] = '\0';
	return p;
}

static void read_point(const char *word, char *out, size_t room)
{
	char plain[PATH_MAX];

	(void)sv_mount_word(word, plain);
	(void)sv_escape(plain, out, room);
}

static void read_line(const char *line, struct sv_mount *ret)
{
	const char *p = line, *word;
	size_t len, field;

	for (field = 0; field < N_FIELDS; field++) {
		len = next_word(&p, &word);
		if (field == FIELD_POINT)
			read_point(word, ret->point, sizeof(ret->point));
		if (field == FIELD_OPTIONS)
			read_options(word, len, ret);
	}
	do
		len = next_word(&p, &word);
	while (len && !is_word(word, len, "-"));
	len = next_word(&p, &word);
	(void)snprintf(ret->type, sizeof(ret->type), "%.*s", (int)len, word);
	(void)next_word(&p, &word); /* the source */
	len = next_word(&p, &word);
	read_options(word, len, ret);
}

int sv_mount_parse(const char *text, uint64_t id, struct sv_mount *ret)
{
	char number[32];
	const char *line;

	(void)snprintf(number, sizeof(number), "%" PRIu64 " ", id);
	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!sv_starts_with(line, number))
			continue;
		*ret = (struct sv_mount){.id = id};
		read_line(line, ret);
		return 0;
	}
	return SV_NONE;
}

int sv_mount_find(uint64_t id, struct sv_mount *ret, struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	int r = sv_fs_read(MOUNTINFO, MOUNTINFO_MAX, &text, NULL, err);

	return r < 0 ? r : sv_mount_parse(text, id, ret);
}

int sv_mount_of(int fd, struct sv_mount *ret, struct sv_error *err)
{
	uint64_t id;
	int r = sv_mount_id(fd, &id, err);

	return r == 0 ? sv_mount_find(id, ret, err) : r;
}

/* The fields of a line that tell which part of which filesystem it shows where. */
struct place {
	char device[32], root[PATH_MAX], point[PATH_MAX];
};

static void read_place(const char *line, struct place *ret)
{
	char word[PATH_MAX];
	const char *p = line;

	for (int field = 0; field < 3; field++)
		p = sv_mount_word(p, word);
	(void)snprintf(ret->device, sizeof(ret->device), "%.31s", word);
	p = sv_mount_word(p, ret->root);
	(void)sv_mount_word(p, ret->point);
}

/* The part of path after dir, "" for dir itself. NULL: path is not in dir. */
static const char *rest_of(const char *path, const char *dir)
{
	size_t len = strcmp(dir, "/") == 0 ? 0 : strlen(dir);

	return strncmp(path, dir, len) == 0 && (path[len] == '/' || !path[len]) ? path + len : NULL;
}

/* The name of the file on the mount whose root is nearest to that of the filesystem. */
static int name_elsewhere(const char *text, const struct place *here, const char *inside,
			  char **ret, struct sv_error *err)
{
	struct place there, best = {.root = ""};
	const char *line, *rest;
	bool any = false;

	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!*line)
			break;
		read_place(line, &there);
		if (strcmp(there.device, here->device) != 0 || !rest_of(here->root, there.root) ||
		    strlen(there.root) >= strlen(any ? best.root : here->root))
			continue;
		best = there;
		any = true;
	}
	rest = any ? rest_of(inside, best.root) : NULL;
	if (!rest)
		return SV_NONE;
	return sv_asprintf(ret, err, "%s%s", strcmp(best.point, "/") == 0 ? "" : best.point, rest);
}

int sv_mount_origin_in(const char *text, uint64_t id, const char *path, char **ret,
		       struct sv_error *err)
{
	sv_auto_free char *inside = NULL;
	struct place here = {0};
	char number[32];
	const char *line, *rest;
	int r;

	(void)snprintf(number, sizeof(number), "%" PRIu64 " ", id);
	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sv_starts_with(line, number))
			break;
	}
	if (!line)
		return SV_NONE;
	read_place(line, &here);
	rest = rest_of(path, here.point);
	if (strcmp(here.root, "/") == 0 || !rest)
		return SV_NONE;
	r = sv_asprintf(&inside, err, "%s%s", here.root, rest);
	return r < 0 ? r : name_elsewhere(text, &here, inside, ret, err);
}

int sv_mount_origin(int fd, const char *path, char **ret, struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	uint64_t id;
	int r = sv_mount_id(fd, &id, err);

	if (r == 0)
		r = sv_fs_read(MOUNTINFO, MOUNTINFO_MAX, &text, NULL, err);
	return r == 0 ? sv_mount_origin_in(text, id, path, ret, err) : r;
}

int sv_mount_below_in(const char *text, const char *dir, char **ret, struct sv_error *err)
{
	struct place place;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *rest;

		line += *line == '\n';
		if (!*line)
			break;
		read_place(line, &place);
		rest = rest_of(place.point, dir);
		if (rest && *rest)
			return sv_strdup(place.point, ret, err);
	}
	return SV_NONE;
}

int sv_mount_below(const char *dir, char **ret, struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	int r = sv_fs_read(MOUNTINFO, MOUNTINFO_MAX, &text, NULL, err);

	return r == 0 ? sv_mount_below_in(text, dir, ret, err) : r;
}

enum sv_mount_labels sv_mount_labels(const struct sv_mount *mount)
{
	if (mount->context)
		return SV_MOUNT_CONTEXT;
	if (!mount->seclabel)
		return SV_MOUNT_ONE;
	return sv_starts_with(mount->type, "nfs") ? SV_MOUNT_NFS : SV_MOUNT_NATIVE;
}
