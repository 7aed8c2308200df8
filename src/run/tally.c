/* SPDX-License-Identifier: Apache-2.0 */
/* tally.c - how many of each key are inside, and how fast they come */
#include "run/tally.h"

#include "base/hash.h"

#include <pthread.h>

#define N_PARTS 16u

/* A part is looked through for entries that nobody needs when it has doubled since the last time. */
#define SWEEP_LEAST 64u

#define WINDOW_MS 1000

typedef struct {
	TallyKey key;
	uint32_t n;
	uint32_t n_recent; /* since `window_ms` */
	int64_t  window_ms;
} Entry;

typedef struct {
	_Alignas(64) pthread_mutex_t lock;
	GHashTable *entries;
	guint       sweep_at;
} Part;

struct Tally {
	Part parts[N_PARTS];
};

static guint
hash_key_of(gconstpointer key)
{
	return (guint) (hash_bytes((VmqBytes){key, sizeof(TallyKey)}) >> 32);
}

static gboolean
is_same(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(TallyKey)) == 0;
}

Tally *
tally_new(void)
{
	Tally *tally = g_aligned_alloc0(1, sizeof(Tally), 64);

	hash_init();
	for (unsigned i = 0; i < N_PARTS; i++) {
		pthread_mutex_init(&tally->parts[i].lock, NULL);
		tally->parts[i].entries = g_hash_table_new_full(hash_key_of, is_same, NULL, g_free);
		tally->parts[i].sweep_at = SWEEP_LEAST;
	}
	return tally;
}

void
tally_free(Tally *tally)
{
	if (tally == NULL)
		return;
	for (unsigned i = 0; i < N_PARTS; i++) {
		g_hash_table_unref(tally->parts[i].entries);
		pthread_mutex_destroy(&tally->parts[i].lock);
	}
	g_aligned_free(tally);
}

static Part *
part_of(Tally *tally, const TallyKey *key)
{
	return &tally->parts[hash_bytes((VmqBytes){key->bytes, sizeof(*key)}) % N_PARTS];
}

/* ---- entries ---- */

static bool
is_over(const Entry *entry, int64_t now_ms)
{
	return now_ms - entry->window_ms >= WINDOW_MS;
}

static gboolean
is_idle(gpointer key, gpointer entry, gpointer now_ms)
{
	(void) key;
	return ((Entry *) entry)->n == 0 && is_over(entry, *(int64_t *) now_ms);
}

static Entry *
find_or_make(Part *part, const TallyKey *key, int64_t now_ms)
{
	Entry *entry = g_hash_table_lookup(part->entries, key);

	if (entry != NULL)
		return entry;
	if (g_hash_table_size(part->entries) >= part->sweep_at) {
		g_hash_table_foreach_remove(part->entries, is_idle, &now_ms);
		part->sweep_at = MAX(SWEEP_LEAST, 2 * g_hash_table_size(part->entries));
	}
	entry = g_new0(Entry, 1);
	entry->key = *key;
	entry->window_ms = now_ms;
	g_hash_table_insert(part->entries, entry, entry);
	return entry;
}

static TallyResult
enter(Entry *entry, TallyBounds bounds, int64_t now_ms)
{
	if (is_over(entry, now_ms)) {
		entry->window_ms = now_ms;
		entry->n_recent = 0;
	}
	if (bounds.most != 0 && entry->n >= bounds.most)
		return TALLY_FULL;
	if (bounds.most_per_s != 0 && entry->n_recent >= bounds.most_per_s)
		return TALLY_TOO_FAST;
	entry->n++;
	entry->n_recent++;
	return TALLY_ENTERED;
}

TallyResult
tally_enter(Tally *tally, const TallyKey *key, TallyBounds bounds, int64_t now_ms)
{
	Part *part = part_of(tally, key);

	pthread_mutex_lock(&part->lock);
	TallyResult result = enter(find_or_make(part, key, now_ms), bounds, now_ms);

	pthread_mutex_unlock(&part->lock);
	return result;
}

void
tally_leave(Tally *tally, const TallyKey *key, int64_t now_ms)
{
	Part *part = part_of(tally, key);

	pthread_mutex_lock(&part->lock);
	Entry *entry = g_hash_table_lookup(part->entries, key);

	g_assert(entry != NULL && entry->n > 0);
	if (--entry->n == 0 && is_over(entry, now_ms))
		g_hash_table_remove(part->entries, key);
	pthread_mutex_unlock(&part->lock);
}

size_t
tally_size(Tally *tally)
{
	size_t size = 0;

	for (unsigned i = 0; i < N_PARTS; i++) {
		pthread_mutex_lock(&tally->parts[i].lock);
		size += g_hash_table_size(tally->parts[i].entries);
		pthread_mutex_unlock(&tally->parts[i].lock);
	}
	return size;
}
