/* SPDX-License-Identifier: Apache-2.0 */
/* subscriber.c - a client that subscribes, acknowledges, and verifies what comes */
#include "bench/subscriber.h"

#include "bench/run.h"
#include "mqtt/encode.h"

#define FILTERS_PER_PACKET 500u

void
subscriber_init(Subscriber *subscriber, Run *run, unsigned index)
{
	const Plan      *plan = run->plan;
	const Catalogue *catalogue = &run->catalogue;

	client_init(&subscriber->client, plan->n_publishers + index,
	            &plan->subscribe_at.list[index % plan->subscribe_at.n]);
	subscriber->client.subscriber = subscriber;
	subscriber->index = index;
	subscriber->topic = index % catalogue->n_topics;
	if (catalogue->kind == CATALOGUE_RETAINED)
		subscriber->seen = g_new0(uint8_t, catalogue->n_topics / 8 + 1);
	else
		ledger_init(&subscriber->ledger, publisher_count_sources(run, subscriber->topic));
}

void
subscriber_clear(Subscriber *subscriber)
{
	client_close(&subscriber->client);
	ledger_clear(&subscriber->ledger);
	g_free(subscriber->seen);
}

static void
append_filter(Buf *filters, const Plan *plan, const char *filter)
{
	mqtt_subscribe_append(filters, plan->protocol,
	                      &(MqttSubscription){
				      .filter = {(const uint8_t *) filter, strlen(filter)},
				      .qos = plan->qos,
			      });
}

/* The last filter is where publishers of a catalogue of many topics send their probes. */
static void
write_filter(const Run *run, unsigned subscriber, unsigned i, char *filter)
{
	if (i < catalogue_count_filters(&run->catalogue, subscriber))
		catalogue_write_filter(&run->catalogue, subscriber, i, filter);
	else
		g_strlcpy(filter, run->probe_topic, CATALOGUE_FILTER_ROOM);
}

uint16_t
subscriber_subscribe(Subscriber *subscriber)
{
	Loop      *loop = subscriber->client.loop;
	const Run *run = loop->run;
	unsigned   n = catalogue_count_filters(&run->catalogue, subscriber->index) +
	             (run->probe_topic != NULL ? 1 : 0);
	uint16_t n_packets = 0;
	Buf      filters = {0};
	char     filter[CATALOGUE_FILTER_ROOM];

	for (unsigned i = 0; i < n;) {
		unsigned until = MIN(n, i + FILTERS_PER_PACKET);
		unsigned n_filters = until - i;

		for (; i < until; i++) {
			write_filter(run, subscriber->index, i, filter);
			append_filter(&filters, run->plan, filter);
		}
		mqtt_encode_subscribe(&loop->out, run->plan->protocol,
		                      &(MqttSubscribe){.packet_id = ++n_packets,
		                                       .n_filters = n_filters,
		                                       .filters = buf_bytes(&filters)});
		buf_clear(&filters);
	}
	buf_free(&filters);
	return n_packets;
}

static inline void
acknowledge(Loop *loop, uint8_t first, uint16_t packet_id)
{
	uint8_t *at = buf_reserve(&loop->out, 4);

	at[0] = first;
	at[1] = 2;
	at[2] = (uint8_t) (packet_id >> 8);
	at[3] = (uint8_t) packet_id;
	buf_added(&loop->out, 4);
}

/* Those that were skipped are not waited for; should they come, they are late. */
static void
skip(Publisher *publisher, Loop *loop, uint32_t from, uint32_t to)
{
	if (publisher->waits_for_delivery) {
		for (; from != to; from++)
			publisher_on_delivered(publisher, loop, from);
	}
}

static inline void
note(Subscriber *subscriber, Publisher *publisher, const PayloadHead *head, int64_t now_ns)
{
	Loop    *loop = subscriber->client.loop;
	uint32_t seq = (uint32_t) head->seq;
	uint32_t next = subscriber->ledger.next[publisher->source];
	Arrival  arrival = loop->run->is_sparse
	                           ? ledger_note_sparse(&subscriber->ledger, publisher->source, seq)
	                           : ledger_note(&subscriber->ledger, publisher->source, seq);

	if (arrival == ARRIVAL_DUPLICATE) {
		loop->tally.duplicates++;
		return;
	}
	loop->tally.received++;
	if (loop->is_measuring)
		histogram_add(&loop->latency, (uint64_t) MAX(now_ns - head->time_ns, 0));
	if (arrival == ARRIVAL_LATE)
		loop->tally.late++;
	if (arrival == ARRIVAL_AHEAD)
		skip(publisher, loop, next, seq);
	if (publisher->waits_for_delivery && (arrival != ARRIVAL_LATE || loop->run->is_sparse))
		publisher_on_delivered(publisher, loop, seq);
}

/* A retained message: in any order, but once. */
static void
note_retained(Subscriber *subscriber, unsigned topic)
{
	Tally  *tally = &subscriber->client.loop->tally;
	uint8_t bit = (uint8_t) (1u << topic % 8);

	if (subscriber->seen[topic / 8] & bit)
		tally->duplicates++;
	else
		tally->received++;
	subscriber->seen[topic / 8] |= bit;
}

/* The publisher of a message for this subscriber under this topic; NULL: it is none. */
static inline Publisher *
identify(Subscriber *subscriber, const ScanPublish *publish, PayloadHead *head, unsigned *topic)
{
	Run             *run = subscriber->client.loop->run;
	const Catalogue *catalogue = &run->catalogue;

	if (!payload_read(publish->payload, publish->payload_size, &run->pattern, head) ||
	    head->publisher >= run->n_publishers)
		return NULL;
	if (head->is_probe)
		return &run->publishers[head->publisher];
	*topic = run->is_sparse ? catalogue_pick(catalogue, head->publisher, head->seq)
	                        : run->publishers[head->publisher].topic;
	if (publish->topic_size != catalogue->name_size ||
	    memcmp(publish->topic, catalogue_name(catalogue, *topic), catalogue->name_size) != 0)
		return NULL;
	if (run->is_sparse ? !catalogue_is_for(catalogue, *topic, subscriber->index)
	                   : *topic != subscriber->topic)
		return NULL;
	return &run->publishers[head->publisher];
}

void
subscriber_on_publish(Subscriber *subscriber, const Frame *frame, int64_t now_ns)
{
	Loop       *loop = subscriber->client.loop;
	ScanPublish publish;
	PayloadHead head;
	unsigned    topic = 0;

	if (!scan_publish(frame, loop->run->plan->protocol == MQTT_V5, &publish)) {
		run_fail(loop->run, "the broker sent a PUBLISH that is malformed");
		return;
	}
	if (publish.qos == 1)
		acknowledge(loop, MQTT_PUBACK << 4, publish.packet_id);
	else if (publish.qos == 2)
		acknowledge(loop, MQTT_PUBREC << 4, publish.packet_id);

	Publisher *publisher = identify(subscriber, &publish, &head, &topic);

	if (publisher == NULL)
		loop->tally.damaged++;
	else if (head.is_probe)
		publisher_on_probed(publisher, loop->run, (uint32_t) head.seq);
	else if (subscriber->seen != NULL)
		note_retained(subscriber, topic);
	else
		note(subscriber, publisher, &head, now_ns);
}

void
subscriber_on_release(Subscriber *subscriber, const Frame *frame)
{
	Loop    *loop = subscriber->client.loop;
	uint16_t packet_id;
	uint8_t  reason;

	if (scan_ack(frame, &packet_id, &reason))
		acknowledge(loop, MQTT_PUBCOMP << 4, packet_id);
	else
		run_fail(loop->run, "the broker sent a PUBREL that is malformed");
}
