/* SPDX-License-Identifier: Apache-2.0 */
#include "acl.h"
#include "unit.h"

#include <glib/gstdio.h>
#include <string.h>

static Acl *
load(const char *text, GError **error)
{
	g_autofree char *dir = g_dir_make_tmp("vibemq-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "acl.yaml", NULL);

	ck_assert(g_file_set_contents(path, text, -1, NULL));

	Acl *acl = acl_load(path, error);

	g_unlink(path);
	g_rmdir(dir);
	return acl;
}

static Acl *
load_example(void)
{
	g_autofree char *path =
		g_build_filename(g_getenv("VMQ_TOP_SRCDIR"), "plugins", "auth", "acl.yaml", NULL);
	g_autoptr(GError) error = NULL;
	Acl *acl = acl_load(path, &error);

	ck_assert_msg(acl != NULL, "%s", error != NULL ? error->message : "");
	return acl;
}

/* "" when it is allowed, otherwise why not. */
static const char *
ask(const Acl *acl, const char *username, VmqAccessKind kind, const char *topic)
{
	const FilterNames names = {"client7", username};
	const char       *why = "";

	ck_assert_int_eq(acl_allows(acl, kind, topic, &names, &why), *why == '\0');
	return why;
}

#define assert_allowed(acl, user, kind, topic) \
	ck_assert_str_eq(ask(acl, user, VMQ_ACCESS_##kind, topic), "")
#define assert_denied(acl, user, kind, topic, why) \
	ck_assert_str_eq(ask(acl, user, VMQ_ACCESS_##kind, topic), why)

#define UNGRANTED "no role of the client grants it"
#define DENIED "a role of the client denies it"
#define NO_ROLE "the client has no role"

START_TEST(the_shipped_example_does_what_it_says)
{
	g_autoptr(Acl) acl = load_example();

	assert_allowed(acl, "alice", PUBLISH, "any/topic");
	assert_allowed(acl, "alice", SUBSCRIBE, "#");
	assert_allowed(acl, "alice", SUBSCRIBE, "$SYS/#");
	assert_allowed(acl, "hall", PUBLISH, "sensors/client7/temperature");
	assert_denied(acl, "hall", PUBLISH, "sensors/client8/temperature", UNGRANTED);
	assert_denied(acl, "hall", SUBSCRIBE, "sensors/client7/temperature", UNGRANTED);
	assert_allowed(acl, "wall", SUBSCRIBE, "$SYS/broker/uptime");
	assert_denied(acl, "wall", SUBSCRIBE, "#", DENIED);
	assert_allowed(acl, "stranger", SUBSCRIBE, "users/stranger/#");
	assert_denied(acl, "stranger", SUBSCRIBE, "users/alice/#", UNGRANTED);
	assert_allowed(acl, NULL, SUBSCRIBE, "public/news");
	assert_denied(acl, NULL, SUBSCRIBE, "users/#", UNGRANTED);
}
END_TEST

START_TEST(what_no_role_grants_is_denied)
{
	g_autoptr(Acl) acl = load("roles: [{name: r, publish: [a/+], subscribe: ['b/+']}]\n"
	                          "users: [{name: alice, roles: [r]}]\n",
	                          NULL);

	assert_allowed(acl, "alice", PUBLISH, "a/1");
	assert_allowed(acl, "alice", SUBSCRIBE, "b/+");
	assert_denied(acl, "alice", PUBLISH, "a/1/2", UNGRANTED);
	assert_denied(acl, "alice", PUBLISH, "b/1", UNGRANTED);
	assert_denied(acl, "alice", SUBSCRIBE, "b/#", UNGRANTED);
	assert_denied(acl, "alice", SUBSCRIBE, "a/1", UNGRANTED);
	assert_denied(acl, "bob", PUBLISH, "a/1", NO_ROLE);
	assert_denied(acl, NULL, PUBLISH, "a/1", NO_ROLE);
}
END_TEST

START_TEST(roles_of_one_user_add_up)
{
	g_autoptr(Acl) acl = load("roles:\n"
	                          "  - {name: a, publish: a}\n"
	                          "  - {name: b, publish: [b]}\n"
	                          "  - {name: c, publish: [c]}\n"
	                          "users: [{name: alice, roles: [a, b]}]\n"
	                          "authenticated: c\n",
	                          NULL);

	assert_allowed(acl, "alice", PUBLISH, "a");
	assert_allowed(acl, "alice", PUBLISH, "b");
	assert_allowed(acl, "alice", PUBLISH, "c");
	assert_allowed(acl, "bob", PUBLISH, "c");
	assert_denied(acl, "bob", PUBLISH, "a", UNGRANTED);
	assert_denied(acl, NULL, PUBLISH, "c", NO_ROLE);
}
END_TEST

START_TEST(a_denial_wins_over_the_grant_of_any_role)
{
	g_autoptr(Acl) acl = load("roles:\n"
	                          "  - {name: all, publish: ['#'], subscribe: ['#']}\n"
	                          "  - {name: not, deny: [secret/#]}\n"
	                          "users:\n"
	                          "  - {name: alice, roles: [all, not]}\n"
	                          "  - {name: bob, roles: [all]}\n",
	                          NULL);

	assert_allowed(acl, "alice", PUBLISH, "open");
	assert_denied(acl, "alice", PUBLISH, "secret/1", DENIED);
	assert_denied(acl, "alice", PUBLISH, "secret", DENIED);
	assert_denied(acl, "alice", SUBSCRIBE, "secret/+", DENIED);
	assert_allowed(acl, "alice", SUBSCRIBE, "open/#");
	assert_allowed(acl, "bob", PUBLISH, "secret/1");
}
END_TEST

START_TEST(a_subscription_that_could_bring_what_is_denied_is_denied)
{
	g_autoptr(Acl) acl = load("roles: [{name: r, subscribe: ['#'], deny: [a/secret]}]\n"
	                          "authenticated: [r]\n",
	                          NULL);

	assert_denied(acl, "alice", SUBSCRIBE, "#", DENIED);
	assert_denied(acl, "alice", SUBSCRIBE, "a/+", DENIED);
	assert_denied(acl, "alice", SUBSCRIBE, "+/secret", DENIED);
	assert_allowed(acl, "alice", SUBSCRIBE, "b/+");
	assert_allowed(acl, "alice", SUBSCRIBE, "+");
}
END_TEST

START_TEST(a_wildcard_does_not_grant_dollar_topics)
{
	g_autoptr(Acl) acl = load("roles: [{name: r, publish: ['#'], subscribe: ['#', '+/x']}]\n"
	                          "authenticated: [r]\n",
	                          NULL);

	assert_denied(acl, "alice", PUBLISH, "$SYS/x", UNGRANTED);
	assert_denied(acl, "alice", SUBSCRIBE, "$SYS/#", UNGRANTED);
	assert_denied(acl, "alice", SUBSCRIBE, "$SYS/x", UNGRANTED);
}
END_TEST

START_TEST(an_empty_file_of_roles_denies_everything)
{
	g_autoptr(Acl) acl = load("roles: []\n", NULL);

	assert_denied(acl, "alice", PUBLISH, "a", NO_ROLE);
	assert_denied(acl, NULL, SUBSCRIBE, "a", NO_ROLE);
}
END_TEST

START_TEST(mistakes_are_named_with_their_place)
{
	static const char *const wrong[][2] = {
		{"roles: [{name: r}]\nusers:\n  - name: alice\n    roles: [q]\n",
	         "acl.yaml:4:13: roles: there is no role \"q\""},
		{"anonymous: [q]\n", "acl.yaml:1:13: anonymous: there is no role \"q\""},
		{"authenticated: q\n", "acl.yaml:1:16: authenticated: there is no role \"q\""},
		{"roles:\n  - name: r\n  - name: r\n",
	         "acl.yaml:3:11: name: there is a role \"r\" already"},
		{"users:\n  - {name: a, roles: []}\n  - {name: a, roles: []}\n",
	         "acl.yaml:3:12: name: there is a user \"a\" already"},
		{"roles:\n  - name: r\n    publish: [a, 'a/#/b']\n",
	         "acl.yaml:3:18: publish: \"a/#/b\" is not a topic filter"},
		{"roles:\n  - name: r\n    subscribe: ['%x']\n",
	         "acl.yaml:3:17: subscribe: \"%x\": %c (client id), %u (user name) and %% are "
	         "known"},
		{"roles:\n  - name: r\n    deny: [a, '%c/#']\n",
	         "acl.yaml:3:15: deny: takes no %c and no %u"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Acl) acl = load(wrong[i][0], &error);

		ck_assert_ptr_null(acl);
		ck_assert_msg(strstr(error->message, wrong[i][1]) != NULL, "%s", error->message);
	}
}
END_TEST

UNIT_MAIN("auth-acl", the_shipped_example_does_what_it_says, what_no_role_grants_is_denied,
          roles_of_one_user_add_up, a_denial_wins_over_the_grant_of_any_role,
          a_subscription_that_could_bring_what_is_denied_is_denied,
          a_wildcard_does_not_grant_dollar_topics, an_empty_file_of_roles_denies_everything,
          mistakes_are_named_with_their_place)
