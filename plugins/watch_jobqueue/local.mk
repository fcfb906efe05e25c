# SPDX-License-Identifier: BSD-2-Clause
if HAVE_POSTGRESQL
watch_jobqueue_postgresql = %D%/postgresql.c %D%/resolve.c %D%/resolve.h
else
watch_jobqueue_postgresql = %D%/postgresql_absent.c
endif
watch_jobqueue_common = %D%/watch_jobqueue.c %D%/command.c %D%/rows.c %D%/rows.h %D%/say.c %D%/say.h \
	%D%/source.h %D%/sqlite.c %D%/states.c %D%/states.h %D%/tally.c %D%/tally.h \
	plugins/shared/fixed_time.c plugins/shared/fixed_time.h plugins/shared/visible.c \
	plugins/shared/visible.h
watch_jobqueue_sources = $(watch_jobqueue_common) $(watch_jobqueue_postgresql)
watch_jobqueue_libs = $(LIBPQ_LIBS) $(SQLITE_LIBS) $(PCRE2_LIBS) -lm

plugin_LTLIBRARIES += %D%/watch_jobqueue.la
%C%_watch_jobqueue_la_SOURCES = $(watch_jobqueue_sources)
%C%_watch_jobqueue_la_CPPFLAGS = $(plugin_cppflags) -I$(top_srcdir)/plugins
%C%_watch_jobqueue_la_CFLAGS = $(HM_CFLAGS) $(LIBPQ_CFLAGS) $(SQLITE_CFLAGS) $(PCRE2_CFLAGS)
%C%_watch_jobqueue_la_LDFLAGS = $(plugin_ldflags)
%C%_watch_jobqueue_la_LIBADD = $(watch_jobqueue_libs)
EXTRA_DIST += %D%/watch_jobqueue.md

if HAVE_CMOCKA
check_LIBRARIES += %D%/libjobqueue.a
%C%_libjobqueue_a_SOURCES = $(watch_jobqueue_sources)
%C%_libjobqueue_a_CPPFLAGS = $(fake_host_cppflags) -I$(top_srcdir)/plugins
%C%_libjobqueue_a_CFLAGS = $(AM_CFLAGS) $(LIBPQ_CFLAGS)
jobqueue_test_cppflags = $(fake_host_cppflags) -I$(top_srcdir)/plugins -I$(top_srcdir)/plugins/watch_jobqueue
jobqueue_test_libs = %D%/libjobqueue.a $(fake_host_libs) $(watch_jobqueue_libs)

check_PROGRAMS += tests/unit/plugins/test_watch_jobqueue
tests_unit_plugins_test_watch_jobqueue_SOURCES = tests/unit/plugins/test_watch_jobqueue.c
tests_unit_plugins_test_watch_jobqueue_CPPFLAGS = $(jobqueue_test_cppflags)
tests_unit_plugins_test_watch_jobqueue_LDADD = $(jobqueue_test_libs)

# What a build without libpq says, in every build.
check_PROGRAMS += tests/unit/plugins/test_watch_jobqueue_absent
tests_unit_plugins_test_watch_jobqueue_absent_SOURCES = tests/unit/plugins/test_watch_jobqueue_absent.c \
	$(watch_jobqueue_common) %D%/postgresql_absent.c
tests_unit_plugins_test_watch_jobqueue_absent_CPPFLAGS = $(jobqueue_test_cppflags)
tests_unit_plugins_test_watch_jobqueue_absent_LDADD = $(fake_host_libs) $(SQLITE_LIBS) $(PCRE2_LIBS) -lm

if HAVE_POSTGRESQL
check_PROGRAMS += tests/unit/plugins/test_watch_jobqueue_postgresql
tests_unit_plugins_test_watch_jobqueue_postgresql_SOURCES = \
	tests/unit/plugins/test_watch_jobqueue_postgresql.c tests/unit/plugins/postgresql_server.c \
	tests/unit/plugins/postgresql_server.h
tests_unit_plugins_test_watch_jobqueue_postgresql_CPPFLAGS = $(jobqueue_test_cppflags)
tests_unit_plugins_test_watch_jobqueue_postgresql_CFLAGS = $(AM_CFLAGS) $(LIBPQ_CFLAGS)
tests_unit_plugins_test_watch_jobqueue_postgresql_LDADD = $(jobqueue_test_libs)
endif
endif
