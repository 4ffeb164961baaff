/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table of a struct's members: their names and the kind of each value, written once. Freeing the
 * struct, copying it and storing it (store/store-sql.h) are loops over the table. The kind follows
 * from the member's type; another type does not compile.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

enum sv_field_kind {
	SV_FIELD_NONE,	/* the end of a table */
	SV_FIELD_TEXT,	/* char *, owned, or NULL */
	SV_FIELD_CHARS, /* char[] */
	SV_FIELD_BOOL,
	SV_FIELD_U32,
	SV_FIELD_U64,
	SV_FIELD_I64,
};

struct sv_field {
	enum sv_field_kind kind;
	bool needed; /* text that is never NULL */
	size_t offset, size;
};

/* A member of a struct, for a static const table that ends with SV_FIELD_END. */
#define SV_FIELD(type, member)	      SV_FIELD_OF(type, member, false)
#define SV_FIELD_NEEDED(type, member) SV_FIELD_OF(type, member, true)
#define SV_FIELD_END                  \
	{                             \
		.kind = SV_FIELD_NONE \
	}

#define SV_FIELD_OF(type, member, always)                                               \
	{                                                                               \
		.kind = _Generic(&((type *)0)->member,                                \
			char **: SV_FIELD_TEXT,                                       \
			char(*)[sizeof(((type *)0)->member)]: SV_FIELD_CHARS,         \
			bool *: SV_FIELD_BOOL,                                        \
			uint32_t *: SV_FIELD_U32,                                     \
			uint64_t *: SV_FIELD_U64,                                     \
			int64_t *: SV_FIELD_I64),                                     \
		.needed = (always), .offset = offsetof(type, member),                 \
		.size = sizeof(((type *)0)->member), \
	}

/* The address of the member, which has the type of its kind. */
static inline void *sv_field_of(const struct sv_field *field, void *item)
{
	return (char *)item + field->offset;
}

/* Frees the text of item and sets it to NULL. */
void sv_fields_free(const struct sv_field *fields, void *item);
/* Frees the text of each item of an array, and the array. */
void sv_fields_free_array(const struct sv_field *fields, void *items, size_t n, size_t size);

/* item is a copy of a struct and still shares its text. Gives item text of its own. On failure its
 * text is NULL. */
int sv_fields_own(const struct sv_field *fields, void *item, struct sv_error *err) sv_must_check;
