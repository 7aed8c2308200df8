/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-passwd.c - password files that nobody's tool wrote */
#include "passwd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Passwd) passwd = passwd_parse((VmqBytes){data, size}, "passwd", &error);

	g_assert((passwd == NULL) == (error != NULL));
	if (passwd != NULL && passwd_count(passwd) > 0)
		g_assert(passwd_decoy(passwd, "stranger") != NULL);
	return 0;
}
