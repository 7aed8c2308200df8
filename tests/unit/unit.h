/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit.h - a test program in one line
 *
 *     START_TEST(plus_matches_exactly_one_level) { … } END_TEST
 *     UNIT_MAIN("topic", plus_matches_exactly_one_level)
 */
#pragma once

#include <check.h>
#include <stdlib.h>

static inline int
unit_run(const char *noun, const TTest *const *tests)
{
	Suite *suite = suite_create(noun);
	TCase *tcase = tcase_create(noun);

	/* Under sanitizers and valgrind everything is slower; a hang is what this is against. */
	tcase_set_timeout(tcase, 300);
	for (; *tests != NULL; tests++)
		tcase_add_test(tcase, *tests);
	suite_add_tcase(suite, tcase);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* For what a test noted down, a letter for each thing that came about. */
static inline unsigned
unit_count(const char *notes, char letter)
{
	unsigned n = 0;

	for (; *notes != '\0'; notes++)
		n += *notes == letter;
	return n;
}

#define UNIT_MAIN(noun, ...)                                    \
	int main(void)                                          \
	{                                                       \
		const TTest *tests[] = {__VA_ARGS__, NULL};     \
		return unit_run(noun, tests);                   \
	}
