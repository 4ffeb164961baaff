/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drivers for tests: see fake-driver.h. */
#include "fake-driver.h"

#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

struct fake fake;

#define ROOM 512

static int label_path(const char *model, int fd, char path[ROOM])
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	(void)snprintf(path, ROOM, "%s/%s-%llu-%llu", fake.dir, model,
		       (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	return 0;
}

static int get(const char *model, int fd, char **ret, struct sv_error *err)
{
	struct sv_error missing = {0};
	char path[ROOM];
	int r;

	if (fake.unlabelled)
		return SV_NONE;
	if (label_path(model, fd, path) < 0)
		return sv_fail_errno(err, errno, "fake get");
	r = sv_fs_read(path, ROOM, ret, NULL, &missing);
	if (r < 0 && missing.code == SV_E_NOTFOUND)
		return sv_strdup(FAKE_DEFAULT, ret, err);
	if (r < 0)
		*err = missing;
	return r;
}

/* Renames a new file into place: a reader sees the old label or the new one, as with a real
 * driver. */
static int set(const char *model, int fd, const char *label, struct sv_error *err)
{
	char path[ROOM], fresh[ROOM + 16];
	sv_auto_close int file = -1;

	if (fake.steps && --fake.steps == 0)
		raise(SIGKILL);
	if (fake.refuses)
		return sv_fail_errno(err, EPERM, "fake set");
	if (fake.forgets)
		return 0;
	if (label_path(model, fd, path) < 0)
		return sv_fail_errno(err, errno, "fake set");
	(void)snprintf(fresh, sizeof(fresh), "%s.%d", path, (int)getpid());
	file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (file < 0 || write(file, label, strlen(label)) != (ssize_t)strlen(label) ||
	    rename(fresh, path) < 0)
		return sv_fail_errno(err, errno, "fake set");
	return 0;
}

static int same(const char *a, const char *b, struct sv_error *err)
{
	(void)err;
	return strcasecmp(a, b) == 0 ? 0 : SV_NONE;
}

static int probe(struct sv_host_mac *ret, struct sv_error *err)
{
	(void)err;
	*ret = (struct sv_host_mac){.state = SV_MAC_ENFORCING, .policy = "fake"};
	return 0;
}

static int fake_get(int fd, char **ret, struct sv_error *err)
{
	return get("fake", fd, ret, err);
}

static int fake_set(int fd, const char *label, struct sv_error *err)
{
	return set("fake", fd, label, err);
}

static int owner_get(int fd, char **ret, struct sv_error *err)
{
	return get("owner", fd, ret, err);
}

static int owner_set(int fd, const char *label, struct sv_error *err)
{
	return set("owner", fd, label, err);
}

static int fake_fallback(const char *path, mode_t mode, char **ret, struct sv_error *err)
{
	(void)path;
	(void)mode;
	return fake.policy ? sv_strdup(fake.policy, ret, err) : SV_NONE;
}

static const char *owner_why_leave(const struct sv_node *node, enum sv_access access)
{
	return access == SV_ACCESS_RO && (node->mode & S_IROTH) ? "readable by everyone" : NULL;
}

/* A policy that has every label but one. */
static int subject(const struct sv_request *req, struct sv_subject *ret, struct sv_error *err)
{
	(void)ret;
	return sv_streq(req->label, "nosuch")
		       ? sv_fail(err, SV_E_USAGE, 0, "label 'nosuch' is not known")
		       : 0;
}

static bool is_fixed(const struct sv_mount *mount)
{
	(void)mount;
	return fake.fixed;
}

static int boolean(const struct sv_mount *mount, struct sv_boolean *ret, struct sv_error *err)
{
	(void)mount;
	(void)err;
	if (!fake.boolean)
		return SV_NONE;
	*ret = (struct sv_boolean){.name = fake.boolean, .opens = "everything"};
	return 0;
}

static int may_use(const char *label, const char *object, mode_t mode, enum sv_access access,
		   struct sv_denial *why, struct sv_error *err)
{
	(void)label;
	(void)object;
	(void)mode;
	(void)access;
	(void)why;
	(void)err;
	return fake.open ? 0 : SV_NONE;
}

static const struct sv_ask_ops fake_ask = {
	.may_use = may_use,
	.boolean = boolean,
};

static const struct sv_label_ops fake_label_ops = {
	.get = fake_get,
	.set = fake_set,
	.fallback = fake_fallback,
	.is_fixed = is_fixed,
};

const struct sv_driver sv_driver_fake = {
	.name = "fake",
	.doi = "0",
	.mac = true,
	.label = &fake_label_ops,
	.ask = &fake_ask,
	.probe = probe,
	.subject = subject,
	.same = same,
};

static const struct sv_ask_ops owner_ask = {0};

static const struct sv_label_ops owner_label_ops = {
	.get = owner_get,
	.set = owner_set,
	.why_leave = owner_why_leave,
};

const struct sv_driver sv_driver_owner = {
	.name = "owner",
	.doi = "0",
	.label = &owner_label_ops,
	.ask = &owner_ask,
	.probe = probe,
	.subject = subject,
	.same = same,
};

const struct sv_driver *const sv_drivers[] = {&sv_driver_fake, &sv_driver_owner, NULL};

const struct sv_driver *sv_driver_find(const char *name)
{
	const struct sv_driver *const *d;

	for (d = sv_drivers; *d; d++) {
		if (sv_streq((*d)->name, name))
			return *d;
	}
	return NULL;
}

int sv_driver_need(const char *name, const struct sv_driver **ret, struct sv_error *err)
{
	*ret = sv_streq(name, "svirt") ? &sv_driver_exclusive
	       : sv_streq(name, "pci") ? &sv_driver_pci
				       : sv_driver_find(name);
	return *ret ? 0
		    : sv_fail(err, SV_E_HOST, 0, "this svirt has no driver for %s labels", name);
}

int sv_driver_main(const struct sv_strv *models, const struct sv_driver **ret,
		   struct sv_host_mac *state, struct sv_error *err)
{
	(void)models;
	*ret = &sv_driver_fake;
	return state ? probe(state, err) : 0;
}

const char *fake_label(const struct sv_driver *driver, const char *path)
{
	static char text[256];
	sv_auto_close int fd = open(path, O_PATH | O_CLOEXEC);
	sv_auto_free char *label = NULL;
	struct sv_error err = {0};

	if (fd < 0 || driver->label->get(fd, &label, &err) != 0)
		return NULL;
	(void)snprintf(text, sizeof(text), "%s", label);
	return text;
}

void fake_set_label(const struct sv_driver *driver, const char *path, const char *label)
{
	sv_auto_close int fd = open(path, O_PATH | O_CLOEXEC);
	struct sv_error err = {0};

	if (fd < 0 || driver->label->set(fd, label, &err) < 0)
		abort();
}
