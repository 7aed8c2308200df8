/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "unit.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* What is written to standard error between begin() and end(). */
static int saved, pipe_ends[2];

static void
begin(void)
{
	ck_assert_int_eq(pipe2(pipe_ends, O_NONBLOCK), 0);
	saved = dup(STDERR_FILENO);
	dup2(pipe_ends[1], STDERR_FILENO);
}

static char *
end(void)
{
	static char text[65536];
	ssize_t     size = read(pipe_ends[0], text, sizeof(text) - 1);

	text[MAX(size, 0)] = '\0';
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	return text;
}

START_TEST(a_line_has_its_time_its_level_and_its_area)
{
	g_unsetenv("JOURNAL_STREAM");
	begin();
	vmq_info("router", "%d filters", 7);
	const char *line = end();

	ck_assert_msg(g_regex_match_simple("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z "
	                                   "info  router: 7 filters\n$",
	                                   line, 0, 0),
	              "%s", line);
}
END_TEST

START_TEST(under_systemd_a_line_has_a_priority_instead)
{
	g_setenv("JOURNAL_STREAM", "8:1", TRUE);
	begin();
	vmq_error("a", "1");
	vmq_warn("a", "2");
	vmq_info("a", "3");
	log_set_debug("a");
	vmq_debug("a", "4");
	ck_assert_str_eq(end(), "<3>a: 1\n<4>a: 2\n<6>a: 3\n<7>a: 4\n");
}
END_TEST

START_TEST(lines_below_the_level_are_not_written)
{
	g_setenv("JOURNAL_STREAM", "8:1", TRUE);
	log_set_level(VMQ_LOG_WARN);
	begin();
	vmq_info("a", "no");
	vmq_warn("a", "yes");
	vmq_debug("a", "no");
	ck_assert_str_eq(end(), "<4>a: yes\n");
}
END_TEST

START_TEST(debug_lines_are_chosen_by_area)
{
	ck_assert(!vmq_log_wants_debug("conn"));
	log_set_debug("conn,gossip*");
	ck_assert(vmq_log_wants_debug("conn"));
	ck_assert(vmq_log_wants_debug("gossip_udp"));
	ck_assert(!vmq_log_wants_debug("connect"));
	log_set_debug(NULL);
	ck_assert(!vmq_log_wants_debug("conn"));
	log_set_level(VMQ_LOG_DEBUG);
	ck_assert(vmq_log_wants_debug("anything"));
}
END_TEST

START_TEST(a_line_is_one_line_whatever_a_client_is_called)
{
	g_setenv("JOURNAL_STREAM", "8:1", TRUE);
	begin();
	vmq_info("a", "client=%s", "x\n<3>forged: \x1b[2J\x7f");
	ck_assert_str_eq(end(), "<6>a: client=x?<3>forged: ?[2J?\n");
}
END_TEST

START_TEST(a_line_that_is_too_long_is_cut_and_still_ends)
{
	g_autofree char *many = g_strnfill(10000, 'x');

	begin();
	vmq_info("a", "%s", many);
	const char *line = end();

	ck_assert_uint_eq(strlen(line), 2048);
	ck_assert_ptr_eq(strchr(line, '\n'), line + 2047);
}
END_TEST

START_TEST(a_gate_lets_one_pass_and_counts_the_others)
{
	VmqLogGate gate = {0};
	unsigned   held = 9;

	ck_assert(vmq_log_gate(&gate, 3600000, &held));
	ck_assert_uint_eq(held, 0);
	for (unsigned i = 0; i < 5; i++)
		ck_assert(!vmq_log_gate(&gate, 3600000, &held));
	gate.next_us = 0; /* the interval is over */
	ck_assert(vmq_log_gate(&gate, 3600000, &held));
	ck_assert_uint_eq(held, 5);
}
END_TEST

UNIT_MAIN("log", a_line_has_its_time_its_level_and_its_area,
          under_systemd_a_line_has_a_priority_instead, lines_below_the_level_are_not_written,
          debug_lines_are_chosen_by_area, a_line_is_one_line_whatever_a_client_is_called,
          a_line_that_is_too_long_is_cut_and_still_ends, a_gate_lets_one_pass_and_counts_the_others)
