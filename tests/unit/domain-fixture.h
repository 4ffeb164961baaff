/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Domains for unit tests, from a file of tests/data or from a few lines inside a frame that is
 * complete without them.
 */
#pragma once

#include "domain/xml/xml.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The frame around the lines of a test. The first line of the test is FRAME_LINE (in <domain>),
 * FRAME_DEVICES_LINE (in <devices>), FRAME_DISK_LINE (in a <disk> with a driver and a target, but
 * no source), or FRAME_OS_LINE (in <os>). */
enum frame { IN_DOMAIN, IN_DEVICES, IN_DISK, IN_OS };
#define FRAME_LINE	   5
#define FRAME_DEVICES_LINE 6
#define FRAME_DISK_LINE	   7
#define FRAME_OS_LINE	   5

struct bad_lines {
	enum frame frame;
	const char *lines;
	unsigned line;		/* counted from 1 in lines */
	const char *msg, *hint; /* parts of the messages; hint NULL: any */
};

/* The path of a file below tests/data, which is at SVIRT_TEST_DATA. The caller frees. */
char *data_path(const char *name);

/* With UPDATE_GOLDEN=1 in the environment, makes text the golden file at path, for a review of the
 * diff. Without it, does nothing. */
void update_golden(const char *path, const char *text);

/* Fails the test when the domain cannot be read. The caller frees. */
struct sv_domain *domain_of_file(const char *name);
struct sv_domain *domain_of(enum frame frame, const char *lines);
struct sv_domain *domain_of_text(const char *text);

void assert_all_bad(const struct bad_lines *table, size_t n);
