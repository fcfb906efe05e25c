#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Planned work on a real daemon: incidents are held, over a kill -9 too, and opened at its end.
set -u
build=$(cd "${top_builddir:-.}" && pwd)
source=$(cd "${top_srcdir:-.}" && pwd)
run=$(mktemp -d "$build/tests/maintenance.XXXXXX") || exit 1
. "$source/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
LC_ALL=C
export LC_ALL

name=hmwork$$
cp "$(command -v sleep)" "$run/$name"
cat >"$run/h.conf" <<CONF
agent        = { host = "work"; timezone = "UTC"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/run"; plugin_dir = "$build/plugins"; };
services     = ( { name = "svc"; environment = "production"; down_when = "any(engine)"; sla = { availability = "99.9"; }; } );
watch        = ( { subject = "engine"; plugin = "process"; name = "$name"; interval = "1s"; service = "svc"; rules = ( { metric = "running"; critical = "< 1"; } ); } );
linkages     = ( { id = "ZEI-0012"; service = "svc"; subject = "engine"; deadline = "$(date -u -d '+12 hours' +%H:%M)"; } );
CONF

hashimori() {
    "$build/agent/ctl/hashimori" --socket "$run/run/control.sock" --config "$run/h.conf" "$@"
}
start_daemon() {
    "$build/agent/main/hashimorid" -c "$run/h.conf" 2>>"$run/log" &
    started $!
    daemon=$!
}
state_is() {
    hashimori status --json | grep -q "\"state\": \"$1\""
}
verdict_is() {
    hashimori subject show engine --json | grep -q "\"verdict\": \"$1\""
}
incidents_are() {
    [ "$(hashimori incident list --all --json | grep -c '"detected_at"')" -eq "$1" ]
}
excluded() {
    hashimori sla --json >"$run/sla" && grep -q '"maintenance_s": [1-9]' "$run/sla"
}

plan 12
"$run/$name" 600 &
started $!
process=$!
start_daemon
ok_if "the service is up" wait_for 30 state_is up
from=$(date -u -d '+3 seconds' +%Y-%m-%dT%H:%M:%S)
to=$(date -u -d '+23 hours' +%Y-%m-%dT%H:%M:%S)
hashimori maintenance add --service svc --from "$from" --to "$to" --plan-no W-1 --approved-by city >"$run/added"
ok_if "transfers that are due in its window are announced" grep -q ZEI-0012 "$run/added"
ok_if "when its window begins the state is maintenance" wait_for 30 state_is maintenance
stop "$process"
ok_if "what fails is seen all the same" wait_for 30 verdict_is critical
ok_if "but is no incident" incidents_are 0
kill -9 "$daemon"
wait "$daemon" 2>/dev/null
start_daemon
wait_for 30 verdict_is critical
ok_if "nor is it after a kill -9" incidents_are 0
ok_if "and the work still runs" state_is maintenance
ok_if "its time is in no figure" wait_for 30 excluded
hashimori maintenance end 1 >/dev/null
ok_if "when it ends, what is still bad is an incident" wait_for 30 incidents_are 1
ok_if "the report of the work names it" sh -c "'$build/agent/ctl/hashimori' --socket '$run/run/control.sock' maintenance report 1 | grep -q engine"
ok_if "and says that it was not there before" sh -c "'$build/agent/ctl/hashimori' --socket '$run/run/control.sock' --lang ja maintenance report 1 | grep engine | grep -q 作業後のみ"
ok_if "and how the service was before and after" sh -c "'$build/agent/ctl/hashimori' --socket '$run/run/control.sock' --json maintenance report 1 | grep -A1 '\"state_before\": \"up\"' | grep -q '\"state_after\": \"down\"'"
