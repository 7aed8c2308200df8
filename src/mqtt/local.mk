# src/mqtt: floor 2, bytes to packets and back; no sockets, no clock, no state
noinst_LTLIBRARIES += libmqtt.la
libmqtt_la_SOURCES = \
	src/mqtt/decode.c src/mqtt/decode.h \
	src/mqtt/decode_connect.c src/mqtt/decode_parts.h \
	src/mqtt/decode_server.c src/mqtt/decode_subscribe.c \
	src/mqtt/encode.c src/mqtt/encode.h \
	src/mqtt/encode_client.c src/mqtt/encode_parts.h \
	src/mqtt/packet.c src/mqtt/packet.h \
	src/mqtt/property.c src/mqtt/property.h \
	src/mqtt/reader.h \
	src/mqtt/reason.c src/mqtt/reason.h \
	src/mqtt/topic.c src/mqtt/topic.h \
	src/mqtt/utf8.c src/mqtt/utf8.h \
	src/mqtt/writer.h
libmqtt_la_LIBADD = libbase.la

if HAVE_CHECK
check_PROGRAMS += tests/unit/test-decode tests/unit/test-encode tests/unit/test-property tests/unit/test-reason tests/unit/test-topic tests/unit/test-utf8
tests_unit_test_decode_SOURCES = tests/unit/test-decode.c tests/unit/mqtt_text.h
tests_unit_test_decode_LDADD = libmqtt.la $(UNIT_LIBS)
tests_unit_test_decode_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_encode_SOURCES = tests/unit/test-encode.c tests/unit/mqtt_text.h
tests_unit_test_encode_LDADD = libmqtt.la $(UNIT_LIBS)
tests_unit_test_encode_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_property_SOURCES = tests/unit/test-property.c tests/unit/mqtt_text.h
tests_unit_test_property_LDADD = libmqtt.la $(UNIT_LIBS)
tests_unit_test_property_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_reason_SOURCES = tests/unit/test-reason.c
tests_unit_test_reason_LDADD = libmqtt.la $(UNIT_LIBS)
tests_unit_test_reason_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_topic_SOURCES = tests/unit/test-topic.c
tests_unit_test_topic_LDADD = libmqtt.la $(UNIT_LIBS)
tests_unit_test_topic_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_utf8_SOURCES = tests/unit/test-utf8.c
tests_unit_test_utf8_LDADD = libmqtt.la $(UNIT_LIBS)
tests_unit_test_utf8_CFLAGS = $(UNIT_CFLAGS)
endif

check_PROGRAMS += tests/fuzz/fuzz-mqtt tests/fuzz/fuzz-topic
tests_fuzz_fuzz_mqtt_SOURCES = tests/fuzz/fuzz-mqtt.c $(FUZZ_MAIN)
tests_fuzz_fuzz_mqtt_LDADD = libmqtt.la $(GLIB_LIBS)
tests_fuzz_fuzz_mqtt_LDFLAGS = $(FUZZ_LINKING)
tests_fuzz_fuzz_topic_SOURCES = tests/fuzz/fuzz-topic.c $(FUZZ_MAIN)
tests_fuzz_fuzz_topic_LDADD = libmqtt.la $(GLIB_LIBS)
tests_fuzz_fuzz_topic_LDFLAGS = $(FUZZ_LINKING)
