/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Users of their own: a number for each guest, so that guests are apart for the kernel's oldest
 * check too, whatever else confines them. A number is taken while a lease or a process has it, or
 * when the host has a user of that number.
 */
#pragma once

#include "guest/state/handle.h"

/* last 0: guests share the user of svirt.conf. */
struct sv_user_range {
	uint32_t first, last;
};

/* uid_range of svirt.conf(5). Without it, one of svirt's own for a model that guests of one user
 * are not apart in. model may be NULL. */
struct sv_user_range sv_user_range_of(const struct svirt *sv, const struct sv_driver *model);

/* The number of a label of dac ("+UID:+GID"). SV_NONE: it is none of that form. */
int sv_user_in(const char *label, uint32_t *ret);

/* Whether guests should not have this user in common: the model needs users of their own, or the
 * user is one that is drawn. model may be NULL. */
bool sv_user_is_own(const struct svirt *sv, const struct sv_driver *model, uint32_t user);

/* The number out of range that was drawn for lease. 0: none. */
uint32_t sv_user_of(struct sv_user_range range, const struct sv_lease *lease);

/* Who asks for a number. Borrowed. */
struct sv_user_case {
	const struct svirt *sv;
	struct sv_store *store; /* NULL: nothing was ever stored */
	struct sv_user_range range;
	const char *guest;
	uint32_t before; /* that it had; 0: none */
};

/* Chooses a number: the one before when that is free, else one by chance. SV_E_EXHAUSTED: all are
 * taken. */
int sv_user_choose(const struct sv_user_case *c, uint32_t *ret, struct sv_error *err) sv_must_check;

/* Who but the guest has this number, whatever the range is: another guest by its lease, or a
 * process. holder is "guest 'b'" or "process 17"; root is the administrator's. SV_NONE: nobody. */
#define SV_USER_HOLDER 128
int sv_user_holder(const struct sv_user_case *c, uint32_t user, char holder[SV_USER_HOLDER],
		   struct sv_error *err) sv_must_check;

/* 0: no lease of another guest has the number by now. SV_NONE: one has it. */
int sv_user_again(struct sv_store *store, const char *guest, uint32_t user,
		  struct sv_error *err) sv_must_check;
