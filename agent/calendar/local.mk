# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/libcalendar.a
%C%_libcalendar_a_SOURCES = %D%/calendar.c %D%/calendar.h %D%/holiday.c %D%/holiday.h \
	%D%/period.c %D%/tzrule.c %D%/tzrule.h %D%/zone.c
calendar_libs = %D%/libcalendar.a $(model_libs)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/calendar/test_zone
tests_unit_calendar_test_zone_SOURCES = tests/unit/calendar/test_zone.c
tests_unit_calendar_test_zone_LDADD = $(calendar_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/calendar/test_tzrule
tests_unit_calendar_test_tzrule_SOURCES = tests/unit/calendar/test_tzrule.c
tests_unit_calendar_test_tzrule_LDADD = $(calendar_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/calendar/test_calendar
tests_unit_calendar_test_calendar_SOURCES = tests/unit/calendar/test_calendar.c
tests_unit_calendar_test_calendar_LDADD = $(calendar_libs) $(CMOCKA_LIBS)

EXTRA_DIST += tests/samples/holidays_jp.txt
check_PROGRAMS += tests/unit/calendar/test_holiday
tests_unit_calendar_test_holiday_SOURCES = tests/unit/calendar/test_holiday.c
tests_unit_calendar_test_holiday_LDADD = $(calendar_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/calendar/test_period
tests_unit_calendar_test_period_SOURCES = tests/unit/calendar/test_period.c
tests_unit_calendar_test_period_LDADD = $(calendar_libs) $(CMOCKA_LIBS)
endif
