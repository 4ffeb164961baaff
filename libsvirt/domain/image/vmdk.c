/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A vmdk image (VMware, Virtual Disk Format 5.0): a text descriptor that names extents and a
 * parent, a file of its own or embedded in a sparse extent. The text is read line by line; nothing
 * in it is passed over, because another reader may see a name where this one sees a comment.
 */
#include "base/array.h"
#include "base/parse.h"
#include "base/string.h"
#include "domain/image/parts.h"

/* byte offsets in the header of a hosted sparse extent, little-endian */
enum {
	SPARSE_VERSION = 4,
	SPARSE_CAPACITY = 12,
	SPARSE_DESC_OFFSET = 28,
	SPARSE_DESC_SIZE = 36,
	SPARSE_EOL = 73,
	SPARSE_BYTES = 512
};
enum { SECTOR = 512, LINE_MAX_BYTES = 4096 };

#define PARENT_HINT "parentFileNameHint"
#define NO_PARENT   "ffffffff"

struct extent_type {
	const char *word;
	bool has_file, flat;
};

static const struct extent_type extent_types[] = {
	{"FLAT", true, true},	 {"SPARSE", true, false},     {"ZERO", false, false},
	{"VMFS", true, true},	 {"VMFSSPARSE", true, false}, {"VMFSRDM", true, true},
	{"VMFSRAW", true, true}, {"SESPARSE", true, false},
};

struct descriptor {
	struct sv_image_parser *p;
	unsigned line;
	bool has_parent;     /* parentCID says so */
	bool extents_matter; /* false: embedded in the only extent */
};

static int fail(const struct descriptor *d, struct sv_error *err, const char *reason,
		const char *text)
{
	char shown[128];

	return sv_image_fail(d->p, err, "descriptor line %u: %s '%s'", d->line, reason,
			     sv_escape(text, shown, sizeof(shown)));
}

/* Cuts the next word off; "" at the end. */
static char *next_word(char **s)
{
	char *word = *s + strspn(*s, " \t");
	char *end = word + strcspn(word, " \t");

	*s = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

/* Cuts a quoted string off; NULL when there is none. */
static char *next_quoted(char **s)
{
	char *begin = *s + strspn(*s, " \t");
	char *end = *begin == '"' ? strchr(begin + 1, '"') : NULL;

	if (!end)
		return NULL;
	*end = '\0';
	*s = end + 1;
	return begin + 1;
}

static int add_extent(struct descriptor *d, const struct sv_image_extent *extent, const char *name,
		      struct sv_error *err)
{
	struct sv_image_header *h = &d->p->h;
	struct sv_image_extent *added;

	if (h->n_extents == SV_IMAGE_EXTENTS_MAX)
		return sv_image_fail(d->p, err, "more than %d extents", SV_IMAGE_EXTENTS_MAX);
	added = sv_array_add(h->extents, h->n_extents);
	if (!added)
		return sv_fail_oom(err);
	*added = *extent;
	return sv_image_ref_parse("vmdk: extent name", name, strlen(name), SV_IMAGE_PATH_MAX,
				  &added->ref, err);
}

/* ACCESS SECTORS TYPE "NAME" [OFFSET ...] */
static int read_extent(struct descriptor *d, char *rest, bool writable, struct sv_error *err)
{
	const char *sectors = next_word(&rest), *word = next_word(&rest);
	struct sv_error number = {0};
	uint64_t n;
	char *name;
	size_t i;

	if (sv_parse_u64(sectors, 0, INT64_MAX / SECTOR, "size", &n, &number) < 0)
		return fail(d, err, "size of an extent", sectors);
	for (i = 0; i < SV_N_ELEMENTS(extent_types) && !sv_streq(word, extent_types[i].word); i++)
		;
	if (i == SV_N_ELEMENTS(extent_types))
		return fail(d, err, "unknown type of extent", word);
	if (!extent_types[i].has_file)
		return 0;
	name = next_quoted(&rest);
	if (!name)
		return fail(d, err, "extent without a quoted name:", rest);
	if (!d->extents_matter)
		return 0;
	return add_extent(d, &(struct sv_image_extent){NULL, writable, extent_types[i].flat}, name,
			  err);
}

static int read_parent(struct descriptor *d, char *value, struct sv_error *err)
{
	char *name = next_quoted(&value);
	int r;

	if (!name)
		return fail(d, err, PARENT_HINT " is not quoted:", value);
	if (d->p->h.backing)
		return fail(d, err, "a second parent", name);
	/* a parent is a descriptor or a sparse extent as well */
	r = sv_strdup("vmdk", &d->p->h.backing_format, err);
	if (r < 0)
		return r;
	return sv_image_ref_parse("vmdk: parent name", name, strlen(name), SV_IMAGE_PATH_MAX,
				  &d->p->h.backing, err);
}

static int read_setting(struct descriptor *d, char *line, char *value, struct sv_error *err)
{
	const char *key;

	*value++ = '\0';
	key = next_word(&line);
	value += strspn(value, " \t");
	if (sv_streq(key, PARENT_HINT))
		return read_parent(d, value, err);
	if (sv_streq(key, "parentCID"))
		d->has_parent = strcasecmp(next_word(&value), NO_PARENT) != 0;
	return 0;
}

static int read_line(struct descriptor *d, char *line, struct sv_error *err)
{
	static const char *const accesses[] = {"RW", "RDONLY", "NOACCESS", NULL};
	char *start = line + strspn(line, " \t"), *equals = strchr(start, '=');
	size_t word = strcspn(start, " \t=");
	unsigned access;

	/* some readers search the whole text for this word */
	if (strstr(line, PARENT_HINT) &&
	    (!sv_starts_with(start, PARENT_HINT) || strstr(start + 1, PARENT_HINT) || !equals ||
	     word != strlen(PARENT_HINT)))
		return fail(d, err, PARENT_HINT " in the middle of", start);
	if (*start == '\0' || *start == '#')
		return 0;
	for (access = 0; accesses[access]; access++) {
		if (word == strlen(accesses[access]) && sv_starts_with(start, accesses[access]) &&
		    start[word] != '=')
			return read_extent(d, start + word, access == 0, err);
	}
	return equals ? read_setting(d, start, equals, err)
		      : fail(d, err, "neither a setting nor an extent:", start);
}

static int read_lines(struct descriptor *d, char *text, struct sv_error *err)
{
	char *next;
	int r;

	if (!sv_starts_with(text, SV_VMDK_DESCRIPTOR_LINE))
		return sv_image_fail(d->p, err, "the descriptor does not begin with '%s'",
				     SV_VMDK_DESCRIPTOR_LINE);
	for (; text; text = next) {
		size_t len = strcspn(text, "\n");

		d->line++;
		next = text[len] ? text + len + 1 : NULL;
		text[len] = '\0';
		if (len > 0 && text[len - 1] == '\r')
			text[len - 1] = '\0';
		if (len > LINE_MAX_BYTES)
			return sv_image_fail(d->p, err,
					     "descriptor line %u of %zu bytes, at most %d", d->line,
					     len, LINE_MAX_BYTES);
		r = read_line(d, text, err);
		if (r < 0)
			return r;
	}
	if (d->has_parent != (d->p->h.backing != NULL))
		return sv_image_fail(d->p, err, "parentCID and " PARENT_HINT " contradict: %s",
				     d->has_parent ? "a parent without a name"
						   : "a name without a parent");
	return 0;
}

static int read_descriptor(struct sv_image_parser *p, struct sv_image_span at, bool extents_matter,
			   struct sv_error *err)
{
	struct descriptor d = {.p = p, .extents_matter = extents_matter};
	sv_auto_free char *text = NULL;
	const uint8_t *bytes, *nul;
	size_t len;
	int r = sv_image_need(p, at.offset, at.len, "descriptor", &bytes, err);

	if (r != 0)
		return r;
	nul = memchr(bytes, '\0', at.len); /* an embedded one is padded */
	len = nul ? (size_t)(nul - bytes) : at.len;
	text = strndup((const char *)bytes, len);
	return text ? read_lines(&d, text, err) : sv_fail_oom(err);
}

static int read_sparse(struct sv_image_parser *p, struct sv_error *err)
{
	uint64_t offset, sectors;
	const uint8_t *h;
	int r = sv_image_need(p, 0, SPARSE_BYTES, "sparse extent header", &h, err);

	if (r != 0)
		return r;
	p->h.version = sv_le32(h + SPARSE_VERSION);
	if (p->h.version < 1 || p->h.version > 3)
		return sv_image_fail(p, err, "version %u, only 1 to 3 are known", p->h.version);
	if (memcmp(h + SPARSE_EOL, "\n \r\n", 4) != 0)
		return sv_image_fail(p, err, "a transfer as text has damaged the header");
	offset = sv_le64(h + SPARSE_DESC_OFFSET);
	sectors = sv_le64(h + SPARSE_DESC_SIZE);
	if (offset == 0)
		return 0; /* one extent of several, the descriptor is a file of its own */
	if (sectors == 0 || sectors > SV_IMAGE_DESCRIPTOR_MAX / SECTOR)
		return sv_image_fail(p, err, "descriptor of %llu sectors, not 1 to %d",
				     (unsigned long long)sectors, SV_IMAGE_DESCRIPTOR_MAX / SECTOR);
	if (offset > UINT64_MAX / SECTOR)
		return sv_image_fail(p, err, "descriptor at sector %llu",
				     (unsigned long long)offset);
	/* the extent that it names is this file, unless this file has no data */
	return read_descriptor(p, (struct sv_image_span){offset * SECTOR, (size_t)sectors * SECTOR},
			       sv_le64(h + SPARSE_CAPACITY) == 0, err);
}

int sv_image_vmdk_parse(struct sv_image_parser *p, struct sv_error *err)
{
	const uint8_t *magic;
	int r = sv_image_need(p, 0, 4, "magic", &magic, err);

	if (r != 0)
		return r;
	if (memcmp(magic, "KDMV", 4) == 0)
		return read_sparse(p, err);
	/* a sparse extent of ESX: parents are named in the descriptor, never here */
	if (memcmp(magic, "COWD", 4) == 0)
		return 0;
	if (p->in->size > SV_IMAGE_DESCRIPTOR_MAX)
		return sv_image_fail(p, err, "descriptor of %llu bytes, at most %d",
				     (unsigned long long)p->in->size, SV_IMAGE_DESCRIPTOR_MAX);
	return read_descriptor(p, (struct sv_image_span){0, (size_t)p->in->size}, true, err);
}
