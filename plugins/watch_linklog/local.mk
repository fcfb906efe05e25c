# SPDX-License-Identifier: BSD-2-Clause
linklog_scan_sources = %D%/bucket.c %D%/bucket.h %D%/literal.c %D%/literal.h %D%/prefilter.c %D%/prefilter.h %D%/scan.c \
	%D%/scan.h %D%/sieve.c %D%/sieve.h %D%/sieve_avx2.c %D%/sieve_avx512.c %D%/sieve_neon.c \
	%D%/sieve_ssse3.c \
	%D%/spelling.c %D%/spelling.h
linklog_sources = %D%/announced.c %D%/announced.h %D%/changes.c %D%/changes.h %D%/charset.c %D%/charset.h %D%/dated.c \
	%D%/dated.h %D%/digits.h %D%/follow.c %D%/follow.h %D%/follow_internal.h %D%/gz.c %D%/gz.h \
	%D%/linklog.h %D%/listing.c %D%/listing.h %D%/match.c %D%/match.h %D%/options.c \
	%D%/options.h %D%/pace.c %D%/pace.h %D%/parts.c %D%/record.c %D%/record.h %D%/resume.c %D%/rules.c \
	%D%/rules.h %D%/say.c %D%/seen.c %D%/seen.h %D%/siblings.c %D%/siblings.h %D%/stamp.c \
	%D%/stamp.h %D%/step.c %D%/step.h %D%/tail.c %D%/tail.h %D%/watch_linklog.c $(linklog_scan_sources)

plugin_LTLIBRARIES += %D%/watch_linklog.la
%C%_watch_linklog_la_SOURCES = $(linklog_sources)
%C%_watch_linklog_la_CPPFLAGS = $(plugin_cppflags)
%C%_watch_linklog_la_CFLAGS = $(HM_CFLAGS) $(PCRE2_CFLAGS) $(ZLIB_CFLAGS)
%C%_watch_linklog_la_LDFLAGS = $(plugin_ldflags)
%C%_watch_linklog_la_LIBADD = $(PCRE2_LIBS) $(ZLIB_LIBS)
EXTRA_DIST += %D%/watch_linklog.md
EXTRA_DIST += tests/samples/01_xfer_history_list.txt tests/samples/15_schedule_48h.csv \
	tests/samples/expected.txt tests/samples/incidents.txt
EXTRA_DIST += tests/samples/02_xfer_trace_cp932.log tests/samples/03_scheduler_eucjp.log \
	tests/samples/04_tomcat_stack_utf8.log tests/samples/05_mixed_utf8_cp932.log \
	tests/samples/06_cp932_extension.log tests/samples/07_exec_20260415_utf8.log \
	tests/samples/08_pipe_separated_cp932.log tests/samples/09_result_bom_crlf.csv \
	tests/samples/10_wraparound_cp932.log tests/samples/11_windows_utf16le.log \
	tests/samples/12_partial_last_line.log tests/samples/13_iso2022jp.log \
	tests/samples/14_halfkana_eucjp.log

if HAVE_CMOCKA
check_LIBRARIES += %D%/liblinklog.a
%C%_liblinklog_a_SOURCES = $(linklog_sources) tests/unit/plugins/linklog_fixture.c \
	tests/unit/plugins/linklog_fixture.h
%C%_liblinklog_a_CPPFLAGS = $(fake_host_cppflags) -DTOP_SRCDIR='"$(abs_top_srcdir)"'
linklog_test_cppflags = $(fake_host_cppflags) -I$(top_srcdir)/plugins/watch_linklog
linklog_test_libs = %D%/liblinklog.a $(fake_host_libs) $(PCRE2_LIBS) $(ZLIB_LIBS)

check_PROGRAMS += tests/unit/plugins/test_watch_linklog_samples
tests_unit_plugins_test_watch_linklog_samples_SOURCES = \
	tests/unit/plugins/test_watch_linklog_samples.c
tests_unit_plugins_test_watch_linklog_samples_CPPFLAGS = $(linklog_test_cppflags)
tests_unit_plugins_test_watch_linklog_samples_LDADD = $(linklog_test_libs)

check_PROGRAMS += tests/unit/plugins/test_watch_linklog_follow
tests_unit_plugins_test_watch_linklog_follow_SOURCES = \
	tests/unit/plugins/test_watch_linklog_follow.c
tests_unit_plugins_test_watch_linklog_follow_CPPFLAGS = $(linklog_test_cppflags)
tests_unit_plugins_test_watch_linklog_follow_LDADD = $(linklog_test_libs)

check_PROGRAMS += tests/unit/plugins/test_watch_linklog_identity
tests_unit_plugins_test_watch_linklog_identity_SOURCES = \
	tests/unit/plugins/test_watch_linklog_identity.c $(fuse_folder_sources)
tests_unit_plugins_test_watch_linklog_identity_CPPFLAGS = $(linklog_test_cppflags)
tests_unit_plugins_test_watch_linklog_identity_LDADD = $(linklog_test_libs)

check_PROGRAMS += tests/unit/plugins/test_watch_linklog_long
tests_unit_plugins_test_watch_linklog_long_SOURCES = \
	tests/unit/plugins/test_watch_linklog_long.c
tests_unit_plugins_test_watch_linklog_long_CPPFLAGS = $(linklog_test_cppflags)
tests_unit_plugins_test_watch_linklog_long_LDADD = $(linklog_test_libs)

check_PROGRAMS += tests/unit/plugins/test_watch_linklog_time
tests_unit_plugins_test_watch_linklog_time_SOURCES = \
	tests/unit/plugins/test_watch_linklog_time.c
tests_unit_plugins_test_watch_linklog_time_CPPFLAGS = $(linklog_test_cppflags)
tests_unit_plugins_test_watch_linklog_time_LDADD = $(linklog_test_libs)

check_PROGRAMS += tests/unit/plugins/test_watch_linklog_announced
tests_unit_plugins_test_watch_linklog_announced_SOURCES = \
	tests/unit/plugins/test_watch_linklog_announced.c
tests_unit_plugins_test_watch_linklog_announced_CPPFLAGS = $(linklog_test_cppflags)
tests_unit_plugins_test_watch_linklog_announced_LDADD = $(linklog_test_libs)

check_PROGRAMS += tests/unit/plugins/test_watch_linklog_profiles
tests_unit_plugins_test_watch_linklog_profiles_SOURCES = \
	tests/unit/plugins/test_watch_linklog_profiles.c
tests_unit_plugins_test_watch_linklog_profiles_CPPFLAGS = $(linklog_test_cppflags) \
	-DTOP_SRCDIR='"$(abs_top_srcdir)"'
tests_unit_plugins_test_watch_linklog_profiles_CFLAGS = $(AM_CFLAGS) $(LIBCONFIG_CFLAGS)
tests_unit_plugins_test_watch_linklog_profiles_LDADD = $(linklog_test_libs) $(LIBCONFIG_LIBS)

check_PROGRAMS += tests/unit/plugins/test_watch_linklog_parts
tests_unit_plugins_test_watch_linklog_parts_SOURCES = \
	tests/unit/plugins/test_watch_linklog_parts.c
tests_unit_plugins_test_watch_linklog_parts_CPPFLAGS = $(linklog_test_cppflags)
tests_unit_plugins_test_watch_linklog_parts_LDADD = $(linklog_test_libs)

check_PROGRAMS += tests/unit/plugins/test_watch_linklog_listing
tests_unit_plugins_test_watch_linklog_listing_SOURCES = \
	tests/unit/plugins/test_watch_linklog_listing.c
tests_unit_plugins_test_watch_linklog_listing_CPPFLAGS = $(linklog_test_cppflags)
tests_unit_plugins_test_watch_linklog_listing_LDADD = $(linklog_test_libs)

check_PROGRAMS += tests/unit/plugins/test_watch_linklog_charset
tests_unit_plugins_test_watch_linklog_charset_SOURCES = \
	tests/unit/plugins/test_watch_linklog_charset.c
tests_unit_plugins_test_watch_linklog_charset_CPPFLAGS = $(linklog_test_cppflags)
tests_unit_plugins_test_watch_linklog_charset_LDADD = $(linklog_test_libs)

check_PROGRAMS += tests/unit/plugins/test_watch_linklog_bucket
tests_unit_plugins_test_watch_linklog_bucket_SOURCES = \
	tests/unit/plugins/test_watch_linklog_bucket.c
tests_unit_plugins_test_watch_linklog_bucket_CPPFLAGS = $(linklog_test_cppflags)
tests_unit_plugins_test_watch_linklog_bucket_LDADD = $(linklog_test_libs)

check_PROGRAMS += tests/unit/plugins/test_watch_linklog_pace
tests_unit_plugins_test_watch_linklog_pace_SOURCES = tests/unit/plugins/test_watch_linklog_pace.c
tests_unit_plugins_test_watch_linklog_pace_CPPFLAGS = $(linklog_test_cppflags)
tests_unit_plugins_test_watch_linklog_pace_LDADD = $(linklog_test_libs)

check_PROGRAMS += tests/unit/plugins/test_watch_linklog_hostile
tests_unit_plugins_test_watch_linklog_hostile_SOURCES = \
	tests/unit/plugins/test_watch_linklog_hostile.c
tests_unit_plugins_test_watch_linklog_hostile_CPPFLAGS = $(linklog_test_cppflags)
tests_unit_plugins_test_watch_linklog_hostile_LDADD = $(linklog_test_libs)

check_PROGRAMS += tests/unit/plugins/test_watch_linklog_scan
tests_unit_plugins_test_watch_linklog_scan_SOURCES = \
	tests/unit/plugins/test_watch_linklog_scan.c
tests_unit_plugins_test_watch_linklog_scan_CPPFLAGS = $(linklog_test_cppflags)
tests_unit_plugins_test_watch_linklog_scan_LDADD = $(linklog_test_libs)
endif
