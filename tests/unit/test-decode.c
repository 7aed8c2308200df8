/* SPDX-License-Identifier: Apache-2.0 */
#include "mqtt/decode.h"
#include "mqtt_text.h"
#include "unit.h"

#define OK VMQ_REASON_SUCCESS
#define MALFORMED VMQ_REASON_MALFORMED_PACKET
#define ERROR VMQ_REASON_PROTOCOL_ERROR
#define UNSUPPORTED VMQ_REASON_UNSUPPORTED_PROTOCOL_VERSION
#define TOPIC VMQ_REASON_TOPIC_NAME_INVALID
#define FILTER VMQ_REASON_TOPIC_FILTER_INVALID
#define ALIAS VMQ_REASON_TOPIC_ALIAS_INVALID

typedef enum { CLIENT, SERVER } From;

/* One packet, in which protocol (0: not yet known), who sends it, and what it must come to. */
typedef struct {
	const char *text;
	uint8_t     protocol;
	From        from;
	VmqReason   reason;
	const char *cite;
} Case;

static MqttDecodeStatus
decode(VmqBytes in, const Case *c, MqttPacket *out, size_t *used, VmqReason *reason)
{
	return c->from == SERVER ? mqtt_decode_from_server(in, c->protocol, 0, out, used, reason)
	                         : mqtt_decode(in, c->protocol, 0, out, used, reason);
}

/* All that lies inside the packet and is reached by walking it; a sanitizer looks on. */
static unsigned
walk(const MqttPacket *packet, uint8_t protocol)
{
	MqttSubscription subscription;
	VmqBytes         filter;
	unsigned         n = 0;

	if (packet->type == MQTT_SUBSCRIBE) {
		for (VmqBytes rest = packet->subscribe.filters;
		     mqtt_subscribe_next(&rest, protocol, &subscription);)
			n++;
		ck_assert_uint_eq(n, packet->subscribe.n_filters);
	} else if (packet->type == MQTT_UNSUBSCRIBE) {
		for (VmqBytes rest = packet->unsubscribe.filters;
		     mqtt_unsubscribe_next(&rest, &filter);)
			n++;
		ck_assert_uint_eq(n, packet->unsubscribe.n_filters);
	}
	return n;
}

static void
check_case(const Case *c)
{
	VmqBytes            in = mqtt_text_exact(c->text);
	g_autofree uint8_t *data = (uint8_t *) in.data;
	MqttPacket          packet;
	size_t              used = 0;
	VmqReason           reason = OK;
	MqttDecodeStatus    status = decode(in, c, &packet, &used, &reason);

	if (c->reason != OK) {
		ck_assert_msg(status == MQTT_BAD && reason == c->reason,
		              "%s, version %u: status %d, reason 0x%02X, expected 0x%02X, %s",
		              c->text, c->protocol, status, reason, c->reason, c->cite);
		return;
	}
	ck_assert_msg(status == MQTT_DECODED && used == in.size,
	              "%s, version %u: status %d, reason 0x%02X, %s", c->text, c->protocol, status,
	              reason, c->cite);
	ck_assert_uint_eq(packet.type, data[0] >> 4);
	walk(&packet, c->protocol);

	/* Cut at every byte it needs more, and says how much. */
	for (size_t cut = 0; cut < in.size; cut++) {
		g_autofree uint8_t *exact = g_malloc(MAX(cut, 1));

		memcpy(exact, in.data, cut);
		used = 0;
		status = decode((VmqBytes){exact, cut}, c, &packet, &used, &reason);
		ck_assert_msg(status == MQTT_NEED_MORE, "%s cut at %zu: %d", c->text, cut, status);
		ck_assert_uint_ge(used, 1);
		ck_assert_msg(cut < 5 ? used <= in.size - cut : used == in.size - cut,
		              "%s cut at %zu: needs %zu more", c->text, cut, used);
	}
}

#define CHECK(cases)                                     \
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) \
	check_case(&(cases)[i])

START_TEST(connects_that_the_standards_allow_are_decoded)
{
	static const Case cases[] = {
		{"10 { 'MQTT' 04 02 003C 'id' }", 0, CLIENT, OK, "3.1.1, 3.1"},
		{"10 { 'MQTT' 04 00 003C '' }", 0, CLIENT, OK,
	         "an empty client id is for others to refuse [MQTT-3.1.3-7 of 3.1.1]"},
		{"10 { 'MQTT' 04 F6 003C 'id' 'will' 'bye' 'user' 'word' }", 0, CLIENT, OK,
	         "[MQTT-3.1.3-1]"},
		{"10 { 'MQTT' 04 82 003C 'id' 'user' }", 0, CLIENT, OK, "a user name alone"},
		{"10 { 'MQTT' 04 02 003C 'id' }", 5, CLIENT, OK,
	         "a second one is for others to refuse [MQTT-3.1.0-2]"},
		{"10 { 'MQIsdp' 03 02 003C 'id' }", 0, CLIENT, OK, "MQTT 3.1"},
		{"10 { 'MQIsdp' 03 C2 003C 'id' }", 0, CLIENT, OK,
	         "MQTT 3.1: flags without strings"},
		{"10 { 'MQIsdp' 03 C2 003C 'id' 'user' }", 0, CLIENT, OK,
	         "MQTT 3.1: flags without strings"},
		{"10 { 'MQIsdp' 03 3B 003C 'id' }", 0, CLIENT, OK, "MQTT 3.1: disregarded flags"},
		{"10 { 'MQTT' 05 02 003C [  ] 'id' }", 0, CLIENT, OK, "3.1"},
		{"10 { 'MQTT' 05 42 003C [  ] 'id' 'word' }", 0, CLIENT, OK,
	         "MQTT 5 has passwords without user name (3.1.2.9)"},
		{"10 { 'MQTT' 05 2E 003C [ 11 00000000 21 0001 27 00000001 22 0000 19 01 17 00 26 "
	         "'k' 'v' 26 'k' 'v' 15 'm' 16 'data' ] 'id' [ 18 00000005 01 01 02 00000000 03 "
	         "'text' 08 'a/b' 09 '' 26 '' '' ] 'will' '' }",
	         0, CLIENT, OK, "all properties"},
		{"10 8D 00 'MQTT' 04 02 003C \"\" 00 01 \"i\"", 0, CLIENT, OK,
	         "MQTT 3.1.1 does not forbid a long length"},
	};

	CHECK(cases);
}
END_TEST

START_TEST(connects_that_break_the_standards_are_refused)
{
	static const Case cases[] = {
		{"11 { 'MQTT' 04 02 003C 'id' }", 0, CLIENT, MALFORMED, "[MQTT-2.1.3-1]"},
		{"10 { 'MQTt' 04 02 003C 'id' }", 0, CLIENT, UNSUPPORTED, "[MQTT-3.1.2-1]"},
		{"10 { 'MQTTT' 04 02 003C 'id' }", 0, CLIENT, UNSUPPORTED, "[MQTT-3.1.2-1]"},
		{"10 { 'MQTT' 03 02 003C 'id' }", 0, CLIENT, UNSUPPORTED, "[MQTT-3.1.2-2]"},
		{"10 { 'MQTT' 06 02 003C 'id' }", 0, CLIENT, UNSUPPORTED, "[MQTT-3.1.2-2]"},
		{"10 { 'MQTT' 84 02 003C 'id' }", 0, CLIENT, UNSUPPORTED, "[MQTT-3.1.2-2]"},
		{"10 { 'MQIsdp' 04 02 003C 'id' }", 0, CLIENT, UNSUPPORTED, "[MQTT-3.1.2-2]"},
		{"10 { 'MQTT' 04 03 003C 'id' }", 0, CLIENT, MALFORMED, "[MQTT-3.1.2-3]"},
		{"10 { 'MQTT' 05 03 003C [  ] 'id' }", 0, CLIENT, MALFORMED, "[MQTT-3.1.2-3]"},
		{"10 { 'MQTT' 04 0A 003C 'id' }", 0, CLIENT, MALFORMED, "[MQTT-3.1.2-11]"},
		{"10 { 'MQTT' 05 12 003C [  ] 'id' }", 0, CLIENT, MALFORMED, "[MQTT-3.1.2-11]"},
		{"10 { 'MQTT' 04 1E 003C 'id' 'will' '' }", 0, CLIENT, MALFORMED,
	         "[MQTT-3.1.2-12]"},
		{"10 { 'MQIsdp' 03 1E 003C 'id' 'will' '' }", 0, CLIENT, MALFORMED,
	         "[MQTT-3.1.2-12]"},
		{"10 { 'MQTT' 05 1E 003C [  ] 'id' [ ] 'will' '' }", 0, CLIENT, MALFORMED,
	         "[MQTT-3.1.2-12]"},
		{"10 { 'MQTT' 04 22 003C 'id' }", 0, CLIENT, MALFORMED, "[MQTT-3.1.2-13]"},
		{"10 { 'MQTT' 05 22 003C [  ] 'id' }", 0, CLIENT, MALFORMED, "[MQTT-3.1.2-13]"},
		{"10 { 'MQTT' 04 42 003C 'id' 'word' }", 0, CLIENT, MALFORMED,
	         "[MQTT-3.1.2-22 of 3.1.1]"},
		{"10 { 'MQIsdp' 03 42 003C 'id' 'word' }", 0, CLIENT, MALFORMED, "MQTT 3.1"},
		{"10 { 'MQTT' 04 82 003C 'id' }", 0, CLIENT, MALFORMED, "[MQTT-3.1.2-17]"},
		{"10 { 'MQTT' 04 C2 003C 'id' 'user' }", 0, CLIENT, MALFORMED, "[MQTT-3.1.2-19]"},
		{"10 { 'MQTT' 05 42 003C [  ] 'id' }", 0, CLIENT, MALFORMED, "[MQTT-3.1.2-19]"},
		{"10 { 'MQTT' 04 02 003C 'id' 'user' }", 0, CLIENT, MALFORMED, "[MQTT-3.1.2-16]"},
		{"10 { 'MQIsdp' 03 02 003C 'id' 00 }", 0, CLIENT, MALFORMED, "a byte too many"},
		{"10 { 'MQTT' 04 02 003C 0002 C328 }", 0, CLIENT, MALFORMED, "[MQTT-1.5.4-1]"},
		{"10 { 'MQTT' 04 02 003C 0002 6100 }", 0, CLIENT, MALFORMED, "[MQTT-1.5.4-2]"},
		{"10 { 'MQTT' 04 82 003C 'id' 0003 EDA080 }", 0, CLIENT, MALFORMED,
	         "[MQTT-3.1.3-12]"},
		{"10 { 'MQTT' 04 06 003C 'id' 'a/#' '' }", 0, CLIENT, TOPIC, "[MQTT-3.3.2-2]"},
		{"10 { 'MQTT' 04 06 003C 'id' '' '' }", 0, CLIENT, TOPIC, "[MQTT-4.7.3-1]"},
		{"10 { 'MQTT' 04 06 003C 'id' 0001 FF '' }", 0, CLIENT, MALFORMED,
	         "[MQTT-3.1.3-11]"},
		{"10 { 'MQTT' 04 06 003C 'id' 'will' }", 0, CLIENT, MALFORMED, "[MQTT-3.1.2-9]"},
		{"10 { 'MQTT' 05 06 003C [  ] 'id' 'will' '' }", 0, CLIENT, MALFORMED,
	         "will properties missing (3.1.3.2)"},
		{"10 { 'MQTT' 05 02 003C [ 01 01 ] 'id' }", 0, CLIENT, MALFORMED,
	         "2.2.2.2: of a PUBLISH"},
		{"10 { 'MQTT' 05 06 003C [  ] 'id' [ 11 00000001 ] 'will' '' }", 0, CLIENT,
	         MALFORMED, "2.2.2.2: not of a will"},
		{"10 { 'MQTT' 05 02 003C [ 16 'data' ] 'id' }", 0, CLIENT, ERROR, "3.1.2.11.10"},
		{"10 { 'MQTT' 05 02 003C }", 0, CLIENT, MALFORMED, "property length missing"},
		{"10 { 'MQTT' 05 02 003C 80 }", 0, CLIENT, MALFORMED, "property length cut"},
		{"10 { 'MQTT' 05 02 003C 8000 'id' }", 0, CLIENT, MALFORMED, "[MQTT-1.5.5-1]"},
		{"10 { 'MQTT' 05 02 003C FFFFFFFF01 'id' }", 0, CLIENT, MALFORMED, "1.5.5"},
		{"10 { 'MQTT' 05 02 003C 10 'id' }", 0, CLIENT, MALFORMED,
	         "property length too long"},
		{"10 8E00 'MQTT' 05 02 003C 00 0001 \"i\"", 0, CLIENT, MALFORMED, "[MQTT-1.5.5-1]"},
		{"10 00", 0, CLIENT, MALFORMED, "nothing"},
		{"10 { 'MQTT' }", 0, CLIENT, MALFORMED, "cut"},
		{"10 { 'MQTT' 04 }", 0, CLIENT, MALFORMED, "cut"},
		{"10 { 'MQTT' 04 02 00 }", 0, CLIENT, MALFORMED, "cut"},
		{"10 { 'MQTT' 04 02 003C }", 0, CLIENT, MALFORMED, "[MQTT-3.1.3-3]"},
		{"10 { 'MQTT' 04 02 003C 'id' }", 4, SERVER, ERROR, "table 2-1: not a server's"},
	};

	CHECK(cases);
}
END_TEST

START_TEST(publishes_that_the_standards_allow_are_decoded)
{
	static const Case cases[] = {
		{"30 { 'a/b' }", 4, CLIENT, OK, "an empty payload"},
		{"30 { 'a/b' \"hello\" }", 3, CLIENT, OK, "3.3"},
		{"30 { 'a/b' \"hello\" }", 4, SERVER, OK, "3.3"},
		{"3D { 'a/b' 000A \"hello\" }", 4, CLIENT, OK, "QoS 2, DUP, RETAIN is 3D"},
		{"32 { 'a/b' FFFF }", 4, CLIENT, OK, "3.3"},
		{"38 { 'a/b' }", 3, CLIENT, OK, "MQTT 3.1 does not say what DUP is for QoS 0"},
		{"30 { 'a/b' [ ] \"hello\" }", 5, CLIENT, OK, "3.3"},
		{"30 { '' [ 23 0001 ] \"hello\" }", 5, CLIENT, OK, "3.3.2.3.4"},
		{"34 { 'a/b' 0001 [ 01 01 02 0000000A 23 FFFF 08 'r' 09 0002 0000 26 'k' 'v' 03 "
	         "'c' ] }",
	         5, CLIENT, OK, "3.3.2.3"},
		{"30 { 'a/b' [ 0B 01 0B FFFFFF7F ] }", 5, SERVER, OK, "[MQTT-3.3.4-4]"},
		{"30 { '$SYS/a' [ ] }", 5, CLIENT, OK, "who may is for others to say"},
	};

	CHECK(cases);
}
END_TEST

START_TEST(publishes_that_break_the_standards_are_refused)
{
	static const Case cases[] = {
		{"36 { 'a/b' 0001 }", 4, CLIENT, MALFORMED, "[MQTT-3.3.1-4]"},
		{"36 { 'a/b' 0001 [ ] }", 5, CLIENT, MALFORMED, "[MQTT-3.3.1-4]"},
		{"38 { 'a/b' [ ] }", 5, CLIENT, MALFORMED, "[MQTT-3.3.1-2]"},
		{"38 { 'a/b' }", 4, CLIENT, MALFORMED, "[MQTT-3.3.1-2]"},
		{"32 { 'a/b' 0000 }", 4, CLIENT, ERROR, "[MQTT-2.3.1-1 of 3.1.1]"},
		{"32 { 'a/b' 0000 [ ] }", 5, CLIENT, ERROR, "[MQTT-2.2.1-3]"},
		{"32 { 'a/b' }", 4, CLIENT, MALFORMED, "packet identifier missing"},
		{"30 { 'a/+' }", 4, CLIENT, TOPIC, "[MQTT-3.3.2-2]"},
		{"30 { 'a/#' [ ] }", 5, CLIENT, TOPIC, "[MQTT-3.3.2-2]"},
		{"30 { 'a long topic with a # in it' [ ] }", 5, SERVER, TOPIC, "[MQTT-3.3.2-2]"},
		{"30 { '' \"hello\" }", 4, CLIENT, TOPIC, "[MQTT-4.7.3-1]"},
		{"30 { '' [ ] \"hello\" }", 5, CLIENT, ERROR, "3.3.2.1"},
		{"30 { '' [ 23 0000 ] }", 5, CLIENT, ALIAS, "[MQTT-3.3.2-8]"},
		{"30 { 'a' [ 0B 01 ] }", 5, CLIENT, ERROR, "[MQTT-3.3.4-6]"},
		{"30 { 'a' [ 0B 00 ] }", 5, SERVER, ERROR, "3.3.2.3.8"},
		{"30 { 'a' [ 0B 8100 ] }", 5, SERVER, MALFORMED, "[MQTT-1.5.5-1]"},
		{"30 { 'a' [ 0B FFFFFFFF01 ] }", 5, SERVER, MALFORMED, "1.5.5"},
		{"30 { 0002 C3B6 [ 01 02 ] }", 5, CLIENT, ERROR, "3.3.2.3.2"},
		{"30 { 0002 61C3 [ ] }", 5, CLIENT, MALFORMED, "[MQTT-3.3.2-1]"},
		{"30 { 0002 6100 }", 4, CLIENT, MALFORMED, "[MQTT-1.5.4-2]"},
		{"30 { 'a' [ 08 'b/+' ] }", 5, CLIENT, ERROR, "[MQTT-3.3.2-14]"},
		{"30 { 'a' [ 08 '' ] }", 5, CLIENT, ERROR, "[MQTT-4.7.3-1]"},
		{"30 { 'a' [ 08 0001 FF ] }", 5, CLIENT, MALFORMED, "[MQTT-3.3.2-13]"},
		{"30 { 'a' [ 03 0001 FF ] }", 5, CLIENT, MALFORMED, "[MQTT-3.3.2-19]"},
		{"30 { 'a' [ 26 0001 FF 'v' ] }", 5, CLIENT, MALFORMED, "[MQTT-1.5.7-1]"},
		{"30 { 'a' [ 26 'k' 0001 00 ] }", 5, CLIENT, MALFORMED, "[MQTT-1.5.7-1]"},
		{"30 { 'a' [ 26 'k' ] }", 5, CLIENT, MALFORMED, "a pair of one"},
		{"30 { 'a' [ 02 0000 ] \"hello\" }", 5, CLIENT, MALFORMED,
	         "a value may not leave its block"},
		{"30 { 'a' [ 00 ] }", 5, CLIENT, MALFORMED, "2.2.2.2: no such identifier"},
		{"30 { 'a' [ 7F ] }", 5, CLIENT, MALFORMED, "2.2.2.2: no such identifier"},
		{"30 { 'a' [ 8100 01 ] }", 5, CLIENT, MALFORMED, "2.2.2.2: no such identifier"},
		{"30 { 'a' 05 01 01 }", 5, CLIENT, MALFORMED, "property length too long"},
		{"30 { 'a' }", 5, CLIENT, MALFORMED, "property length missing"},
		{"30 { 00 }", 4, CLIENT, MALFORMED, "topic cut"},
		{"30 { 0003 \"ab\" }", 4, CLIENT, MALFORMED, "topic cut"},
		{"30 00", 4, CLIENT, MALFORMED, "no topic"},
	};

	CHECK(cases);
}
END_TEST

START_TEST(subscribes_that_the_standards_allow_are_decoded)
{
	static const Case cases[] = {
		{"82 { 0001 'a/b' 00 }", 4, CLIENT, OK, "3.8"},
		{"82 { 0001 'a/b' 02 '+' 01 '#' 00 'a/+/#' 00 }", 4, CLIENT, OK, "3.8"},
		{"8A { 0001 'a/b' FE }", 3, CLIENT, OK, "MQTT 3.1: sent again, and bits not used"},
		{"82 { FFFF [ 0B 01 26 'k' 'v' ] 'a/b' 2E '$share/g/#' 19 }", 5, CLIENT, OK,
	         "3.8.3.1"},
		{"A2 { 0001 'a/b' '$share/g/#' }", 4, CLIENT, OK, "3.10"},
		{"AA { 0001 'a/b' }", 3, CLIENT, OK, "MQTT 3.1: sent again"},
		{"A2 { 0001 [ 26 'k' 'v' ] 'a/b' '#' }", 5, CLIENT, OK, "3.10"},
	};

	CHECK(cases);
}
END_TEST

START_TEST(subscribes_that_break_the_standards_are_refused)
{
	static const Case cases[] = {
		{"80 { 0001 'a/b' 00 }", 4, CLIENT, MALFORMED, "[MQTT-3.8.1-1]"},
		{"8A { 0001 'a/b' 00 }", 4, CLIENT, MALFORMED, "[MQTT-3.8.1-1]"},
		{"83 { 0001 [ ] 'a/b' 00 }", 5, CLIENT, MALFORMED, "[MQTT-3.8.1-1]"},
		{"82 { 0000 'a/b' 00 }", 4, CLIENT, ERROR, "[MQTT-2.3.1-1 of 3.1.1]"},
		{"82 { 0000 [ ] 'a/b' 00 }", 5, CLIENT, ERROR, "[MQTT-2.2.1-3]"},
		{"82 { 0001 }", 4, CLIENT, ERROR, "[MQTT-3.8.3-3 of 3.1.1]"},
		{"82 { 0001 [ ] }", 5, CLIENT, ERROR, "[MQTT-3.8.3-2]"},
		{"82 { 0001 'a/b' }", 4, CLIENT, MALFORMED, "options missing"},
		{"82 { 0001 'a/b' 03 }", 4, CLIENT, MALFORMED, "[MQTT-3-8.3-4 of 3.1.1]"},
		{"82 { 0001 'a/b' 04 }", 4, CLIENT, MALFORMED, "[MQTT-3-8.3-4 of 3.1.1]"},
		{"82 { 0001 'a/b' 03 }", 3, CLIENT, MALFORMED, "3.8 of MQTT 3.1"},
		{"82 { 0001 [ ] 'a/b' 03 }", 5, CLIENT, ERROR, "3.8.3.1"},
		{"82 { 0001 [ ] 'a/b' 30 }", 5, CLIENT, ERROR, "3.8.3.1"},
		{"82 { 0001 [ ] 'a/b' 40 }", 5, CLIENT, MALFORMED, "[MQTT-3.8.3-5]"},
		{"82 { 0001 [ ] 'a/b' 80 }", 5, CLIENT, MALFORMED, "[MQTT-3.8.3-5]"},
		{"82 { 0001 [ ] '$share/g/a' 04 }", 5, CLIENT, ERROR, "[MQTT-3.8.3-4]"},
		{"82 { 0001 [ 0B 00 ] 'a' 00 }", 5, CLIENT, ERROR, "3.8.2.1.2"},
		{"82 { 0001 [ 0B 01 0B 02 ] 'a' 00 }", 5, CLIENT, ERROR, "3.8.2.1.2"},
		{"82 { 0001 [ ] '' 00 }", 5, CLIENT, FILTER, "[MQTT-4.7.3-1]"},
		{"82 { 0001 [ ] 'a/#/b' 00 }", 5, CLIENT, FILTER, "[MQTT-4.7.1-1]"},
		{"82 { 0001 [ ] 'a' 00 'a#' 00 }", 5, CLIENT, FILTER, "[MQTT-4.7.1-1]"},
		{"82 { 0001 [ ] 'a+/b' 00 }", 5, CLIENT, FILTER, "[MQTT-4.7.1-2]"},
		{"82 { 0001 [ ] '$share//b' 00 }", 5, CLIENT, FILTER, "[MQTT-4.8.2-1]"},
		{"82 { 0001 [ ] '$share/g+/b' 00 }", 5, CLIENT, FILTER, "[MQTT-4.8.2-2]"},
		{"82 { 0001 [ ] 0001 80 00 }", 5, CLIENT, MALFORMED, "[MQTT-3.8.3-1]"},
		{"82 { 0001 [ ] 0002 6100 00 }", 5, CLIENT, MALFORMED, "[MQTT-1.5.4-2]"},
		{"82 { 0001 [ 1F 'why' ] 'a' 00 }", 5, CLIENT, MALFORMED, "2.2.2.2"},
		{"82 00", 5, CLIENT, MALFORMED, "nothing"},
		{"A0 { 0001 'a/b' }", 4, CLIENT, MALFORMED, "[MQTT-3.10.1-1]"},
		{"A2 { 0000 'a/b' }", 4, CLIENT, ERROR, "[MQTT-2.3.1-1 of 3.1.1]"},
		{"A2 { 0001 }", 4, CLIENT, ERROR, "[MQTT-3.10.3-2]"},
		{"A2 { 0001 [ ] }", 5, CLIENT, ERROR, "[MQTT-3.10.3-2]"},
		{"A2 { 0001 [ ] 'a' 00 }", 5, CLIENT, MALFORMED, "options do not belong here"},
		{"A2 { 0001 [ ] '' }", 5, CLIENT, FILTER, "[MQTT-4.7.3-1]"},
		{"A2 { 0001 [ ] 'a/b#' }", 5, CLIENT, FILTER, "[MQTT-4.7.1-1]"},
		{"A2 { 0001 [ ] 0001 FF }", 5, CLIENT, MALFORMED, "[MQTT-3.10.3-1]"},
		{"A2 { 0001 [ 0B 01 ] 'a' }", 5, CLIENT, MALFORMED, "2.2.2.2"},
		{"82 { 0001 'a/b' 00 }", 4, SERVER, ERROR, "table 2-1: not a server's"},
		{"A2 { 0001 'a/b' }", 4, SERVER, ERROR, "table 2-1: not a server's"},
	};

	CHECK(cases);
}
END_TEST

START_TEST(acknowledgements_that_the_standards_allow_are_decoded)
{
	static const Case cases[] = {
		{"40 { 0001 }", 3, CLIENT, OK, "3.4 to 3.7"},
		{"40 { 0001 }", 4, CLIENT, OK, "3.4 to 3.7"},
		{"40 { 0001 }", 5, CLIENT, OK, "3.4.2.1: reason may be left out"},
		{"40 { 0001 00 }", 5, SERVER, OK, "3.4.2.2.1: properties may be left out"},
		{"40 { FFFF 87 [ ] }", 5, CLIENT, OK, "3.4 to 3.7"},
		{"40 { FFFF 87 [ 1F 'why' 26 'k' 'v' ] }", 5, CLIENT, OK, "3.4 to 3.7"},
		{"50 { 0001 }", 3, CLIENT, OK, "3.4 to 3.7"},
		{"50 { 0001 }", 4, CLIENT, OK, "3.4 to 3.7"},
		{"50 { 0001 }", 5, CLIENT, OK, "3.4.2.1: reason may be left out"},
		{"50 { 0001 00 }", 5, SERVER, OK, "3.4.2.2.1: properties may be left out"},
		{"50 { FFFF 87 [ ] }", 5, CLIENT, OK, "3.4 to 3.7"},
		{"50 { FFFF 87 [ 1F 'why' 26 'k' 'v' ] }", 5, CLIENT, OK, "3.4 to 3.7"},
		{"62 { 0001 }", 3, CLIENT, OK, "3.4 to 3.7"},
		{"62 { 0001 }", 4, CLIENT, OK, "3.4 to 3.7"},
		{"62 { 0001 }", 5, CLIENT, OK, "3.4.2.1: reason may be left out"},
		{"62 { 0001 00 }", 5, SERVER, OK, "3.4.2.2.1: properties may be left out"},
		{"62 { FFFF 92 [ ] }", 5, CLIENT, OK, "3.4 to 3.7"},
		{"62 { FFFF 92 [ 1F 'why' 26 'k' 'v' ] }", 5, CLIENT, OK, "3.4 to 3.7"},
		{"70 { 0001 }", 3, CLIENT, OK, "3.4 to 3.7"},
		{"70 { 0001 }", 4, CLIENT, OK, "3.4 to 3.7"},
		{"70 { 0001 }", 5, CLIENT, OK, "3.4.2.1: reason may be left out"},
		{"70 { 0001 00 }", 5, SERVER, OK, "3.4.2.2.1: properties may be left out"},
		{"70 { FFFF 92 [ ] }", 5, CLIENT, OK, "3.4 to 3.7"},
		{"70 { FFFF 92 [ 1F 'why' 26 'k' 'v' ] }", 5, CLIENT, OK, "3.4 to 3.7"},
		{"6A { 0001 }", 3, CLIENT, OK, "MQTT 3.1: sent again"},
		{"40 { 0001 10 }", 5, SERVER, OK, "3.4.2.1: only servers know"},
	};

	CHECK(cases);
}
END_TEST

START_TEST(acknowledgements_that_break_the_standards_are_refused)
{
	static const Case cases[] = {
		{"40 { 0000 }", 4, CLIENT, ERROR, "[MQTT-2.2.1-3]"},
		{"40 { 00 }", 4, CLIENT, MALFORMED, "cut"},
		{"40 { }", 5, CLIENT, MALFORMED, "cut"},
		{"40 { 0001 00 }", 4, CLIENT, MALFORMED, "MQTT 3 has no reason here"},
		{"40 { 0001 01 }", 5, CLIENT, ERROR, "no reason of an acknowledgement"},
		{"40 { 0001 00 [ ] 00 }", 5, CLIENT, MALFORMED, "a byte too many"},
		{"40 { 0001 00 [ 01 00 ] }", 5, CLIENT, MALFORMED, "2.2.2.2"},
		{"40 { 0001 00 [ 1F 'a' 1F 'b' ] }", 5, CLIENT, ERROR, "3.4.2.2.2: more than once"},
		{"40 { 0001 00 01 }", 5, CLIENT, MALFORMED, "property length too long"},
		{"50 { 0000 }", 4, CLIENT, ERROR, "[MQTT-2.2.1-3]"},
		{"50 { 00 }", 4, CLIENT, MALFORMED, "cut"},
		{"50 { }", 5, CLIENT, MALFORMED, "cut"},
		{"50 { 0001 00 }", 4, CLIENT, MALFORMED, "MQTT 3 has no reason here"},
		{"50 { 0001 01 }", 5, CLIENT, ERROR, "no reason of an acknowledgement"},
		{"50 { 0001 00 [ ] 00 }", 5, CLIENT, MALFORMED, "a byte too many"},
		{"50 { 0001 00 [ 01 00 ] }", 5, CLIENT, MALFORMED, "2.2.2.2"},
		{"50 { 0001 00 [ 1F 'a' 1F 'b' ] }", 5, CLIENT, ERROR, "3.4.2.2.2: more than once"},
		{"50 { 0001 00 01 }", 5, CLIENT, MALFORMED, "property length too long"},
		{"62 { 0000 }", 4, CLIENT, ERROR, "[MQTT-2.2.1-3]"},
		{"62 { 00 }", 4, CLIENT, MALFORMED, "cut"},
		{"62 { }", 5, CLIENT, MALFORMED, "cut"},
		{"62 { 0001 00 }", 4, CLIENT, MALFORMED, "MQTT 3 has no reason here"},
		{"62 { 0001 01 }", 5, CLIENT, ERROR, "no reason of an acknowledgement"},
		{"62 { 0001 00 [ ] 00 }", 5, CLIENT, MALFORMED, "a byte too many"},
		{"62 { 0001 00 [ 01 00 ] }", 5, CLIENT, MALFORMED, "2.2.2.2"},
		{"62 { 0001 00 [ 1F 'a' 1F 'b' ] }", 5, CLIENT, ERROR, "3.4.2.2.2: more than once"},
		{"62 { 0001 00 01 }", 5, CLIENT, MALFORMED, "property length too long"},
		{"70 { 0000 }", 4, CLIENT, ERROR, "[MQTT-2.2.1-3]"},
		{"70 { 00 }", 4, CLIENT, MALFORMED, "cut"},
		{"70 { }", 5, CLIENT, MALFORMED, "cut"},
		{"70 { 0001 00 }", 4, CLIENT, MALFORMED, "MQTT 3 has no reason here"},
		{"70 { 0001 01 }", 5, CLIENT, ERROR, "no reason of an acknowledgement"},
		{"70 { 0001 00 [ ] 00 }", 5, CLIENT, MALFORMED, "a byte too many"},
		{"70 { 0001 00 [ 01 00 ] }", 5, CLIENT, MALFORMED, "2.2.2.2"},
		{"70 { 0001 00 [ 1F 'a' 1F 'b' ] }", 5, CLIENT, ERROR, "3.4.2.2.2: more than once"},
		{"70 { 0001 00 01 }", 5, CLIENT, MALFORMED, "property length too long"},
		{"41 { 0001 }", 4, CLIENT, MALFORMED, "[MQTT-2.1.3-1]"},
		{"52 { 0001 }", 5, CLIENT, MALFORMED, "[MQTT-2.1.3-1]"},
		{"60 { 0001 }", 4, CLIENT, MALFORMED, "[MQTT-3.6.1-1]"},
		{"60 { 0001 }", 3, CLIENT, MALFORMED, "MQTT 3.1: of QoS 1"},
		{"6A { 0001 }", 4, CLIENT, MALFORMED, "[MQTT-3.6.1-1]"},
		{"72 { 0001 }", 4, CLIENT, MALFORMED, "[MQTT-2.1.3-1]"},
		{"40 { 0001 10 }", 5, CLIENT, ERROR, "3.4.2.1: only servers know"},
		{"40 { 0001 92 }", 5, CLIENT, ERROR, "[MQTT-3.4.2-1]"},
		{"50 { 0001 92 }", 5, CLIENT, ERROR, "[MQTT-3.5.2-1]"},
		{"62 { 0001 87 }", 5, CLIENT, ERROR, "[MQTT-3.6.2-1]"},
		{"70 { 0001 87 }", 5, CLIENT, ERROR, "[MQTT-3.7.2-1]"},
	};

	CHECK(cases);
}
END_TEST

START_TEST(the_rest_of_what_clients_say_is_judged_by_the_standards)
{
	static const Case cases[] = {
		{"C0 00", 3, CLIENT, OK, "3.12"},
		{"C0 00", 4, CLIENT, OK, "3.12"},
		{"C0 00", 5, CLIENT, OK, "3.12"},
		{"C0 { 00 }", 4, CLIENT, MALFORMED, "a byte too many"},
		{"C1 00", 5, CLIENT, MALFORMED, "[MQTT-2.1.3-1]"},
		{"E0 00", 4, CLIENT, OK, "3.14"},
		{"E0 { 00 }", 4, CLIENT, MALFORMED, "MQTT 3 has no reason here"},
		{"E0 00", 5, CLIENT, OK, "3.14.2.1: may be left out"},
		{"E0 { 04 }", 5, CLIENT, OK, "3.14.2.2.1: may be left out"},
		{"E0 { 00 [ 11 0000000A 1F 'why' 26 'k' 'v' ] }", 5, CLIENT, OK, "3.14.2.2"},
		{"E1 00", 4, CLIENT, MALFORMED, "[MQTT-3.14.1-1]"},
		{"E0 { 8E }", 5, CLIENT, ERROR, "[MQTT-3.14.2-1]"},
		{"E0 { 01 }", 5, CLIENT, ERROR, "[MQTT-3.14.2-1]"},
		{"E0 { 00 [ 1C 'there' ] }", 5, CLIENT, ERROR, "3.14.2.2.5: a server's"},
		{"E0 { 00 [ 15 'm' ] }", 5, CLIENT, MALFORMED, "2.2.2.2"},
		{"E0 { 00 [ ] 00 }", 5, CLIENT, MALFORMED, "a byte too many"},
		{"F0 { 18 [ 15 'm' 16 'data' ] }", 5, CLIENT, OK, "3.15"},
		{"F0 { 19 [ 15 'm' ] }", 5, CLIENT, OK, "3.15"},
		{"F0 00", 5, CLIENT, ERROR, "[MQTT-3.15.2-1]: Success is a server's"},
		{"F0 { 00 [ 15 'm' ] }", 5, CLIENT, ERROR, "[MQTT-3.15.2-1]"},
		{"F0 { 18 [ ] }", 5, CLIENT, ERROR, "3.15.2.2.2: no method"},
		{"F0 { 18 [ 16 'data' ] }", 5, CLIENT, ERROR, "3.15.2.2.2: no method"},
		{"F0 { 18 }", 5, CLIENT, MALFORMED, "property length missing"},
		{"F2 { 18 [ 15 'm' ] }", 5, CLIENT, MALFORMED, "[MQTT-3.15.1-1]"},
		{"F0 00", 4, CLIENT, MALFORMED, "reserved before MQTT 5"},
		{"F0 00", 3, CLIENT, MALFORMED, "reserved before MQTT 5"},
		{"00 00", 4, CLIENT, MALFORMED, "2.1.2: reserved"},
		{"00 00", 5, CLIENT, MALFORMED, "2.1.2: reserved"},
		{"20 { 00 00 }", 4, CLIENT, ERROR, "table 2-1: not a client's"},
		{"90 { 0001 00 }", 4, CLIENT, ERROR, "table 2-1: not a client's"},
		{"B0 { 0001 }", 4, CLIENT, ERROR, "table 2-1: not a client's"},
		{"D0 00", 4, CLIENT, ERROR, "table 2-1: not a client's"},
	};

	CHECK(cases);
}
END_TEST

START_TEST(what_servers_say_is_judged_by_the_standards)
{
	static const Case cases[] = {
		{"20 { 00 00 }", 4, SERVER, OK, "3.2"},
		{"20 { 01 00 }", 4, SERVER, OK, "3.2"},
		{"20 { 00 05 }", 4, SERVER, OK, "3.2"},
		{"20 { FF 00 }", 3, SERVER, OK, "not used in MQTT 3.1"},
		{"20 { 01 00 [ 11 00000001 21 0001 24 00 25 00 27 00000001 12 'id' 22 0001 1F "
	         "'why' 26 'k' 'v' 28 00 29 00 2A 00 13 0001 1A 'i' 1C 's' 15 'm' 16 '' ] }",
	         5, SERVER, OK, "3.2.2.3"},
		{"20 { 02 00 }", 4, SERVER, MALFORMED, "[MQTT-3.2.2-1]"},
		{"20 { 00 06 }", 4, SERVER, MALFORMED, "3.2.2.3 of 3.1.1"},
		{"20 { 01 05 }", 4, SERVER, ERROR, "[MQTT-3.2.2-6]"},
		{"20 { 01 87 [ ] }", 5, SERVER, ERROR, "[MQTT-3.2.2-6]"},
		{"20 { 00 8E [ ] }", 5, SERVER, ERROR, "[MQTT-3.2.2-8]"},
		{"20 { 00 00 }", 5, SERVER, MALFORMED, "property length missing"},
		{"20 { 00 }", 4, SERVER, MALFORMED, "cut"},
		{"20 { 00 00 [ 24 02 ] }", 5, SERVER, ERROR, "3.2.2.3.4"},
		{"90 { 0001 00 01 02 80 }", 4, SERVER, OK, "3.9"},
		{"90 { 0001 [ 1F 'why' ] 00 01 02 80 87 }", 5, SERVER, OK, "3.9"},
		{"90 { 0001 03 }", 4, SERVER, ERROR, "[MQTT-3.9.3-2 of 3.1.1]"},
		{"90 { 0001 [ ] 11 }", 5, SERVER, ERROR, "3.9.3"},
		{"90 { 0001 }", 4, SERVER, ERROR, "no reason"},
		{"90 { 0001 [ ] }", 5, SERVER, ERROR, "no reason"},
		{"90 { 0000 00 }", 4, SERVER, ERROR, "[MQTT-2.2.1-3]"},
		{"B0 { 0001 }", 4, SERVER, OK, "3.11"},
		{"B0 { 0001 00 }", 4, SERVER, MALFORMED, "MQTT 3 has no payload here"},
		{"B0 { 0001 [ ] 00 11 87 }", 5, SERVER, OK, "3.11"},
		{"B0 { 0001 [ ] 01 }", 5, SERVER, ERROR, "3.11.3"},
		{"B0 { 0001 [ ] }", 5, SERVER, ERROR, "no reason"},
		{"D0 00", 4, SERVER, OK, "3.13"},
		{"D0 { 00 }", 4, SERVER, MALFORMED, "a byte too many"},
		{"C0 00", 4, SERVER, ERROR, "table 2-1: not a server's"},
		{"E0 { 8E [ 1C 'there' ] }", 5, SERVER, OK, "3.14"},
		{"E0 { 04 }", 5, SERVER, ERROR, "3.14.2.1: a client's"},
		{"E0 { 00 [ 11 00000001 ] }", 5, SERVER, ERROR, "[MQTT-3.14.2-2]"},
		{"E0 00", 4, SERVER, ERROR, "before MQTT 5 not a server's"},
		{"F0 00", 5, SERVER, OK, "3.15.2.1: may be left out"},
		{"F0 { 18 [ 15 'm' 16 'data' ] }", 5, SERVER, OK, "3.15"},
		{"F0 { 19 [ 15 'm' ] }", 5, SERVER, ERROR, "3.15.2.1: a client's"},
	};

	CHECK(cases);
}
END_TEST

START_TEST(before_connect_nothing_else_is_welcome_from_its_first_byte_on)
{
	for (unsigned type = 0; type < MQTT_N_TYPES; type++) {
		uint8_t          first = (uint8_t) (type << 4);
		MqttPacket       packet;
		size_t           used;
		VmqReason        reason;
		MqttDecodeStatus status =
			mqtt_decode((VmqBytes){&first, 1}, 0, 0, &packet, &used, &reason);

		ck_assert_uint_eq(packet.type, type);
		if (type == MQTT_CONNECT) {
			ck_assert_int_eq(status, MQTT_NEED_MORE);
		} else {
			ck_assert_int_eq(status, MQTT_BAD); /* [MQTT-3.1.0-1] */
			ck_assert_int_eq(reason, VMQ_REASON_PROTOCOL_ERROR);
		}
	}
}
END_TEST

START_TEST(a_packet_too_large_is_noticed_before_its_body_has_come)
{
	VmqBytes   in = {(const uint8_t *) "\x30\xFF\xFF\xFF\x7F", 5};
	MqttPacket packet;
	size_t     used;
	VmqReason  reason;

	ck_assert_int_eq(mqtt_decode(in, 4, 268435459, &packet, &used, &reason), MQTT_BAD);
	ck_assert_int_eq(reason, VMQ_REASON_PACKET_TOO_LARGE);
	ck_assert_int_eq(mqtt_decode(in, 4, 268435460, &packet, &used, &reason), MQTT_NEED_MORE);
	ck_assert_uint_eq(used, MQTT_MAX_REMAINING);
	ck_assert_int_eq(mqtt_decode(in, 4, 0, &packet, &used, &reason), MQTT_NEED_MORE);

	in.size = 4;
	ck_assert_int_eq(mqtt_decode(in, 4, 10, &packet, &used, &reason), MQTT_NEED_MORE);
	ck_assert_uint_eq(used, 1);
}
END_TEST

START_TEST(a_length_of_five_bytes_is_malformed)
{
	VmqBytes   in = {(const uint8_t *) "\x30\x80\x80\x80\x80", 5};
	MqttPacket packet;
	size_t     used;
	VmqReason  reason;

	ck_assert_int_eq(mqtt_decode(in, 4, 0, &packet, &used, &reason), MQTT_BAD);
	ck_assert_int_eq(reason, VMQ_REASON_MALFORMED_PACKET);
	in.data = (const uint8_t *) "\x30\x80\x00";
	in.size = 3;
	ck_assert_int_eq(mqtt_decode(in, 5, 0, &packet, &used, &reason), MQTT_BAD);
	ck_assert_int_eq(reason, VMQ_REASON_MALFORMED_PACKET); /* [MQTT-1.5.5-1] */
}
END_TEST

START_TEST(what_follows_a_packet_is_left_alone)
{
	g_autofree uint8_t *data = (uint8_t *) mqtt_text_exact("30 { 'a' \"x\" } FFFF").data;
	MqttPacket          packet;
	size_t              used;
	VmqReason           reason;

	ck_assert_int_eq(mqtt_decode((VmqBytes){data, 8}, 4, 0, &packet, &used, &reason),
	                 MQTT_DECODED);
	ck_assert_uint_eq(used, 6);
	ck_assert_uint_eq(packet.publish.payload.size, 1);
}
END_TEST

/* The topics that are seen ahead, each with "!" after it that is retained, and what is left. */
static void
expect_ahead(const char *text, const char *topics, size_t left)
{
	VmqBytes all = mqtt_text_exact(text), in = all, topic;
	GString *seen = g_string_new(NULL);
	bool     retain;

	while (mqtt_peek_publish(&in, &topic, &retain)) {
		g_string_append_len(seen, (const char *) topic.data, (gssize) topic.size);
		g_string_append(seen, retain ? "! " : " ");
	}
	ck_assert_msg(g_str_equal(seen->str, topics), "%s: \"%s\"", text, seen->str);
	ck_assert_uint_eq(in.size, left);
	g_string_free(seen, TRUE);
	mqtt_text_free(all);
}

START_TEST(topics_of_whole_publishes_are_seen_ahead)
{
	expect_ahead("30 { 'a/b' \"x\" } 33 { 'c' 0001 } 3D { '' 0002 }", "a/b c! ! ", 0);
	expect_ahead("30 { 'a' } C0 00 30 { 'b' }", "a ", 7);     /* up to what is none */
	expect_ahead("30 { 'a' } 30 05 00 01 62", "a ", 5);       /* or not whole */
	expect_ahead("30 { 'a' } 30 80 80 80 80 01", "a ", 6);    /* or has no length */
	expect_ahead("30 { 'a' } 30", "a ", 1);
	expect_ahead("30 { 'a' } 30 00 30 { 'b' }", "a ", 5);     /* or no topic */
	expect_ahead("30 02 00 01 62 62", "", 2);
}
END_TEST

/* How a CONNACK is to be worded, even if the rest was not readable. */
START_TEST(after_a_bad_connect_its_level_is_known_as_far_as_it_was_read)
{
	static const struct {
		const char *text;
		uint8_t     level;
	} cases[] = {
		{"10 { 'MQTT' 05 02 003C }", 5}, {"10 { 'MQTT' 04 03 003C 'id' }", 4},
		{"10 { 'MQTT' 06 02 003C }", 6}, {"10 { 'MQIsdp' 03 42 003C 'id' 'w' }", 3},
		{"10 { 'HTTP' 05 }", 0},         {"10 { 'MQTT' }", 0},
		{"1F { 'MQTT' 05 }", 0},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		VmqBytes   in = mqtt_text_exact(cases[i].text);
		MqttPacket packet;
		size_t     used;
		VmqReason  reason;

		ck_assert_int_eq(mqtt_decode(in, 0, 0, &packet, &used, &reason), MQTT_BAD);
		ck_assert_uint_eq(packet.type, MQTT_CONNECT);
		ck_assert_uint_eq(packet.connect.level, cases[i].level);
		mqtt_text_free(in);
	}
}
END_TEST

/* A packet is as long as it says: with less, nothing that stood in it is whole. */
START_TEST(a_body_cut_short_under_a_true_length_never_reads_beyond)
{
	static const Case cases[] = {
		{"10 { 'MQTT' 05 F6 003C [ 21 0001 ] 'id' [ 01 01 ] 'will' 'bye' 'user' 'word' }",
	         0, CLIENT, OK, ""},
		{"34 { 'a/b' 0001 [ 01 01 09 'data' 26 'k' 'v' ] \"payload\" }", 5, CLIENT, OK, ""},
		{"40 { 0001 87 [ 1F 'why' ] }", 5, CLIENT, OK, ""},
		{"82 { 0001 [ 0B 01 ] 'a/b' 01 'c' 02 }", 5, CLIENT, OK, ""},
		{"A2 { 0001 [ 26 'k' 'v' ] 'a/b' 'c' }", 5, CLIENT, OK, ""},
		{"E0 { 00 [ 11 00000001 ] }", 5, CLIENT, OK, ""},
		{"F0 { 18 [ 15 'method' 16 'data' ] }", 5, CLIENT, OK, ""},
		{"20 { 00 00 [ 12 'id' 13 0001 ] }", 5, SERVER, OK, ""},
		{"90 { 0001 [ 1F 'why' ] 00 01 }", 5, SERVER, OK, ""},
		{"B0 { 0001 [ 1F 'why' ] 00 11 }", 5, SERVER, OK, ""},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		VmqBytes            in = mqtt_text_exact(cases[i].text);
		g_autofree uint8_t *data = (uint8_t *) in.data;

		for (size_t size = 2; size < in.size; size++) {
			g_autofree uint8_t *exact = g_malloc(size);
			MqttPacket          packet;
			size_t              used;
			VmqReason           reason;

			memcpy(exact, data, size);
			exact[1] = (uint8_t) (size - 2);

			MqttDecodeStatus status =
				decode((VmqBytes){exact, size}, &cases[i], &packet, &used, &reason);

			ck_assert_int_ne(status, MQTT_NEED_MORE);
			if (status == MQTT_DECODED)
				walk(&packet, cases[i].protocol);
		}
	}
}
END_TEST

/* The fields, each told apart from the others. */
START_TEST(a_connect_is_taken_apart)
{
	VmqBytes   in = mqtt_text_exact("10 { 'MQTT' 05 EE 1234 [ 11 00000E10 21 0014 ] 'me' "
	                                  "[ 18 00000005 ] 'will' 'bye' 'user' 'word' }");
	MqttPacket packet;
	size_t     used;
	VmqReason  reason;
	const MqttConnect *connect = &packet.connect;

	ck_assert_int_eq(mqtt_decode(in, 0, 0, &packet, &used, &reason), MQTT_DECODED);
	ck_assert_uint_eq(connect->level, MQTT_V5);
	ck_assert(connect->clean_start && connect->has_will && connect->has_username &&
	          connect->has_password);
	ck_assert_uint_eq(connect->keep_alive_s, 0x1234);
	ck_assert_mem_eq(connect->client_id.data, "me", connect->client_id.size);
	ck_assert_mem_eq(connect->will.topic.data, "will", connect->will.topic.size);
	ck_assert_mem_eq(connect->will.payload.data, "bye", connect->will.payload.size);
	ck_assert_mem_eq(connect->username.data, "user", connect->username.size);
	ck_assert_mem_eq(connect->password.data, "word", connect->password.size);
	ck_assert_uint_eq(connect->will.qos, 1);
	ck_assert(connect->will.retain);
	ck_assert_uint_eq(connect->will.properties.will_delay_s, 5);
	ck_assert_uint_eq(connect->properties.session_expiry_s, 3600);
	ck_assert_uint_eq(connect->properties.receive_maximum, 20);
	ck_assert(!mqtt_has(&connect->properties, MQTT_PROP_TOPIC_ALIAS_MAXIMUM));
	mqtt_text_free(in);
}
END_TEST

START_TEST(subscription_options_are_taken_apart)
{
	VmqBytes         in = mqtt_text_exact("82 { 000A [ 0B 8001 ] 'a' 1D 'b/+' 22 'c' 00 }");
	MqttPacket       packet;
	size_t           used;
	VmqReason        reason;
	MqttSubscription s;

	ck_assert_int_eq(mqtt_decode(in, 5, 0, &packet, &used, &reason), MQTT_DECODED);
	ck_assert_uint_eq(packet.subscribe.packet_id, 10);
	ck_assert_uint_eq(packet.subscribe.n_filters, 3);
	ck_assert_uint_eq(packet.subscribe.properties.subscription_id, 128);

	VmqBytes rest = packet.subscribe.filters;

	ck_assert(mqtt_subscribe_next(&rest, 5, &s));
	ck_assert(s.qos == 1 && s.no_local && s.retain_as_published && s.retain_handling == 1);
	ck_assert(mqtt_subscribe_next(&rest, 5, &s));
	ck_assert(s.qos == 2 && !s.no_local && !s.retain_as_published && s.retain_handling == 2);
	ck_assert_mem_eq(s.filter.data, "b/+", s.filter.size);
	ck_assert(mqtt_subscribe_next(&rest, 5, &s));
	ck_assert(s.qos == 0 && s.retain_handling == 0);
	ck_assert(!mqtt_subscribe_next(&rest, 5, &s));
	mqtt_text_free(in);
}
END_TEST

START_TEST(types_have_the_names_of_the_standard)
{
	ck_assert_str_eq(mqtt_type_name(MQTT_CONNECT), "CONNECT");
	ck_assert_str_eq(mqtt_type_name(MQTT_PUBREL), "PUBREL");
	ck_assert_str_eq(mqtt_type_name(MQTT_AUTH), "AUTH");
	ck_assert_str_eq(mqtt_type_name(0), "reserved");
	ck_assert_str_eq(mqtt_type_name(MQTT_N_TYPES), "reserved");
}
END_TEST

UNIT_MAIN("decode", connects_that_the_standards_allow_are_decoded,
          connects_that_break_the_standards_are_refused,
          publishes_that_the_standards_allow_are_decoded,
          publishes_that_break_the_standards_are_refused,
          subscribes_that_the_standards_allow_are_decoded,
          subscribes_that_break_the_standards_are_refused,
          acknowledgements_that_the_standards_allow_are_decoded,
          acknowledgements_that_break_the_standards_are_refused,
          the_rest_of_what_clients_say_is_judged_by_the_standards,
          what_servers_say_is_judged_by_the_standards,
          before_connect_nothing_else_is_welcome_from_its_first_byte_on,
          a_packet_too_large_is_noticed_before_its_body_has_come,
          a_length_of_five_bytes_is_malformed, what_follows_a_packet_is_left_alone,
          topics_of_whole_publishes_are_seen_ahead,
          after_a_bad_connect_its_level_is_known_as_far_as_it_was_read,
          a_body_cut_short_under_a_true_length_never_reads_beyond, a_connect_is_taken_apart,
          subscription_options_are_taken_apart, types_have_the_names_of_the_standard)
