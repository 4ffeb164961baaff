/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads and writes local file-context rules in the module store: see fcontext.h. Both happen in one
 * transaction, so that no other rule comes in between.
 */
#include "policy/fcontext.h"

#include "base/string.h"
#include "policy/session.h"

#include <errno.h>
#include <semanage/fcontext_record.h>
#include <semanage/fcontexts_local.h>

_Static_assert((int)SV_FCONTEXT_ANY == SEMANAGE_FCONTEXT_ALL &&
		       (int)SV_FCONTEXT_REG == SEMANAGE_FCONTEXT_REG &&
		       (int)SV_FCONTEXT_DIR == SEMANAGE_FCONTEXT_DIR &&
		       (int)SV_FCONTEXT_CHAR == SEMANAGE_FCONTEXT_CHAR &&
		       (int)SV_FCONTEXT_BLOCK == SEMANAGE_FCONTEXT_BLOCK &&
		       (int)SV_FCONTEXT_SOCK == SEMANAGE_FCONTEXT_SOCK &&
		       (int)SV_FCONTEXT_LINK == SEMANAGE_FCONTEXT_LINK &&
		       (int)SV_FCONTEXT_PIPE == SEMANAGE_FCONTEXT_PIPE,
	       "the types are libsemanage's");

/* libsemanage's own functions to free do not all accept NULL. */
static void free_context(semanage_context_t **con)
{
	if (*con)
		semanage_context_free(*con);
}

static void free_key(semanage_fcontext_key_t **key)
{
	if (*key)
		semanage_fcontext_key_free(*key);
}

static void free_record(semanage_fcontext_t **record)
{
	if (*record)
		semanage_fcontext_free(*record);
}

/* Every local rule, once. */
struct records {
	semanage_fcontext_t **items;
	unsigned n;
};

static void records_done(struct records *all)
{
	for (unsigned i = 0; i < all->n; i++)
		semanage_fcontext_free(all->items[i]);
	free(all->items);
}

static int read_all(struct sv_policy_session *s, struct records *ret, struct sv_error *err)
{
	errno = 0;
	if (semanage_fcontext_list_local(s->sh, &ret->items, &ret->n) < 0)
		return sv_policy_failed(s, "cannot read the local file-context rules", err);
	return 0;
}

/* *context: the caller's. A rule without a context is "<<none>>". */
static int describe(struct sv_policy_session *s, const semanage_fcontext_t *record,
		    struct sv_fcontext_local *ret, char **context, struct sv_error *err)
{
	const semanage_context_t *con = semanage_fcontext_get_con(record);
	int r = 0;

	if (!con)
		r = sv_strdup("<<none>>", context, err);
	else if (semanage_context_to_string(s->sh, con, context) < 0)
		r = sv_fail_oom(err);
	if (r == 0)
		*ret = (struct sv_fcontext_local){
			.expr = semanage_fcontext_get_expr(record),
			.type = (enum sv_fcontext_type)semanage_fcontext_get_type(record),
			.context = *context,
		};
	return r;
}

static int find(struct sv_policy_session *s, const struct records *all, struct sv_fcontexts *rules,
		struct sv_error *err)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < all->n; i++) {
		sv_auto_free char *context = NULL;
		struct sv_fcontext_local local;

		r = describe(s, all->items[i], &local, &context, err);
		for (size_t k = 0; r == 0 && k < rules->n; k++)
			r = sv_fcontext_compare(&rules->items[k], &local, err);
	}
	return r;
}

int sv_fcontext_query(const struct sv_policy_store *store, struct sv_fcontexts *rules,
		      struct sv_error *err)
{
	sv_cleanup(sv_policy_session_done) struct sv_policy_session s = {0};
	sv_cleanup(records_done) struct records all = {0};
	int r = sv_policy_session_open(&s, store, err);

	if (r == 0)
		r = read_all(&s, &all, err);
	return r < 0 ? r : find(&s, &all, rules, err);
}

static int begin(struct sv_policy_session *s, const struct sv_policy_store *store,
		 struct sv_error *err)
{
	int r = sv_policy_session_open(s, store, err);

	if (r < 0)
		return r;
	errno = 0;
	if (semanage_begin_transaction(s->sh) < 0)
		return sv_policy_failed(s, "cannot change the SELinux module store", err);
	return 0;
}

static int write_one(struct sv_policy_session *s, const struct sv_fcontext *rule,
		     enum sv_fcontext_type type, struct sv_error *err)
{
	sv_cleanup(free_context) semanage_context_t *con = NULL;
	sv_cleanup(free_key) semanage_fcontext_key_t *key = NULL;
	sv_cleanup(free_record) semanage_fcontext_t *record = NULL;

	errno = 0;
	if (semanage_context_from_string(s->sh, rule->context, &con) == 0 &&
	    semanage_fcontext_key_create(s->sh, rule->expr, (int)type, &key) == 0 &&
	    semanage_fcontext_create(s->sh, &record) == 0 &&
	    semanage_fcontext_set_expr(s->sh, record, rule->expr) == 0 &&
	    semanage_fcontext_set_con(s->sh, record, con) == 0) {
		semanage_fcontext_set_type(record, (int)type);
		if (semanage_fcontext_modify_local(s->sh, key, record) == 0)
			return 0;
	}
	return sv_policy_failed(s, "cannot add a file-context rule", err);
}

static int write_rule(struct sv_policy_session *s, const struct sv_fcontext *rule,
		      struct sv_error *err)
{
	int r = 0;

	if (!rule->whole)
		return write_one(s, rule, rule->type, err);
	for (unsigned type = 0; r == 0 && rule->missing >> type; type++) {
		if (rule->missing >> type & 1)
			r = write_one(s, rule, (enum sv_fcontext_type)type, err);
	}
	return r;
}

int sv_fcontext_write(const struct sv_policy_store *store, struct sv_fcontexts *rules,
		      struct sv_error *err)
{
	sv_cleanup(sv_policy_session_done) struct sv_policy_session s = {0};
	sv_cleanup(records_done) struct records all = {0};
	size_t written = 0;
	int r = begin(&s, store, err);

	if (r == 0)
		r = read_all(&s, &all, err);
	if (r == 0)
		r = find(&s, &all, rules, err);
	if (r == 0)
		r = sv_fcontexts_check(rules, err);
	for (size_t i = 0; r == 0 && i < rules->n; i++) {
		if (rules->items[i].there && !rules->items[i].missing)
			continue;
		r = write_rule(&s, &rules->items[i], err);
		written++;
	}
	if (r < 0 || !written)
		return r;
	return sv_policy_commit(&s, store, "the policy cannot be built with these rules", err);
}

/* Removes one local rule if it is ours. SV_SKIP: it is not. */
static int remove_one(struct sv_policy_session *s, const semanage_fcontext_t *record,
		      const struct sv_fcontexts *rules, struct sv_error *err)
{
	sv_cleanup(free_key) semanage_fcontext_key_t *key = NULL;
	sv_auto_free char *context = NULL;
	struct sv_fcontext_local local;
	bool ours = false;
	int r = describe(s, record, &local, &context, err);

	if (r < 0)
		return r;
	for (size_t i = 0; !ours && i < rules->n; i++)
		ours = sv_fcontext_is_ours(&rules->items[i], &local);
	if (!ours)
		return SV_SKIP;
	errno = 0;
	if (semanage_fcontext_key_extract(s->sh, record, &key) < 0 ||
	    semanage_fcontext_del_local(s->sh, key) < 0)
		return sv_policy_failed(s, "cannot take a file-context rule out", err);
	return 0;
}

int sv_fcontext_remove(const struct sv_policy_store *store, struct sv_fcontexts *rules,
		       struct sv_error *err)
{
	sv_cleanup(sv_policy_session_done) struct sv_policy_session s = {0};
	sv_cleanup(records_done) struct records all = {0};
	size_t removed = 0;
	int r = begin(&s, store, err);

	if (r == 0)
		r = read_all(&s, &all, err);
	if (r == 0)
		r = find(&s, &all, rules, err);
	for (unsigned i = 0; r >= 0 && i < all.n; i++) {
		r = remove_one(&s, all.items[i], rules, err);
		removed += r == 0;
	}
	if (r < 0 || !removed)
		return r < 0 ? r : 0;
	return sv_policy_commit(&s, store, "the policy cannot be built without these rules", err);
}
