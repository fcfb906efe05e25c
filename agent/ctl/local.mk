# SPDX-License-Identifier: BSD-2-Clause
bin_PROGRAMS += %D%/hashimori
%C%_hashimori_SOURCES = %D%/client.c %D%/client.h %D%/config.c %D%/ctl.h %D%/doctor.c %D%/help.c \
	%D%/ledger.c %D%/ledger.h %D%/ledger_copy.c %D%/ledger_file.c %D%/local_settings.c %D%/local_settings.h %D%/log_found.c %D%/log_found.h %D%/log_test.c \
	%D%/main.c %D%/plan.c %D%/plugin.c %D%/print.c %D%/print.h %D%/replay.c %D%/scaffold.c %D%/show.c %D%/show_incident.c \
	%D%/table.c
%C%_hashimori_SOURCES += %D%/route.c %D%/route.h
%C%_hashimori_SOURCES += %D%/linkage.c %D%/linkage_import.c
%C%_hashimori_LDADD = $(replay_libs) $(SMARTCOLS_LIBS)

dist_check_SCRIPTS += tests/system/routes.sh
dist_check_SCRIPTS += tests/system/cli.sh tests/system/incident.sh tests/system/ledger.sh

completionsdir = $(datadir)/bash-completion/completions
nodist_completions_DATA = %D%/completion/hashimori
CLEANFILES += %D%/completion/hashimori
%D%/completion/hashimori: %D%/hashimori$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && %D%/hashimori$(EXEEXT) completion bash >$@.new && mv $@.new $@

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/ctl/test_log_found
tests_unit_ctl_test_log_found_SOURCES = tests/unit/ctl/test_log_found.c %D%/log_found.c %D%/log_found.h
tests_unit_ctl_test_log_found_LDADD = $(base_libs) $(JANSSON_LIBS) $(CMOCKA_LIBS)
endif
