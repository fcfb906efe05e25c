# SPDX-License-Identifier: BSD-2-Clause
shared_snmp_sources = plugins/shared/complain.h plugins/shared/snmp_library.c \
	plugins/shared/snmp_library.h plugins/shared/snmp_user.c plugins/shared/snmp_user.h
channel_snmp_sources = %D%/channel_snmp.c %D%/library.c %D%/library.h %D%/notice.c %D%/notice.h \
	%D%/settings.c %D%/settings.h %D%/slots.c %D%/slots.h %D%/target.c %D%/target.h \
	%D%/report.c %D%/report.h %D%/session.c %D%/session.h $(shared_snmp_sources) \
	plugins/shared/resolve.c plugins/shared/resolve.h
channel_snmp_cppflags = $(plugin_cppflags) -I$(top_srcdir)/plugins -DMIB_ROOT=$(ENTERPRISE_ARCS)
plugin_LTLIBRARIES += %D%/channel_snmp.la
%C%_channel_snmp_la_SOURCES = $(channel_snmp_sources)
%C%_channel_snmp_la_CPPFLAGS = $(channel_snmp_cppflags)
%C%_channel_snmp_la_CFLAGS = $(HM_CFLAGS) $(NETSNMP_CFLAGS)
%C%_channel_snmp_la_LDFLAGS = $(plugin_ldflags)
%C%_channel_snmp_la_LIBADD = $(NETSNMP_LIBS)
EXTRA_DIST += %D%/channel_snmp.md

if HAVE_CMOCKA
channel_snmp_test_cppflags = $(fake_host_cppflags) $(channel_snmp_cppflags) -I$(top_srcdir)/plugins/channel_snmp

check_PROGRAMS += tests/unit/plugins/test_channel_snmp
tests_unit_plugins_test_channel_snmp_SOURCES = tests/unit/plugins/test_channel_snmp.c \
	$(channel_snmp_sources)
tests_unit_plugins_test_channel_snmp_CPPFLAGS = $(channel_snmp_test_cppflags)
tests_unit_plugins_test_channel_snmp_CFLAGS = $(AM_CFLAGS) $(NETSNMP_CFLAGS)
tests_unit_plugins_test_channel_snmp_LDADD = $(fake_host_libs) $(NETSNMP_LIBS)

check_PROGRAMS += tests/unit/plugins/test_channel_snmp_answers
tests_unit_plugins_test_channel_snmp_answers_SOURCES = \
	tests/unit/plugins/test_channel_snmp_answers.c $(channel_snmp_sources)
tests_unit_plugins_test_channel_snmp_answers_CPPFLAGS = $(channel_snmp_test_cppflags)
tests_unit_plugins_test_channel_snmp_answers_CFLAGS = $(AM_CFLAGS) $(NETSNMP_CFLAGS)
tests_unit_plugins_test_channel_snmp_answers_LDADD = $(fake_host_libs) $(NETSNMP_LIBS)

check_PROGRAMS += tests/unit/plugins/test_channel_snmp_snmptrapd
tests_unit_plugins_test_channel_snmp_snmptrapd_SOURCES = \
	tests/unit/plugins/test_channel_snmp_snmptrapd.c tests/unit/plugins/snmp_peer.c \
	tests/unit/plugins/snmp_peer.h $(channel_snmp_sources)
tests_unit_plugins_test_channel_snmp_snmptrapd_CPPFLAGS = $(channel_snmp_test_cppflags)
tests_unit_plugins_test_channel_snmp_snmptrapd_CFLAGS = $(AM_CFLAGS) $(NETSNMP_CFLAGS)
tests_unit_plugins_test_channel_snmp_snmptrapd_LDADD = $(fake_host_libs) $(NETSNMP_LIBS)
endif
