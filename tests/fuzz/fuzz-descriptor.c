/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A firmware descriptor of arbitrary bytes, for a guest with arbitrary requests. The result is a
 * path in its normal form, or an error.
 */
#include "fuzz.h"

#include "base/parse.h"
#include "qemu/descriptor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char machines[][16] = {"microvm", "pc", "q35", "pc-q35-8.2"};
	struct fuzz_in in = {data, size};
	const uint8_t a = fuzz_byte(&in), b = fuzz_byte(&in);
	struct sv_domain dom = {
		.machine = machines[a & 3],
		.sev = {.line = (a >> 2) & 1, .policy = b >> 6 ? 4 : 0},
		.boot.firmware = {.kind = SV_FIRMWARE_EFI,
				  .secure_boot = (enum sv_wish)((a >> 3) % 3),
				  .enrolled_keys = (enum sv_wish)((a >> 5) % 3),
				  .secure = (enum sv_wish)((b & 3) % 3),
				  .smm = (enum sv_wish)((b >> 2) % 3),
				  .stateless = b & 32},
	};
	sv_auto_descriptor struct sv_descriptor d = {0};
	struct sv_error err = {0};
	int r = sv_descriptor_read((const char *)in.p, in.left, "a.json", &dom, &d, &err);

	if (r < 0)
		require(strcmp(err.file, "a.json") == 0);
	r = fuzz_check(r, &err);
	require((r == 0) == (d.code != NULL));
	require((r == SV_NONE) == (d.why != NULL));
	require(!d.code || !sv_path_fault(d.code));
	require(!d.vars || (d.code && !sv_path_fault(d.vars)));
	require(r != 0 || (d.vars != NULL) == !dom.boot.firmware.stateless);
	return 0;
}
