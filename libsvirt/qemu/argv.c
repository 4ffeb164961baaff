/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The frame of the command line: machine, accelerator, CPU, memory, monitor, and the order of
 * everything else. The order is a part of the guest's hardware, because devices get slots in this
 * order. So it depends on the document alone. Knows no file, label or process.
 */
#include "qemu/builder.h"

#include <inttypes.h>

/* PCI: 32 slots less the host bridge and the south bridge. microvm: two IO-APICs carry 24
 * virtio-mmio transports when ACPI is on, and it always is here. */
static const unsigned pci_slots = 30, mmio_slots = 24;

void sv_qemu_value(struct sv_buf *buf, const char *value)
{
	const char *comma;

	while ((comma = strchr(value, ','))) {
		sv_buf_add(buf, value, (size_t)(comma - value));
		sv_buf_puts(buf, ",,");
		value = comma + 1;
	}
	sv_buf_puts(buf, value);
}

void sv_qemu_option(struct sv_qemu_builder *b, const char *option, struct sv_buf *buf)
{
	if (buf->failed)
		b->argv.failed = true;
	sv_strv_add(&b->argv, option);
	sv_strv_add(&b->argv, buf->s ? buf->s : "");
	sv_buf_done(buf);
}

static void pair(struct sv_qemu_builder *b, const char *option, const char *value)
{
	sv_strv_add(&b->argv, option);
	sv_strv_add(&b->argv, value);
}

bool sv_qemu_boots_by_device(const struct sv_domain *dom)
{
	size_t i;

	for (i = 0; i < dom->n_disks; i++) {
		if (dom->disks[i].boot_order)
			return true;
	}
	for (i = 0; i < dom->n_nets; i++) {
		if (dom->nets[i].boot_order)
			return true;
	}
	for (i = 0; i < dom->n_hostdevs; i++) {
		if (dom->hostdevs[i].boot_order)
			return true;
	}
	return false;
}

const char *sv_qemu_uuid(const struct sv_qemu_builder *b)
{
	return b->dom->uuid[0] ? b->dom->uuid : b->host->uuid;
}

static const char *machine_noun(enum sv_qemu_machine machine)
{
	switch (machine) {
	case SV_QEMU_PC:
		return "a pc machine";
	case SV_QEMU_Q35:
		return "a q35 machine";
	case SV_QEMU_MICROVM:
		return "a microvm";
	}
	return "this machine";
}

int sv_qemu_refuse(const struct sv_qemu_builder *b, unsigned line, const char *what,
		   struct sv_error *err)
{
	return sv_fail_at(err, b->dom->file, line, "%s has no %s", machine_noun(b->machine), what);
}

int sv_qemu_on_bus(struct sv_qemu_builder *b, struct sv_buf *buf, const char *name, unsigned line,
		   struct sv_error *err)
{
	/* virtio-vga is a PCI card on every machine that has it, and its name gets no suffix */
	bool virtio = (sv_starts_with(name, "virtio-") && !sv_starts_with(name, "virtio-vga")) ||
		      sv_starts_with(name, "vhost-");
	bool mmio = b->machine == SV_QEMU_MICROVM;
	unsigned room = mmio ? mmio_slots : pci_slots;

	if (mmio && !virtio) {
		sv_fail_at(err, b->dom->file, line, "a microvm has no PCI bus for '%s'", name);
		return sv_hint(err, "use the virtio model, or machine='q35'");
	}
	if (b->slots == room)
		return sv_fail_at(err, b->dom->file, line, "%s has room for %u devices on its bus",
				  machine_noun(b->machine), room);
	b->slots++;
	sv_buf_printf(buf, "%s%s", name, !virtio ? "" : mmio ? "-device" : "-pci");
	return 0;
}

int sv_qemu_virtio(struct sv_qemu_builder *b, struct sv_buf *buf, const char *name,
		   enum sv_virtio virtio, unsigned line, struct sv_error *err)
{
	static const char *const suffixes[] = {
		[SV_VIRTIO_ANY] = "",
		[SV_VIRTIO_TRANSITIONAL] = "-transitional",
		[SV_VIRTIO_MODERN] = "-non-transitional",
	};
	int r;

	if (virtio != SV_VIRTIO_ANY && b->machine == SV_QEMU_MICROVM) {
		sv_qemu_refuse(b, line, "choice between versions of virtio", err);
		return sv_hint(err, "use the model 'virtio'");
	}
	r = sv_qemu_on_bus(b, buf, name, line, err);
	if (r == 0)
		sv_buf_puts(buf, suffixes[virtio]);
	return r;
}

void sv_qemu_rom(const struct sv_rom *rom, struct sv_buf *buf)
{
	if (rom->no_bar)
		sv_buf_puts(buf, ",rombar=0");
	if (!rom->none && !rom->file.path)
		return;
	sv_buf_puts(buf, ",romfile=");
	if (rom->file.path)
		sv_qemu_value(buf, rom->file.path);
}

static int find_machine(struct sv_qemu_builder *b, struct sv_error *err)
{
	static const char *const bare[] = {
		[SV_QEMU_PC] = "pc",
		[SV_QEMU_Q35] = "q35",
		[SV_QEMU_MICROVM] = "microvm",
		NULL,
	};
	const struct sv_domain *dom = b->dom;
	const char *name = dom->machine ? dom->machine : "pc";
	char shown[64];
	unsigned at;

	if (dom->arch && !sv_streq(dom->arch, "x86_64")) {
		sv_fail_at(err, dom->file, 0, "architecture '%s' is not supported",
			   sv_escape(dom->arch, shown, sizeof(shown)));
		return sv_hint(err, "svirt starts x86_64 guests only");
	}
	if (sv_parse_choice(name, bare, &at) == 0) {
		b->machine = (enum sv_qemu_machine)at;
	} else if (sv_starts_with(name, "pc-i440fx-")) {
		b->machine = SV_QEMU_PC;
	} else if (sv_starts_with(name, "pc-q35-")) {
		b->machine = SV_QEMU_Q35;
	} else {
		sv_fail_at(err, dom->file, 0, "machine '%s' is not supported",
			   sv_escape(name, shown, sizeof(shown)));
		return sv_hint(err, "use pc, q35 or microvm, or a version of pc-i440fx or pc-q35");
	}
	return 0;
}

static int add_machine(struct sv_qemu_builder *b, struct sv_error *err)
{
	sv_auto_buf struct sv_buf buf = {0};
	const struct sv_domain *dom = b->dom;
	int r;

	if (b->machine == SV_QEMU_MICROVM) {
		/* without ACPI QEMU gives a microvm a firmware that boots kernels only, no disks */
		if (!dom->acpi) {
			sv_fail_at(err, dom->file, 0, "a microvm without ACPI cannot boot a disk");
			return sv_hint(err, "add <features><acpi/></features>");
		}
		/* Debian 12 does so with ACPI too, but has the right firmware in SeaBIOS's folder
		 */
		pair(b, "-L", "/usr/share/seabios");
	}
	sv_qemu_value(&buf, dom->machine ? dom->machine : "pc");
	sv_buf_printf(&buf, ",usb=off,dump-guest-core=off,acpi=%s", dom->acpi ? "on" : "off");
	sv_qemu_memory_machine(b, &buf);
	sv_qemu_launch_machine(b, &buf);
	r = sv_qemu_flash(b, &buf, err);
	if (r)
		return r;
	sv_qemu_option(b, "-machine", &buf);
	switch (dom->virt) {
	case SV_VIRT_KVM:
		pair(b, "-accel", "kvm");
		break;
	case SV_VIRT_QEMU:
		pair(b, "-accel", "tcg");
		break;
	}
	return 0;
}

/* QEMU's name of the document's CPU, or NULL with err filled. Without a <cpu> it is libvirt's
 * default, so that a guest of libvirt's finds the same processor here. */
static const char *cpu_name(const struct sv_domain *dom, struct sv_error *err)
{
	const char *mode = dom->cpu_mode ? dom->cpu_mode : "custom";
	bool kvm = dom->virt == SV_VIRT_KVM;
	char shown[64];

	if (sv_streq(mode, "maximum"))
		return "max";
	if (sv_streq(mode, "host-model"))
		return kvm ? "host" : "max";
	if (sv_streq(mode, "host-passthrough")) {
		if (kvm)
			return "host";
		sv_fail_at(err, dom->file, 0, "CPU mode 'host-passthrough' needs KVM");
		sv_hint(err, "use <cpu mode='maximum'/>, or <domain type='kvm'>");
		return NULL;
	}
	if (!sv_streq(mode, "custom")) {
		sv_fail_at(err, dom->file, 0, "CPU mode '%s' is not supported",
			   sv_escape(mode, shown, sizeof(shown)));
		return NULL;
	}
	if (dom->cpu_model)
		return dom->cpu_model;
	if (dom->cpu_mode) {
		sv_fail_at(err, dom->file, 0, "CPU mode 'custom' needs a <model>");
		return NULL;
	}
	return "qemu64";
}

/* QEMU leaves features that it cannot provide out with a warning, unless "enforce" is given. */
static void add_cpu_features(struct sv_buf *buf, const struct sv_domain *dom)
{
	bool enforce = false;
	size_t i;

	for (i = 0; i < dom->n_cpu_features; i++) {
		sv_buf_puts(buf, ",");
		sv_qemu_value(buf, dom->cpu_features[i].name);
		sv_buf_puts(buf, dom->cpu_features[i].on ? "=on" : "=off");
		enforce |= dom->cpu_features[i].demanded;
	}
	if (enforce)
		sv_buf_puts(buf, ",enforce=on");
}

static int add_processor_and_memory(struct sv_qemu_builder *b, struct sv_error *err)
{
	sv_auto_buf struct sv_buf buf = {0};
	const struct sv_domain *dom = b->dom;
	const char *cpu = cpu_name(dom, err);

	if (!cpu)
		return -(int)err->code;
	sv_qemu_value(&buf, cpu);
	add_cpu_features(&buf, dom);
	sv_qemu_option(b, "-cpu", &buf);
	sv_qemu_memory(b);
	sv_qemu_launch(b);
	/* given in full, because the default topology differs between versions of machines */
	sv_buf_printf(&buf, "%" PRIu32 ",sockets=%" PRIu32 ",cores=1,threads=1", dom->vcpus,
		      dom->vcpus);
	sv_qemu_option(b, "-smp", &buf);
	return 0;
}

/* The options that every guest has: stopped, no default devices, sandboxed. */
static void add_frame(struct sv_qemu_builder *b)
{
	const struct sv_domain *dom = b->dom;
	sv_auto_buf struct sv_buf buf = {0};

	sv_strv_add(&b->argv, dom->emulator ? dom->emulator : b->host->emulator);
	sv_buf_puts(&buf, "guest=");
	sv_qemu_value(&buf, dom->name);
	sv_buf_puts(&buf, ",debug-threads=on");
	sv_qemu_option(b, "-name", &buf);
	sv_strv_add(&b->argv, "-S");
	sv_strv_add(&b->argv, "-no-user-config");
	sv_strv_add(&b->argv, "-nodefaults");
	pair(b, "-sandbox",
	     "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
}

static void add_monitor(struct sv_qemu_builder *b)
{
	sv_auto_buf struct sv_buf buf = {0};

	sv_buf_printf(&buf, "socket,id=charmonitor,fd=%d", b->host->qmp_fd);
	sv_qemu_option(b, "-chardev", &buf);
	pair(b, "-mon", "chardev=charmonitor,id=monitor,mode=control");
}

static int build(struct sv_qemu_builder *b, struct sv_error *err)
{
	const struct sv_domain *dom = b->dom;
	size_t i;
	int r;

	r = find_machine(b, err);
	if (r)
		return r;
	add_frame(b);
	r = add_machine(b, err);
	if (r)
		return r;
	r = add_processor_and_memory(b, err);
	if (r)
		return r;
	pair(b, "-uuid", sv_qemu_uuid(b));
	sv_qemu_display(b);
	pair(b, "-rtc", "base=utc");
	add_monitor(b);
	r = sv_qemu_firmware(b, err);
	if (r)
		return r;
	if (dom->no_reboot)
		sv_strv_add(&b->argv, "-no-reboot");
	/* an order by device is complete; with <boot dev=> the other devices may follow */
	if (sv_qemu_boots_by_device(dom))
		pair(b, "-boot", "strict=on");
	r = sv_qemu_disks(b, err);
	if (r)
		return r;
	r = sv_qemu_devices(b, err);
	if (r)
		return r;
	r = sv_qemu_filesystems(b, err);
	if (r == 0)
		r = sv_qemu_inputs(b, err);
	if (r == 0)
		r = sv_qemu_hostdevs(b, err);
	if (r == 0)
		r = sv_qemu_memory_devices(b, err);
	if (r)
		return r;
	/* last, so that when the document uses an id of ours, QEMU reports the document's argument
	 */
	for (i = 0; i < dom->extra.n_args; i++)
		sv_strv_add(&b->argv, dom->extra.args[i].text);
	return sv_strv_check(&b->argv, err);
}

int sv_qemu_argv(const struct sv_domain *dom, const struct sv_qemu_host *host, struct sv_strv *ret,
		 struct sv_error *err)
{
	struct sv_qemu_builder b = {.dom = dom, .host = host};
	int r = build(&b, err);

	if (r) {
		sv_strv_done(&b.argv);
		return r;
	}
	*ret = b.argv;
	return 0;
}
