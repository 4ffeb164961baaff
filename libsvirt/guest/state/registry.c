/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding and opening domain descriptions: see registry.h. */
#include "guest/state/registry.h"

#include "domain/xml/xml.h"
#include "guest/state/rundir.h"

#include <errno.h>
#include <fcntl.h>

#define SUFFIX ".xml"

static bool has_suffix(const char *s)
{
	size_t len = strlen(s);

	return len > strlen(SUFFIX) && sv_streq(s + len - strlen(SUFFIX), SUFFIX);
}

int sv_registry_path(const struct svirt *sv, const char *name, char **ret, struct sv_error *err)
{
	int r = sv_guest_check_name(name, err);

	return r < 0 ? r : sv_asprintf(ret, err, "%s/domains/%s" SUFFIX, sv->conf_dir, name);
}

static int load_file(const char *path, struct sv_domain_faults *faults, struct sv_domain **ret,
		     struct sv_error *err)
{
	/* O_NONBLOCK: a fifo without a writer must not hang a tool that runs as root */
	sv_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return sv_fail_errno(err, errno, "cannot open the domain file %s", path);
	return sv_domain_read(fd, path, faults, ret, err);
}

static int load_defined(const struct svirt *sv, const char *name, struct sv_domain_faults *faults,
			struct sv_domain **ret, struct sv_error *err)
{
	sv_auto_domain struct sv_domain *dom = NULL;
	sv_auto_free char *path = NULL;
	char shown[128];
	int r = sv_registry_path(sv, name, &path, err);

	if (r < 0)
		return r;
	if (access(path, F_OK) < 0 && errno == ENOENT) {
		sv_fail(err, SV_E_NOTFOUND, 0, "no domain '%s' is defined",
			sv_escape(name, shown, sizeof(shown)));
		return sv_hint(err, "a file needs a slash or ends in .xml: ./%s", shown);
	}
	r = load_file(path, faults, &dom, err);
	if (r < 0)
		return r;
	if (!sv_streq(dom->name, name))
		return sv_fail_at(err, path, 0, "defines '%s', not '%s'",
				  sv_escape(dom->name, shown, sizeof(shown)), name);
	*ret = sv_take_ptr(dom);
	return 0;
}

int sv_registry_load(const struct svirt *sv, const char *spec, struct sv_domain_faults *faults,
		     struct sv_domain **ret, struct sv_error *err)
{
	if (sv_streq(spec, "-"))
		return sv_domain_read(STDIN_FILENO, "-", faults, ret, err);
	if (strchr(spec, '/') || has_suffix(spec))
		return load_file(spec, faults, ret, err);
	return load_defined(sv, spec, faults, ret, err);
}

int sv_registry_names(const struct svirt *sv, struct sv_strv *ret, struct sv_error *err)
{
	sv_auto_strv struct sv_strv names = {0};
	sv_auto_free char *path = NULL;
	sv_auto_dir DIR *dir = NULL;
	struct dirent *entry;
	int r = sv_asprintf(&path, err, "%s/domains", sv->conf_dir);

	if (r < 0)
		return r;
	dir = opendir(path);
	if (!dir && errno != ENOENT)
		return sv_fail_errno(err, errno, "%s", path);
	while (dir && (entry = readdir(dir))) {
		struct sv_error e = {0};

		if (!has_suffix(entry->d_name))
			continue;
		entry->d_name[strlen(entry->d_name) - strlen(SUFFIX)] = '\0';
		if (sv_guest_check_name(entry->d_name, &e) == 0)
			sv_strv_add(&names, entry->d_name);
	}
	r = sv_strv_check(&names, err);
	if (r < 0)
		return r;
	sv_strv_sort(&names);
	*ret = names;
	names = (struct sv_strv){0};
	return 0;
}
