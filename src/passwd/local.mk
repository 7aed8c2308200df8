# src/passwd: vibemq-passwd, a program of its own; it shares SCRAM and SASLprep with the plugin that reads the file
bin_PROGRAMS += vibemq-passwd
vibemq_passwd_SOURCES = \
	src/passwd/main.c src/passwd/prompt.c src/passwd/prompt.h \
	src/passwd/scheme.c src/passwd/scheme.h \
	src/passwd/userfile.c src/passwd/userfile.h
vibemq_passwd_CFLAGS = $(AM_CFLAGS) $(XCRYPT_CFLAGS) -I$(top_srcdir)/plugins/auth
vibemq_passwd_LDADD = libauth.la $(GLIB_LIBS) $(CRYPTO_LIBS) $(XCRYPT_LIBS)

dist_man_MANS += src/passwd/vibemq-passwd.1
dist_check_SCRIPTS += tests/passwd/vibemq-passwd.py
