# SPDX-License-Identifier: BSD-2-Clause
# replay_NAME runs corpus/NAME and mutations of it in every make check; with --enable-fuzz there is also
# fuzz_NAME, a libFuzzer, and `make fuzz-smoke` runs each of them for a quarter of a minute.
fuzz_frame = %D%/main.c %D%/fuzz.h %D%/holds.c
fuzz_linklog_sources = plugins/watch_linklog/charset.c plugins/watch_linklog/record.c
fuzz_scan_sources = plugins/watch_linklog/charset.c plugins/watch_linklog/match.c $(linklog_scan_sources)
fuzz_linklog_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/plugins/watch_linklog

check_PROGRAMS += %D%/replay_wire %D%/replay_control %D%/replay_settings %D%/replay_linklog \
	%D%/replay_scan
%C%_replay_wire_SOURCES = %D%/fuzz_wire.c $(fuzz_frame)
%C%_replay_wire_LDADD = $(wire_libs)
%C%_replay_control_SOURCES = %D%/fuzz_control.c $(fuzz_frame)
%C%_replay_control_LDADD = $(expose_libs)
%C%_replay_settings_SOURCES = %D%/fuzz_settings.c $(fuzz_frame) \
	tests/fake/settings_guests.c tests/fake/settings_guests.h
%C%_replay_settings_LDADD = $(settings_libs)
%C%_replay_linklog_SOURCES = %D%/fuzz_linklog.c $(fuzz_frame) $(fuzz_linklog_sources)
%C%_replay_linklog_CPPFLAGS = $(fuzz_linklog_cppflags)
%C%_replay_linklog_LDADD = $(base_libs) $(JANSSON_LIBS)

%C%_replay_scan_SOURCES = %D%/fuzz_scan.c $(fuzz_frame) $(fuzz_scan_sources)
%C%_replay_scan_CPPFLAGS = $(fuzz_linklog_cppflags)
%C%_replay_scan_LDADD = $(base_libs) $(PCRE2_LIBS)

check_PROGRAMS += %D%/replay_redact
%C%_replay_redact_SOURCES = %D%/fuzz_redact.c $(fuzz_frame)
%C%_replay_redact_LDADD = $(notify_libs)

fuzz_names = redact wire control settings linklog scan
if FUZZ
noinst_PROGRAMS += %D%/fuzz_redact
%C%_fuzz_redact_SOURCES = %D%/fuzz_redact.c %D%/fuzz.h %D%/holds.c
%C%_fuzz_redact_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
%C%_fuzz_redact_LDADD = $(notify_libs)
noinst_PROGRAMS += %D%/fuzz_wire %D%/fuzz_control %D%/fuzz_settings %D%/fuzz_linklog \
	%D%/fuzz_scan
%C%_fuzz_wire_SOURCES = %D%/fuzz_wire.c %D%/fuzz.h %D%/holds.c
%C%_fuzz_wire_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
%C%_fuzz_wire_LDADD = $(wire_libs)
%C%_fuzz_control_SOURCES = %D%/fuzz_control.c %D%/fuzz.h %D%/holds.c
%C%_fuzz_control_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
%C%_fuzz_control_LDADD = $(expose_libs)
%C%_fuzz_settings_SOURCES = %D%/fuzz_settings.c %D%/fuzz.h %D%/holds.c \
	tests/fake/settings_guests.c tests/fake/settings_guests.h
%C%_fuzz_settings_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
%C%_fuzz_settings_LDADD = $(settings_libs)
%C%_fuzz_linklog_SOURCES = %D%/fuzz_linklog.c %D%/fuzz.h %D%/holds.c $(fuzz_linklog_sources)
%C%_fuzz_linklog_CPPFLAGS = $(fuzz_linklog_cppflags)
%C%_fuzz_linklog_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
%C%_fuzz_linklog_LDADD = $(JANSSON_LIBS)
%C%_fuzz_scan_SOURCES = %D%/fuzz_scan.c %D%/fuzz.h %D%/holds.c $(fuzz_scan_sources)
%C%_fuzz_scan_CPPFLAGS = $(fuzz_linklog_cppflags)
%C%_fuzz_scan_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
%C%_fuzz_scan_LDADD = $(PCRE2_LIBS)
endif

.PHONY: fuzz-smoke
fuzz-smoke: all
	@test -x tests/fuzz/fuzz_wire || { echo 'run configure with --enable-fuzz CC=clang' >&2; exit 1; }
	@for name in $(fuzz_names); do \
		mkdir -p tests/fuzz/found/$$name && \
		tests/fuzz/fuzz_$$name -max_total_time=15 -max_len=16384 -timeout=10 -print_final_stats=1 \
			-artifact_prefix=tests/fuzz/found/$$name- tests/fuzz/found/$$name $(srcdir)/tests/fuzz/corpus/$$name \
			>tests/fuzz/found/$$name.log 2>&1 || { tail -n 60 tests/fuzz/found/$$name.log; exit 1; }; \
		echo "$$name: `grep -a number_of_executed tests/fuzz/found/$$name.log`"; \
	done

clean-local:
	rm -rf tests/fuzz/found
