/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * <launchSecurity>: the accepted elements, and which host resources they need. The command line has
 * a golden file (test-argv).
 */
#include "domain-fixture.h"

#include "base/string.h"
#include "domain/resource/resource.h"

#define SEV(text)    "<launchSecurity type='sev'>" text "</launchSecurity>"
#define CBITPOS	     "<cbitpos>51</cbitpos>"
#define REDUCED	     "<reducedPhysBits>1</reducedPhysBits>"
#define POLICY(text) "<policy>" text "</policy>"

static void test_bad(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DOMAIN, "<launchSecurity/>", 1, "attribute type is missing in <launchSecurity>",
		 NULL},
		{IN_DOMAIN, "<launchSecurity type='sev-snp'/>", 1,
		 "type of <launchSecurity>: 'sev-snp' is not supported", "accepted: sev"},
		{IN_DOMAIN, "<launchSecurity type='s390-pv'/>", 1, "'s390-pv' is not supported",
		 NULL},
		{IN_DOMAIN, SEV(REDUCED POLICY("0x1")), 1, "<launchSecurity> has no <cbitpos>",
		 "virsh domcapabilities"},
		{IN_DOMAIN, SEV(CBITPOS POLICY("0x1")), 1,
		 "<launchSecurity> has no <reducedPhysBits>", NULL},
		{IN_DOMAIN, SEV(CBITPOS REDUCED), 1, "<launchSecurity> has no <policy>", NULL},
		{IN_DOMAIN, SEV("\n<cbitpos>64</cbitpos>"), 2, "cbitpos: 64 is out of range", NULL},
		{IN_DOMAIN, SEV("\n<cbitpos>0x33</cbitpos>"), 2, "cbitpos: '0x33' is not a whole",
		 NULL},
		{IN_DOMAIN, SEV("\n<reducedPhysBits>64</reducedPhysBits>"), 2,
		 "reducedPhysBits: 64 is out of range", NULL},
		{IN_DOMAIN, SEV(CBITPOS REDUCED "\n" POLICY("10")), 2,
		 "policy '10' does not begin with 0x", "hexadecimal"},
		{IN_DOMAIN, SEV(CBITPOS REDUCED POLICY("0x100000000")), 1, "policy: ", NULL},
		{IN_DOMAIN, SEV(CBITPOS REDUCED POLICY("")), 1, "policy: ", NULL},
		{IN_DOMAIN, SEV("<dhCert>AAAA</dhCert>"), 1,
		 "<dhCert> of <launchSecurity> is not supported", "remove it"},
		{IN_DOMAIN, SEV("<session>AAAA</session>"), 1,
		 "<session> of <launchSecurity> is not supported", "kernelHashes='yes'"},
		{IN_DOMAIN, "<launchSecurity type='sev' kernelHashes='on'/>", 1,
		 "kernelHashes: 'on' is neither", NULL},
		{IN_DOMAIN, "<launchSecurity type='sev' keyfile='/k'/>", 1,
		 "attribute keyfile of <launchSecurity> is not known", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

static void test_resources(void **state)
{
	sv_auto_domain struct sv_domain *dom =
		domain_of(IN_DOMAIN, SEV(CBITPOS REDUCED POLICY("7")));
	sv_auto_resources struct sv_resources list = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(dom->sev.policy, 7);
	assert_false(dom->sev.has_hashes);
	/* encrypted pages cannot be swapped out */
	assert_int_equal(sv_domain_locked_kib(dom), dom->memory_kib + 1024 * 1024);
	assert_int_equal(sv_resources_of(dom, NULL, "/run/svirt/web/guest", &list, &err), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.items[0].kind, SV_RES_SEV);
	assert_int_equal(list.items[0].access, SV_ACCESS_RW);
	assert_string_equal(list.items[0].target, "sev");
	assert_string_equal(list.items[0].path, "/dev/sev");
	assert_int_equal(list.items[0].line, FRAME_LINE);
	assert_true(sv_resource_is_shared_device(&list.items[0]));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_resources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
