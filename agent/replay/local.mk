# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/libreplay.a
%C%_libreplay_a_SOURCES = %D%/figures.c %D%/figures.h %D%/input.c %D%/input.h %D%/quick.c \
	%D%/quick.h %D%/replay.c %D%/replay.h
replay_libs = %D%/libreplay.a $(pipeline_libs) $(settings_libs)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/replay/test_input
tests_unit_replay_test_input_SOURCES = tests/unit/replay/test_input.c
tests_unit_replay_test_input_LDADD = $(replay_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/replay/test_quick
tests_unit_replay_test_quick_SOURCES = tests/unit/replay/test_quick.c
tests_unit_replay_test_quick_LDADD = $(replay_libs) $(CMOCKA_LIBS)
endif
