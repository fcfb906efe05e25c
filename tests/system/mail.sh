#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A mail of which one recipient was taken and one put off, when the channel's worker and then the daemon are killed
# before the next attempt: only who was put off is tried again, under the same Message-ID.
# shellcheck disable=SC1091  # lib.sh is found by make check's top_srcdir
set -u
build=$(cd "${top_builddir:-.}" && pwd)
source=$(cd "${top_srcdir:-.}" && pwd)
command -v python3 >/dev/null || { echo "1..0 # SKIP python3 is not installed"; exit 0; }
run=$(mktemp -d "$build/tests/mail.XXXXXX") || exit 99
. "$source/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
port=$(free_port)

echo b@example.net >"$run/later"
python3 "$source/tests/system/smtp_peer.py" "$port" "$run" 2>"$run/peer.log" &
started "$!"
wait_for 30 test -e "$run/ready"
cat >"$run/h.conf" <<CONF
agent = { host = "renkei01"; timezone = "Asia/Tokyo"; language = "ja"; state_dir = "$run/state"; runtime_dir = "$run/run"; plugin_dir = "$build/plugins"; };
watch = ( { subject = "log"; plugin = "linklog"; path = "$run/linkage.log"; must_exist = false; start = "begin";
            patterns = ( { kind = "failure"; pattern = "FAIL (?<job>\\\\S+)"; } );
            rules = ( { metric = "failure"; event = "critical"; key = ( "job" ); } ); } );
destinations = ( { name = "mail"; channel = "mail"; host = "127.0.0.1:$port"; tls = "none";
                   from = "hashimori@example.net"; to = ( "a@example.net", "b@example.net" ); } );
routes = ( { when = { severity = "critical"; }; to = ( "mail" ); } );
CONF

start_daemon() {
    begin_daemon hashimori status
}
asked() { # recipient, how often
    [ "$(grep -cs "^RCPT TO:<$1>" "$run/commands")" -eq "$2" ]
}
asked_at_least() {
    [ "$(grep -cs "^RCPT TO:<$1>" "$run/commands")" -ge "$2" ]
}
is_put_off() {
    hashimori notify outbox --json >"$run/outbox" && grep -q greylisted "$run/outbox"
}
# The worker that hosts the channel: the daemon's child that has its plugin mapped.
mail_worker() {
    for child in $(cat "/proc/$daemon/task/$daemon/children"); do
        grep -q 'channel_mail' "/proc/$child/maps" 2>/dev/null && echo "$child"
    done
}
kill_worker() {
    worker=$(mail_worker)
    [ -n "$worker" ] && kill -KILL "$worker" && wait_for 20 gone "$worker"
}
kill_daemon() {
    kill -KILL "$daemon" && wait_for 20 gone "$daemon"
}
settled() {
    [ "$(hashimori notify outbox --json | grep -c '"key"')" -eq 0 ]
}
one_identity() { # header
    [ "$(cat "$run"/mail.* | sed -n "s/^$1: //p" | sort -u | wc -l)" -eq 1 ]
}

plan 8
start_daemon
echo "FAIL ZEI-0012" >"$run/linkage.log"
ok_if "one recipient is served, the other is put off" wait_for 30 is_put_off
ok_if "the worker is killed" kill_worker
before=$(grep -c "^RCPT TO:<b@" "$run/commands")
ok_if "another one tries again" wait_for 30 asked_at_least b@example.net "$((before + 1))"
ok_if "the daemon is killed too, and started again" eval "kill_daemon && start_daemon"
: >"$run/later"
ok_if "once taken, nothing waits" wait_for 60 settled
ok_if "who had been served was asked for once" asked a@example.net 1
ok_if "both had the same Message-ID" one_identity Message-ID
ok_if "and are in the same thread" one_identity References
