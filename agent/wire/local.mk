# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/libwire.a
%C%_libwire_a_SOURCES = %D%/flat.c %D%/flat.h %D%/quote.c %D%/wire.c %D%/wire.h %D%/wire_internal.h \
    %D%/wire_model.c %D%/write.c
wire_libs = %D%/libwire.a $(model_libs) $(JANSSON_LIBS)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/wire/test_flat
tests_unit_wire_test_flat_SOURCES = tests/unit/wire/test_flat.c
tests_unit_wire_test_flat_LDADD = $(wire_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/wire/test_wire
tests_unit_wire_test_wire_SOURCES = tests/unit/wire/test_wire.c
tests_unit_wire_test_wire_LDADD = $(wire_libs) $(CMOCKA_LIBS)
endif
