/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers from outside. Strict on purpose: decimal digits only, no sign, no blanks, no leading
 * zero ("010" means eight to some readers and ten to others), the whole string, in bounds.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

/* what names the value in the message ("vcpu", "--timeout"). *ret is untouched on failure. */
int sv_parse_u64(const char *s, uint64_t min, uint64_t max, const char *what, uint64_t *ret,
		 struct sv_error *err) sv_must_check;
int sv_parse_u32(const char *s, uint32_t min, uint32_t max, const char *what, uint32_t *ret,
		 struct sv_error *err) sv_must_check;

/* A decimal number from 0 on, or hexadecimal digits after "0x", as in the addresses of buses. */
int sv_parse_number(const char *s, uint32_t max, const char *what, uint32_t *ret,
		    struct sv_error *err) sv_must_check;

/* Reads n bytes from 2 n hexadecimal digits in lower case, as sv_buf_hex() writes them. SV_NONE: s
 * is something else, and ret is undefined. */
int sv_parse_hex(const char *s, size_t n, void *ret) sv_must_check;

/* "yes" and "no", nothing else. */
int sv_parse_yes_no(const char *s, const char *what, bool *ret, struct sv_error *err) sv_must_check;

/* A UUID with or without hyphens, in either case (RFC 4122 section 3); ret gets the canonical
 * lower-case form with hyphens. */
#define SV_UUID_LEN 36
int sv_parse_uuid(const char *s, char ret[SV_UUID_LEN + 1], struct sv_error *err) sv_must_check;

/* What is wrong with the form of an absolute path ("has an empty component"): it has one spelling,
 * and no control characters. NULL: nothing. */
const char *sv_path_fault(const char *path);

/* The position of s in a list that ends with NULL. SV_NONE: s is not in the list. */
int sv_parse_choice(const char *s, const char *const *choices, unsigned *ret) sv_must_check;
