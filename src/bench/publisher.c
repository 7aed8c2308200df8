/* SPDX-License-Identifier: Apache-2.0 */
/* publisher.c - a client that publishes as much as its window or its rate lets it */
#include "bench/publisher.h"

#include "base/clock.h"
#include "bench/run.h"
#include "mqtt/encode.h"

#define PROBE_PAUSE_NS (250 * INT64_C(1000000))

/* Room for messages that are done later than those behind them. */
static void
make_places(Publisher *publisher, unsigned window)
{
	uint32_t n = 16;

	while (n < 2 * window)
		n *= 2;
	publisher->window = window;
	publisher->mask = n - 1;
	publisher->places = g_new0(PublisherPlace, n);
}

static void
make_head(Publisher *publisher, const Run *run, size_t payload_size)
{
	const Plan      *plan = run->plan;
	const Catalogue *catalogue = &run->catalogue;
	MqttPublishHead  head = {
		 .protocol = plan->protocol,
		 .qos = plan->qos,
		 .packet_id = plan->qos > 0 ? 1 : 0,
		 .retain = catalogue->kind == CATALOGUE_RETAINED,
		 .expiry_s = VMQ_NO_EXPIRY,
		 .topic = {(const uint8_t *) catalogue_name(catalogue, publisher->topic),
	                   catalogue->name_size},
		 .payload = {run->pattern.bytes, payload_size},
        };
	Buf    buf = {0};
	size_t behind_topic = plan->protocol == MQTT_V5 ? 1 : 0; /* the length of no properties */

	mqtt_encode_publish_head(&buf, &head);
	g_free(publisher->head);
	publisher->head_size = buf_size(&buf);
	publisher->head = g_memdup2(buf_bytes(&buf).data, publisher->head_size);
	publisher->packet_size = publisher->head_size + payload_size;
	if (plan->qos > 0) {
		behind_topic += 2;
		publisher->packet_id_at = publisher->head_size - behind_topic;
	}
	publisher->topic_at = publisher->head_size - behind_topic - catalogue->name_size;
	buf_free(&buf);
}

unsigned
publisher_count_sources(const Run *run, unsigned topic)
{
	unsigned n_topics = run->plan->n_topics;

	if (run->is_sparse)
		return run->plan->n_publishers;
	return (run->plan->n_publishers - topic + n_topics - 1) / n_topics;
}

/* How many messages it is to publish. */
static uint64_t
count_messages(const Run *run, unsigned id)
{
	const Plan *plan = run->plan;

	if (run->catalogue.kind == CATALOGUE_RETAINED)
		return (plan->n_topics + plan->n_publishers - 1 - id) / plan->n_publishers;
	return plan->n_messages > 0 ? plan->n_messages : PAYLOAD_SEQ_MASK;
}

void
publisher_init(Publisher *publisher, Run *run, unsigned id)
{
	const Plan *plan = run->plan;

	*publisher = (Publisher){
		.id = id,
		.topic = id % plan->n_topics,
		.source = run->is_sparse ? id : id / plan->n_topics,
		.most = count_messages(run, id),
		.probe_pause_ns = PROBE_PAUSE_NS,
	};
	client_init(&publisher->client, id, &plan->publish_to.list[id % plan->publish_to.n]);
	publisher->client.publisher = publisher;
	publisher->n_receivers = run->catalogue.topics[publisher->topic].n_receivers;
	publisher->n_probe_receivers =
		run->probe_topic != NULL ? plan->n_subscribers : publisher->n_receivers;
	publisher->waits_for_delivery = plan->window > 0 && plan->pace != PACE_ACKNOWLEDGED;
	if (plan->window > 0)
		make_places(publisher, plan->window);
	make_head(publisher, run, plan->payload_size);
}

void
publisher_clear(Publisher *publisher)
{
	client_close(&publisher->client);
	g_free(publisher->head);
	g_free(publisher->places);
}

void
publisher_on_receive_maximum(Publisher *publisher, uint16_t maximum)
{
	publisher->window = MIN(publisher->window, maximum);
}

/* How many messages it may have published by now, whatever its window says. */
static uint64_t
count_allowed(const Publisher *publisher)
{
	const Loop *loop = publisher->client.loop;

	if (loop->run->plan->rate == 0)
		return publisher->most;
	return MIN(publisher->most,
	           (loop->n_due + loop->n_publishers - 1 - publisher->rank) / loop->n_publishers);
}

/* When a message should leave: with a rate it is late already if we are. */
static int64_t
find_time(const Publisher *publisher, int64_t now_ns)
{
	const Loop *loop = publisher->client.loop;
	const Run  *run = loop->run;

	if (run->plan->rate == 0)
		return now_ns;
	return run->started_ns +
	       loop_due_after_ns(loop, publisher->seq * loop->n_publishers + publisher->rank);
}

static bool
has_room(const Publisher *publisher)
{
	const PublisherPlace *place = &publisher->places[publisher->seq & publisher->mask];

	return publisher->in_flight < publisher->window &&
	       __atomic_load_n(&place->waiting, __ATOMIC_ACQUIRE) == 0;
}

static void
occupy(Publisher *publisher, const Plan *plan, uint32_t n_receivers, int64_t now_ns)
{
	PublisherPlace *place = &publisher->places[publisher->seq & publisher->mask];
	uint32_t        n_events =
		(publisher->waits_for_delivery ? n_receivers : 0) + (plan->qos > 0 ? 1 : 0);

	if (n_events == 0)
		return; /* it is done as soon as it is sent */
	place->sent_ms = (uint32_t) (now_ns / 1000000);
	place->awaited = plan->qos == 0 ? ACK_NONE : plan->qos == 1 ? ACK_PUBACK : ACK_PUBREC;
	__atomic_store_n(&place->seq, (uint32_t) publisher->seq, __ATOMIC_RELAXED);
	__atomic_store_n(&place->waiting, n_events, __ATOMIC_RELEASE);
	publisher->in_flight++;
}

/* Writes the topic of the next message over that of the last; returns how many receivers it has. */
static inline uint32_t
turn_to_topic(Publisher *publisher, const Catalogue *catalogue, uint8_t *at)
{
	unsigned topic = catalogue_pick(catalogue, publisher->id, publisher->seq);

	memcpy(at + publisher->topic_at, catalogue_name(catalogue, topic), catalogue->name_size);
	return catalogue->topics[topic].n_receivers;
}

static inline void
publish(Publisher *publisher, Buf *out, int64_t now_ns)
{
	Loop       *loop = publisher->client.loop;
	const Run  *run = loop->run;
	uint8_t    *at = buf_reserve(out, publisher->packet_size);
	PayloadHead head = {publisher->seq, publisher->id, false, find_time(publisher, now_ns)};
	uint32_t    n_receivers = publisher->n_receivers;

	memcpy(at, publisher->head, publisher->head_size);
	if (run->is_sparse)
		n_receivers = turn_to_topic(publisher, &run->catalogue, at);
	if (publisher->packet_id_at > 0) {
		uint32_t packet_id = (publisher->seq & publisher->mask) + 1;

		at[publisher->packet_id_at] = (uint8_t) (packet_id >> 8);
		at[publisher->packet_id_at + 1] = (uint8_t) packet_id;
	}
	if (publisher->packet_size > publisher->head_size)
		payload_write(at + publisher->head_size, &run->pattern, &head);
	buf_added(out, publisher->packet_size);
	if (publisher->places != NULL)
		occupy(publisher, run->plan, n_receivers, now_ns);
	publisher->seq++;
	loop->tally.published++;
	loop->tally.expected += n_receivers;
}

void
publisher_go(Publisher *publisher)
{
	Loop    *loop = publisher->client.loop;
	uint64_t allowed = count_allowed(publisher);
	int64_t  now_ns;

	if (!loop->run->is_publishing || publisher->client.is_full ||
	    publisher->client.state != CLIENT_READY)
		return;
	now_ns = clock_monotonic_ns();
	while (publisher->seq < allowed && (publisher->places == NULL || has_room(publisher))) {
		publish(publisher, &loop->out, now_ns);
		if (buf_size(&loop->out) >= LOOP_BURST) {
			loop_set_ready(loop, publisher);
			break;
		}
	}
	if (buf_size(&loop->out) > 0)
		client_send(&publisher->client);
}

/* One of the things that a message waited for has happened. */
static inline void
count_down(Publisher *publisher, Loop *here, PublisherPlace *place)
{
	if (here->run->n_loops == 1) {
		if (place->waiting == 0 || --place->waiting > 0)
			return;
	} else if (__atomic_load_n(&place->waiting, __ATOMIC_ACQUIRE) == 0 ||
	           __atomic_sub_fetch(&place->waiting, 1, __ATOMIC_ACQ_REL) > 0) {
		return;
	}
	if (publisher->client.loop != here) {
		__atomic_fetch_add(&publisher->done_elsewhere, 1, __ATOMIC_RELEASE);
		loop_tell(here, publisher);
		return;
	}
	publisher->in_flight--;
	loop_set_ready(here, publisher);
}

void
publisher_on_delivered(Publisher *publisher, Loop *here, uint32_t seq)
{
	PublisherPlace *place = &publisher->places[seq & publisher->mask];

	if (__atomic_load_n(&place->seq, __ATOMIC_RELAXED) == seq)
		count_down(publisher, here, place);
}

static void
release(Loop *loop, uint16_t packet_id)
{
	buf_append_u8(&loop->out, MQTT_PUBREL << 4 | 2);
	buf_append_u8(&loop->out, 2);
	buf_append_be16(&loop->out, packet_id);
}

static AwaitedAck
ack_of(const Frame *frame)
{
	uint8_t type = scan_type(frame);

	return type == MQTT_PUBACK ? ACK_PUBACK : type == MQTT_PUBREC ? ACK_PUBREC : ACK_PUBCOMP;
}

void
publisher_on_ack(Publisher *publisher, const Frame *frame)
{
	Loop           *loop = publisher->client.loop;
	PublisherPlace *place = NULL;
	uint16_t        packet_id = 0;
	uint8_t         reason = 0;

	if (scan_ack(frame, &packet_id, &reason) && publisher->places != NULL && packet_id > 0 &&
	    packet_id - 1u <= publisher->mask)
		place = &publisher->places[packet_id - 1];
	if (place == NULL || place->awaited != ack_of(frame)) {
		run_fail(loop->run, "the broker acknowledged what it was not sent: %s %u",
		         mqtt_type_name((MqttType) scan_type(frame)), packet_id);
		return;
	}
	if (place->awaited == ACK_PUBREC && reason < VMQ_REASON_UNSPECIFIED) {
		place->awaited = ACK_PUBCOMP;
		release(loop, packet_id);
		return;
	}
	place->awaited = ACK_NONE;
	loop->tally.acknowledged++;
	if (reason >= VMQ_REASON_UNSPECIFIED)
		loop->tally.refused++;
	count_down(publisher, loop, place);
}

void
publisher_on_news(Publisher *publisher)
{
	publisher->in_flight -=
		__atomic_exchange_n(&publisher->done_elsewhere, 0, __ATOMIC_ACQUIRE);
	loop_set_ready(publisher->client.loop, publisher);
}

/* What is not acknowledged keeps its place, for its packet identifier is in use. */
void
publisher_give_up(Publisher *publisher, int64_t patience_ns)
{
	uint32_t now_ms = (uint32_t) (clock_monotonic_ns() / 1000000);

	if (publisher->in_flight == 0 || publisher->places == NULL)
		return;
	for (uint32_t i = 0; i <= publisher->mask; i++) {
		PublisherPlace *place = &publisher->places[i];

		if (place->awaited != ACK_NONE ||
		    __atomic_load_n(&place->waiting, __ATOMIC_ACQUIRE) == 0 ||
		    now_ms - place->sent_ms < patience_ns / 1000000)
			continue;
		if (__atomic_exchange_n(&place->waiting, 0, __ATOMIC_ACQ_REL) == 0)
			continue;
		publisher->in_flight--;
		publisher->client.loop->tally.given_up++;
		loop_set_ready(publisher->client.loop, publisher);
	}
}

void
publisher_start_clearing(Publisher *publisher)
{
	publisher->most *= 2;
	make_head(publisher, publisher->client.loop->run, 0);
}

void
publisher_ping(Publisher *publisher)
{
	mqtt_encode_pingreq(&publisher->client.loop->out);
	client_send(&publisher->client);
}

static VmqBytes
probe_topic(const Publisher *publisher)
{
	const Run *run = publisher->client.loop->run;

	if (run->probe_topic != NULL)
		return (VmqBytes){(const uint8_t *) run->probe_topic, strlen(run->probe_topic)};
	return (VmqBytes){(const uint8_t *) catalogue_name(&run->catalogue, publisher->topic),
	                  run->catalogue.name_size};
}

void
publisher_probe(Publisher *publisher)
{
	Loop       *loop = publisher->client.loop;
	const Plan *plan = loop->run->plan;
	int64_t     now_ns = clock_monotonic_ns();
	PayloadHead head = {0, publisher->id, true, now_ns};

	if (publisher->n_probe_receivers == 0 || now_ns < publisher->probe_again_ns ||
	    publisher->client.is_full ||
	    __atomic_load_n(&publisher->n_probed, __ATOMIC_ACQUIRE) >= publisher->n_probe_receivers)
		return;
	publisher->probe_again_ns = now_ns + publisher->probe_pause_ns;
	publisher->probe_pause_ns *= 2;
	head.seq = __atomic_add_fetch(&publisher->probe, 1, __ATOMIC_RELEASE);
	__atomic_store_n(&publisher->n_probed, 0, __ATOMIC_RELEASE);

	g_autofree uint8_t *payload = g_malloc(plan->payload_size);

	payload_write(payload, &loop->run->pattern, &head);
	mqtt_encode_publish(&loop->out, &(MqttPublishHead){
						.protocol = plan->protocol,
						.expiry_s = VMQ_NO_EXPIRY,
						.topic = probe_topic(publisher),
						.payload = {payload, plan->payload_size},
					});
	client_send(&publisher->client);
}

void
publisher_on_probed(Publisher *publisher, Run *run, uint32_t probe)
{
	if (__atomic_load_n(&publisher->probe, __ATOMIC_ACQUIRE) != probe)
		return;
	if (__atomic_add_fetch(&publisher->n_probed, 1, __ATOMIC_ACQ_REL) ==
	    publisher->n_probe_receivers)
		__atomic_fetch_add(&run->n_proven, 1, __ATOMIC_RELEASE);
}
