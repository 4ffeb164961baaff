/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * svirt.conf(5): its files, their order, and the meaning of each key. An unknown key or a bad value
 * is an error with its place; no default is used instead.
 */
#pragma once

#include "guest/state/config-networks.h"
#include "label/level.h"
#include "plan/plan.h"

#include <sys/types.h>

struct sv_config {
	char *user; /* name or "+UID" from the file; NULL: not set */
	uid_t uid;  /* of the user that guests run as, after resolution */
	gid_t gid;
	char *user_name;	      /* what was resolved: "libvirt-qemu" */
	bool user_fallback;	      /* it is nobody, because the host has no user for VMMs */
	uint32_t uid_first, uid_last; /* users of guests' own; 0: not set */
	bool uid_shared;	      /* all guests have uid, whatever confines them */
	char *emulator;		      /* default emulator */
	struct sv_strv models;	      /* of them the host's main model is chosen; none: of all */
	bool landlock_off;	      /* no layer of Landlock below another model */
	bool require_enforcing;
	enum sv_on_unlabelled on_unlabelled;
	uint32_t run_size;	     /* MiB of a guest's own directory below RUN_DIR */
	uint32_t processes;	     /* and threads of a guest, beside its virtual CPUs' */
	bool processes_asked;	     /* a file has set it */
	uint32_t memory_overhead;    /* MiB of a guest beside its memory; 0: no bound */
	struct sv_catset categories; /* dynamic levels are drawn from these; all by default */
	struct sv_config_networks networks;
};

/* vendor_dir and conf_dir hold svirt.conf and svirt.conf.d/. Missing files are fine. */
int sv_config_read(const char *vendor_dir, const char *conf_dir, struct sv_config *ret,
		   struct sv_error *err) sv_must_check;
/* In the header, so that a program that only releases it needs no code that reads configuration. */
static inline void sv_config_done(struct sv_config *conf)
{
	free(conf->user);
	free(conf->user_name);
	free(conf->emulator);
	sv_strv_done(&conf->models);
	sv_config_networks_done(&conf->networks);
	*conf = (struct sv_config){0};
}
