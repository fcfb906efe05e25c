#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The daemon is killed with SIGKILL again and again while failing lines come in and informs go out. Then three histories
# are compared: the lines that were written, the notices that the ledger holds, and what snmptrapd has.
#
# KILLS (50), RATE failing lines a second (40), SEED (1).
set -eu
kills=${KILLS:-50}
rate=${RATE:-40}
seed=${SEED:-1}
build=$top_builddir
run=$(mktemp -d "$build/crash.XXXXXX")
. "$top_srcdir/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
PATH=$PATH:/usr/sbin:/sbin

if ! command -v snmptrapd >/dev/null; then
    echo "1..0 # SKIP snmptrapd is not installed"
    exit 0
fi
plan 6

mkdir "$run/state" "$run/daemon" "$run/trapd"
chmod 0700 "$run/state"
port=$(free_port)
echo crash-community >"$run/community"
chmod 0600 "$run/community"
: >"$run/transfer.log"
cat >"$run/trapd/snmptrapd.conf" <<CONF
authCommunity log crash-community
format2 %v\n
CONF
cat >"$run/hashimori.conf" <<CONF
agent = { host = "crash"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins"; };
watch = ( { subject = "log"; plugin = "linklog"; path = "$run/transfer.log"; start = "begin";
            patterns = ( { kind = "failure"; pattern = "失敗しました ID=(?<job>JOB-[0-9]+)"; } ); } );
destinations = ( { name = "nms"; channel = "snmp"; host = "127.0.0.1:$port"; inform = true; community_file = "$run/community"; window = 8; } );
routes = ( { to = ( "nms" ); } );
CONF

MIBS='' SNMPCONFPATH=$run/trapd SNMP_PERSISTENT_DIR=$run/trapd snmptrapd -f -On -Lf "$run/traps" -p "$run/trapd/pid" \
    "udp:127.0.0.1:$port" >"$run/trapd/out" 2>&1 &
started $!
wait_for 10 test -s "$run/trapd/pid"

start_daemon() {
    "$build/agent/main/hashimorid" -c "$run/hashimori.conf" >>"$run/daemon.log" 2>&1 &
    daemon=$!
}
"$build/tests/fault/writer" "$run/transfer.log" "$rate" >"$run/written" &
writer=$!
started "$writer"

# What was sent may be sent again for at most the window a crash.
for pause in $(awk -v n="$kills" -v s="$seed" 'BEGIN { srand(s); for (i = 0; i < n; i++) printf "%.3f ", 0.15 + rand() * 0.5 }'); do
    start_daemon
    sleep "$pause"
    kill -KILL "$daemon" 2>/dev/null
    wait "$daemon" 2>/dev/null || true
done
kill "$writer"
wait "$writer" || true
written=$(cat "$run/written")

start_daemon
started "$daemon"
rows() {
    "$build/agent/ctl/hashimori" --socket "$run/daemon/control.sock" --lang en "$@"
}
all_incidents() {
    [ "$(rows status --json | sed -n 's/.*"open_incidents": *\([0-9]*\).*/\1/p' | head -n 1)" = "$written" ]
}
outbox_empty() {
    rows status --json | grep -q '"queued": *0'
}
ok_if "every failing line became an incident" wait_for 60 all_incidents
ok_if "the outbox empties" wait_for 60 outbox_empty
stop "$daemon"

# One key a notice: what the ledger holds, and what came in.
rows ledger export --config "$run/hashimori.conf" >"$run/ledger" 2>"$run/export.err" || cat "$run/export.err"
sed -n 's/.*"event_id": *"HM-INC-RAISED".*"job".*//; s/.*"kind": *"notice".*"key": *"\([A-Z0-9]\{26\}\)".*/\1/p' "$run/ledger" | sort >"$run/recorded"
grep -ao 'STRING: "[A-Z2-7]\{26\}"' "$run/traps" | tr -dc 'A-Z0-9\n"' | sed 's/.*"\([A-Z2-7]*\)"/\1/' | sort >"$run/received"
sort -u "$run/received" >"$run/once"
lost=$(comm -23 "$run/recorded" "$run/once" | wc -l)
unexpected=$(comm -13 "$run/recorded" "$run/once" | wc -l)
duplicates=$(($(wc -l <"$run/received") - $(wc -l <"$run/once")))
doubled=$(uniq -d "$run/recorded" | wc -l)
echo "# kills $kills, lines written $written, notices recorded $(wc -l <"$run/recorded"), received $(wc -l <"$run/received"): lost $lost, duplicates $duplicates (at most 8 a kill), unexpected $unexpected"
ok_if "each line was recorded exactly once" test "$(wc -l <"$run/recorded")" -eq "$written"
ok_if "no recorded alert was lost" test "$lost" -eq 0
ok_if "nothing came that was not recorded" test "$unexpected" -eq 0 -a "$doubled" -eq 0
ok_if "duplicates are at most the window a crash" test "$duplicates" -le $((8 * (kills + 1)))
