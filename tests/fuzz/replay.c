/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - runs a fuzz target over files, without libFuzzer
 *
 * Arguments are files or folders of them; without any, the target's own corpus:
 * $VMQ_TOP_SRCDIR/tests/fuzz/corpus/NAME for the program fuzz-NAME. Prints TAP.
 */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned
replay(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	unsigned n = 0;

	if (dir != NULL) {
		for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
			g_autofree char *file = g_build_filename(path, name, NULL);

			n += name[0] == '.' ? 0 : replay(file);
		}
		return n;
	}

	g_autofree char *data = NULL;
	gsize            size;

	if (!g_file_get_contents(path, &data, &size, NULL)) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(EXIT_FAILURE);
	}

	/* An exact copy, so that a sanitizer sees the first byte too far. */
	g_autofree uint8_t *exact = g_memdup2(data, size);

	LLVMFuzzerTestOneInput(exact, size);
	return 1;
}

int
main(int argc, char **argv)
{
	unsigned n = 0;

	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			n += replay(argv[i]);
	} else {
		g_autofree char *base = g_path_get_basename(argv[0]);
		const char      *dash = strchr(base, '-'); /* libtool may have put "lt-" before it */
		const char      *name = g_str_has_prefix(base, "lt-") ? strchr(dash + 1, '-') : dash;
		g_autofree char *corpus = g_build_filename(g_getenv("VMQ_TOP_SRCDIR"), "tests", "fuzz",
		                                           "corpus", name + 1, NULL);

		n = replay(corpus);
	}
	printf("1..1\n%s 1 - %u inputs replayed\n", n > 0 ? "ok" : "not ok", n);
	return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
