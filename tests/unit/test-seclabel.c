/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The meaning of a <seclabel> for every combination of type, relabel and children that libvirt's
 * format allows or ignores, and which seclabel belongs to which security model.
 */
#include "domain-fixture.h"

#include "base/string.h"

#define LABEL  "<label>u:r:t:s0:c1,c2</label>"
#define IMAGE  "<imagelabel>u:object_r:i:s0:c1,c2</imagelabel>"
#define BASE   "<baselabel>u:r:base_t:s0</baselabel>"
#define POLICY "<policytype>targeted</policytype>"

struct good {
	const char *lines;
	enum sv_seclabel_type type;
	bool relabel;
	const char *label, *baselabel;
	unsigned n_ignored;
};

static void test_meanings(void **state)
{
	static const struct good table[] = {
		{"<seclabel/>", SV_SECLABEL_DYNAMIC, true, NULL, NULL, 0},
		{"<seclabel type='dynamic'/>", SV_SECLABEL_DYNAMIC, true, NULL, NULL, 0},
		{"<seclabel relabel='yes'/>", SV_SECLABEL_DYNAMIC, true, NULL, NULL, 0},
		{"<seclabel type='dynamic'>" LABEL IMAGE "</seclabel>", SV_SECLABEL_DYNAMIC, true,
		 NULL, NULL, 2},
		{"<seclabel type='dynamic'>" BASE "</seclabel>", SV_SECLABEL_DYNAMIC, true, NULL,
		 "u:r:base_t:s0", 0},
		{"<seclabel>" BASE "</seclabel>", SV_SECLABEL_DYNAMIC, true, NULL, "u:r:base_t:s0",
		 0},
		{"<seclabel>" IMAGE "</seclabel>", SV_SECLABEL_DYNAMIC, true, NULL, NULL, 1},
		{"<seclabel type='static'>" LABEL "</seclabel>", SV_SECLABEL_STATIC, false,
		 "u:r:t:s0:c1,c2", NULL, 0},
		{"<seclabel type='static'>\n <label>\n  u:r:t:s0 </label>\n</seclabel>",
		 SV_SECLABEL_STATIC, false, "u:r:t:s0", NULL, 0},
		{"<seclabel type='static' relabel='yes'>" LABEL IMAGE "</seclabel>",
		 SV_SECLABEL_STATIC, true, "u:r:t:s0:c1,c2", NULL, 1},
		{"<seclabel type='static' relabel='no'>" LABEL "</seclabel>", SV_SECLABEL_STATIC,
		 false, "u:r:t:s0:c1,c2", NULL, 0},
		{"<seclabel type='none'/>", SV_SECLABEL_NONE, false, NULL, NULL, 0},
		{"<seclabel type='none' relabel='no'/>", SV_SECLABEL_NONE, false, NULL, NULL, 0},
		{"<seclabel model='none'/>", SV_SECLABEL_NONE, false, NULL, NULL, 0},
		{"<seclabel type='dynamic' model='none'/>", SV_SECLABEL_NONE, false, NULL, NULL, 0},
		/* the first prototype */
		{"<seclabel>" LABEL "</seclabel>", SV_SECLABEL_STATIC, false, "u:r:t:s0:c1,c2",
		 NULL, 0},
		{"<seclabel>" LABEL POLICY "</seclabel>", SV_SECLABEL_STATIC, false,
		 "u:r:t:s0:c1,c2", NULL, 1},
		{"<seclabel relabel='yes'>" LABEL POLICY "</seclabel>", SV_SECLABEL_STATIC, true,
		 "u:r:t:s0:c1,c2", NULL, 1},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		sv_auto_domain struct sv_domain *dom = domain_of(IN_DOMAIN, table[i].lines);
		const struct sv_seclabel *label = sv_domain_seclabel(dom, "selinux", true);

		assert_int_equal(dom->n_seclabels, 1);
		assert_ptr_equal(label, &dom->seclabels[0]);
		if (label->type != table[i].type || label->relabel != table[i].relabel ||
		    !sv_streq(label->label, table[i].label) ||
		    !sv_streq(label->baselabel, table[i].baselabel) ||
		    dom->n_ignored != table[i].n_ignored)
			fail_msg("read otherwise: %s", table[i].lines);
		assert_null(label->model);
		assert_int_equal(label->line, FRAME_LINE);
	}
}

static void test_prototype_file(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("domains/prototype.xml");

	(void)state;
	assert_int_equal(dom->seclabels[0].type, SV_SECLABEL_STATIC);
	assert_string_equal(dom->seclabels[0].model, "selinux");
	assert_string_equal(dom->seclabels[0].label, "system_u:system_r:virtd_t:s0");
	assert_int_equal(dom->n_ignored, 1);
	assert_string_equal(dom->ignored[0].element, "seclabel/policytype");
	assert_string_equal(dom->ignored[0].reason, "policytype of the first prototype");
	assert_int_equal(dom->ignored[0].line, 16);
}

static const struct bad_lines refused_seclabels[] = {
	{IN_DOMAIN, "<seclabel relabel='no'/>", 1, "a dynamic <seclabel> needs relabel='yes'",
	 "type='static'"},
	{IN_DOMAIN, "<seclabel type='dynamic' relabel='no'/>", 1,
	 "a dynamic <seclabel> needs relabel='yes'", NULL},
	{IN_DOMAIN, "<seclabel type='static'/>", 1, "a static <seclabel> has no <label>",
	 "put <label>"},
	{IN_DOMAIN, "\n<seclabel type='static'>" IMAGE "</seclabel>", 2,
	 "a static <seclabel> has no <label>", NULL},
	{IN_DOMAIN, "<seclabel type='static'>" LABEL BASE "</seclabel>", 1,
	 "<baselabel> has no meaning in a static <seclabel>", "type='dynamic'"},
	{IN_DOMAIN, "<seclabel>" LABEL BASE "</seclabel>", 1,
	 "<baselabel> has no meaning in a static <seclabel>", NULL},
	{IN_DOMAIN, "<seclabel type='none' relabel='yes'/>", 1, "relabel='yes' in a",
	 "no label to give"},
	{IN_DOMAIN, "<seclabel model='none' relabel='yes'/>", 1, "relabel='yes' in a", NULL},
	{IN_DOMAIN, "<seclabel type='none'>" LABEL "</seclabel>", 1, "has a <label>", NULL},
	{IN_DOMAIN, "<seclabel model='none'>" IMAGE "</seclabel>", 1, "has a <imagelabel>", NULL},
	{IN_DOMAIN, "<seclabel type='none'>" BASE "</seclabel>", 1, "has a <baselabel>", NULL},
	{IN_DOMAIN, "<seclabel type='none'>" POLICY "</seclabel>", 1, "has a <policytype>", NULL},
	{IN_DOMAIN, "<seclabel type='default'/>", 1,
	 "type of <seclabel>: 'default' is not supported", "dynamic, static, none"},
	{IN_DOMAIN, "<seclabel type=''/>", 1, "type of <seclabel>: '' is not supported", NULL},
	{IN_DOMAIN, "<seclabel type='Static'>" LABEL "</seclabel>", 1,
	 "type of <seclabel>: 'Static'", NULL},
	{IN_DOMAIN, "<seclabel type='x' model='none'/>", 1, "type of <seclabel>: 'x'", NULL},
	{IN_DOMAIN, "<seclabel relabel=''/>", 1, "relabel of <seclabel>: ''", "no, yes"},
	{IN_DOMAIN, "<seclabel relabel='default'/>", 1, "relabel of <seclabel>: 'default'", NULL},
	{IN_DOMAIN, "<seclabel labelskip='yes'/>", 1,
	 "attribute labelskip of <seclabel> is not known", NULL},
	{IN_DOMAIN, "<seclabel model=''/>", 1, "model of <seclabel> is empty", NULL},
	{IN_DOMAIN, "<seclabel model='a&#10;b'/>", 1,
	 "model of <seclabel> holds a control character", NULL},
	{IN_DOMAIN, "<seclabel type='static'>\n<label></label></seclabel>", 2, "<label> is empty",
	 NULL},
	{IN_DOMAIN, "<seclabel type='static'><label>a&#9;b</label></seclabel>", 1,
	 "<label> holds a control character", NULL},
	{IN_DOMAIN, "<seclabel><baselabel> </baselabel></seclabel>", 1, "<baselabel> is empty",
	 NULL},
	{IN_DOMAIN, "<seclabel type='static'>" LABEL "\n" LABEL "</seclabel>", 2,
	 "a second <label> in <seclabel>", NULL},
	{IN_DOMAIN, "<seclabel>" BASE BASE "</seclabel>", 1, "a second <baselabel>", NULL},
	{IN_DOMAIN, "<seclabel>" IMAGE IMAGE "</seclabel>", 1, "a second <imagelabel>", NULL},
	{IN_DOMAIN, "<seclabel>" POLICY POLICY "</seclabel>", 1, "a second <policytype>", NULL},
	{IN_DOMAIN, "<seclabel><lable>x</lable></seclabel>", 1,
	 "element <lable> is not known in <seclabel>", NULL},
	{IN_DOMAIN, "<seclabel>u:r:t:s0</seclabel>", 1, "text 'u:r:t:s0' in <seclabel>", NULL},
	{IN_DOMAIN, "<seclabel><label a='b'>x</label></seclabel>", 1,
	 "attribute a of <label> is not known", NULL},
};

static void test_refused(void **state)
{
	(void)state;
	assert_all_bad(refused_seclabels, SV_N_ELEMENTS(refused_seclabels));
}

static void test_models(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DOMAIN, "<seclabel/>\n<seclabel/>", 2, "a second <seclabel> without model",
		 "the first is in line 5"},
		{IN_DOMAIN,
		 "<seclabel model='selinux'/>\n<seclabel model='dac'/>\n"
		 "<seclabel model='selinux' type='none'/>",
		 3, "a second <seclabel> for model selinux", "the first is in line 5"},
		{IN_DOMAIN, "<seclabel/>\n<seclabel model='dac'/>", 1,
		 "several <seclabel> and this one names no model", "model='selinux'"},
		{IN_DOMAIN, "<seclabel model='dac'/>\n<seclabel type='none'/>", 2,
		 "several <seclabel> and this one names no model", NULL},
		/* equal models are reported before missing ones */
		{IN_DOMAIN, "<seclabel model='dac'/>\n<seclabel/>\n<seclabel/>", 3,
		 "a second <seclabel> without model", NULL},
	};
	sv_auto_domain struct sv_domain *dom = domain_of_file("domains/two-models.xml");
	sv_auto_domain struct sv_domain *bare = domain_of(IN_DOMAIN, "");

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
	assert_int_equal(sv_domain_seclabel(dom, "selinux", true)->type, SV_SECLABEL_DYNAMIC);
	assert_string_equal(sv_domain_seclabel(dom, "dac", false)->label, "+107:+107");
	assert_null(sv_domain_seclabel(dom, "smack", true));
	assert_null(sv_domain_seclabel(bare, "selinux", true));
}

static void test_unnamed_belongs_to_main(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("domains/none.xml");
	sv_auto_domain struct sv_domain *none = domain_of_file("domains/model-none.xml");

	(void)state;
	assert_ptr_equal(sv_domain_seclabel(dom, "smack", true), &dom->seclabels[0]);
	assert_null(sv_domain_seclabel(dom, "dac", false));
	/* "none" is no model's name: it is the request for the main model */
	assert_ptr_equal(sv_domain_seclabel(none, "selinux", true), &none->seclabels[0]);
}

static char *with_text(const char *before, char letter, size_t n, const char *after)
{
	size_t head = strlen(before), tail = strlen(after);
	char *text = malloc(head + n + tail + 1);

	assert_non_null(text);
	memcpy(text, before, head);
	memset(text + head, letter, n);
	memcpy(text + head + n, after, tail + 1);
	return text;
}

static void test_lengths(void **state)
{
	static const struct {
		const char *before, *after;
		size_t max;
		const char *msg;
	} table[] = {
		{"<seclabel type='static'><label>", "</label></seclabel>", 4096,
		 "<label> is too long (1 to 4096 bytes)"},
		{"<seclabel><baselabel>", "</baselabel></seclabel>", 4096,
		 "<baselabel> is too long (1 to 4096 bytes)"},
		{"<seclabel><imagelabel>", "</imagelabel></seclabel>", 4096,
		 "<imagelabel> is too long (1 to 4096 bytes)"},
		{"<seclabel model='", "'/>", 256,
		 "model of <seclabel> is too long (1 to 256 bytes)"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		sv_auto_free char *fits =
			with_text(table[i].before, 'x', table[i].max, table[i].after);
		sv_auto_free char *over =
			with_text(table[i].before, 'x', table[i].max + 1, table[i].after);
		sv_auto_domain struct sv_domain *dom = domain_of(IN_DOMAIN, fits);
		struct bad_lines bad = {IN_DOMAIN, over, 1, table[i].msg, NULL};

		assert_int_equal(dom->n_seclabels, 1);
		assert_all_bad(&bad, 1);
	}
}

static void test_device(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("domains/device-seclabel.xml");
	const struct sv_device_seclabel *kept = dom->disks[0].seclabels;
	const struct sv_device_seclabel *own = dom->disks[1].seclabels;

	(void)state;
	assert_int_equal(dom->disks[0].n_seclabels, 1);
	assert_string_equal(kept->model, "selinux");
	assert_false(kept->relabel);
	assert_null(kept->label);
	assert_int_equal(kept->line, 11);
	assert_null(own->model);
	assert_true(own->relabel);
	assert_string_equal(own->label, "system_u:object_r:svirt_own_t:s0:c5,c6");
}

static void test_many(void **state)
{
	sv_auto_buf struct sv_buf domain = {0}, device = {0};
	unsigned i;

	(void)state;
	sv_buf_puts(&device, "<source file='/a'>");
	for (i = 1; i <= 17; i++) {
		sv_buf_printf(&domain, "<seclabel model='m%u'/>\n", i);
		sv_buf_printf(&device, "<seclabel model='m%u' relabel='no'/>\n", i);
	}
	sv_buf_puts(&device, "</source>");
	assert_all_bad(
		(struct bad_lines[]){{IN_DOMAIN, domain.s, 17, "more than 16 <seclabel>", NULL},
				     {IN_DISK, device.s, 17, "more than 16 <seclabel>", NULL}},
		2);
}

#define SOURCE(inner) "<source file='/a'>" inner "</source>"

static void test_device_refused(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DISK, SOURCE("\n<seclabel relabel='no'>" LABEL "</seclabel>"), 2,
		 "a <label> and relabel='no' in one <seclabel>", "keep the <label>"},
		{IN_DISK, SOURCE("<seclabel model='selinux' relabel='yes'/>"), 1,
		 "a <seclabel> of a device that changes nothing", "relabel='no'"},
		{IN_DISK, SOURCE("<seclabel type='none'/>"), 1,
		 "attribute type of <seclabel> is not known", NULL},
		{IN_DISK, SOURCE("<seclabel>" BASE "</seclabel>"), 1,
		 "element <baselabel> is not known in <seclabel>", NULL},
		{IN_DISK, SOURCE("<seclabel relabel='maybe'/>"), 1,
		 "relabel of <seclabel>: 'maybe'", "no, yes"},
		{IN_DISK, SOURCE("<seclabel relabel='no'/>\n<seclabel relabel='no'/>"), 2,
		 "a second <seclabel> for the same model in this device", NULL},
		{IN_DISK,
		 SOURCE("<seclabel model='a' relabel='no'/>\n<seclabel model='a' relabel='no'/>"),
		 2, "a second <seclabel> for the same model in this device", NULL},
		{IN_DISK, SOURCE("<seclabel>" LABEL "\n" LABEL "</seclabel>"), 2,
		 "a second <label>", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

#define DISK(inner) "<devices><disk>" SOURCE(inner) "<target dev='vda'/></disk></devices>\n"
#define SERIAL(inner) \
	"<devices><serial type='file'><source path='/a'>" inner "</source></serial></devices>\n"

static void test_device_and_domain(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DOMAIN, DISK("<seclabel relabel='no'/>") "<seclabel type='none'/>", 1,
		 "overrides a label of the domain that has relabel='no'", "in line 6"},
		{IN_DOMAIN,
		 DISK("<seclabel model='selinux' relabel='no'/>") "<seclabel model='selinux' "
								  "type='static'>" LABEL
								  "</seclabel>",
		 1, "overrides a label of the domain that has relabel='no'", NULL},
		{IN_DOMAIN,
		 DISK("<seclabel model='selinux' relabel='no'/>") "<seclabel type='none'/>", 1,
		 "overrides a label of the domain that has relabel='no'", NULL},
		{IN_DOMAIN, SERIAL("<seclabel relabel='no'/>") "<seclabel model='none'/>", 1,
		 "overrides a label of the domain that has relabel='no'", NULL},
		{IN_DOMAIN,
		 DISK("<seclabel relabel='no'/>") "<seclabel model='dac'/><seclabel model='selinux'/>",
		 1, "this <seclabel> names no model, and the domain has several",
		 "model='selinux'"},
	};
	sv_auto_domain struct sv_domain *other = domain_of(
		IN_DOMAIN, DISK("<seclabel model='dac' relabel='no'/>") "<seclabel model='selinux' "
									"type='none'/>");
	sv_auto_domain struct sv_domain *skip =
		domain_of(IN_DISK, SOURCE("<seclabel labelskip='yes' relabel='no'/>"));

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
	assert_int_equal(other->disks[0].n_seclabels, 1);
	assert_string_equal(skip->ignored[0].element, "devices/disk/source/seclabel@labelskip");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meanings),
		cmocka_unit_test(test_prototype_file),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_models),
		cmocka_unit_test(test_unnamed_belongs_to_main),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_device),
		cmocka_unit_test(test_device_refused),
		cmocka_unit_test(test_device_and_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
