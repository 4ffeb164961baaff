/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names that the host gives to its devices beside the kernel's: /dev/disk/by-id/ID, /dev/VG/LV,
 * /dev/input/by-id/ID. Such a name is a link that only root can make. It is followed once, here,
 * and the document has the kernel's name from then on, so whatever the link becomes later, the
 * device that was looked at is the one that is labelled and opened. Any other link is left as it
 * is, and is refused where it is opened.
 */
#pragma once

#include "domain/model.h"

/* Follows the links that the paths of dom below /dev are. Fails only without memory: a path that
 * cannot be looked at is left as it is. */
int sv_links_follow(struct sv_domain *dom, struct sv_error *err) sv_must_check;

/* The same for one path; it may be NULL. */
int sv_link_follow(char **path, struct sv_error *err) sv_must_check;
