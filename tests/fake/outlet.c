/* SPDX-License-Identifier: Apache-2.0 */
/* outlet.c - a connection that only writes down what its session says */
#include "fake/outlet.h"

static void
begin_word(FakeOutlet *outlet)
{
	if (outlet->said->len > 0)
		g_string_append_c(outlet->said, ' ');
}

static OutletResult
on_publish(void *conn, const Delivery *delivery, uint16_t packet_id, bool dup)
{
	FakeOutlet *outlet = conn;
	VmqBytes    topic = msg_topic(delivery->msg), payload = msg_payload(delivery->msg);

	if (topic.size + payload.size > outlet->max_size)
		return OUTLET_TOO_LARGE;
	outlet->room -= outlet->room > 0;
	begin_word(outlet);
	g_string_append_len(outlet->said, (const char *) topic.data, (gssize) topic.size);
	g_string_append_c(outlet->said, '=');
	g_string_append_len(outlet->said, (const char *) payload.data, (gssize) payload.size);
	if (packet_id != 0)
		g_string_append_printf(outlet->said, "@%u#%u", delivery->qos, packet_id);
	g_string_append_printf(outlet->said, "%s%s", dup ? "!" : "", delivery->retain ? "^" : "");

	/* A borrowed delivery at QoS 0 has its identifiers where the grant has them. */
	const uint32_t *ids = delivery_ids(delivery);

	for (unsigned i = 0; i < delivery->n_ids; i++)
		g_string_append_printf(outlet->said, "%c%u", i == 0 ? ':' : ',', ids[i]);
	return OUTLET_SENT;
}

static void
on_pubrel(void *conn, uint16_t packet_id)
{
	FakeOutlet *outlet = conn;

	begin_word(outlet);
	g_string_append_printf(outlet->said, "rel#%u", packet_id);
}

static bool
on_has_room(void *conn)
{
	return ((FakeOutlet *) conn)->room > 0;
}

static void
on_hold(void *conn)
{
	FakeOutlet *outlet = conn;

	begin_word(outlet);
	g_string_append(outlet->said, "hold");
}

static void
on_expect(void *conn)
{
	((FakeOutlet *) conn)->expected++;
}

static void
on_release(void *conn)
{
	FakeOutlet *outlet = conn;

	begin_word(outlet);
	g_string_append(outlet->said, "release");
}

static void
on_close(void *conn, VmqReason reason)
{
	FakeOutlet *outlet = conn;

	begin_word(outlet);
	g_string_append_printf(outlet->said, "close:%02x", reason);
}

static void
on_evict(void *conn)
{
	FakeOutlet *outlet = conn;

	begin_word(outlet);
	g_string_append(outlet->said, "evict");
	outlet->freed = session_detach(outlet->session, outlet->fate);
}

static const SessionOutlet fake_outlet = {
	.publish = on_publish,
	.pubrel = on_pubrel,
	.has_room = on_has_room,
	.expect = on_expect,
	.hold = on_hold,
	.release = on_release,
	.close = on_close,
	.evict = on_evict,
};

void
fake_outlet_attach(FakeOutlet *outlet, Session *session, const SessionTerms *terms)
{
	static const VmqClient client = {"client", NULL, "192.0.2.1:49152", 5, false};
	SessionTerms           mine = {.receive_maximum = UINT16_MAX};

	if (terms != NULL)
		mine = *terms;
	mine.client = &client;
	if (outlet->said == NULL)
		outlet->said = g_string_new(NULL);
	outlet->session = session;
	outlet->room = UINT_MAX;
	outlet->max_size = SIZE_MAX;
	session_attach(session, outlet, &fake_outlet, &mine);
}

bool
fake_outlet_detach(FakeOutlet *outlet, WillFate fate)
{
	return session_detach(outlet->session, fate);
}

char *
fake_outlet_take(FakeOutlet *outlet)
{
	char *said = g_string_free(outlet->said, FALSE);

	outlet->said = g_string_new(NULL);
	return said;
}
