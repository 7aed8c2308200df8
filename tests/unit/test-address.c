/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"
#include "unit.h"

#include <netinet/in.h>
#include <string.h>

START_TEST(addresses_are_read_and_written_alike)
{
	for (const char *const *text = (const char *const[]){"192.0.2.1:1883", "0.0.0.0:0", "127.0.0.1:65535",
	                                                     "[2001:db8::1]:1883", "[::]:7947", NULL};
	     *text != NULL; text++) {
		Address address;
		char    found[ADDRESS_TEXT_BYTES];

		ck_assert_msg(address_parse(*text, &address, NULL), "%s", *text);
		address_format(&address, found);
		ck_assert_str_eq(found, *text);
		ck_assert(address_resolve(*text, &address, NULL));
		address_format(&address, found);
		ck_assert_str_eq(found, *text);
	}
}
END_TEST

START_TEST(what_is_no_address_is_refused_in_a_sentence_that_quotes_it)
{
	for (const char *const *text = (const char *const[]){"", "1883", ":1883", "127.0.0.1", "127.0.0.1:",
	                                                     "2001:db8::1:1883", "[2001:db8::1:1883",
	                                                     "[127.0.0.1:1]", "127.0.0.1:mqtt",
	                                                     "300.0.0.1:1", "host.example:1883", NULL};
	     *text != NULL; text++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *quoted = g_strdup_printf("\"%s\"", *text);
		Address address;

		ck_assert_msg(!address_parse(*text, &address, &error), "%s", *text);
		ck_assert_ptr_nonnull(error);
		ck_assert_msg(strstr(error->message, quoted) != NULL, "%s", error->message);
	}
}
END_TEST

START_TEST(a_port_is_at_most_65535)
{
	Address address;

	ck_assert(!address_parse("127.0.0.1:65536", &address, NULL));
	ck_assert(!address_parse("127.0.0.1:-1", &address, NULL));
	ck_assert(!address_resolve("127.0.0.1:70000", &address, NULL));
}
END_TEST

START_TEST(the_longest_text_fits)
{
	Address address;
	char    found[ADDRESS_TEXT_BYTES];

	ck_assert(address_parse("[1111:2222:3333:4444:5555:6666:255.255.255.255]:65535", &address, NULL));
	address_format(&address, found);
	ck_assert_ptr_nonnull(strstr(found, "]:65535"));
}
END_TEST

UNIT_MAIN("address", addresses_are_read_and_written_alike,
          what_is_no_address_is_refused_in_a_sentence_that_quotes_it, a_port_is_at_most_65535,
          the_longest_text_fits)
