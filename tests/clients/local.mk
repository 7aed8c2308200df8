# tests/clients: clients of other makes; each is skipped, with the reason, where it is not installed
EXTRA_DIST += tests/clients/paho-python.py

dist_check_SCRIPTS += tests/clients/with_mosquitto.py
dist_check_SCRIPTS += tests/clients/with_paho.py

# What with_paho.py runs; it is no test by itself.
if HAVE_PAHO
check_DATA += tests/clients/paho-c$(EXEEXT)
EXTRA_PROGRAMS += tests/clients/paho-c
tests_clients_paho_c_SOURCES = tests/clients/paho-c.c
tests_clients_paho_c_LDADD = $(GLIB_LIBS) $(PAHO_LIBS)
endif
