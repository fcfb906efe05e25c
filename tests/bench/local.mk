# SPDX-License-Identifier: BSD-2-Clause
# Benches are built by `make bench` and run by hand: figures are no tests.
EXTRA_PROGRAMS = %D%/latency
%C%_latency_SOURCES = %D%/latency.c
CLEANFILES += $(EXTRA_PROGRAMS)
EXTRA_DIST += %D%/idle.sh %D%/latency.sh

.PHONY: bench bench-idle
bench: all $(EXTRA_PROGRAMS)
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/bench/latency.sh $(abs_top_builddir)
# IDLE_SECONDS (300)
bench-idle: all
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/bench/idle.sh $(abs_top_builddir)
