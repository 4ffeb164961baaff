/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Arrays that grow by one item at a time. The room of an array is not stored: it is the least power
 * of two, from 8 on, that holds the number of items. Only for arrays whose memory comes from here.
 * Knows nothing but libc.
 */
#pragma once

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SV_ARRAY_LEAST = 8 };

/* Returns the array with room for one more item after n items of size bytes. The array may move.
 * NULL: out of memory, and the array is unchanged. items may be NULL when n is 0. */
static inline void *sv_array_room(void *items, size_t n, size_t size)
{
	bool is_power = (n & (n - 1)) == 0;

	if (n > 0 && (n < SV_ARRAY_LEAST || !is_power))
		return items;
	return reallocarray(items, n ? n * 2 : SV_ARRAY_LEAST, size);
}

/* Appends an item that is all zero to an array of n items and returns it. NULL: out of memory. */
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
