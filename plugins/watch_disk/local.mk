# SPDX-License-Identifier: BSD-2-Clause
plugin_LTLIBRARIES += %D%/watch_disk.la
watch_disk_sources = %D%/watch_disk.c %D%/mounts.c %D%/mounts.h %D%/trend.c %D%/trend.h \
	plugins/shared/instances.c plugins/shared/instances.h
%C%_watch_disk_la_SOURCES = $(watch_disk_sources)
%C%_watch_disk_la_CPPFLAGS = $(plugin_cppflags) -I$(top_srcdir)/plugins
%C%_watch_disk_la_CFLAGS = $(HM_CFLAGS)
%C%_watch_disk_la_LDFLAGS = $(plugin_ldflags)
EXTRA_DIST += %D%/watch_disk.md
dist_check_SCRIPTS += tests/system/disk.sh

if HAVE_CMOCKA
disk_test_sources = tests/unit/plugins/disk_fixture.c tests/unit/plugins/disk_fixture.h \
	$(watch_disk_sources)
disk_test_cppflags = $(fake_host_cppflags) -I$(top_srcdir)/plugins -I$(top_srcdir)/plugins/watch_disk
check_PROGRAMS += tests/unit/plugins/test_watch_disk
tests_unit_plugins_test_watch_disk_SOURCES = tests/unit/plugins/test_watch_disk.c \
	$(disk_test_sources)
tests_unit_plugins_test_watch_disk_CPPFLAGS = $(disk_test_cppflags)
tests_unit_plugins_test_watch_disk_LDADD = $(fake_host_libs) -lm

check_PROGRAMS += tests/unit/plugins/test_watch_disk_table
tests_unit_plugins_test_watch_disk_table_SOURCES = tests/unit/plugins/test_watch_disk_table.c \
	$(disk_test_sources)
tests_unit_plugins_test_watch_disk_table_CPPFLAGS = $(disk_test_cppflags)
tests_unit_plugins_test_watch_disk_table_LDADD = $(fake_host_libs) -lm
endif
