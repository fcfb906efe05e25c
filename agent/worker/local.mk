# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/libworker.a
%C%_libworker_a_SOURCES = %D%/describe.c %D%/describe.h %D%/foreground.c %D%/foreground.h \
	%D%/guest.c %D%/handle.c %D%/host.c %D%/keep.c %D%/keep.h %D%/link.c %D%/link.h %D%/loader.c \
	%D%/loader.h %D%/options.c %D%/options.h %D%/program.c %D%/report.c \
	%D%/serve.c %D%/serve.h %D%/worker.c %D%/worker.h %D%/worker_internal.h
worker_libs = %D%/libworker.a $(wire_libs) $(loop_libs) $(NETTLE_LIBS) -ldl

pkglibexec_PROGRAMS += %D%/hashimori-worker
%C%_hashimori_worker_SOURCES = %D%/main.c
%C%_hashimori_worker_LDADD = $(worker_libs)

# Guests that misbehave, and two that behave, for the tests of worker and watch.
guest_ldflags = $(plugin_ldflags) -rpath /nonexistent
check_LTLIBRARIES += tests/fake/watch_naughty.la
tests_fake_watch_naughty_la_SOURCES = tests/fake/guest_naughty.c
tests_fake_watch_naughty_la_CPPFLAGS = $(plugin_cppflags)
tests_fake_watch_naughty_la_CFLAGS = $(HM_CFLAGS)
tests_fake_watch_naughty_la_LDFLAGS = $(guest_ldflags)

check_LTLIBRARIES += tests/fake/watch_old.la
tests_fake_watch_old_la_SOURCES = tests/fake/guest_old.c
tests_fake_watch_old_la_CPPFLAGS = $(plugin_cppflags)
tests_fake_watch_old_la_CFLAGS = $(HM_CFLAGS)
tests_fake_watch_old_la_LDFLAGS = $(guest_ldflags)

check_LTLIBRARIES += tests/fake/watch_value.la
tests_fake_watch_value_la_SOURCES = docs/example/watch_value.c
tests_fake_watch_value_la_CPPFLAGS = $(plugin_cppflags)
tests_fake_watch_value_la_CFLAGS = $(HM_CFLAGS)
tests_fake_watch_value_la_LDFLAGS = $(guest_ldflags)

check_LTLIBRARIES += tests/fake/channel_echo.la
tests_fake_channel_echo_la_SOURCES = tests/fake/guest_echo.c
tests_fake_channel_echo_la_CPPFLAGS = $(plugin_cppflags)
tests_fake_channel_echo_la_CFLAGS = $(HM_CFLAGS)
tests_fake_channel_echo_la_LDFLAGS = $(guest_ldflags)

check_LTLIBRARIES += tests/fake/face_mirror.la
tests_fake_face_mirror_la_SOURCES = tests/fake/guest_mirror.c
tests_fake_face_mirror_la_CPPFLAGS = $(plugin_cppflags)
tests_fake_face_mirror_la_CFLAGS = $(HM_CFLAGS)
tests_fake_face_mirror_la_LDFLAGS = $(guest_ldflags)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/worker/test_keep
tests_unit_worker_test_keep_SOURCES = tests/unit/worker/test_keep.c
tests_unit_worker_test_keep_LDADD = $(worker_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/worker/test_worker
tests_unit_worker_test_worker_SOURCES = tests/unit/worker/test_worker.c
tests_unit_worker_test_worker_LDADD = $(worker_libs) $(CMOCKA_LIBS)
endif
dist_check_SCRIPTS += tests/lint/example.sh
