/* SPDX-License-Identifier: Apache-2.0 */
#include "mqtt/reason.h"
#include "unit.h"

/* The tables of the standard, packet by packet, with who may say it. */
static const struct {
	MqttType    type;
	bool        from_client, from_server;
	const char *codes; /* in hex, ascending */
} tables[] = {
	{MQTT_CONNACK, false, true,
         "00 80 81 82 83 84 85 86 87 88 89 8A 8C 90 95 97 99 9A 9B 9C 9D 9F "},
	{MQTT_PUBACK, true, false, "00 80 83 87 90 91 97 99 "},
	{MQTT_PUBACK, false, true, "00 10 80 83 87 90 91 97 99 "},
	{MQTT_PUBREC, true, false, "00 80 83 87 90 91 97 99 "},
	{MQTT_PUBREC, false, true, "00 10 80 83 87 90 91 97 99 "},
	{MQTT_PUBREL, true, true, "00 92 "},
	{MQTT_PUBCOMP, true, true, "00 92 "},
	{MQTT_SUBACK, false, true, "00 01 02 80 83 87 8F 91 97 9E A1 A2 "},
	{MQTT_UNSUBACK, false, true, "00 11 80 83 87 8F 91 "},
	{MQTT_DISCONNECT, true, false, "00 04 80 81 82 83 90 93 94 95 96 97 98 99 "},
	{MQTT_DISCONNECT, false, true,
         "00 80 81 82 83 87 89 8B 8C 8D 8E 8F 90 93 94 95 96 97 98 99 9A 9B 9C 9D 9E 9F A0 A1 A2 "},
	{MQTT_AUTH, true, false, "18 19 "},
	{MQTT_AUTH, false, true, "00 18 "},
};

static bool
is_listed(MqttType type, bool from_client, unsigned code)
{
	g_autofree char *hex = g_strdup_printf("%02X ", code);

	for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
		if (tables[i].type == type &&
		    (from_client ? tables[i].from_client : tables[i].from_server) &&
		    strstr(tables[i].codes, hex) != NULL)
			return true;
	return false;
}

START_TEST(a_reason_is_legal_exactly_where_the_standard_lists_it)
{
	for (unsigned type = 0; type < MQTT_N_TYPES; type++) {
		for (unsigned code = 0; code < 256; code++) {
			ck_assert_msg(mqtt_reason_is_legal_from_client(type, (uint8_t) code) ==
			                      is_listed(type, true, code),
			              "0x%02X in %s of a client", code, mqtt_type_name(type));
			ck_assert_msg(mqtt_reason_is_legal_from_server(type, (uint8_t) code) ==
			                      is_listed(type, false, code),
			              "0x%02X in %s of a server", code, mqtt_type_name(type));
		}
	}
}
END_TEST

START_TEST(every_reason_that_is_legal_somewhere_has_a_name)
{
	for (unsigned code = 0; code < 256; code++) {
		bool is_legal = false;

		for (unsigned type = 0; type < MQTT_N_TYPES; type++)
			is_legal = is_legal || is_listed(type, true, code) ||
			           is_listed(type, false, code);
		ck_assert_msg(is_legal == (strcmp(vmq_reason_name(code), "Unknown reason") != 0),
		              "0x%02X", code);
	}
	ck_assert_str_eq(vmq_reason_name(VMQ_REASON_NOT_AUTHORIZED), "Not authorized");
	ck_assert_str_eq(vmq_reason_name(1000), "Unknown reason");
}
END_TEST

START_TEST(a_return_code_comes_back_as_the_reason_it_was)
{
	for (uint8_t code = 0; code <= 5; code++)
		ck_assert_int_eq(mqtt_reason_to_return_code(mqtt_reason_from_return_code(code)),
		                 code);
	ck_assert_int_eq(mqtt_reason_from_return_code(6), VMQ_REASON_UNSPECIFIED);
}
END_TEST

START_TEST(reasons_that_mqtt_3_cannot_say_have_no_return_code)
{
	ck_assert_int_eq(mqtt_reason_to_return_code(VMQ_REASON_BANNED), 5);
	ck_assert_int_eq(mqtt_reason_to_return_code(VMQ_REASON_SERVER_BUSY), 3);
	ck_assert_int_eq(mqtt_reason_to_return_code(VMQ_REASON_MALFORMED_PACKET), -1);
	ck_assert_int_eq(mqtt_reason_to_return_code(VMQ_REASON_UNSPECIFIED), -1);
}
END_TEST

START_TEST(a_suback_of_mqtt_3_knows_only_one_failure)
{
	for (unsigned code = 0; code < 256; code++)
		if (is_listed(MQTT_SUBACK, false, code))
			ck_assert_uint_eq(mqtt_reason_to_suback_code(code),
			                  code < 0x80 ? code : 0x80);
}
END_TEST

UNIT_MAIN("reason", a_reason_is_legal_exactly_where_the_standard_lists_it,
          every_reason_that_is_legal_somewhere_has_a_name,
          a_return_code_comes_back_as_the_reason_it_was,
          reasons_that_mqtt_3_cannot_say_have_no_return_code,
          a_suback_of_mqtt_3_knows_only_one_failure)
