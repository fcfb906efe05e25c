# SPDX-License-Identifier: BSD-2-Clause
plugin_LTLIBRARIES += %D%/watch_process.la
watch_process_sources = %D%/watch_process.c %D%/criteria.c %D%/criteria.h %D%/figures.c \
	%D%/figures.h %D%/procfs.c %D%/procfs.h %D%/roster.c %D%/roster.h \
	plugins/shared/instances.c plugins/shared/instances.h
%C%_watch_process_la_SOURCES = $(watch_process_sources)
%C%_watch_process_la_CPPFLAGS = $(plugin_cppflags) -I$(top_srcdir)/plugins
%C%_watch_process_la_CFLAGS = $(HM_CFLAGS) $(PCRE2_CFLAGS)
%C%_watch_process_la_LDFLAGS = $(plugin_ldflags)
%C%_watch_process_la_LIBADD = $(PCRE2_LIBS)
EXTRA_DIST += %D%/watch_process.md
# Also of watch_disk and watch_queue.
dist_check_SCRIPTS += tests/system/watch_basics.sh

if HAVE_CMOCKA
process_test_sources = tests/unit/plugins/process_fixture.c tests/unit/plugins/process_fixture.h \
	$(watch_process_sources)
check_PROGRAMS += tests/unit/plugins/test_watch_process
tests_unit_plugins_test_watch_process_SOURCES = tests/unit/plugins/test_watch_process.c \
	$(process_test_sources)
tests_unit_plugins_test_watch_process_CPPFLAGS = $(fake_host_cppflags) \
	-I$(top_srcdir)/plugins
tests_unit_plugins_test_watch_process_LDADD = $(fake_host_libs) $(PCRE2_LIBS)

check_PROGRAMS += tests/unit/plugins/test_watch_process_rights
tests_unit_plugins_test_watch_process_rights_SOURCES = \
	tests/unit/plugins/test_watch_process_rights.c $(process_test_sources) \
	$(fuse_silent_sources)
tests_unit_plugins_test_watch_process_rights_CPPFLAGS = $(fake_host_cppflags) \
	-I$(top_srcdir)/plugins
tests_unit_plugins_test_watch_process_rights_LDADD = $(fake_host_libs) $(PCRE2_LIBS)

check_PROGRAMS += tests/unit/plugins/test_watch_process_scale
tests_unit_plugins_test_watch_process_scale_SOURCES = \
	tests/unit/plugins/test_watch_process_scale.c $(process_test_sources)
tests_unit_plugins_test_watch_process_scale_CPPFLAGS = $(fake_host_cppflags) \
	-I$(top_srcdir)/plugins
tests_unit_plugins_test_watch_process_scale_LDADD = $(fake_host_libs) $(PCRE2_LIBS)
endif
