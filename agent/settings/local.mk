# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/libsettings.a
%C%_libsettings_a_SOURCES = %D%/ask.c %D%/ask.h %D%/code.c %D%/code.h %D%/complaint.c %D%/complaint.h \
	%D%/diff.c %D%/diff.h %D%/expression.c %D%/expression.h %D%/guest.c %D%/guest.h %D%/guest_file.c %D%/guest_run.c %D%/holidays.c %D%/holidays.h \
	%D%/load.c %D%/load.h %D%/load_linkage.c %D%/load_notify.c %D%/load_service.c %D%/load_watch.c %D%/option.c \
	%D%/option.h %D%/profile.c %D%/profile.h %D%/reader.c %D%/reader.h %D%/release.c %D%/rule.c %D%/rule.h %D%/rules.c \
	%D%/scan.c %D%/secret.c %D%/secret.h %D%/settings.c %D%/settings.h %D%/source.c \
	%D%/source.h %D%/tables.c %D%/tree.c %D%/tree.h %D%/units.c %D%/units.h %D%/value.c \
	%D%/value.h
%C%_libsettings_a_SOURCES += %D%/drill.c %D%/drill.h %D%/load_route.c
%C%_libsettings_a_SOURCES += %D%/load_redact.c %D%/regex.c %D%/regex.h
settings_libs = %D%/libsettings.a $(model_libs) $(LIBCONFIG_LIBS) $(JANSSON_LIBS) $(NETTLE_LIBS) $(PCRE2_LIBS)

# For tests of all layers above: a guest_source without processes.
check_LIBRARIES += tests/fake/libsettings_guests.a
tests_fake_libsettings_guests_a_SOURCES = tests/fake/settings_guests.c tests/fake/settings_guests.h
settings_test_libs = tests/fake/libsettings_guests.a $(settings_libs)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/settings/test_settings
tests_unit_settings_test_settings_SOURCES = tests/unit/settings/test_settings.c
tests_unit_settings_test_settings_LDADD = $(settings_test_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/settings/test_guest
tests_unit_settings_test_guest_SOURCES = tests/unit/settings/test_guest.c
tests_unit_settings_test_guest_LDADD = $(settings_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/settings/test_complaints
tests_unit_settings_test_complaints_SOURCES = tests/unit/settings/test_complaints.c
tests_unit_settings_test_complaints_LDADD = $(settings_test_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/settings/test_source
tests_unit_settings_test_source_SOURCES = tests/unit/settings/test_source.c
tests_unit_settings_test_source_LDADD = $(settings_test_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/settings/test_units
tests_unit_settings_test_units_SOURCES = tests/unit/settings/test_units.c
tests_unit_settings_test_units_LDADD = $(settings_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/settings/test_code
tests_unit_settings_test_code_SOURCES = tests/unit/settings/test_code.c
tests_unit_settings_test_code_LDADD = $(settings_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/settings/test_holidays
tests_unit_settings_test_holidays_SOURCES = tests/unit/settings/test_holidays.c
tests_unit_settings_test_holidays_LDADD = $(settings_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/settings/test_manual
tests_unit_settings_test_manual_SOURCES = tests/unit/settings/test_manual.c
tests_unit_settings_test_manual_LDADD = $(settings_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/settings/test_diff
tests_unit_settings_test_diff_SOURCES = tests/unit/settings/test_diff.c
tests_unit_settings_test_diff_LDADD = $(settings_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/settings/test_expression
tests_unit_settings_test_expression_SOURCES = tests/unit/settings/test_expression.c
tests_unit_settings_test_expression_LDADD = $(settings_libs) $(CMOCKA_LIBS)
endif

dist_check_SCRIPTS += tests/system/configuration.sh
