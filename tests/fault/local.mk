# SPDX-License-Identifier: BSD-2-Clause
noinst_PROGRAMS += %D%/writer
%C%_writer_SOURCES = %D%/writer.c

noinst_PROGRAMS += %D%/silent_mount
%C%_silent_mount_SOURCES = %D%/silent_mount.c tests/fake/fuse_silent.c tests/fake/fuse_silent.h
%C%_silent_mount_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fake

check_LTLIBRARIES += %D%/powercut.la
%C%_powercut_la_SOURCES = %D%/powercut.c
%C%_powercut_la_CPPFLAGS = -D_GNU_SOURCE
%C%_powercut_la_CFLAGS = $(HM_CFLAGS)
%C%_powercut_la_LDFLAGS = -module -avoid-version -shared -rpath /nonexistent
%C%_powercut_la_LIBADD = -ldl

check_LTLIBRARIES += %D%/point.la
%C%_point_la_SOURCES = %D%/point.c
%C%_point_la_CPPFLAGS = -D_GNU_SOURCE
%C%_point_la_CFLAGS = $(HM_CFLAGS)
%C%_point_la_LDFLAGS = -module -avoid-version -shared -rpath /nonexistent
%C%_point_la_LIBADD = -ldl

dist_check_SCRIPTS += %D%/crash.sh %D%/guests.sh %D%/points.sh %D%/power.sh
EXTRA_DIST += %D%/table.sh

# The whole campaign, minutes long: one table.
.PHONY: fault
fault: all $(check_LTLIBRARIES)
	$(AM_V_at)top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
		$(SHELL) $(top_srcdir)/tests/fault/table.sh
