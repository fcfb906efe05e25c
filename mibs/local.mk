# SPDX-License-Identifier: BSD-2-Clause
# The module is installed at the number of --with-enterprise-oid; the source has the default.
mibdir = $(datadir)/snmp/mibs
nodist_mib_DATA = mibs/out/HASHIMORI-MIB.txt
CLEANFILES += mibs/out/HASHIMORI-MIB.txt
EXTRA_DIST += mibs/HASHIMORI-MIB.txt \
	tests/lint/mib-stubs/NET-SNMP-MIB tests/lint/mib-stubs/SNMP-FRAMEWORK-MIB \
	tests/lint/mib-stubs/SNMPv2-CONF tests/lint/mib-stubs/SNMPv2-SMI tests/lint/mib-stubs/SNMPv2-TC
dist_check_SCRIPTS += tests/lint/mib.sh

mibs/out/HASHIMORI-MIB.txt: mibs/HASHIMORI-MIB.txt config.status
	$(AM_V_GEN)$(MKDIR_P) mibs/out; \
	case $(ENTERPRISE_OID) in \
	1.3.6.1.4.1.8072.9999.9999.8847) cat $(srcdir)/mibs/HASHIMORI-MIB.txt >$@ ;; \
	1.3.6.1.4.1.*) \
		arcs=`echo $(ENTERPRISE_OID) | sed 's/^1\.3\.6\.1\.4\.1\.//; s/\./ /g'`; \
		sed -e "s/netSnmpPlaypen 8847/enterprises $$arcs/" -e '/^    netSnmpPlaypen FROM/d' \
			-e 's/^    Counter64, Gauge32,/    enterprises, Counter64, Gauge32,/' \
			-e 's/FROM SNMP-FRAMEWORK-MIB$$/FROM SNMP-FRAMEWORK-MIB;/' \
			$(srcdir)/mibs/HASHIMORI-MIB.txt >$@ ;; \
	*) echo 'HASHIMORI-MIB: --with-enterprise-oid must lie below 1.3.6.1.4.1' >&2; exit 1 ;; \
	esac
