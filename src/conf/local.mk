# src/conf: floor 1 too, the configuration: YAML to a checked tree
noinst_LTLIBRARIES += libconf.la
libconf_la_SOURCES = src/conf/conf.c src/conf/conf.h src/conf/load.c src/conf/nearest.c \
	src/conf/nearest.h src/conf/node.c src/conf/node.h src/conf/value.c src/conf/value.h \
	src/conf/yaml.c src/conf/yaml.h
libconf_la_CFLAGS = $(AM_CFLAGS) $(YAML_CFLAGS)
libconf_la_LIBADD = $(YAML_LIBS) $(GLIB_LIBS)

if HAVE_CHECK
CONF_TEST_LIBS = libconf.la $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test-conf tests/unit/test-load tests/unit/test-nearest tests/unit/test-node \
	tests/unit/test-value tests/unit/test-yaml
tests_unit_test_conf_SOURCES = tests/unit/test-conf.c
tests_unit_test_conf_LDADD = $(CONF_TEST_LIBS)
tests_unit_test_conf_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_load_SOURCES = tests/unit/test-load.c
tests_unit_test_load_LDADD = $(CONF_TEST_LIBS)
tests_unit_test_load_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_nearest_SOURCES = tests/unit/test-nearest.c
tests_unit_test_nearest_LDADD = $(CONF_TEST_LIBS)
tests_unit_test_nearest_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_node_SOURCES = tests/unit/test-node.c
tests_unit_test_node_LDADD = $(CONF_TEST_LIBS)
tests_unit_test_node_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_value_SOURCES = tests/unit/test-value.c
tests_unit_test_value_LDADD = $(CONF_TEST_LIBS)
tests_unit_test_value_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_yaml_SOURCES = tests/unit/test-yaml.c
tests_unit_test_yaml_LDADD = $(CONF_TEST_LIBS)
tests_unit_test_yaml_CFLAGS = $(UNIT_CFLAGS)
endif
