# src/base: floor 1, GLib and libc only
noinst_LTLIBRARIES += libbase.la
libbase_la_SOURCES = src/base/buf.c src/base/buf.h src/base/clock.c src/base/clock.h \
	src/base/cores.c src/base/cores.h src/base/hash.c src/base/hash.h \
	src/base/log.c src/base/log.h src/base/metrics.c src/base/metrics.h \
	src/base/spares.c src/base/spares.h
libbase_la_LIBADD = $(GLIB_LIBS)

if HAVE_CHECK
BASE_TEST_LIBS = libbase.la $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test-buf tests/unit/test-clock tests/unit/test-cores \
	tests/unit/test-hash tests/unit/test-log tests/unit/test-metrics tests/unit/test-spares
tests_unit_test_buf_SOURCES = tests/unit/test-buf.c
tests_unit_test_buf_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_buf_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_clock_SOURCES = tests/unit/test-clock.c
tests_unit_test_clock_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_clock_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_cores_SOURCES = tests/unit/test-cores.c
tests_unit_test_cores_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_cores_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_hash_SOURCES = tests/unit/test-hash.c
tests_unit_test_hash_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_hash_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_log_SOURCES = tests/unit/test-log.c
tests_unit_test_log_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_log_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_metrics_SOURCES = tests/unit/test-metrics.c
tests_unit_test_metrics_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_metrics_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_spares_SOURCES = tests/unit/test-spares.c
tests_unit_test_spares_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_spares_CFLAGS = $(UNIT_CFLAGS)
endif
