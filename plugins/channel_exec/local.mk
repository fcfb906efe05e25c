# SPDX-License-Identifier: BSD-2-Clause
channel_exec_sources = %D%/channel_exec.c plugins/shared/notice_json.c plugins/shared/notice_json.h \
	plugins/shared/visible.c plugins/shared/visible.h
plugin_LTLIBRARIES += %D%/channel_exec.la
%C%_channel_exec_la_SOURCES = $(channel_exec_sources)
%C%_channel_exec_la_CPPFLAGS = $(plugin_cppflags) -I$(top_srcdir)/plugins
%C%_channel_exec_la_CFLAGS = $(HM_CFLAGS) $(JANSSON_CFLAGS)
%C%_channel_exec_la_LDFLAGS = $(plugin_ldflags)
%C%_channel_exec_la_LIBADD = $(JANSSON_LIBS)
EXTRA_DIST += %D%/channel_exec.md

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/plugins/test_channel_exec
tests_unit_plugins_test_channel_exec_SOURCES = tests/unit/plugins/test_channel_exec.c \
	tests/unit/plugins/channel_fixture.h $(channel_exec_sources)
tests_unit_plugins_test_channel_exec_CPPFLAGS = $(fake_host_cppflags) -I$(top_srcdir)/plugins
tests_unit_plugins_test_channel_exec_LDADD = $(fake_host_libs) $(JANSSON_LIBS)
endif
