/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading of one file of svirt.conf: see config-file.h. */
#include "guest/state/config-file.h"

#include "base/fs.h"
#include "base/string.h"
#include "domain/net.h"

#include <errno.h>
#include <fcntl.h>
#include <libeconf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
	MAX_FILE = 64 * 1024,
	MAX_KEYS = 64,
	MAX_LINE = 4096, /* libeconf takes no more than BUFSIZ at once */
};
_Static_assert(MAX_LINE + 2 <= BUFSIZ, "libeconf would take a line for two");

static const char space[] = " \t\v\f\r";

static void free_econf(econf_file **file)
{
	if (*file)
		econf_freeFile(*file);
}

/* Opens without waiting for a fifo, and refuses devices. */
static int open_file(const char *path, int *ret, struct sv_error *err)
{
	sv_auto_close int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int sys = errno;
	const dev_t null_device = makedev(1, 3);
	struct stat st;

	if (fd < 0 && sys == ENOENT && lstat(path, &st) < 0 && errno == ENOENT)
		return SV_NONE;
	if (fd < 0 && sys == ENOENT)
		return sv_fail(err, SV_E_USAGE, 0, "is a link that leads to nothing");
	if (fd < 0 || fstat(fd, &st) < 0)
		return sv_fail_errno(err, fd < 0 ? sys : errno, "cannot be opened");
	if (!S_ISREG(st.st_mode) && !(S_ISCHR(st.st_mode) && st.st_rdev == null_device))
		return sv_fail(err, SV_E_USAGE, 0, "is not a regular file");
	*ret = sv_take_fd(&fd);
	return 0;
}

static int read_text(int fd, char text[MAX_FILE + 1], size_t *ret, struct sv_error *err)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, MAX_FILE + 1 - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sv_fail_errno(err, errno, "cannot be read");
		len += (size_t)n;
		if (len > MAX_FILE)
			return sv_fail(err, SV_E_USAGE, 0, "is larger than %d bytes", MAX_FILE);
	}
	text[len] = '\0';
	*ret = len;
	return 0;
}

/* Cuts the key out of a line that ends with a NUL byte; *ret is NULL for a line that sets nothing.
 */
static int key_of(char *line, const char **ret, struct sv_error *err)
{
	char *comment = strchr(line, '#');
	char *key = line + strspn(line, space);
	char *end, shown[128];

	if (comment)
		*comment = '\0';
	if (!*key) {
		*ret = NULL;
		return 0;
	}
	end = key + strcspn(key, " \t\v\f\r=");
	if (end == key || end[strspn(end, space)] != '=')
		return sv_fail(err, SV_E_USAGE, 0, "'%s' is not KEY = VALUE",
			       sv_escape(key, shown, sizeof(shown)));
	*end = '\0';
	*ret = key;
	return 0;
}

/* "[network NAME]", spelt as libeconf is asked for it. A key below any other heading would be
 * silently ignored: require_enforcing must not be. */
static int section_of(char *line, const char **ret, struct sv_error *err)
{
	static const char kind[] = "[network ";
	char *heading = line + strspn(line, space);
	char *end = heading + strcspn(heading, "]");
	bool alone = *end && !end[1 + strspn(end + 1, space)];
	char shown[128];

	*end = '\0';
	if (alone && sv_starts_with(heading, kind) &&
	    sv_network_name_is_valid(heading + sizeof(kind) - 1)) {
		*ret = heading + sizeof(kind) - 1;
		return 0;
	}
	(void)sv_fail(err, SV_E_USAGE, 0, "has a section '%s]': keys stand without one",
		      sv_escape(heading, shown, sizeof(shown)));
	return sv_hint(err, "[network NAME], in a line of its own, is the one that there is");
}

struct entries {
	struct sv_config_entry v[MAX_KEYS];
	size_t n;
};

/* The heading that the lines are below. */
struct heading {
	const char *section; /* or NULL */
	unsigned line;
	size_t n; /* entries before it */
};

/* An error is about the line of the heading, which goes into *ret_line. */
static int close_section(const struct heading *heading, const struct entries *all,
			 unsigned *ret_line, struct sv_error *err)
{
	if (!heading->section || all->n > heading->n)
		return 0;
	*ret_line = heading->line;
	return sv_fail(err, SV_E_USAGE, 0, "[network %s] has no key", heading->section);
}

static int add(struct entries *all, const struct sv_config_entry *entry, struct sv_error *err)
{
	char shown[128];
	size_t i;

	for (i = 0; i < all->n; i++)
		if (sv_streq(all->v[i].key, entry->key) &&
		    sv_streq(all->v[i].section, entry->section))
			return sv_fail(err, SV_E_USAGE, 0, "'%s' stands in line %u already",
				       sv_escape(entry->key, shown, sizeof(shown)), all->v[i].line);
	if (all->n == SV_N_ELEMENTS(all->v))
		return sv_fail(err, SV_E_USAGE, 0, "sets more than %d keys", MAX_KEYS);
	all->v[all->n++] = *entry;
	return 0;
}

static int take_line(char *line, struct sv_config_entry *entry, struct heading *heading,
		     struct entries *all, struct sv_error *err)
{
	int r;

	if (line[strspn(line, space)] != '[') {
		r = key_of(line, &entry->key, err);
		return r == 0 && entry->key ? add(all, entry, err) : r;
	}
	r = close_section(heading, all, &entry->line, err);
	if (r == 0)
		r = section_of(line, &entry->section, err);
	*heading = (struct heading){entry->section, entry->line, all->n};
	return r;
}

/* Checks all lines, and takes the keys from them. */
static int find_keys(char *text, size_t len, const char *path, struct entries *all,
		     struct sv_error *err)
{
	struct sv_config_entry entry = {.file = path};
	struct heading heading = {0};
	char *line = text, *end = text + len;
	int r = 0;

	while (r == 0 && line < end) {
		char *eol = memchr(line, '\n', (size_t)(end - line));
		size_t n = (size_t)((eol ? eol : end) - line);

		entry.line++;
		line[n] = '\0';
		if (strlen(line) != n)
			r = sv_fail(err, SV_E_USAGE, 0, "holds a NUL byte");
		else if (n > MAX_LINE)
			r = sv_fail(err, SV_E_USAGE, 0, "is longer than %d bytes", MAX_LINE);
		else
			r = take_line(line, &entry, &heading, all, err);
		line += n + 1;
	}
	if (r == 0)
		r = close_section(&heading, all, &entry.line, err);
	return r < 0 ? sv_error_place(err, path, entry.line) : 0;
}

static int read_values(int fd, struct entries *all, sv_config_each *each, void *arg,
		       struct sv_error *err)
{
	sv_cleanup(free_econf) econf_file *file = NULL;
	char by_fd[SV_FD_PATH_LEN], shown[128], group[sizeof("network ") + SV_NETWORK_NAME_MAX];
	econf_err e = econf_readFile(&file, sv_fd_path(fd, by_fd), "=", "#");
	int r = 0;
	size_t i;

	if (e != ECONF_SUCCESS)
		return sv_fail(err, SV_E_USAGE, 0, "cannot be read: %s", econf_errString(e));
	for (i = 0; r == 0 && i < all->n; i++) {
		struct sv_config_entry *entry = &all->v[i];
		sv_auto_free char *value = NULL;

		(void)snprintf(group, sizeof(group), "network %s",
			       entry->section ? entry->section : "");
		e = econf_getStringValue(file, entry->section ? group : NULL, entry->key, &value);
		entry->value = value;
		if (e != ECONF_SUCCESS || !value || !*value)
			r = sv_fail(err, SV_E_USAGE, 0, "'%s' has no value",
				    sv_escape(entry->key, shown, sizeof(shown)));
		else
			r = each(entry, arg, err);
		if (r < 0)
			return sv_error_place(err, entry->file, entry->line);
	}
	return 0;
}

int sv_config_file_each(const char *path, sv_config_each *each, void *arg, struct sv_error *err)
{
	sv_auto_free char *text = malloc(MAX_FILE + 1);
	struct entries all = {0};
	sv_auto_close int fd = -1;
	size_t len = 0;
	int r;

	if (!text)
		return sv_fail_oom(err);
	r = open_file(path, &fd, err);
	if (r == 0)
		r = read_text(fd, text, &len, err);
	if (r == 0)
		r = find_keys(text, len, path, &all, err);
	if (r == 0 && all.n)
		r = read_values(fd, &all, each, arg, err);
	return r < 0 ? sv_error_place(err, path, 0) : r;
}
