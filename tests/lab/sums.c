/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sums POLICY DOMAIN...: prints what a domain may do by a compiled policy, one line per kind of
 * access, class and type:
 *
 *   svirt_mgr_t open+write file svirt_mgr_var_lib_t
 *
 * Attributes are expanded. An access that needs a rule under a boolean, whether that is on or off,
 * is a kind of its own, "open+write?". Only rules are evaluated: constraints (levels) and file
 * modes only restrict further. Knows no type and no expectation.
 */
#include <sepol/policydb/avtab.h>
#include <sepol/policydb/policydb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const char *const objects[] = {"file",	   "chr_file", "blk_file", "fifo_file",
				      "sock_file", "lnk_file", "dir"};

/* A line for a type when every permission of need is allowed, and that of without is not. A NULL
 * class means all classes of objects. */
static const struct sum {
	const char *name;
	const char *class;
	const char *need[2];
	const char *without;
} sums[] = {
	{"open+write", NULL, {"open", "write"}, NULL},
	{"open+append", NULL, {"open", "append"}, "write"},
	{"write", NULL, {"write"}, "open"},
	{"append", "file", {"append"}, "open"},
	{"open+read", "blk_file", {"open", "read"}, "write"},
	{"create", NULL, {"create"}, NULL},
	{"unlink", NULL, {"unlink"}, NULL},
	{"setattr", NULL, {"setattr"}, NULL},
	{"relabelfrom", NULL, {"relabelfrom"}, NULL},
	{"relabelto", NULL, {"relabelto"}, NULL},
	{"relabelfrom", "tun_socket", {"relabelfrom"}, NULL},
	{"transition", "process", {"transition"}, NULL},
	{"ptrace", "process", {"ptrace"}, NULL},
	{"sigkill", "process", {"sigkill"}, NULL},
	{"execute", "file", {"execute"}, "execute_no_trans"},
	{"execute-here", "file", {"execute_no_trans"}, NULL},
	{"connectto", "unix_stream_socket", {"connectto"}, NULL},
	{"mount", "filesystem", {"mount"}, NULL},
	{"unmount", "filesystem", {"unmount"}, NULL},
	{"mounton", "dir", {"mounton"}, NULL},
};
static const char *const capabilities[] = {"capability", "capability2"};

struct view {
	policydb_t db;
	uint32_t domain;
	uint32_t *allowed[2]; /* [class][type]; without booleans, and with them */
	int part;
};

static uint32_t *cell(struct view *v, int part, uint32_t class, uint32_t type)
{
	return &v->allowed[part][(size_t)(class - 1) * v->db.p_types.nprim + type - 1];
}

static int add(avtab_key_t *key, avtab_datum_t *datum, void *data)
{
	struct view *v = data;
	ebitmap_node_t *node;
	unsigned bit;

	if (!(key->specified & AVTAB_ALLOWED) ||
	    !ebitmap_get_bit(&v->db.type_attr_map[v->domain - 1], key->source_type - 1))
		return 0;
	ebitmap_for_each_positive_bit(&v->db.attr_type_map[key->target_type - 1], node, bit) *
		cell(v, v->part, key->target_class, bit + 1) |= datum->data;
	return 0;
}

static uint32_t perm(const class_datum_t *class, const char *name)
{
	perm_datum_t *p = hashtab_search(class->permissions.table, (hashtab_key_t)(uintptr_t)name);

	if (!p && class->comdatum)
		p = hashtab_search(class->comdatum->permissions.table,
				   (hashtab_key_t)(uintptr_t)name);
	return p ? UINT32_C(1) << (p->s.value - 1) : 0;
}

static class_datum_t *find_class(struct view *v, const char *name)
{
	return hashtab_search(v->db.p_classes.table, (hashtab_key_t)(uintptr_t)name);
}

static void print_sum(struct view *v, const struct sum *s, const char *class)
{
	const class_datum_t *c = find_class(v, class);
	uint32_t need = 0, without;

	if (!c)
		return;
	for (size_t i = 0; i < N(s->need) && s->need[i]; i++) {
		uint32_t bit = perm(c, s->need[i]);

		if (!bit)
			return;
		need |= bit;
	}
	without = s->without ? perm(c, s->without) : 0;
	for (uint32_t t = 1; t <= v->db.p_types.nprim; t++) {
		uint32_t always = *cell(v, 0, c->s.value, t);
		uint32_t allowed = *cell(v, 1, c->s.value, t) | always;

		if (v->db.type_val_to_struct[t - 1]->flavor == TYPE_TYPE &&
		    (allowed & need) == need && !(always & without))
			printf("%s %s%s %s %s\n", v->db.p_type_val_to_name[v->domain - 1], s->name,
			       (always & need) == need ? "" : "?", class,
			       v->db.p_type_val_to_name[t - 1]);
	}
}

struct capability {
	struct view *v;
	const char *class;
	uint32_t allowed;
};

static int print_capability(hashtab_key_t key, hashtab_datum_t datum, void *data)
{
	const struct capability *c = data;
	const perm_datum_t *p = datum;

	if (c->allowed & UINT32_C(1) << (p->s.value - 1))
		printf("%s capability %s %s\n", c->v->db.p_type_val_to_name[c->v->domain - 1],
		       c->class, key);
	return 0;
}

static void print_capabilities(struct view *v, const char *class)
{
	class_datum_t *d = find_class(v, class);
	struct capability c = {.v = v, .class = class};

	if (!d)
		return;
	c.allowed = *cell(v, 0, d->s.value, v->domain) | *cell(v, 1, d->s.value, v->domain);
	(void)hashtab_map(d->permissions.table, print_capability, &c);
	if (d->comdatum)
		(void)hashtab_map(d->comdatum->permissions.table, print_capability, &c);
}

static int show(struct view *v, const char *domain)
{
	type_datum_t *t = hashtab_search(v->db.p_types.table, (hashtab_key_t)(uintptr_t)domain);

	if (!t || t->flavor != TYPE_TYPE) {
		fprintf(stderr, "sums: the policy has no type %s\n", domain);
		return 1;
	}
	v->domain = t->s.value;
	for (v->part = 0; v->part < 2; v->part++) {
		v->allowed[v->part] = calloc((size_t)v->db.p_classes.nprim * v->db.p_types.nprim,
					     sizeof(*v->allowed[0]));
		if (!v->allowed[v->part] ||
		    avtab_map(v->part ? &v->db.te_cond_avtab : &v->db.te_avtab, add, v) < 0)
			return 1;
	}
	for (size_t i = 0; i < N(sums); i++) {
		for (size_t n = 0; !sums[i].class && n < N(objects); n++)
			print_sum(v, &sums[i], objects[n]);
		if (sums[i].class)
			print_sum(v, &sums[i], sums[i].class);
	}
	for (size_t i = 0; i < N(capabilities); i++)
		print_capabilities(v, capabilities[i]);
	free(v->allowed[0]);
	free(v->allowed[1]);
	return 0;
}

int main(int argc, char **argv)
{
	struct policy_file file;
	struct view v = {0};
	FILE *f = argc > 2 ? fopen(argv[1], "re") : NULL;
	int bad = 0;

	if (!f) {
		fprintf(stderr, "usage: sums POLICY DOMAIN...\n");
		return 2;
	}
	policy_file_init(&file);
	file.type = PF_USE_STDIO;
	file.fp = f;
	if (policydb_init(&v.db) < 0 || policydb_read(&v.db, &file, 0) < 0) {
		fprintf(stderr, "sums: %s cannot be read as a policy\n", argv[1]);
		return 2;
	}
	for (int i = 2; i < argc; i++)
		bad |= show(&v, argv[i]);
	policydb_destroy(&v.db);
	(void)fclose(f);
	return bad;
}
