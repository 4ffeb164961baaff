/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsvirt: gives every guest process a mandatory-access-control label of its own, labels exactly
 * the files it needs, starts it inside that label, and puts everything back.
 *
 * Conventions
 *   Return     0 done, or a negative enum svirt_code with *err filled. A function that has other
 *              outcomes says so.
 *   Results    structs made by the library, owned by the caller and read only; each has a _free
 *              function that accepts NULL and clears the pointer. New fields are only ever
 *              appended, and callers never make these structs themselves. A text field may be
 *              NULL where its comment says so, else it never is.
 *   Options,   structs made by the caller, which begin with their own size. SVIRT_OPTIONS_INIT and
 *   errors     SVIRT_ERROR_INIT set it, and every other member to zero, which is the default. The
 *              library uses no more of the struct than that, so that both sides may be of another
 *              version: new members are only ever appended. An option that the library does not
 *              know is SVIRT_E_USAGE; an error whose size is not set is left as it is.
 *   Threads    one handle belongs to one thread at a time. svirt_guest_start() forks and needs a
 *              process without other threads.
 *   Printing   the library never prints and never exits. Warnings go to the sink of
 *              svirt_set_warn().
 * Units: memory in KiB, time in nanoseconds unless the name says otherwise, dates in seconds
 * since the epoch.
 */
#ifndef SVIRT_H
#define SVIRT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What went wrong, and the exit status that svirt(8) ends with. */
enum svirt_code {
	SVIRT_OK = 0,
	SVIRT_E_FINDINGS = 1,	/* the answer is no */
	SVIRT_E_USAGE = 2,	/* wrong input */
	SVIRT_E_HOST = 3,	/* this host cannot do it */
	SVIRT_E_PERMISSION = 4, /* refused: ownership, capability or policy */
	SVIRT_E_BUSY = 5,	/* held by somebody else, or in conflict */
	SVIRT_E_NOTFOUND = 6,
	SVIRT_E_EXHAUSTED = 7, /* no free label */
	SVIRT_E_PARTIAL = 8,   /* partly done, the journal is kept */
	SVIRT_E_UNKNOWN = 9,   /* could not find out */
};

struct svirt_error {
	size_t size;
	enum svirt_code code;
	int sys;	/* errno, or 0 */
	unsigned line;	/* of file, or 0 */
	char file[256]; /* the input that is wrong, or "" */
	char msg[512];	/* object and reason */
	char hint[320]; /* what to do next, or "" */
};
#define SVIRT_ERROR_INIT                                               \
	{                                                              \
		sizeof(struct svirt_error), SVIRT_OK, 0, 0, "", "", "" \
	}

struct svirt;

/* Reads the configuration. root: "" or NULL for this system, else a directory that stands for "/"
 * (for trees at rest and for tests). The caller closes *ret. */
int svirt_open(const char *root, struct svirt **ret, struct svirt_error *err);
/* The same for the guests of the user who calls and is not root: their state, configuration and
 * run-time files are in that user's directories (XDG), they run as that user, and Landlock confines
 * them. SVIRT_E_USAGE for root; SVIRT_E_HOST where the host cannot do it. */
int svirt_open_user(struct svirt **ret, struct svirt_error *err);
void svirt_close(struct svirt **sv);

/* Sets the sink for warnings (one line each, without a newline). NULL, the default: they are
 * dropped. */
void svirt_set_warn(struct svirt *sv, void (*fn)(void *data, const char *msg), void *data);

/* The progress of work on a directory that is labelled as a whole, or of a wait for another process
 * that writes the state. */
struct svirt_progress {
	const char *work;     /* "read", "label", "restore", "wait" */
	const char *path;     /* of the directory; for a wait, of the state's file */
	uint64_t done, total; /* files and directories; total 0: not known yet. For a wait: seconds
				 so far, and at most */
};
/* fn is called every few hundred files, and each second of a wait. NULL, the default: no report. */
void svirt_set_progress(struct svirt *sv,
			void (*fn)(void *data, const struct svirt_progress *progress), void *data);

const char *svirt_version(void);

/* ---- labels ------------------------------------------------------------------------------ */

/* A label whole and in its parts; parts are NULL for a model without them. */
struct svirt_label {
	char *text;
	char *user, *role, *type, *level;
	char *sensitivity;    /* "s0" */
	uint32_t *categories; /* of the low level, ascending */
	size_t n_categories;
};
/* Splits text. For text that is not a label the parts are NULL. Fails only when out of memory. */
int svirt_label_new(const char *text, struct svirt_label **ret, struct svirt_error *err);
void svirt_label_free(struct svirt_label **label);

/* ---- the host ---------------------------------------------------------------------------- */

struct svirt_driver_info {
	char *name;  /* "selinux", "dac" */
	char *state; /* "disabled", "no-policy", "permissive", "enforcing", "domain-permissive" */
};

struct svirt_host {
	char *hostname, *kernel, *boot_id;
	char *model;	       /* the MAC model in force; NULL: none */
	char *state;	       /* of the model, as above; "disabled" when there is none */
	char *policy;	       /* "default", "mls", "targeted"; NULL: none */
	int mls;	       /* the policy has levels */
	char *domain;	       /* context that guests get, without a level of their own; or NULL */
	char *image, *content; /* contexts of writable and of read-only images; or NULL */
	char *self;	       /* this process's own label; or NULL */
	char *range;	       /* levels that guests' levels are taken from; or NULL */
	uint32_t capacity;     /* labels in that range */
	uint32_t in_use;       /* labels of these that are not free now */
	int levels_known;      /* 0: capacity and in_use could not be found out */
	int policy_module;     /* svirt's own policy module is loaded: 1 yes, 0 no, -1 unknown */
	int policy_current;    /* the loaded module is that of this version: 1, 0, -1 unknown */
	char *user;	       /* the user that guests run as */
	uint32_t uid, gid;
	char *uid_range; /* each guest has a user out of these instead ("100000-165535"); or NULL */
	struct svirt_driver_info *drivers;
	size_t n_drivers;
};
/* Facts that cannot be found out are NULL (or -1), with a warning; fails on contradictions. */
int svirt_host_read(struct svirt *sv, struct svirt_host **ret, struct svirt_error *err);
void svirt_host_free(struct svirt_host **host);

/* ---- domains ----------------------------------------------------------------------------- */

struct svirt_domain;

/* spec: the name of a defined domain, a path (it holds a slash or ends in .xml), or "-" for
 * standard input. SVIRT_E_USAGE with file and line for a bad document, SVIRT_E_NOTFOUND. */
int svirt_domain_load(struct svirt *sv, const char *spec, struct svirt_domain **ret,
		      struct svirt_error *err);
/* svirt_domain_load() from an open descriptor, which stays the caller's. file is its name in
 * messages. */
int svirt_domain_load_fd(struct svirt *sv, int fd, const char *file, struct svirt_domain **ret,
			 struct svirt_error *err);
void svirt_domain_free(struct svirt_domain **dom);
const char *svirt_domain_name(const struct svirt_domain *dom);
const char *svirt_domain_file(const struct svirt_domain *dom);

/* Names of the defined domains, sorted, ending with NULL. */
int svirt_domain_names(struct svirt *sv, char ***ret, struct svirt_error *err);
void svirt_names_free(char ***names);

/* ---- plans: what will be or was labelled --------------------------------------------------- */

struct svirt_step {
	char *driver;
	char *action; /* "set", "keep", "leave", "create", "hold", "bind", "later" */
	char *access; /* "rw", "ro", "shared" */
	char *path, *target;
	char *from, *to; /* labels; NULL where there is none */
	char *why;	 /* for "leave", "create", "hold" and "later", else NULL */
	char *role;   /* of an image: "rw-top", "ro-base", "data-file", "shared-rw", "ro"; else NULL
		       */
	char *format; /* of an image: "raw", "qcow2", ...; else NULL */
};

struct svirt_ignored {
	char *element;
	uint32_t line;
	char *reason;
};

/* What a guest is in one of the models that confine it. */
struct svirt_layer {
	char *model; /* "selinux", "dac" */
	char *label; /* of its processes */
	char *image; /* of writable images; NULL: this model leaves images as they are */
};

struct svirt_plan {
	char *name, *uuid;
	char *model; /* NULL: none */
	char *type;  /* "dynamic", "static" */
	char *label; /* of the process; NULL: none */
	char *image; /* of writable images; NULL: none */
	char *owner; /* "+UID:+GID" */
	char *level; /* or NULL */
	struct svirt_step *steps;
	size_t n_steps;
	char **argv;	 /* of the VMM; ends with NULL; NULL when nothing is to be started */
	char **tpm_argv; /* of the emulator of its TPM, which is started first; as argv */
	struct svirt_ignored *ignored;
	size_t n_ignored;
	char *share_group; /* or NULL */
	char *joined;	   /* the guest whose level it shares (join); or NULL */
	/* in the order in which they are applied; model, label, image and owner are taken from them
	 */
	struct svirt_layer *layers;
	size_t n_layers;
};
void svirt_plan_free(struct svirt_plan **plan);

#define SVIRT_DRY_RUN		(1u << 0) /* plan only, change nothing */
#define SVIRT_REQUIRE_ENFORCING (1u << 1)
#define SVIRT_PAUSED		(1u << 2) /* start: leave the guest stopped */
#define SVIRT_UNCONFINED	(1u << 3) /* allow <seclabel type='none'/> */
/* Allow what makes a guest's level comparable with another one: a static label without categories
 * or at a level above or below one in use, a device's label at a level in use. */
#define SVIRT_SHARED_LEVEL (1u << 4)

/* What to do with a file that cannot be labelled, because its mount has one label for all files or
 * is read-only, and that the guest may not use as it is. */
enum svirt_on_unlabelled {
	SVIRT_UNLABELLED_CONFIG = 0, /* as svirt.conf(5) says; without a setting: fail */
	SVIRT_UNLABELLED_FAIL,
	SVIRT_UNLABELLED_WARN, /* leave it as it is, with a warning */
	SVIRT_UNLABELLED_SKIP, /* leave it as it is */
};

/* How a guest is to be labelled or started. */
struct svirt_options {
	size_t size;
	unsigned flags;	   /* SVIRT_DRY_RUN and so on */
	const char *level; /* "s0:c1,c2": a dynamic guest gets this very level; NULL: a free one */
	enum svirt_on_unlabelled on_unlabelled;
	/* A dynamic guest becomes a member of this group. Its level gets the group's category,
	 * which only members have; its shareable disks get that category alone. NULL: what the
	 * domain says. */
	const char *share_group;
	/* The guest gets the very level of this guest, which runs or is labelled. Both may use each
	 * other's files, and they are in the same share group. Not together with level and
	 * share_group. A static label has to be at that level. NULL: a level of its own. */
	const char *join;
	/* Targets of disks ("vda"), ends with NULL. What the headers of their images name now is
	 * accepted. A target without an image in the domain is SVIRT_E_USAGE. NULL: none. */
	const char *const *accept_chain;
};
#define SVIRT_OPTIONS_INIT                                                                       \
	{                                                                                        \
		sizeof(struct svirt_options), 0, NULL, SVIRT_UNLABELLED_CONFIG, NULL, NULL, NULL \
	}

/* Reserves the domain's label and labels its resources; starts nothing. options: NULL is the
 * default. SVIRT_E_BUSY: the level conflicts with one in use (the message says whose), or an
 * image's header, which a guest has had to write, names other files than were accepted.
 * SVIRT_E_NOTFOUND: the guest to join has no lease. SVIRT_E_EXHAUSTED: no level, or no category for
 * a share group, is free. SIGINT, SIGTERM, SIGHUP and SIGQUIT (unless ignored) are held back
 * meanwhile. One that comes while a directory is labelled ends the work: what is labelled stays
 * labelled, and the same call goes on from there. */
int svirt_guest_label(struct svirt *sv, const struct svirt_domain *dom,
		      const struct svirt_options *options, struct svirt_plan **ret,
		      struct svirt_error *err);

/* Does what svirt_guest_label() does, then launches the VMM under a monitor of its own, verifies
 * the label of the process, and lets it run. On failure everything has been put back and no VMM
 * runs. ret_guest may be NULL; *ret_guest stays untouched with SVIRT_DRY_RUN, and when the guest
 * runs but could not be read, which is a warning. */
struct svirt_guest;
int svirt_guest_start(struct svirt *sv, const struct svirt_domain *dom,
		      const struct svirt_options *options, struct svirt_plan **ret,
		      struct svirt_guest **ret_guest, struct svirt_error *err);

/* ---- guests ------------------------------------------------------------------------------ */

/* A limit that is in force: a file of the guest's control group, and what it says. */
struct svirt_limit {
	char *file;  /* "memory.max" */
	char *value; /* as the kernel writes it; lines are separated by "; " */
};

struct svirt_guest {
	int64_t id; /* 0: only defined */
	char *name, *uuid;
	char *os_type;	 /* "hvm" */
	char *state;	 /* "labelled", "starting", "running", "paused", "stopping", "shut off",
			    "crashed" (its monitor is gone) */
	int pid;	 /* of the VMM, 0: none */
	int monitor_pid; /* 0: none */
	uint32_t vcpus;
	uint64_t cpu_ns;
	uint64_t max_memory, used_memory;
	int persistent, autostart;
	char *model, *doi;   /* NULL: no MAC model */
	char *label;	     /* what the process really runs as, else what is reserved; or NULL */
	int verified;	     /* label was read from the live process */
	char *image;	     /* or NULL */
	char *level;	     /* or NULL */
	char *owner;	     /* or NULL */
	char *policy, *mode; /* "default", "enforcing" | "permissive"; NULL: no MAC model */
	int64_t created;     /* 0: only defined */
	char *share_group;   /* its share group; when only defined, the future one; or NULL */
	char **joined_with;  /* guests that share its level on purpose; ends with NULL */
	char *cgroup;	     /* the control group of its processes, below the hierarchy; or NULL */
	struct svirt_layer *layers; /* as in struct svirt_plan; none when only defined */
	size_t n_layers;
	struct svirt_limit *limits; /* of a guest that runs in a control group */
	size_t n_limits;
	int limits_unknown; /* they could not be read */
};

/* SVIRT_E_NOTFOUND when there is neither a lease nor a definition of that name. */
int svirt_guest_read(struct svirt *sv, const char *name, struct svirt_guest **ret,
		     struct svirt_error *err);
void svirt_guest_free(struct svirt_guest **guest);

struct svirt_guests {
	struct svirt_guest **items;
	size_t n;
};
/* Guests with a lease, in order of id; all: defined ones too. */
int svirt_guests_read(struct svirt *sv, int all, struct svirt_guests **ret,
		      struct svirt_error *err);
void svirt_guests_free(struct svirt_guests **guests);

/* One level in use on this host. */
struct svirt_level_use {
	char *level;
	char *holder; /* "guest 'NAME'", "process PID", "the static label of domain 'NAME'",
			 "share group 'NAME'" */
	char *kind;   /* "lease", "process", "static", "group" */
	char *why; /* for a process, why its level counts: what the kernel allows it because of the
		      level, or that this could not be found out; else NULL */
	char *share_group; /* of a lease; or NULL */
	char *joined;	   /* the guest that a lease has this level from; or NULL */
};
struct svirt_levels {
	struct svirt_level_use *items;
	size_t n;
	uint32_t capacity, left;
	int complete; /* 0: there are more leases */
};
/* all: every lease. Otherwise the first SVIRT_LEASES_LISTED of them, so that the time does not grow
 * with the number of guests. All other holders of levels are always in the list. */
#define SVIRT_LEASES_LISTED 1000
int svirt_levels_read(struct svirt *sv, int all, struct svirt_levels **ret,
		      struct svirt_error *err);
void svirt_levels_free(struct svirt_levels **levels);

/* Asks the guest to power off (ACPI) and waits. SVIRT_E_BUSY: it has not within timeout_ms. When
 * this returns 0, every label is back. flags of this and the next three functions: SVIRT_DRY_RUN
 * returns what is known without asking the guest, and changes nothing. */
int svirt_guest_stop(struct svirt *sv, const char *name, unsigned timeout_ms, unsigned flags,
		     struct svirt_error *err);
/* Ends the VMM at once. Also ends a guest whose monitor is gone. */
int svirt_guest_destroy(struct svirt *sv, const char *name, unsigned flags,
			struct svirt_error *err);
int svirt_guest_suspend(struct svirt *sv, const char *name, unsigned flags,
			struct svirt_error *err);
int svirt_guest_resume(struct svirt *sv, const char *name, unsigned flags, struct svirt_error *err);

/* ---- putting back ------------------------------------------------------------------------- */

struct svirt_undo {
	char *guest, *driver, *path; /* guest: NULL for a file of libvirt's */
	char *result; /* "restored", "unchanged", "shared", "gone", "changed", "failed", and in a
			 dry run "would-restore" */
	char *label;  /* the restored one, or the one that was found; or NULL */
	char *reason; /* or NULL */
	/* from the journal; NULL and 0 when it is not in the journal */
	char *target, *wanted, *original;
	uint64_t dev, ino;
};
struct svirt_undos {
	struct svirt_undo *items;
	size_t n;
	size_t failed;
};
enum svirt_restore_which {
	SVIRT_RESTORE_GUEST,   /* name: refused (BUSY) while the guest runs; NOTFOUND when it is
				  neither labelled nor defined */
	SVIRT_RESTORE_STALE,   /* every guest whose monitor is gone; a VMM left behind is ended */
	SVIRT_RESTORE_ALL,     /* stale ones and those that were only labelled */
	SVIRT_RESTORE_REBUILD, /* restores no label: sets a damaged state aside, and makes a new one
				  from what can still be found out */
};
#define SVIRT_TO_POLICY (1u << 5) /* to the policy's labels for the paths, where it has one */
/* flags: SVIRT_DRY_RUN, SVIRT_TO_POLICY. *ret is filled also when this fails with SVIRT_E_PARTIAL,
 * and when something was put back before it failed otherwise. */
int svirt_restore(struct svirt *sv, enum svirt_restore_which which, const char *name,
		  unsigned flags, struct svirt_undos **ret, struct svirt_error *err);
/* Removes what libvirt remembers of these files (absolute paths). SVIRT_E_BUSY: somebody uses one
 * of them, and nothing is changed. A file that still has a guest's label gets the remembered one
 * back. There is an item per file and model for which libvirt remembered something: guest is NULL,
 * result as above or "cleared" (the label was not a guest's and stays). flags: SVIRT_DRY_RUN. */
int svirt_restore_files(struct svirt *sv, const char *const *paths, size_t n, unsigned flags,
			struct svirt_undos **ret, struct svirt_error *err);
/* Reads the journal: one item per file, model and holder; those of one file follow each other.
 * label is what the file has now, result what svirt_restore() would do (flags: SVIRT_TO_POLICY).
 * name: only the files that this guest holds, with all their holders; NULL: all. */
int svirt_journal_read(struct svirt *sv, const char *name, unsigned flags, struct svirt_undos **ret,
		       struct svirt_error *err);
void svirt_undos_free(struct svirt_undos **undos);

/* ---- checks ------------------------------------------------------------------------------- */

struct svirt_finding {
	char *rule;   /* "svirt-host-enforcing": svirt-check-rules(7) */
	char *object; /* "host", "domain NAME", "domain NAME: PATH" */
	char *result; /* XCCDF's words: pass, fail, error, unknown, notapplicable, informational */
	char *severity; /* "high", "medium", "low", "info" */
	char *message;
	char *evidence; /* or NULL */
	char *remedy;	/* or NULL */
	char *blocker;	/* of a file: "dac-search", svirt-check-rules(7) has the list; or NULL */
};
struct svirt_report {
	struct svirt_finding *items;
	size_t n;
	int exit; /* 0 all pass, 1 a failure, 9 something could not be found out (outranks 1) */
};
int svirt_check_host(struct svirt *sv, struct svirt_report **ret, struct svirt_error *err);
/* spec as in svirt_domain_load(); fd: the document, already open, or -1. A bad document is a
 * finding, not an error. */
int svirt_check_domain(struct svirt *sv, const char *spec, int fd, struct svirt_report **ret,
		       struct svirt_error *err);
void svirt_report_free(struct svirt_report **report);

/* ---- the policy module (in the caller's domain, never in the manager's) --------------------- */

struct svirt_policy {
	int installed; /* in the module store */
	int enabled;
	int loaded;  /* the kernel knows its types: 1, 0, -1 unknown */
	int current; /* the module in the store and the loaded one are of this version: 1, 0, -1 */
	char *file;  /* the module that would be installed */
	char *store; /* policy name */
};
int svirt_policy_read(struct svirt *sv, struct svirt_policy **ret, struct svirt_error *err);
void svirt_policy_free(struct svirt_policy **policy);
/* flags of both: SVIRT_DRY_RUN. */
int svirt_policy_install(struct svirt *sv, unsigned flags, struct svirt_error *err);
int svirt_policy_remove(struct svirt *sv, unsigned flags, struct svirt_error *err);

/* ---- local file-context rules for a static label (in the caller's domain too) ---------------- */

struct svirt_fcontext {
	char *action; /* "add", "keep" (it is there), "remove", "none" (it is not there),
			 "leave" (no rule for this file, or somebody else's: see why) */
	char *path, *target;
	char *access;  /* "rw", "ro", "shared" */
	char *type;    /* "regular file", "block device"; "all but devices": of a whole directory;
			  NULL: any, or no rule */
	char *rule;    /* the regular expression that matches path and nothing else (what is in a
			  whole directory, too); or NULL */
	char *context; /* the context that the rule gives; or NULL */
	char *label;   /* the file's present label; NULL: none, or not looked at ("remove") */
	int differs;   /* label is not what the rule says */
	char *why;     /* for "leave", and other remarks; or NULL */
	int whole;     /* the rule is for a directory and all that is in it */
};
struct svirt_fcontexts {
	char *name; /* of the domain */
	struct svirt_fcontext *items;
	size_t n;
	int relabel; /* svirt_guest_label() would set these labels: relabel='yes' */
};
#define SVIRT_REMOVE (1u << 4) /* take the rules out again */
/* flags: SVIRT_DRY_RUN, SVIRT_REMOVE. Labels no file. SVIRT_E_USAGE for a domain without a static
 * label, SVIRT_E_BUSY when there is a local rule for one of its files with another context. */
int svirt_policy_fcontext(struct svirt *sv, const struct svirt_domain *dom, unsigned flags,
			  struct svirt_fcontexts **ret, struct svirt_error *err);
void svirt_fcontexts_free(struct svirt_fcontexts **list);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
