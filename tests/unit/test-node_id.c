/* SPDX-License-Identifier: Apache-2.0 */
#include "node_id.h"
#include "unit.h"

START_TEST(addresses_come_back_as_they_were_written)
{
	static const char *const texts[] = {"192.0.2.1:7946", "127.0.0.1:0", "[::1]:65535",
	                                    "[2001:db8::7]:7946"};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		NodeAddress address;
		char        text[NODE_ADDRESS_BYTES];

		ck_assert_msg(node_address_parse(texts[i], &address), "%s", texts[i]);
		node_address_format(&address, text);
		ck_assert_str_eq(text, texts[i]);
	}
}
END_TEST

START_TEST(what_is_no_address_is_refused)
{
	static const char *const texts[] = {"",          ":1",           "1.2.3.4",     "1.2.3.4:",
	                                    "1.2.3.4:x", "1.2.3.4:1x",   "1.2.3.4:65536", "node1:7946",
	                                    "::1:7946",  "[::1]7946",    "[1.2.3.4]:1", "1.2.3:1",
	                                    "1.2.3.4:-1", "[::1:1",      "[]:1",        "]:1"};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		NodeAddress address;

		ck_assert_msg(!node_address_parse(texts[i], &address), "%s", texts[i]);
	}
}
END_TEST

START_TEST(nobody_can_be_reached_at_any_address_or_port_zero)
{
	static const char *const texts[] = {"0.0.0.0:7946", "[::]:7946", "192.0.2.1:0"};
	NodeAddress address;

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		ck_assert(node_address_parse(texts[i], &address));
		ck_assert_msg(!node_address_is_usable(&address), "%s", texts[i]);
	}
	ck_assert(node_address_parse("192.0.2.1:1", &address));
	ck_assert(node_address_is_usable(&address));
}
END_TEST

static NodeId
id(const char *name, uint64_t generation, const char *address)
{
	NodeId id = {.name = name, .generation = generation};

	ck_assert(node_address_parse(address, &id.address));
	return id;
}

/* Wire protocol 2.4: name by bytes, generation, IPv4 before IPv6, address, port. */
START_TEST(ids_are_ordered_by_all_their_parts)
{
	const NodeId ids[] = {id("a", 9, "[::1]:9"),     id("b", 1, "127.0.0.1:1"),
	                      id("b", 2, "127.0.0.1:1"), id("b", 2, "127.0.0.1:2"),
	                      id("b", 2, "127.0.0.2:1"), id("b", 2, "[::1]:1"),
	                      id("bb", 0, "127.0.0.1:1"), id("\xc3\xa9", 0, "127.0.0.1:1")};

	for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
		for (size_t j = 0; j < G_N_ELEMENTS(ids); j++) {
			int order = node_id_compare(&ids[i], &ids[j]);

			ck_assert_msg((order > 0) - (order < 0) == (i > j) - (i < j), "%zu and %zu", i, j);
			ck_assert(node_id_equal(&ids[i], &ids[j]) == (i == j));
		}
	}
}
END_TEST

START_TEST(equal_ids_hash_alike_wherever_their_names_are)
{
	char   name[] = "node";
	NodeId a = id("node", 7, "127.0.0.1:1"), b = id(name, 7, "127.0.0.1:1");

	ck_assert(node_id_equal(&a, &b));
	ck_assert_uint_eq(node_id_hash(&a), node_id_hash(&b));
}
END_TEST

UNIT_MAIN("node_id", addresses_come_back_as_they_were_written, what_is_no_address_is_refused,
          nobody_can_be_reached_at_any_address_or_port_zero, ids_are_ordered_by_all_their_parts,
          equal_ids_hash_alike_wherever_their_names_are)
