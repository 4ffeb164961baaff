/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of the store, and the way to them from older versions. */
#include "store/store-sql.h"

#define HOLDER_OR_SELF "CASE WHEN joined IS NULL THEN 0 ELSE id END"

#define COLUMN(member, field, type) " " #member " " type ","
#define COLUMNS_OF_LEASE	    SV_LEASE_COLUMNS(COLUMN)

/* what a guest is in each model that confines it, in the order in which they are applied */
#define TABLE_OF_LABELS                                                                     \
	"CREATE TABLE guest_label("                                                         \
	" guest INTEGER NOT NULL REFERENCES guest ON DELETE CASCADE, seq INTEGER NOT NULL," \
	" driver TEXT NOT NULL, label TEXT NOT NULL, image TEXT, PRIMARY KEY(guest, seq)"   \
	") STRICT, WITHOUT ROWID;"                                                          \
	"CREATE INDEX label_of ON guest_label(driver, label);"

static const char text[] =
	"CREATE TABLE guest("
	" id INTEGER PRIMARY KEY AUTOINCREMENT," COLUMNS_OF_LEASE
	/* the number of the level's pair of categories (the share group's left out); NULL: no pair
	 */
	" pair INTEGER, share_group INTEGER REFERENCES share_group,"
	/* the guest that holds this very level, which this guest joined; else NULL */
	" joined INTEGER REFERENCES guest"
	") STRICT;"
	/* a level has one holder; others may have it only when they joined the holder. The index of
	 * pairs also finds the few levels that are no pair */
	"CREATE UNIQUE INDEX guest_pair ON guest(pair, " HOLDER_OR_SELF ");"
	"CREATE UNIQUE INDEX guest_wide ON guest(level, " HOLDER_OR_SELF ")"
	" WHERE pair IS NULL AND level IS NOT NULL;"
	"CREATE INDEX guest_joined ON guest(joined) WHERE joined IS NOT NULL;"
	/* when the holder ends, the oldest of the guests that joined it becomes the holder */
	"CREATE TRIGGER guest_heir AFTER DELETE ON guest WHEN old.joined IS NULL BEGIN"
	" UPDATE guest SET joined = nullif((SELECT min(id) FROM guest WHERE joined = old.id), id)"
	" WHERE joined = old.id; END;"
	"CREATE INDEX guest_watched ON guest(id) WHERE NOT kept;"
	/* the pairs again, as bits: free pairs are found without a look at each guest */
	"CREATE TABLE pairs(word INTEGER PRIMARY KEY, bits INTEGER NOT NULL) STRICT;"
	"CREATE TRIGGER guest_takes AFTER INSERT ON guest WHEN new.pair IS NOT NULL BEGIN"
	" INSERT INTO pairs VALUES(new.pair >> 6, 1 << (new.pair & 63))"
	" ON CONFLICT(word) DO UPDATE SET bits = bits | excluded.bits; END;"
	"CREATE TRIGGER guest_gives AFTER DELETE ON guest WHEN old.pair IS NOT NULL BEGIN"
	" UPDATE pairs SET bits = bits & ~(1 << (old.pair & 63)) WHERE word = old.pair >> 6"
	" AND NOT EXISTS (SELECT 1 FROM guest WHERE pair = old.pair); END;"
	/* a group ends with its last member, so that its category becomes free */
	"CREATE TABLE share_group("
	" id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, category INTEGER NOT NULL UNIQUE"
	") STRICT;"
	"CREATE INDEX guest_group ON guest(share_group) WHERE share_group IS NOT NULL;"
	"CREATE TRIGGER guest_leaves AFTER DELETE ON guest WHEN old.share_group IS NOT NULL BEGIN"
	" DELETE FROM share_group WHERE id = old.share_group AND NOT EXISTS"
	" (SELECT 1 FROM guest WHERE share_group = old.share_group); END;"
	"CREATE TABLE object("
	" id INTEGER PRIMARY KEY, driver TEXT NOT NULL, dev INTEGER NOT NULL, ino INTEGER NOT NULL,"
	" born INTEGER NOT NULL, boot TEXT NOT NULL, wanted TEXT NOT NULL, original TEXT NOT NULL,"
	" handle TEXT, attrs TEXT, device INTEGER NOT NULL, going INTEGER NOT NULL DEFAULT FALSE,"
	" fs INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE(dev, ino, born, driver)"
	") STRICT;"
	/* two nodes of one device are two inodes */
	"CREATE INDEX object_device ON object(device) WHERE device <> 0;"
	/* the path belongs to the hold: two guests may reach one inode by different names */
	"CREATE TABLE hold("
	" guest INTEGER NOT NULL REFERENCES guest, seq INTEGER NOT NULL,"
	" object INTEGER NOT NULL REFERENCES object, path TEXT NOT NULL, target TEXT,"
	" tree INTEGER NOT NULL, alone INTEGER NOT NULL, PRIMARY KEY(guest, seq)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX hold_object ON hold(object);"
	"CREATE INDEX hold_path ON hold(path);"
	"CREATE INDEX hold_tree ON hold(path) WHERE tree;"
	/* the entries of a tree whose original label differs from that of its root */
	"CREATE TABLE leaf("
	" object INTEGER NOT NULL REFERENCES object ON DELETE CASCADE, path TEXT NOT NULL,"
	" original TEXT NOT NULL, PRIMARY KEY(object, path)"
	") STRICT, WITHOUT ROWID;"
	/* every inode in a tree: bit N of word W is the inode 64 * W + N */
	"CREATE TABLE below("
	" object INTEGER NOT NULL REFERENCES object ON DELETE CASCADE, dev INTEGER NOT NULL,"
	" word INTEGER NOT NULL, bits INTEGER NOT NULL, PRIMARY KEY(object, word)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX below_word ON below(dev, word);"
	/* files that a guest has had to write, and what their headers named when they were
	 * accepted; they outlive every lease */
	"CREATE TABLE pin("
	" id INTEGER PRIMARY KEY, dev INTEGER NOT NULL, ino INTEGER NOT NULL,"
	" born INTEGER NOT NULL, boot TEXT NOT NULL, path TEXT NOT NULL, handle TEXT,"
	" guest TEXT NOT NULL, tree INTEGER NOT NULL, UNIQUE(ino, born, dev)"
	") STRICT;"
	"CREATE INDEX pin_path ON pin(path);"
	"CREATE TABLE pin_file("
	" pin INTEGER NOT NULL REFERENCES pin ON DELETE CASCADE, seq INTEGER NOT NULL,"
	" depth INTEGER NOT NULL, what TEXT NOT NULL, name TEXT, path TEXT NOT NULL, format TEXT,"
	" PRIMARY KEY(pin, seq)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX pin_file_path ON pin_file(path);" TABLE_OF_LABELS
	"PRAGMA application_id = 1398166100;"
	"PRAGMA user_version = 3;";

_Static_assert(SV_STORE_APPLICATION_ID == 1398166100, "the schema's text holds the same number");
_Static_assert(SV_STORE_SCHEMA == 3, "the schema's text holds the same number");

/* From each version to the next one. */
static const char *const upgrades[] = {
	/* one label of a mandatory model and one of dac became a label for each model */
	[1] = TABLE_OF_LABELS
	"INSERT INTO guest_label SELECT id, 0, model, label, image FROM guest"
	" WHERE model IS NOT NULL AND label IS NOT NULL;"
	"INSERT INTO guest_label SELECT id, (model IS NOT NULL), 'dac', owner, owner FROM guest"
	" WHERE owner IS NOT NULL;"
	"ALTER TABLE guest DROP COLUMN model; ALTER TABLE guest DROP COLUMN label;"
	"ALTER TABLE guest DROP COLUMN image; ALTER TABLE guest DROP COLUMN owner;"
	"PRAGMA user_version = 2;",
	/* which filesystem an inode is on; and whose user is its own: until then each number in the
	 * range of svirt.conf counted as such, and that is still asked */
	[2] = "ALTER TABLE guest ADD COLUMN own_user INTEGER NOT NULL DEFAULT FALSE;"
	      "UPDATE guest SET own_user = EXISTS"
	      " (SELECT 1 FROM guest_label WHERE guest = guest.id AND driver = 'dac');"
	      "ALTER TABLE object ADD COLUMN fs INTEGER NOT NULL DEFAULT 0;"
	      "PRAGMA user_version = 3;",
};
_Static_assert(SV_N_ELEMENTS(upgrades) == SV_STORE_SCHEMA, "each older version has its way here");

int sv_schema_make(struct sv_store *store, struct sv_error *err)
{
	return sv_sql_exec(store, text, err);
}

int sv_schema_upgrade(struct sv_store *store, int64_t from, struct sv_error *err)
{
	int r = 0;

	for (; r == 0 && from < SV_STORE_SCHEMA; from++)
		r = sv_sql_exec(store, upgrades[from], err);
	return r;
}
