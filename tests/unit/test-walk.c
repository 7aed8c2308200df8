/* SPDX-License-Identifier: Apache-2.0 */
#include "core/walk.h"
#include "fake/clock.h"
#include "house.h"
#include "unit.h"

static const VmqGrant grant = {.qos = 1, .n_ids = 1, .ids = (const uint32_t[]){9}};

START_TEST(a_walk_says_when_nothing_matches)
{
	house_build(1);
	house_retain("a", "x", 0);

	Walk *walk = walk_new("b", &grant, VMQ_ADDR_NONE);

	ck_assert(!walk_begin(walk));
	ck_assert_ptr_null(walk_next(walk));
	walk_free(walk);
	walk_free(walk_new("a", &grant, VMQ_ADDR_NONE)); /* one that never begins */
	walk_free(NULL);
	house_tear_down();
}
END_TEST

START_TEST(a_walk_that_begins_late_gives_what_was_there_when_it_was_made)
{
	house_build(1);
	house_retain("cleared", "x", 0);
	house_retain("replaced", "x", 0);
	house_retain("stays", "x", 0);

	Walk *walk = walk_new("#", &grant, VMQ_ADDR_NONE);

	house_retain("cleared", "", 0);
	house_retain("replaced", "y", 0);
	house_retain("comes", "x", 0);
	ck_assert(walk_begin(walk));

	VmqMsg *msg = walk_next(walk);

	ck_assert_uint_eq(msg_topic(msg).size, strlen("stays"));
	ck_assert_ptr_null(walk_next(walk));
	walk_free(walk);
	house_tear_down();
}
END_TEST

START_TEST(a_walk_gives_each_message_once_on_the_terms_of_its_grant)
{
	house_build(1);
	house_retain("a", "x", 0);
	house_retain("b", "y", 0);

	Walk    *walk = walk_new("+", &grant, VMQ_ADDR_NONE);
	VmqGrant terms = walk_grant(walk);

	ck_assert(walk_begin(walk));
	ck_assert_uint_eq(terms.qos, 1);
	ck_assert_uint_eq(terms.n_ids, 1);
	ck_assert_uint_eq(terms.ids[0], 9);

	VmqMsg *first = walk_next(walk), *second = walk_next(walk);

	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_nonnull(second);
	ck_assert_ptr_ne(first, second);
	ck_assert(!walk_begin(walk));
	ck_assert_ptr_null(walk_next(walk));
	ck_assert_ptr_null(walk_next(walk));
	walk_free(walk);
	house_tear_down();
}
END_TEST

START_TEST(what_was_replaced_or_cleared_or_has_expired_meanwhile_is_left_out)
{
	VmqDraft draft = draft_of("expires", "x", 0);

	house_build(1);
	draft.retain = true;
	draft.expiry_s = 1;
	publish_submit(&draft);
	house_retain("cleared", "x", 0);
	house_retain("replaced", "x", 0);
	house_retain("stays", "x", 0);

	Walk *walk = walk_new("#", &grant, VMQ_ADDR_NONE);

	ck_assert(walk_begin(walk));
	house_retain("cleared", "", 0);
	house_retain("replaced", "y", 0);
	house_retain("comes", "x", 0);
	fake_clock_advance(1000);
	turn_once();

	VmqMsg *msg = walk_next(walk);

	ck_assert_uint_eq(msg_topic(msg).size, strlen("stays"));
	ck_assert_ptr_null(walk_next(walk));
	walk_free(walk);
	house_tear_down();
}
END_TEST

UNIT_MAIN("walk", a_walk_says_when_nothing_matches,
          a_walk_that_begins_late_gives_what_was_there_when_it_was_made,
          a_walk_gives_each_message_once_on_the_terms_of_its_grant,
          what_was_replaced_or_cleared_or_has_expired_meanwhile_is_left_out)
