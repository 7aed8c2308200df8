# tests/unit: one program per noun, listed by the floor that it tests
UNIT_CFLAGS = $(AM_CFLAGS) $(NO_LTO) $(CHECK_CFLAGS) -I$(top_srcdir)/tests -I$(top_srcdir)/tests/unit
UNIT_LIBS = $(GLIB_LIBS) $(CHECK_LIBS)
EXTRA_DIST += tests/unit/house.h
EXTRA_DIST += tests/unit/messages.h
EXTRA_DIST += tests/unit/routes.h
EXTRA_DIST += tests/unit/turn.h
EXTRA_DIST += tests/unit/unit.h
