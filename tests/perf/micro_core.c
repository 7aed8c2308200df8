/* SPDX-License-Identifier: Apache-2.0 */
/* micro_core.c - what a message, a subscription and a client cost the core; one worker */
#include "micro.h"

#include "house.h"
#include "mqtt/packet.h"
#include "mqtt/topic.h"

/*
 * 10,000 filters in four shapes, with x and y below WIDTH; "m/x/y/x+y" is matched by one of each:
 *
 *     m/x/y/(x+y)      m/x/+/y      m/+/x/y      m/x/y/#
 */
#define WIDTH 50
#define SHAPES 4
#define N_TOPICS (WIDTH * WIDTH)

#define N_RETAINED 10000 /* in ROWS rows */
#define ROWS 100

#define FAN_OUT 10
#define N_NAMES 100

/* ---- a client: a connection that only counts ---- */

typedef struct {
	Session *session;
	uint64_t n_published, n_bytes, n_released;
	uint16_t packet_id; /* of the last message */
} Client;

static OutletResult
on_publish(void *conn, const Delivery *delivery, uint16_t packet_id, bool dup)
{
	Client *client = conn;

	(void) dup;
	client->n_published++;
	client->n_bytes += delivery->msg->payload_size;
	client->packet_id = packet_id;
	return OUTLET_SENT;
}

static void
on_pubrel(void *conn, uint16_t packet_id)
{
	(void) conn;
	(void) packet_id;
}

static bool
on_has_room(void *conn)
{
	(void) conn;
	return true;
}

static void
on_hold(void *conn)
{
	(void) conn;
}

static void
on_close(void *conn, VmqReason reason)
{
	(void) conn;
	(void) reason;
	g_assert_not_reached();
}

static void
on_evict(void *conn)
{
	(void) conn;
	g_assert_not_reached();
}

static const SessionOutlet outlet = {
	.publish = on_publish,
	.pubrel = on_pubrel,
	.has_room = on_has_room,
	.hold = on_hold,
	.release = on_hold,
	.close = on_close,
	.evict = on_evict,
};

static void
come(Client *client, const char *id)
{
	static const VmqClient known = {"client", NULL, "192.0.2.1:49152", MQTT_V5, false};
	SessionTerms           terms = {.client = &known, .receive_maximum = UINT16_MAX};
	bool                   present;

	*client = (Client){.session = clients_claim(id, NULL, true, &present)};
	session_attach(client->session, client, &outlet, &terms);
	session_resume(client->session);
}

/* Returns whether the session went with its client, as it should. */
static bool
go(Client *client)
{
	return session_detach(client->session, WILL_DROPPED);
}

static bool
subscribe(Client *client, const char *filter, uint8_t qos)
{
	SubscribeRequest request = {.filter = filter, .qos = qos};
	VmqReason        reason = session_subscribe(client->session, &request);

	session_pump(client->session);
	return reason == (VmqReason) qos;
}

/* Returns whether somebody wanted it. */
static bool
publish(Client *client, uint8_t qos, uint16_t packet_id)
{
	VmqDraft draft = micro_draft(qos);

	draft.publisher = session_addr(client->session);
	return session_recv_publish(client->session, &draft, packet_id) == VMQ_REASON_SUCCESS;
}

/* ---- names, made before they are counted ---- */

static GPtrArray *
names_new(const char *before, const char *after, unsigned n)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

	for (unsigned i = 0; i < n; i++)
		g_ptr_array_add(names, g_strdup_printf("%s%u%s", before, i, after));
	return names;
}

static const char *
name_at(const GPtrArray *names, unsigned i)
{
	return names->pdata[i % names->len];
}

/* ---- who wants it ---- */

static void
add_filter(unsigned shape, unsigned x, unsigned y)
{
	/* Each a sink of its own. */
	VmqAddr          addr = {.generation = 1, .slot = shape * N_TOPICS + x * WIDTH + y};
	VmqGrant         grant = {.qos = 1};
	g_autofree char *filter = shape == 0   ? g_strdup_printf("m/%u/%u/%u", x, y, x + y)
	                          : shape == 1 ? g_strdup_printf("m/%u/+/%u", x, y)
	                          : shape == 2 ? g_strdup_printf("m/+/%u/%u", x, y)
	                                       : g_strdup_printf("m/%u/%u/#", x, y);

	router_add(core.router, filter, addr, &grant);
}

static void
add_filters(void)
{
	for (unsigned shape = 0; shape < SHAPES; shape++)
		for (unsigned i = 0; i < N_TOPICS; i++)
			add_filter(shape, i / WIDTH, i % WIDTH);
}

/* Those of which x + y is a y, too, so that each shape has one for it. */
static GPtrArray *
topics_new(void)
{
	GPtrArray *topics = g_ptr_array_new_with_free_func(g_free);

	for (unsigned x = 0; x < WIDTH; x++)
		for (unsigned y = 0; x + y < WIDTH; y++)
			g_ptr_array_add(topics, g_strdup_printf("m/%u/%u/%u", x, y, x + y));
	return topics;
}

static uint64_t
match(unsigned n)
{
	g_autoptr(GPtrArray) topics = topics_new();
	Matches  matches = {0};
	uint64_t results = 0;

	house_build(1);
	add_filters();
	for (unsigned i = 0; i < n; i++) {
		VmqBytes topic = bytes(name_at(topics, i));

		if (!mqtt_topic_is_valid(topic))
			continue;
		router_match(core.router, topic, 0, &matches);
		results += matches.n;
		matches_clear(&matches);
	}
	matches_free(&matches);
	house_tear_down();
	return results;
}

/* How often each topic is asked for before it is known, while the table grows. */
#define ROUNDS_TO_LEARN 50

static uint64_t
match_known(unsigned n)
{
	g_autoptr(GPtrArray) topics = topics_new();
	uint64_t results = 0;

	house_build(1);
	add_filters();
	for (unsigned i = 0; i < ROUNDS_TO_LEARN * topics->len; i++)
		route_cache_match(core.router, bytes(name_at(topics, i)), 0);
	for (unsigned i = 0; i < n; i++)
		results += route_cache_match(core.router, bytes(name_at(topics, i)), 0)->n;
	house_tear_down();
	return results;
}

static uint64_t
subscribe_and_leave(unsigned n)
{
	g_autoptr(GPtrArray) filters = names_new("m/+/", "/a/#", N_NAMES);
	Client   client;
	uint64_t results = 0;

	house_build(1);
	add_filters();
	come(&client, "client");
	for (unsigned i = 0; i < n; i++) {
		const char *filter = name_at(filters, i);

		results += subscribe(&client, filter, 1) &&
		           session_unsubscribe(client.session, filter) == VMQ_REASON_SUCCESS;
	}
	go(&client);
	house_tear_down();
	return results;
}

/* ---- who gets it ---- */

static uint64_t
fan_out(const char *filter, unsigned n_subscribers, unsigned n)
{
	g_autoptr(GPtrArray) names = names_new("subscriber", "", n_subscribers);
	Client   publisher, subscribers[FAN_OUT];
	uint64_t results = 0;

	house_build(1);
	come(&publisher, "publisher");
	for (unsigned i = 0; i < n_subscribers; i++) {
		come(&subscribers[i], name_at(names, i));
		subscribe(&subscribers[i], filter, 0);
	}
	for (unsigned i = 0; i < n; i++)
		publish(&publisher, 0, 0);
	for (unsigned i = 0; i < n_subscribers; i++)
		results += subscribers[i].n_bytes;
	for (unsigned i = 0; i < n_subscribers; i++)
		go(&subscribers[i]);
	go(&publisher);
	house_tear_down();
	return results;
}

static uint64_t
deliver_to_one(unsigned n)
{
	return fan_out(MICRO_TOPIC, 1, n);
}

static uint64_t
deliver_to_ten(unsigned n)
{
	return fan_out(MICRO_TOPIC, FAN_OUT, n);
}

static uint64_t
deliver_to_one_of_ten(unsigned n)
{
	return fan_out("$share/group/" MICRO_TOPIC, FAN_OUT, n);
}

static bool
qos_1_once(Client *publisher, Client *subscriber, uint16_t packet_id)
{
	(void) packet_id;
	return publish(publisher, 1, 1) &&
	       session_recv_puback(subscriber->session, subscriber->packet_id) ==
	               VMQ_REASON_SUCCESS;
}

static bool
qos_2_once(Client *publisher, Client *subscriber, uint16_t packet_id)
{
	Session *taker = subscriber->session;

	return publish(publisher, 2, packet_id) &&
	       session_recv_pubrec(taker, subscriber->packet_id, 0) == VMQ_REASON_SUCCESS &&
	       session_recv_pubcomp(taker, subscriber->packet_id) == VMQ_REASON_SUCCESS &&
	       session_recv_pubrel(publisher->session, packet_id) == VMQ_REASON_SUCCESS;
}

static uint64_t
round_trip(bool (*once)(Client *publisher, Client *subscriber, uint16_t packet_id), unsigned n)
{
	Client   publisher, subscriber;
	uint64_t results = 0;

	house_build(1);
	come(&publisher, "publisher");
	come(&subscriber, "subscriber");
	subscribe(&subscriber, MICRO_TOPIC, 2);
	for (unsigned i = 0; i < n; i++)
		results += once(&publisher, &subscriber, (uint16_t) (i % UINT16_MAX + 1));
	if (subscriber.n_published != n)
		results = 0;
	go(&subscriber);
	go(&publisher);
	house_tear_down();
	return results;
}

static uint64_t
qos_1(unsigned n)
{
	return round_trip(qos_1_once, n);
}

static uint64_t
qos_2(unsigned n)
{
	return round_trip(qos_2_once, n);
}

/* ---- retained ---- */

static void
retain_all(void)
{
	for (unsigned i = 0; i < N_RETAINED; i++) {
		g_autofree char *topic = g_strdup_printf("r/%u/%u", i / ROWS, i % ROWS);

		house_retain(topic, "on", 0);
	}
}

static uint64_t
walk(unsigned n)
{
	Client   client;
	uint64_t results;

	house_build(1);
	retain_all();
	come(&client, "client");
	for (unsigned i = 0; i < n; i++) {
		subscribe(&client, "r/#", 0);
		session_unsubscribe(client.session, "r/#");
	}
	results = client.n_published;
	go(&client);
	house_tear_down();
	return results;
}

static uint64_t
retain_again(unsigned n)
{
	g_autoptr(GPtrArray) topics = names_new("r/7/", "", ROWS);
	uint64_t results = 0;

	house_build(1);
	retain_all();
	for (unsigned i = 0; i < n; i++) {
		VmqDraft draft = micro_draft(0);

		draft.topic = bytes(name_at(topics, i));
		draft.retain = true;
		results += publish_submit(&draft) == VMQ_REASON_NO_MATCHING_SUBSCRIBERS;
	}
	if (retained_count(core.retained) != N_RETAINED)
		results = 0;
	house_tear_down();
	return results;
}

/* ---- who comes and goes ---- */

static uint64_t
connect_and_go(unsigned n)
{
	g_autoptr(GPtrArray) ids = names_new("client", "", N_NAMES);
	Client   client;
	uint64_t results = 0;

	house_build(1);
	for (unsigned i = 0; i < n; i++) {
		come(&client, name_at(ids, i));
		results += go(&client) && clients_count() == 0;
	}
	house_tear_down();
	return results;
}

const Micro micro_core[] = {
	{"match", match, SHAPES, 10000, "a topic is checked and looked for among 10,000 filters"},
	{"match-known", match_known, SHAPES, 10000, "the answer for one of 1,275 topics is known"},
	{"subscribe", subscribe_and_leave, 1, 1000, "a filter comes to 10,000 others, and goes"},
	{"deliver-to-1", deliver_to_one, MICRO_PAYLOAD_BYTES, 10000,
         "QoS 0 from session to session"},
	{"deliver-to-10", deliver_to_ten, FAN_OUT *MICRO_PAYLOAD_BYTES, 1000,
         "QoS 0 from a session to ten"},
	{"deliver-shared", deliver_to_one_of_ten, MICRO_PAYLOAD_BYTES, 10000,
         "QoS 0 from a session to one of ten that share"},
	{"qos-1", qos_1, 1, 10000, "QoS 1 from session to session, acknowledged"},
	{"qos-2", qos_2, 1, 10000, "QoS 2 from session to session, with all that belongs to it"},
	{"retain", retain_again, 1, 1000, "one of 10,000 retained messages is replaced"},
	{"retained-walk", walk, N_RETAINED, 2, "10,000 retained messages for a new subscription"},
	{"connect", connect_and_go, 1, 1000, "a session begins, is attached, and ends"},
	{NULL},
};
