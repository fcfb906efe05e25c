# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/libloop.a
%C%_libloop_a_SOURCES = %D%/child.c %D%/clock_watch.c %D%/loop.c %D%/loop.h %D%/loop_internal.h \
	%D%/slate.c %D%/slate.h %D%/stream.c
loop_libs = %D%/libloop.a $(base_libs) $(EVENT_LIBS)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/loop/test_loop
tests_unit_loop_test_loop_SOURCES = tests/unit/loop/test_loop.c
tests_unit_loop_test_loop_LDADD = $(loop_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/loop/test_stream
tests_unit_loop_test_stream_SOURCES = tests/unit/loop/test_stream.c
tests_unit_loop_test_stream_LDADD = $(loop_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/loop/test_slate
tests_unit_loop_test_slate_SOURCES = tests/unit/loop/test_slate.c
tests_unit_loop_test_slate_LDADD = $(loop_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/loop/test_child
tests_unit_loop_test_child_SOURCES = tests/unit/loop/test_child.c
tests_unit_loop_test_child_LDADD = $(loop_libs) $(CMOCKA_LIBS)
endif
