# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/libwatch.a
%C%_libwatch_a_SOURCES = %D%/abandon.c %D%/backoff.c %D%/backoff.h %D%/flood.c %D%/flood.h %D%/group.c \
	%D%/guest.c %D%/intake.c %D%/intake.h %D%/limits.c %D%/limits.h %D%/supervisor.c %D%/supervisor.h \
	%D%/supervisor_internal.h %D%/worker_process.c %D%/worker_process.h
watch_libs = %D%/libwatch.a $(settings_libs) $(wire_libs) $(loop_libs)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/watch/test_backoff
tests_unit_watch_test_backoff_SOURCES = tests/unit/watch/test_backoff.c
tests_unit_watch_test_backoff_LDADD = $(watch_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/watch/test_supervisor
tests_unit_watch_test_supervisor_SOURCES = tests/unit/watch/test_supervisor.c \
	tests/unit/watch/supervisor_fixture.c tests/unit/watch/supervisor_fixture.h
tests_unit_watch_test_supervisor_LDADD = $(watch_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/watch/test_supervisor_faults
tests_unit_watch_test_supervisor_faults_SOURCES = tests/unit/watch/test_supervisor_faults.c \
	tests/unit/watch/supervisor_fixture.c tests/unit/watch/supervisor_fixture.h \
	$(fuse_silent_sources)
tests_unit_watch_test_supervisor_faults_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fake
tests_unit_watch_test_supervisor_faults_LDADD = $(watch_libs) $(CMOCKA_LIBS)
endif
