#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# load.sh BUILD: a real daemon with OPEN (10000) open incidents and LINKAGES (5000) linkages, the SNMP face on a port of
# its own, and somebody who asks `hashimori status` again and again. LINES_READ (300) failing lines come in, one at a time: from
# the moment at which the daemon has read the worker's socket to its `saved` after the commit (tests/fault/point.c). Then how
# often the board was published, the loop's longest turn, and ROUNDS (3) starts after kill -9. TABLE=FILE: rows of a table too.
set -eu
build=$(cd "$1" && pwd)
top_srcdir=$(cd "$(dirname "$0")/../.." && pwd)
open=${OPEN:-10000}
linkages=${LINKAGES:-5000}
lines=${LINES_READ:-300}
rounds=${ROUNDS:-3}
run=$(mktemp -d "$build/load.XXXXXX")
. "$top_srcdir/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 1' INT TERM
PATH=$PATH:/usr/sbin:/sbin

table=${TABLE:-/dev/null}
mkdir "$run/state" "$run/daemon" "$run/in"
chmod 0700 "$run/state"
port=$(free_port)
echo load-community >"$run/community"
chmod 0600 "$run/community"
: >"$run/transfer.log"
{
    cat <<CONF
agent = { host = "load"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins"; };
services = ( { name = "renkei"; start = "2020-04-01"; down_when = "any(transfer-log)"; sla = { availability = "99.9"; recovery = "2h"; notification = "30m"; period = "fiscal_year"; }; } );
watch = ( { subject = "transfer-log"; plugin = "linklog"; path = "$run/transfer.log"; service = "renkei"; patterns = ( { kind = "failure"; pattern = "failed ID=(?<job>[A-Z0-9-]+)"; } );
            rules = ( { metric = "failure"; event = "critical"; key = ( "job" ); } ); },
          { subject = "spool"; plugin = "queue"; interval = "60s"; stages = ( { name = "in"; path = "$run/in"; announce = true; } ); } );
destinations = ( { name = "nms"; channel = "syslog"; path = "$run/no-receiver"; brake = 0; } );
routes = ( { to = ( "nms" ); } );
faces = ( { name = "board"; face = "snmp"; mode = "standalone"; listen = "udp:127.0.0.1:$port"; community_file = "$run/community"; } );
CONF
    seq "$linkages" | awk 'BEGIN { printf "linkages = (" }
        { printf "%s{ id = \"L-%05d\"; deadline = \"47:00\"; subject = \"spool\"; instance = \"in\"; match = ( \"file=L-%05d_*\" ); }", (NR > 1 ? ",\n" : ""), $1, $1 }
        END { print ");" }'
} >"$run/hashimori.conf"

hashimori() {
    "$build/agent/ctl/hashimori" --socket "$run/daemon/control.sock" "$@"
}
answers() {
    hashimori status --json >"$run/status"
}
start_and_wait() {
    begun=$(now_ms)
    "$build/agent/main/hashimorid" -c "$run/hashimori.conf" 2>>"$run/log" &
    daemon=$!
    started "$daemon"
    wait_for 120 answers || { tail -5 "$run/log" >&2; exit 1; }
    took=$(($(now_ms) - begun))
}
figure() {
    sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" "$run/status" | head -n 1
}

# row WHAT MEASURED GOAL
row() {
    printf '%-70s %-28s %s\n' "$1" "$2" "$3"
    printf '| %s | %s | %s |\n' "$1" "$2" "$3" >>"$table"
}
# shown OID: what the face shows there.
shown() {
    snmpget -v2c -c load-community -Oqv "127.0.0.1:$port" "1.3.6.1.4.1.8072.9999.9999.8847.$1" 2>/dev/null
}
# The face shows as many open incidents as there are.
face_shows_all() {
    [ "$(snmpwalk -v2c -c load-community -Oqn "127.0.0.1:$port" 1.3.6.1.4.1.8072.9999.9999.8847.1.1.5 2>/dev/null | sed 's/.* //')" = "$(figure open_incidents)" ]
}
# percentile P < NUMBERS
percentile() {
    sort -n | awk -v p="$1" '{ v[NR] = $1 } END { n = int((NR * p + 99) / 100); print v[n < 1 ? 1 : n] }'
}

"$build/tests/bench/ledger_fill" "$run/state/ledger.db" "$((open - lines))" "$((open * 20))"
start_and_wait
row "first start, of which all open incidents are reported at once" "$took ms" ""
sleep 5
answers
row "longest turn of it" "$(figure longest_turn_us) us" "< 50000 us"
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null || true

# What one line costs: from the read of the worker's socket to `saved`, the commit and its sync inside.
POINT_TRACE=$run/trace
LD_PRELOAD=$build/tests/fault/.libs/point.so
export POINT_TRACE LD_PRELOAD
start_and_wait
unset LD_PRELOAD
row "start after kill -9, untraced ones below" "$took ms" "< 5000 ms"
wait_for 20 face_shows_all || echo "the face does not show what is open" >&2
sleep 1
answers
row "longest turn until the face had all of the board, start included" "$(figure longest_turn_us) us" "< 50000 us"
while :; do
    answers
    sleep 0.2
done &
asker=$!
started "$asker"
cut -d ' ' -f 1 "$run/trace" | sort | uniq -c | sed 's/^/# until then: /'
: >"$run/trace"
for n in $(seq "$lines"); do
    echo "failed ID=NEW-$n" >>"$run/transfer.log"
    sleep 0.03
done
sleep 2
kill "$asker"
wait "$asker" 2>/dev/null || true
awk '
    $1 == "reading-in" && !since { since = $2 }
    $1 == "saved" && since { print $2 - since; since = 0 }' "$run/trace" >"$run/took"
limit=$("$build/tests/bench/latency" sync 1000 "$run/state/sync" | cut -d "|" -f 5 | tr -d " ")
middle=$(percentile 50 <"$run/took")
row "$(wc -l <"$run/took") commits of $lines lines, reading read -> saved: p50" "$middle us" "< 1000 us"
row "the same, p90; worst" "$(percentile 90 <"$run/took") us; $(percentile 100 <"$run/took") us" ""
row "200 bytes written in place and fdatasync, p50 in the same run; ratio" "$limit us; $((middle / (limit > 0 ? limit : 1)))" ""
grep '^begin ' "$run/trace" | awk '{ if (last) print int(($2 - last) / 1000); last = $2 }' >"$run/between"
row "the board sent to the face, times; least time between two" "$(grep -c '^begin ' "$run/trace"); $(sort -n "$run/between" | head -n 1) ms" ">= 1000 ms"
answers
row "open incidents; longest turn, the lines and $(wc -l <"$run/between") publications inside" "$(figure open_incidents); $(figure longest_turn_us) us" "< 50000 us"

for round in $(seq "$rounds"); do
    kill -KILL "$daemon"
    wait "$daemon" 2>/dev/null || true
    start_and_wait
    row "start after kill -9, round $round; longest turn" "$took ms; $(figure longest_turn_us) us" "< 5000 ms"
done
