/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See domain-fixture.h. */
#include "domain-fixture.h"

#include "base/string.h"

#include <fcntl.h>

#define START                              \
	"<domain type='kvm'>\n"            \
	"<name>guest</name>\n"             \
	"<memory unit='MiB'>64</memory>\n" \
	"<os><type arch='x86_64'>hvm</type>"
#define HEAD	  START "</os>\n"
#define DISK_HEAD "<disk><driver type='raw'/><target dev='vdz'/>\n"

static const struct {
	const char *before, *after;
	unsigned line;
} frames[] = {
	[IN_DOMAIN] = {HEAD, "\n</domain>\n", FRAME_LINE},
	[IN_DEVICES] = {HEAD "<devices>\n", "\n</devices></domain>\n", FRAME_DEVICES_LINE},
	[IN_DISK] = {HEAD "<devices>\n" DISK_HEAD, "\n</disk></devices></domain>\n",
		     FRAME_DISK_LINE},
	[IN_OS] = {START "\n", "\n</os></domain>\n", FRAME_OS_LINE},
};

char *data_path(const char *name)
{
	const char *dir = getenv("SVIRT_TEST_DATA");
	struct sv_error err = {0};
	char *path = NULL;

	if (sv_asprintf(&path, &err, "%s/%s", dir ? dir : "tests/data", name) < 0)
		fail_msg("%s", err.msg);
	return path;
}

void update_golden(const char *path, const char *text)
{
	sv_auto_file FILE *f = getenv("UPDATE_GOLDEN") ? fopen(path, "we") : NULL;

	if (!getenv("UPDATE_GOLDEN"))
		return;
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

struct sv_domain *domain_of_file(const char *name)
{
	sv_auto_free char *path = data_path(name);
	sv_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct sv_domain *dom = NULL;
	struct sv_error err = {0};

	if (fd < 0)
		fail_msg("cannot open %s", path);
	if (sv_domain_read(fd, path, NULL, &dom, &err) < 0)
		fail_msg("%s:%u: %s", err.file, err.line, err.msg);
	return dom;
}

struct sv_domain *domain_of_text(const char *text)
{
	struct sv_domain *dom = NULL;
	struct sv_error err = {0};

	if (sv_domain_parse(text, strlen(text), "good.xml", &dom, &err) < 0)
		fail_msg("%s:%u: %s", err.file, err.line, err.msg);
	return dom;
}

static char *frame_around(enum frame frame, const char *lines)
{
	struct sv_error err = {0};
	char *text = NULL;

	if (sv_asprintf(&text, &err, "%s%s%s", frames[frame].before, lines, frames[frame].after) <
	    0)
		fail_msg("%s", err.msg);
	return text;
}

struct sv_domain *domain_of(enum frame frame, const char *lines)
{
	sv_auto_free char *text = frame_around(frame, lines);

	return domain_of_text(text);
}

static void assert_bad(const struct bad_lines *bad)
{
	sv_auto_free char *text = frame_around(bad->frame, bad->lines);
	struct sv_domain *dom = NULL;
	struct sv_error err = {0};
	unsigned line = frames[bad->frame].line - 1 + bad->line;

	if (sv_domain_parse(text, strlen(text), "bad.xml", &dom, &err) >= 0)
		fail_msg("accepted: %s", bad->lines);
	assert_null(dom);
	assert_int_equal(err.code, SV_E_USAGE);
	assert_string_equal(err.file, "bad.xml");
	if (!strstr(err.msg, bad->msg))
		fail_msg("'%s' instead of '%s' for %s", err.msg, bad->msg, bad->lines);
	if (bad->hint && !strstr(err.hint, bad->hint))
		fail_msg("hint '%s' instead of '%s' for %s", err.hint, bad->hint, bad->lines);
	if (err.line != line)
		fail_msg("line %u instead of %u for %s", err.line, line, bad->lines);
}

void assert_all_bad(const struct bad_lines *table, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		assert_bad(&table[i]);
}
