/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Landlock driver: a guest gives up, before its program is executed, all files, ports and
 * processes but those that its document asks for. Nothing is labelled, nobody has to be root for
 * it, and it can be below any other model. The kernel does not show which process is restricted, so
 * a start relies on the system call's answer, which comes before the program runs. Must not know
 * what a guest may reach.
 */
#include "driver/driver.h"

#include "base/string.h"
#include "driver/landlock/kernel.h"
#include "driver/landlock/rules.h"

#include <errno.h>

#define ABI "abi-%d"

static int probe(struct sv_host_mac *ret, struct sv_error *err)
{
	int version = sv_landlock_version();

	(void)err;
	*ret = (struct sv_host_mac){.state = version ? SV_MAC_ENFORCING : SV_MAC_DISABLED};
	if (version)
		(void)snprintf(ret->policy, sizeof(ret->policy), ABI, version);
	return 0;
}

static int refuse(const char *what, struct sv_error *err)
{
	(void)sv_fail(err, SV_E_USAGE, 0, "%s cannot be chosen with Landlock", what);
	return sv_hint(err, "leave it out: the rules are made from the files and devices of the "
			    "document");
}

/* The label says what was enforced, because that depends on the kernel. */
static int subject(const struct sv_request *req, struct sv_subject *ret, struct sv_error *err)
{
	sv_auto_subject struct sv_subject made = {.relabel = req->relabel};
	int r;

	if (req->type == SV_SECLABEL_STATIC)
		return refuse("a label", err);
	if (req->baselabel)
		return refuse("a baselabel", err);
	r = sv_asprintf(&made.label, err, ABI, sv_landlock_version());
	if (r < 0)
		return r;
	*ret = made;
	made = (struct sv_subject){0};
	return 0;
}

static int enter(const struct sv_layer *layer, struct sv_error *err)
{
	if (!layer)
		return 0; /* it was the child's alone */
	if (!layer->ruleset)
		return sv_fail(err, SV_E_UNKNOWN, 0, "no ruleset of Landlock was made");
	return sv_landlock_restrict(layer->ruleset, err);
}

/* Everybody may give up rights. */
static int may_start(const char *self, const struct sv_subject *subject, const char *emulator,
		     struct sv_error *err)
{
	(void)self;
	(void)subject;
	return emulator && access(emulator, F_OK) < 0 ? sv_fail_errno(err, errno, "%s", emulator)
						      : 0;
}

/* The rules end with the last process that has them. */
static int unload(const char *label, struct sv_error *err)
{
	(void)label;
	(void)err;
	return 0;
}

static int each(int (*fn)(void *data, const char *label, struct sv_error *err), void *data,
		struct sv_error *err)
{
	(void)fn;
	(void)data;
	(void)err;
	return 0;
}

static int for_user(struct sv_error *err)
{
	return sv_landlock_for_user(sv_landlock_version(), err);
}

static const struct sv_rule_ops rule_ops = {
	.check = sv_landlock_check,
	.load = sv_landlock_load,
	.unload = unload,
	.each = each,
};

static const struct sv_ask_ops ask_ops = {
	.may_start = may_start,
};

const struct sv_driver sv_driver_landlock = {
	.name = "landlock",
	.doi = "0",
	.mac = true,
	.below = true,
	/* sockets with a path are not its business, and signals only since version 6 */
	.own_users = true,
	.enforce = "boot with landlock in the kernel's list of security modules (lsm=)",
	.rules = &rule_ops,
	.ask = &ask_ops,
	.probe = probe,
	.for_user = for_user,
	.subject = subject,
	.same = sv_same_text,
	.enter = enter,
};
