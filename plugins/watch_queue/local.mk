# SPDX-License-Identifier: BSD-2-Clause
plugin_LTLIBRARIES += %D%/watch_queue.la
watch_queue_sources = %D%/watch_queue.c %D%/content.c %D%/content.h %D%/counting.c %D%/counting.h %D%/facts.c %D%/facts.h %D%/files.c %D%/files.h \
	%D%/lines.c %D%/lines.h \
	%D%/names.c %D%/names.h %D%/options.c %D%/options.h %D%/pass.c %D%/pending.c %D%/pending.h %D%/queue.h \
	%D%/say.c %D%/say.h %D%/stage.c %D%/stage.h %D%/stage_internal.h %D%/visible.c %D%/visible.h \
	%D%/watches.c %D%/watches.h plugins/shared/fixed_time.c plugins/shared/fixed_time.h
%C%_watch_queue_la_SOURCES = $(watch_queue_sources)
%C%_watch_queue_la_CPPFLAGS = $(plugin_cppflags) -I$(top_srcdir)/plugins
%C%_watch_queue_la_CFLAGS = $(HM_CFLAGS)
%C%_watch_queue_la_LDFLAGS = $(plugin_ldflags)
EXTRA_DIST += %D%/watch_queue.md

if HAVE_CMOCKA
check_LIBRARIES += %D%/libqueue.a
%C%_libqueue_a_SOURCES = $(watch_queue_sources) tests/unit/plugins/queue_fixture.c \
	tests/unit/plugins/queue_fixture.h
%C%_libqueue_a_CPPFLAGS = $(fake_host_cppflags) -I$(top_srcdir)/plugins
queue_test_cppflags = $(fake_host_cppflags) -I$(top_srcdir)/plugins -I$(top_srcdir)/plugins/watch_queue
queue_test_libs = %D%/libqueue.a $(fake_host_libs)

check_PROGRAMS += tests/unit/plugins/test_watch_queue
tests_unit_plugins_test_watch_queue_SOURCES = tests/unit/plugins/test_watch_queue.c
tests_unit_plugins_test_watch_queue_CPPFLAGS = $(queue_test_cppflags)
tests_unit_plugins_test_watch_queue_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/plugins/test_watch_queue_rules
tests_unit_plugins_test_watch_queue_rules_SOURCES = tests/unit/plugins/test_watch_queue_rules.c
tests_unit_plugins_test_watch_queue_rules_CPPFLAGS = $(queue_test_cppflags)
tests_unit_plugins_test_watch_queue_rules_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/plugins/test_watch_queue_records
tests_unit_plugins_test_watch_queue_records_SOURCES = tests/unit/plugins/test_watch_queue_records.c
tests_unit_plugins_test_watch_queue_records_CPPFLAGS = $(queue_test_cppflags)
tests_unit_plugins_test_watch_queue_records_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/plugins/test_watch_queue_failures
tests_unit_plugins_test_watch_queue_failures_SOURCES = \
	tests/unit/plugins/test_watch_queue_failures.c $(fuse_folder_sources)
tests_unit_plugins_test_watch_queue_failures_CPPFLAGS = $(queue_test_cppflags)
tests_unit_plugins_test_watch_queue_failures_LDADD = $(queue_test_libs)
endif
