# src/net: floor 4, connections
noinst_LTLIBRARIES += libnet.la
libnet_la_SOURCES = src/net/acceptor.c src/net/acceptor.h src/net/address.c src/net/address.h \
	src/net/authenticate.c src/net/conn.c src/net/conn.h src/net/conn_answer.c src/net/conn_in.c \
	src/net/conn_out.c src/net/conn_priv.h src/net/connect.c src/net/door.c src/net/door.h \
	src/net/greeting.c src/net/greeting.h src/net/listener.c src/net/listener.h src/net/mount.c \
	src/net/mount.h src/net/stream.c src/net/stream.h
libnet_la_LIBADD = libcore.la $(GLIB_LIBS)

if HAVE_CHECK
NET_TEST_LIBS = libnet.la $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test-acceptor tests/unit/test-address tests/unit/test-greeting \
	tests/unit/test-stream
tests_unit_test_acceptor_SOURCES = tests/unit/test-acceptor.c tests/unit/turn.h
tests_unit_test_acceptor_LDADD = $(NET_TEST_LIBS)
tests_unit_test_acceptor_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_address_SOURCES = tests/unit/test-address.c
tests_unit_test_address_LDADD = $(NET_TEST_LIBS)
tests_unit_test_address_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_greeting_SOURCES = tests/unit/test-greeting.c tests/unit/house.h tests/unit/messages.h tests/unit/turn.h
tests_unit_test_greeting_LDADD = $(NET_TEST_LIBS)
tests_unit_test_greeting_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_stream_SOURCES = tests/unit/test-stream.c tests/unit/turn.h
tests_unit_test_stream_LDADD = $(NET_TEST_LIBS)
tests_unit_test_stream_CFLAGS = $(UNIT_CFLAGS)
endif
