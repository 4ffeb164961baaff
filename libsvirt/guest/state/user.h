/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The directories of a user's own guests, as the XDG Base Directory Specification says. Must not
 * know what is in them.
 */
#pragma once

#include "base/error.h"
#include "base/string.h"

/* The variables that decide, NULL or "": not set. A relative path counts as not set, too. */
struct sv_user_env {
	const char *home;	 /* HOME */
	const char *state_home;	 /* XDG_STATE_HOME */
	const char *config_home; /* XDG_CONFIG_HOME */
	const char *runtime_dir; /* XDG_RUNTIME_DIR */
};
struct sv_user_env sv_user_env(void);
/* Those that are set, as "NAME=VALUE": the environment of another program that is to find the same
 * directories. */
int sv_user_environment(struct sv_strv *ret, struct sv_error *err) sv_must_check;

struct sv_user_dirs {
	char **state, **conf, **run; /* what is written there is the caller's, also on failure */
};
/* SV_E_HOST: a variable that has to be there is not. Pure. */
int sv_user_paths(const struct sv_user_env *env, const struct sv_user_dirs *ret,
		  struct sv_error *err) sv_must_check;

/* SV_E_PERMISSION: the directory belongs to somebody else, or others may use it. SV_E_HOST: it is
 * not there. */
int sv_user_check_runtime(const char *dir, struct sv_error *err) sv_must_check;

/* Makes the directory and those above it that are missing, each with mode 0700. */
int sv_user_mkdir(const char *path, struct sv_error *err) sv_must_check;
