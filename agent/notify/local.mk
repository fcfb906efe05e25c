# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/libnotify.a
%C%_libnotify_a_SOURCES = %D%/courier.c %D%/courier.h %D%/render.c %D%/render.h %D%/routes.c \
	%D%/routes.h %D%/shogai.c %D%/shogai.h
%C%_libnotify_a_SOURCES += %D%/brake.c %D%/brake.h %D%/digest.c %D%/digest.h %D%/drill.c %D%/drill.h
%C%_libnotify_a_SOURCES += %D%/number.c %D%/number.h %D%/quotation.c %D%/quotation.h %D%/redact.c %D%/redact.h %D%/redact_row.c %D%/redact_row.h
notify_libs = %D%/libnotify.a $(record_libs) $(settings_libs)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/notify/test_courier
tests_unit_notify_test_courier_SOURCES = tests/unit/notify/test_courier.c
tests_unit_notify_test_courier_LDADD = $(notify_libs) $(settings_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/notify/test_render
tests_unit_notify_test_render_SOURCES = tests/unit/notify/test_render.c
tests_unit_notify_test_render_LDADD = $(notify_libs) $(settings_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/notify/test_shogai
tests_unit_notify_test_shogai_SOURCES = tests/unit/notify/test_shogai.c
tests_unit_notify_test_shogai_LDADD = $(notify_libs) $(settings_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/notify/test_routes
tests_unit_notify_test_routes_SOURCES = tests/unit/notify/test_routes.c
tests_unit_notify_test_routes_LDADD = $(notify_libs) $(settings_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/notify/test_brake
tests_unit_notify_test_brake_SOURCES = tests/unit/notify/test_brake.c
tests_unit_notify_test_brake_LDADD = $(notify_libs) $(settings_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/notify/test_drill
tests_unit_notify_test_drill_SOURCES = tests/unit/notify/test_drill.c
tests_unit_notify_test_drill_LDADD = $(notify_libs) $(settings_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/notify/test_quotation
tests_unit_notify_test_quotation_SOURCES = tests/unit/notify/test_quotation.c
tests_unit_notify_test_quotation_LDADD = $(notify_libs) $(settings_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/notify/test_redact
tests_unit_notify_test_redact_SOURCES = tests/unit/notify/test_redact.c
tests_unit_notify_test_redact_LDADD = $(notify_libs) $(settings_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/notify/test_redact_row
tests_unit_notify_test_redact_row_SOURCES = tests/unit/notify/test_redact_row.c
tests_unit_notify_test_redact_row_LDADD = $(notify_libs) $(settings_libs) $(CMOCKA_LIBS)
endif
