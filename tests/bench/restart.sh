#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# restart.sh BUILD: from exec to the first answer of `hashimori status`, on a ledger of ROWS (200000) rows with OPEN
# (10000) open incidents: once after a reboot, then ROUNDS (5) times after kill -9.
set -eu
build=$(cd "$1" && pwd)
top_srcdir=$(cd "$(dirname "$0")/../.." && pwd)
open=${OPEN:-10000}
rows=${ROWS:-200000}
rounds=${ROUNDS:-5}
run=$(mktemp -d "$build/restart.XXXXXX")
. "$top_srcdir/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 1' INT TERM

mkdir "$run/state" "$run/daemon"
chmod 0700 "$run/state"
: >"$run/transfer.log"
cat >"$run/hashimori.conf" <<CONF
agent = { host = "restart"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins"; };
services = ( { name = "renkei"; start = "2020-04-01"; down_when = "any(transfer-log)"; sla = { availability = "99.9"; recovery = "2h"; notification = "30m"; period = "fiscal_year"; }; } );
watch = ( { subject = "transfer-log"; plugin = "linklog"; path = "$run/transfer.log"; service = "renkei"; patterns = ( { kind = "failure"; pattern = "failed ID=(?<job>[A-Z0-9-]+)"; } );
            rules = ( { metric = "failure"; event = "critical"; key = ( "job" ); } ); } );
destinations = ( { name = "nms"; channel = "syslog"; path = "$run/no-receiver"; brake = 0; } );
routes = ( { to = ( "nms" ); } );
CONF

hashimori() {
    "$build/agent/ctl/hashimori" --socket "$run/daemon/control.sock" "$@"
}
answers() {
    hashimori status --json >"$run/status"
}
# Milliseconds from exec to the answer, into $took.
start_and_wait() {
    begun=$(now_ms)
    "$build/agent/main/hashimorid" -c "$run/hashimori.conf" 2>>"$run/log" &
    daemon=$!
    started "$daemon"
    wait_for 120 answers || { tail -5 "$run/log" >&2; exit 1; }
    took=$(($(now_ms) - begun))
}

"$build/tests/bench/ledger_fill" "$run/state/ledger.db" "$open" "$rows"
start_and_wait
echo "first start after a reboot: $took ms"
grep -o '"open_incidents": [0-9]*' "$run/status"
worst=0
for round in $(seq "$rounds"); do
    kill -KILL "$daemon"
    wait "$daemon" 2>/dev/null || true
    start_and_wait
    echo "start after kill -9, round $round: $took ms"
    [ "$took" -le "$worst" ] || worst=$took
done
grep -o '"open_incidents": [0-9]*' "$run/status"
echo "worst of $rounds: $worst ms"
