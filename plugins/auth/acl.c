/* SPDX-License-Identifier: Apache-2.0 */
#include "acl.h"

#include <vibemq/conf.h>

typedef struct {
	GPtrArray *publish, *subscribe, *deny; /* of compiled filters */
} Role;

struct Acl {
	GHashTable *roles;         /* name to Role */
	GHashTable *users;         /* name to GPtrArray of Role */
	GPtrArray  *anonymous;     /* the roles of who gives no user name */
	GPtrArray  *authenticated; /* the roles of who does */
};

static const VmqOption role_options[] = {
	{.key = "name", .type = VMQ_OPTION_STRING, .required = true, .help = "what users refer to"},
	{.key = "publish", .type = VMQ_OPTION_LIST, .help = "filters of topics it may publish to"},
	{.key = "subscribe", .type = VMQ_OPTION_LIST, .help = "filters it may subscribe to"},
	{.key = "deny", .type = VMQ_OPTION_LIST, .help = "filters it may do neither with"},
	VMQ_OPTIONS_END,
};

static const VmqOption user_options[] = {
	{.key = "name", .type = VMQ_OPTION_STRING, .required = true, .help = "the user name"},
	{.key = "roles", .type = VMQ_OPTION_LIST, .required = true, .help = "names of roles"},
	VMQ_OPTIONS_END,
};

static const VmqOption acl_options[] = {
	{.key = "roles",
         .type = VMQ_OPTION_SECTIONS,
         .section = role_options,
         .help = "what is granted"},
	{.key = "users",
         .type = VMQ_OPTION_SECTIONS,
         .section = user_options,
         .help = "who has which role"},
	{.key = "anonymous",
         .type = VMQ_OPTION_LIST,
         .help = "roles of clients without a user name"},
	{.key = "authenticated", .type = VMQ_OPTION_LIST, .help = "roles of every client with one"},
	VMQ_OPTIONS_END,
};

static unsigned
length_of(const VmqConf *list)
{
	return list != NULL ? vmq_conf_length(list) : 0;
}

static void
role_free(void *data)
{
	Role *role = data;

	g_ptr_array_unref(role->publish);
	g_ptr_array_unref(role->subscribe);
	g_ptr_array_unref(role->deny);
	g_free(role);
}

/* Compiles the filters of the list at `key`. */
static GPtrArray *
read_filters(const VmqConf *conf, const char *key, GError **error)
{
	g_autoptr(GPtrArray) filters = g_ptr_array_new_with_free_func(g_free);
	const VmqConf *list = vmq_conf_get(conf, key);

	for (unsigned i = 0; i < length_of(list); i++) {
		const VmqConf *at = vmq_conf_at(list, i);
		g_autoptr(GError) complaint = NULL;
		char *filter = filter_compile(vmq_conf_scalar(at), &complaint);

		if (filter == NULL) {
			vmq_conf_set_error(at, error, NULL, "%s: %s", key, complaint->message);
			return NULL;
		}
		g_ptr_array_add(filters, filter);
	}
	return g_steal_pointer(&filters);
}

/* A name that cannot be filled in makes a grant void; a ban must not be so easy to shake off. */
static bool
deny_without_names(const VmqConf *conf, const GPtrArray *deny, GError **error)
{
	const VmqConf *list = vmq_conf_get(conf, "deny");

	for (unsigned i = 0; i < deny->len; i++) {
		if (!filter_has_names(deny->pdata[i]))
			continue;
		vmq_conf_set_error(vmq_conf_at(list, i), error, NULL,
		                   "deny: takes no %%c and no %%u");
		return false;
	}
	return true;
}

static bool
read_role(Acl *acl, const VmqConf *conf, GError **error)
{
	const char *name = vmq_conf_get_string(conf, "name");

	if (g_hash_table_contains(acl->roles, name)) {
		vmq_conf_set_error(conf, error, "name", "there is a role \"%s\" already", name);
		return false;
	}

	g_autoptr(GPtrArray) publish = read_filters(conf, "publish", error);
	g_autoptr(GPtrArray) subscribe =
		publish != NULL ? read_filters(conf, "subscribe", error) : NULL;
	g_autoptr(GPtrArray) deny = subscribe != NULL ? read_filters(conf, "deny", error) : NULL;

	if (deny == NULL || !deny_without_names(conf, deny, error))
		return false;

	Role *role = g_new0(Role, 1);

	role->publish = g_steal_pointer(&publish);
	role->subscribe = g_steal_pointer(&subscribe);
	role->deny = g_steal_pointer(&deny);
	g_hash_table_insert(acl->roles, g_strdup(name), role);
	return true;
}

/* Finds the roles that the list at `key` names. */
static GPtrArray *
read_role_names(const Acl *acl, const VmqConf *conf, const char *key, GError **error)
{
	g_autoptr(GPtrArray) roles = g_ptr_array_new();
	const VmqConf *list = vmq_conf_get(conf, key);

	for (unsigned i = 0; i < length_of(list); i++) {
		const VmqConf *at = vmq_conf_at(list, i);
		Role          *role = g_hash_table_lookup(acl->roles, vmq_conf_scalar(at));

		if (role == NULL) {
			vmq_conf_set_error(at, error, NULL, "%s: there is no role \"%s\"", key,
			                   vmq_conf_scalar(at));
			return NULL;
		}
		g_ptr_array_add(roles, role);
	}
	return g_steal_pointer(&roles);
}

static bool
read_user(Acl *acl, const VmqConf *conf, GError **error)
{
	const char *name = vmq_conf_get_string(conf, "name");

	if (g_hash_table_contains(acl->users, name)) {
		vmq_conf_set_error(conf, error, "name", "there is a user \"%s\" already", name);
		return false;
	}

	GPtrArray *roles = read_role_names(acl, conf, "roles", error);

	if (roles == NULL)
		return false;
	g_hash_table_insert(acl->users, g_strdup(name), roles);
	return true;
}

/* Calls `read` for every mapping in the sequence at `key`. */
static bool
read_all(Acl *acl, const VmqConf *conf, const char *key,
         bool (*read)(Acl *acl, const VmqConf *conf, GError **error), GError **error)
{
	const VmqConf *list = vmq_conf_get(conf, key);

	for (unsigned i = 0; i < length_of(list); i++) {
		if (!read(acl, vmq_conf_at(list, i), error))
			return false;
	}
	return true;
}

Acl *
acl_load(const char *path, GError **error)
{
	g_autoptr(VmqConf) conf = vmq_conf_load(path, acl_options, error);

	if (conf == NULL)
		return NULL;

	g_autoptr(Acl) acl = g_new0(Acl, 1);

	acl->roles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, role_free);
	acl->users = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
	                                   (GDestroyNotify) g_ptr_array_unref);
	if (!read_all(acl, conf, "roles", read_role, error) ||
	    !read_all(acl, conf, "users", read_user, error))
		return NULL;
	acl->anonymous = read_role_names(acl, conf, "anonymous", error);
	if (acl->anonymous == NULL)
		return NULL;
	acl->authenticated = read_role_names(acl, conf, "authenticated", error);
	if (acl->authenticated == NULL)
		return NULL;
	return g_steal_pointer(&acl);
}

void
acl_free(Acl *acl)
{
	if (acl == NULL)
		return;
	g_clear_pointer(&acl->anonymous, g_ptr_array_unref);
	g_clear_pointer(&acl->authenticated, g_ptr_array_unref);
	g_hash_table_unref(acl->users);
	g_hash_table_unref(acl->roles);
	g_free(acl);
}

static bool
any_denies(const GPtrArray *roles, const char *topic)
{
	for (unsigned i = 0; i < roles->len; i++) {
		const GPtrArray *deny = ((const Role *) roles->pdata[i])->deny;

		for (unsigned k = 0; k < deny->len; k++) {
			if (filter_overlaps(deny->pdata[k], topic))
				return true;
		}
	}
	return false;
}

static bool
any_grants(const GPtrArray *roles, VmqAccessKind kind, const char *topic, const FilterNames *names)
{
	for (unsigned i = 0; i < roles->len; i++) {
		const Role      *role = roles->pdata[i];
		const GPtrArray *grants =
			kind == VMQ_ACCESS_PUBLISH ? role->publish : role->subscribe;

		for (unsigned k = 0; k < grants->len; k++) {
			if (filter_covers(grants->pdata[k], topic, names))
				return true;
		}
	}
	return false;
}

bool
acl_allows(const Acl *acl, VmqAccessKind kind, const char *topic, const FilterNames *names,
           const char **why)
{
	const GPtrArray *common = names->username != NULL ? acl->authenticated : acl->anonymous;
	const GPtrArray *own =
		names->username != NULL ? g_hash_table_lookup(acl->users, names->username) : NULL;

	if (common->len == 0 && own == NULL) {
		*why = "the client has no role";
		return false;
	}
	if (any_denies(common, topic) || (own != NULL && any_denies(own, topic))) {
		*why = "a role of the client denies it";
		return false;
	}
	if (any_grants(common, kind, topic, names) ||
	    (own != NULL && any_grants(own, kind, topic, names)))
		return true;
	*why = "no role of the client grants it";
	return false;
}
