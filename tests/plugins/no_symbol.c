/* SPDX-License-Identifier: Apache-2.0 */
/* no_symbol.c - a shared object, but no plugin */
#include <vibemq/abi.h>

VMQ_EXPORT int vmq_plug_in(void);

int
vmq_plug_in(void)
{
	return 0;
}
