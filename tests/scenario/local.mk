# SPDX-License-Identifier: BSD-2-Clause
# Replays of recorded readings against what must come out of them.
noinst_PROGRAMS += tests/scenario/holds
tests_scenario_holds_SOURCES = tests/scenario/holds.c
tests_scenario_holds_LDADD = $(JANSSON_LIBS)

scenario_tests = tests/scenario/run.sh
dist_check_SCRIPTS += tests/scenario/model.sh tests/scenario/run.sh
# dist-hook takes the readings, options and expectations: whatever is there.
EXTRA_DIST += tests/scenario/model.pl tests/scenario/random.pl

# Years of random time against the model of the rules: make check-model YEARS=50
YEARS = 10
.PHONY: check-model
check-model: all
	MODEL_RUNS=$(YEARS) MODEL_WEEKS=52 top_srcdir=$(top_srcdir) top_builddir=$(top_builddir) \
		$(SHELL) $(top_srcdir)/tests/scenario/model.sh
