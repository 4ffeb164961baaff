/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a header alone may bring in: see header.h. Knows no history. */
#include "guest/files/header.h"

#include "base/string.h"
#include "domain/resource/resource.h"
#include "plan/device.h"
#include "plan/kind.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define SHOWN 192

const char *sv_header_part_name(enum sv_image_part part)
{
	switch (part) {
	case SV_IMAGE_WHOLE:
		return "backing file";
	case SV_IMAGE_DATA:
		return "data file";
	case SV_IMAGE_EXTENT:
		return "extent";
	}
	return "?";
}

const char *sv_header_name_of(const struct sv_image_node *node)
{
	if (node->path)
		return node->path;
	return node->name ? node->name : node->scheme;
}

bool sv_header_is_written(const struct sv_image_node *node)
{
	switch (node->role) {
	case SV_IMAGE_RW_TOP:
	case SV_IMAGE_SHARED_RW:
	case SV_IMAGE_DATA_FILE:
		return true;
	case SV_IMAGE_RO:
	case SV_IMAGE_RO_BASE:
		return false;
	}
	return true;
}

/* The place of a file of the running system (/dev, /proc, /sys, /run), or NULL. It is found by
 * name, and by the filesystem, because a bind mount shows the file elsewhere. */
static const char *place_of(const char *path, const struct sv_node *file)
{
	static const char *const places[] = {"/dev", "/proc", "/sys", "/run", "/var/run"};
	struct stat root, st;
	bool known = stat("/", &root) == 0;

	for (size_t i = 0; i < SV_N_ELEMENTS(places); i++) {
		size_t len = strlen(places[i]);

		if (sv_starts_with(path, places[i]) && path[len] == '/')
			return places[i];
		if (known && stat(places[i], &st) == 0 && st.st_dev != root.st_dev &&
		    st.st_dev == file->dev)
			return places[i];
	}
	return NULL;
}

/* Refuses a file that something is mounted on, and one that the host uses. A document may name a
 * file that the host uses for reading; a header may not. */
static int check_mounted(const char *shown, const struct sv_image_node *node,
			 const struct sv_node *file, struct sv_error *err)
{
	sv_auto_free char *how = NULL;
	struct statx stx;
	int r;

	if (statx(file->fd, "", AT_EMPTY_PATH, STATX_TYPE, &stx) < 0)
		return sv_fail_errno(err, errno, "'%s': cannot find out whether it is mounted",
				     shown);
	if (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT)
		return sv_fail(err, SV_E_BUSY, 0, "'%s' is mounted there", shown);
	r = sv_header_is_written(node) ? SV_NONE : sv_device_is_used(file, false, &how, err);
	if (r != 0)
		return r < 0 ? r : 0;
	return sv_fail(err, SV_E_BUSY, 0, "'%s' is used by the host itself: %s", shown, how);
}

/* Refuses what would be refused as a disk. A file of the system is refused for reading too. */
static int check_as_disk(const struct sv_own *own, const struct sv_image_node *node,
			 const struct sv_node *file, struct sv_error *err)
{
	struct sv_resource res = {
		.kind = SV_RES_DISK,
		.access = sv_header_is_written(node) ? SV_ACCESS_RW : SV_ACCESS_RO,
		.path = node->path,
	};
	int r = sv_kind_refuse(&res, file, own, err);

	if (r == 0)
		r = sv_node_check_target(file, node->path, err);
	res.access = SV_ACCESS_RW;
	return r == 0 ? sv_kind_check_place(&res, err) : r;
}

static int find_reason(const struct sv_own *own, const struct sv_image_node *image,
		       const struct sv_image_node *node, const struct sv_node *file,
		       struct sv_error *err)
{
	const char *place = place_of(node->path, file);
	char shown[SHOWN];
	int r;

	sv_escape(node->path, shown, sizeof(shown));
	if (image->block)
		return sv_fail(err, SV_E_BUSY, 0,
			       "nothing tells who wrote what is in a block device");
	if (S_ISBLK(file->mode))
		return sv_fail(err, SV_E_BUSY, 0, "'%s' is a block device", shown);
	if (place)
		return sv_fail(err, SV_E_BUSY, 0, "'%s' lies in %s", shown, place);
	r = check_as_disk(own, node, file, err);
	return r == 0 ? check_mounted(shown, node, file, err) : r;
}

int sv_header_may_name(const struct sv_own *own, const struct sv_image_graph *above,
		       const struct sv_image_node *node, const struct sv_node *file,
		       struct sv_error *err)
{
	static const char *const elements[] = {
		[SV_IMAGE_WHOLE] = "<backingStore>",
		[SV_IMAGE_DATA] = "<dataStore>",
		[SV_IMAGE_EXTENT] = NULL,
	};
	const struct sv_image_node *image = &above->nodes[node->overlay];
	struct sv_error why = {0};
	char shown[SHOWN], path[SHOWN];
	enum sv_code code;

	if (find_reason(own, image, node, file, &why) == 0)
		return 0;
	/* other codes: it could not be found out what the file is */
	code = why.code == SV_E_USAGE || why.code == SV_E_HOST ? SV_E_BUSY : why.code;
	(void)sv_fail(err, code, why.sys,
		      "image '%s': its header names the %s '%s', which no header brings in: %s",
		      sv_escape(image->path, shown, sizeof(shown)), sv_header_part_name(node->part),
		      sv_escape(node->path, path, sizeof(path)), why.msg);
	if (elements[node->part])
		return sv_hint(err,
			       "a guest that writes an image writes its header: see who did; if it "
			       "is wanted, name it in the domain: %s",
			       elements[node->part]);
	return sv_hint(err, "a guest that writes an image writes its header: see who did; "
			    "otherwise copy it into one file (qemu-img convert)");
}
