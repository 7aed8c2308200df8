/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-yaml.c - any text: read as YAML, checked as the broker's configuration */
#include "conf/conf.h"
#include "conf/yaml.h"
#include "settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
assert_says_something(const GError *error)
{
	g_assert(error != NULL && g_str_has_prefix(error->message, "f.yaml:"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(VmqConf) root = yaml_read((const char *) data, size, "f.yaml", &error);
	Settings settings;

	if (root == NULL) {
		assert_says_something(error);
		return 0;
	}
	if (!settings_read(root, &settings, &error)) {
		assert_says_something(error);
		return 0;
	}
	g_assert(settings.n_listeners >= 1 && settings.max_inflight >= 1);

	/* Laid onto itself, and checked again. */
	VmqConf *over = yaml_read((const char *) data, size, "f.yaml", NULL);

	node_merge(root, over);
	if (!settings_read(root, &settings, &error))
		assert_says_something(error);
	return 0;
}
