/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Firmware and the data for it: flash chips, ROM, kernel, ACPI and SMBIOS tables, fw_cfg items.
 * Knows no file's contents.
 */
#include "qemu/builder.h"

#include <inttypes.h>

#define CODE "pflash0"
#define VARS "pflash1"

static void pair(struct sv_qemu_builder *b, const char *option, const char *value)
{
	sv_strv_add(&b->argv, option);
	sv_strv_add(&b->argv, value);
}

static bool has_flash(const struct sv_domain *dom)
{
	return dom->boot.loader.file.path && dom->boot.loader.type == SV_LOADER_PFLASH;
}

/* Two nodes, as for a disk. The file of a read-only chip is never opened for writing, because its
 * label does not allow that. */
static void add_chip(struct sv_qemu_builder *b, const char *name, const char *path, bool readonly)
{
	sv_auto_buf struct sv_buf buf = {0};
	const char *ro = readonly ? "on" : "off";

	sv_buf_printf(&buf, "driver=file,node-name=%s-file,read-only=%s,filename=", name, ro);
	sv_qemu_value(&buf, path);
	sv_qemu_option(b, "-blockdev", &buf);
	sv_buf_printf(&buf, "driver=raw,node-name=%s,read-only=%s,file=%s-file", name, ro, name);
	sv_qemu_option(b, "-blockdev", &buf);
}

int sv_qemu_flash(struct sv_qemu_builder *b, struct sv_buf *machine, struct sv_error *err)
{
	const struct sv_boot *boot = &b->dom->boot;
	const struct sv_loader *loader = &boot->loader;

	if (!has_flash(b->dom))
		return 0;
	if (b->machine == SV_QEMU_MICROVM) {
		sv_qemu_refuse(b, loader->file.line, "flash chip", err);
		return sv_hint(err, "use <loader type='rom'>, or machine='q35'");
	}
	if (loader->secure && b->machine != SV_QEMU_Q35) {
		sv_qemu_refuse(b, loader->file.line, "system management mode that is secure", err);
		return sv_hint(err, "use machine='q35'");
	}
	add_chip(b, CODE, loader->file.path, loader->readonly);
	sv_buf_puts(machine, "," CODE "=" CODE);
	if (boot->nvram.path) {
		add_chip(b, VARS, boot->nvram.path, false);
		sv_buf_puts(machine, "," VARS "=" VARS);
	}
	if (loader->secure) {
		sv_buf_puts(machine, ",smm=on");
		pair(b, "-global", "driver=cfi.pflash01,property=secure,value=on");
	}
	return 0;
}

/* For a multiboot kernel QEMU reads the text of -initrd as a list. */
static int add_kernel(struct sv_qemu_builder *b, struct sv_error *err)
{
	const struct sv_domain *dom = b->dom;

	if (!dom->kernel.path)
		return 0;
	if (dom->initrd.path && strchr(dom->initrd.path, ',')) {
		sv_fail_at(err, dom->file, dom->initrd.line,
			   "the name of an initrd cannot hold a comma");
		return sv_hint(err, "rename it: QEMU would take it for several");
	}
	pair(b, "-kernel", dom->kernel.path);
	if (dom->initrd.path)
		pair(b, "-initrd", dom->initrd.path);
	if (dom->cmdline)
		pair(b, "-append", dom->cmdline);
	if (dom->boot.dtb.path)
		pair(b, "-dtb", dom->boot.dtb.path);
	return 0;
}

static void add_smbios(struct sv_qemu_builder *b)
{
	const struct sv_boot *boot = &b->dom->boot;
	sv_auto_buf struct sv_buf buf = {0};
	size_t i;

	for (i = 0; boot->smbios_wanted && i < boot->n_smbios; i++) {
		const struct sv_smbios *field = &boot->smbios[i];

		if (i == 0 || field->block != field[-1].block)
			sv_buf_printf(&buf, "type=%u", field->table);
		sv_buf_printf(&buf, ",%s=", field->key);
		sv_qemu_value(&buf, field->value);
		if (i + 1 == boot->n_smbios || field[1].block != field->block)
			sv_qemu_option(b, "-smbios", &buf);
	}
}

static void add_fw_cfg(struct sv_qemu_builder *b, const struct sv_fw_cfg *item)
{
	sv_auto_buf struct sv_buf buf = {0};

	sv_buf_puts(&buf, "name=");
	sv_qemu_value(&buf, item->name);
	sv_buf_puts(&buf, item->file.path ? ",file=" : ",string=");
	sv_qemu_value(&buf, item->file.path ? item->file.path : item->value);
	sv_qemu_option(b, "-fw_cfg", &buf);
}

int sv_qemu_firmware(struct sv_qemu_builder *b, struct sv_error *err)
{
	const struct sv_boot *boot = &b->dom->boot;
	sv_auto_buf struct sv_buf buf = {0};
	size_t i;
	int r = add_kernel(b, err);

	if (r)
		return r;
	if (boot->loader.file.path && boot->loader.type == SV_LOADER_ROM)
		pair(b, "-bios", boot->loader.file.path);
	if (boot->slic.path && !b->dom->acpi) {
		sv_fail_at(err, b->dom->file, boot->slic.line, "an ACPI table without ACPI");
		return sv_hint(err, "add <features><acpi/></features>");
	}
	if (boot->slic.path) {
		sv_buf_puts(&buf, "sig=SLIC,file=");
		sv_qemu_value(&buf, boot->slic.path);
		sv_qemu_option(b, "-acpitable", &buf);
	}
	add_smbios(b);
	for (i = 0; i < boot->n_fw_cfgs; i++)
		add_fw_cfg(b, &boot->fw_cfgs[i]);
	return 0;
}
