/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of character devices that go beyond files and sockets (types that svirt does not have,
 * addresses, channels, what the document leaves to svirt), and of what sits on them: TPM,
 * redirected devices; vsock.
 */
#include "domain-fixture.h"

#include "base/string.h"

static void test_types(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, "<console type='spicevmc'/>", 1,
		 "type of <console>: 'spicevmc' is not supported", "use spiceport"},
		{IN_DEVICES, "<serial type='stdio'/>", 1,
		 "type of <serial>: 'stdio' is not supported", "use pty, file or unix"},
		{IN_DEVICES, "<serial type='spiceport'/>", 1,
		 "<serial type='spiceport'> has no <source>", NULL},
		{IN_DEVICES, "<serial type='spiceport'><source/></serial>", 1,
		 "attribute channel is missing in <source>", NULL},
		{IN_DEVICES, "<serial type='spiceport'><source channel='a,b'/></serial>", 1,
		 "channel of <source>: 'a,b' is not 1 to 64 letters", NULL},
		{IN_DEVICES, "<serial type='spiceport'><source channel='a'/></serial>", 1,
		 "a part of SPICE in a domain that has no <graphics type='spice'>",
		 "remove it, or put"},
		{IN_DEVICES, "<smartcard mode='passthrough' type='spicevmc'/>", 1,
		 "a part of SPICE in a domain", NULL},
		{IN_DEVICES,
		 "<graphics type='vnc'/>\n"
		 "<channel type='spicevmc'><target type='virtio'/></channel>",
		 2, "a part of SPICE in a domain", NULL},
		{IN_DEVICES, "<channel type='spicevmc'><source path='/a'/></channel>", 1,
		 "attribute path of <source> is not known", NULL},
		{IN_DEVICES, "<channel type='qemu-vdagent'/>", 1, "'qemu-vdagent' is not supported",
		 "clipboard"},
		{IN_DEVICES, "<console type='dbus'/>", 1, "'dbus' is not supported",
		 "D-Bus graphics"},
		{IN_DEVICES, "<parallel type='nmdm'/>", 1,
		 "type of <parallel>: 'nmdm' is not supported", "FreeBSD"},
		{IN_DEVICES, "<serial type='sclp'/>", 1, "'sclp' is not supported",
		 "null, vc, pty, dev, file, pipe, tcp, udp, unix, spicevmc, spiceport"},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

#define TCP(source, rest) \
	"<serial type='tcp'><source host='::1' service='23' " source "/>" rest "</serial>"
#define UDP(source) "<serial type='udp'>" source "</serial>"

static void test_bad_char_addresses(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, "<serial type='tcp'/>", 1, "<serial type='tcp'> has no <source>",
		 NULL},
		{IN_DEVICES, "<serial type='tcp'><source service='23'/></serial>", 1,
		 "attribute host is missing in <source>", NULL},
		{IN_DEVICES, "<serial type='tcp'><source host='a'/></serial>", 1,
		 "attribute service is missing in <source>", NULL},
		{IN_DEVICES, "<serial type='tcp'><source host='a,b' service='1'/></serial>", 1,
		 "host of <source>: 'a,b' is not 1 to 64 letters", NULL},
		{IN_DEVICES, "<serial type='tcp'><source host='a' service='telnet'/></serial>", 1,
		 "service of <source>: 'telnet' is not a whole decimal number", NULL},
		{IN_DEVICES, "<serial type='tcp'><source host='a' service='65536'/></serial>", 1,
		 "service of <source>: 65536 is out of range", NULL},
		{IN_DEVICES, TCP("tls='yes'", ""), 1, "tls='yes' of <source> is not supported",
		 "encrypt outside"},
		{IN_DEVICES, TCP("path='/a'", ""), 1, "attribute path of <source> is not known",
		 NULL},
		{IN_DEVICES, TCP("", "<protocol type='telnets'/>"), 1,
		 "type of <protocol>: 'telnets' is not supported", "raw, telnet"},
		{IN_DEVICES, TCP("", "<protocol/>"), 1, "attribute type is missing in <protocol>",
		 NULL},
		{IN_DEVICES,
		 "<serial type='tcp'><source host='a' service='1' mode='bind'>"
		 "<reconnect enabled='yes' timeout='1'/></source></serial>",
		 1, "<reconnect> of a device that does not connect", "mode='connect'"},
		{IN_DEVICES,
		 "<serial type='pty'><source><reconnect enabled='yes'/></source></serial>", 1,
		 "<reconnect> of a device that does not connect", NULL},
		{IN_DEVICES,
		 "<serial type='unix'><source path='/a'><reconnect enabled='yes'/></source>"
		 "</serial>",
		 1, "attribute timeout is missing in <reconnect>", NULL},
		{IN_DEVICES,
		 "<serial type='unix'><source path='/a'><reconnect timeout='1'/></source></serial>",
		 1, "attribute enabled is missing in <reconnect>", NULL},
		{IN_DEVICES,
		 "<serial type='unix'><source path='/a'><reconnect enabled='yes' timeout='0'/>"
		 "</source></serial>",
		 1, "timeout of <reconnect>: 0 is out of range", NULL},
		{IN_DEVICES, UDP("<source mode='bind' service='1'/>"), 1,
		 "<serial type='udp'> has no <source mode='connect'>", NULL},
		{IN_DEVICES, UDP("<source service='1'/>\n<source mode='connect' service='2'/>"), 2,
		 "a second <source> of one mode in <serial>", NULL},
		{IN_DEVICES, UDP("<source mode='connect' host='a'/>"), 1,
		 "attribute service is missing in <source>", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

static void test_bad_channels(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, "<channel type='pty'/>", 1, "<channel> has no <target>", NULL},
		{IN_DEVICES, "<channel type='pty'><target name='a'/></channel>", 1,
		 "attribute type is missing in <target>", NULL},
		{IN_DEVICES,
		 "<channel type='pty'><target type='guestfwd' address='10.0.2.1' port='1'/>"
		 "</channel>",
		 1, "type of <target>: 'guestfwd' is not supported", "accepted: virtio"},
		{IN_DEVICES, "<channel type='pty'><target type='virtio' name='a/b'/></channel>", 1,
		 "name of <target>: 'a/b' is not 1 to 64 letters", NULL},
		{IN_DEVICES,
		 "<channel type='pty'><target type='virtio' name='a'/></channel>\n"
		 "<channel type='null'><target type='virtio' name='a'/></channel>",
		 2, "a second <channel> with the name a", NULL},
		{IN_DEVICES, "<parallel type='pty'><target type='a'/></parallel>", 1,
		 "attribute type of <target> is not known", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

static void test_sources(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("argv/chardevs.xml");
	const struct sv_char *c = dom->chars;

	(void)state;
	assert_int_equal(dom->n_chars, 13);
	assert_int_equal(c[0].source.type, SV_CHAR_VC);
	assert_string_equal(c[0].source.log, "/srv/log/serial0,1.log");
	assert_true(c[0].source.log_append);
	assert_int_equal(c[2].source.n_seclabels, 1);
	assert_null(c[3].source.path);
	assert_string_equal(c[3].source.own, "serial3.sock");
	assert_int_equal(c[5].port, 2);
	/* a channel without <source> listens, and is called what the guest calls it */
	assert_true(c[6].source.listen);
	assert_string_equal(c[6].source.own, "org.qemu.guest_agent.0.sock");
	assert_false(c[7].source.listen);
	assert_int_equal(c[7].source.reconnect, 10);
	assert_string_equal(c[8].source.own, "channel2.sock");
	assert_true(c[9].source.telnet && c[9].source.listen);
	assert_string_equal(c[9].source.to.host, "::1");
	assert_int_equal(c[10].source.reconnect, 0);
	assert_string_equal(c[11].source.at.host, "127.0.0.1");
	assert_int_equal(c[11].source.at.port, 1234);
	assert_int_equal(c[11].source.to.port, 1235);
	assert_null(c[12].source.to.host);
}

#define TPM(inner)   "<tpm model='tpm-tis'>" inner "</tpm>"
#define VSOCK(inner) "<vsock model='virtio'>" inner "</vsock>"

static void test_bad_tpm_and_vsock(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, "<tpm model='tpm-spapr'/>", 1,
		 "model of <tpm>: 'tpm-spapr' is not supported", "tpm-tis, tpm-crb"},
		{IN_DEVICES, "<tpm/>", 1, "<tpm> has no <backend>", NULL},
		{IN_DEVICES, TPM("<backend/>"), 1, "attribute type is missing in <backend>", NULL},
		{IN_DEVICES, TPM("<backend type='vtpm'/>"), 1,
		 "type of <backend>: 'vtpm' is not supported", "passthrough, external, emulator"},
		{IN_DEVICES, TPM("<backend type='passthrough'><device/></backend>"), 1,
		 "attribute path is missing in <device>", NULL},
		{IN_DEVICES, TPM("<backend type='external'/>"), 1,
		 "<backend type='external'> has no <source>", NULL},
		{IN_DEVICES,
		 TPM("<backend type='external'><source type='unix' mode='bind' path='/a'/>"
		     "</backend>"),
		 1, "mode of <source>: 'bind' is not supported", "accepted: connect"},
		{IN_DEVICES,
		 TPM("<backend type='external'><source type='tcp' path='/a'/></backend>"), 1,
		 "type of <source>: 'tcp' is not supported", "accepted: unix"},
		{IN_DEVICES, TPM("<backend type='external'><source path='/a'/></backend>"), 1,
		 "attribute type is missing in <source>", NULL},
		{IN_DEVICES, TPM("<backend type='external'><source type='unix'/></backend>"), 1,
		 "attribute path is missing in <source>", NULL},
		{IN_DEVICES, VSOCK(""), 1, "<vsock> has no <cid>", NULL},
		{IN_DEVICES, VSOCK("<cid auto='no'/>"), 1, "attribute address is missing in <cid>",
		 "auto='yes'"},
		{IN_DEVICES, VSOCK("<cid auto='maybe' address='3'/>"), 1, "auto of <cid>", NULL},
		{IN_DEVICES, VSOCK("<cid address='2'/>"), 1, "address of <cid>: 2 is out of range",
		 NULL},
		{IN_DEVICES, "<vsock model='vmci'/>", 1,
		 "model of <vsock>: 'vmci' is not supported", "virtio"},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

#define EMULATOR(inner) TPM("<backend type='emulator'>" inner "</backend>")

static void test_bad_emulated_tpm(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, EMULATOR(""), 1,
		 "the state of the TPM is found by the domain's <uuid>, and it has none",
		 "<source type='dir' path='DIR'/>"},
		{IN_DEVICES, TPM("<backend type='emulator' version='3.0'/>"), 1,
		 "version of <backend>: '3.0' is not supported", "2.0, 1.2"},
		{IN_DEVICES, TPM("<backend type='external' version='2.0'/>"), 1,
		 "attribute version of <backend> is not known", NULL},
		{IN_DEVICES, EMULATOR("<device path='/dev/tpm0'/>"), 1,
		 "element <device> is not known in <backend>", NULL},
		{IN_DEVICES, EMULATOR("<source path='/a'/>"), 1,
		 "attribute type is missing in <source>", NULL},
		{IN_DEVICES, EMULATOR("<source type='dir'/>"), 1,
		 "attribute path is missing in <source>", NULL},
		{IN_DEVICES, EMULATOR("<source type='file' path='/a'/>"), 1,
		 "type of <source>: 'file' is not supported", "accepted: dir"},
		{IN_DEVICES, EMULATOR("<source type='dir' path='a'/>"), 1, "path of <source>",
		 NULL},
		{IN_DEVICES, EMULATOR("<source type='dir' path='/a,b'/>"), 1,
		 "path of <source>: swtpm takes no path with a comma", "another name"},
		{IN_DEVICES, EMULATOR("\n<encryption secret='x'/>"), 2,
		 "<encryption> of a TPM is not supported: svirt keeps no secrets",
		 "encrypted filesystem"},
		{IN_DEVICES, EMULATOR("\n<active_pcr_banks><sha256/></active_pcr_banks>"), 2,
		 "<active_pcr_banks> is not supported: svirt runs no swtpm_setup",
		 "swtpm_setup --tpm2 --reconfigure --tpmstate DIR --pcr-banks sha256"},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

/* libvirt's directories by the uuid, wherever that stands; a named one needs none. */
static void test_tpm_state(void **state)
{
	static const char uuid[] = "<uuid>6695EB01-f6a4-8304-79aa-97f2502e1944</uuid>";
	static const struct {
		const char *backend, *state;
		enum sv_tpm_version version;
	} table[] = {
		{"type='emulator'", "tpm2", SV_TPM_2_0},
		{"type='emulator' version='2.0' persistent_state='yes'", "tpm2", SV_TPM_2_0},
		{"type='emulator' version='1.2' debug='3'", "tpm1.2", SV_TPM_1_2},
	};
	sv_auto_domain struct sv_domain *named =
		domain_of(IN_DEVICES, EMULATOR("<source type='dir' path='/srv/a b'/>"));

	/* the others have none, and need no uuid */
	sv_auto_domain struct sv_domain *host =
		domain_of(IN_DEVICES, TPM("<backend type='passthrough'/>"));

	(void)state;
	assert_string_equal(named->tpm.state, "/srv/a b");
	assert_null(host->tpm.state);
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++) {
		sv_auto_domain struct sv_domain *dom = NULL;
		char lines[512], dir[128];

		(void)snprintf(lines, sizeof(lines),
			       "<devices><tpm><backend %s/></tpm></devices>%s", table[i].backend,
			       uuid);
		(void)snprintf(dir, sizeof(dir), "/var/lib/libvirt/swtpm/%s/%s",
			       "6695eb01-f6a4-8304-79aa-97f2502e1944", table[i].state);
		dom = domain_of(IN_DOMAIN, lines);
		assert_int_equal(dom->tpm.backend, SV_TPM_EMULATOR);
		assert_int_equal(dom->tpm.version, table[i].version);
		assert_string_equal(dom->tpm.state, dir);
	}
}

static void test_bad_redirs(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, "<redirdev type='tcp'/>", 1, "attribute bus is missing", NULL},
		{IN_DEVICES, "<redirdev bus='pci' type='tcp'/>", 1,
		 "bus of <redirdev>: 'pci' is not supported", "usb"},
		{IN_DEVICES, "<redirdev bus='usb' type='file'/>", 1,
		 "type of <redirdev>: 'file' is not supported", "accepted: tcp, unix, spicevmc"},
		{IN_DEVICES, "<redirdev bus='usb' type='tcp'/>", 1,
		 "<redirdev type='tcp'> has no <source>", NULL},
		{IN_DEVICES, "<smartcard/>", 1, "attribute mode is missing in <smartcard>", NULL},
		{IN_DEVICES, "<smartcard mode='host'/>", 1,
		 "mode of <smartcard>: 'host' is not supported", "card readers"},
		{IN_DEVICES, "<smartcard mode='none'/>", 1,
		 "mode of <smartcard>: 'none' is not supported", "passthrough"},
		{IN_DEVICES, "<smartcard mode='passthrough' type='pty'/>", 1,
		 "type of <smartcard>: 'pty' is not supported", "accepted: tcp, unix, spicevmc"},
		{IN_DOMAIN,
		 "<seclabel type='static' model='selinux' relabel='no'><label>a</label></seclabel>"
		 "<devices><redirdev bus='usb' type='unix'><source path='/a'>\n"
		 "<seclabel model='selinux'><label>b</label></seclabel></source></redirdev>"
		 "</devices>",
		 2, "overrides a label of the domain", NULL},
		{IN_DOMAIN,
		 "<seclabel type='static' model='selinux' relabel='no'><label>a</label></seclabel>"
		 "<devices><tpm><backend type='external'><source type='unix' path='/a'>\n"
		 "<seclabel model='selinux'><label>b</label></seclabel></source></backend></tpm>"
		 "</devices>",
		 2, "overrides a label of the domain", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

/* The first console is the first serial port, whatever its type. */
static void test_mirror(void **state)
{
	sv_auto_domain struct sv_domain *dom =
		domain_of(IN_DEVICES, "<serial type='unix'><source mode='bind'/></serial>\n"
				      "<console type='unix'><source mode='bind'/></console>");

	(void)state;
	assert_int_equal(dom->n_chars, 1);
	assert_string_equal(dom->chars[0].source.own, "serial0.sock");
}

#define FILE_A(source, rest) " type='file'><source path='/a' " source "</source>" rest
#define TO_B(source, rest)   " type='tcp'><source host='b' service='1'>" source "</source>" rest
#define LABEL(label)	     "<seclabel model='selinux' relabel='yes'><label>" label "</label></seclabel>"
#define RECONNECT(s)	     "<reconnect enabled='yes' timeout='" s "'/>"

/* A console that repeats the serial port, or the bare source of it, is the same; one with something
 * of its own is not, and is warned of. */
static void test_not_mirror(void **state)
{
	static const struct {
		const char *serial, *console;
		bool same;
	} table[] = {
		{FILE_A(">", "<log file='/l'/>"), FILE_A(">", ""), true},
		{FILE_A(">", "<log file='/l'/>"), FILE_A(">", "<log file='/l'/>"), true},
		{FILE_A(">", "<log file='/l'/>"), FILE_A(">", "<log file='/m'/>"), false},
		{FILE_A(">", "<log file='/l'/>"), FILE_A(">", "<log file='/l' append='on'/>"),
		 false},
		{FILE_A(">", ""), FILE_A(">", "<log file='/l'/>"), false},
		{FILE_A("append='on'>", ""), FILE_A("append='on'>", ""), true},
		{FILE_A("append='on'>", ""), FILE_A(">", ""), false},
		{FILE_A(">" LABEL("a"), ""), FILE_A(">", ""), true},
		{FILE_A(">" LABEL("a"), ""), FILE_A(">" LABEL("a"), ""), true},
		{FILE_A(">" LABEL("a"), ""), FILE_A(">" LABEL("b"), ""), false},
		{FILE_A(">", ""), FILE_A(">" LABEL("a"), ""), false},
		{TO_B("", "<protocol type='telnet'/>"), TO_B("", "<protocol type='telnet'/>"),
		 true},
		{TO_B("", "<protocol type='telnet'/>"), TO_B("", ""), false},
		{TO_B(RECONNECT("1"), ""), TO_B(RECONNECT("1"), ""), true},
		{TO_B(RECONNECT("1"), ""), TO_B(RECONNECT("2"), ""), false},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++) {
		sv_auto_domain struct sv_domain *dom = NULL;
		char lines[1024];

		(void)snprintf(lines, sizeof(lines), "<serial%s</serial>\n<console%s</console>",
			       table[i].serial, table[i].console);
		dom = domain_of(IN_DEVICES, lines);
		assert_int_equal(dom->n_chars, 1);
		assert_int_equal(dom->n_ignored, 1);
		if (dom->ignored[0].warn == table[i].same)
			fail_msg("'%s' for %s", dom->ignored[0].reason, lines);
		assert_int_equal(dom->ignored[0].line, FRAME_DEVICES_LINE + 1);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),	     cmocka_unit_test(test_bad_char_addresses),
		cmocka_unit_test(test_bad_channels), cmocka_unit_test(test_sources),
		cmocka_unit_test(test_mirror),	     cmocka_unit_test(test_bad_tpm_and_vsock),
		cmocka_unit_test(test_bad_redirs),   cmocka_unit_test(test_bad_emulated_tpm),
		cmocka_unit_test(test_tpm_state),    cmocka_unit_test(test_not_mirror),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
