/* SPDX-License-Identifier: Apache-2.0 */
/* test-failure.c - phi of known rhythms (wire protocol 4.1) */
#include "failure.h"
#include "unit.h"

#include <math.h>

static const FailureConfig config = {
	.threshold = 8, .window = 1000, .max_interval_ms = 10000, .prior_ms = 1000};

static void
beat_every(Rhythm *rhythm, const FailureConfig *with, unsigned n, int64_t interval_ms)
{
	if (rhythm->last_ms == 0)
		rhythm_beat(rhythm, with, 1000000);
	for (unsigned i = 0; i < n; i++)
		rhythm_beat(rhythm, with, rhythm->last_ms + interval_ms);
}

static double
phi_after(const Rhythm *rhythm, const FailureConfig *with, int64_t silence_ms)
{
	double phi;

	ck_assert(rhythm_phi(rhythm, with, rhythm->last_ms + silence_ms, &phi));
	return phi;
}

START_TEST(one_heartbeat_is_no_rhythm)
{
	Rhythm rhythm = {0};
	double phi;

	ck_assert(!rhythm_phi(&rhythm, &config, 1, &phi));
	rhythm_beat(&rhythm, &config, 1000);
	ck_assert(!rhythm_phi(&rhythm, &config, 1001, &phi));
	ck_assert(!rhythm_is_alive(&rhythm, &config, 1001));
	rhythm_clear(&rhythm);
}
END_TEST

START_TEST(phi_is_silence_in_units_of_the_smoothed_mean)
{
	Rhythm rhythm = {0};

	beat_every(&rhythm, &config, 1, 1000);
	ck_assert_double_eq_tol(phi_after(&rhythm, &config, 8000), 8.0, 1e-9);
	rhythm_clear(&rhythm);

	/* Twenty of half a second and five of one: a mean of 0.6 s. */
	beat_every(&rhythm, &config, 20, 500);
	ck_assert_double_eq_tol(phi_after(&rhythm, &config, 4800), 8.0, 1e-9);
	rhythm_clear(&rhythm);

	FailureConfig slow = config;

	slow.prior_ms = 5000;
	beat_every(&rhythm, &slow, 2, 2000);
	ck_assert_double_eq_tol(phi_after(&rhythm, &slow, 10000), 10.0 / (29.0 / 7.0), 1e-9);
	rhythm_clear(&rhythm);
}
END_TEST

START_TEST(the_threshold_itself_is_alive)
{
	Rhythm rhythm = {0};

	beat_every(&rhythm, &config, 1, 1000);
	ck_assert(rhythm_is_alive(&rhythm, &config, rhythm.last_ms + 8000));
	ck_assert(!rhythm_is_alive(&rhythm, &config, rhythm.last_ms + 8001));
	rhythm_clear(&rhythm);
}
END_TEST

START_TEST(a_pause_is_no_interval)
{
	Rhythm rhythm = {0};

	beat_every(&rhythm, &config, 1, 1000);
	beat_every(&rhythm, &config, 1, 11000);
	beat_every(&rhythm, &config, 1, 1000);
	ck_assert_double_eq_tol(phi_after(&rhythm, &config, 3500), 3.5, 1e-9);
	rhythm_clear(&rhythm);
}
END_TEST

START_TEST(only_the_window_is_remembered)
{
	Rhythm rhythm = {0};

	beat_every(&rhythm, &config, 500, 5000);
	beat_every(&rhythm, &config, 1000, 500);
	ck_assert_double_eq_tol(phi_after(&rhythm, &config, 4000), 4.0 / (505.0 / 1005.0), 1e-6);
	rhythm_clear(&rhythm);
}
END_TEST

START_TEST(after_death_a_whole_interval_is_needed_again)
{
	Rhythm rhythm = {0};

	beat_every(&rhythm, &config, 10, 1000);

	int64_t last_ms = rhythm.last_ms;

	rhythm_forget(&rhythm);
	ck_assert(!rhythm_is_alive(&rhythm, &config, last_ms + 1));
	rhythm_beat(&rhythm, &config, last_ms + 20000); /* the pause itself does not count */
	ck_assert(!rhythm_is_alive(&rhythm, &config, last_ms + 20001));
	rhythm_beat(&rhythm, &config, last_ms + 21000);
	ck_assert(rhythm_is_alive(&rhythm, &config, last_ms + 21001));
	rhythm_clear(&rhythm);
}
END_TEST

UNIT_MAIN("failure", one_heartbeat_is_no_rhythm, phi_is_silence_in_units_of_the_smoothed_mean,
          the_threshold_itself_is_alive, a_pause_is_no_interval, only_the_window_is_remembered,
          after_death_a_whole_interval_is_needed_again)
