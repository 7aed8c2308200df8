/* SPDX-License-Identifier: Apache-2.0 */
#include "fake/plugin-host.h"
#include "unit.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

extern const VmqPlugin vmq_plugin;

/* Password "correct horse". */
#define HASH "$5$2CHTgOkPsyg4Pb6M$RljiTPcDMDWoJc57Cz3qfTOmuLBx7jaP84Kq4DJgbz1"

/* Password "pencil", as in RFC 7677. */
#define SCRAM                                                                          \
	"$scram-sha-256$i=4096$W22ZaJ0SNY7soEsUEjb6gQ=="                               \
	"$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="                                \
	"$wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

static const VmqClient alice = {"c1", "alice", "192.0.2.1:49152"};
static const VmqClient stranger = {"c2", "mallory", "192.0.2.2:49152"};
static const VmqClient nameless = {"c3", NULL, "192.0.2.3:49152"};

static const VmqTicket ticket = {.serial = 42};

static char *dir; /* of the files of the test that runs */

static char *
write_file(const char *name, const char *text)
{
	char *path = g_build_filename(dir, name, NULL);

	ck_assert(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
	return path;
}

/* A section of the three files, with `more` options. */
static VmqConf *
make_conf(const char *passwd, const char *acl, const char *more)
{
	g_autofree char *users = write_file("passwd", passwd);
	g_autofree char *roles = write_file("acl.yaml", acl);
	g_autofree char *text = g_strdup_printf("users: %s\nacl: %s\n%s", users, roles, more);
	g_autofree char *path = write_file("section.yaml", text);
	VmqConf         *conf = vmq_conf_load(path, vmq_plugin.options, NULL);

	ck_assert_ptr_nonnull(conf);
	return conf;
}

static void
setup(void)
{
	fake_host_forget();
	dir = g_dir_make_tmp("vibemq-XXXXXX", NULL);
}

static void
teardown(void)
{
	static const char *const names[] = {"passwd", "acl.yaml", "section.yaml"};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(dir, names[i], NULL);

		g_unlink(path);
	}
	ck_assert_int_eq(g_rmdir(dir), 0);
	g_clear_pointer(&dir, g_free);
	g_string_free(fake_host.log, TRUE);
	fake_host.log = NULL;
}

static void *
start(const char *more)
{
	g_autoptr(VmqConf) conf = make_conf("alice:" HASH "\n",
	                                    "roles: [{name: r, publish: [a/+], subscribe: [a/+]}]\n"
	                                    "authenticated: [r]\n",
	                                    more);
	g_autoptr(GError) error = NULL;
	void *auth = vmq_plugin.init(NULL, conf, &error);

	ck_assert_msg(auth != NULL, "%s", error != NULL ? error->message : "");
	return auth;
}

static VmqVerdict
connect_as(void *auth, const VmqClient *client, const char *password, VmqConnect *connect)
{
	*connect = (VmqConnect){.client = client, .reason = VMQ_REASON_NOT_AUTHORIZED};
	if (password != NULL)
		connect->password = (VmqBytes){(const uint8_t *) password, strlen(password)};
	return vmq_plugin.hooks->on_connect(auth, connect, ticket);
}

static VmqVerdict
authorize(void *auth, const VmqClient *client, VmqAccessKind kind, const char *topic)
{
	VmqAccess access = {.kind = kind, .client = client, .topic = topic};

	return vmq_plugin.hooks->on_authorize(auth, &access);
}

static void
assert_logged(const char *line)
{
	ck_assert_msg(strstr(fake_host.log->str, line) != NULL, "\"%s\" is not in:\n%s", line,
	              fake_host.log->str);
}

START_TEST(the_right_password_opens_by_ticket)
{
	VmqConnect connect;

	setup();

	void *auth = start("");

	ck_assert_int_eq(connect_as(auth, &alice, "correct horse", &connect), VMQ_PENDING);
	ck_assert_uint_eq(fake_host.n_answers, 0);
	ck_assert_uint_eq(fake_host_turn(), 1);
	ck_assert_uint_eq(fake_host.n_answers, 1);
	ck_assert_uint_eq(fake_host.ticket.serial, 42);
	ck_assert_int_eq(fake_host.verdict, VMQ_ALLOW);
	ck_assert_str_eq(fake_host.log->str, "");
	vmq_plugin.exit(auth);
	teardown();
}
END_TEST

START_TEST(a_wrong_password_is_refused_and_logged_without_it)
{
	VmqConnect connect;

	setup();

	void *auth = start("");

	ck_assert_int_eq(connect_as(auth, &alice, "battery staple", &connect), VMQ_PENDING);
	fake_host_turn();
	ck_assert_int_eq(fake_host.verdict, VMQ_DENY);
	ck_assert_int_eq(fake_host.reason, VMQ_REASON_BAD_USER_NAME_OR_PASSWORD);
	assert_logged("warn auth: connection refused: wrong password: client=c1 user=alice "
	              "address=192.0.2.1:49152");
	ck_assert_ptr_null(strstr(fake_host.log->str, "battery"));
	ck_assert_int_eq(fake_host_counter("vibemq_auth_connects_denied_total"), 1);
	vmq_plugin.exit(auth);
	teardown();
}
END_TEST

START_TEST(an_unknown_user_costs_a_check_and_gets_the_same_answer)
{
	VmqConnect connect;

	setup();

	void *auth = start("");

	ck_assert_int_eq(connect_as(auth, &stranger, "correct horse", &connect), VMQ_PENDING);
	ck_assert_uint_eq(fake_host_turn(), 1);
	ck_assert_int_eq(fake_host.verdict, VMQ_DENY);
	ck_assert_int_eq(fake_host.reason, VMQ_REASON_BAD_USER_NAME_OR_PASSWORD);
	assert_logged("connection refused: no such user: client=c2 user=mallory");
	vmq_plugin.exit(auth);
	teardown();
}
END_TEST

START_TEST(clients_without_a_name_come_in_only_if_allowed)
{
	VmqConnect connect;

	setup();

	void *closed = start("");

	ck_assert_int_eq(connect_as(closed, &nameless, NULL, &connect), VMQ_DENY);
	ck_assert_int_eq(connect.reason, VMQ_REASON_NOT_AUTHORIZED);
	assert_logged("no user name, and allow_anonymous is off: client=c3 user=- "
	              "address=192.0.2.3:49152");
	vmq_plugin.exit(closed);

	void *open = start("allow_anonymous: true\n");

	ck_assert_int_eq(connect_as(open, &nameless, NULL, &connect), VMQ_ALLOW);
	ck_assert_int_eq(connect_as(open, &nameless, "ignored", &connect), VMQ_ALLOW);
	ck_assert_int_eq(authorize(open, &nameless, VMQ_ACCESS_PUBLISH, "a/1"), VMQ_DENY);
	vmq_plugin.exit(open);
	teardown();
}
END_TEST

START_TEST(passwords_that_cannot_be_right_are_not_checked)
{
	g_autofree char *long_one = g_strnfill(512, 'a');
	VmqConnect       connect;

	setup();

	void *auth = start("");

	ck_assert_int_eq(connect_as(auth, &alice, NULL, &connect), VMQ_DENY);
	ck_assert_int_eq(connect.reason, VMQ_REASON_BAD_USER_NAME_OR_PASSWORD);
	ck_assert_int_eq(connect_as(auth, &alice, long_one, &connect), VMQ_DENY);
	ck_assert_str_eq(connect.why, "password too long");

	/* What a C string would hide. */
	connect = (VmqConnect){.client = &alice,
	                       .password = {(const uint8_t *) "correct horse\0x", 15}};
	ck_assert_int_eq(vmq_plugin.hooks->on_connect(auth, &connect, ticket), VMQ_DENY);
	ck_assert_str_eq(connect.why, "password with a NUL in it");
	ck_assert_uint_eq(fake_host_turn(), 0);
	vmq_plugin.exit(auth);
	teardown();
}
END_TEST

START_TEST(an_authentication_method_does_not_go_round_the_password)
{
	setup();

	void      *auth = start("allow_anonymous: true\n");
	VmqConnect connect = {.client = &alice, .auth_method = "SCRAM-SHA-256"};

	ck_assert_int_eq(vmq_plugin.hooks->on_connect(auth, &connect, ticket), VMQ_DENY);
	ck_assert_int_eq(connect.reason, VMQ_REASON_BAD_AUTHENTICATION_METHOD);
	vmq_plugin.exit(auth);
	teardown();
}
END_TEST

/* A plugin for which "alice" has a verifier. */
static void *
start_scram(void)
{
	g_autoptr(VmqConf) conf = make_conf("alice:" SCRAM "\n", "roles: []\n", "");
	void *auth = vmq_plugin.init(NULL, conf, NULL);

	ck_assert_ptr_nonnull(auth);
	return auth;
}

static VmqVerdict
say(void *auth, const VmqClient *client, const char *message, VmqConnect *connect)
{
	VmqConnect step = {.client = client,
	                   .auth_method = "SCRAM-SHA-256",
	                   .auth_data = {(const uint8_t *) message, strlen(message)},
	                   .reason = VMQ_REASON_NOT_AUTHORIZED,
	                   .kept = connect->kept,
	                   .forget = connect->forget};

	g_clear_pointer(&connect->reply, g_bytes_unref);
	*connect = step;
	return vmq_plugin.hooks->on_auth(auth, connect, ticket);
}

static void
end(VmqConnect *connect)
{
	g_clear_pointer(&connect->reply, g_bytes_unref);
	if (connect->kept != NULL)
		connect->forget(connect->kept);
}

START_TEST(who_is_not_there_is_challenged_like_who_is_and_fails_alike)
{
	static const char *const names[] = {"alice", "mallory", "Alice"};
	static const char *const log[] = {"wrong password", "no such user", "no such user"};

	setup();

	void *auth = start_scram();

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *first = g_strdup_printf("n,,n=%s,r=abc", names[i]);
		VmqConnect       connect = {0};

		g_string_truncate(fake_host.log, 0);
		ck_assert_int_eq(say(auth, &nameless, first, &connect), VMQ_CONTINUE);
		ck_assert_str_eq(connect.username, names[i]);

		gsize       size;
		const char *challenge = g_bytes_get_data(connect.reply, &size);
		g_autofree char *text = g_strndup(challenge, size);
		g_autofree char *nonce = g_strndup(text, strcspn(text, ","));
		g_autofree char *final = g_strdup_printf(
			"c=biws,%s,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", nonce);

		ck_assert(g_str_has_prefix(text, "r=abc"));
		ck_assert_uint_eq(strlen(text), strlen("r=abc,s=,i=4096") + 24 + 24);
		ck_assert_int_eq(say(auth, &nameless, final, &connect), VMQ_DENY);
		ck_assert_int_eq(connect.reason, VMQ_REASON_BAD_USER_NAME_OR_PASSWORD);
		assert_logged(log[i]);
		end(&connect);
	}
	vmq_plugin.exit(auth);
	teardown();
}
END_TEST

START_TEST(a_name_that_is_proved_must_be_the_name_that_is_used)
{
	VmqConnect connect = {0};

	setup();

	void *auth = start_scram();

	ck_assert_int_eq(say(auth, &stranger, "n,,n=alice,r=abc", &connect), VMQ_DENY);
	ck_assert_int_eq(connect.reason, VMQ_REASON_NOT_AUTHORIZED);
	assert_logged("its SCRAM name is not its user name: client=c2 user=mallory");
	end(&connect);
	connect = (VmqConnect){0};
	ck_assert_int_eq(say(auth, &alice, "n,,n=alice,r=abc", &connect), VMQ_CONTINUE);
	end(&connect);
	vmq_plugin.exit(auth);
	teardown();
}
END_TEST

START_TEST(a_plain_password_is_checked_against_a_scram_verifier)
{
	VmqConnect connect;

	setup();

	void *auth = start_scram();

	ck_assert_int_eq(connect_as(auth, &alice, "pencil", &connect), VMQ_PENDING);
	ck_assert_uint_eq(fake_host_turn(), 1);
	ck_assert_int_eq(fake_host.verdict, VMQ_ALLOW);
	ck_assert_int_eq(connect_as(auth, &alice, "pencils", &connect), VMQ_PENDING);
	fake_host_turn();
	ck_assert_int_eq(fake_host.verdict, VMQ_DENY);
	vmq_plugin.exit(auth);
	teardown();
}
END_TEST

START_TEST(checks_that_wait_are_bounded)
{
	VmqConnect connect;

	setup();

	void *auth = start("max_pending: 2\n");

	ck_assert_int_eq(connect_as(auth, &alice, "correct horse", &connect), VMQ_PENDING);
	ck_assert_int_eq(connect_as(auth, &stranger, "x", &connect), VMQ_PENDING);
	ck_assert_int_eq(connect_as(auth, &alice, "correct horse", &connect), VMQ_DENY);
	ck_assert_int_eq(connect.reason, VMQ_REASON_SERVER_BUSY);
	ck_assert_int_eq(fake_host_counter("vibemq_auth_busy_total"), 1);
	ck_assert_uint_eq(fake_host_turn(), 2);
	ck_assert_int_eq(connect_as(auth, &alice, "correct horse", &connect), VMQ_PENDING);
	fake_host_turn();
	ck_assert_int_eq(fake_host.verdict, VMQ_ALLOW);
	vmq_plugin.exit(auth);
	teardown();
}
END_TEST

START_TEST(a_check_may_outlive_the_plugin)
{
	VmqConnect connect;

	setup();

	void *auth = start("");

	ck_assert_int_eq(connect_as(auth, &alice, "correct horse", &connect), VMQ_PENDING);
	vmq_plugin.exit(auth);
	fake_host_turn();
	ck_assert_int_eq(fake_host.verdict, VMQ_ALLOW);
	teardown();
}
END_TEST

START_TEST(rights_are_asked_of_the_roles_and_denials_logged)
{
	setup();

	void *auth = start("");

	ck_assert_int_eq(authorize(auth, &alice, VMQ_ACCESS_PUBLISH, "a/1"), VMQ_ALLOW);
	ck_assert_int_eq(authorize(auth, &alice, VMQ_ACCESS_SUBSCRIBE, "a/+"), VMQ_ALLOW);
	ck_assert_str_eq(fake_host.log->str, "");
	ck_assert_int_eq(authorize(auth, &alice, VMQ_ACCESS_SUBSCRIBE, "a/#"), VMQ_DENY);
	assert_logged("info auth: subscribe denied: no role of the client grants it: client=c1 "
	              "user=alice "
	              "address=192.0.2.1:49152 topic=a/#");
	ck_assert_int_eq(authorize(auth, &alice, VMQ_ACCESS_PUBLISH, "b"), VMQ_DENY);
	assert_logged("debug auth: publish denied: "); /* the gate of this client is shut by now */
	ck_assert_int_eq(fake_host_counter("vibemq_auth_subscribes_denied_total"), 1);
	ck_assert_int_eq(fake_host_counter("vibemq_auth_publishes_denied_total"), 1);
	vmq_plugin.exit(auth);
	teardown();
}
END_TEST

START_TEST(without_roles_it_has_no_opinion_and_says_so_at_the_start)
{
	setup();

	g_autofree char *users = write_file("passwd", "alice:" HASH "\n");
	g_autofree char *text = g_strdup_printf("users: %s\n", users);
	g_autofree char *path = write_file("section.yaml", text);
	g_autoptr(VmqConf) conf = vmq_conf_load(path, vmq_plugin.options, NULL);
	void *auth = vmq_plugin.init(NULL, conf, NULL);

	assert_logged("warn auth: no acl is set");
	ck_assert_int_eq(authorize(auth, &alice, VMQ_ACCESS_PUBLISH, "b"), VMQ_NEXT);
	vmq_plugin.exit(auth);
	teardown();
}
END_TEST

START_TEST(a_password_file_that_all_can_read_is_warned_of)
{
	setup();

	g_autofree char *path = g_build_filename(dir, "passwd", NULL);
	g_autoptr(VmqConf) conf = make_conf("alice:" HASH "\n", "roles: []\n", "");

	ck_assert_int_eq(chmod(path, 0644), 0);

	void *auth = vmq_plugin.init(NULL, conf, NULL);

	assert_logged("warn auth: all users of this machine can read ");
	vmq_plugin.exit(auth);
	teardown();
}
END_TEST

START_TEST(a_reload_replaces_users_and_roles)
{
	VmqConnect connect;

	setup();

	void *auth = start("");
	g_autoptr(VmqConf) conf = make_conf(
		"mallory:" HASH "\n", "roles: [{name: r, publish: [b]}]\nauthenticated: [r]\n",
		"allow_anonymous: true\n");

	/* Asked of the old file, answered after the reload. */
	ck_assert_int_eq(connect_as(auth, &alice, "correct horse", &connect), VMQ_PENDING);
	vmq_plugin.hooks->on_reload(auth, conf);
	fake_host_turn();
	ck_assert_int_eq(fake_host.verdict, VMQ_ALLOW);
	assert_logged("info auth: reloaded: users=1");

	ck_assert_int_eq(connect_as(auth, &stranger, "correct horse", &connect), VMQ_PENDING);
	fake_host_turn();
	ck_assert_int_eq(fake_host.verdict, VMQ_ALLOW);
	ck_assert_int_eq(connect_as(auth, &nameless, NULL, &connect), VMQ_ALLOW);
	ck_assert_int_eq(authorize(auth, &alice, VMQ_ACCESS_PUBLISH, "b"), VMQ_ALLOW);
	ck_assert_int_eq(authorize(auth, &alice, VMQ_ACCESS_PUBLISH, "a/1"), VMQ_DENY);
	vmq_plugin.exit(auth);
	teardown();
}
END_TEST

START_TEST(a_reload_of_a_bad_file_leaves_all_as_it_was)
{
	static const char *const bad[][2] = {
		{"alice:plain\n", "roles: []\n"},
		{"alice:" HASH "\n", "anonymous: [nosuchrole]\n"},
	};
	VmqConnect connect;

	setup();

	void *auth = start("");

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(VmqConf) conf =
			make_conf(bad[i][0], bad[i][1], "allow_anonymous: true\n");

		g_string_truncate(fake_host.log, 0);
		vmq_plugin.hooks->on_reload(auth, conf);
		assert_logged("error auth: reload failed, the old users and roles stay in force: ");
		ck_assert_int_eq(connect_as(auth, &nameless, NULL, &connect), VMQ_DENY);
		ck_assert_int_eq(connect_as(auth, &alice, "correct horse", &connect), VMQ_PENDING);
		fake_host_turn();
		ck_assert_int_eq(fake_host.verdict, VMQ_ALLOW);
		ck_assert_int_eq(authorize(auth, &alice, VMQ_ACCESS_PUBLISH, "a/1"), VMQ_ALLOW);
	}
	ck_assert_int_eq(fake_host_counter("vibemq_auth_reloads_failed_total"), 2);
	vmq_plugin.exit(auth);
	teardown();
}
END_TEST

START_TEST(a_bad_file_keeps_the_broker_from_starting)
{
	setup();

	g_autoptr(VmqConf) conf = make_conf("alice:plain\n", "roles: []\n", "");
	g_autoptr(GError) error = NULL;

	ck_assert_ptr_null(vmq_plugin.init(NULL, conf, &error));
	ck_assert_ptr_nonnull(
		strstr(error->message, "passwd:1: what follows the colon is not a hash"));
	teardown();
}
END_TEST

START_TEST(the_plugin_says_what_it_is)
{
	ck_assert_uint_eq(vmq_plugin.abi, VMQ_ABI_VERSION);
	ck_assert_uint_eq(vmq_plugin.size, sizeof(VmqPlugin));
	ck_assert_str_eq(vmq_plugin.name, "auth");
	ck_assert_uint_eq(vmq_plugin.hooks->size, sizeof(VmqHooks));
}
END_TEST

UNIT_MAIN("auth", the_right_password_opens_by_ticket,
          a_wrong_password_is_refused_and_logged_without_it,
          an_unknown_user_costs_a_check_and_gets_the_same_answer,
          clients_without_a_name_come_in_only_if_allowed,
          passwords_that_cannot_be_right_are_not_checked,
          an_authentication_method_does_not_go_round_the_password, checks_that_wait_are_bounded,
          who_is_not_there_is_challenged_like_who_is_and_fails_alike,
          a_name_that_is_proved_must_be_the_name_that_is_used,
          a_plain_password_is_checked_against_a_scram_verifier,
          a_check_may_outlive_the_plugin, rights_are_asked_of_the_roles_and_denials_logged,
          without_roles_it_has_no_opinion_and_says_so_at_the_start,
          a_password_file_that_all_can_read_is_warned_of, a_reload_replaces_users_and_roles,
          a_reload_of_a_bad_file_leaves_all_as_it_was, a_bad_file_keeps_the_broker_from_starting,
          the_plugin_says_what_it_is)
