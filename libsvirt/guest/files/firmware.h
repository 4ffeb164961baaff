/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Chooses the firmware of a guest whose document asks for a kind of it and names no file: from the
 * descriptors that the host has for QEMU. What is chosen stands in the domain afterwards, and is
 * handled as if the document had named it.
 */
#pragma once

#include "domain/model.h"
#include "guest/state/handle.h"

/* Puts the paths of the flash chips, and of what the variables are made from, into dom. The tree is
 * the one at the handle's root. SV_E_NOTFOUND, with the line of the element in dom: no firmware of
 * this host is what dom asks for. Does nothing where the document names the files. */
int sv_firmware_find(const struct svirt *sv, struct sv_domain *dom,
		     struct sv_error *err) sv_must_check;
