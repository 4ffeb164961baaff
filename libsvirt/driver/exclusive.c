/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Exclusive writing, as a driver: a file that a guest writes and that no model labels is held in
 * the journal all the same, with this word for a label. Nothing is read from the file or set on it.
 * It is no layer of a guest, and no document can name it.
 */
#include "driver/driver.h"

#include "base/string.h"

static int get(int fd, char **ret, struct sv_error *err)
{
	(void)fd;
	return sv_strdup(SV_EXCLUSIVE, ret, err);
}

static int set(int fd, const char *label, struct sv_error *err)
{
	(void)fd;
	(void)label;
	(void)err;
	return 0;
}

static const struct sv_label_ops label_ops = {.get = get, .set = set};

static const struct sv_ask_ops ask_ops = {0};

const struct sv_driver sv_driver_exclusive = {
	.name = "svirt",
	.doi = "0",
	.label = &label_ops,
	.ask = &ask_ops,
	.same = sv_same_text,
};
