# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/librecord.a
%C%_librecord_a_SOURCES = %D%/agreed.c %D%/agreed.h %D%/archive.c %D%/archive.h %D%/carried.c %D%/carried.h %D%/export.c %D%/export.h %D%/import.c %D%/import.h %D%/ballast.c %D%/ballast.h %D%/board.c \
	%D%/board.h %D%/burn.c %D%/burn.h %D%/chain.c %D%/chain.h %D%/cuts.c %D%/cuts.h %D%/db.c \
	%D%/db.h %D%/facts.c %D%/gap.c %D%/gap.h %D%/history.c %D%/history.h %D%/identity.c \
	%D%/identity.h %D%/ledger.c %D%/linkages.c %D%/outbox.c %D%/recent.c %D%/recent.h %D%/record.h \
	%D%/schema.c %D%/schema.h %D%/sla.c %D%/sla_json.c \
	%D%/sla.h %D%/sla_facts.h %D%/snapshot.c %D%/snapshot.h %D%/sql.def %D%/store.h %D%/timeline.c \
	%D%/timeline.h %D%/verify.c
%C%_librecord_a_SOURCES += %D%/tell.c %D%/tell.h
record_libs = %D%/librecord.a agent/calendar/libcalendar.a $(wire_libs) $(SQLITE_LIBS) $(ZLIB_LIBS) \
	$(NETTLE_LIBS) -lm

.PHONY: check-manipulations
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/record/test_migration
tests_unit_record_test_migration_SOURCES = tests/unit/record/test_migration.c tests/unit/record/folder.h
tests_unit_record_test_migration_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_old_schemas
tests_unit_record_test_old_schemas_SOURCES = tests/unit/record/test_old_schemas.c tests/unit/record/folder.h tests/unit/record/old_schemas.h
tests_unit_record_test_old_schemas_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_archive
tests_unit_record_test_archive_SOURCES = tests/unit/record/test_archive.c tests/unit/record/folder.h
tests_unit_record_test_archive_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_import
tests_unit_record_test_import_SOURCES = tests/unit/record/test_import.c tests/unit/record/folder.h
tests_unit_record_test_import_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_snapshot
tests_unit_record_test_snapshot_SOURCES = tests/unit/record/test_snapshot.c tests/unit/record/folder.h
tests_unit_record_test_snapshot_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_manipulation
tests_unit_record_test_manipulation_SOURCES = tests/unit/record/test_manipulation.c tests/unit/record/folder.h
tests_unit_record_test_manipulation_LDADD = $(record_libs) $(CMOCKA_LIBS)

# 1,000 manipulations of rows and 1,000 flipped bits of the file: make check does 100 of each.
check-manipulations: tests/unit/record/test_manipulation
	MANIPULATIONS=1000 tests/unit/record/test_manipulation

check_PROGRAMS += tests/unit/record/test_burn
tests_unit_record_test_burn_SOURCES = tests/unit/record/test_burn.c
tests_unit_record_test_burn_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_interrupted
tests_unit_record_test_interrupted_SOURCES = tests/unit/record/test_interrupted.c
tests_unit_record_test_interrupted_LDADD = $(record_libs) $(CMOCKA_LIBS)

sla_fixture_sources = tests/unit/record/sla_fixture.c tests/unit/record/sla_fixture.h
check_PROGRAMS += tests/unit/record/test_sla
tests_unit_record_test_sla_SOURCES = tests/unit/record/test_sla.c $(sla_fixture_sources)
tests_unit_record_test_sla_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_sla_examples
tests_unit_record_test_sla_examples_SOURCES = tests/unit/record/test_sla_examples.c \
	$(sla_fixture_sources)
tests_unit_record_test_sla_examples_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_sla_samples
tests_unit_record_test_sla_samples_SOURCES = tests/unit/record/test_sla_samples.c \
	$(sla_fixture_sources)
tests_unit_record_test_sla_samples_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_cuts
tests_unit_record_test_cuts_SOURCES = tests/unit/record/test_cuts.c
tests_unit_record_test_cuts_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_agreed
tests_unit_record_test_agreed_SOURCES = tests/unit/record/test_agreed.c tests/unit/record/folder.h
tests_unit_record_test_agreed_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_board
tests_unit_record_test_board_SOURCES = tests/unit/record/test_board.c
tests_unit_record_test_board_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_ledger
tests_unit_record_test_ledger_SOURCES = tests/unit/record/test_ledger.c tests/unit/record/folder.h
tests_unit_record_test_ledger_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_linkages
tests_unit_record_test_linkages_SOURCES = tests/unit/record/test_linkages.c tests/unit/record/folder.h
tests_unit_record_test_linkages_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_facts
tests_unit_record_test_facts_SOURCES = tests/unit/record/test_facts.c tests/unit/record/folder.h
tests_unit_record_test_facts_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_recent
tests_unit_record_test_recent_SOURCES = tests/unit/record/test_recent.c
tests_unit_record_test_recent_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_outbox
tests_unit_record_test_outbox_SOURCES = tests/unit/record/test_outbox.c tests/unit/record/folder.h
tests_unit_record_test_outbox_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_survival
tests_unit_record_test_survival_SOURCES = tests/unit/record/test_survival.c tests/unit/record/folder.h
tests_unit_record_test_survival_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_chain
tests_unit_record_test_chain_SOURCES = tests/unit/record/test_chain.c
tests_unit_record_test_chain_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/record/test_gap
tests_unit_record_test_gap_SOURCES = tests/unit/record/test_gap.c
tests_unit_record_test_gap_LDADD = $(record_libs) $(CMOCKA_LIBS)
endif
