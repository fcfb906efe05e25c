# SPDX-License-Identifier: BSD-2-Clause
noinst_PROGRAMS += %D%/notified
%C%_notified_SOURCES = %D%/notified.c

dist_check_SCRIPTS += %D%/announced.sh %D%/daemon.sh %D%/maintenance.sh %D%/snmp_faces.sh
dist_check_SCRIPTS += %D%/linkage.sh %D%/samples.sh
dist_check_SCRIPTS += %D%/channels.sh %D%/mail.sh %D%/webhook.sh %D%/postfix.sh
EXTRA_DIST += %D%/smtp_peer.py %D%/http_peer.py
dist_check_SCRIPTS += %D%/queue.sh
dist_check_SCRIPTS += %D%/redact.sh
EXTRA_DIST += %D%/redact_seen.py
