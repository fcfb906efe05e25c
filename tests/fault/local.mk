# SPDX-License-Identifier: BSD-2-Clause
noinst_PROGRAMS += %D%/writer
%C%_writer_SOURCES = %D%/writer.c

noinst_PROGRAMS += %D%/silent_mount
%C%_silent_mount_SOURCES = %D%/silent_mount.c tests/fake/fuse_silent.c tests/fake/fuse_silent.h
%C%_silent_mount_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fake

dist_check_SCRIPTS += %D%/crash.sh %D%/guests.sh
EXTRA_DIST += %D%/table.sh

# The whole campaign, minutes long: one table.
.PHONY: fault
fault: all $(check_LTLIBRARIES)
	$(AM_V_at)top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
		$(SHELL) $(top_srcdir)/tests/fault/table.sh
