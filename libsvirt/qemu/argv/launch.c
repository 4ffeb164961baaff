/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Encrypted memory. QEMU opens /dev/sev itself, under the guest's label. Knows no file. */
#include "qemu/builder.h"

#include <inttypes.h>

#define SEV "lsec0"

void sv_qemu_launch_machine(const struct sv_qemu_builder *b, struct sv_buf *machine)
{
	if (b->dom->sev.line)
		sv_buf_puts(machine, ",confidential-guest-support=" SEV);
}

void sv_qemu_launch(struct sv_qemu_builder *b)
{
	const struct sv_sev *sev = &b->dom->sev;
	sv_auto_buf struct sv_buf buf = {0};

	if (!sev->line)
		return;
	sv_buf_printf(&buf,
		      "sev-guest,id=" SEV ",cbitpos=%" PRIu32 ",reduced-phys-bits=%" PRIu32
		      ",policy=0x%" PRIx32,
		      sev->cbitpos, sev->reduced_phys_bits, sev->policy);
	if (sev->has_hashes)
		sv_buf_printf(&buf, ",kernel-hashes=%s", sev->kernel_hashes ? "on" : "off");
	sv_qemu_option(b, "-object", &buf);
}
