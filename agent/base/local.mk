# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/libbase.a
%C%_libbase_a_SOURCES = %D%/alloc.c %D%/alloc.h %D%/base64.c %D%/base64.h %D%/boot.c %D%/boot.h %D%/civil.c %D%/civil.h %D%/clock.c %D%/clock.h \
	%D%/fault.c %D%/fault.h %D%/fdio.c %D%/fdio.h %D%/log.c %D%/log.h \
	%D%/message.c %D%/message.h %D%/message.def %D%/phase.c %D%/phase.h %D%/text.c %D%/text.h
base_libs = %D%/libbase.a

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/base/test_text
tests_unit_base_test_text_SOURCES = tests/unit/base/test_text.c
tests_unit_base_test_text_LDADD = $(base_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/test_base64
tests_unit_base_test_base64_SOURCES = tests/unit/base/test_base64.c
tests_unit_base_test_base64_LDADD = $(base_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/test_phase
tests_unit_base_test_phase_SOURCES = tests/unit/base/test_phase.c
tests_unit_base_test_phase_LDADD = $(base_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/test_message
tests_unit_base_test_message_SOURCES = tests/unit/base/test_message.c
tests_unit_base_test_message_LDADD = $(base_libs) $(CMOCKA_LIBS)
endif
