/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mountinfo: a user who may mount chooses names, types and options in it, such as a guest's user in
 * a namespace of its own, or a FUSE server. The first byte is the number of the mount that is
 * looked for.
 */
#include "fuzz.h"

#include "base/mount.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = {data, size};
	uint64_t id = fuzz_byte(&in);
	struct sv_mount mount = {0};
	sv_auto_free char *text = fuzz_text(&in);

	if (sv_mount_parse(text, id, &mount) != 0)
		return 0;
	require(mount.id == id);
	fuzz_check_text(mount.point, sizeof(mount.point));
	require(memchr(mount.type, '\0', sizeof(mount.type)));
	require(sv_mount_labels(&mount) <= SV_MOUNT_ONE);
	return 0;
}
