# tests/perf: what one operation costs, in instructions
#
# Optimised across files, unlike the other tests: it is what vibemqd is made of that is to be counted.
check_PROGRAMS += tests/perf/micro
tests_perf_micro_SOURCES = tests/perf/micro.c tests/perf/micro.h tests/perf/micro_cluster.c \
	tests/perf/micro_core.c tests/perf/micro_mqtt.c tests/unit/house.h tests/unit/messages.h \
	tests/unit/simulation.c tests/unit/simulation.h tests/unit/turn.h
tests_perf_micro_CFLAGS = $(AM_CFLAGS) -I$(top_srcdir)/tests -I$(top_srcdir)/tests/unit \
	-I$(top_srcdir)/plugins/cluster
tests_perf_micro_LDADD = libcore.la libengines.la $(GLIB_LIBS)

dist_check_SCRIPTS += tests/perf/counting.py
dist_check_SCRIPTS += tests/perf/flames.py
EXTRA_DIST += tests/perf/__init__.py
EXTRA_DIST += tests/perf/flame-fan-out.svg
EXTRA_DIST += tests/perf/flame-pairs.svg
EXTRA_DIST += tests/perf/flamegraph.py
EXTRA_DIST += tests/perf/instructions.py
EXTRA_DIST += tests/perf/recorded.txt
EXTRA_DIST += tests/perf/stacks.py
