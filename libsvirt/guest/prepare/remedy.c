/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hints for a refusal: see remedy.h. Must not know a type name of guests. */
#include "guest/prepare/remedy.h"

#include "base/string.h"
#include "label/context.h"
#include "plan/kind.h"

#include <sys/stat.h>

/* "the error is about the question, not about the file": the remedy says less then */
static bool may_use(const void *refused, const char *object)
{
	const struct sv_refused *r = refused;
	struct sv_error ignored = {0};

	return r->layer->driver->ask->may_use(r->layer->subject.label, object, r->node->mode,
					      r->res->access, NULL, &ignored) == 0;
}

/* Whether the label of the file is that of the directory it is in: the policy has none for it. */
static bool has_label_of_directory(const struct sv_refused *r, const char *type)
{
	sv_auto_context struct sv_context dir = {0};
	sv_auto_free char *label = NULL;
	struct sv_error ignored = {0};

	return r->dir && r->layer->driver->label->get(r->dir->fd, &label, &ignored) == 0 &&
	       sv_context_parse(label, &dir, &ignored) == 0 && sv_streq(dir.type, type);
}

/* The hint for a file that svirt never labels: only the policy can allow it. */
static void for_shared(const struct sv_refused *r, struct sv_error *what)
{
	sv_auto_context struct sv_context guest = {0}, device = {0};
	struct sv_error ignored = {0};

	if (sv_context_parse(r->layer->subject.label, &guest, &ignored) < 0 ||
	    sv_context_parse(r->object, &device, &ignored) < 0)
		sv_hint(what, "all guests share it: only the policy can open it");
	else if (has_label_of_directory(r, device.type))
		sv_hint(what,
			"all guests share it, so svirt gives it no label; %s is no type of its own "
			"but that of its directory: give it one and open that, as "
			"svirt-resources(7) shows",
			device.type);
	else
		sv_hint(what,
			"all guests share it, so svirt gives it no label: see whether a boolean "
			"opens it (getsebool -a), or: echo '(allow %s %s (%s (getattr open read "
			"write ioctl map)))' >my.cil && semodule -i my.cil",
			guest.type, device.type, r->why->tclass);
}

/* Offers restorecon(8), when the policy has another label for the path that would help. */
static bool for_policy_label(const struct sv_refused *r, struct sv_error *what)
{
	if (!sv_restorecon_helps(r->layer->driver, r->res->path, r->node->mode, r->object, may_use,
				 r))
		return false;
	sv_hint(what, "give it the label that the policy has for its place: restorecon -v '%s'",
		r->path);
	return true;
}

/* The hint when the guest may not use the label that svirt gives either: another type. */
static void for_guest(const struct sv_refused *r, const char *given, struct sv_error *what)
{
	sv_auto_context struct sv_context guest = {0}, image = {0};
	struct sv_error ignored = {0};

	if (sv_context_parse(r->layer->subject.label, &guest, &ignored) < 0 ||
	    sv_context_parse(given, &image, &ignored) < 0)
		return;
	sv_hint(what,
		"svirt gives such a file the type %s, which %s may not use: take another type in "
		"<baselabel> or <label> (sesearch -A -t %s -c %s -p open: those that may), or a "
		"<seclabel> of the device with a type that %s may use",
		image.type, guest.type, image.type, r->why->tclass, guest.type);
}

/* The hint for a file that has its label already, or keeps it. */
static void for_file(const struct sv_refused *r, struct sv_error *what)
{
	const struct sv_request request = {
		.type = SV_SECLABEL_STATIC,
		.label = r->layer->subject.label,
		.relabel = true,
	};
	sv_auto_subject struct sv_subject would = {0};
	struct sv_error ignored = {0};
	const char *given = NULL;

	if (r->layer->driver->subject(&request, &would, &ignored) == 0)
		given = would.image[r->res->access];
	if (!sv_step_is_held(r->step) && !r->layer->driver->kind && for_policy_label(r, what))
		return;
	if (given && !may_use(r, given))
		for_guest(r, given, what);
	else if (sv_step_is_held(r->step))
		sv_hint(what, "let svirt choose its label: take the <label> out that it was given");
	else if (sv_fs_system_dir(r->res->path))
		sv_hint(what, "svirt relabels no file of the system: use one of another place");
	else
		sv_hint(what, "let svirt label it: take relabel='no' out");
}

/* The hint in a model whose policy has no label for a path: the host's own label, which every guest
 * may read, or why that does not do. */
static void for_name(const struct sv_refused *r, struct sv_error *what)
{
	const struct sv_label_ops *label = r->layer->driver->label;
	sv_auto_free char *host = NULL;
	struct sv_error ignored = {0};

	/* every guest may search a directory that has it */
	if (label->xattr && label->fallback(r->res->path, r->node->mode, &host, &ignored) == 0 &&
	    (!r->step || may_use(r, host)))
		sv_hint(what, "give it the host's own label: setfattr -n %s -v %s '%s'",
			label->xattr, host, r->path);
	else if (S_ISCHR(r->node->mode) && sv_kind_is_common(r->res, r->node))
		sv_hint(what, "all guests share it, so svirt gives it no label: give it one that "
			      "every guest may write");
	else
		for_file(r, what);
}

void sv_remedy_for_type(const struct sv_refused *r, struct sv_error *what)
{
	if (r->layer->driver->kind)
		for_name(r, what);
	else if (S_ISCHR(r->node->mode) && sv_kind_is_common(r->res, r->node))
		for_shared(r, what);
	else if (!r->step)
		sv_hint(what,
			"keep the file in a directory that guests may search, such as "
			"/var/lib/libvirt/images; or let them search this one: semanage fcontext "
			"-a -t virt_image_t '%s' && restorecon '%s'",
			r->path, r->path);
	else
		for_file(r, what);
}

void sv_remedy_for_mode(const struct sv_refused *r, struct sv_error *what)
{
	const char *user = r->layer->subject.label + 1; /* of "+UID:+GID" */
	int user_len = (int)strcspn(user, ":");

	if (!r->step)
		sv_hint(what,
			"setfacl -m u:%.*s:%s %s; or keep the file where everybody may search",
			user_len, user, strstr(r->why->missing, "write") ? "wx" : "x", r->path);
	else if (r->res->kind == SV_RES_KVM)
		sv_hint(what,
			"give guests a user whose own group is that of %s: user= in svirt.conf(5); "
			"systemd-sysusers makes 'svirt' so",
			r->path);
	else if (S_ISCHR(r->node->mode) && sv_kind_is_common(r->res, r->node))
		sv_hint(what,
			"all guests share it, so svirt leaves its owner as it is: setfacl -m "
			"u:%.*s:rw %s (until the next boot; for good: a udev rule)",
			user_len, user, r->path);
	else if (sv_step_is_held(r->step))
		sv_hint(what,
			"it is given to the guest's user, whom its mode refuses: chmod %s '%s'",
			strstr(r->why->missing, "write") ? "u+rw" : "u+r", r->path);
	else
		sv_hint(what,
			"svirt leaves its owner as it is: take relabel='no' or type='none' out, "
			"or setfacl -m u:%.*s:rw %s",
			user_len, user, r->path);
}
