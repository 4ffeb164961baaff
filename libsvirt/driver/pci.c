/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The driver that the kernel has bound a PCI device to, as a label of the device's directory in
 * sysfs: it is journalled, set and put back as labels of files are. The label is "DRIVER", or
 * "DRIVER override=NAME" for a device whose driver_override is set; "-" is no driver. It is no
 * layer of a guest, and no document can name it. Knows no document and no guest.
 */
#include "driver/driver.h"

#include "base/string.h"
#include "base/sysfs.h"

#define NONE	 "-"
#define OVERRIDE " override="
#define UNSET	 "(null)" /* as the kernel prints it */

/* A label in its two parts; both are owned. */
struct binding {
	char *driver;	/* NONE: no driver */
	char *override; /* "": not set */
};

static void binding_done(struct binding *binding)
{
	free(binding->driver);
	free(binding->override);
}
#define auto_binding sv_cleanup(binding_done)

static int split(const char *label, struct binding *ret, struct sv_error *err)
{
	const char *override = strstr(label, OVERRIDE);
	int n = override ? (int)(override - label) : (int)strlen(label);
	int r = sv_asprintf(&ret->driver, err, "%.*s", n, label);

	return r < 0 ? r
		     : sv_strdup(override ? override + strlen(OVERRIDE) : "", &ret->override, err);
}

static int gone(struct sv_error *err)
{
	return sv_fail(err, SV_E_NOTFOUND, 0, "the device has gone away");
}

static int get(int fd, char **ret, struct sv_error *err)
{
	sv_auto_free char *driver = NULL, *override = NULL;
	int r = sv_sysfs_link_at(fd, "driver", &driver, err);

	if (r >= 0)
		r = sv_sysfs_read_at(fd, "driver_override", &override, err);
	if (r == SV_NONE)
		return gone(err);
	if (r < 0)
		return r;
	if (sv_streq(override, UNSET))
		override[0] = '\0';
	return sv_asprintf(ret, err, "%s%s%s", driver ? driver : NONE, override[0] ? OVERRIDE : "",
			   override);
}

/* The address, as the kernel has it. */
static int address_of(int fd, char **ret, struct sv_error *err)
{
	int r = sv_sysfs_name(fd, ret, err);

	return r == SV_NONE ? gone(err) : r;
}

static int put(int fd, const char *attr, const char *text, struct sv_error *err)
{
	int r = sv_sysfs_write_at(fd, attr, text, err);

	return r == SV_NONE ? gone(err) : r;
}

/* name "": unset it. */
static int put_override(int fd, const char *name, struct sv_error *err)
{
	return put(fd, "driver_override", name[0] ? name : "\n", err);
}

/* Takes the device from its driver and has the kernel bind the one that is wanted. Its name is the
 * override for that moment, so that the kernel binds no other. */
static int rebind(int fd, struct binding *now, const char *driver, struct sv_error *err)
{
	sv_auto_free char *address = NULL;
	bool none = sv_streq(driver, NONE);
	int r = address_of(fd, &address, err);

	if (r == 0 && !none) {
		r = put_override(fd, driver, err);
		free(sv_take_ptr(now->override));
	}
	if (r == 0 && !none)
		r = sv_strdup(driver, &now->override, err);
	if (r == 0 && !sv_streq(now->driver, NONE))
		r = put(fd, "driver/unbind", address, err);
	return r == 0 && !none ? put(fd, "subsystem/drivers_probe", address, err) : r;
}

static int fail_unbound(const char *driver, const char *now, struct sv_error *err)
{
	char want[64], has[160];

	sv_escape(driver, want, sizeof(want));
	sv_fail(err, SV_E_HOST, 0, "the kernel did not bind the driver %s: the device has %s", want,
		sv_escape(now, has, sizeof(has)));
	return sv_hint(err,
		       "see the kernel's log; modprobe %s, where the driver is a module of that "
		       "name",
		       want);
}

static int set(int fd, const char *label, struct sv_error *err)
{
	sv_auto_free char *before = NULL, *after = NULL;
	auto_binding struct binding now = {0}, wanted = {0};
	int r = get(fd, &before, err);

	if (r == 0)
		r = split(before, &now, err);
	if (r == 0)
		r = split(label, &wanted, err);
	if (r == 0 && !sv_streq(now.driver, wanted.driver))
		r = rebind(fd, &now, wanted.driver, err);
	if (r == 0 && !sv_streq(now.override, wanted.override))
		r = put_override(fd, wanted.override, err);
	if (r == 0)
		r = get(fd, &after, err);
	return r == 0 && !sv_streq(after, label) ? fail_unbound(wanted.driver, after, err) : r;
}

static bool is_one_of(const char *text, const char *a, const char *b, const char *c)
{
	return sv_streq(text, a) || sv_streq(text, b) || sv_streq(text, c);
}

/* On each way between the two the device has one of their drivers or none, and for its override
 * one of theirs or one of their drivers. */
static bool midway(const char *label, const char *original, const char *wanted)
{
	auto_binding struct binding now = {0}, a = {0}, b = {0};
	struct sv_error ignored = {0};

	if (split(label, &now, &ignored) < 0 || split(original, &a, &ignored) < 0 ||
	    split(wanted, &b, &ignored) < 0)
		return false;
	return is_one_of(now.driver, a.driver, b.driver, NONE) &&
	       (is_one_of(now.override, a.override, b.override, a.driver) ||
		sv_streq(now.override, b.driver));
}

static const struct sv_label_ops label_ops = {.get = get, .set = set, .midway = midway};

static const struct sv_ask_ops ask_ops = {0};

const struct sv_driver sv_driver_pci = {
	.name = "pci",
	.doi = "0",
	.label = &label_ops,
	.ask = &ask_ops,
	.same = sv_same_text,
};

bool sv_pci_is_of_host(const char *label)
{
	return !sv_starts_with(label, NONE) && !sv_streq(label, "pci-stub") &&
	       !sv_starts_with(label, "pci-stub ");
}

bool sv_pci_is_vfio(const char *label)
{
	const char *end = strstr(label, OVERRIDE);
	const char *found = strstr(label, "vfio");

	return found && (!end || found < end);
}
