/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Character devices: the host's end (-chardev), and the guest's end: serial and parallel ports,
 * consoles, channels, redirected devices. Knows no file, label or process.
 */
#include "qemu/builder.h"

#include <inttypes.h>

/* PC hardware: COM1 to COM4, LPT1 to LPT3. */
static const unsigned isa_serials = 4, isa_parallels = 3, usb_ports = 15;

static void add_path(struct sv_buf *buf, const char *type, const char *id, const char *path)
{
	sv_buf_printf(buf, "%s,id=%s,path=", type, id);
	sv_qemu_value(buf, path);
}

static void add_inet(struct sv_buf *buf, const char *prefix, const struct sv_inet *inet)
{
	if (inet->host) {
		sv_buf_printf(buf, ",%s=", prefix[0] ? "localaddr" : "host");
		sv_qemu_value(buf, inet->host);
	}
	if (inet->port)
		sv_buf_printf(buf, ",%sport=%" PRIu32, prefix, inet->port);
}

static void add_server(const struct sv_chardev *c, struct sv_buf *buf)
{
	if (c->listen)
		sv_buf_puts(buf, ",server=on,wait=off");
	if (c->telnet)
		sv_buf_puts(buf, ",telnet=on");
	if (c->reconnect)
		sv_buf_printf(buf, ",reconnect=%" PRIu32, c->reconnect);
}

static void add_unix(struct sv_qemu_builder *b, const struct sv_chardev *c, const char *id,
		     struct sv_buf *buf)
{
	if (b->host->own_fd && sv_chardev_is_own(c)) {
		sv_buf_printf(buf, "socket,id=%s,fd=%d", id, b->host->own_fd + b->own_sockets++);
		add_server(c, buf);
		return;
	}
	add_path(buf, "socket", id, c->path ? c->path : b->host->run_dir);
	if (c->own) {
		sv_buf_puts(buf, "/");
		sv_qemu_value(buf, c->own);
	}
	add_server(c, buf);
}

void sv_qemu_chardev(struct sv_qemu_builder *b, const struct sv_chardev *c, const char *id)
{
	sv_auto_buf struct sv_buf buf = {0};

	switch (c->type) {
	case SV_CHAR_NULL:
	case SV_CHAR_VC:
	case SV_CHAR_PTY:
		sv_buf_printf(&buf, "%s,id=%s", sv_chardev_types[c->type], id);
		break;
	case SV_CHAR_SPICEVMC:
	case SV_CHAR_SPICEPORT:
		sv_buf_printf(&buf, "%s,id=%s,name=%s", sv_chardev_types[c->type], id, c->channel);
		break;
	case SV_CHAR_DEV:
		/* QEMU has a type for each kind of port, the document has one type for both */
		add_path(&buf, strstr(c->path, "/parport") ? "parallel" : "serial", id, c->path);
		break;
	case SV_CHAR_FILE:
		add_path(&buf, "file", id, c->path);
		sv_buf_printf(&buf, ",append=%s", c->append ? "on" : "off");
		break;
	case SV_CHAR_PIPE:
		add_path(&buf, "pipe", id, c->path);
		break;
	case SV_CHAR_TCP:
		sv_buf_printf(&buf, "socket,id=%s", id);
		add_inet(&buf, "", &c->to);
		add_server(c, &buf);
		break;
	case SV_CHAR_UDP:
		sv_buf_printf(&buf, "udp,id=%s", id);
		add_inet(&buf, "", &c->to);
		add_inet(&buf, "local", &c->at);
		break;
	case SV_CHAR_UNIX:
		add_unix(b, c, id, &buf);
		break;
	}
	if (c->log) {
		sv_buf_puts(&buf, ",logfile=");
		sv_qemu_value(&buf, c->log);
		sv_buf_printf(&buf, ",logappend=%s", c->log_append ? "on" : "off");
	}
	sv_qemu_option(b, "-chardev", &buf);
}

static int bad_target(const struct sv_qemu_builder *b, const struct sv_char *c,
		      struct sv_error *err)
{
	char shown[64];

	sv_fail_at(err, b->dom->file, c->line, "target type '%s' is not supported",
		   sv_escape(c->target, shown, sizeof(shown)));
	return sv_hint(err, "serial: 'isa-serial'; console: 'serial' or 'virtio'");
}

/* A serial or parallel port of the ISA bus. used has a bit for each port, so that two elements do
 * not get one port. */
static int add_isa(struct sv_qemu_builder *b, const struct sv_char *c, unsigned *used,
		   struct sv_error *err)
{
	bool parallel = c->kind == SV_CHAR_PARALLEL;
	unsigned ports = parallel ? isa_parallels : isa_serials;
	const char *kind = parallel ? "parallel" : "serial";
	sv_auto_buf struct sv_buf buf = {0};
	char id[32];

	if (parallel && b->machine == SV_QEMU_MICROVM)
		return sv_qemu_refuse(b, c->line, "parallel port", err);
	if (c->port >= ports)
		return sv_fail_at(err, b->dom->file, c->line,
				  "%s port %" PRIu32 ": a PC has 0 to %u", kind, c->port,
				  ports - 1);
	if (*used & 1u << c->port)
		return sv_fail_at(err, b->dom->file, c->line, "%s port %" PRIu32 " is given twice",
				  kind, c->port);
	*used |= 1u << c->port;
	(void)snprintf(id, sizeof(id), "char%s%" PRIu32, kind, c->port);
	sv_qemu_chardev(b, &c->source, id);
	sv_buf_printf(&buf, "isa-%s,id=%s%" PRIu32 ",index=%" PRIu32 ",chardev=%s", kind, kind,
		      c->port, c->port, id);
	sv_qemu_option(b, "-device", &buf);
	return 0;
}

/* Consoles and channels share one controller, which comes with the first of them. n counts those of
 * one kind. */
static int add_virtio(struct sv_qemu_builder *b, const struct sv_char *c, bool first, unsigned n,
		      struct sv_error *err)
{
	const char *kind = sv_char_kinds[c->kind];
	sv_auto_buf struct sv_buf buf = {0};
	char id[32];
	int r;

	if (first) {
		r = sv_qemu_on_bus(b, &buf, "virtio-serial", c->line, err);
		if (r)
			return r;
		sv_buf_puts(&buf, ",id=virtio-serial0");
		sv_qemu_option(b, "-device", &buf);
	}
	(void)snprintf(id, sizeof(id), "char%s%u", kind, n);
	sv_qemu_chardev(b, &c->source, id);
	sv_buf_printf(&buf, "%s,id=%s%u,bus=virtio-serial0.0,chardev=%s",
		      c->kind == SV_CHAR_CONSOLE ? "virtconsole" : "virtserialport", kind, n, id);
	if (c->name) {
		sv_buf_puts(&buf, ",name=");
		sv_qemu_value(&buf, c->name);
	}
	sv_qemu_option(b, "-device", &buf);
	return 0;
}

int sv_qemu_chars(struct sv_qemu_builder *b, struct sv_error *err)
{
	const struct sv_domain *dom = b->dom;
	unsigned serials = 0, parallels = 0, consoles = 0, channels = 0;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < dom->n_chars; i++) {
		const struct sv_char *c = &dom->chars[i];
		bool first = consoles + channels == 0;

		if (c->kind == SV_CHAR_PARALLEL)
			r = add_isa(b, c, &parallels, err);
		else if (c->kind == SV_CHAR_CHANNEL)
			r = add_virtio(b, c, first, channels++, err);
		else if (c->kind == SV_CHAR_CONSOLE && sv_streq(c->target, "virtio"))
			r = add_virtio(b, c, first, consoles++, err);
		else if (!c->target ||
			 sv_streq(c->target, c->kind == SV_CHAR_CONSOLE ? "serial" : "isa-serial"))
			r = add_isa(b, c, &serials, err);
		else
			r = bad_target(b, c, err);
	}
	return r;
}

/* USB devices get a controller of their own, so that a redirected one does not move a disk. */
static int add_usb(struct sv_qemu_builder *b, unsigned line, struct sv_error *err)
{
	sv_auto_buf struct sv_buf buf = {0};
	int r = sv_qemu_on_bus(b, &buf, "qemu-xhci", line, err);

	if (r)
		return r;
	sv_buf_printf(&buf, ",id=usbredir,p2=%u,p3=%u", usb_ports, usb_ports);
	sv_qemu_option(b, "-device", &buf);
	return 0;
}

static int add_redir(struct sv_qemu_builder *b, const struct sv_redir *redir, size_t i,
		     struct sv_error *err)
{
	const char *kind = sv_redir_kinds[redir->kind];
	sv_auto_buf struct sv_buf buf = {0};
	char id[32];

	if (i >= usb_ports)
		return sv_fail_at(err, b->dom->file, redir->line,
				  "more than %u redirected devices and smart cards", usb_ports);
	(void)snprintf(id, sizeof(id), "char%s%zu", kind, i);
	sv_qemu_chardev(b, &redir->source, id);
	switch (redir->kind) {
	case SV_REDIR_USB:
		sv_buf_printf(&buf, "usb-redir,id=%s%zu", kind, i);
		if (b->dom->redir_filter)
			sv_buf_printf(&buf, ",filter=%s", b->dom->redir_filter);
		break;
	case SV_REDIR_SMARTCARD:
		sv_buf_printf(&buf, "usb-ccid,id=ccid0,bus=usbredir.0,port=%zu", i + 1);
		sv_qemu_option(b, "-device", &buf);
		sv_buf_printf(&buf, "ccid-card-passthru,id=%s%zu,bus=ccid0.0,chardev=%s", kind, i,
			      id);
		sv_qemu_option(b, "-device", &buf);
		return 0;
	}
	sv_buf_printf(&buf, ",bus=usbredir.0,port=%zu,chardev=%s", i + 1, id);
	sv_qemu_option(b, "-device", &buf);
	return 0;
}

int sv_qemu_redirs(struct sv_qemu_builder *b, struct sv_error *err)
{
	const struct sv_domain *dom = b->dom;
	int r = dom->n_redirs ? add_usb(b, dom->redirs[0].line, err) : 0;
	size_t i;

	for (i = 0; r == 0 && i < dom->n_redirs; i++)
		r = add_redir(b, &dom->redirs[i], i, err);
	return r;
}

/* A command of a TPM 1.2 is cancelled by a file of sysfs that all programs of the host share. A
 * guest does not get it: QEMU gets /dev/null instead. */
int sv_qemu_tpm(struct sv_qemu_builder *b, struct sv_error *err)
{
	const struct sv_tpm *tpm = &b->dom->tpm;
	sv_auto_buf struct sv_buf buf = {0};

	if (!tpm->line)
		return 0;
	if (b->machine == SV_QEMU_MICROVM)
		return sv_qemu_refuse(b, tpm->line, "TPM", err);
	switch (tpm->backend) {
	case SV_TPM_PASSTHROUGH:
		sv_buf_puts(&buf, "passthrough,id=tpm-tpm0,path=");
		sv_qemu_value(&buf, tpm->device);
		sv_buf_puts(&buf, ",cancel-path=/dev/null");
		break;
	case SV_TPM_EXTERNAL:
		sv_qemu_chardev(b, &tpm->source, "chartpm0");
		sv_buf_puts(&buf, "emulator,id=tpm-tpm0,chardev=chartpm0");
		break;
	case SV_TPM_EMULATOR:
		sv_buf_printf(&buf, "socket,id=chartpm0,fd=%d", b->host->tpm_fd);
		sv_qemu_option(b, "-chardev", &buf);
		sv_buf_puts(&buf, "emulator,id=tpm-tpm0,chardev=chartpm0");
		break;
	}
	sv_qemu_option(b, "-tpmdev", &buf);
	sv_buf_printf(&buf, "%s,id=tpm0,tpmdev=tpm-tpm0", tpm->model);
	sv_qemu_option(b, "-device", &buf);
	return 0;
}
