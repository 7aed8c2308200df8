/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-scram.c - what a client may say in SCRAM: its first message, a newline, its final one */
#include "prep.h"
#include "scram.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t secret[SCRAM_KEY_BYTES];

static void
talk(VmqBytes first, VmqBytes final)
{
	static const ScramVerifier like = {.iterations = 4096, .salt_size = 16};
	const char                *why;
	g_autoptr(Scram) scram = scram_new(first, &why);
	ScramVerifier verifier;

	g_assert((scram == NULL) == (why != NULL));
	if (scram == NULL)
		return;
	scram_verifier_mock(&verifier, &like, secret, scram_username(scram));
	g_assert(g_str_has_prefix(scram_challenge(scram, &verifier, "ours"), "r="));

	/* Nobody can prove a mock. */
	g_assert(scram_finish(scram, final, &why) == NULL && why != NULL);
}

/* Preparing is done once: what comes out of it stays. */
static void
prepare(const char *text)
{
	g_autofree char *once = prep_text(text);
	g_autofree char *twice = once != NULL ? prep_text(once) : NULL;

	g_assert(g_strcmp0(once, twice) == 0);
}

static void
read_verifier(const char *text)
{
	ScramVerifier verifier;

	if (!scram_verifier_parse(text, &verifier))
		return;

	g_autofree char *again = scram_verifier_format(&verifier);

	g_assert(strcmp(again, text) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t   *newline = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t           first = newline != NULL ? (size_t) (newline - data) : size;
	size_t           skip = newline != NULL ? first + 1 : size;
	g_autofree char *text = g_strndup(size > 0 ? (const char *) data : "", size);

	talk((VmqBytes){data, first}, (VmqBytes){data + skip, size - skip});
	prepare(text);
	read_verifier(text);
	return 0;
}
