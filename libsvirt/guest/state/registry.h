/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where domain descriptions come from: /etc/svirt/domains/NAME.xml, a file, standard input.
 */
#pragma once

#include "base/string.h"
#include "domain/model.h"
#include "guest/state/handle.h"

/* spec: a name; a path when it holds a slash or ends in .xml; "-" is standard input.
 * SV_E_NOTFOUND when there is no such domain. A definition whose name is not its file's is an
 * error. */
struct sv_domain_faults; /* domain/xml/xml.h */
int sv_registry_load(const struct svirt *sv, const char *spec, struct sv_domain_faults *faults,
		     struct sv_domain **ret, struct sv_error *err) sv_must_check;

/* The path of the definition of that name. The caller owns *ret. */
int sv_registry_path(const struct svirt *sv, const char *name, char **ret,
		     struct sv_error *err) sv_must_check;

/* Names of the defined domains, sorted. A registry that does not exist is empty. */
int sv_registry_names(const struct svirt *sv, struct sv_strv *ret,
		      struct sv_error *err) sv_must_check;
