# src: floor 5, the daemon itself
sbin_PROGRAMS += vibemqd
noinst_LTLIBRARIES += libsettings.la
libsettings_la_SOURCES = src/cmdline.c src/cmdline.h src/settings.c src/settings.h
libsettings_la_LIBADD = libconf.la libmqtt.la libbase.la $(GLIB_LIBS)
vibemqd_SOURCES = src/broker.c src/broker.h src/main.c src/notify.c src/notify.h src/plugin.c \
	src/plugin.h src/plugin_api.c
# Plugins call what the daemon itself may not, so every object goes in, not only those it needs: the
# objects themselves, where an archive would be searched.
vibemqd_LDADD = $(libsettings_la_OBJECTS) $(libnet_la_OBJECTS) $(libcore_la_OBJECTS) \
	$(librun_la_OBJECTS) $(libmqtt_la_OBJECTS) $(libconf_la_OBJECTS) $(libbase_la_OBJECTS) \
	$(YAML_LIBS) $(GLIB_LIBS)
vibemqd_LDFLAGS = $(AM_LDFLAGS) -Wl,--export-dynamic

if HAVE_CHECK
SETTINGS_TEST_LIBS = libsettings.la libconf.la libmqtt.la libbase.la $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test-cmdline tests/unit/test-settings
tests_unit_test_cmdline_SOURCES = tests/unit/test-cmdline.c
tests_unit_test_cmdline_LDADD = $(SETTINGS_TEST_LIBS)
tests_unit_test_cmdline_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_settings_SOURCES = tests/unit/test-settings.c
tests_unit_test_settings_LDADD = $(SETTINGS_TEST_LIBS)
tests_unit_test_settings_CFLAGS = $(UNIT_CFLAGS)
endif

check_PROGRAMS += tests/fuzz/fuzz-yaml
tests_fuzz_fuzz_yaml_SOURCES = tests/fuzz/fuzz-yaml.c $(FUZZ_MAIN)
tests_fuzz_fuzz_yaml_LDADD = libsettings.la libconf.la libmqtt.la libbase.la $(GLIB_LIBS)
tests_fuzz_fuzz_yaml_LDFLAGS = $(FUZZ_LINKING)
