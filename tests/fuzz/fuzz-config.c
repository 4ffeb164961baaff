/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svirt.conf and one drop-in: an error names the fault, and a valid result keeps the promises of
 * config.h.
 */
#include "fuzz.h"

#include "base/fs.h"
#include "domain/net.h"
#include "guest/state/config.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>

int __wrap_getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t room,
		      struct passwd **ret);

static char dir[64];

int __wrap_getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t room,
		      struct passwd **ret)
{
	*ret = NULL;
	if (strcmp(name, "qemu") != 0)
		return 0;
	require((size_t)snprintf(buf, room, "%s", name) < room);
	*pw = (struct passwd){.pw_name = buf, .pw_uid = 107, .pw_gid = 107};
	*ret = pw;
	return 0;
}

static void remove_dir(void)
{
	struct sv_error ignored = {0};

	(void)!sv_fs_remove_tree(dir, &ignored);
}

static void make_dir(void)
{
	char path[96];

	(void)snprintf(dir, sizeof(dir), "%s/svirt-fuzz-XXXXXX", fuzz_tmp());
	require(mkdtemp(dir));
	(void)atexit(remove_dir);
	(void)snprintf(path, sizeof(path), "%s/svirt.conf.d", dir);
	require(mkdir(path, 0700) == 0);
}

static void put(const char *name, struct fuzz_in *in)
{
	const uint8_t *from;
	size_t n = fuzz_piece(in, &from);
	sv_auto_close int fd = -1;
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	require(fd >= 0 && write(fd, from, n) == (ssize_t)n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sv_cleanup(sv_config_done) struct sv_config conf = {0};
	struct fuzz_in in = {data, size};
	struct sv_error err = {0};

	if (!dir[0])
		make_dir();
	put("svirt.conf", &in);
	put("svirt.conf.d/10-fuzz.conf", &in);
	if (fuzz_check(sv_config_read("/nonexistent", dir, &conf, &err), &err) < 0) {
		require(!conf.user && !conf.emulator);
		return 0;
	}
	require(conf.emulator && conf.emulator[0] == '/' && conf.user_name);
	require(sv_catset_count(&conf.categories) >= 2);
	require(conf.on_unlabelled <= SV_UNLABELLED_SKIP);
	for (size_t i = 0; i < conf.networks.n; i++) {
		const struct sv_config_network *network = &conf.networks.items[i];

		require(sv_network_name_is_valid(network->name) && network->file);
		require(!network->bridge || sv_net_name_is_valid(network->bridge));
		require(sv_config_network(&conf.networks, network->name) == network);
	}
	return 0;
}
