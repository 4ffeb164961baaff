/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asks the kernel about its rules: may this process start that guest, may a guest use that object,
 * is it kept apart from others? For a label that the kernel has not met yet it answers no to
 * everything, so what holds without any rule (Documentation/admin-guide/LSM/Smack.rst) is decided
 * here. Must not know modes, owners or mounts.
 */
#include "driver/smack/smack.h"

#include "base/fs.h"
#include "base/proc.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/xattr.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#define ACCESS	    SV_SMACK_FS "/access2"
#define ONLYCAP	    SV_SMACK_FS "/onlycap"
#define ONLYCAP_MAX (1024u * 1024)

static int ask_kernel(const char *label, const char *object, const char *may, struct sv_error *err)
{
	sv_auto_free char *question = NULL;
	sv_auto_close int fd = -1;
	char answer[2] = "";
	int r = sv_asprintf(&question, err, "%s %s %s", label, object, may);

	if (r < 0)
		return r;
	fd = open(ACCESS, O_RDWR | O_CLOEXEC);
	if (fd < 0 || write(fd, question, strlen(question)) < 0 || read(fd, answer, 1) != 1)
		return sv_fail(err, SV_E_UNKNOWN, errno, "cannot ask the kernel about '%s' (%s)",
			       question, ACCESS);
	return answer[0] == '1' ? 0 : SV_NONE;
}

static bool within(const char *may, const char *of)
{
	return strspn(may, of) == strlen(may);
}

int sv_smack_allows(const char *label, const char *object, const char *may, struct sv_error *err)
{
	const char *own = sv_smack_rule_for(object);

	if (sv_streq(label, object) || sv_streq(object, SV_SMACK_STAR) ||
	    (sv_streq(object, SV_SMACK_FLOOR) && within(may, "rxl")) || (own && within(may, own)))
		return 0;
	return ask_kernel(label, object, may, err);
}

/* What letters of a rule mean, and what the kernel calls such an object. */
static void explain(const char *may, mode_t mode, struct sv_denial *why)
{
	static const struct {
		char letter;
		const char *word;
	} words[] = {{'r', "read"}, {'w', "write"}, {'x', "execute"}};
	struct sv_denial said = {0};
	size_t used = 0;

	if (!why)
		return;
	for (size_t i = 0; i < SV_N_ELEMENTS(words); i++) {
		if (!strchr(may, words[i].letter))
			continue;
		(void)snprintf(said.missing + used, sizeof(said.missing) - used, "%s%s",
			       used ? " " : "", words[i].word);
		used = strlen(said.missing);
	}
	(void)snprintf(said.tclass, sizeof(said.tclass), "%s",
		       S_ISDIR(mode)	? "dir"
		       : S_ISSOCK(mode) ? "sock_file"
					: "file");
	*why = said;
}

static const char *wanted(mode_t mode, enum sv_access access)
{
	bool reads = access == SV_ACCESS_RO;

	if (S_ISSOCK(mode))
		return "w";
	if (S_ISDIR(mode))
		return reads ? "rx" : "rwx";
	return reads ? "r" : "rw";
}

int sv_smack_may_use(const char *label, const char *object, mode_t mode, enum sv_access access,
		     struct sv_denial *why, struct sv_error *err)
{
	const char *may = wanted(mode, access);
	char missing[8] = "";
	size_t n = 0;
	int r = sv_smack_allows(label, object, may, err);

	if (r != SV_NONE)
		return r;
	for (size_t i = 0; may[i]; i++) {
		const char letter[2] = {may[i], '\0'};

		r = sv_smack_allows(label, object, letter, err);
		if (r < 0)
			return r;
		if (r == SV_NONE)
			missing[n++] = may[i];
	}
	explain(missing, mode, why);
	return SV_NONE;
}

int sv_smack_may_search(const char *label, const struct sv_dirs *dirs, size_t *ret_at,
			struct sv_denial *why, struct sv_error *err)
{
	for (size_t i = 0; i < dirs->n; i++) {
		const char *may = dirs->make && i + 1 == dirs->n ? "wx" : "x";
		sv_auto_free char *object = NULL;
		int r = sv_smack_get(dirs->items[i].fd, &object, err);

		if (r == 0)
			r = sv_smack_allows(label, object, may, err);
		if (r < 0)
			return r;
		if (r == SV_NONE && object) {
			explain(may, S_IFDIR, why);
			*ret_at = i;
			return SV_NONE;
		}
	}
	return 0;
}

/* The kernel may be told that only processes with some labels have these two capabilities. */
static int check_onlycap(const char *self, struct sv_error *err)
{
	sv_auto_free char *text = NULL, *shown = NULL;
	char *save = NULL;
	int r = sv_fs_read(ONLYCAP, ONLYCAP_MAX, &text, NULL, err);

	if (r == 0)
		r = sv_strdup(text, &shown, err);
	if (r < 0)
		return r;
	shown[strcspn(shown, "\n")] = '\0';
	if (!shown[0])
		return 0;
	for (char *word = strtok_r(text, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		if (sv_streq(word, self))
			return 0;
	(void)sv_fail(err, SV_E_PERMISSION, 0,
		      "only processes labelled %s have CAP_MAC_ADMIN (" ONLYCAP "), not '%s'",
		      shown, self);
	return sv_hint(err, "start svirt with one of these labels, or add its own");
}

static int check_rights(const char *self, struct sv_error *err)
{
	uint64_t have = 0;
	int r = sv_proc_caps(&have, err);

	if (r < 0)
		return r;
	if ((have & SV_SMACK_CAPS) == SV_SMACK_CAPS)
		return check_onlycap(self, err);
	(void)sv_fail(err, SV_E_PERMISSION, 0,
		      "this process has no CAP_MAC_ADMIN and CAP_MAC_OVERRIDE: it can neither give "
		      "a guest its label nor label files");
	return sv_hint(err, "run svirt as root");
}

/* The program has to be readable, and may not bring a label of its own. */
static int check_program(const char *label, const char *program, struct sv_error *err)
{
	char own[SV_SMACK_MAX + 2], object[SV_SMACK_MAX + 2];
	ssize_t n = getxattr(program, XATTR_NAME_SMACK, object, sizeof(object) - 1);
	int r;

	if (n < 0)
		return sv_fail_errno(err, errno, "the label of %s", program);
	object[n] = '\0';
	n = getxattr(program, XATTR_NAME_SMACKEXEC, own, sizeof(own) - 1);
	if (n > 0) {
		own[n] = '\0';
		(void)sv_fail(err, SV_E_HOST, 0,
			      "%s has a label for who executes it ('%s'): the guest would not keep "
			      "its own",
			      program, own);
		return sv_hint(err, "setfattr -x " XATTR_NAME_SMACKEXEC " %s", program);
	}
	r = sv_smack_allows(label, object, "rx", err);
	if (r != SV_NONE)
		return r;
	(void)sv_fail(err, SV_E_PERMISSION, 0, "'%s' may not { read execute } %s, labelled '%s'",
		      label, program, object);
	return sv_hint(err, "setfattr -n " XATTR_NAME_SMACK " -v %s %s", SV_SMACK_FLOOR, program);
}

/* Would the rule let one guest reach another one, or write what is the host's? */
static bool opens(const char *label, const char *subject, const char *object, const char *may)
{
	bool ours = sv_streq(subject, label);

	if (!ours && !sv_streq(object, label))
		return false;
	if (!ours)
		return sv_smack_kind(subject) == SV_NAME_GUEST;
	if (sv_smack_kind(object) == SV_NAME_GUEST)
		return true;
	if (sv_streq(object, SV_SMACK_CONTENT) || sv_streq(object, SV_SMACK_FLOOR))
		return strpbrk(may, "wat");
	return false;
}

static int check_rule(void *data, const char *subject, const char *object, const char *may,
		      struct sv_error *err)
{
	if (sv_streq(subject, object) || !opens(data, subject, object, may))
		return 0;
	(void)sv_fail(
		err, SV_E_HOST, 0,
		"guests are not kept apart: a Smack rule is loaded that lets '%s' { %s } what "
		"is labelled '%s'",
		subject, may, object);
	return sv_hint(err, "take the rule out: echo '%s %s -' >" SV_SMACK_FS "/load2", subject,
		       object);
}

int sv_smack_kept_apart(const struct sv_subject *subject, struct sv_error *err)
{
	static const char nobody[] = SV_GUEST_LABEL SV_SPECIMEN_UUID;
	const struct {
		const char *object, *may;
	} others[] = {{nobody, "r"}, {nobody, "w"}, {SV_SMACK_FLOOR, "w"}, {SV_SMACK_CONTENT, "w"}};
	int r = sv_smack_each_rule(check_rule, subject->label, err);

	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(others); i++) {
		r = ask_kernel(subject->label, others[i].object, others[i].may, err);
		if (r == 0)
			return sv_fail(
				err, SV_E_HOST, 0,
				"guests are not kept apart: '%s' may { %s } what is labelled "
				"'%s'",
				subject->label, others[i].may, others[i].object);
		r = r == SV_NONE ? 0 : r;
	}
	return r;
}

int sv_smack_may_start(const char *self, const struct sv_subject *subject, const char *emulator,
		       struct sv_error *err)
{
	sv_auto_free char *own = NULL;
	int r = self ? 0 : sv_smack_of_pid(getpid(), &own, err);

	if (r == SV_NONE)
		return sv_fail(err, SV_E_UNKNOWN, 0, "the label of this process");
	if (r == 0)
		r = check_rights(self ? self : own, err);
	if (r == 0 && emulator)
		r = check_program(subject->label, emulator, err);
	return r == 0 ? sv_smack_kept_apart(subject, err) : r;
}
