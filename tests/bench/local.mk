# SPDX-License-Identifier: BSD-2-Clause
# Benches are built by `make bench` and run by hand: figures are no tests. Their rows go through table.sh, which
# shows them beside their goals; with WRITE=yes also in docs/performance.md, with STRICT=yes a goal missed is an error.
EXTRA_PROGRAMS = %D%/answer %D%/ask %D%/forward %D%/sink %D%/syslog_send %D%/host %D%/latency %D%/ledger %D%/ledger_fill %D%/linklog_data %D%/linklog_match %D%/read_blocks %D%/timed
%C%_host_SOURCES = %D%/host.c
%C%_answer_SOURCES = %D%/answer.c
%C%_ask_SOURCES = %D%/ask.c
%C%_sink_SOURCES = %D%/sink.c
%C%_sink_CFLAGS = $(AM_CFLAGS) $(OPENSSL_CFLAGS)
%C%_sink_LDADD = $(OPENSSL_LIBS)
%C%_syslog_send_SOURCES = %D%/syslog_send.c $(channel_syslog_sources)
%C%_syslog_send_CPPFLAGS = $(fake_host_cppflags) -I$(top_srcdir)/plugins
%C%_syslog_send_CFLAGS = $(AM_CFLAGS) $(OPENSSL_CFLAGS)
%C%_syslog_send_LDADD = $(fake_host_libs) $(OPENSSL_LIBS)
%C%_forward_SOURCES = %D%/forward.c
%C%_latency_SOURCES = %D%/latency.c
%C%_linklog_data_SOURCES = %D%/linklog_data.c
%C%_linklog_match_SOURCES = %D%/linklog_match.c plugins/watch_linklog/charset.c plugins/watch_linklog/match.c \
	plugins/watch_linklog/rules.c $(linklog_scan_sources)
%C%_linklog_match_CPPFLAGS = $(plugin_cppflags) -I$(top_srcdir)/plugins/watch_linklog
%C%_linklog_match_CFLAGS = $(AM_CFLAGS) $(PCRE2_CFLAGS)
%C%_linklog_match_LDADD = $(PCRE2_LIBS)
%C%_read_blocks_SOURCES = %D%/read_blocks.c
%C%_timed_SOURCES = %D%/timed.c
%C%_ledger_SOURCES = %D%/ledger.c
%C%_ledger_LDADD = $(record_libs)
%C%_ledger_fill_SOURCES = %D%/ledger_fill.c
%C%_ledger_fill_LDADD = $(record_libs)
CLEANFILES += $(EXTRA_PROGRAMS)
EXTRA_DIST += %D%/host.sh %D%/idle.sh %D%/latency.sh %D%/ledger.sh %D%/linklog.sh %D%/linklog_follow.sh %D%/load.sh %D%/zabbix_server.pl %D%/replay.sh %D%/restart.sh \
	%D%/table.sh %D%/wires.sh

.PHONY: bench bench-host bench-idle bench-ledger bench-linklog bench-load bench-replay bench-restart bench-wires
bench: all $(EXTRA_PROGRAMS) tests/fault/point.la
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/bench/latency.sh $(abs_top_builddir)
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/bench/linklog.sh $(abs_top_builddir)
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/bench/host.sh $(abs_top_builddir)
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/bench/wires.sh $(abs_top_builddir)
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/bench/ledger.sh $(abs_top_builddir)
# ROUNDS (500), CROWD (10000), STORM (20000), IDLE_SECONDS (300)
bench-host: all %D%/host tests/fault/point.la
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/bench/host.sh $(abs_top_builddir)
# BYTES (1 GiB), ROUNDS (5), SAMPLES (500)
bench-linklog: all %D%/latency %D%/linklog_data %D%/linklog_match %D%/read_blocks %D%/timed tests/fault/point.la
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/bench/linklog.sh $(abs_top_builddir)
# IDLE_SECONDS (300)
bench-idle: all
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/bench/idle.sh $(abs_top_builddir)
# ROUNDS (7), MS (700)
bench-ledger: all %D%/ledger
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/bench/ledger.sh $(abs_top_builddir)
# OPEN (10000), LINKAGES (5000), LINES_READ (300), ROUNDS (3)
bench-load: all %D%/latency %D%/ledger_fill tests/fault/point.la
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/bench/load.sh $(abs_top_builddir)
# OPEN (10000) open incidents, ROWS (200000) rows, ROUNDS (5)
bench-restart: all %D%/ledger_fill
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/bench/restart.sh $(abs_top_builddir)
# DAYS (28): 365 are 21 million lines
bench-replay: all
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/bench/replay.sh $(DAYS)
# FILES ("100000 1000000"), ROUNDS (3), BURST (100000), SPOOL (a folder on the disk to measure; else beside the build)
if HAVE_CMOCKA
EXTRA_PROGRAMS += %D%/spool
%C%_spool_SOURCES = %D%/spool.c
%C%_spool_CPPFLAGS = $(queue_test_cppflags)
%C%_spool_LDADD = $(queue_test_libs)
endif
.PHONY: bench-queue
bench-queue: all %D%/spool
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/bench/queue.sh $(abs_top_builddir)
EXTRA_DIST += %D%/queue.sh
# MESSAGES (100000), NOTICES (1000), SECONDS_EACH (3), KILLS (200)
bench-wires: all %D%/answer %D%/ask %D%/forward %D%/latency %D%/sink %D%/syslog_send
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/bench/wires.sh $(abs_top_builddir)
