/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asks the kernel about its loaded policy: may this process start that guest, may a guest use that
 * object, does the policy keep guests apart at all? The answers come from security_compute_av(3),
 * which gives the policy's answer in permissive mode too. It does not cover validatetrans rules,
 * capabilities, file modes or mounts. Must not know any type name of guests: types come from
 * labels.
 */
#include "driver/selinux/selinux.h"

#include "base/string.h"
#include "label/context.h"

#include <errno.h>
#include <selinux/selinux.h>
#include <sys/prctl.h>
#include <sys/stat.h>

/* How often the policy may be replaced while a question is asked. */
enum { POLICIES = 10 };

struct question {
	const char *source, *target, *tclass;
	const char *perms; /* separated by blanks */
};

static int cannot_ask(const struct question *q, int sys, struct sv_error *err)
{
	(void)sv_fail(err, SV_E_UNKNOWN, sys, "cannot ask the kernel's policy (%s)", q->tclass);
	return sv_hint(
		err, "this domain needs { compute_av compute_create } on security_t (security) and "
		     "selinuxfs mounted: svirt policy install");
}

/* The number of a class, SV_NONE when the policy has no such class. */
static int class_number(const struct question *q, security_class_t *ret, struct sv_error *err)
{
	struct sv_error e = {0};
	security_class_t ignored;
	int r = sv_selinux_class(q->tclass, ret, &e);

	/* every policy has the class "process": when it is missing, selinuxfs cannot be read */
	if (r == SV_NONE)
		r = sv_selinux_class("process", &ignored, &e) == 0 ? SV_NONE : -1;
	return r < 0 ? cannot_ask(q, e.sys ? e.sys : ENOENT, err) : r;
}

/* SV_NONE: the policy has no such class, or no such context. */
static int decide(const struct question *q, security_class_t *tclass, struct av_decision *avd,
		  struct sv_error *err)
{
	for (int i = 0; i < POLICIES; i++) {
		int r = class_number(q, tclass, err);

		if (r != 0)
			return r;
		if (security_compute_av_flags_raw(q->source, q->target, *tclass, 0, avd) < 0)
			return errno == EINVAL ? SV_NONE : cannot_ask(q, errno, err);
		if (sv_selinux_class_is_of(avd->seqno))
			return 0;
	}
	return sv_fail(err, SV_E_UNKNOWN, 0, "the policy is loaded again and again");
}

static void add_word(char *list, size_t room, const char *word)
{
	size_t used = strlen(list);

	(void)snprintf(list + used, room - used, "%s%s", used ? " " : "", word);
}

/* Splits the permissions of q by the kernel's decision; either list may be NULL. For a permission
 * that the policy does not define, the kernel's rule for such permissions decides. */
static int sort_perms(const struct question *q, char *allowed, char *denied, size_t room,
		      struct sv_error *err)
{
	sv_auto_free char *words = NULL;
	struct av_decision avd = {0};
	security_class_t tclass = 0;
	char *rest, *word;
	int r = decide(q, &tclass, &avd, err);

	if (r < 0 || sv_strdup(q->perms, &words, err) < 0)
		return -(int)err->code;
	for (rest = words; (word = strsep(&rest, " "));) {
		access_vector_t bit = 0;
		int known = r == SV_NONE ? SV_NONE : sv_selinux_perm(q->tclass, word, &bit, err);
		bool ok = bit ? (avd.allowed & bit) : r == 0 && security_deny_unknown() == 0;
		char *list = ok ? allowed : denied;

		if (known < 0)
			return known;
		if (list)
			add_word(list, room, word);
	}
	return 0;
}

/* 0: all permissions are allowed. SV_NONE: missing has those that are not. */
static int allowed(const struct question *q, char missing[128], struct sv_error *err)
{
	int r;

	missing[0] = '\0';
	r = sort_perms(q, NULL, missing, 128, err);
	if (r < 0)
		return r;
	return missing[0] ? SV_NONE : 0;
}

int sv_selinux_granted(const char *source, const char *target, const char *tclass,
		       const char *perms, char ret[128], struct sv_error *err)
{
	const struct question q = {source, target, tclass, perms};

	ret[0] = '\0';
	return sort_perms(&q, ret, NULL, 128, err);
}

int sv_selinux_domain_enforced(const char *context, struct sv_error *err)
{
	struct question q = {context, context, "process", ""};
	struct av_decision avd = {0};
	security_class_t tclass;
	int r = decide(&q, &tclass, &avd, err);

	if (r == SV_NONE)
		return cannot_ask(&q, EINVAL, err);
	if (r < 0)
		return r;
	return avd.flags & SELINUX_AVD_FLAGS_PERMISSIVE ? SV_NONE : 0;
}

/* Chooses the hint: the module is missing, this process is not in its domain, or the module is
 * loaded and this guest needs a rule of its own. */
static int hint_for(const char *self, struct sv_error *err)
{
	struct sv_error ignored = {0};
	char type[SV_TYPE_LEN];

	if (sv_streq(sv_selinux_type(self, type), SV_SELINUX_MANAGER))
		return sv_hint(err,
			       "the installed module does not cover this guest: svirt policy "
			       "install for this version's, or a rule of your own: ausearch -m avc "
			       "-ts recent | audit2allow -M my && semodule -i my.pp");
	if (sv_selinux_type_known(SV_SELINUX_MANAGER, &ignored) == SV_NONE)
		return sv_hint(err, "install the policy module: svirt policy install");
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return sv_hint(err,
			       "no_new_privs keeps this process out of %s: take NoNewPrivileges= "
			       "out of its service, or setpriv --no-new-privs off",
			       SV_SELINUX_MANAGER);
	return sv_hint(err,
		       "this process should run in %s: label svirt-manager with restorecon, "
		       "and start it from a shell or a service",
		       SV_SELINUX_MANAGER);
}

static bool would_be_allowed(const void *data, const char *label)
{
	struct question then = *(const struct question *)data;
	struct sv_error ignored = {0};
	char missing[128];

	then.target = label;
	return allowed(&then, missing, &ignored) == 0;
}

static int demand(const struct question *q, const char *self, const char *emulator,
		  struct sv_error *err)
{
	char missing[128], from[SV_TYPE_LEN], to[SV_TYPE_LEN];
	int r = allowed(q, missing, err);

	if (r != SV_NONE)
		return r;
	(void)sv_fail(err, SV_E_PERMISSION, 0, "%s may not { %s } on %s (%s)",
		      sv_selinux_type(q->source, from), missing, sv_selinux_type(q->target, to),
		      q->tclass);
	if (!emulator)
		return hint_for(self, err);
	if (sv_restorecon_helps(&sv_driver_selinux, emulator, S_IFREG, q->target, would_be_allowed,
				q))
		(void)sv_hint(err, "give it the label that the policy has for it: restorecon -v %s",
			      emulator);
	/* in the manager's domain: the program does not have a type that guests may execute */
	if (sv_streq(sv_selinux_type(self, from), SV_SELINUX_MANAGER))
		(void)sv_hint(err,
			      "if it is to be a guest's program: semanage fcontext -a -t %s "
			      "%s; restorecon %s",
			      SV_SELINUX_VMM, emulator, emulator);
	(void)hint_for(self, err);
	return sv_wrap(err, "%s", emulator);
}

/* A level that is not comparable with level: the two lowest categories that level does not have.
 * False: there are not two. */
static bool stranger_of(const struct sv_level *level, struct sv_level *ret)
{
	struct sv_level other = {.sens = level->sens};
	unsigned n = 0;

	for (unsigned c = 0; c < SV_MAX_CATEGORIES && n < 2; c++) {
		if (sv_catset_has(&level->cats, c))
			continue;
		sv_catset_add(&other.cats, c);
		n++;
	}
	*ret = other;
	return n > 0;
}

static int separated(const struct question *q, struct sv_error *err)
{
	char got[128] = "", type[SV_TYPE_LEN];
	int r = sort_perms(q, got, NULL, sizeof(got), err);

	if (r < 0 || !got[0])
		return r;
	(void)sv_fail(err, SV_E_HOST, 0,
		      "categories do not separate guests of type %s: one of them may { %s } what "
		      "another guest has (%s)",
		      sv_selinux_type(q->source, type), got, q->tclass);
	return sv_hint(err, "the type has to be in the policy's attribute mcs_constrained_type, or "
			    "choose another type");
}

/* Could a guest at this level reach another guest, or another guest's image? */
int sv_selinux_kept_apart(const struct sv_subject *subject, struct sv_error *err)
{
	sv_auto_free char *line = NULL, *twin = NULL, *image = NULL;
	const char *own = subject->image[SV_ACCESS_RW];
	struct sv_level level, other;
	int r = sv_selinux_level_of(subject->label, &level, err);

	/* an administrator who gives a static label without categories shares everything */
	if (r != 0 || sv_catset_count(&level.cats) == 0)
		return r < 0 ? r : 0;
	if (!stranger_of(&level, &other))
		return sv_fail(err, SV_E_HOST, 0,
			       "the guest would hold every category, so it could use the files of "
			       "all others");
	r = sv_context_with_level(subject->label, &other, &twin, err);
	if (r < 0)
		return r;
	r = separated(&(struct question){subject->label, twin, "process",
					 "transition signal sigkill sigstop ptrace"},
		      err);
	if (r == 0 && !own) {
		r = sv_selinux_image_context(subject->label, &line, err);
		own = line;
	}
	if (r < 0 || !own)
		return r < 0 ? r : 0;
	r = sv_context_with_level(own, &other, &image, err);
	if (r < 0)
		return r;
	return separated(&(struct question){subject->label, image, "file", "read write append"},
			 err);
}

static int program_context(const char *program, char **ret, struct sv_error *err)
{
	char *con = NULL;
	int r;

	if (getfilecon_raw(program, &con) < 0)
		return sv_fail_errno(err, errno, "the label of %s", program);
	r = sv_strdup(con, ret, err);
	freecon(con);
	return r;
}

/* Checks the permissions in the kernel's order. process2 is always needed, because no_new_privs is
 * set before each exec. Without { use } the program is killed by SIGSEGV without a message, because
 * its own binary is a descriptor that we opened. */
static int demand_all(const char *self, const char *guest, const char *emulator,
		      const char *program, struct sv_error *err)
{
	const struct question people[] = {
		{self, self, "process", "setexec"},
		{self, guest, "process", "transition getattr signal sigkill"},
		{self, guest, "process2", "nnp_transition"},
		{guest, self, "fd", "use"},
		{guest, self, "process", "sigchld"},
	};
	const struct question programs[] = {
		{self, program, "file", "getattr read open execute"},
		{guest, program, "file", "entrypoint read execute map"},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(people); i++)
		r = demand(&people[i], self, NULL, err);
	for (size_t i = 0; r == 0 && program && i < SV_N_ELEMENTS(programs); i++)
		r = demand(&programs[i], self, emulator, err);
	return r;
}

/* Refuses a level outside the caller's range, for static labels too. This is svirt's own rule: MCS
 * policies let an unconstrained domain start a program at any level. */
static int demand_clearance(const char *self, const char *guest, struct sv_error *err)
{
	sv_auto_context struct sv_context mine = {0}, ctx = {0};
	int r = sv_context_parse(self, &mine, err);

	if (r == 0)
		r = sv_context_parse(guest, &ctx, err);
	if (r < 0 || !ctx.has_range)
		return r;
	return sv_range_demand(&mine.range, &ctx.range, err);
}

int sv_selinux_becomes(const char *program, char **ret, struct sv_error *err)
{
	sv_auto_free char *self = NULL, *file = NULL;
	struct question q = {.tclass = "process", .perms = ""};
	security_class_t tclass = 0;
	char *con = NULL;
	int r = sv_selinux_self(&self, err);

	if (r == 0)
		r = program_context(program, &file, err);
	if (r == 0)
		r = class_number(&q, &tclass, err);
	if (r < 0)
		return r;
	if (security_compute_create_raw(self, file, tclass, &con) < 0)
		return cannot_ask(&q, errno, err);
	r = sv_strdup(con, ret, err);
	freecon(con);
	return r;
}

int sv_selinux_may_execute(const char *program, struct sv_error *err)
{
	sv_auto_free char *self = NULL, *then = NULL, *file = NULL;
	struct question q = {.tclass = "file", .perms = "execute_no_trans"};
	char missing[128], type[SV_TYPE_LEN], on[SV_TYPE_LEN];
	int r = sv_selinux_self(&self, err);

	if (r == 0)
		r = sv_selinux_becomes(program, &then, err);
	/* when the policy has a transition, its result is the policy's decision */
	if (r < 0 || !sv_streq(self, then))
		return r;
	r = program_context(program, &file, err);
	q.source = self;
	q.target = file;
	if (r == 0)
		r = allowed(&q, missing, err);
	if (r == SV_NONE && sv_selinux_domain_enforced(self, err) == 0)
		return sv_fail(err, SV_E_PERMISSION, 0, "%s: %s may not { %s } on %s (file)",
			       program, sv_selinux_type(self, type), missing,
			       sv_selinux_type(file, on));
	return r < 0 || err->code ? -(int)err->code : 0;
}

int sv_selinux_may_start(const char *self, const struct sv_subject *subject, const char *emulator,
			 struct sv_error *err)
{
	sv_auto_free char *own = NULL, *program = NULL;
	char type[SV_TYPE_LEN];
	int r = self ? 0 : sv_selinux_self(&own, err);

	if (!self)
		self = own;
	if (r == 0 && emulator)
		r = program_context(emulator, &program, err);
	if (r == 0)
		r = demand_clearance(self, subject->label, err);
	if (r == 0)
		r = demand_all(self, subject->label, emulator, program, err);
	if (r == 0)
		r = sv_selinux_kept_apart(subject, err);
	if (r == 0)
		r = sv_selinux_domain_enforced(subject->label, err);
	if (r != SV_NONE)
		return r;
	(void)sv_fail(err, SV_E_HOST, 0,
		      "%s is a permissive domain: the kernel would not confine the guest",
		      sv_selinux_type(subject->label, type));
	return sv_hint(err, "make it enforcing: semanage permissive -d %s", type);
}

/* The label that the kernel uses for object: for a label that the policy does not know, its initial
 * context of unlabelled objects. */
static int known_object(const char *object, char **ret, struct sv_error *err)
{
	char *con = NULL;
	int r = sv_selinux_canonical(object, ret, err);

	if (r != SV_NONE)
		return r;
	if (security_get_initial_context_raw("unlabeled", &con) < 0)
		return sv_fail(err, SV_E_UNKNOWN, errno,
			       "the policy's context of unlabelled files");
	r = sv_strdup(con, ret, err);
	freecon(con);
	return r;
}

int sv_selinux_allows(const char *label, const char *object, const char *tclass, const char *perms,
		      struct sv_denial *why, struct sv_error *err)
{
	sv_auto_free char *known = NULL, *level_up = NULL;
	struct question q = {.source = label, .tclass = tclass, .perms = perms};
	struct sv_denial denial = {0};
	struct sv_level level;
	char missing[128];
	int r = known_object(object, &known, err);

	if (r < 0)
		return r;
	q.target = known;
	r = allowed(&q, denial.missing, err);
	if (r != SV_NONE)
		return r;
	(void)snprintf(denial.tclass, sizeof(denial.tclass), "%s", q.tclass);
	/* when the same object at the guest's own level would be allowed, the type is not the cause
	 */
	r = sv_selinux_level_of(label, &level, err);
	if (r == 0) {
		r = sv_context_with_level(known, &level, &level_up, err);
		q.target = level_up;
		if (r == 0)
			r = allowed(&q, missing, err);
		denial.category = r == 0;
	}
	if (r < 0)
		return r;
	if (why)
		*why = denial;
	return SV_NONE;
}
