/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Domain XML (libvirt's formatdomain, the part that svirt supports) -> struct sv_domain. The only
 * place that knows libxml2. The document is hostile until it has passed: size cap before the
 * parser sees a byte, no DOCTYPE, no entities, no network, depth and count limits, and an element
 * that could carry a host resource and is not understood is an error, never ignored.
 */
#pragma once

#include "domain/model.h"

#define SV_XML_MAX_BYTES      (1024u * 1024u)
#define SV_XML_MAX_DEPTH      64u
#define SV_XML_MAX_NODES      20000u
#define SV_XML_MAX_ATTRIBUTES 8192u /* counted as '=', so before parsing */
#define SV_MAX_DISKS	      256u

/* The errors of a document, one for each child of <domain> and of <devices>. Checks of the whole
 * document are made only when there are none. */
#define SV_DOMAIN_FAULTS_MAX 32u
struct sv_domain_faults {
	struct sv_error items[SV_DOMAIN_FAULTS_MAX];
	size_t n;
};

/* Reads at most SV_XML_MAX_BYTES from fd (a regular file, a pipe or a terminal) and parses them.
 * file is the name for messages. The caller owns *ret. Errors: SV_E_USAGE with file and line for
 * what is wrong with the document, the code of errno when fd cannot be read. faults: goes on to
 * look for more of what is wrong, and *err is the first of it; NULL does not. */
int sv_domain_read(int fd, const char *file, struct sv_domain_faults *faults,
		   struct sv_domain **ret, struct sv_error *err) sv_must_check;

/* The same for bytes in memory, without faults. */
int sv_domain_parse(const char *bytes, size_t len, const char *file, struct sv_domain **ret,
		    struct sv_error *err) sv_must_check;
