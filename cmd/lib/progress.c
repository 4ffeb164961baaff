/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Progress on standard error: see progress.h. */
#include "lib/progress.h"

#include "lib/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define FIRST_MS 400u
#define EVERY_MS 200u
#define COLUMNS	 80u

static uint64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static bool can_draw(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

void progress_open(struct progress *progress, enum progress_when when, bool quiet)
{
	*progress = (struct progress){.when = when};
	if (when == PROGRESS_AUTO) {
		progress->next_ms = now_ms() + FIRST_MS;
		if (quiet || !can_draw())
			progress->when = PROGRESS_NEVER;
	}
}

void progress_clear(struct progress *progress)
{
	if (progress->drawn)
		(void)fputs("\r\033[K", stderr);
	progress->drawn = false;
}

static const char *doing(const char *work)
{
	if (strcmp(work, "read") == 0)
		return "reading";
	if (strcmp(work, "wait") == 0)
		return "waiting for";
	return strcmp(work, "label") == 0 ? "labelling" : "putting back";
}

/* A line that wraps could not be redrawn, so a path that does not fit is left out. */
static void draw(struct progress *progress, const struct svirt_progress *now)
{
	char count[64] = "", *path = escape(now->path);
	struct winsize size = {.ws_col = 0};
	size_t columns;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		size.ws_col = COLUMNS;
	columns = size.ws_col;
	(void)snprintf(count, sizeof(count), "%" PRIu64 "%s", now->done, now->total ? " of " : "");
	if (now->total)
		(void)snprintf(count + strlen(count), sizeof(count) - strlen(count),
			       "%" PRIu64 "%s", now->total,
			       strcmp(now->work, "wait") == 0 ? " s" : "");
	progress_clear(progress);
	if (strlen(path) + strlen(count) + sizeof("putting back : ") < columns)
		(void)fprintf(stderr, "%s %s: %s", doing(now->work), path, count);
	else
		(void)fprintf(stderr, "%s: %s", doing(now->work), count);
	(void)fflush(stderr);
	progress->drawn = true;
	free(path);
}

static void print_json(const struct svirt_progress *now)
{
	struct doc *doc = doc_new(NULL);
	struct node *node = doc_result(doc);
	struct text text;

	node_str(node, "progress", now->work);
	node_str(node, "path", now->path);
	node_num(node, "done", now->done);
	node_id(node, "total", (int64_t)now->total);
	text_open(&text, COLOR_NEVER);
	node_print(node, &text);
	if (fflush(text.file) == 0)
		(void)fprintf(stderr, "%s\n", text.bytes);
	text_done(&text);
	doc_free(&doc);
}

void progress_tell(struct progress *progress, const struct svirt_progress *now)
{
	bool last = now->done == now->total;

	if (progress->when == PROGRESS_NEVER ||
	    (now_ms() < progress->next_ms && !(last && progress->when == PROGRESS_JSON)))
		return;
	progress->next_ms = now_ms() + EVERY_MS;
	if (progress->when == PROGRESS_JSON)
		print_json(now);
	else
		draw(progress, now);
}
