# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/librecord.a
%C%_librecord_a_SOURCES = %D%/board.c %D%/board.h %D%/chain.c %D%/chain.h %D%/db.c %D%/db.h \
	%D%/facts.c %D%/gap.c %D%/gap.h %D%/identity.c %D%/identity.h %D%/ledger.c %D%/outbox.c \
	%D%/record.h %D%/schema.c %D%/schema.h %D%/sla.c %D%/sla.h %D%/sql.def %D%/store.h \
	%D%/timeline.c %D%/timeline.h %D%/verify.c
record_libs = %D%/librecord.a agent/calendar/libcalendar.a $(wire_libs) $(SQLITE_LIBS) \
	$(LIBMD_LIBS) -lm

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/record/test_sla
tests_unit_record_test_sla_SOURCES = tests/unit/record/test_sla.c
tests_unit_record_test_sla_LDADD = $(record_libs) $(CMOCKA_LIBS)
endif
