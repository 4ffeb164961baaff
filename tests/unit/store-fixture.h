/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A store in a directory of its own for each test, and short helpers that fill it. A helper that
 * fails fails the test.
 */
#pragma once

#include "store/hold.h"
#include "store/store-sql.h"

extern char store_dir[64], store_file[96];

int store_setup(void **state);
int store_teardown(void **state);

struct sv_store *store_open(enum sv_store_mode mode);
void store_begin(struct sv_store *store);
void store_commit(struct sv_store *store);

/* Borrows its text: never for sv_lease_done(). */
struct sv_lease lease_of(char *name, char *level);
/* A dynamic lease: its id, or -SV_BUSY. */
int64_t store_add_lease(struct sv_store *store, const char *name, const char *level);
/* A hold on (fake, UINT64_MAX, ino) with the original label "before": the result of sv_hold_add().
 * The wanted label "alone" means an exclusive hold. */
int store_add_hold(struct sv_store *store, int64_t guest, uint32_t seq, uint64_t ino,
		   const char *wanted, char **holder);

unsigned store_count_leases(struct sv_store *store);
/* expected: "NAME=LEVEL[@GROUP][>JOINED] " of each, in the order of sv_lease_each_level(). */
void store_levels_are(struct sv_store *store, enum sv_lease_levels which, const char *expected);
/* The first value of a query. */
int64_t store_number(struct sv_store *store, const char *text);
