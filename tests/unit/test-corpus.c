/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The documents of tests/corpus, each as far as it goes without a host: read, made into a command
 * line and into a list of resources, where what a host would say is made up. tests/corpus/manifest
 * says what is to come of each:
 *
 *   FILE ordinary          accepted, without a warning
 *   FILE warns: ELEMENT    accepted, and each warning is about this element
 *   FILE refused: WORDS    refused rightly; WORDS are in the message
 *   FILE short: WORDS      refused, although it is ordinary
 *
 * Below a line "[pending]" files are counted apart and nothing of them is checked.
 */
#include "domain-fixture.h"

#include "base/array.h"
#include "base/fs.h"
#include "base/string.h"
#include "domain/resource/resource.h"
#include "qemu/argv.h"

#include <fcntl.h>
#include <glob.h>

/* Of the files that are ordinary, so many in a hundred are accepted. */
#define LEAST 95u

enum answer { ORDINARY, WARNS, REFUSED, SHORT, N_ANSWERS };
static const char *const answers[] = {"ordinary", "warns", "refused", "short", NULL};

struct line {
	char *file, *words; /* words: NULL for ordinary */
	enum answer want;
	bool pending, accepted;
};

struct corpus {
	char *dir;
	struct line *lines;
	size_t n;
};

static const struct sv_qemu_host host = {
	.emulator = "/usr/bin/qemu-system-x86_64",
	.qmp_fd = 3,
	.tpm_fd = 4,
	.tap_fd = 5,
	.uuid = "00000000-1111-4222-8333-444444444444",
	.run_dir = "/run/svirt/test/guest",
};

static char *join(const char *a, const char *b)
{
	struct sv_error err = {0};
	char *text = NULL;

	assert_int_equal(sv_asprintf(&text, &err, "%s%s", a, b), 0);
	return text;
}

/* ---- the manifest ---- */

static void read_line(struct corpus *corpus, char *text, bool pending)
{
	struct line *line = sv_array_add(corpus->lines, corpus->n);
	char *word = strchr(text, ' '), *more;
	unsigned at;

	assert_non_null(line);
	if (!word)
		fail_msg("manifest: '%s' says nothing of the file", text);
	*word++ = '\0';
	more = strchr(word, ':');
	if (more)
		*more++ = '\0';
	if (sv_parse_choice(word, answers, &at) != 0 || (at == ORDINARY) != !more)
		fail_msg("manifest: %s: '%s' is no answer", text, word);
	*line = (struct line){.want = (enum answer)at, .pending = pending};
	line->file = join(text, "");
	line->words = more ? join(more + strspn(more, " "), "") : NULL;
}

static void read_manifest(struct corpus *corpus)
{
	sv_auto_free char *path = join(corpus->dir, "manifest"), *text = NULL;
	struct sv_error err = {0};
	char *rest, *line;
	bool pending = false;

	if (sv_fs_read(path, 1 << 20, &text, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	for (rest = text; (line = strsep(&rest, "\n"));) {
		if (sv_streq(line, "[pending]"))
			pending = true;
		else if (line[0] && line[0] != '#')
			read_line(corpus, line, pending);
	}
}

/* ---- one document ---- */

/* What guest/files would have found. */
static void fill_in(struct sv_domain *dom)
{
	struct sv_loader *loader = &dom->boot.loader;
	struct sv_error err = {0};
	size_t i;

	if (dom->boot.firmware.kind == SV_FIRMWARE_EFI && !loader->file.path) {
		loader->file.path = join("/usr/share/code.fd", "");
		loader->type = SV_LOADER_PFLASH;
		loader->readonly = true;
	}
	for (i = 0; i < dom->n_hostdevs; i++)
		assert_int_equal(sv_asprintf(&dom->hostdevs[i].path, &err, "/dev/vfio/%zu", i), 0);
	for (i = 0; i < dom->n_nets; i++) {
		if (dom->nets[i].type == SV_NET_NETWORK)
			dom->nets[i].type = SV_NET_BRIDGE;
	}
}

static int to_the_end(const char *path, const char *file, struct sv_domain **dom,
		      struct sv_error *err)
{
	sv_auto_resources struct sv_resources resources = {0};
	sv_auto_strv struct sv_strv argv = {0};
	sv_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		fail_msg("the manifest names %s, which is not there", path);
	r = sv_domain_read(fd, file, NULL, dom, err);
	if (r == 0) {
		fill_in(*dom);
		r = sv_qemu_argv(*dom, &host, &argv, err);
	}
	return r == 0 ? sv_resources_of(*dom, NULL, host.run_dir, &resources, err) : r;
}

/* The first warning that the manifest does not expect, else the last one; NULL: none. */
static const char *warning_of(const struct sv_domain *dom, const char *expected)
{
	const char *found = NULL;

	for (size_t i = 0; i < dom->n_ignored; i++) {
		if (!dom->ignored[i].warn)
			continue;
		found = dom->ignored[i].element;
		if (!expected || !strstr(found, expected))
			return found;
	}
	return found;
}

/* Whether the answer is that of the manifest; *ret says what it was. */
static bool fits(struct line *line, const struct sv_domain *dom, const struct sv_error *refused,
		 char **ret)
{
	bool wants = line->want == ORDINARY || line->want == WARNS;
	const char *warning;

	line->accepted = !refused;
	if (refused) {
		*ret = join("refused: ", refused->msg);
		return !wants && strstr(refused->msg, line->words);
	}
	warning = warning_of(dom, line->words);
	*ret = warning ? join("warns: ", warning) : join("ordinary", "");
	if (line->want == WARNS)
		return warning && strstr(warning, line->words);
	return line->want == ORDINARY && !warning;
}

static bool ask(const struct corpus *corpus, struct line *line)
{
	sv_auto_free char *path = join(corpus->dir, line->file), *said = NULL;
	sv_auto_domain struct sv_domain *dom = NULL;
	struct sv_error err = {0};
	int r = to_the_end(path, line->file, &dom, &err);

	if (r != 0 && err.code != SV_E_USAGE)
		fail_msg("%s: %s", line->file, err.msg);
	if (fits(line, dom, r ? &err : NULL, &said) || line->pending)
		return true;
	print_message("%s:%u: %s instead of %s%s%s\n", line->file, err.line, said,
		      answers[line->want], line->words ? ": " : "", line->words ? line->words : "");
	return false;
}

/* ---- all of them ---- */

static bool is_ordinary(const struct line *line)
{
	return !line->pending && line->want != REFUSED;
}

/* "refused: 2 CAUSE" for each cause of the manifest, in the order of the first of each. */
static void print_causes(const struct corpus *corpus)
{
	for (size_t i = 0; i < corpus->n; i++) {
		const struct line *line = &corpus->lines[i];
		bool before = false;
		unsigned n = 0;

		for (size_t k = 0; k < corpus->n; k++) {
			const struct line *other = &corpus->lines[k];
			bool same = !other->pending && other->want == line->want &&
				    sv_streq(other->words, line->words);

			n += same;
			before |= same && k < i;
		}
		if (line->want != ORDINARY && !line->pending && !before)
			print_message("%s: %u %s\n", answers[line->want], n, line->words);
	}
}

static void test_answers(void **state)
{
	struct corpus *corpus = *state;
	unsigned n = 0, accepted = 0, pending = 0, landed = 0, wrong = 0;

	for (size_t i = 0; i < corpus->n; i++) {
		struct line *line = &corpus->lines[i];

		wrong += !ask(corpus, line);
		n += is_ordinary(line);
		accepted += is_ordinary(line) && line->accepted;
		pending += line->pending;
		landed += line->pending && line->accepted;
	}
	print_causes(corpus);
	print_message("accepted %u of %u that are ordinary; %zu files, pending %u (accepted %u)\n",
		      accepted, n, corpus->n, pending, landed);
	assert_int_equal(wrong, 0);
	assert_in_range(accepted * 100, n * LEAST, n * 100);
}

/* A file without a line would be looked at by nobody. */
static void test_each_has_a_line(void **state)
{
	const struct corpus *corpus = *state;
	sv_auto_free char *pattern = join(corpus->dir, "*/*.xml");
	size_t len = strlen(corpus->dir);
	glob_t found = {0};

	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		size_t k = 0;

		while (k < corpus->n && !sv_streq(found.gl_pathv[i] + len, corpus->lines[k].file))
			k++;
		if (k == corpus->n)
			fail_msg("manifest: %s has no line", found.gl_pathv[i] + len);
	}
	assert_int_equal(found.gl_pathc, corpus->n);
	globfree(&found);
}

static int set_up(void **state)
{
	static struct corpus corpus;
	const char *dir = getenv("SVIRT_SRCDIR");

	corpus.dir = join(dir ? dir : ".", "/tests/corpus/");
	read_manifest(&corpus);
	*state = &corpus;
	return 0;
}

static int tear_down(void **state)
{
	struct corpus *corpus = *state;

	for (size_t i = 0; i < corpus->n; i++) {
		free(corpus->lines[i].file);
		free(corpus->lines[i].words);
	}
	free(corpus->lines);
	free(corpus->dir);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_answers),
	cmocka_unit_test(test_each_has_a_line),
};

int main(void)
{
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
