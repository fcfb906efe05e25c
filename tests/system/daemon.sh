#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The life of hashimorid: check, start, service manager, reload, order and disorder at its end, and what survives.
# shellcheck disable=SC2154,SC1091  # make check gives top_srcdir and top_builddir
set -u
build=$top_builddir
run=$(mktemp -d "$build/daemon.XXXXXX") || exit 99
. "$top_srcdir/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
hashimorid=$build/agent/main/hashimorid

mkdir "$run/state" "$run/daemon"
chmod 0700 "$run/state"
echo daemon >"$run/community"
chmod 0600 "$run/community"
cp /bin/sleep "$run/daemon-engine"
# Nobody listens there: what is told stays in the outbox.
port=$(free_port)

# configure MORE-AGENT MORE-WATCHES: the configuration.
configure() {
    cat >"$run/hashimori.conf" <<CONF
agent = { host = "daemon"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins"; $1 };
calendars = ( { name = "always"; hours = ( "00:00-24:00" ); } );
services = ( { name = "renkei"; environment = "production"; calendar = "always"; down_when = "any(engine)";
               sla = { availability = "99.9"; recovery = "2h"; notification = "30m"; period = "fiscal_year"; }; } );
watch = ( { subject = "engine"; plugin = "process"; name = "daemon-engine"; interval = "1s"; service = "renkei"; } $2 );
destinations = ( { name = "nms"; channel = "snmp"; host = "127.0.0.1:$port"; inform = true; community_file = "$run/community"; } );
routes = ( { to = ( "nms" ); } );
CONF
}
more_watches=", { subject = \"disk\"; plugin = \"disk\"; mounts = ( \"/\" ); }"

# exits CODE TEXT COMMAND...: with that code, and the text in what it prints.
exits() {
    wanted=$1
    text=$2
    shift 2
    "$@" >"$run/out" 2>&1
    got=$?
    cat "$run/out"
    [ "$got" -eq "$wanted" ] || { echo "exit $got, expected $wanted"; return 1; }
    grep -qF -e "$text" "$run/out"
}
in_language() {
    language=$1
    shift
    LC_ALL=$language "$@"
}
begin() {
    "$hashimorid" -c "$run/hashimori.conf" >>"$run/log" 2>&1 &
    daemon=$!
    started "$daemon"
}
ask() {
    "$build/agent/ctl/hashimori" --config "$run/hashimori.conf" --socket "$run/daemon/control.sock" --lang en "$@"
}
# figure NAME: the first member of that name in `status`.
figure() {
    ask status --json | tr ',{}[]' '\n\n\n\n\n' | sed -n "s/^ *\"$1\": *\"*\([^\"]*\)\"* *$/\1/p" | head -n 1
}
is() {
    [ "$(figure "$1")" = "$2" ]
}
watches_engine() {
    ask subject show engine --json | grep -q "\"verdict\": *\"$1\""
}
# Seconds of all classes at one moment.
seconds_of_classes() {
    ask status --json | tr ',{}' '\n\n\n' | sed -n 's/^ *"\(up\|degraded\|down\|unmonitored\)_s": *\([0-9]*\).*/\2/p' |
        awk '{ n += $1 } END { print n }'
}
between() { # FIRST NUMBER LAST
    echo "$1 <= $2 <= $3"
    [ "$1" -le "$2" ] && [ "$2" -le "$3" ]
}
count_of() {
    grep -c "^$1" "$run/notified"
}
came() { # ASSIGNMENT TIMES
    [ "$(count_of "$1")" -ge "$2" ]
}

plan 27

configure "" ""
ok_if "a good configuration is good" exits 0 "the configuration is good" in_language C "$hashimorid" -t -c "$run/hashimori.conf"
ok_if "in Japanese too" exits 0 "設定に誤りはありません" in_language ja_JP.UTF-8 "$hashimorid" -t -c "$run/hashimori.conf"
sed 's/interval/intervall/' "$run/hashimori.conf" >"$run/bad.conf"
line=$(grep -n intervall "$run/bad.conf" | cut -d : -f 1)
ok_if "a bad one is refused with its line" exits 1 "$run/bad.conf:$line: " in_language C "$hashimorid" -t -c "$run/bad.conf"
ok_if "in Japanese too, with the same line" exits 1 "$run/bad.conf:$line: " in_language ja_JP.UTF-8 "$hashimorid" -t -c "$run/bad.conf"
ok_if "what is no option is wrong usage" exits 2 hashimorid "$hashimorid" -x
chmod 0644 "$run/community"
ok_if "a secret that others can read is refused" exits 1 "$run/community" "$hashimorid" -c "$run/hashimori.conf"
chmod 0600 "$run/community"

"$build/tests/system/notified" "$run/notify" >"$run/notified" 2>&1 &
started $!
wait_for 30 test -S "$run/notify"
NOTIFY_SOCKET=$run/notify
WATCHDOG_USEC=400000
export NOTIFY_SOCKET WATCHDOG_USEC
"$run/daemon-engine" 1000 &
engine=$!
started $engine
begin
ok_if "the service manager hears that it is ready" wait_for 30 came READY=1 1
ok_if "and that it lives, in half the time that is asked" wait_for 30 came WATCHDOG=1 3
ok_if "the engine is ok" wait_for 30 watches_engine ok

mkdir "$run/other"
sed "s,runtime_dir = \"$run/daemon\",runtime_dir = \"$run/other\"," "$run/hashimori.conf" >"$run/second.conf"
ok_if "a second daemon on the same ledger is refused" exits 1 "another hashimorid uses this ledger" \
    in_language C "$hashimorid" -c "$run/second.conf"

kill -KILL "$engine"
wait "$engine" 2>/dev/null
ok_if "the engine's end is an incident" wait_for 30 watches_engine critical
waits() {
    [ "$(figure queued)" -ge 1 ]
}
ok_if "what cannot be told waits" wait_for 30 waits

hash=$(figure config_hash)
cp "$run/hashimori.conf" "$run/good.conf"
cp "$run/bad.conf" "$run/hashimori.conf"
kill -HUP "$daemon"
ok_if "a bad configuration is refused at a reload, with its line" wait_for 30 grep -qF "$run/hashimori.conf:$line: " "$run/log"
ok_if "what ran runs on" is config_hash "$hash"

incidents=$(figure open_incidents)
queued=$(figure queued)
down=$(figure down_s)
configure "" "$more_watches"
kill -HUP "$daemon"
changed() {
    ! is config_hash "$hash" && ask subject list --json | grep -q '"disk"'
}
ok_if "a good one is changed over to" wait_for 30 changed
ok_if "the service manager hears of it" wait_for 30 came RELOADING=1 1
ok_if "with the time that it asks for" came MONOTONIC_USEC= 1
ok_if "and that it is ready again" wait_for 30 came READY=1 2
keeps() {
    echo "incidents $incidents, now $(figure open_incidents); queued $queued, now $(figure queued); down $down s, now $(figure down_s) s"
    is open_incidents "$incidents" && [ "$(figure queued)" -ge "$queued" ] && [ "$(figure down_s)" -ge "$down" ] && watches_engine critical
}
ok_if "open incidents, outbox, counters and verdicts are kept" keeps

# Each of the two is a moment between two readings of the clock.
before=$(now_ms)
classes=$(seconds_of_classes)
after=$(now_ms)
unmonitored=$(figure unmonitored_s)
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null
sleep 2
begin
ok_if "after SIGKILL it comes back with the same verdict" wait_for 30 watches_engine critical
ok_if "and the incident of before" is open_incidents "$incidents"
least=$(($(now_ms) - after))
grown=$(($(seconds_of_classes) - classes))
most=$(($(now_ms) - before))
# Four classes, each in whole seconds.
ok_if "seconds of all classes add up to the time that went by" between $((least / 1000 - 4)) "$grown" $((most / 1000 + 4))
ok_if "those that nobody saw are unmonitored" test "$(figure unmonitored_s)" -ge $((unmonitored + 1))
ok_if "its memory cannot be dumped by others of its user" test "$(stat -c %u "/proc/$daemon/mem")" = 0

ends_in_order() {
    kill -TERM "$daemon"
    wait_for 30 gone "$daemon" || return 1
    wait "$daemon"
}
ok_if "SIGTERM ends it with 0" ends_in_order
stops() {
    came STOPPING=1 1 && ask ledger export | tail -n 1 | grep -q '"kind":"stop"'
}
ok_if "the service manager hears it, and the ledger's last row says so" stops

unset NOTIFY_SOCKET WATCHDOG_USEC
if [ "$(id -u)" = 0 ]; then
    chmod 0711 "$run"
    chown -R 65534:65534 "$run/state" "$run/daemon" "$run/community"
    configure 'user = "nobody";' ""
    chmod 0644 "$run/hashimori.conf"
    begin
    is_nobody() {
        grep -q "^Uid:[[:space:]]*65534[[:space:]]*65534[[:space:]]*65534" "/proc/$daemon/status" && watches_engine critical
    }
    ok_if "agent.user is who it runs as" wait_for 30 is_nobody
else
    ok_if "agent.user is who it runs as # SKIP only root can become somebody" true
fi
