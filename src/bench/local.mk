# src/bench: vibemq-bench, a program of its own; of the house it uses base and mqtt
bin_PROGRAMS += vibemq-bench
noinst_LTLIBRARIES += libbench.la
libbench_la_SOURCES = \
	src/bench/backlog.c src/bench/backlog.h \
	src/bench/catalogue.c src/bench/catalogue.h \
	src/bench/client.c src/bench/client.h \
	src/bench/costs.c src/bench/costs.h \
	src/bench/crowd.c src/bench/crowd.h \
	src/bench/endpoint.c src/bench/endpoint.h \
	src/bench/histogram.c src/bench/histogram.h \
	src/bench/ledger.c src/bench/ledger.h \
	src/bench/loop.c src/bench/loop.h \
	src/bench/payload.c src/bench/payload.h \
	src/bench/plan.c src/bench/plan.h \
	src/bench/progress.c src/bench/progress.h \
	src/bench/publisher.c src/bench/publisher.h \
	src/bench/report.c src/bench/report.h \
	src/bench/result.c src/bench/result.h \
	src/bench/retained.c src/bench/retained.h \
	src/bench/run.c src/bench/run.h \
	src/bench/scan.h \
	src/bench/span.c src/bench/span.h \
	src/bench/storm.c src/bench/storm.h \
	src/bench/subscriber.c src/bench/subscriber.h \
	src/bench/tally.h \
	src/bench/traffic.c src/bench/traffic.h
libbench_la_LIBADD = libmqtt.la libbase.la $(GLIB_LIBS) -lm
vibemq_bench_SOURCES = src/bench/main.c
vibemq_bench_LDADD = libbench.la $(GLIB_LIBS)

dist_man_MANS += src/bench/vibemq-bench.1
dist_check_SCRIPTS += tests/bench/vibemq-bench.py
# What is compared with, below all brokers; it is no test by itself.
check_DATA += tests/bench/floor$(EXEEXT)
EXTRA_PROGRAMS += tests/bench/floor
tests_bench_floor_SOURCES = tests/bench/floor.c tests/bench/floor_conn.c tests/bench/floor_conn.h \
	tests/bench/floor_topics.c tests/bench/floor_topics.h
tests_bench_floor_LDADD = $(GLIB_LIBS)
EXTRA_DIST += tests/bench/broker.py tests/bench/brokers.py tests/bench/compare.py tests/bench/confine.py \
	tests/bench/flame.py tests/bench/machine.py tests/bench/report.py tests/bench/scenarios.py

if HAVE_CHECK
BENCH_TEST_LIBS = libbench.la $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test-catalogue tests/unit/test-histogram tests/unit/test-ledger tests/unit/test-payload \
	tests/unit/test-plan tests/unit/test-scan tests/unit/test-subscriber
tests_unit_test_catalogue_SOURCES = tests/unit/test-catalogue.c
tests_unit_test_catalogue_LDADD = $(BENCH_TEST_LIBS)
tests_unit_test_catalogue_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_histogram_SOURCES = tests/unit/test-histogram.c
tests_unit_test_histogram_LDADD = $(BENCH_TEST_LIBS)
tests_unit_test_histogram_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_ledger_SOURCES = tests/unit/test-ledger.c
tests_unit_test_ledger_LDADD = $(BENCH_TEST_LIBS)
tests_unit_test_ledger_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_payload_SOURCES = tests/unit/test-payload.c
tests_unit_test_payload_LDADD = $(BENCH_TEST_LIBS)
tests_unit_test_payload_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_plan_SOURCES = tests/unit/test-plan.c
tests_unit_test_plan_LDADD = $(BENCH_TEST_LIBS)
tests_unit_test_plan_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_scan_SOURCES = tests/unit/test-scan.c
tests_unit_test_scan_LDADD = $(BENCH_TEST_LIBS)
tests_unit_test_scan_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_subscriber_SOURCES = tests/unit/test-subscriber.c
tests_unit_test_subscriber_LDADD = $(BENCH_TEST_LIBS)
tests_unit_test_subscriber_CFLAGS = $(UNIT_CFLAGS)
endif
