/* SPDX-License-Identifier: Apache-2.0 */
#include "core/retained.h"
#include "core/core.h"
#include "fake/clock.h"
#include "messages.h"
#include "mqtt/topic.h"
#include "routes.h"
#include "run/worker.h"
#include "unit.h"

static Retained *store;

static void
setup(unsigned max_messages)
{
	workers_start(1);
	core.node_id = g_intern_static_string("node2");
	store = retained_new(2, max_messages);
}

static void
teardown(void)
{
	retained_free(store);
	workers_stop();
}

static VmqMsg *
make(const char *topic, const char *payload, VmqStamp stamp, const char *origin)
{
	VmqDraft draft = draft_of(topic, payload, 1);

	draft.retain = true;
	draft.stamp = stamp;
	draft.origin = g_intern_string(origin);
	return msg_freeze(&draft, clock_monotonic_ms());
}

static RetainedResult
set_from(const char *topic, const char *payload, VmqStamp stamp, const char *origin)
{
	g_autoptr(VmqMsg) msg = make(topic, payload, stamp, origin);
	RetainedResult result = retained_set(store, msg);

	ck_assert(retained_is_current(msg) == (result == RETAINED_CHANGED));
	return result;
}

static RetainedResult
set(const char *topic, const char *payload, VmqStamp stamp)
{
	return set_from(topic, payload, stamp, NULL);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* "topic=payload" of all that is collected, sorted. */
static char *
collected(const char *filter)
{
	g_autoptr(GPtrArray) found = retained_collect(store, filter, RETAINED_ALL);
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < found->len; i++) {
		VmqBytes topic = msg_topic(found->pdata[i]), payload = msg_payload(found->pdata[i]);

		g_ptr_array_add(texts, g_strdup_printf("%.*s=%.*s", (int) topic.size, topic.data,
		                                       (int) payload.size, payload.data));
	}
	g_ptr_array_sort(texts, by_text);
	g_ptr_array_add(texts, NULL);
	return g_strjoinv(" ", (char **) texts->pdata);
}

static void
expect(const char *filter, const char *expected)
{
	g_autofree char *found = collected(filter);

	ck_assert_str_eq(found, expected);
}

START_TEST(the_highest_stamp_stays_in_whatever_order_they_come)
{
	setup(0);
	ck_assert_int_eq(set("a", "new", 20), RETAINED_CHANGED);
	ck_assert_int_eq(set("a", "old", 10), RETAINED_STALE);
	ck_assert_int_eq(set("a", "same", 20), RETAINED_STALE);
	expect("a", "a=new");
	ck_assert_int_eq(set("a", "newest", 21), RETAINED_CHANGED);
	expect("a", "a=newest");
	ck_assert_uint_eq(retained_count(store), 1);
	teardown();
}
END_TEST

START_TEST(of_two_equal_stamps_the_greater_origin_wins)
{
	setup(0);
	ck_assert_int_eq(set_from("a", "one", 10, "node1"), RETAINED_CHANGED);
	ck_assert_int_eq(set("a", "two", 10), RETAINED_CHANGED); /* this node is node2 */
	ck_assert_int_eq(set_from("a", "one", 10, "node1"), RETAINED_STALE);
	ck_assert_int_eq(set_from("a", "three", 10, "node3"), RETAINED_CHANGED);
	ck_assert_int_eq(set("a", "two", 10), RETAINED_STALE);
	expect("a", "a=three");
	teardown();
}
END_TEST

START_TEST(a_cleared_topic_does_not_come_back)
{
	setup(0);
	ck_assert_int_eq(set("a", "x", 10), RETAINED_CHANGED);
	ck_assert_int_eq(set("a", "", 20), RETAINED_CHANGED);
	ck_assert_uint_eq(retained_count(store), 0);
	expect("#", "");
	expect(NULL, "a=");
	ck_assert_int_eq(set("a", "x", 10), RETAINED_STALE);
	ck_assert_int_eq(set("a", "x", 19), RETAINED_STALE);
	expect("#", "");
	ck_assert_int_eq(set("a", "y", 21), RETAINED_CHANGED);
	expect("#", "a=y");

	/* Nor one that was cleared before it was known. */
	ck_assert_int_eq(set("b", "", 20), RETAINED_CHANGED);
	ck_assert_int_eq(set("b", "x", 10), RETAINED_STALE);
	teardown();
}
END_TEST

START_TEST(a_full_store_takes_no_new_topic_but_new_words_on_old_ones)
{
	setup(2);
	ck_assert_int_eq(set("a", "1", 10), RETAINED_CHANGED);
	ck_assert_int_eq(set("b", "1", 10), RETAINED_CHANGED);
	ck_assert_int_eq(set("c", "1", 10), RETAINED_FULL);
	ck_assert_int_eq(set("a", "2", 11), RETAINED_CHANGED);
	ck_assert_int_eq(set("b", "", 11), RETAINED_CHANGED); /* clearing makes room */
	ck_assert_int_eq(set("c", "2", 12), RETAINED_CHANGED);
	ck_assert_int_eq(set("b", "3", 13), RETAINED_FULL); /* a tombstone is no message */
	ck_assert_int_eq(set("b", "", 14), RETAINED_CHANGED);
	expect("#", "a=2 c=2");
	ck_assert_uint_eq(retained_count(store), 2);
	teardown();
}
END_TEST

START_TEST(wildcards_collect_as_4_7_says)
{
	setup(0);
	set("a", "1", 10);
	set("a/b", "2", 10);
	set("a/b/c", "3", 10);
	set("/", "4", 10);
	set("$SYS/a", "5", 10);
	set("$SYS", "6", 10);
	expect("a/#", "a/b/c=3 a/b=2 a=1");
	expect("#", "/=4 a/b/c=3 a/b=2 a=1");
	expect("+", "a=1");
	expect("+/+", "/=4 a/b=2");
	expect("+/a", "");
	expect("$SYS/#", "$SYS/a=5 $SYS=6");
	expect("$SYS/+", "$SYS/a=5");
	expect("a/b", "a/b=2");
	expect("a/x", "");
	expect(NULL, "$SYS/a=5 $SYS=6 /=4 a/b/c=3 a/b=2 a=1");
	teardown();
}
END_TEST

START_TEST(what_came_later_can_be_left_out)
{
	setup(0);
	ck_assert_uint_eq(retained_newest(store), 0);
	set("a", "1", 20);
	set("b", "1", 20);

	uint64_t newest = retained_newest(store);

	set("b", "stale", 10); /* is not taken, and has no number */
	ck_assert_uint_eq(retained_newest(store), newest);
	set("b", "2", 30);
	set("c", "1", 5); /* an older stamp, but it came later */

	g_autoptr(GPtrArray) then = retained_collect(store, "#", newest);
	g_autoptr(GPtrArray) now = retained_collect(store, "#", RETAINED_ALL);

	ck_assert_uint_eq(then->len, 1);
	ck_assert(vmq_msg_get_topic(then->pdata[0]).data[0] == 'a');
	ck_assert_uint_eq(now->len, 3);
	teardown();
}
END_TEST

START_TEST(what_has_expired_is_not_collected)
{
	VmqDraft draft = draft_of("a", "x", 0);

	setup(0);
	draft.expiry_s = 5;
	draft.stamp = clock_stamp_new();

	g_autoptr(VmqMsg) msg = msg_freeze(&draft, clock_monotonic_ms());

	retained_set(store, msg);
	fake_clock_advance(4999);
	expect("#", "a=x");
	fake_clock_advance(1);
	expect("#", "");
	expect(NULL, "a=x");
	teardown();
}
END_TEST

START_TEST(the_sweep_forgets_what_is_dead_and_old)
{
	VmqDraft draft = draft_of("expired", "x", 0);

	setup(0);
	draft.expiry_s = 1;
	draft.stamp = clock_stamp_new();

	g_autoptr(VmqMsg) msg = msg_freeze(&draft, clock_monotonic_ms());

	retained_set(store, msg);
	set("alive", "x", clock_stamp_new());
	set("dead/deep/down", "", clock_stamp_new());
	fake_clock_advance(9999);
	retained_sweep(store, 10000);
	expect(NULL, "alive=x dead/deep/down= expired=x");
	set("younger", "", clock_stamp_new());
	fake_clock_advance(1);
	retained_sweep(store, 10000);
	expect(NULL, "alive=x younger=");
	ck_assert_uint_eq(retained_count(store), 1);
	ck_assert(!retained_is_current(msg));
	teardown();
}
END_TEST

/* ---- the oracle: the last word by topic in a table, and mqtt_filter_matches() ---- */

static char *
collect_naively(GHashTable *words, const char *filter)
{
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
	GHashTableIter iter;
	gpointer       topic, value;

	g_hash_table_iter_init(&iter, words);
	while (g_hash_table_iter_next(&iter, &topic, &value)) {
		const VmqMsg *msg = value;
		VmqBytes      payload = msg_payload(msg);

		if (filter != NULL && (payload.size == 0 ||
		                       !mqtt_filter_matches(bytes(filter), bytes(topic))))
			continue;
		g_ptr_array_add(texts, g_strdup_printf("%s=%.*s", (char *) topic,
		                                       (int) payload.size, payload.data));
	}
	g_ptr_array_sort(texts, by_text);
	g_ptr_array_add(texts, NULL);
	return g_strjoinv(" ", (char **) texts->pdata);
}

static void
unref_msg(void *msg)
{
	vmq_msg_unref(msg);
}

START_TEST(random_words_on_random_topics_are_collected_as_an_oracle_says)
{
	g_autoptr(GHashTable) words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, unref_msg);
	g_autoptr(GRand) dice = g_rand_new_with_seed(5);
	unsigned n_found = 0;

	setup(0);
	for (unsigned i = 0; i < 5000; i++) {
		g_autofree char *topic = routes_random(dice, false);
		g_autofree char *payload = g_strdup_printf("%u", i);
		VmqStamp         stamp = (VmqStamp) g_rand_int_range(dice, 1, 5000) + i;
		bool             clears = g_rand_int_range(dice, 0, 3) == 0;
		g_autoptr(VmqMsg) msg = make(topic, clears ? "" : payload, stamp, NULL);
		const VmqMsg *old = g_hash_table_lookup(words, topic);
		bool          wins = old == NULL || old->stamp < stamp;

		ck_assert_int_eq(retained_set(store, msg), wins ? RETAINED_CHANGED : RETAINED_STALE);
		if (wins)
			g_hash_table_replace(words, g_strdup(topic), vmq_msg_ref(msg));

		g_autofree char *filter = routes_random(dice, true);
		bool             all = g_rand_int_range(dice, 0, 50) == 0;
		g_autofree char *expected = collect_naively(words, all ? NULL : filter);

		expect(all ? NULL : filter, expected);
		n_found += expected[0] != '\0';
	}
	ck_assert_uint_gt(n_found, 2000);
	teardown();
}
END_TEST

UNIT_MAIN("retained", the_highest_stamp_stays_in_whatever_order_they_come,
          of_two_equal_stamps_the_greater_origin_wins, a_cleared_topic_does_not_come_back,
          a_full_store_takes_no_new_topic_but_new_words_on_old_ones, wildcards_collect_as_4_7_says,
          what_came_later_can_be_left_out, what_has_expired_is_not_collected,
          the_sweep_forgets_what_is_dead_and_old,
          random_words_on_random_topics_are_collected_as_an_oracle_says)
