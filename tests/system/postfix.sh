#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Mail through a real Postfix, unpacked below build/peers: STARTTLS with a verified name, two recipients of whom one is
# put off and later taken, one thread, one Message-ID. Needs root: Postfix changes its users.
# shellcheck disable=SC2154,SC1091  # make check gives top_srcdir and top_builddir
set -u
build=$(cd "${top_builddir:-.}" && pwd)
source=$(cd "${top_srcdir:-.}" && pwd)
postfix=$build/peers/postfix
skip() {
    echo "1..0 # SKIP $1"
    exit 0
}
[ -x "$postfix/usr/lib/postfix/sbin/master" ] || skip "Postfix was not unpacked (make peers)"
[ "$(id -u)" -eq 0 ] || skip "Postfix needs root"
command -v openssl >/dev/null || skip "openssl is not installed"
# Its processes are other users, who must be able to go there.
run=$(mktemp -d "${TMPDIR:-/tmp}/hashimori-postfix.XXXXXX") || exit 99
. "$source/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
port=$(free_port)
chmod 0755 "$run"
cp -r "$postfix/usr" "$run/usr"
programs=$run/usr/lib/postfix

# ---- a Postfix of its own ----
mkdir "$run/etc" "$run/queue" "$run/data" "$run/mail" "$run/state" "$run/run"
for folder in active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace; do
    mkdir "$run/queue/$folder"
    chown nobody "$run/queue/$folder"
done
chown root "$run/queue/pid"
chgrp mail "$run/queue/maildrop" "$run/queue/public"
chown nobody "$run/data" "$run/mail"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$run/etc/key.pem" -out "$run/etc/cert.pem" -subj /CN=localhost -days 2 \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>/dev/null
cat >"$run/etc/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $run/queue
data_directory = $run/data
command_directory = $run/usr/sbin
daemon_directory = $programs/sbin
shlib_directory = $programs
meta_directory = $run/etc
mail_owner = nobody
setgid_group = mail
default_privs = games
myhostname = mx.example.net
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = example.net
virtual_mailbox_base = $run/mail
virtual_mailbox_maps = inline:{ first@example.net=first/, second@example.net=second/ }
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_tls_cert_file = $run/etc/cert.pem
smtpd_tls_key_file = $run/etc/key.pem
smtpd_tls_security_level = encrypt
smtpd_recipient_restrictions = reject_unauth_destination, check_recipient_access texthash:$run/etc/access
import_environment = LD_LIBRARY_PATH=$programs MAIL_CONFIG=$run/etc
maillog_file = $run/maillog
maillog_file_prefixes = /tmp, $run
CONF
cat >"$run/etc/master.cf" <<CONF
127.0.0.1:$port inet n - n - 1 smtpd -o max_use=1
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
CONF
echo "second@example.net 450 4.2.1 not now" >"$run/etc/access"
MAIL_CONFIG=$run/etc LD_LIBRARY_PATH=$programs "$programs/sbin/master" -c "$run/etc" -d >"$run/master.log" 2>&1 &
started "$!"

cat >"$run/h.conf" <<CONF
agent = { host = "renkei01"; timezone = "Asia/Tokyo"; language = "ja"; state_dir = "$run/state"; runtime_dir = "$run/run"; plugin_dir = "$build/plugins"; };
watch = ( { subject = "log"; plugin = "linklog"; path = "$run/linkage.log"; must_exist = false; start = "begin";
            patterns = ( { kind = "failure"; pattern = "FAIL (?<job>\\\\S+)"; }, { kind = "recovery"; pattern = "BACK (?<job>\\\\S+)"; } );
            rules = ( { metric = "failure"; event = "critical"; key = ( "job" ); cleared_by = "recovery"; } ); } );
destinations = ( { name = "mail"; channel = "mail"; host = "localhost:$port"; tls = "starttls"; ca_file = "$run/etc/cert.pem";
                   from = "hashimori@example.net"; to = ( "first@example.net", "second@example.net" ); } );
routes = ( { when = { severity = "critical"; }; to = ( "mail" ); } );
CONF
ask() {
    "$build/agent/ctl/hashimori" --config "$run/h.conf" --socket "$run/run/control.sock" --lang en "$@"
}
mails() { # first|second
    find "$run/mail/$1/new" -type f 2>/dev/null | sort
}
mails_are() { # first|second, how many
    [ "$(mails "$1" | wc -l)" -eq "$2" ]
}
headers() { # first|second, name: each mail's
    for mail in $(mails "$1"); do
        sed -n "s/^$2: //p; /^\$/q" "$mail"
    done
}
waits() {
    ask notify outbox --json | grep -q '"attempts": [1-9]'
}
settled() {
    [ "$(ask notify outbox --json | grep -c '"key"')" -eq 0 ]
}
same() { # the distinct lines of standard input are so many
    [ "$(sort -u | wc -l)" -eq "$1" ]
}

wait_for 20 grep -q 'daemon started' "$run/maillog" || skip "Postfix does not start here: $(cat "$run/master.log" "$run/maillog" 2>/dev/null | tail -n 1)"
"$build/agent/main/hashimorid" -c "$run/h.conf" 2>"$run/log" &
started "$!"
wait_for 30 ask status
echo "FAIL ZEI-0012 連携に失敗しました" >"$run/linkage.log"

plan 9
ok_if "a failing line is mail in the first recipient's box" wait_for 20 mails_are first 1
ok_if "whoever was put off is still waited for" wait_for 10 waits
ok_if "and has no mail yet" mails_are second 0
: >"$run/etc/access"
ok_if "once the server takes it, the second has it too" wait_for 60 mails_are second 1
ok_if "the first had it once" mails_are first 1
wait_for 20 settled
echo "BACK ZEI-0012" >>"$run/linkage.log"
ok_if "the recovery is a second mail to each" wait_for 30 eval "mails_are first 2 && mails_are second 2"
ok_if "both recipients have it under the same Message-ID" eval "{ headers first Message-ID; headers second Message-ID; } | same 2"
ok_if "all mails of the incident are one thread" eval "{ headers first References; headers second References; } | same 1"
ok_if "the connection was TLS with STARTTLS" eval 'grep -q "with ESMTPS" $(mails first)'
