/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Arrays that grow by one item at a time. Nobody has to keep how much room there is: it is at least
 * the power of two, from 8 on, that the number of items fits in. Only for arrays that are allocated
 * here alone. Knows nothing but libc.
 */
#pragma once

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SV_ARRAY_LEAST = 8 };

/* The array with room for one item after n of them, each of size bytes; it may have moved. NULL:
 * there is no memory, and the array is as it was. items may be NULL where n is 0. */
static inline void *sv_array_room(void *items, size_t n, size_t size)
{
	bool is_power = (n & (n - 1)) == 0;

	if (n > 0 && (n < SV_ARRAY_LEAST || !is_power))
		return items;
	return reallocarray(items, n ? n * 2 : SV_ARRAY_LEAST, size);
}

/* The next item of an array of n, which is counted and all zero. NULL: no memory. */
#define sv_array_add(items, n)                                                       \
	({                                                                           \
		__typeof__(items) *all_ = &(items);                                  \
		__typeof__(n) *n_ = &(n);                                            \
		__typeof__(items) item_ = sv_array_room(*all_, *n_, sizeof(**all_)); \
		if (item_) {                                                         \
			*all_ = item_;                                               \
			item_ += (*n_)++;                                            \
			memset(item_, 0, sizeof(*item_));                            \
		}                                                                    \
		item_;                                                               \
	})
