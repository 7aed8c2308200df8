/* SPDX-License-Identifier: Apache-2.0 */
#include "mqtt/packet.h"
#include "mqtt/property.h"
#include "mqtt_text.h"
#include "unit.h"

/*
 * Table 2-4 of the standard, written again row by row: the packets each property may be in, a good
 * value, and whether it may be there twice. W is the will.
 */
#define W (1u << MQTT_WILL_PROPERTIES)
#define P(type) (1u << MQTT_##type)
#define ACKS (P(PUBACK) | P(PUBREC) | P(PUBREL) | P(PUBCOMP) | P(SUBACK) | P(UNSUBACK))

static const struct {
	unsigned    id;
	unsigned    types;
	const char *value;
	const char *bad[3]; /* values that no packet may have */
	VmqReason   reason; /* what they come to */
} rows[] = {
	{1, P(PUBLISH) | W, "01", {"02", "FF"}, VMQ_REASON_PROTOCOL_ERROR},
	{2, P(PUBLISH) | W, "00000000"},
	{3, P(PUBLISH) | W, "'text/plain'", {"0001 FF", "0001 00"}, VMQ_REASON_MALFORMED_PACKET},
	{8, P(PUBLISH) | W, "'a/b'", {"'a/+'", "'#'", "''"}, VMQ_REASON_PROTOCOL_ERROR},
	{9, P(PUBLISH) | W, "0002 00FF"},
	{11, P(PUBLISH) | P(SUBSCRIBE), "FFFFFF7F", {"00"}, VMQ_REASON_PROTOCOL_ERROR},
	{17, P(CONNECT) | P(CONNACK) | P(DISCONNECT), "FFFFFFFF"},
	{18, P(CONNACK), "'id'", {"0001 FF"}, VMQ_REASON_MALFORMED_PACKET},
	{19, P(CONNACK), "0000"},
	{21, P(CONNECT) | P(CONNACK) | P(AUTH), "'m'", {"0001 FF"}, VMQ_REASON_MALFORMED_PACKET},
	{22, P(CONNECT) | P(CONNACK) | P(AUTH), "0001 FF"},
	{23, P(CONNECT), "00", {"02"}, VMQ_REASON_PROTOCOL_ERROR},
	{24, W, "00000001"},
	{25, P(CONNECT), "01", {"02"}, VMQ_REASON_PROTOCOL_ERROR},
	{26, P(CONNACK), "'info'", {"0001 FF"}, VMQ_REASON_MALFORMED_PACKET},
	{28, P(CONNACK) | P(DISCONNECT), "'there'", {"0001 FF"}, VMQ_REASON_MALFORMED_PACKET},
	{31,
         P(CONNACK) | ACKS | P(DISCONNECT) | P(AUTH),
         "'why'",
         {"0001 FF"},
         VMQ_REASON_MALFORMED_PACKET},
	{33, P(CONNECT) | P(CONNACK), "FFFF", {"0000"}, VMQ_REASON_PROTOCOL_ERROR},
	{34, P(CONNECT) | P(CONNACK), "0000"},
	{35, P(PUBLISH), "0001", {"0000"}, VMQ_REASON_TOPIC_ALIAS_INVALID},
	{36, P(CONNACK), "01", {"02"}, VMQ_REASON_PROTOCOL_ERROR},
	{37, P(CONNACK), "00", {"02"}, VMQ_REASON_PROTOCOL_ERROR},
	{38,
         P(CONNECT) | P(CONNACK) | P(PUBLISH) | W | ACKS | P(SUBSCRIBE) | P(UNSUBSCRIBE) |
                 P(DISCONNECT) | P(AUTH),
         "'k' 'v'",
         {"0001 FF 'v'", "'k' 0001 FF", "'k' 0001 00"},
         VMQ_REASON_MALFORMED_PACKET},
	{39, P(CONNECT) | P(CONNACK), "00000001", {"00000000"}, VMQ_REASON_PROTOCOL_ERROR},
	{40, P(CONNACK), "01", {"02"}, VMQ_REASON_PROTOCOL_ERROR},
	{41, P(CONNACK), "01", {"02"}, VMQ_REASON_PROTOCOL_ERROR},
	{42, P(CONNACK), "01", {"02"}, VMQ_REASON_PROTOCOL_ERROR},
};

/* Properties as text, in a packet of this type. */
static VmqReason
read_text(const char *block, unsigned type, MqttProperties *out)
{
	VmqBytes bytes = mqtt_text_exact(block);

	VmqReason reason = mqtt_properties_read(bytes, type, out);

	mqtt_text_free(bytes);
	return reason;
}

/* Authentication Data needs its method (3.1.2.11.10). */
static char *
with_company(unsigned id, const char *value)
{
	return g_strdup_printf("%02X %s%s", id, value, id == 22 ? " 15 'm'" : "");
}

START_TEST(every_property_is_legal_exactly_where_table_2_4_says)
{
	unsigned known = 0;

	for (unsigned id = 0; id < 128; id++) {
		const char *value = "00";
		unsigned    types = 0;

		if (known < G_N_ELEMENTS(rows) && rows[known].id == id) {
			value = rows[known].value;
			types = rows[known++].types;
		}
		ck_assert((mqtt_property_form(id) != MQTT_FORM_NONE) == (types != 0));
		for (unsigned type = 0; type < MQTT_N_TYPES; type++) {
			g_autofree char *block = with_company(id, value);
			MqttProperties   properties;
			VmqReason        reason = read_text(block, type, &properties);
			bool             is_legal = (types >> type & 1) != 0;

			ck_assert_msg(reason == (is_legal ? VMQ_REASON_SUCCESS
			                                  : VMQ_REASON_MALFORMED_PACKET),
			              "property %u in type %u: 0x%02X", id, type, reason);
			ck_assert(!is_legal || mqtt_has(&properties, id));
			ck_assert((id < 64 ? mqtt_properties_legal(type) >> id & 1 : 0) ==
			          is_legal);
		}
	}
	ck_assert_uint_eq(known, G_N_ELEMENTS(rows));
}
END_TEST

START_TEST(no_property_is_there_twice_but_two_kinds)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		for (unsigned type = 0; type < MQTT_N_TYPES; type++) {
			g_autofree char *once = with_company(rows[i].id, rows[i].value);
			g_autofree char *twice =
				g_strdup_printf("%s %02X %s", once, rows[i].id, rows[i].value);
			bool can_repeat =
				rows[i].id == MQTT_PROP_USER ||
				(rows[i].id == MQTT_PROP_SUBSCRIPTION_ID && type == MQTT_PUBLISH);
			MqttProperties properties;

			if ((rows[i].types >> type & 1) == 0)
				continue;
			ck_assert_msg(read_text(twice, type, &properties) ==
			                      (can_repeat ? VMQ_REASON_SUCCESS
			                                  : VMQ_REASON_PROTOCOL_ERROR),
			              "%s in type %u", twice, type);
		}
	}
}
END_TEST

START_TEST(values_out_of_range_are_refused)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		for (size_t j = 0; j < 3 && rows[i].bad[j] != NULL; j++) {
			g_autofree char *block = with_company(rows[i].id, rows[i].bad[j]);
			unsigned         type = (unsigned) __builtin_ctz(rows[i].types);
			MqttProperties   properties;
			VmqReason        reason = read_text(block, type, &properties);

			ck_assert_msg(reason == rows[i].reason, "%s: 0x%02X", block, reason);
		}
	}
}
END_TEST

START_TEST(no_value_may_be_cut)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = g_strdup_printf("%02X %s", rows[i].id, rows[i].value);
		Buf              whole = mqtt_text(text);

		for (size_t size = 1; size < buf_size(&whole); size++) {
			g_autofree uint8_t *cut = g_memdup2(whole.data, size);
			MqttProperties      properties;
			unsigned            type = (unsigned) __builtin_ctz(rows[i].types);

			ck_assert_msg(
				mqtt_properties_read((VmqBytes){cut, size}, type, &properties) ==
					VMQ_REASON_MALFORMED_PACKET,
				"%s cut at %zu", text, size);
		}
		buf_free(&whole);
	}
}
END_TEST

static bool
is_text(VmqBytes bytes, const char *string)
{
	return bytes.size == strlen(string) && memcmp(bytes.data, string, bytes.size) == 0;
}

START_TEST(every_value_goes_to_its_own_place)
{
	Buf block = mqtt_text("11 00000001 12 'id' 13 0002 15 'meth' 16 'data' 1A 'info' "
	                      "1C 'there' 1F 'why' 21 0003 22 0004 24 01 25 01 27 00000005 "
	                      "28 00 29 01 2A 00");
	MqttProperties p;

	memset(&p, 0xEE, sizeof(p));
	ck_assert_int_eq(mqtt_properties_read(buf_bytes(&block), MQTT_CONNACK, &p),
	                 VMQ_REASON_SUCCESS);
	ck_assert_uint_eq(p.session_expiry_s, 1);
	ck_assert(is_text(p.assigned_client_id, "id"));
	ck_assert_uint_eq(p.server_keep_alive_s, 2);
	ck_assert(is_text(p.auth_method, "meth") && is_text(p.auth_data, "data"));
	ck_assert(is_text(p.response_info, "info") && is_text(p.server_reference, "there"));
	ck_assert(is_text(p.reason_string, "why"));
	ck_assert_uint_eq(p.receive_maximum, 3);
	ck_assert_uint_eq(p.topic_alias_maximum, 4);
	ck_assert_uint_eq(p.maximum_qos, 1);
	ck_assert(p.retain_available && !p.wildcard_available && p.subscription_id_available &&
	          !p.shared_available);
	ck_assert_uint_eq(p.maximum_packet_size, 5);
	buf_free(&block);

	block = mqtt_text("01 01 02 00000006 03 'type' 08 'a/b' 09 'corr' 0B 07 0B 08 23 0009");
	ck_assert_int_eq(mqtt_properties_read(buf_bytes(&block), MQTT_PUBLISH, &p),
	                 VMQ_REASON_SUCCESS);
	ck_assert_uint_eq(p.payload_format, 1);
	ck_assert_uint_eq(p.expiry_s, 6);
	ck_assert(is_text(p.content_type, "type") && is_text(p.response_topic, "a/b"));
	ck_assert(is_text(p.correlation_data, "corr"));
	ck_assert_uint_eq(p.subscription_id, 7);
	ck_assert_uint_eq(p.topic_alias, 9);
	buf_free(&block);

	block = mqtt_text("17 00 19 01");
	ck_assert_int_eq(mqtt_properties_read(buf_bytes(&block), MQTT_CONNECT, &p),
	                 VMQ_REASON_SUCCESS);
	ck_assert(!p.request_problem_info && p.request_response_info);
	buf_free(&block);

	block = mqtt_text("18 0000000A");
	ck_assert_int_eq(mqtt_properties_read(buf_bytes(&block), MQTT_WILL_PROPERTIES, &p),
	                 VMQ_REASON_SUCCESS);
	ck_assert_uint_eq(p.will_delay_s, 10);
	buf_free(&block);
}
END_TEST

START_TEST(what_the_writers_write_is_walked_in_order)
{
	Buf          block = {0};
	MqttProperty property;

	mqtt_property_append_u8(&block, MQTT_PROP_PAYLOAD_FORMAT, 1);
	mqtt_property_append_u16(&block, MQTT_PROP_TOPIC_ALIAS, 0x1234);
	mqtt_property_append_u32(&block, MQTT_PROP_MESSAGE_EXPIRY, 0x12345678);
	mqtt_property_append_varint(&block, MQTT_PROP_SUBSCRIPTION_ID, 127);
	mqtt_property_append_varint(&block, MQTT_PROP_SUBSCRIPTION_ID, 16384);
	mqtt_property_append_string(&block, MQTT_PROP_CONTENT_TYPE,
	                            (VmqBytes){(const uint8_t *) "text", 4});
	mqtt_property_append_user(&block, (VmqBytes){(const uint8_t *) "key", 3},
	                          (VmqBytes){(const uint8_t *) "value", 5});

	Buf wanted =
		mqtt_text("01 01 23 1234 02 12345678 0B 7F 0B 808001 03 'text' 26 'key' 'value'");

	ck_assert_uint_eq(buf_size(&block), buf_size(&wanted));
	ck_assert_mem_eq(block.data, wanted.data, buf_size(&wanted));

	static const uint32_t numbers[] = {1, 0x1234, 0x12345678, 127, 16384};
	VmqBytes              rest = buf_bytes(&block);

	for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
		ck_assert(mqtt_property_next(&rest, &property));
		ck_assert_uint_eq(property.number, numbers[i]);
	}
	ck_assert(mqtt_property_next(&rest, &property) && is_text(property.value, "text"));
	ck_assert(mqtt_property_next(&rest, &property) && property.id == MQTT_PROP_USER);
	ck_assert(is_text(property.name, "key") && is_text(property.value, "value"));
	ck_assert(!mqtt_property_next(&rest, &property));
	buf_free(&block);
	buf_free(&wanted);
}
END_TEST

START_TEST(what_travels_is_borrowed_where_it_stands_together_and_copied_where_not)
{
	static const struct {
		const char *block, *travels;
		bool        is_borrowed;
	} cases[] = {
		{"", "", true},
		{"02 00000001 23 0001 0B 01", "", true},
		{"01 01 03 'c' 08 'r' 09 'd' 26 'k' 'v'", "01 01 03 'c' 08 'r' 09 'd' 26 'k' 'v'",
	         true},
		{"02 00000001 26 'k' 'v' 26 'k' 'w' 23 0001", "26 'k' 'v' 26 'k' 'w'", true},
		{"26 'k' 'v' 23 0001", "26 'k' 'v'", true},
		{"01 01 02 00000001 26 'k' 'v'", "01 01 26 'k' 'v'", false},
		{"26 'b' '1' 23 0001 26 'a' '2' 02 00000001 26 'b' '3'",
	         "26 'b' '1' 26 'a' '2' 26 'b' '3'", false},
		{"18 00000001 03 'c' 02 00000001 01 00", "03 'c' 01 00", false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		Buf      block = mqtt_text(cases[i].block), wanted = mqtt_text(cases[i].travels);
		Buf      scratch = mqtt_text("\"what was there before\"");
		size_t   before = buf_size(&scratch);
		VmqBytes got = mqtt_properties_forwardable(buf_bytes(&block), &scratch);

		ck_assert_msg(got.size == buf_size(&wanted), "%s", cases[i].block);
		if (got.size > 0)
			ck_assert_mem_eq(got.data, wanted.data, got.size);
		ck_assert((buf_size(&scratch) == before) == cases[i].is_borrowed);
		ck_assert_mem_eq(buf_bytes(&scratch).data, "what was there before", before);
		buf_free(&block);
		buf_free(&wanted);
		buf_free(&scratch);
	}
}
END_TEST

UNIT_MAIN("property", every_property_is_legal_exactly_where_table_2_4_says,
          no_property_is_there_twice_but_two_kinds, values_out_of_range_are_refused,
          no_value_may_be_cut, every_value_goes_to_its_own_place,
          what_the_writers_write_is_walked_in_order,
          what_travels_is_borrowed_where_it_stands_together_and_copied_where_not)
