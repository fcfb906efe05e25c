# SPDX-License-Identifier: BSD-2-Clause
channel_mail_sources = %D%/channel_mail.c %D%/encode.c %D%/encode.h %D%/message.c %D%/message.h \
	%D%/progress.c %D%/progress.h %D%/replies.c %D%/replies.h %D%/settings.c %D%/settings.h \
	plugins/shared/notice_json.c plugins/shared/notice_json.h plugins/shared/transfer.c \
	plugins/shared/transfer.h plugins/shared/visible.c plugins/shared/visible.h
plugin_LTLIBRARIES += %D%/channel_mail.la
%C%_channel_mail_la_SOURCES = $(channel_mail_sources)
%C%_channel_mail_la_CPPFLAGS = $(plugin_cppflags) -I$(top_srcdir)/plugins
%C%_channel_mail_la_CFLAGS = $(HM_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS)
%C%_channel_mail_la_LDFLAGS = $(plugin_ldflags)
%C%_channel_mail_la_LIBADD = $(CURL_LIBS) $(JANSSON_LIBS)
EXTRA_DIST += %D%/channel_mail.md

if HAVE_CMOCKA
channel_mail_test_cppflags = $(fake_host_cppflags) -I$(top_srcdir)/plugins \
	-I$(top_srcdir)/plugins/channel_mail

check_PROGRAMS += tests/unit/plugins/test_channel_mail
tests_unit_plugins_test_channel_mail_SOURCES = tests/unit/plugins/test_channel_mail.c \
	$(channel_fixture_sources) $(channel_mail_sources)
tests_unit_plugins_test_channel_mail_CPPFLAGS = $(channel_mail_test_cppflags)
tests_unit_plugins_test_channel_mail_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
tests_unit_plugins_test_channel_mail_LDADD = $(fake_host_libs) $(CURL_LIBS) $(JANSSON_LIBS)

check_PROGRAMS += tests/unit/plugins/test_channel_mail_sendmail
tests_unit_plugins_test_channel_mail_sendmail_SOURCES = \
	tests/unit/plugins/test_channel_mail_sendmail.c $(channel_fixture_sources) \
	$(channel_mail_sources)
tests_unit_plugins_test_channel_mail_sendmail_CPPFLAGS = $(channel_mail_test_cppflags)
tests_unit_plugins_test_channel_mail_sendmail_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
tests_unit_plugins_test_channel_mail_sendmail_LDADD = $(fake_host_libs) $(CURL_LIBS) \
	$(JANSSON_LIBS)

check_PROGRAMS += tests/unit/plugins/test_channel_mail_message
tests_unit_plugins_test_channel_mail_message_SOURCES = \
	tests/unit/plugins/test_channel_mail_message.c plugins/channel_mail/encode.c \
	plugins/channel_mail/message.c plugins/shared/notice_json.c
tests_unit_plugins_test_channel_mail_message_CPPFLAGS = $(channel_mail_test_cppflags)
tests_unit_plugins_test_channel_mail_message_LDADD = $(CMOCKA_LIBS) $(JANSSON_LIBS)
endif
