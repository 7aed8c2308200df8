# src/run: floor 2, threads; knows no MQTT; the only place with threads and locks
noinst_LTLIBRARIES += librun.la
librun_la_SOURCES = src/run/agenda.c src/run/agenda.h src/run/brlock.c src/run/brlock.h \
	src/run/crew.c src/run/crew.h src/run/governor.c src/run/governor.h src/run/loop.c \
	src/run/mailbox.c src/run/mailbox.h src/run/offload.c src/run/offload.h src/run/permits.c \
	src/run/permits.h src/run/slots.c src/run/slots.h src/run/tally.c src/run/tally.h \
	src/run/timer.c src/run/timer.h src/run/worker.c src/run/worker.h
librun_la_LIBADD = libbase.la $(GLIB_LIBS)

if HAVE_CHECK
RUN_TEST_LIBS = librun.la $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test-agenda tests/unit/test-brlock tests/unit/test-governor \
	tests/unit/test-loop tests/unit/test-mailbox tests/unit/test-offload \
	tests/unit/test-permits tests/unit/test-slots tests/unit/test-tally tests/unit/test-timer \
	tests/unit/test-worker tests/unit/test-worker-turns
tests_unit_test_agenda_SOURCES = tests/unit/test-agenda.c
tests_unit_test_agenda_LDADD = $(RUN_TEST_LIBS)
tests_unit_test_agenda_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_brlock_SOURCES = tests/unit/test-brlock.c
tests_unit_test_brlock_LDADD = $(RUN_TEST_LIBS)
tests_unit_test_brlock_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_governor_SOURCES = tests/unit/test-governor.c
tests_unit_test_governor_LDADD = $(RUN_TEST_LIBS)
tests_unit_test_governor_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_loop_SOURCES = tests/unit/test-loop.c tests/fake/clock.c tests/fake/clock.h tests/unit/turn.h
tests_unit_test_loop_LDADD = $(RUN_TEST_LIBS)
tests_unit_test_loop_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_mailbox_SOURCES = tests/unit/test-mailbox.c
tests_unit_test_mailbox_LDADD = $(RUN_TEST_LIBS)
tests_unit_test_mailbox_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_offload_SOURCES = tests/unit/test-offload.c tests/unit/turn.h
tests_unit_test_offload_LDADD = $(RUN_TEST_LIBS)
tests_unit_test_offload_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_permits_SOURCES = tests/unit/test-permits.c
tests_unit_test_permits_LDADD = $(RUN_TEST_LIBS)
tests_unit_test_permits_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_slots_SOURCES = tests/unit/test-slots.c
tests_unit_test_slots_LDADD = $(RUN_TEST_LIBS)
tests_unit_test_slots_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_tally_SOURCES = tests/unit/test-tally.c
tests_unit_test_tally_LDADD = $(RUN_TEST_LIBS)
tests_unit_test_tally_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_timer_SOURCES = tests/unit/test-timer.c
tests_unit_test_timer_LDADD = $(RUN_TEST_LIBS)
tests_unit_test_timer_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_worker_SOURCES = tests/unit/test-worker.c tests/fake/clock.c tests/fake/clock.h tests/unit/turn.h
tests_unit_test_worker_LDADD = $(RUN_TEST_LIBS)
tests_unit_test_worker_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_worker_turns_SOURCES = tests/unit/test-worker-turns.c tests/fake/clock.c tests/fake/clock.h \
	tests/unit/turn.h
tests_unit_test_worker_turns_LDADD = $(RUN_TEST_LIBS)
tests_unit_test_worker_turns_CFLAGS = $(UNIT_CFLAGS)
endif
