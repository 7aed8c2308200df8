/* SPDX-License-Identifier: Apache-2.0 */
/* too_small.c - says that it is smaller than a plugin of its ABI */
#include "tiny.h"

extern const VmqPlugin     vmq_plugin;
VMQ_EXPORT const VmqPlugin vmq_plugin = {
	.abi = VMQ_ABI_VERSION,
	.size = 16,
	.name = "too_small",
};
