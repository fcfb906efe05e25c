# SPDX-License-Identifier: BSD-2-Clause
plugin_LTLIBRARIES += %D%/watch_queue.la
watch_queue_sources = %D%/watch_queue.c %D%/files.c %D%/files.h %D%/names.c %D%/names.h \
	%D%/stage.c %D%/stage.h %D%/visible.c %D%/visible.h %D%/watches.c %D%/watches.h
%C%_watch_queue_la_SOURCES = $(watch_queue_sources)
%C%_watch_queue_la_CPPFLAGS = $(plugin_cppflags)
%C%_watch_queue_la_CFLAGS = $(HM_CFLAGS)
%C%_watch_queue_la_LDFLAGS = $(plugin_ldflags)
EXTRA_DIST += %D%/watch_queue.md

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/plugins/test_watch_queue
tests_unit_plugins_test_watch_queue_SOURCES = tests/unit/plugins/test_watch_queue.c \
	$(watch_queue_sources)
tests_unit_plugins_test_watch_queue_CPPFLAGS = $(fake_host_cppflags) \
	-I$(top_srcdir)/plugins/watch_queue
tests_unit_plugins_test_watch_queue_LDADD = $(fake_host_libs)
endif
