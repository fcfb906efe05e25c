# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/libmodel.a
%C%_libmodel_a_SOURCES = %D%/model.c %D%/model.h %D%/move.c %D%/move.h %D%/plan.c %D%/plan.h
model_libs = %D%/libmodel.a $(base_libs)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/model/test_model
tests_unit_model_test_model_SOURCES = tests/unit/model/test_model.c
tests_unit_model_test_model_LDADD = $(model_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/model/test_move
tests_unit_model_test_move_SOURCES = tests/unit/model/test_move.c
tests_unit_model_test_move_LDADD = $(model_libs) $(CMOCKA_LIBS)
endif
