# plugins/cluster: many daemons, one broker
#
# libengines holds what is pure: it gets time, randomness and bytes from outside.
CLUSTER_CFLAGS = $(AM_CFLAGS) $(ZSTD_CFLAGS) $(JSON_CFLAGS)
noinst_LTLIBRARIES += libengines.la
libengines_la_SOURCES = plugins/cluster/cover.c plugins/cluster/cover.h plugins/cluster/datagram.c plugins/cluster/datagram.h \
	plugins/cluster/datagram_write.c plugins/cluster/failure.c plugins/cluster/failure.h \
	plugins/cluster/frame.c plugins/cluster/frame.h plugins/cluster/frame_priv.h \
	plugins/cluster/frame_write.c plugins/cluster/gossip.c \
	plugins/cluster/gossip.h plugins/cluster/node_id.c plugins/cluster/node_id.h \
	plugins/cluster/reader.c plugins/cluster/reader.h \
	plugins/cluster/state.c plugins/cluster/state.h
libengines_la_CFLAGS = $(CLUSTER_CFLAGS)
libengines_la_LIBADD = $(ZSTD_LIBS) $(JSON_LIBS) $(GLIB_LIBS)

plugin_LTLIBRARIES += cluster.la
cluster_la_SOURCES = plugins/cluster/brake.c plugins/cluster/brake.h \
	plugins/cluster/cluster.c plugins/cluster/cluster.h plugins/cluster/interest.c plugins/cluster/interest.h \
	plugins/cluster/link.c plugins/cluster/link.h plugins/cluster/peer.c \
	plugins/cluster/peer.h plugins/cluster/peer_priv.h plugins/cluster/peer_relay.c \
	plugins/cluster/readiness.c plugins/cluster/readiness.h \
	plugins/cluster/seeds.c plugins/cluster/seeds.h plugins/cluster/udp.c plugins/cluster/udp.h
cluster_la_CFLAGS = $(CLUSTER_CFLAGS)
cluster_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version
cluster_la_LIBADD = libengines.la $(GLIB_LIBS)

if HAVE_CHECK
ENGINE_TEST_CFLAGS = $(UNIT_CFLAGS) -I$(top_srcdir)/plugins/cluster
ENGINE_TEST_LIBS = libengines.la $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test-captures tests/unit/test-cover tests/unit/test-datagram \
	tests/unit/test-failure tests/unit/test-frame tests/unit/test-gossip tests/unit/test-node_id tests/unit/test-state
tests_unit_test_captures_SOURCES = tests/unit/test-captures.c tests/unit/wire_text.c tests/unit/wire_text.h
tests_unit_test_captures_LDADD = $(ENGINE_TEST_LIBS)
tests_unit_test_captures_CFLAGS = $(ENGINE_TEST_CFLAGS)
tests_unit_test_cover_SOURCES = tests/unit/test-cover.c
tests_unit_test_cover_LDADD = $(ENGINE_TEST_LIBS)
tests_unit_test_cover_CFLAGS = $(ENGINE_TEST_CFLAGS)
tests_unit_test_datagram_SOURCES = tests/unit/test-datagram.c tests/unit/wire_text.c tests/unit/wire_text.h
tests_unit_test_datagram_LDADD = $(ENGINE_TEST_LIBS)
tests_unit_test_datagram_CFLAGS = $(ENGINE_TEST_CFLAGS)
tests_unit_test_failure_SOURCES = tests/unit/test-failure.c
tests_unit_test_failure_LDADD = $(ENGINE_TEST_LIBS)
tests_unit_test_failure_CFLAGS = $(ENGINE_TEST_CFLAGS)
tests_unit_test_frame_SOURCES = tests/unit/test-frame.c tests/unit/wire_text.c tests/unit/wire_text.h
tests_unit_test_frame_LDADD = $(ENGINE_TEST_LIBS)
tests_unit_test_frame_CFLAGS = $(ENGINE_TEST_CFLAGS)
tests_unit_test_gossip_SOURCES = tests/unit/test-gossip.c tests/unit/simulation.c tests/unit/simulation.h
tests_unit_test_gossip_LDADD = $(ENGINE_TEST_LIBS)
tests_unit_test_gossip_CFLAGS = $(ENGINE_TEST_CFLAGS)
tests_unit_test_node_id_SOURCES = tests/unit/test-node_id.c
tests_unit_test_node_id_LDADD = $(ENGINE_TEST_LIBS)
tests_unit_test_node_id_CFLAGS = $(ENGINE_TEST_CFLAGS)
tests_unit_test_state_SOURCES = tests/unit/test-state.c
tests_unit_test_state_LDADD = $(ENGINE_TEST_LIBS)
tests_unit_test_state_CFLAGS = $(ENGINE_TEST_CFLAGS)
endif
EXTRA_DIST += tests/data

FUZZ_ENGINE_CFLAGS = $(CLUSTER_CFLAGS) -I$(top_srcdir)/plugins/cluster
check_PROGRAMS += tests/fuzz/fuzz-frame tests/fuzz/fuzz-gossip
tests_fuzz_fuzz_frame_SOURCES = tests/fuzz/fuzz-frame.c $(FUZZ_MAIN)
tests_fuzz_fuzz_frame_LDADD = libengines.la $(GLIB_LIBS)
tests_fuzz_fuzz_frame_LDFLAGS = $(FUZZ_LINKING)
tests_fuzz_fuzz_frame_CFLAGS = $(FUZZ_ENGINE_CFLAGS)
tests_fuzz_fuzz_gossip_SOURCES = tests/fuzz/fuzz-gossip.c $(FUZZ_MAIN)
tests_fuzz_fuzz_gossip_LDADD = libengines.la $(GLIB_LIBS)
tests_fuzz_fuzz_gossip_LDFLAGS = $(FUZZ_LINKING)
tests_fuzz_fuzz_gossip_CFLAGS = $(FUZZ_ENGINE_CFLAGS)
