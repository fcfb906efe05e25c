# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/libpipeline.a
%C%_libpipeline_a_SOURCES = %D%/pipeline.c %D%/pipeline.h %D%/pipeline_amend.c %D%/pipeline_plan.c %D%/pipeline_board.c \
	%D%/pipeline_burn.c %D%/pipeline_evidence.c \
	%D%/pipeline_incident.c %D%/pipeline_internal.h %D%/pipeline_sla.c %D%/pipeline_start.c %D%/pipeline_tell.c %D%/showing.c %D%/showing.h %D%/story.c %D%/story.h %D%/view.c %D%/view.h
%C%_libpipeline_a_SOURCES += %D%/pipeline_brake.c %D%/pipeline_drill.c %D%/pipeline_emergency.c \
	%D%/pipeline_follow.c
pipeline_libs = %D%/libpipeline.a agent/notify/libnotify.a agent/judge/libjudge.a $(record_libs)

sbin_PROGRAMS += %D%/hashimorid
%C%_hashimorid_SOURCES = %D%/backlog.c %D%/backlog.h %D%/daemon.c %D%/daemon.h %D%/daemon_board.c %D%/daemon_ledger.c %D%/daemon_ledger.h \
	%D%/main.c %D%/state_room.c %D%/state_room.h %D%/service_manager.c %D%/service_manager.h %D%/verbs.c %D%/verbs.h \
	%D%/verbs_copy.c %D%/verbs_plan.c %D%/verbs_incident.c %D%/verbs_show.c %D%/verbs_told.c
%C%_hashimorid_SOURCES += %D%/verbs_linkage.c
%C%_hashimorid_SOURCES += %D%/verbs_archive.c %D%/verbs_import.c
%C%_hashimorid_LDADD = %D%/libpipeline.a agent/notify/libnotify.a agent/judge/libjudge.a \
	agent/expose/libexpose.a agent/watch/libwatch.a $(record_libs) $(settings_libs) $(loop_libs)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/main/test_state_room
tests_unit_main_test_state_room_SOURCES = tests/unit/main/test_state_room.c %D%/state_room.c
tests_unit_main_test_state_room_LDADD = $(base_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/main/test_pipeline
tests_unit_main_test_pipeline_SOURCES = tests/unit/main/test_pipeline.c
tests_unit_main_test_pipeline_LDADD = $(pipeline_libs) $(settings_test_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/main/test_incident
tests_unit_main_test_incident_SOURCES = tests/unit/main/test_incident.c
tests_unit_main_test_incident_LDADD = $(pipeline_libs) $(settings_test_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/main/test_plan
tests_unit_main_test_plan_SOURCES = tests/unit/main/test_plan.c
tests_unit_main_test_plan_LDADD = $(pipeline_libs) $(settings_test_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/main/test_showing
tests_unit_main_test_showing_SOURCES = tests/unit/main/test_showing.c agent/main/backlog.c
tests_unit_main_test_showing_LDADD = $(pipeline_libs) $(settings_test_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/main/test_telling
tests_unit_main_test_telling_SOURCES = tests/unit/main/test_telling.c \
	tests/unit/main/telling_tree.c tests/unit/main/telling_tree.h
tests_unit_main_test_telling_LDADD = $(pipeline_libs) $(settings_test_libs) $(CMOCKA_LIBS)
endif

# Whoever was told that it is raised is told that it cleared: a long run of random sequences.
.PHONY: check-telling
check-telling: tests/unit/main/test_telling
	TELLING_RUNS=2000 tests/unit/main/test_telling
