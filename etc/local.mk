# etc: the configuration as shipped, and the unit that starts the daemon with it
dist_conf_DATA = etc/vibemqd.yaml

EXTRA_DIST += etc/vibemqd.service.in
CLEANFILES += etc/vibemqd.service
etc/vibemqd.service: $(top_srcdir)/etc/vibemqd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) etc && \
	sed -e 's|@sbindir[@]|$(sbindir)|' -e 's|@confdir[@]|$(confdir)|' \
		$(top_srcdir)/etc/vibemqd.service.in > $@.tmp && mv $@.tmp $@

if HAVE_SYSTEMD
nodist_systemdsystemunit_DATA = etc/vibemqd.service
endif
AM_DISTCHECK_CONFIGURE_FLAGS = --with-systemdsystemunitdir='$$dc_install_base/lib/systemd/system'

dist_check_SCRIPTS += tests/house/shipped-config.sh
