/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parses bytes into a document with a restricted libxml2: entities cannot be defined, so none can
 * be expanded; nothing is loaded from anywhere; depth and number of nodes are limited while the
 * document is read, before it fills the memory. Leaves no state and installs no process-wide
 * handler. Knows nothing of domains.
 */
#include "domain/xml/node.h"
#include "domain/xml/xml.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>

#include <ctype.h>
#include <strings.h>

#define NOT_A_GUEST "this does not look like the description of one guest"

struct leash {
	const char *file;
	struct sv_error *err;
	unsigned nodes;
};

static struct leash *leash_of(void *ctx)
{
	return ((xmlParserCtxt *)ctx)->_private;
}

static unsigned line_of(void *ctx)
{
	int line = xmlSAX2GetLineNumber(ctx);

	return line > 0 ? (unsigned)line : 0;
}

/* Called before the first declaration in a DOCTYPE is read, so an entity bomb costs nothing. */
static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *public_id,
		       const xmlChar *system_id)
{
	struct leash *leash = leash_of(ctx);

	(void)name;
	(void)public_id;
	(void)system_id;
	(void)sv_fail_at(leash->err, leash->file, line_of(ctx), "a DOCTYPE is not allowed");
	(void)sv_hint(leash->err, "remove the <!DOCTYPE> declaration and its entities");
	xmlStopParser(ctx);
}

static void on_start_document(void *ctx)
{
	const xmlParserCtxt *parser = ctx;
	struct leash *leash = leash_of(ctx);
	const char *declared;
	char shown[64];

	xmlSAX2StartDocument(ctx);
	declared = (const char *)(parser->encoding ? parser->encoding : parser->input->encoding);
	if (!declared || strcasecmp(declared, "UTF-8") == 0 ||
	    strcasecmp(declared, "US-ASCII") == 0 || strcasecmp(declared, "ASCII") == 0)
		return;
	(void)sv_fail_at(leash->err, leash->file, 1, "encoding '%s' is not supported",
			 sv_escape(declared, shown, sizeof(shown)));
	(void)sv_hint(leash->err, "convert the file to UTF-8");
	xmlStopParser(ctx);
}

static void on_start_element(void *ctx, const xmlChar *name, const xmlChar *prefix,
			     const xmlChar *uri, int n_namespaces, const xmlChar **namespaces,
			     int n_attributes, int n_defaulted, const xmlChar **attributes)
{
	struct leash *leash = leash_of(ctx);
	int depth = ((xmlParserCtxt *)ctx)->nodeNr;

	leash->nodes += 1 + (unsigned)n_attributes + (unsigned)n_namespaces;
	if (depth >= (int)SV_XML_MAX_DEPTH) {
		(void)sv_fail_at(leash->err, leash->file, line_of(ctx),
				 "elements are nested deeper than %u levels", SV_XML_MAX_DEPTH);
	} else if (leash->nodes > SV_XML_MAX_NODES) {
		(void)sv_fail_at(leash->err, leash->file, line_of(ctx),
				 "more than %u elements and attributes", SV_XML_MAX_NODES);
	} else {
		xmlSAX2StartElementNs(ctx, name, prefix, uri, n_namespaces, namespaces,
				      n_attributes, n_defaulted, attributes);
		return;
	}
	(void)sv_hint(leash->err, NOT_A_GUEST);
	xmlStopParser(ctx);
}

/* libxml2 2.12 made the object const. */
#if LIBXML_VERSION >= 21200
#define XML_ERROR const xmlError
#else
#define XML_ERROR xmlError
#endif

static void on_error(void *ctx, XML_ERROR *e)
{
	struct leash *leash = leash_of(ctx);
	unsigned line = e->line > 0 ? (unsigned)e->line : 0;
	char text[256], shown[256];
	size_t len;

	if (e->level == XML_ERR_NONE || e->level == XML_ERR_WARNING)
		return;
	if (e->code == XML_ERR_NO_MEMORY) {
		(void)sv_fail_oom(leash->err);
		return;
	}
	(void)snprintf(text, sizeof(text), "%s", e->message ? e->message : "no reason given");
	for (len = strlen(text); len && isspace((unsigned char)text[len - 1]); len--)
		text[len - 1] = '\0';
	(void)sv_fail_at(leash->err, leash->file, line, "not well-formed XML: %s",
			 sv_escape(text, shown, sizeof(shown)));
	(void)sv_hint(leash->err, "'xmllint --noout FILE' shows the place");
}

static unsigned count(const char *bytes, size_t len, char c)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < len; i++)
		n += bytes[i] == c;
	return n;
}

/* The first byte that is not UTF-8, or the end. A parser would read it as Latin-1 and go on. */
static size_t utf8_end(const char *bytes, size_t len)
{
	size_t at = 0;

	while (at < len) {
		int n = len - at < 4 ? (int)(len - at) : 4;

		if (xmlGetUTF8Char((const unsigned char *)bytes + at, &n) < 0 || n < 1)
			break;
		at += (size_t)n;
	}
	return at;
}

/* Refuses what can be refused without a parser, with a clearer message than the parser's. */
static int check_bytes(const char *bytes, size_t len, const char *file, struct sv_error *err)
{
	const unsigned char *b = (const unsigned char *)bytes;
	const char *nul;
	size_t i;

	if (len > SV_XML_MAX_BYTES) {
		(void)sv_fail_at(err, file, 0, "larger than %u bytes", SV_XML_MAX_BYTES);
		return sv_hint(err, NOT_A_GUEST);
	}
	for (i = 0; i < len && isspace(b[i]); i++)
		;
	if (i == len) {
		(void)sv_fail_at(err, file, 1, "empty: there is no <domain> in it");
		return sv_hint(err, "give the XML description of a guest");
	}
	if (len >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff))) {
		(void)sv_fail_at(err, file, 1, "the text is UTF-16, only UTF-8 is supported");
		return sv_hint(err, "convert the file to UTF-8");
	}
	nul = memchr(bytes, 0, len);
	if (nul) {
		(void)sv_fail_at(err, file, 1 + count(bytes, (size_t)(nul - bytes), '\n'),
				 "a NUL byte: this is not a text in UTF-8");
		return sv_hint(err, "give the XML description of a guest, not a disk image");
	}
	/* libxml2 compares the attributes of an element each with each, before it calls us */
	if (count(bytes, len, '=') > SV_XML_MAX_ATTRIBUTES) {
		(void)sv_fail_at(err, file, 0, "more than %u attributes", SV_XML_MAX_ATTRIBUTES);
		return sv_hint(err, NOT_A_GUEST);
	}
	i = utf8_end(bytes, len);
	if (i < len) {
		(void)sv_fail_at(err, file, 1 + count(bytes, i, '\n'),
				 "the text is not valid UTF-8");
		return sv_hint(err, "convert the file to UTF-8");
	}
	return 0;
}

static void free_parser(xmlParserCtxt **parser)
{
	if (*parser)
		xmlFreeParserCtxt(*parser);
	/* the copy of the last message that libxml2 keeps per thread */
	xmlResetLastError();
}

int sv_xml_load(const char *bytes, size_t len, const char *file, xmlDoc **ret, struct sv_error *err)
{
	/* never NOENT, DTDLOAD, DTDATTR, XINCLUDE or HUGE */
	static const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
				   XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES;
	sv_cleanup(free_parser) xmlParserCtxt *parser = NULL;
	struct leash leash = {.file = file, .err = err};
	xmlDoc *doc;
	int r = check_bytes(bytes, len, file, err);

	if (r < 0)
		return r;
	xmlInitParser();
	parser = xmlNewParserCtxt();
	if (!parser)
		return sv_fail_oom(err);
	parser->_private = &leash;
	parser->sax->serror = on_error;
	parser->sax->startDocument = on_start_document;
	parser->sax->internalSubset = on_doctype;
	parser->sax->startElementNs = on_start_element;
	/* a comment or an instruction inside a text must not split it */
	parser->sax->comment = NULL;
	parser->sax->processingInstruction = NULL;

	doc = xmlCtxtReadMemory(parser, bytes, (int)len, NULL, NULL, options);
	if (doc && err->code == SV_OK && parser->wellFormed) {
		*ret = doc;
		return 0;
	}
	xmlFreeDoc(doc);
	return sv_fail_at(err, file, 0, "not well-formed XML");
}
