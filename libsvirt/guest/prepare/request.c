/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of label and start, and what they may be together: see request.h. Must not know which
 * levels are in use. */
#include "guest/prepare/request.h"

#include "base/string.h"
#include "guest/level/groups.h"
#include "guest/state/leases.h"
#include "guest/state/rundir.h"

static unsigned flags_of(unsigned flags)
{
	static const struct {
		unsigned option, flag;
	} table[] = {
		{SVIRT_REQUIRE_ENFORCING, SV_PREPARE_REQUIRE_ENFORCING},
		{SVIRT_UNCONFINED, SV_PREPARE_UNCONFINED},
		{SVIRT_SHARED_LEVEL, SV_PREPARE_SHARED_LEVEL},
		{SVIRT_PAUSED, SV_PREPARE_PAUSED},
		{SVIRT_DRY_RUN, SV_PREPARE_DRY_RUN},
	};
	unsigned out = 0;

	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++)
		out |= flags & table[i].option ? table[i].flag : 0;
	return out;
}

static enum sv_on_unlabelled on_unlabelled(enum svirt_on_unlabelled option)
{
	switch (option) {
	case SVIRT_UNLABELLED_WARN:
		return SV_UNLABELLED_WARN;
	case SVIRT_UNLABELLED_SKIP:
		return SV_UNLABELLED_SKIP;
	case SVIRT_UNLABELLED_CONFIG:
	case SVIRT_UNLABELLED_FAIL:
		break;
	}
	return SV_UNLABELLED_FAIL;
}

static int read_level(const char *text, struct sv_guest_request *ret, struct sv_error *err)
{
	char shown[128];
	int r = sv_level_parse(text, &ret->level, err);

	if (r < 0)
		return r;
	if (sv_catset_count(&ret->level.cats) < 2) {
		sv_fail(err, SV_E_USAGE, 0, "level '%s': a guest's level takes two categories",
			sv_escape(text, shown, sizeof(shown)));
		return sv_hint(err, "with fewer of them the levels of many guests would be above "
				    "it; such a level can only be given by a static label");
	}
	ret->has_level = true;
	return 0;
}

/* --join excludes --level and --share-group, since a guest has one level and one group. */
static int read_join(const struct svirt_options *options, struct sv_error *err)
{
	const char *other = options->share_group ? "--share-group" : NULL;

	if (options->level)
		other = "--level";
	if (sv_guest_check_name(options->join, err) < 0)
		return sv_hint(err, "--join takes the name of a guest: 'svirt list' shows them");
	if (!other)
		return 0;
	sv_fail(err, SV_E_USAGE, 0, "--join and %s exclude each other", other);
	return sv_hint(err, "who joins a guest has its level, and is in its share group");
}

int sv_guest_request_read(const struct svirt *sv, const struct svirt_options *options,
			  struct sv_guest_request *ret, struct sv_error *err)
{
	int r = 0;

	*ret = (struct sv_guest_request){.flags = options ? flags_of(options->flags) : 0,
					 .on_unlabelled = sv->conf.on_unlabelled};
	if (!options)
		return 0;
	if (options->on_unlabelled != SVIRT_UNLABELLED_CONFIG)
		ret->on_unlabelled = on_unlabelled(options->on_unlabelled);
	if (options->level)
		r = read_level(options->level, ret, err);
	if (r == 0 && options->share_group)
		r = sv_share_group_check(options->share_group, err);
	if (r == 0 && options->join)
		r = read_join(options, err);
	ret->group = options->share_group;
	ret->join = options->join;
	ret->accept = options->accept_chain;
	return r;
}

/* Two guests of such a model have nothing in common but what their documents say. */
static int fail_no_levels(const char *option, const struct sv_choice *c, struct sv_error *err)
{
	sv_fail(err, SV_E_USAGE, 0, "%s is for a model with levels: this host runs %s", option,
		c->main->name);
	return sv_hint(err, "leave %s out; what several guests are to use can be <shareable/>",
		       option);
}

/* --join needs a guest with a level. A static label may be at the level of the joined guest. */
static int check_join(const struct sv_guest_request *request, const struct sv_domain *dom,
		      const struct sv_choice *c, struct sv_error *err)
{
	char shown[80];

	if (!request->join)
		return 0;
	if (sv_streq(request->join, dom->name)) {
		sv_fail(err, SV_E_USAGE, 0, "guest '%s' cannot join itself",
			sv_escape(dom->name, shown, sizeof(shown)));
		return sv_hint(err, "name another guest: 'svirt list' shows them");
	}
	if (c->main)
		return c->main->level ? 0 : fail_no_levels("--join", c, err);
	sv_fail(err, SV_E_USAGE, 0, "--join is for a guest with a label: this guest has none");
	sv_hint(err, "leave --join out");
	return c->seclabel ? sv_error_place(err, dom->file, c->seclabel->line) : -SV_E_USAGE;
}

/* --level and --share-group need a dynamic label of a model with levels. */
static int check_level(const struct sv_guest_request *request, const struct sv_domain *dom,
		       const struct sv_choice *c, struct sv_error *err)
{
	const char *option = request->has_level ? "--level"
			     : request->group	? "--share-group"
						: NULL;
	bool has_levels = c->main && c->main->level;

	if (!option || (has_levels && c->request.type == SV_SECLABEL_DYNAMIC))
		return 0;
	if (c->main && !has_levels)
		return fail_no_levels(option, c, err);
	sv_fail(err, SV_E_USAGE, 0, "%s is for a dynamic label: this guest has %s", option,
		c->main ? "a static one" : "none");
	if (c->main && request->has_level)
		sv_hint(err, "leave --level out, or write that level into the label");
	else
		sv_hint(err, "leave %s out", option);
	return c->seclabel ? sv_error_place(err, dom->file, c->seclabel->line) : -SV_E_USAGE;
}

/* --accept-chain has to name disks of the domain: a wrong name would silently accept nothing. */
static int check_accept(const struct sv_domain *dom, const char *const *accept,
			struct sv_error *err)
{
	sv_auto_buf struct sv_buf disks = {0};
	char shown[80];
	size_t i;

	for (; accept && *accept; accept++) {
		for (i = 0; i < dom->n_disks; i++) {
			if (dom->disks[i].path && sv_streq(dom->disks[i].target, *accept))
				break;
		}
		if (i == dom->n_disks)
			break;
	}
	if (!accept || !*accept)
		return 0;
	for (i = 0; i < dom->n_disks; i++)
		sv_buf_printf(&disks, "%s%s", i ? ", " : "", dom->disks[i].target);
	(void)sv_fail(err, SV_E_USAGE, 0, "--accept-chain=%s: the domain has no image of that name",
		      sv_escape(*accept, shown, sizeof(shown)));
	return sv_hint(err, "its disks are: %s", disks.len ? disks.s : "none");
}

int sv_guest_request_check(const struct sv_guest_request *request, const struct sv_domain *dom,
			   const struct sv_choice *choice, struct sv_error *err)
{
	int r = check_level(request, dom, choice, err);

	if (r == 0)
		r = check_join(request, dom, choice, err);
	return r == 0 ? check_accept(dom, request->accept, err) : r;
}

static int fail_no_guest(const char *name, struct sv_error *err)
{
	char shown[80];

	sv_escape(name, shown, sizeof(shown));
	(void)sv_fail(err, SV_E_NOTFOUND, 0,
		      "guest '%s' is neither running nor labelled: it has no level to join", shown);
	return sv_hint(err,
		       "svirt start %s, or svirt label %s, comes first; 'svirt list' shows the "
		       "guests",
		       shown, shown);
}

static int fail_no_level(const struct sv_lease *lease, struct sv_error *err)
{
	const struct sv_lease_layer *main = sv_lease_main(lease);
	char shown[80];

	sv_escape(lease->name, shown, sizeof(shown));
	(void)sv_fail(err, SV_E_USAGE, 0, "guest '%s' has no level to join: its label is %s", shown,
		      main ? main->label : "none");
	return sv_hint(err,
		       "leave --join out: without a level of its own nothing keeps a guest from "
		       "that one's files");
}

/* Refuses a document that names another share group than the one that --join brings. --join itself
 * does not name a group, so it does not override the document. */
static int check_joined_group(const struct sv_domain *dom, const struct sv_lease *joined,
			      struct sv_error *err)
{
	const char *group = joined->group;
	char mine[80], name[80], theirs[80];

	if (!dom->share_group || sv_streq(dom->share_group, group))
		return 0;
	sv_fail(err, SV_E_USAGE, 0,
		"<svirt:share-group> says '%s': guest '%s', whose level this one is to have, is a "
		"member of %s%s%s",
		sv_escape(dom->share_group, mine, sizeof(mine)),
		sv_escape(joined->name, name, sizeof(name)), group ? "'" : "",
		group ? sv_escape(group, theirs, sizeof(theirs)) : "no group", group ? "'" : "");
	sv_hint(err,
		"take the element out: a guest is in the share group of the one that it joins");
	return sv_error_place(err, dom->file, dom->share_group_line);
}

int sv_guest_request_check_joined(const struct sv_guest_request *request,
				  const struct sv_domain *dom, const struct sv_lease *joined,
				  struct sv_error *err)
{
	if (!joined)
		return fail_no_guest(request->join, err);
	if (!joined->level)
		return fail_no_level(joined, err);
	return check_joined_group(dom, joined, err);
}

int sv_guest_request_check_static(const struct sv_choice *choice, const struct sv_domain *dom,
				  const struct sv_lease *joined, bool same_level,
				  struct sv_error *err)
{
	char name[80], group[80];

	sv_escape(joined->name, name, sizeof(name));
	if (!same_level) {
		sv_fail(err, SV_E_USAGE, 0,
			"the static label '%s' is not at %s, the level of guest '%s'",
			choice->request.label, joined->level, name);
		sv_hint(err, "write that level into the label, or take the <seclabel> out");
	} else if (joined->group) {
		sv_fail(err, SV_E_USAGE, 0,
			"guest '%s' is a member of share group '%s', which is for dynamic labels: "
			"this guest has a static one",
			name, sv_escape(joined->group, group, sizeof(group)));
		sv_hint(err, "take the <seclabel> out");
	} else {
		return 0;
	}
	return sv_error_place(err, dom->file, choice->seclabel->line);
}
