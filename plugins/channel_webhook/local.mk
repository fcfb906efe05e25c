# SPDX-License-Identifier: BSD-2-Clause
channel_webhook_sources = %D%/channel_webhook.c %D%/payload.c %D%/payload.h %D%/signature.c \
	%D%/signature.h plugins/shared/notice_json.c plugins/shared/notice_json.h \
	plugins/shared/transfer.c plugins/shared/transfer.h
plugin_LTLIBRARIES += %D%/channel_webhook.la
%C%_channel_webhook_la_SOURCES = $(channel_webhook_sources)
%C%_channel_webhook_la_CPPFLAGS = $(plugin_cppflags) -I$(top_srcdir)/plugins
%C%_channel_webhook_la_CFLAGS = $(HM_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS) $(NETTLE_CFLAGS)
%C%_channel_webhook_la_LDFLAGS = $(plugin_ldflags)
%C%_channel_webhook_la_LIBADD = $(CURL_LIBS) $(JANSSON_LIBS) $(NETTLE_LIBS)
EXTRA_DIST += %D%/channel_webhook.md

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/plugins/test_channel_webhook
tests_unit_plugins_test_channel_webhook_SOURCES = tests/unit/plugins/test_channel_webhook.c \
	$(channel_fixture_sources) $(channel_webhook_sources)
tests_unit_plugins_test_channel_webhook_CPPFLAGS = $(fake_host_cppflags) \
	-I$(top_srcdir)/plugins -I$(top_srcdir)/plugins/channel_webhook
tests_unit_plugins_test_channel_webhook_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
tests_unit_plugins_test_channel_webhook_LDADD = $(fake_host_libs) $(CURL_LIBS) $(JANSSON_LIBS) \
	$(NETTLE_LIBS)

check_PROGRAMS += tests/unit/plugins/test_channel_webhook_payload
tests_unit_plugins_test_channel_webhook_payload_SOURCES = \
	tests/unit/plugins/test_channel_webhook_payload.c plugins/channel_webhook/payload.c \
	plugins/shared/notice_json.c
tests_unit_plugins_test_channel_webhook_payload_CPPFLAGS = $(fake_host_cppflags) \
	-I$(top_srcdir)/plugins -I$(top_srcdir)/plugins/channel_webhook
tests_unit_plugins_test_channel_webhook_payload_LDADD = $(CMOCKA_LIBS) $(JANSSON_LIBS)
endif
