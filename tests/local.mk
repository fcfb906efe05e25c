# SPDX-License-Identifier: BSD-2-Clause
include tests/fake/local.mk
include tests/fault/local.mk
include tests/system/local.mk
include tests/bench/local.mk

EXTRA_DIST += tests/peers.sh tests/count.sh tests/demo/demo.sh tests/system/lib.sh

.PHONY: coverage demo check-sanitized peers
# Peers that cannot be installed beside others; from the distribution's archive.
peers:
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/peers.sh $(abs_top_builddir)
demo: all
	$(AM_V_at)$(SHELL) $(top_srcdir)/tests/demo/demo.sh $(abs_top_builddir)

# What runs once more under sanitizers: units and scenarios.
check-sanitized: all
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(check_PROGRAMS) $(scenario_tests)'

dist_check_SCRIPTS += tests/system/plugin_out_of_tree.sh
dist_check_SCRIPTS += tests/lint/configure.sh tests/lint/dist.sh tests/lint/layers.sh tests/lint/objects.sh \
	tests/lint/style.sh tests/lint/unit.sh
EXTRA_DIST += tests/lint/layers.tsv tests/lint/globals.allow
include tests/scenario/local.mk
include tests/fuzz/local.mk

# What the tests reach of each file, as a table; in a build that was configured with --enable-coverage. FOLDERS (all of
# agent), FLOOR (0 % of branches), MISSED=yes; TESTS as for check.
EXTRA_DIST += build-aux/coverage.sh
coverage:
	$(AM_V_at)$(MAKE) -k check || echo 'not all tests passed: what they reached is counted all the same' >&2
	$(AM_V_at)FLOOR='$(FLOOR)' MISSED='$(MISSED)' $(SHELL) $(top_srcdir)/build-aux/coverage.sh $(abs_top_builddir) $(FOLDERS)
