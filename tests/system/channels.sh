#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Channels that need libraries or programs of their own, in real workers of a real daemon: what one is told
# arrives, and one whose receiver is absent keeps it.
# shellcheck disable=SC2154,SC1091  # make check gives top_srcdir and top_builddir
set -u
build=$top_builddir
run=$(mktemp -d "$build/channels.XXXXXX") || exit 99
. "$top_srcdir/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
port=$(free_port)
# Postfix's receiver for tests needs no privileges and no configuration.
postfix=$(cd "$build" && pwd)/peers/postfix/usr
sink=$postfix/sbin/smtp-sink

mkdir "$run/state" "$run/daemon" "$run/sink"
chmod 0777 "$run/sink"
chmod 0700 "$run/state"
printf '#!/bin/sh\ncat >>"%s/told"\n' "$run" >"$run/tell"
printf '#!/bin/sh\n{ echo "$@"; cat; } >"%s/mail.new" && mv "%s/mail.new" "%s/mail"\n' "$run" "$run" "$run" >"$run/sendmail"
chmod 0755 "$run/tell" "$run/sendmail"
cat >"$run/hashimori.conf" <<CONF
agent = { host = "renkei01"; timezone = "Asia/Tokyo"; language = "ja"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins"; };
watch = ( { subject = "disk"; plugin = "disk"; mounts = ( "/" ); } );
destinations = (
    { name = "pager"; channel = "exec"; command = ( "$run/tell" ); accepts = true; },
    { name = "mail"; channel = "mail"; transport = "sendmail"; path = "$run/sendmail"; from = "hashimori@example.net"; to = ( "ops@example.net" ); },
    { name = "smtp"; channel = "mail"; host = "127.0.0.1:$port"; tls = "none"; from = "hashimori@example.net"; to = ( "ops@example.net" ); },
    { name = "desk"; channel = "webhook"; url = "https://127.0.0.1:$port/"; } );
routes = ( { to = ( "pager" ); } );
CONF

ask() {
    "$build/agent/ctl/hashimori" --config "$run/hashimori.conf" --socket "$run/daemon/control.sock" --lang en "$@"
}
told_of() { # event
    grep -q "\"event_id\":\"$1\"" "$run/told"
}
refuses() { # part of a destination, text
    sed "s|$1|$2|" "$run/hashimori.conf" >"$run/bad.conf"
    "$build/agent/main/hashimorid" -t -c "$run/bad.conf" >"$run/out" 2>&1
    got=$?
    cat "$run/out"
    [ "$got" -eq 1 ] && grep -q "bad.conf:[0-9]*: " "$run/out"
}
tests() { # destinations
    for destination in "$@"; do
        ask notify test "$destination" >>"$run/log" 2>&1
    done
}
outbox_is() { # entries
    [ "$(ask notify outbox --json | grep -c '"key"')" -eq "$1" ]
}
sinks_mail() {
    # As root it wants to be told whom to be instead.
    # shellcheck disable=SC2046  # flags are words
    (cd "$run/sink" && LD_LIBRARY_PATH=$postfix/lib/postfix exec "$sink" $([ "$(id -u)" -ne 0 ] || echo -u nobody) -D mail "127.0.0.1:$port" 10) &
    started "$!"
    wait_for 60 grep -rqs '^X-Rcpt-Args: <ops@example.net>' "$run/sink"
}
kept() { # entries
    [ "$(ask notify outbox --json | grep -c '"last_answer": "Failed to connect')" -eq "$1" ] && outbox_is "$1"
}

plan 9

ok_if "the configuration is good" "$build/agent/main/hashimorid" -t -c "$run/hashimori.conf"
ok_if "an address that would be a command is refused with its line" refuses 'ops@example.net' 'ops@example.net\\r\\nDATA'
ok_if "a webhook without TLS is refused with its line" refuses 'https://' 'http://'

"$build/agent/main/hashimorid" -c "$run/hashimori.conf" >>"$run/log" 2>&1 &
started "$!"
ok_if "the daemon answers" wait_for 20 ask status
tests pager mail smtp desk
ok_if "a command is given the notice as JSON" wait_for 20 told_of HM-TEST
ok_if "sendmail is given a mail with the notice's key as its Message-ID" \
    wait_for 20 grep -q '^Message-ID: <[A-Z2-7]*@renkei01.example.net>$' "$run/mail"
ok_if "what an absent mail server and an absent webhook were to be told is kept, with the reason" wait_for 20 kept 2
ok_if "and nothing else is" outbox_is 2

if [ -x "$sink" ]; then
    ok_if "a mail server that is back is told what was kept" sinks_mail
else
    echo "ok 9 - a mail server that is back is told what was kept # SKIP Postfix was not unpacked (make peers)"
fi
