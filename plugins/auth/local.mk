# plugins/auth: users from a password file, rights from a file of roles; <vibemq/*.h> only
AUTH_CFLAGS = $(AM_CFLAGS) -D_GNU_SOURCE $(CRYPTO_CFLAGS) $(XCRYPT_CFLAGS)
AUTH_LIBS = $(GLIB_LIBS) $(CRYPTO_LIBS) $(XCRYPT_LIBS)

noinst_LTLIBRARIES += libauth.la
libauth_la_SOURCES = \
	plugins/auth/acl.c plugins/auth/acl.h plugins/auth/base64.c plugins/auth/base64.h \
	plugins/auth/exchange.c plugins/auth/exchange.h plugins/auth/filter.c plugins/auth/filter.h \
	plugins/auth/hash.c plugins/auth/hash.h plugins/auth/passwd.c plugins/auth/passwd.h \
	plugins/auth/prep.c plugins/auth/prep.h plugins/auth/rules.c plugins/auth/rules.h \
	plugins/auth/scram.c plugins/auth/scram.h
libauth_la_CFLAGS = $(AUTH_CFLAGS)

# What it calls of the broker's is found when the broker loads it.
plugin_LTLIBRARIES += auth.la
auth_la_SOURCES = plugins/auth/auth.c
auth_la_CFLAGS = $(AUTH_CFLAGS)
auth_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version
auth_la_LIBADD = libauth.la $(AUTH_LIBS)

dist_man_MANS += plugins/auth/vibemq-auth.7
dist_examples_DATA += plugins/auth/acl.yaml

if HAVE_CHECK
# The broker's functions are in the broker; the tests bring small ones of their own.
AUTH_FAKES = tests/fake/conf.c tests/fake/plugin-host.c tests/fake/plugin-host.h
AUTH_TEST_CFLAGS = $(UNIT_CFLAGS) -D_GNU_SOURCE $(CRYPTO_CFLAGS) $(XCRYPT_CFLAGS) $(YAML_CFLAGS) \
	-I$(top_srcdir)/plugins/auth -I$(top_srcdir)/tests
AUTH_TEST_LIBS = libauth.la $(UNIT_LIBS) $(AUTH_LIBS) $(YAML_LIBS)

check_PROGRAMS += tests/unit/test-auth tests/unit/test-auth-acl tests/unit/test-auth-filter \
	tests/unit/test-auth-hash tests/unit/test-auth-passwd tests/unit/test-auth-prep \
	tests/unit/test-auth-scram
tests_unit_test_auth_SOURCES = tests/unit/test-auth.c plugins/auth/auth.c $(AUTH_FAKES)
tests_unit_test_auth_LDADD = $(AUTH_TEST_LIBS)
tests_unit_test_auth_CFLAGS = $(AUTH_TEST_CFLAGS)
tests_unit_test_auth_acl_SOURCES = tests/unit/test-auth-acl.c $(AUTH_FAKES)
tests_unit_test_auth_acl_LDADD = $(AUTH_TEST_LIBS)
tests_unit_test_auth_acl_CFLAGS = $(AUTH_TEST_CFLAGS)
tests_unit_test_auth_filter_SOURCES = tests/unit/test-auth-filter.c $(AUTH_FAKES)
tests_unit_test_auth_filter_LDADD = $(AUTH_TEST_LIBS)
tests_unit_test_auth_filter_CFLAGS = $(AUTH_TEST_CFLAGS)
tests_unit_test_auth_hash_SOURCES = tests/unit/test-auth-hash.c
tests_unit_test_auth_hash_LDADD = $(AUTH_TEST_LIBS)
tests_unit_test_auth_hash_CFLAGS = $(AUTH_TEST_CFLAGS)
tests_unit_test_auth_passwd_SOURCES = tests/unit/test-auth-passwd.c
tests_unit_test_auth_passwd_LDADD = $(AUTH_TEST_LIBS)
tests_unit_test_auth_passwd_CFLAGS = $(AUTH_TEST_CFLAGS)
tests_unit_test_auth_prep_SOURCES = tests/unit/test-auth-prep.c
tests_unit_test_auth_prep_LDADD = $(AUTH_TEST_LIBS)
tests_unit_test_auth_prep_CFLAGS = $(AUTH_TEST_CFLAGS)
tests_unit_test_auth_scram_SOURCES = tests/unit/test-auth-scram.c
tests_unit_test_auth_scram_LDADD = $(AUTH_TEST_LIBS)
tests_unit_test_auth_scram_CFLAGS = $(AUTH_TEST_CFLAGS)
endif

check_PROGRAMS += tests/fuzz/fuzz-passwd tests/fuzz/fuzz-scram
tests_fuzz_fuzz_passwd_SOURCES = tests/fuzz/fuzz-passwd.c $(FUZZ_MAIN)
tests_fuzz_fuzz_passwd_LDADD = libauth.la $(AUTH_LIBS)
tests_fuzz_fuzz_passwd_LDFLAGS = $(FUZZ_LINKING)
tests_fuzz_fuzz_passwd_CFLAGS = $(AUTH_CFLAGS) -I$(top_srcdir)/plugins/auth
tests_fuzz_fuzz_scram_SOURCES = tests/fuzz/fuzz-scram.c $(FUZZ_MAIN)
tests_fuzz_fuzz_scram_LDADD = libauth.la $(AUTH_LIBS)
tests_fuzz_fuzz_scram_LDFLAGS = $(FUZZ_LINKING)
tests_fuzz_fuzz_scram_CFLAGS = $(AUTH_CFLAGS) -I$(top_srcdir)/plugins/auth
