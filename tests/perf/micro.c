/* SPDX-License-Identifier: Apache-2.0 */
/*
 * micro.c - runs the scenarios of micro.h
 *
 *     micro               each a few times, as a test: is the result what it should be? Prints TAP
 *     micro NAME N        one of them, N operations, for who counts the instructions
 *     micro --list        name, number of operations to count, and what it is, one line each
 *     micro --built       what it was compiled with, for who compares counts
 */
#include "micro.h"

#include "base/hash.h"

#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>

/* Operations in a test: enough for the second, the third and the next one to differ. */
#define TEST_OPERATIONS 20

#ifdef __clang__
#	define COMPILER "clang " __clang_version__
#else
#	define COMPILER "gcc " __VERSION__
#endif

const uint8_t micro_payload[MICRO_PAYLOAD_BYTES] = "what it says is nobody's business";

static const Micro *const tables[] = {micro_mqtt, micro_core, micro_cluster};

/* Calls `each` for every scenario. */
static void foreach (void (*each)(const Micro *micro))
{
	for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
		for (const Micro *micro = tables[i]; micro->name != NULL; micro++)
			each(micro);
}

static const Micro *
find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
		for (const Micro *micro = tables[i]; micro->name != NULL; micro++)
			if (g_str_equal(micro->name, name))
				return micro;
	return NULL;
}

/* ---- as a test ---- */

static unsigned n_tests, n_failed;

static void
count(const Micro *micro)
{
	(void) micro;
	n_tests++;
}

static void
test(const Micro *micro)
{
	static unsigned number;
	unsigned        n = MIN(micro->n_operations, TEST_OPERATIONS);
	uint64_t        expected = (uint64_t) n * micro->results, results = micro->run(n);

	n_failed += results != expected;
	printf("%s %u - %s\n", results == expected ? "ok" : "not ok", ++number, micro->name);
	if (results != expected)
		printf("# %" G_GUINT64_FORMAT " results of %u operations, not %" G_GUINT64_FORMAT
		       "\n",
		       results, n, expected);
	fflush(stdout);
}

static int
test_all(void)
{
	foreach (count)
		;
	printf("1..%u\n", n_tests);
	foreach (test)
		;
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- as what is counted ---- */

static void
list(const Micro *micro)
{
	printf("%s\t%u\t%s\n", micro->name, micro->n_operations, micro->what);
}

static int
run(const char *name, const char *number)
{
	const Micro *micro = find(name);
	unsigned     n = (unsigned) strtoul(number, NULL, 10);

	if (micro == NULL || n == 0) {
		fprintf(stderr, "micro: no such scenario, or no such number: %s %s\n", name,
		        number);
		return EXIT_FAILURE;
	}
	if (micro->run(n) != (uint64_t) n * micro->results) {
		fprintf(stderr, "micro: %s did not do its work\n", name);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	/* Hashes are keyed at random, but not here: where topics fall would be counted. */
	hash_key[0] = UINT64_C(0x9e3779b97f4a7c15);
	hash_key[1] = UINT64_C(0xbf58476d1ce4e5b9);

	if (argc == 1)
		return test_all();
	if (argc == 3)
		return run(argv[1], argv[2]);
	if (g_str_equal(argv[1], "--list"))
		foreach (list)
			;
	else if (g_str_equal(argv[1], "--built"))
		printf("%s, glibc %s, GLib %u.%u.%u\n", COMPILER, gnu_get_libc_version(),
		       glib_major_version, glib_minor_version, glib_micro_version);
	else
		return run(argv[1], "");
	return EXIT_SUCCESS;
}
