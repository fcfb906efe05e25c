# SPDX-License-Identifier: BSD-2-Clause
# What the unit tests of plugins link: the plugin's own .c files and $(fake_host_libs).
fuse_sources = tests/fake/fuse.c tests/fake/fuse.h
fuse_silent_sources = tests/fake/fuse_silent.c tests/fake/fuse_silent.h $(fuse_sources)
fuse_folder_sources = tests/fake/fuse_folder.c tests/fake/fuse_folder.h $(fuse_sources)
if HAVE_CMOCKA
check_LIBRARIES += %D%/libfakehost.a
%C%_libfakehost_a_SOURCES = %D%/fake_host.c %D%/fake_host.h %D%/fake_host_private.h \
	%D%/fake_loop.c %D%/fake_options.c
%C%_libfakehost_a_CPPFLAGS = $(plugin_cppflags)
fake_host_libs = %D%/libfakehost.a $(CMOCKA_LIBS)
# _CPPFLAGS of a plugin's unit test.
fake_host_cppflags = $(plugin_cppflags) -I$(top_srcdir)/tests/fake -I$(top_srcdir)/tests/unit
channel_fixture_sources = tests/unit/plugins/channel_fixture.c \
	tests/unit/plugins/channel_fixture.h tests/fake/line_peer.c tests/fake/line_peer.h

check_PROGRAMS += tests/unit/fake/test_fake_host
tests_unit_fake_test_fake_host_SOURCES = tests/unit/fake/test_fake_host.c
tests_unit_fake_test_fake_host_CPPFLAGS = $(fake_host_cppflags)
tests_unit_fake_test_fake_host_LDADD = $(fake_host_libs)
endif
