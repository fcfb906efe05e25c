# SPDX-License-Identifier: BSD-2-Clause
# Without -lnetsnmpmibs, which pkg-config would add: we use none of its modules and it costs 2 MiB.
face_snmp_libs = -lnetsnmpagent $(NETSNMP_LIBS)
face_snmp_sources = %D%/face_snmp.c %D%/answer.c %D%/answer.h %D%/bridge.c %D%/bridge.h \
	%D%/columns.c %D%/columns.h %D%/options.c %D%/options.h %D%/rows.c %D%/rows.h \
	%D%/standalone.c %D%/standalone.h %D%/subagent.c %D%/subagent.h $(shared_snmp_sources)
face_snmp_cppflags = $(plugin_cppflags) -I$(top_srcdir)/plugins -DMIB_ROOT=$(ENTERPRISE_ARCS) \
	-DMIB_ROOT_TEXT='"$(ENTERPRISE_OID)"'
plugin_LTLIBRARIES += %D%/face_snmp.la
%C%_face_snmp_la_SOURCES = $(face_snmp_sources)
%C%_face_snmp_la_CPPFLAGS = $(face_snmp_cppflags)
%C%_face_snmp_la_CFLAGS = $(HM_CFLAGS) $(NETSNMP_CFLAGS)
%C%_face_snmp_la_LDFLAGS = $(plugin_ldflags)
%C%_face_snmp_la_LIBADD = $(face_snmp_libs)
EXTRA_DIST += %D%/face_snmp.md

if HAVE_CMOCKA
face_snmp_test_cppflags = $(fake_host_cppflags) $(face_snmp_cppflags) -I$(top_srcdir)/plugins/face_snmp
face_snmp_test_sources = tests/unit/plugins/face_snmp_fixture.c \
	tests/unit/plugins/face_snmp_fixture.h tests/unit/plugins/snmp_peer.c \
	tests/unit/plugins/snmp_peer.h $(face_snmp_sources)

check_PROGRAMS += tests/unit/plugins/test_face_snmp_snmpd
tests_unit_plugins_test_face_snmp_snmpd_SOURCES = tests/unit/plugins/test_face_snmp_snmpd.c \
	$(face_snmp_test_sources)
tests_unit_plugins_test_face_snmp_snmpd_CPPFLAGS = $(face_snmp_test_cppflags)
tests_unit_plugins_test_face_snmp_snmpd_CFLAGS = $(AM_CFLAGS) $(NETSNMP_CFLAGS)
tests_unit_plugins_test_face_snmp_snmpd_LDADD = $(fake_host_libs) $(face_snmp_libs)

check_PROGRAMS += tests/unit/plugins/test_face_snmp_standalone
tests_unit_plugins_test_face_snmp_standalone_SOURCES = \
	tests/unit/plugins/test_face_snmp_standalone.c $(face_snmp_test_sources)
tests_unit_plugins_test_face_snmp_standalone_CPPFLAGS = $(face_snmp_test_cppflags)
tests_unit_plugins_test_face_snmp_standalone_CFLAGS = $(AM_CFLAGS) $(NETSNMP_CFLAGS)
tests_unit_plugins_test_face_snmp_standalone_LDADD = $(fake_host_libs) $(face_snmp_libs)
endif
