# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/libjudge.a
%C%_libjudge_a_SOURCES = %D%/due.c %D%/due.h %D%/event.c %D%/event.h %D%/expression.c \
	%D%/expression.h %D%/hysteresis.c %D%/hysteresis.h %D%/incident.c %D%/incident.h \
	%D%/judge.c %D%/judge.h %D%/metric.c %D%/metric.h %D%/registry.c %D%/registry.h \
	%D%/service.c %D%/service.h %D%/state.h %D%/verdict.c %D%/verdict.h
judge_libs = %D%/libjudge.a agent/calendar/libcalendar.a $(settings_libs)
