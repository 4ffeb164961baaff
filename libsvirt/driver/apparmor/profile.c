/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of a guest's profile: see profile.h. What is in it decides what a guest may reach, so a
 * path is never more than itself: the parser's characters for patterns, variables and quotes lose
 * their meaning here (apparmor.d(5), "Globbing"). Must not know devices, or how the text is
 * compiled.
 */
#include "driver/apparmor/profile.h"

#include "base/string.h"

#define SECTION "#: "

/* The parser turns \NNN into the character, which is then itself and no part of a pattern. Never is
 * it a backslash and the character: where a word ends in a backslash, the parser takes the closing
 * quote for a part of it and reads on to the next one. */
static const char special[] = "\\\"*?[]{}^,@#";

int sv_apparmor_quote(const char *path, const char *pattern, struct sv_buf *out,
		      struct sv_error *err)
{
	char shown[256];

	if (path[0] != '/')
		return sv_fail(err, SV_E_USAGE, 0, "'%s' is not an absolute path",
			       sv_escape(path, shown, sizeof(shown)));
	sv_buf_puts(out, "\"");
	for (const char *p = path; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c == 0x7f) {
			(void)sv_fail(err, SV_E_USAGE, 0,
				      "'%s' has a control character, which no rule of AppArmor can "
				      "name",
				      sv_escape(path, shown, sizeof(shown)));
			return sv_hint(err, "rename the file");
		}
		if (strchr(special, c))
			sv_buf_printf(out, "\\%03o", c);
		else
			sv_buf_add(out, p, 1);
	}
	sv_buf_printf(out, "%s\"", pattern);
	return 0;
}

bool sv_apparmor_is_ours(const char *label)
{
	return sv_is_guest_label(label) && !label[strcspn(label, "ABCDEF")];
}

struct rule {
	const char *path;
	const char *pattern; /* for what lies below the path, or "" */
	const char *perms;
	const char *what; /* the name of it in messages */
};

static int allow(struct sv_buf *out, const struct rule *rule, struct sv_error *err)
{
	int r;

	sv_buf_puts(out, "  ");
	r = sv_apparmor_quote(rule->path, rule->pattern, out, err);
	if (r < 0)
		return sv_wrap(err, "%s", rule->what);
	sv_buf_printf(out, " %s,\n", rule->perms);
	return 0;
}

/* What is handed over needs no rule, because the kernel asks when a file is opened. Hard links
 * within a directory are the guest's own business. */
static int allow_resource(struct sv_buf *out, const struct sv_resource *res, struct sv_error *err)
{
	bool tree = sv_resource_is_tree(res), ro = res->access == SV_ACCESS_RO;
	struct rule rule = {res->path, tree ? "/{,**}" : "", ro ? "rk" : "rwk", res->target};

	if (res->handed)
		return 0;
	if (tree && !ro)
		rule.perms = "rwkl";
	return allow(out, &rule, err);
}

/* The section's text, from the line after its head to the next head. NULL: there is none. */
static const char *section(const char *rules, const char *name, size_t *len)
{
	const char *line = rules, *begin = NULL;
	size_t n = strlen(name);

	while (*line) {
		const char *next = strchr(line, '\n');
		bool head = sv_starts_with(line, SECTION);

		next = next ? next + 1 : line + strlen(line);
		if (head && begin)
			break;
		if (head && strncmp(line + strlen(SECTION), name, n) == 0 &&
		    line[strlen(SECTION) + n] == '\n')
			begin = next;
		line = next;
	}
	*len = begin ? (size_t)(line - begin) : 0;
	return begin;
}

static int add_section(struct sv_buf *out, const char *rules, const char *name,
		       struct sv_error *err)
{
	size_t len;
	const char *text = section(rules, name, &len);

	if (!text) {
		(void)sv_fail(err, SV_E_HOST, 0, "the rules for QEMU have no section '%s'", name);
		return sv_hint(err, "install svirt again: they are in " SV_PKGDATADIR);
	}
	sv_buf_add(out, text, len);
	return 0;
}

static const struct {
	unsigned need;
	const char *name;
} by_need[] = {
	{SV_NEED_INET, "inet"},
	{SV_NEED_KVM, "kvm"},
	{SV_NEED_PTY, "pty"},
	{SV_NEED_HUGEPAGES, "hugepages"},
};

static const struct {
	enum sv_resource_kind kind;
	const char *name;
} by_kind[] = {
	{SV_RES_VFIO, "vfio"},
	{SV_RES_USB, "usb"},
	{SV_RES_RENDER, "render"},
};

static int add_rules(struct sv_buf *out, const char *rules, const struct sv_scope *scope,
		     struct sv_error *err)
{
	int r = add_section(out, rules, "always", err);

	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(by_need); i++)
		if (scope->needs & by_need[i].need)
			r = add_section(out, rules, by_need[i].name, err);
	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(by_kind); i++)
		if (sv_resources_have(scope->resources, by_kind[i].kind))
			r = add_section(out, rules, by_kind[i].name, err);
	return r;
}

/* Signals and looks between processes: those of the guest among themselves, and those of svirt and
 * of an administrator to them. */
static int add_peer(struct sv_buf *out, const char *peer, struct sv_error *err)
{
	char shown[128];

	/* profiles have the names of files, or plain words */
	if (strpbrk(peer, special) || peer[strcspn(peer, "\n")])
		return sv_fail(err, SV_E_HOST, 0,
			       "svirt is in the profile '%s', which no rule of AppArmor can name",
			       sv_escape(peer, shown, sizeof(shown)));
	sv_buf_printf(out,
		      "  signal (receive) peer=\"%s\",\n"
		      "  ptrace (readby, tracedby) peer=\"%s\",\n",
		      peer, peer);
	return 0;
}

static int add_peers(struct sv_buf *out, const char *label, const char *self, struct sv_error *err)
{
	int r;

	sv_buf_printf(out,
		      "\n  # Its own processes, and who looks after them.\n"
		      "  signal (send, receive) peer=%s,\n"
		      "  ptrace (readby, read) peer=%s,\n",
		      label, label);
	r = add_peer(out, "unconfined", err);
	return r < 0 || sv_streq(self, "unconfined") ? r : add_peer(out, self, err);
}

/* svirt's own files, whatever a document says: a deny is stronger than any allow. */
static void add_denials(struct sv_buf *out)
{
	sv_buf_puts(out, "\n  # What is svirt's and no guest's.\n"
			 "  audit deny \"" SV_STATEDIR "/{,**}\" rwklmx,\n"
			 "  audit deny \"" SV_CONFDIR "/{,**}\" rwklmx,\n"
			 "  audit deny \"" SV_RUNDIR "/*/{lock,monitor}\" rwklmx,\n"
			 "  audit deny \"" SV_RUNDIR "/.*/**\" rwklmx,\n");
}

static int build(struct sv_buf *out, const char *label, const struct sv_scope *scope,
		 const struct sv_apparmor_host *host, struct sv_error *err)
{
	int r;

	sv_buf_printf(out, "profile %s {\n", label);
	r = add_rules(out, host->rules, scope, err);
	if (r == 0)
		r = add_peers(out, label, host->self, err);
	add_denials(out);
	sv_buf_puts(out, "\n  # The programs.\n");
	if (r == 0)
		r = allow(out, &(struct rule){scope->emulator, "", "mr", "the emulator"}, err);
	if (r == 0 && scope->swtpm)
		r = allow(out, &(struct rule){scope->swtpm, "", "mr", "swtpm"}, err);
	sv_buf_puts(out, "\n  # The files and devices of the document.\n");
	for (size_t i = 0; r == 0 && i < scope->resources->n; i++)
		r = allow_resource(out, &scope->resources->items[i], err);
	sv_buf_puts(out, "}\n");
	return r;
}

int sv_apparmor_profile(const char *label, const struct sv_scope *scope,
			const struct sv_apparmor_host *host, char **ret, struct sv_error *err)
{
	sv_auto_buf struct sv_buf out = {0};
	char shown[128];
	int r;

	if (!sv_apparmor_is_ours(label))
		return sv_fail(err, SV_E_USAGE, 0, "'%s' is not the name of a guest's profile",
			       sv_escape(label, shown, sizeof(shown)));
	r = build(&out, label, scope, host, err);
	return r < 0 ? r : sv_buf_take(&out, ret, err);
}
