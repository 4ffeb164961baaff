/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loops over the members of a struct: see fields.h. Must not know any struct. */
#include "base/fields.h"

#include "base/string.h"

void sv_fields_free(const struct sv_field *fields, void *item)
{
	for (; fields->kind; fields++) {
		char **text = sv_field_of(fields, item);

		if (fields->kind != SV_FIELD_TEXT)
			continue;
		free(*text);
		*text = NULL;
	}
}

void sv_fields_free_array(const struct sv_field *fields, void *items, size_t n, size_t size)
{
	for (size_t i = 0; i < n; i++)
		sv_fields_free(fields, (char *)items + i * size);
	free(items);
}

int sv_fields_own(const struct sv_field *fields, void *item, struct sv_error *err)
{
	const struct sv_field *field;
	int r = 0;

	for (field = fields; field->kind; field++) {
		char **text = sv_field_of(field, item), *copy = NULL;

		if (field->kind != SV_FIELD_TEXT)
			continue;
		if (r == 0)
			r = sv_strdup(*text, &copy, err);
		*text = copy;
	}
	if (r < 0)
		sv_fields_free(fields, item);
	return r;
}
