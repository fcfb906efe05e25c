# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/libjudge.a
%C%_libjudge_a_SOURCES = %D%/command.c %D%/countdown.c %D%/countdown.h %D%/depend.c %D%/depend.h %D%/derive.c %D%/derive.h %D%/slope.c %D%/slope.h %D%/due.c %D%/due.h \
	%D%/event.c %D%/event.h %D%/hysteresis.c %D%/hysteresis.h %D%/fingerprint.c %D%/fingerprint.h %D%/flap.c %D%/flap.h %D%/incident.c %D%/incident.h \
	%D%/judge.c %D%/judge.h %D%/logic.c %D%/logic.h %D%/metric.c %D%/metric.h %D%/past.c %D%/past.h \
	%D%/registry.c %D%/registry.h %D%/service.c %D%/service.h %D%/service_find.c \
	%D%/service_find.h %D%/service_said.c %D%/service_said.h %D%/sink.h %D%/state.h \
	%D%/suppress.c %D%/suppress.h %D%/tally.c \
	%D%/tally.h %D%/trail.c %D%/trail.h %D%/verdict.c %D%/verdict.h
%C%_libjudge_a_SOURCES += %D%/linkage.c %D%/linkage.h %D%/linkage_event.c %D%/linkage_event.h \
	%D%/linkage_feed.c %D%/linkage_feed.h \
	%D%/linkage_plan.c %D%/linkage_plan.h %D%/linkage_run.c %D%/linkage_run.h %D%/linkage_say.c \
	%D%/linkage_say.h %D%/linkage_tell.c %D%/linkage_tell.h %D%/linkage_view.c
judge_libs = %D%/libjudge.a agent/calendar/libcalendar.a $(settings_libs)

if HAVE_CMOCKA
check_LIBRARIES += tests/unit/judge/libscene.a
tests_unit_judge_libscene_a_SOURCES = tests/unit/judge/scene.c tests/unit/judge/scene.h

check_PROGRAMS += tests/unit/judge/test_trail
tests_unit_judge_test_trail_SOURCES = tests/unit/judge/test_trail.c
tests_unit_judge_test_trail_LDADD = $(judge_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/judge/test_hysteresis
tests_unit_judge_test_hysteresis_SOURCES = tests/unit/judge/test_hysteresis.c
tests_unit_judge_test_hysteresis_LDADD = $(judge_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/judge/test_judge
tests_unit_judge_test_judge_SOURCES = tests/unit/judge/test_judge.c
tests_unit_judge_test_judge_LDADD = tests/unit/judge/libscene.a $(judge_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/judge/test_judge_blind
tests_unit_judge_test_judge_blind_SOURCES = tests/unit/judge/test_judge_blind.c
tests_unit_judge_test_judge_blind_LDADD = tests/unit/judge/libscene.a $(judge_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/judge/test_call
tests_unit_judge_test_call_SOURCES = tests/unit/judge/test_call.c
tests_unit_judge_test_call_LDADD = tests/unit/judge/libscene.a $(judge_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/judge/test_past
tests_unit_judge_test_past_SOURCES = tests/unit/judge/test_past.c
tests_unit_judge_test_past_LDADD = $(judge_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/judge/test_service
tests_unit_judge_test_service_SOURCES = tests/unit/judge/test_service.c
tests_unit_judge_test_service_LDADD = tests/unit/judge/libscene.a $(judge_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/judge/test_derive
tests_unit_judge_test_derive_SOURCES = tests/unit/judge/test_derive.c
tests_unit_judge_test_derive_LDADD = tests/unit/judge/libscene.a $(judge_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/judge/test_fingerprint
tests_unit_judge_test_fingerprint_SOURCES = tests/unit/judge/test_fingerprint.c
tests_unit_judge_test_fingerprint_LDADD = $(judge_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/judge/test_flap
tests_unit_judge_test_flap_SOURCES = tests/unit/judge/test_flap.c
tests_unit_judge_test_flap_LDADD = tests/unit/judge/libscene.a $(judge_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/judge/test_suppress
tests_unit_judge_test_suppress_SOURCES = tests/unit/judge/test_suppress.c
tests_unit_judge_test_suppress_LDADD = tests/unit/judge/libscene.a $(judge_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/judge/test_work
tests_unit_judge_test_work_SOURCES = tests/unit/judge/test_work.c
tests_unit_judge_test_work_LDADD = tests/unit/judge/libscene.a $(judge_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/judge/test_restart
tests_unit_judge_test_restart_SOURCES = tests/unit/judge/test_restart.c
tests_unit_judge_test_restart_LDADD = tests/unit/judge/libscene.a $(judge_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/judge/test_linkage
tests_unit_judge_test_linkage_SOURCES = tests/unit/judge/test_linkage.c
tests_unit_judge_test_linkage_LDADD = tests/unit/judge/libscene.a $(judge_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/judge/test_linkage_event
tests_unit_judge_test_linkage_event_SOURCES = tests/unit/judge/test_linkage_event.c
tests_unit_judge_test_linkage_event_LDADD = $(judge_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/judge/test_linkage_plan
tests_unit_judge_test_linkage_plan_SOURCES = tests/unit/judge/test_linkage_plan.c
tests_unit_judge_test_linkage_plan_LDADD = $(judge_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/judge/test_logic
tests_unit_judge_test_logic_SOURCES = tests/unit/judge/test_logic.c
tests_unit_judge_test_logic_LDADD = $(judge_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/judge/test_due
tests_unit_judge_test_due_SOURCES = tests/unit/judge/test_due.c
tests_unit_judge_test_due_LDADD = $(judge_libs) $(CMOCKA_LIBS)
endif
