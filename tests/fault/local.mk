# SPDX-License-Identifier: BSD-2-Clause
noinst_PROGRAMS += %D%/writer
%C%_writer_SOURCES = %D%/writer.c

noinst_PROGRAMS += %D%/silent_mount
%C%_silent_mount_SOURCES = %D%/silent_mount.c $(fuse_silent_sources)
%C%_silent_mount_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fake

check_LTLIBRARIES += %D%/powercut.la
%C%_powercut_la_SOURCES = %D%/powercut.c
%C%_powercut_la_CPPFLAGS = -D_GNU_SOURCE
%C%_powercut_la_CFLAGS = $(HM_CFLAGS)
%C%_powercut_la_LDFLAGS = -module -avoid-version -shared -rpath /nonexistent
%C%_powercut_la_LIBADD = -ldl

check_LTLIBRARIES += %D%/disk.la
%C%_disk_la_SOURCES = %D%/disk.c
%C%_disk_la_CPPFLAGS = -D_GNU_SOURCE
%C%_disk_la_CFLAGS = $(HM_CFLAGS)
%C%_disk_la_LDFLAGS = -module -avoid-version -shared -rpath /nonexistent
%C%_disk_la_LIBADD = -ldl

check_LTLIBRARIES += %D%/point.la
%C%_point_la_SOURCES = %D%/point.c
%C%_point_la_CPPFLAGS = -D_GNU_SOURCE
%C%_point_la_CFLAGS = $(HM_CFLAGS)
%C%_point_la_LDFLAGS = -module -avoid-version -shared -rpath /nonexistent
%C%_point_la_LIBADD = -ldl

noinst_PROGRAMS += %D%/rotation
%C%_rotation_SOURCES = %D%/rotation.c %D%/rotation.h %D%/rotation_writer.c
%C%_rotation_LDADD = $(loop_libs) $(JANSSON_LIBS) $(ZLIB_LIBS)

check_LTLIBRARIES += %D%/fast_clock.la
%C%_fast_clock_la_SOURCES = %D%/fast_clock.c
%C%_fast_clock_la_CPPFLAGS = -D_GNU_SOURCE
%C%_fast_clock_la_CFLAGS = $(HM_CFLAGS)
%C%_fast_clock_la_LDFLAGS = -module -avoid-version -shared -rpath /nonexistent

check_LTLIBRARIES += %D%/leap_clock.la
%C%_leap_clock_la_SOURCES = %D%/leap_clock.c
%C%_leap_clock_la_CPPFLAGS = -D_GNU_SOURCE
%C%_leap_clock_la_CFLAGS = $(HM_CFLAGS)
%C%_leap_clock_la_LDFLAGS = -module -avoid-version -shared -rpath /nonexistent

dist_check_SCRIPTS += %D%/answers.sh %D%/crash.sh %D%/disk.sh %D%/forgery.sh %D%/forgery_wires.sh %D%/guests.sh %D%/names.sh %D%/offsets.sh %D%/points.sh %D%/power.sh %D%/rotations.sh
EXTRA_DIST += %D%/answers.py %D%/forgery.py %D%/table.sh

check_LTLIBRARIES += %D%/worker_point.la
%C%_worker_point_la_SOURCES = %D%/worker_point.c
%C%_worker_point_la_CPPFLAGS = -D_GNU_SOURCE
%C%_worker_point_la_CFLAGS = $(HM_CFLAGS)
%C%_worker_point_la_LDFLAGS = -module -avoid-version -shared -rpath /nonexistent
%C%_worker_point_la_LIBADD = -ldl

dist_check_SCRIPTS += %D%/kills.sh %D%/storm.sh

# Rotations and kills around the saving of offsets, two hours and a half long: its rows of the table. Each part has a
# target of its own.
.PHONY: fault-rotations fault-dated fault-offsets
fault-rotations: all $(check_LTLIBRARIES)
	$(AM_V_at)export top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)'; failed=0; \
		ROTATIONS=10000 KILLS=200 SEED=11 SCHEMES='rename copytruncate pair compress' \
			$(SHELL) $(top_srcdir)/tests/fault/rotations.sh || failed=1; \
		for seed in 41 42 43 44 45 51 52; do ROTATIONS=1500 KILLS=300 SEED=$$seed SCHEMES=compress \
			$(SHELL) $(top_srcdir)/tests/fault/rotations.sh || failed=1; done; \
		ROTATIONS=6000 KILLS=1000 SEED=15 SCHEMES=rename $(SHELL) $(top_srcdir)/tests/fault/rotations.sh || failed=1; \
		KILLS=1000 RATE=8 VICTIM=daemon SEED=17 $(SHELL) $(top_srcdir)/tests/fault/crash.sh || failed=1; \
		$(MAKE) $(AM_MAKEFLAGS) fault-dated fault-offsets || failed=1; \
		exit $$failed

# Folders of the hour, an hour being 240 ms: forty minutes.
fault-dated: all $(check_LTLIBRARIES)
	$(AM_V_at)export top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)'; \
		ROTATIONS=$${ROTATIONS:-10000} KILLS=$${KILLS:-200} SEED=$${SEED:-21} HOUR_MS=$${HOUR_MS:-240} SCHEMES=dated \
			$(SHELL) $(top_srcdir)/tests/fault/rotations.sh

# The daemon killed around the saving of offsets: some minutes.
fault-offsets: all $(check_LTLIBRARIES)
	$(AM_V_at)export top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)'; \
		KILLS=$${KILLS:-1000} RATE=$${RATE:-20} SEED=$${SEED:-31} $(SHELL) $(top_srcdir)/tests/fault/offsets.sh

# The whole campaign, minutes long: one table.
.PHONY: fault
fault: all $(check_LTLIBRARIES)
	$(AM_V_at)top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
		$(SHELL) $(top_srcdir)/tests/fault/table.sh

# A thousand kills under load, a quarter of an hour: one row.
.PHONY: fault-kills
fault-kills: all $(check_LTLIBRARIES)
	$(AM_V_at)KILLS=$${KILLS:-1000} top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
		$(SHELL) $(top_srcdir)/tests/fault/kills.sh

# A hundred thousand alerts in a minute: one row.
.PHONY: fault-storm
fault-storm: all
	$(AM_V_at)STORM=$${STORM:-100000} WITHIN=$${WITHIN:-60} RELEASED=yes top_srcdir='$(abs_top_srcdir)' \
		top_builddir='$(abs_top_builddir)' $(SHELL) $(top_srcdir)/tests/fault/storm.sh
