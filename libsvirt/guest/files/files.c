/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files of a guest: see files.h. */
#include "guest/files/files.h"

void sv_files_done(struct sv_files *files)
{
	sv_bindings_done(&files->bindings);
	sv_resources_done(&files->resources);
	sv_images_done(&files->images);
	sv_nodes_done(&files->nodes);
	sv_own_done(&files->own);
}
