# SPDX-License-Identifier: BSD-2-Clause
include tests/fake/local.mk
include tests/fault/local.mk
include tests/system/local.mk

EXTRA_DIST += tests/count.sh tests/demo/demo.sh tests/system/lib.sh

.PHONY: demo check-sanitized
demo: all
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/demo/demo.sh $(abs_top_builddir)

# What runs once more under sanitizers: units and scenarios.
check-sanitized: all
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(check_PROGRAMS) $(scenario_tests)'

dist_check_SCRIPTS += tests/system/plugin_out_of_tree.sh
dist_check_SCRIPTS += tests/lint/configure.sh tests/lint/dist.sh tests/lint/layers.sh tests/lint/objects.sh \
	tests/lint/style.sh tests/lint/unit.sh
EXTRA_DIST += tests/lint/layers.tsv tests/lint/globals.allow

# Benches are built by `make bench` and run by hand: figures are no tests.
EXTRA_PROGRAMS = tests/bench/latency
tests_bench_latency_SOURCES = tests/bench/latency.c
CLEANFILES += $(EXTRA_PROGRAMS)
EXTRA_DIST += tests/bench/latency.sh

.PHONY: bench
bench: all $(EXTRA_PROGRAMS)
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/bench/latency.sh $(abs_top_builddir)
include tests/scenario/local.mk
include tests/fuzz/local.mk
