# SPDX-License-Identifier: BSD-2-Clause
include plugins/channel_syslog/local.mk
include plugins/watch_process/local.mk
include plugins/channel_snmp/local.mk
include plugins/channel_exec/local.mk
include plugins/channel_webhook/local.mk
include plugins/channel_mail/local.mk
include plugins/watch_linklog/local.mk
include plugins/watch_disk/local.mk
include plugins/watch_queue/local.mk
include plugins/watch_jobqueue/local.mk
include plugins/face_snmp/local.mk

# dlopen takes the .so; the .la of libtool would only be in the way.
install-data-hook:
	for plugin in $(plugin_LTLIBRARIES); do rm -f "$(DESTDIR)$(plugindir)/$${plugin##*/}"; done

uninstall-hook:
	for plugin in $(plugin_LTLIBRARIES); do \
		name=$${plugin##*/}; rm -f "$(DESTDIR)$(plugindir)/$${name%.la}.so"; done
