/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

#include <vibemq/log.h>

#include <sys/stat.h>

const VmqOption rules_options[] = {
	{
		.key = "users",
		.type = VMQ_OPTION_STRING,
		.help = "password file, lines of user:hash; see vibemq-passwd(1)",
		.reload = true,
	},
	{
		.key = "acl",
		.type = VMQ_OPTION_STRING,
		.help = "YAML file of roles; without it, whoever comes in may do everything",
		.reload = true,
	},
	{
		.key = "allow_anonymous",
		.type = VMQ_OPTION_BOOL,
		.fallback = "false",
		.help = "let clients in that give no user name",
		.reload = true,
	},
	{
		.key = "max_pending",
		.type = VMQ_OPTION_INT,
		.fallback = "1000",
		.min = 1,
		.max = 1000000,
		.help = "passwords that may wait for their check; more get Server busy",
		.reload = true,
	},
	VMQ_OPTIONS_END,
};

static void
warn_if_exposed(const char *path)
{
	struct stat status;

	if (stat(path, &status) == 0 && (status.st_mode & S_IROTH) != 0)
		vmq_warn("auth", "all users of this machine can read %s: chmod o-r it", path);
}

/* What is legal, but hardly meant. */
static void
warn_of_surprises(const Rules *rules)
{
	if (rules->acl == NULL)
		vmq_warn("auth",
		         "no acl is set: whoever comes in may publish and subscribe to everything");
	if (!rules->allow_anonymous && passwd_count(rules->passwd) == 0)
		vmq_warn("auth",
		         "nobody can come in: there are no users, and allow_anonymous is off");
}

Rules *
rules_load(const VmqConf *conf, GError **error)
{
	const char *users = vmq_conf_get_string(conf, "users");
	const char *path = vmq_conf_get_string(conf, "acl");
	g_autoptr(Passwd) passwd =
		users != NULL ? passwd_load(users, error) : passwd_parse((VmqBytes){0}, "", error);

	if (passwd == NULL)
		return NULL;

	g_autoptr(Acl) acl = path != NULL ? acl_load(path, error) : NULL;

	if (path != NULL && acl == NULL)
		return NULL;

	Rules *rules = g_new0(Rules, 1);

	rules->passwd = g_steal_pointer(&passwd);
	rules->acl = g_steal_pointer(&acl);
	rules->allow_anonymous = vmq_conf_get_bool(conf, "allow_anonymous");
	rules->max_pending = (unsigned) vmq_conf_get_int(conf, "max_pending");
	if (users != NULL)
		warn_if_exposed(users);
	warn_of_surprises(rules);
	return rules;
}

void
rules_free(void *data)
{
	Rules *rules = data;

	if (rules == NULL)
		return;
	passwd_free(rules->passwd);
	acl_free(rules->acl);
	g_free(rules);
}
