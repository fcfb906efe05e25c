#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# load.sh BUILD: a real daemon with OPEN (10000) open incidents and LINKAGES (5000) linkages.
# LINES_READ (300) failing lines come in, one at a time: from the moment at which the daemon has read the worker's socket
# to its `saved` after the commit (tests/fault/point.c). Then the loop's longest turn, and ROUNDS (3) starts after kill -9.
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

mkdir "$run/state" "$run/daemon" "$run/in"
chmod 0700 "$run/state"
: >"$run/transfer.log"
{
    cat <<CONF
agent = { host = "load"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins"; };
services = ( { name = "renkei"; start = "2020-04-01"; down_when = "any(transfer-log)"; sla = { availability = "99.9"; recovery = "2h"; notification = "30m"; period = "fiscal_year"; }; } );
watch = ( { subject = "transfer-log"; plugin = "linklog"; path = "$run/transfer.log"; service = "renkei"; patterns = ( { kind = "failure"; pattern = "failed ID=(?<job>[A-Z0-9-]+)"; } );
            rules = ( { metric = "failure"; event = "critical"; key = ( "job" ); } ); },
          { subject = "spool"; plugin = "queue"; interval = "60s"; stages = ( { name = "in"; path = "$run/in"; announce = true; } ); } );
destinations = ( { name = "nms"; channel = "syslog"; path = "$run/no-receiver"; } );
routes = ( { to = ( "nms" ); } );
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

"$build/tests/bench/ledger_fill" "$run/state/ledger.db" "$((open - lines))" "$((open * 20))"
start_and_wait
echo "first start: $took ms; open incidents: $(figure open_incidents); longest turn, start included: $(figure longest_turn_us) us"
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null || true

# What one line costs: from the read of the worker's socket to `saved`, the commit and its sync inside.
POINT_TRACE=$run/trace
LD_PRELOAD=$build/tests/fault/.libs/point.so
export POINT_TRACE LD_PRELOAD
start_and_wait
unset LD_PRELOAD
sleep 2
: >"$run/trace"
for n in $(seq "$lines"); do
    echo "failed ID=NEW-$n" >>"$run/transfer.log"
    sleep 0.03
done
sleep 1
awk '
    $1 == "reading-in" && !since { since = $2 }
    $1 == "saved" && since { print $2 - since; since = 0 }' "$run/trace" | sort -n >"$run/took"
count=$(wc -l <"$run/took")
echo "$count commits of $lines lines, reading read -> saved, us: p50 $(sed -n "$(((count + 1) / 2))p" "$run/took"), p90 $(sed -n "$((count * 9 / 10))p" "$run/took"), worst $(tail -n 1 "$run/took")"
answers
echo "open incidents: $(figure open_incidents); longest turn: $(figure longest_turn_us) us"

for round in $(seq "$rounds"); do
    kill -KILL "$daemon"
    wait "$daemon" 2>/dev/null || true
    start_and_wait
    echo "start after kill -9, round $round: $took ms; longest turn: $(figure longest_turn_us) us"
done
