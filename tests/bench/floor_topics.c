/* SPDX-License-Identifier: Apache-2.0 */
/* floor_topics.c - who gets what, as far as the floor knows */
#include "floor_topics.h"

#include <string.h>

#define PIECES 512 /* of a turn's block, for one topic */
#define LEVEL  5u  /* bytes of a level: a slash and four digits */

typedef struct {
	const uint8_t *name;
	size_t         size;
	GPtrArray     *subscribers; /* of Conn */
	struct iovec  *pieces;      /* PIECES of them; NULL: it was never for several */
	unsigned       n_pieces;
} Topic;

/* x/+/y, +/x/y and x/y/# */
enum { MIDDLE, FRONT, END, N_SHAPES };

static GHashTable *topics; /* of Topic, by itself */
static GPtrArray  *taken;  /* of Topic that have pieces */
static Conn       *holders[N_SHAPES][TOPICS_SIDE][TOPICS_SIDE];
static bool        has_wildcards;

/* The topics of a load differ in their last bytes. */
static guint
hash_topic(gconstpointer data)
{
	const Topic *topic = data;
	uint64_t     last = 0;
	size_t       n = MIN(topic->size, 2 * LEVEL);

	for (size_t i = topic->size - n; i < topic->size; i++)
		last = last * 31 + topic->name[i];
	return (guint) last;
}

static gboolean
is_same_topic(gconstpointer a, gconstpointer b)
{
	const Topic *one = a, *other = b;

	return one->size == other->size && memcmp(one->name, other->name, one->size) == 0;
}

void
topics_init(void)
{
	topics = g_hash_table_new(hash_topic, is_same_topic);
	taken = g_ptr_array_new();
}

/* ---- subscribing ---- */

/* The number of the level that ends here; TOPICS_SIDE: it has none. */
static unsigned
read_number(const uint8_t *end)
{
	unsigned number = 0;

	for (const uint8_t *at = end - LEVEL + 1; at < end; at++) {
		if (*at < '0' || *at > '9')
			return TOPICS_SIDE;
		number = number * 10 + *at - '0';
	}
	return end[-(int) LEVEL] == '/' ? MIN(number, TOPICS_SIDE) : TOPICS_SIDE;
}

static Conn **
find_place(unsigned shape, unsigned x, unsigned y)
{
	return x < TOPICS_SIDE && y < TOPICS_SIDE ? &holders[shape][x][y] : NULL;
}

/* The place of a filter with a wildcard; NULL: it is none that is known. */
static Conn **
find_place_of(const uint8_t *filter, size_t size)
{
	const uint8_t *end = filter + size;

	if (size < 2 + 2 * LEVEL)
		return NULL;
	if (memcmp(end - 2, "/#", 2) == 0)
		return find_place(END, read_number(end - 2 - LEVEL), read_number(end - 2));
	if (memcmp(end - LEVEL - 2, "/+", 2) == 0)
		return find_place(MIDDLE, read_number(end - LEVEL - 2), read_number(end));
	if (memcmp(end - 2 * LEVEL - 2, "/+", 2) == 0)
		return find_place(FRONT, read_number(end - LEVEL), read_number(end));
	return NULL;
}

static Topic *
find_topic(const uint8_t *name, size_t size)
{
	return g_hash_table_lookup(topics, &(Topic){.name = name, .size = size});
}

void
topics_subscribe(Conn *conn, const uint8_t *filter, size_t size)
{
	Conn **place = find_place_of(filter, size);

	if (place != NULL) {
		*place = conn;
		has_wildcards = true;
		return;
	}

	Topic *topic = find_topic(filter, size);

	if (topic == NULL) {
		topic = g_new0(Topic, 1);
		topic->name = g_memdup2(filter, size);
		topic->size = size;
		topic->subscribers = g_ptr_array_new();
		g_hash_table_add(topics, topic);
	}
	if (!g_ptr_array_find(topic->subscribers, conn, NULL))
		g_ptr_array_add(topic->subscribers, conn);
}

void
topics_forget(Conn *conn)
{
	GHashTableIter iter;
	gpointer       topic;
	Conn         **all = &holders[0][0][0];

	g_hash_table_iter_init(&iter, topics);
	while (g_hash_table_iter_next(&iter, &topic, NULL))
		g_ptr_array_remove_fast(((Topic *) topic)->subscribers, conn);
	for (size_t i = 0; has_wildcards && i < sizeof(holders) / sizeof(Conn *); i++)
		if (all[i] == conn)
			all[i] = NULL;
}

/* ---- publishing ---- */

static void
publish(Topic *topic)
{
	for (guint i = 0; topic->n_pieces > 0 && i < topic->subscribers->len; i++)
		conn_put(topic->subscribers->pdata[i], topic->pieces, topic->n_pieces);
	topic->n_pieces = 0;
}

static void
take_for_several(Topic *topic, uint8_t *packet, size_t size)
{
	struct iovec *last = topic->n_pieces > 0 ? &topic->pieces[topic->n_pieces - 1] : NULL;

	if (last != NULL && (uint8_t *) last->iov_base + last->iov_len == packet) {
		last->iov_len += size;
		return;
	}
	if (topic->pieces == NULL)
		topic->pieces = g_new(struct iovec, PIECES);
	if (topic->n_pieces == PIECES)
		publish(topic);
	if (topic->n_pieces == 0)
		g_ptr_array_add(taken, topic);
	topic->pieces[topic->n_pieces++] = (struct iovec){packet, size};
}

static void
take_for(Conn **holder, const uint8_t *packet, size_t size)
{
	if (holder != NULL && *holder != NULL)
		conn_owe(*holder, packet, size);
}

static void
take_by_wildcards(const uint8_t *packet, size_t packet_size, const uint8_t *end)
{
	unsigned a = read_number(end - 2 * LEVEL), b = read_number(end - LEVEL);
	unsigned c = read_number(end);

	take_for(find_place(MIDDLE, a, c), packet, packet_size);
	take_for(find_place(FRONT, b, c), packet, packet_size);
	take_for(find_place(END, a, b), packet, packet_size);
}

void
topics_take(uint8_t *packet, size_t packet_size, const uint8_t *name, size_t size)
{
	Topic *topic = find_topic(name, size);

	if (topic != NULL && topic->subscribers->len > 1)
		take_for_several(topic, packet, packet_size);
	else if (topic != NULL && topic->subscribers->len == 1)
		conn_owe(topic->subscribers->pdata[0], packet, packet_size);
	if (has_wildcards && size > 3 * LEVEL)
		take_by_wildcards(packet, packet_size, name + size);
}

void
topics_publish(void)
{
	for (guint i = 0; i < taken->len; i++)
		publish(taken->pdata[i]);
	g_ptr_array_set_size(taken, 0);
	conns_pay();
}
