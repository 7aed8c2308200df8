/* SPDX-License-Identifier: Apache-2.0 */
#include "core/hooks.h"
#include "core/client.h"
#include "house.h"
#include "unit.h"

/* A plugin of which a test says what it answers; what it is asked is written down. */
typedef struct {
	const char *name;
	VmqVerdict  answer;
	bool        leaves_something;
} Plugin;

static GString *said;
static unsigned n_forgotten;

static void
say(const Plugin *plugin, const char *what)
{
	g_string_append_printf(said, "%s%s:%s", said->len > 0 ? " " : "", plugin->name, what);
}

static void
on_forget(void *kept)
{
	n_forgotten++;
	g_free(kept);
}

static VmqVerdict
on_connect(void *state, VmqConnect *connect, VmqTicket ticket)
{
	Plugin *plugin = state;

	(void) ticket;
	say(plugin, "connect");
	ck_assert_ptr_null(connect->kept);
	ck_assert_ptr_null(connect->reply);
	ck_assert_ptr_null(connect->username);
	if (plugin->leaves_something) {
		connect->kept = g_strdup("mine");
		connect->forget = on_forget;
		connect->reply = g_bytes_new_static("x", 1);
		connect->username = "u";
	}
	return plugin->answer;
}

static VmqVerdict
on_auth(void *state, VmqConnect *connect, VmqTicket ticket)
{
	(void) connect;
	(void) ticket;
	say(state, "auth");
	return ((Plugin *) state)->answer;
}

static VmqVerdict
on_authorize(void *state, VmqAccess *access)
{
	say(state, access->topic);
	return ((Plugin *) state)->answer;
}

static void
on_filter_changed(void *state, const char *filter)
{
	ck_assert_uint_eq(vmq_worker_here(), 0);
	say(state, filter);
}

static const VmqHooks hooks = {VMQ_HOOKS_INIT,
                               .on_connect = on_connect,
                               .on_auth = on_auth,
                               .on_authorize = on_authorize,
                               .on_filter_changed = on_filter_changed};

static const VmqHooks deaf = {VMQ_HOOKS_INIT};

static Plugin plugins[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};

static void
setup(VmqVerdict a, VmqVerdict b, VmqVerdict c)
{
	plugins[0].answer = a;
	plugins[1].answer = b;
	plugins[2].answer = c;
	said = g_string_new(NULL);
	hooks_add("deaf", &deaf, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(plugins); i++)
		hooks_add(plugins[i].name, &hooks, &plugins[i]);
	hooks_open();
}

static void
teardown(void)
{
	hooks_close();
	g_string_free(said, TRUE);
}

START_TEST(the_first_answer_wins_and_nobody_is_asked_after_it)
{
	VmqConnect connect = {0};
	int        asked;

	setup(VMQ_NEXT, VMQ_DENY, VMQ_ALLOW);
	plugins[0].leaves_something = true;
	ck_assert_int_eq(hooks_connect(&connect, (VmqTicket){0}, &asked), VMQ_DENY);
	ck_assert_str_eq(said->str, "a:connect b:connect");
	ck_assert_uint_eq(n_forgotten, 1); /* what a left is nothing for b */
	ck_assert_int_eq(hooks_auth(&connect, (VmqTicket){0}, asked), VMQ_DENY);
	ck_assert_str_eq(said->str, "a:connect b:connect b:auth");
	teardown();
}
END_TEST

START_TEST(after_an_answer_that_came_late_the_rest_is_asked)
{
	VmqConnect connect = {0};
	int        asked;

	setup(VMQ_PENDING, VMQ_NEXT, VMQ_ALLOW);
	ck_assert_int_eq(hooks_connect(&connect, (VmqTicket){0}, &asked), VMQ_PENDING);
	ck_assert_str_eq(said->str, "a:connect");
	ck_assert_int_eq(hooks_connect_after(&connect, (VmqTicket){0}, &asked), VMQ_ALLOW);
	ck_assert_str_eq(said->str, "a:connect b:connect c:connect");
	ck_assert_int_eq(hooks_connect_after(&connect, (VmqTicket){0}, &asked), VMQ_NEXT);
	ck_assert_str_eq(said->str, "a:connect b:connect c:connect");
	teardown();
}
END_TEST

START_TEST(enhanced_authentication_is_denied_where_nobody_does_it)
{
	VmqConnect connect = {0};

	ck_assert(!hooks_has_auth());
	ck_assert_int_eq(hooks_auth(&connect, (VmqTicket){0}, 0), VMQ_DENY);
	setup(VMQ_ALLOW, VMQ_ALLOW, VMQ_ALLOW);
	ck_assert(hooks_has_auth());
	ck_assert_int_eq(hooks_auth(&connect, (VmqTicket){0}, -1), VMQ_DENY);
	ck_assert_int_eq(hooks_auth(&connect, (VmqTicket){0}, 0), VMQ_DENY); /* the deaf one */
	ck_assert_int_eq(hooks_auth(&connect, (VmqTicket){0}, 4), VMQ_DENY);
	ck_assert_int_eq(hooks_auth(&connect, (VmqTicket){0}, 3), VMQ_ALLOW);
	teardown();
	ck_assert_int_eq(hooks_auth(&connect, (VmqTicket){0}, 3), VMQ_DENY);
}
END_TEST

START_TEST(without_an_objection_access_is_allowed)
{
	VmqAccess access = {.topic = "t"};

	ck_assert(!hooks_has_authorize());
	ck_assert_int_eq(hooks_authorize(&access), VMQ_ALLOW);
	setup(VMQ_NEXT, VMQ_NEXT, VMQ_NEXT);
	ck_assert(hooks_has_authorize());
	ck_assert_int_eq(hooks_authorize(&access), VMQ_ALLOW);
	ck_assert_str_eq(said->str, "a:t b:t c:t");
	plugins[0].answer = VMQ_ALLOW;
	plugins[1].answer = VMQ_DENY;
	ck_assert_int_eq(hooks_authorize(&access), VMQ_ALLOW);
	plugins[0].answer = VMQ_NEXT;
	ck_assert_int_eq(hooks_authorize(&access), VMQ_DENY);
	teardown();
}
END_TEST

START_TEST(what_is_no_answer_to_a_question_of_access_denies)
{
	VmqAccess access = {.topic = "t"};

	setup(VMQ_NEXT, VMQ_PENDING, VMQ_ALLOW);
	ck_assert_int_eq(hooks_authorize(&access), VMQ_DENY);
	ck_assert_str_eq(said->str, "a:t b:t");
	teardown();
}
END_TEST

START_TEST(nobody_is_asked_before_the_table_is_open_or_after_it_is_closed)
{
	VmqConnect connect = {0};
	VmqAccess  access = {.topic = "t"};
	int        asked;

	said = g_string_new(NULL);
	plugins[0].answer = VMQ_DENY;
	hooks_add("early", &hooks, &plugins[0]);
	ck_assert_int_eq(hooks_connect(&connect, (VmqTicket){0}, &asked), VMQ_NEXT);
	ck_assert_int_eq(hooks_authorize(&access), VMQ_ALLOW);
	hooks_open();
	ck_assert_int_eq(hooks_authorize(&access), VMQ_DENY);
	hooks_close();
	ck_assert_str_eq(said->str, "a:t");

	/* When plugins have left, nobody is let in, and nobody may. */
	ck_assert_int_eq(hooks_connect(&connect, (VmqTicket){0}, &asked), VMQ_DENY);
	ck_assert_int_eq(connect.reason, VMQ_REASON_SERVER_SHUTTING_DOWN);
	ck_assert_int_eq(hooks_authorize(&access), VMQ_DENY);
	ck_assert_str_eq(said->str, "a:t");
	g_string_free(said, TRUE);
}
END_TEST

START_TEST(a_table_of_an_older_plugin_is_shorter)
{
	VmqHooks  old = hooks;
	VmqAccess access = {.topic = "t"};

	old.size = offsetof(VmqHooks, on_authorize);
	said = g_string_new(NULL);
	plugins[0].answer = VMQ_DENY;
	hooks_add("old", &old, &plugins[0]);
	hooks_add("none", NULL, NULL);
	hooks_open();
	ck_assert(!hooks_has_authorize());
	ck_assert_int_eq(hooks_authorize(&access), VMQ_ALLOW);
	ck_assert(hooks_has_auth());
	teardown();
}
END_TEST

static void
change_there(void *unused)
{
	(void) unused;
	hooks_filter_changed("$share/g/a/+");
}

START_TEST(filters_that_changed_are_told_on_control_without_their_share)
{
	house_build(2);
	setup(VMQ_NEXT, VMQ_NEXT, VMQ_NEXT);
	turn_on(1, change_there, NULL);
	TURN_UNTIL(said->len > 0);
	ck_assert_str_eq(said->str, "a:a/+ b:a/+ c:a/+");
	house_tear_down();
	teardown();
}
END_TEST

UNIT_MAIN("hooks", the_first_answer_wins_and_nobody_is_asked_after_it,
          after_an_answer_that_came_late_the_rest_is_asked,
          enhanced_authentication_is_denied_where_nobody_does_it,
          without_an_objection_access_is_allowed, what_is_no_answer_to_a_question_of_access_denies,
          nobody_is_asked_before_the_table_is_open_or_after_it_is_closed,
          a_table_of_an_older_plugin_is_shorter,
          filters_that_changed_are_told_on_control_without_their_share)
