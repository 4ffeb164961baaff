/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest may reach: see rules.h. Each file of the document is allowed by the object that was
 * planned, whatever its name leads to later. Must not know devices, or how the kernel is told.
 */
#include "driver/landlock/rules.h"

#include "base/array.h"
#include "base/string.h"
#include "driver/landlock/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define READ (SV_LL_READ_FILE | SV_LL_READ_DIR)
/* Executing grants nothing: a program runs under the same rules, and gains no privileges. */
#define PROGRAM (READ | SV_LL_EXECUTE)
#define WRITE	(SV_LL_READ_FILE | SV_LL_WRITE_FILE | SV_LL_TRUNCATE)
#define DEVICE	(WRITE | SV_LL_IOCTL_DEV)
#define OWN                                                                          \
	(WRITE | SV_LL_READ_DIR | SV_LL_MAKE_REG | SV_LL_MAKE_DIR | SV_LL_MAKE_SYM | \
	 SV_LL_MAKE_FIFO | SV_LL_MAKE_SOCK | SV_LL_REMOVE_FILE | SV_LL_REMOVE_DIR | SV_LL_REFER)

enum { ALWAYS = 0 };

/* What a QEMU uses of its host beside the files of its document. */
static const struct {
	unsigned need; /* enum sv_need, or ALWAYS */
	const char *path;
	uint64_t rights;
} of_host[] = {
	/* libraries, the program that loads them, and QEMU's modules */
	{ALWAYS, "/lib", PROGRAM},
	{ALWAYS, "/lib32", PROGRAM},
	{ALWAYS, "/lib64", PROGRAM},
	{ALWAYS, "/usr/lib", PROGRAM},
	{ALWAYS, "/usr/lib32", PROGRAM},
	{ALWAYS, "/usr/lib64", PROGRAM},
	{ALWAYS, "/nix/store", PROGRAM},
	{ALWAYS, "/gnu/store", PROGRAM},
	{ALWAYS, "/etc/ld.so.cache", READ},
	/* firmware, option ROMs, keymaps, time zones: what is the same on every host */
	{ALWAYS, "/usr/share", READ},
	{ALWAYS, "/etc/localtime", READ},
	/* the settings of cryptography that the distribution gives to all programs */
	{ALWAYS, "/etc/crypto-policies", READ},
	{ALWAYS, "/etc/gnutls", READ},
	{ALWAYS, "/etc/ssl/openssl.cnf", READ},
	{ALWAYS, "/etc/pki/tls/openssl.cnf", READ},
	/* how many processors and memory nodes there are */
	{ALWAYS, "/sys/devices/system", READ},
	{ALWAYS, "/dev/null", DEVICE},
	{ALWAYS, "/dev/zero", SV_LL_READ_FILE},
	{ALWAYS, "/dev/random", SV_LL_READ_FILE},
	{ALWAYS, "/dev/urandom", SV_LL_READ_FILE},
	/* names of hosts */
	{SV_NEED_INET, "/etc/hosts", READ},
	{SV_NEED_INET, "/etc/host.conf", READ},
	{SV_NEED_INET, "/etc/resolv.conf", READ},
	{SV_NEED_INET, "/etc/nsswitch.conf", READ},
	{SV_NEED_INET, "/etc/gai.conf", READ},
	{SV_NEED_INET, "/etc/services", READ},
	{SV_NEED_INET, "/run/systemd/resolve", READ},
	{SV_NEED_KVM, "/dev/kvm", DEVICE},
	{SV_NEED_PTY, "/dev/ptmx", DEVICE},
	{SV_NEED_PTY, "/dev/pts", DEVICE},
};

/* How QEMU finds a device of the host among others. What its driver reads there is not the same for
 * any two devices. */
static const struct {
	enum sv_resource_kind kind;
	const char *path;
	uint64_t rights;
} of_kind[] = {
	{SV_RES_VFIO, "/sys", READ},	 {SV_RES_USB, "/sys", READ},
	{SV_RES_USB, "/run/udev", READ}, {SV_RES_USB, "/dev/bus/usb", SV_LL_READ_DIR},
	{SV_RES_RENDER, "/sys", READ},	 {SV_RES_RENDER, "/dev/dri", SV_LL_READ_DIR},
};

void sv_landlock_rules_done(struct sv_landlock_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		free(rules->items[i].path);
	free(rules->items);
	*rules = (struct sv_landlock_rules){0};
}

/* Adds rule with a copy of its path; one path has one rule, with the rights of all. */
static int add(struct sv_landlock_rules *rules, struct sv_landlock_rule rule, const char *path,
	       struct sv_error *err)
{
	struct sv_landlock_rule *item;

	for (size_t i = 0; i < rules->n; i++) {
		item = &rules->items[i];
		if (!sv_streq(item->path, path))
			continue;
		item->rights |= rule.rights;
		item->optional = item->optional && rule.optional;
		item->direct = item->direct && rule.direct;
		return 0;
	}
	item = sv_array_add(rules->items, rules->n);
	if (!item)
		return sv_fail_oom(err);
	*item = rule;
	return sv_strdup(path, &item->path, err);
}

static int add_host(const struct sv_scope *scope, struct sv_landlock_rules *rules,
		    struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(of_host); i++)
		if (of_host[i].need == ALWAYS || scope->needs & of_host[i].need)
			r = add(rules,
				(struct sv_landlock_rule){.rights = of_host[i].rights,
							  .optional = true},
				of_host[i].path, err);
	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(of_kind); i++)
		if (sv_resources_have(scope->resources, of_kind[i].kind))
			r = add(rules,
				(struct sv_landlock_rule){.rights = of_kind[i].rights,
							  .optional = true},
				of_kind[i].path, err);
	return r;
}

/* A program, and what lies beside it when it is no part of the distribution: "/opt/qemu/bin/NAME"
 * has its libraries in /opt/qemu/lib. */
static int add_program(struct sv_landlock_rules *rules, const char *program, struct sv_error *err)
{
	static const struct {
		const char *name;
		uint64_t rights;
	} beside[] = {{"lib", PROGRAM}, {"lib64", PROGRAM}, {"share/qemu", READ}};
	const struct sv_landlock_rule run = {.rights = SV_LL_READ_FILE | SV_LL_EXECUTE};
	const char *name = strrchr(program, '/');
	int r = add(rules, run, program, err);

	/* up to the directory above that of the program */
	while (name > program && *--name != '/')
		;
	for (size_t i = 0; r == 0 && name > program && i < SV_N_ELEMENTS(beside); i++) {
		sv_auto_free char *path = NULL;

		r = sv_asprintf(&path, err, "%.*s/%s", (int)(name - program), program,
				beside[i].name);
		if (r == 0)
			r = add(rules,
				(struct sv_landlock_rule){.rights = beside[i].rights,
							  .optional = true,
							  .direct = true},
				path, err);
	}
	return r;
}

static bool is_socket(const struct sv_resource *res)
{
	return res->kind == SV_RES_CHAR_SOCKET || res->kind == SV_RES_GRAPHICS_SOCKET;
}

static int refuse_maker(const struct sv_resource *res, struct sv_error *err)
{
	char shown[256];

	sv_escape(res->path, shown, sizeof(shown));
	(void)sv_fail(err, SV_E_USAGE, 0,
		      "%s%s, and a guest that only Landlock confines makes nothing outside its own "
		      "directory",
		      shown, is_socket(res) ? " would be made" : " is not there");
	return is_socket(res) ? sv_hint(err, "leave the path out: svirt chooses one there")
			      : sv_hint(err, "make it before: touch '%s'", shown);
}

/* The directory of what the guest makes itself. A rule is for all that is in it, so it is no rule
 * of a model that stands alone. */
static int add_maker(struct sv_landlock_rules *rules, const struct sv_scope *scope,
		     const struct sv_resource *res, struct sv_error *err)
{
	const struct sv_landlock_rule rule = {
		.rights = is_socket(res) ? SV_LL_MAKE_SOCK | SV_LL_REMOVE_FILE
					 : WRITE | SV_LL_MAKE_REG,
	};
	const char *name = strrchr(res->path, '/');
	sv_auto_free char *dir = NULL;
	int r = scope->alone ? refuse_maker(res, err) : 0;

	if (r == 0)
		r = sv_asprintf(&dir, err, "%.*s", name > res->path ? (int)(name - res->path) : 1,
				res->path);
	return r < 0 ? r : add(rules, rule, dir, err);
}

static uint64_t rights_of(const struct sv_resource *res)
{
	bool ro = res->access == SV_ACCESS_RO;

	if (sv_resource_is_tree(res))
		return ro ? READ : OWN;
	return ro ? SV_LL_READ_FILE | SV_LL_IOCTL_DEV : DEVICE;
}

/* What is handed over, and what lies in the guest's own directory, needs no rule of its own. */
static int add_resource(const struct sv_scope *scope, const struct sv_resource *res,
			struct sv_landlock_rules *rules, struct sv_error *err)
{
	struct sv_landlock_rule rule = {.rights = rights_of(res)};
	int r = 0;

	if (res->handed || res->own)
		return 0;
	rule.node = scope->nodes ? sv_nodes_find(scope->nodes, res->path) : NULL;
	/* connecting asks the mode of a socket, not Landlock */
	if (!is_socket(res) && (rule.node || !res->may_create))
		r = add(rules, rule, res->path, err);
	if (r == 0 && res->may_create && (is_socket(res) || !rule.node))
		r = add_maker(rules, scope, res, err);
	return r < 0 ? sv_wrap(err, "%s", res->target) : 0;
}

int sv_landlock_rules_of(const struct sv_scope *scope, struct sv_landlock_rules *ret,
			 struct sv_error *err)
{
	sv_auto_landlock_rules struct sv_landlock_rules rules = {0};
	int r = add_host(scope, &rules, err);

	if (r == 0)
		r = add_program(&rules, scope->emulator, err);
	if (r == 0 && scope->swtpm)
		r = add_program(&rules, scope->swtpm, err);
	if (r == 0)
		r = add(&rules, (struct sv_landlock_rule){.rights = OWN}, scope->run_dir, err);
	for (size_t i = 0; r == 0 && i < scope->resources->n; i++)
		r = add_resource(scope, &scope->resources->items[i], &rules, err);
	if (r < 0)
		return r;
	*ret = rules;
	rules = (struct sv_landlock_rules){0};
	return 0;
}

/* Whether a failed open(2) means that there is nothing to allow. */
static bool is_absent(int sys)
{
	return sys == ENOENT || sys == ENOTDIR || sys == EACCES;
}

static int allow(int ruleset, const struct sv_landlock_rule *rule, uint64_t can,
		 struct sv_error *err)
{
	const int flags = O_PATH | O_CLOEXEC | (rule->direct ? O_NOFOLLOW : 0);
	sv_auto_close int opened = rule->node ? -1 : open(rule->path, flags);
	int fd = rule->node ? rule->node->fd : opened;
	uint64_t rights = rule->rights & can;
	char shown[256];
	struct stat st;

	if (fd < 0 && rule->optional && is_absent(errno))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return sv_fail_errno(err, errno, "%s", sv_escape(rule->path, shown, sizeof(shown)));
	if (S_ISLNK(st.st_mode))
		return 0;
	if (!S_ISDIR(st.st_mode))
		rights &= SV_LL_OF_FILE;
	if (!rights || sv_landlock_allow_files(ruleset, fd, rights, err) == 0)
		return 0;
	return sv_wrap(err, "%s", sv_escape(rule->path, shown, sizeof(shown)));
}

static int allow_ports(int ruleset, const struct sv_ports *ports, uint64_t can,
		       struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ports->n; i++) {
		uint64_t right = ports->items[i].listens ? SV_LL_BIND_TCP : SV_LL_CONNECT_TCP;

		if (can & right)
			r = sv_landlock_allow_port(ruleset, ports->items[i].port, right, err);
	}
	return r;
}

int sv_landlock_check(const struct sv_subject *subject, const struct sv_scope *scope,
		      struct sv_error *err)
{
	sv_auto_landlock_rules struct sv_landlock_rules rules = {0};

	(void)subject;
	return sv_landlock_rules_of(scope, &rules, err);
}

int sv_landlock_load(const struct sv_subject *subject, const struct sv_scope *scope, int *ret,
		     struct sv_error *err)
{
	sv_auto_landlock_rules struct sv_landlock_rules rules = {0};
	struct sv_landlock_set set = sv_landlock_can(sv_landlock_version());
	sv_auto_close int ruleset = -1;
	int r = sv_landlock_rules_of(scope, &rules, err);

	(void)subject;
	if (scope->ports->listens_anywhere)
		set.ports &= ~(uint64_t)SV_LL_BIND_TCP;
	if (scope->ports->connects_anywhere)
		set.ports &= ~(uint64_t)SV_LL_CONNECT_TCP;
	if (r == 0)
		r = sv_landlock_create(&set, &ruleset, err);
	for (size_t i = 0; r == 0 && i < rules.n; i++)
		r = allow(ruleset, &rules.items[i], set.files, err);
	if (r == 0)
		r = allow_ports(ruleset, scope->ports, set.ports, err);
	if (r == 0)
		*ret = sv_take_fd(&ruleset);
	return r;
}
