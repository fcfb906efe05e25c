# SPDX-License-Identifier: BSD-2-Clause
channel_syslog_sources = %D%/syslog.c %D%/connection.c %D%/connection.h %D%/encode.c %D%/encode.h \
	%D%/expiry.c %D%/expiry.h %D%/message.c %D%/message.h %D%/settings.c %D%/settings.h \
	%D%/target.c %D%/target.h %D%/tls.c %D%/tls.h plugins/shared/complain.h \
	plugins/shared/resolve.c plugins/shared/resolve.h
plugin_LTLIBRARIES += %D%/channel_syslog.la
%C%_channel_syslog_la_SOURCES = $(channel_syslog_sources)
%C%_channel_syslog_la_CPPFLAGS = $(plugin_cppflags) -I$(top_srcdir)/plugins
%C%_channel_syslog_la_CFLAGS = $(HM_CFLAGS) $(OPENSSL_CFLAGS)
%C%_channel_syslog_la_LDFLAGS = $(plugin_ldflags)
%C%_channel_syslog_la_LIBADD = $(OPENSSL_LIBS)
EXTRA_DIST += %D%/channel_syslog.md

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/plugins/test_channel_syslog_encode
tests_unit_plugins_test_channel_syslog_encode_SOURCES = \
	tests/unit/plugins/test_channel_syslog_encode.c tests/unit/plugins/syslog_parse.c \
	tests/unit/plugins/syslog_parse.h %D%/encode.c
tests_unit_plugins_test_channel_syslog_encode_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fake -I$(top_srcdir)/plugins
tests_unit_plugins_test_channel_syslog_encode_LDADD = $(base_libs) $(CMOCKA_LIBS)

channel_syslog_test_cppflags = $(fake_host_cppflags) -I$(top_srcdir)/plugins

check_PROGRAMS += tests/unit/plugins/test_channel_syslog
tests_unit_plugins_test_channel_syslog_SOURCES = tests/unit/plugins/test_channel_syslog.c \
	tests/unit/plugins/syslog_parse.c tests/unit/plugins/syslog_parse.h \
	$(channel_fixture_sources) $(channel_syslog_sources)
tests_unit_plugins_test_channel_syslog_CPPFLAGS = $(channel_syslog_test_cppflags)
tests_unit_plugins_test_channel_syslog_CFLAGS = $(AM_CFLAGS) $(OPENSSL_CFLAGS)
tests_unit_plugins_test_channel_syslog_LDADD = $(fake_host_libs) $(OPENSSL_LIBS)

check_PROGRAMS += tests/unit/plugins/test_channel_syslog_rsyslogd
tests_unit_plugins_test_channel_syslog_rsyslogd_SOURCES = \
	tests/unit/plugins/test_channel_syslog_rsyslogd.c $(channel_fixture_sources) \
	$(channel_syslog_sources)
tests_unit_plugins_test_channel_syslog_rsyslogd_CPPFLAGS = $(channel_syslog_test_cppflags)
tests_unit_plugins_test_channel_syslog_rsyslogd_CFLAGS = $(AM_CFLAGS) $(OPENSSL_CFLAGS)
tests_unit_plugins_test_channel_syslog_rsyslogd_LDADD = $(fake_host_libs) $(OPENSSL_LIBS)

EXTRA_DIST += tests/unit/plugins/certificates.sh
check_PROGRAMS += tests/unit/plugins/test_channel_syslog_tls
tests_unit_plugins_test_channel_syslog_tls_SOURCES = tests/unit/plugins/test_channel_syslog_tls.c \
	tests/unit/plugins/snmp_peer.c tests/unit/plugins/snmp_peer.h $(channel_syslog_sources)
tests_unit_plugins_test_channel_syslog_tls_CPPFLAGS = $(channel_syslog_test_cppflags)
tests_unit_plugins_test_channel_syslog_tls_CFLAGS = $(AM_CFLAGS) $(OPENSSL_CFLAGS)
tests_unit_plugins_test_channel_syslog_tls_LDADD = $(fake_host_libs) $(OPENSSL_LIBS)
endif
