# SPDX-License-Identifier: BSD-2-Clause
plugin_LTLIBRARIES += %D%/channel_syslog.la
%C%_channel_syslog_la_SOURCES = %D%/syslog.c %D%/encode.c %D%/encode.h %D%/message.c \
	%D%/message.h %D%/target.c %D%/target.h
%C%_channel_syslog_la_CPPFLAGS = $(plugin_cppflags)
%C%_channel_syslog_la_CFLAGS = $(HM_CFLAGS)
%C%_channel_syslog_la_LDFLAGS = $(plugin_ldflags)
EXTRA_DIST += %D%/channel_syslog.md

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/plugins/test_channel_syslog_encode
tests_unit_plugins_test_channel_syslog_encode_SOURCES = \
	tests/unit/plugins/test_channel_syslog_encode.c tests/unit/plugins/syslog_parse.c \
	tests/unit/plugins/syslog_parse.h %D%/encode.c
tests_unit_plugins_test_channel_syslog_encode_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/plugins
tests_unit_plugins_test_channel_syslog_encode_LDADD = $(base_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/plugins/test_channel_syslog
tests_unit_plugins_test_channel_syslog_SOURCES = tests/unit/plugins/test_channel_syslog.c \
	tests/unit/plugins/syslog_parse.c tests/unit/plugins/syslog_parse.h %D%/syslog.c %D%/encode.c \
	%D%/message.c %D%/target.c
tests_unit_plugins_test_channel_syslog_CPPFLAGS = $(fake_host_cppflags)
tests_unit_plugins_test_channel_syslog_LDADD = $(fake_host_libs)

check_PROGRAMS += tests/unit/plugins/test_channel_syslog_rsyslogd
tests_unit_plugins_test_channel_syslog_rsyslogd_SOURCES = \
	tests/unit/plugins/test_channel_syslog_rsyslogd.c %D%/syslog.c %D%/encode.c %D%/message.c \
	%D%/target.c
tests_unit_plugins_test_channel_syslog_rsyslogd_CPPFLAGS = $(fake_host_cppflags)
tests_unit_plugins_test_channel_syslog_rsyslogd_LDADD = $(fake_host_libs)
endif
