/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest in the document and on the command line.
 */
#pragma once

#include "lib/command.h"

void guest_put(struct node *node, const struct svirt_guest *guest);

/* The guest's name from what stands on the command line: a name, or an XML file that defines one.
 * The caller frees *ret. */
int guest_name(struct call *call, const char *spec, char **ret, struct svirt_error *err) must_check;
