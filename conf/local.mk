# SPDX-License-Identifier: BSD-2-Clause
sysusersdir = $(prefix)/lib/sysusers.d
confdocdir = $(docdir)/examples
nodist_systemdsystemunit_DATA = conf/systemd/hashimori.service
dist_confdoc_DATA = conf/hashimori.conf.example conf/minimal.conf conf/systemd/adm.conf conf/systemd/jit.conf conf/systemd/read-all.conf conf/snmpd.conf
dist_profile_DATA = conf/profiles/integration-log.conf conf/profiles/java-stack-trace.conf conf/profiles/scheduler-log.conf \
	conf/profiles/transfer-history.conf conf/profiles/transfer-trace.conf
EXTRA_DIST += conf/systemd/hashimori.service.in conf/sysusers.conf
CLEANFILES += conf/systemd/hashimori.service

conf/systemd/hashimori.service: conf/systemd/hashimori.service.in config.status
	$(AM_V_GEN)$(MKDIR_P) conf/systemd && sed 's,[@]sbindir[@],$(sbindir),' $(srcdir)/conf/systemd/hashimori.service.in >$@

install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)'
	$(INSTALL_DATA) $(srcdir)/conf/sysusers.conf '$(DESTDIR)$(sysusersdir)/hashimori.conf'

uninstall-local:
	rm -f '$(DESTDIR)$(sysusersdir)/hashimori.conf'
