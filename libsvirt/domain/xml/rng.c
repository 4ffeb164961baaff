/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <rng>: where the guest's random numbers come from: QEMU itself, a device of the host, or a
 * daemon's socket.
 */
#include "domain/xml/parts.h"

/* The daemon is a server on this host: datagrams to anywhere are no resource that has a label. */
static int read_egd_source(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"mode", NULL}, {"path", NULL}, {NULL, NULL}};
	static const char *const modes[] = {"connect", NULL};
	struct sv_rng *rng = into;
	unsigned at;
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0)
		r = sv_xml_need_choice(x, node, "mode", modes, &at);
	return r < 0 ? r : sv_xml_need_socket_path(x, node, "path", "source of <rng>", &rng->path);
}

static int read_egd(struct sv_xml *x, const xmlNode *node, struct sv_rng *rng)
{
	static const struct sv_xml_rule rules[] = {SV_XML_READ("source", read_egd_source),
						   SV_XML_END};
	static const char *const types[] = {"unix", NULL};
	unsigned at;
	int r = sv_xml_need_choice(x, node, "type", types, &at);

	if (r >= 0)
		r = sv_xml_children(x, node, rules, rng);
	if (r >= 0 && !rng->path)
		return sv_xml_fail(x, node, "<backend model='egd'> has no <source>");
	return r;
}

static int read_backend(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"model", NULL}, {NULL, NULL}};
	static const struct sv_xml_attr known_egd[] = {
		{"model", NULL}, {"type", NULL}, {NULL, NULL}};
	static const char *const models[] = {"random", "builtin", "egd", NULL};
	static const enum sv_rng_backend backends[] = {SV_RNG_RANDOM, SV_RNG_BUILTIN, SV_RNG_EGD};
	sv_auto_free char *text = NULL;
	struct sv_rng *rng = into;
	unsigned at;
	int r = sv_xml_need_choice(x, node, "model", models, &at);

	_Static_assert(SV_N_ELEMENTS(models) == SV_N_ELEMENTS(backends) + 1, "one for each");
	if (r < 0)
		return r;
	rng->backend = backends[at];
	r = sv_xml_attrs(x, node, rng->backend == SV_RNG_EGD ? known_egd : known);
	if (r < 0)
		return r;
	if (rng->backend == SV_RNG_EGD)
		return read_egd(x, node, rng);
	if (rng->backend == SV_RNG_BUILTIN)
		return sv_xml_children(x, node, sv_xml_no_children, NULL);
	r = sv_xml_text_trimmed(x, node, &text);
	if (r < 0)
		return r;
	return sv_xml_path(x, node, "source of <rng>", *text ? text : "/dev/urandom", &rng->path);
}

/* How much the guest may take from the host in a time. */
static int read_rate(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"bytes", NULL}, {"period", NULL}, {NULL, NULL}};
	static const uint32_t second_ms = 1000;
	const char *bytes = sv_xml_attr(node, "bytes"), *period = sv_xml_attr(node, "period");
	struct sv_rng *rng = into;
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	if (!bytes)
		return sv_xml_missing(x, node, "bytes");
	rng->rate_ms = second_ms;
	if (sv_parse_u64(bytes, 1, INT64_MAX, "bytes of <rate>", &rng->rate_bytes, x->err) < 0)
		return sv_xml_at(x, node);
	if (period &&
	    sv_parse_u32(period, 1, UINT32_MAX, "period of <rate>", &rng->rate_ms, x->err) < 0)
		return sv_xml_at(x, node);
	return 0;
}

int sv_xml_rng(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("backend", read_backend),	  SV_XML_READ("rate", read_rate),
		SV_XML_IGNORE("driver", SV_XML_HARMLESS), SV_XML_IGNORE("address", SV_XML_HARMLESS),
		SV_XML_IGNORE("alias", SV_XML_HARMLESS),  SV_XML_END,
	};
	static const struct sv_xml_attr known[] = {{"model", NULL}, {NULL, NULL}};
	struct sv_rng *rng = sv_xml_add(x, x->dom->rngs, x->dom->n_rngs);
	unsigned at;
	int r;

	(void)unused;
	if (!rng)
		return -(int)x->err->code;
	rng->line = sv_xml_line(node);
	r = sv_xml_attrs(x, node, known);
	if (r >= 0)
		r = sv_xml_need_choice(x, node, "model", sv_xml_virtio_models, &at);
	if (r < 0)
		return r;
	rng->virtio = (enum sv_virtio)at;
	r = sv_xml_children(x, node, rules, rng);
	if (r >= 0 && !sv_xml_has_child(node, "backend"))
		return sv_xml_fail(x, node, "<rng> has no <backend>");
	return r;
}
