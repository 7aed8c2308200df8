/* SPDX-License-Identifier: Apache-2.0 */
#include "passwd.h"

#include "hash.h"

#include <string.h>

/* A user's name and hash in one block; `hash` points into `text`, behind the name. */
typedef struct {
	unsigned    line;
	const char *hash;
	char        text[];
} Entry;

struct Passwd {
	GHashTable *by_name; /* Entry.text to Entry */
	GPtrArray  *entries; /* owns them */

	unsigned      n_scram; /* users with a SCRAM verifier */
	ScramVerifier like;    /* the first one's, which mocks resemble */
	GChecksum    *mixer;   /* while loading: of the first two of them */
	uint8_t       secret[SCRAM_KEY_BYTES]; /* of the mocks */
};

static bool
complain(GError **error, const char *path, unsigned line, const char *what)
{
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s:%u: %s", path, line, what);
	return false;
}

static bool
has_control(const char *text)
{
	for (; *text != '\0'; text++) {
		if (g_ascii_iscntrl(*text))
			return true;
	}
	return false;
}

static Entry *
entry_new(unsigned line, const char *text, size_t length)
{
	Entry *entry = g_malloc(sizeof *entry + length + 1);

	entry->line = line;
	entry->hash = NULL;
	memcpy(entry->text, text, length);
	entry->text[length] = '\0';
	return entry;
}

/* What is wrong with the line, or NULL: then it has been split in two. */
static const char *
split(Entry *entry, size_t length)
{
	if (strlen(entry->text) != length)
		return "holds a NUL";

	char *colon = strchr(entry->text, ':');

	if (colon == NULL)
		return "there is no colon between user name and hash";
	*colon = '\0';
	entry->hash = colon + 1;
	if (entry->text[0] == '\0')
		return "there is no user name before the colon";
	if (has_control(entry->text) || !g_utf8_validate(entry->text, -1, NULL))
		return "the user name is not printable UTF-8";
	if (strchr(entry->hash, ':') != NULL)
		return "there is a second colon; a line is user:hash";
	if (!hash_is_known(entry->hash))
		return "what follows the colon is not a hash of a known kind; if it is a password, "
		       "vibemq-passwd -U makes hashes of them";
	return NULL;
}

static void
note_scram(Passwd *passwd, const char *hash)
{
	ScramVerifier verifier;

	if (!scram_verifier_parse(hash, &verifier))
		return;
	if (passwd->n_scram == 0)
		passwd->like = verifier;
	if (passwd->n_scram < 2)
		g_checksum_update(passwd->mixer, (const guchar *) hash, (gssize) strlen(hash));
	passwd->n_scram++;
}

static bool
add_line(Passwd *passwd, const char *path, Entry *entry, size_t length, GError **error)
{
	g_ptr_array_add(passwd->entries, entry);

	const char *wrong = split(entry, length);

	if (wrong != NULL)
		return complain(error, path, entry->line, wrong);

	const Entry *first = g_hash_table_lookup(passwd->by_name, entry->text);

	if (first != NULL) {
		g_autofree char *what = g_strdup_printf("user \"%s\" is in line %u already",
		                                        entry->text, first->line);

		return complain(error, path, entry->line, what);
	}
	g_hash_table_insert(passwd->by_name, entry->text, entry);
	note_scram(passwd, entry->hash);
	return true;
}

Passwd *
passwd_parse(VmqBytes text, const char *path, GError **error)
{
	g_autoptr(Passwd) passwd = g_new0(Passwd, 1);
	const char *data = (const char *) text.data;
	gsize       secret_size = sizeof passwd->secret;

	passwd->by_name = g_hash_table_new(g_str_hash, g_str_equal);
	passwd->entries = g_ptr_array_new_with_free_func(g_free);
	passwd->mixer = g_checksum_new(G_CHECKSUM_SHA256);
	for (size_t at = 0, line = 1; at < text.size; line++) {
		const char *newline = memchr(data + at, '\n', text.size - at);
		size_t      end = newline != NULL ? (size_t) (newline - data) : text.size;
		size_t      length = end - at;

		if (length > 0 && data[end - 1] == '\r')
			length--;
		if (length > 0 && data[at] != '#' &&
		    !add_line(passwd, path, entry_new((unsigned) line, data + at, length), length,
		              error))
			return NULL;
		at = end + 1;
	}
	g_checksum_get_digest(passwd->mixer, passwd->secret, &secret_size);
	return g_steal_pointer(&passwd);
}

Passwd *
passwd_load(const char *path, GError **error)
{
	g_autofree char *text = NULL;
	gsize            size;

	if (!g_file_get_contents(path, &text, &size, error))
		return NULL;
	return passwd_parse((VmqBytes){(const uint8_t *) text, size}, path, error);
}

void
passwd_free(Passwd *passwd)
{
	if (passwd == NULL)
		return;
	g_hash_table_unref(passwd->by_name);
	g_ptr_array_unref(passwd->entries);
	g_checksum_free(passwd->mixer);
	explicit_bzero(passwd->secret, sizeof passwd->secret);
	g_free(passwd);
}

unsigned
passwd_count(const Passwd *passwd)
{
	return passwd->entries->len;
}

const char *
passwd_find(const Passwd *passwd, const char *user)
{
	const Entry *entry = g_hash_table_lookup(passwd->by_name, user);

	return entry != NULL ? entry->hash : NULL;
}

const char *
passwd_decoy(const Passwd *passwd, const char *user)
{
	if (passwd->entries->len == 0)
		return NULL;
	return ((const Entry *) passwd->entries->pdata[g_str_hash(user) % passwd->entries->len])
	        ->hash;
}

bool
passwd_has_scram(const Passwd *passwd)
{
	return passwd->n_scram > 0;
}

bool
passwd_find_scram(const Passwd *passwd, const char *user, ScramVerifier *verifier)
{
	const char   *hash = passwd_find(passwd, user);
	ScramVerifier mock;

	/* Made for who is known, too, for it takes time. */
	scram_verifier_mock(&mock, &passwd->like, passwd->secret, user);
	if (hash != NULL && scram_verifier_parse(hash, verifier))
		return true;
	*verifier = mock;
	return false;
}
