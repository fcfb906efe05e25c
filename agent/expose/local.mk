# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/libexpose.a
%C%_libexpose_a_SOURCES = %D%/answer.c %D%/answer.h %D%/control.c %D%/control.h %D%/listener.c \
	%D%/listener.h %D%/publisher.c %D%/publisher.h
expose_libs = %D%/libexpose.a $(record_libs) $(wire_libs) $(loop_libs)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/expose/test_control
tests_unit_expose_test_control_SOURCES = tests/unit/expose/test_control.c \
	tests/unit/expose/control_fixture.c tests/unit/expose/control_fixture.h
tests_unit_expose_test_control_LDADD = $(expose_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/expose/test_control_socket
tests_unit_expose_test_control_socket_SOURCES = tests/unit/expose/test_control_socket.c \
	tests/unit/expose/control_fixture.c tests/unit/expose/control_fixture.h
tests_unit_expose_test_control_socket_LDADD = $(expose_libs) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/expose/test_publisher
tests_unit_expose_test_publisher_SOURCES = tests/unit/expose/test_publisher.c
tests_unit_expose_test_publisher_LDADD = $(expose_libs) $(CMOCKA_LIBS)
endif
