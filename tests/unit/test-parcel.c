/* SPDX-License-Identifier: Apache-2.0 */
#include "core/parcel.h"
#include "house.h"
#include "routes.h"
#include "unit.h"

/* `n_ids` identifiers for the second of two receivers. */
static void
pack(Buf *parcels, const char *topic, unsigned n_ids)
{
	g_autoptr(VmqMsg) msg = message_of(topic, "", 1);
	Matches matches = {0};

	*matches_extend(&matches, 1) = (Match){.addr = sink(1), .qos = 1};
	for (unsigned i = 0; i < MAX(n_ids, 1); i++)
		*matches_extend(&matches, 1) =
			(Match){.addr = sink(3), .qos = 2, .n_ids = n_ids > 0, .id = 7 + i};
	matches_merge(&matches);

	size_t before = buf_size(parcels);

	ck_assert_uint_eq(parcel_pack(parcels, msg, matches.items, matches.n, &matches),
	                  buf_size(parcels) - before);
	matches_free(&matches);
}

static void
expect_parcel(const Parcel *parcel, const char *topic, const char *who)
{
	g_autofree char *routes = routes_text(&parcel->matches);

	ck_assert_uint_eq(msg_topic(parcel->msg).size, strlen(topic));
	ck_assert_mem_eq(msg_topic(parcel->msg).data, topic, strlen(topic));
	ck_assert_str_eq(routes, who);
	ck_assert_int_eq(parcel->msg->refs, 1); /* the parcel's was the last */
	vmq_msg_unref(parcel->msg);
}

START_TEST(what_was_packed_comes_out_in_its_order_and_so_many_at_once)
{
	Buf    parcels = {0};
	Parcel unpacked[2];

	house_build(1);
	pack(&parcels, "none", 0);
	pack(&parcels, "one", 1);
	pack(&parcels, "odd", 3); /* identifiers, after which the next parcel must not be askew */
	pack(&parcels, "even", 2);
	pack(&parcels, "last", 0);

	ck_assert_uint_eq(parcels_unpack(&parcels, unpacked, 2), 2);
	expect_parcel(&unpacked[0], "none", "1/1 3/2");
	expect_parcel(&unpacked[1], "one", "1/1 3/2:7");
	ck_assert_uint_eq(parcels_unpack(&parcels, unpacked, 2), 2);
	expect_parcel(&unpacked[0], "odd", "1/1 3/2:7,8,9");
	expect_parcel(&unpacked[1], "even", "1/1 3/2:7,8");
	ck_assert_uint_eq(parcels_unpack(&parcels, unpacked, 2), 1);
	expect_parcel(&unpacked[0], "last", "1/1 3/2");
	ck_assert_uint_eq(parcels_unpack(&parcels, unpacked, 2), 0);
	buf_free(&parcels);
	house_tear_down();
}
END_TEST

START_TEST(a_part_of_the_matches_keeps_its_identifiers)
{
	g_autoptr(VmqMsg) msg = NULL;
	Matches matches = {0};
	Buf     parcels = {0};
	Parcel  unpacked;

	house_build(1);
	msg = message_of("a", "", 0);
	for (unsigned slot = 2; slot < 6; slot++)
		for (unsigned i = 0; i < 2; i++)
			*matches_extend(&matches, 1) =
				(Match){.addr = sink(slot), .n_ids = 1, .id = 10 * slot + i};
	matches_merge(&matches);
	parcel_pack(&parcels, msg, matches.items + 2, 2, &matches); /* those on worker 1 */
	matches_free(&matches);

	ck_assert_uint_eq(parcels_unpack(&parcels, &unpacked, 1), 1);
	g_autofree char *routes = routes_text(&unpacked.matches);

	ck_assert_str_eq(routes, "3/0:30,31 5/0:50,51");
	ck_assert_ptr_eq(unpacked.msg, msg);
	ck_assert_int_eq(msg->refs, 2);
	vmq_msg_unref(unpacked.msg);
	g_clear_pointer(&msg, vmq_msg_unref);
	buf_free(&parcels);
	house_tear_down();
}
END_TEST

UNIT_MAIN("parcel", what_was_packed_comes_out_in_its_order_and_so_many_at_once,
          a_part_of_the_matches_keeps_its_identifiers)
