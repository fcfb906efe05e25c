#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# queue.sh BUILD: a spool folder of FILES (100000 and 1000000) files, CPU of each way to tell how many and how old.
# The plug-in in a real worker: a pass over the folder (its truth, once in ten minutes by default) and a check while
# events keep the count; beside it, in turn, ROUNDS (3) each: zabbix_agentd -t vfs.dir.count less agent.ping,
# collectd's filecount, find | sort | head, and the limit, getdents64 alone. Then the longest turn of a loop that holds
# the plug-in: at the start, in a pass, in a burst of BURST (100000) files, after the older half left,
# while the records of the others are counted (tests/bench/spool.c).
set -eu
build=$(cd "$1" && pwd)
top_srcdir=$(cd "$(dirname "$0")/../.." && pwd)
rounds=${ROUNDS:-3}
burst=${BURST:-100000}
run=$(mktemp -d "${SPOOL:-$build}/queue.XXXXXX")
. "$top_srcdir/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 1' INT TERM
PATH=$PATH:/usr/sbin:/sbin
spool=$build/tests/bench/spool
tab=$(printf '\t')

median() { # of the numbers on stdin; "-" of none
    sort -n | awk '{ n[NR] = $1 } END { print NR ? n[int((NR + 1) / 2)] : "-" }'
}
cpu_ns() { # PID
    cat /proc/"$1"/task/*/schedstat | awk '{ n += $1 } END { printf "%.0f", n }'
}
told() { # how many checks have ended
    grep -c '"metric":"depth"' "$run/out" || true
}
told_at_least() {
    [ "$(told)" -ge "$1" ]
}
# CPU ms of a check of the plug-in in a worker, all that comes of it inside: INTERVAL_MS RECOUNT_MS CHECKS
worker_ms() {
    stage="\"error\":false,\"done\":false,\"work\":false,\"recursive\":false,\"optional\":false,\"settle\":0,\"complete\":\"close\""
    printf '%s\n' "{\"subject\":\"s\",\"interval_ms\":$1,\"deadline_ms\":60000,\"language\":\"en\",\"options\":{\"recount\":$2,\"stages\":[{\"name\":\"in\",\"path\":\"$folder\",$stage}]}}" >"$run/line"
    "$build/agent/worker/hashimori-worker" --run "$build/plugins/watch_queue/.libs/watch_queue.so" <"$run/line" >"$run/out" 2>"$run/err" &
    pid=$!
    started "$pid"
    wait_for 120 told_at_least 2
    before_count=$(told)
    before_ns=$(cpu_ns "$pid")
    wait_for 120 told_at_least $((before_count + $3))
    after_ns=$(cpu_ns "$pid")
    after_count=$(told)
    stop "$pid"
    awk -v ns=$((after_ns - before_ns)) -v n=$((after_count - before_count)) 'BEGIN { printf "%.4f\n", ns / 1e6 / n }'
}
zabbix_ms() {
    : >"$run/zabbix.conf"
    printf 'Timeout=30\nServer=127.0.0.1\n' >"$run/zabbix.conf"
    whole=$("$spool" cpu zabbix_agentd -c "$run/zabbix.conf" -t "vfs.dir.count[$folder]")
    ping=$("$spool" cpu zabbix_agentd -c "$run/zabbix.conf" -t agent.ping)
    echo "$whole $ping" | awk '{ print $1 - $2 }'
}
# collectd writes a line for each of its cycles.
cycles_at_least() {
    [ "$(cat "$run"/collectd/csv/*/filecount-in/files-* 2>/dev/null | grep -vc epoch)" -ge "$1" ]
}
collectd_ms() {
    mkdir -p "$run/collectd"
    cat >"$run/collectd.conf" <<CONF
Hostname "bench"
FQDNLookup false
BaseDir "$run/collectd"
PIDFile "$run/collectd/pid"
Interval 3
ReadThreads 1
LoadPlugin filecount
LoadPlugin csv
<Plugin csv>
  DataDir "$run/collectd/csv"
</Plugin>
<Plugin filecount>
  <Directory "$folder">
    Instance "in"
  </Directory>
</Plugin>
CONF
    rm -rf "$run/collectd/csv"
    collectd -f -C "$run/collectd.conf" >"$run/collectd.out" 2>&1 &
    pid=$!
    started "$pid"
    if wait_for 60 cycles_at_least 1 && before_ns=$(cpu_ns "$pid") && wait_for 60 cycles_at_least 4; then
        after_ns=$(cpu_ns "$pid")
        awk -v ns=$((after_ns - before_ns)) 'BEGIN { print ns / 1e6 / 3 }'
    else
        echo -
    fi
    stop "$pid"
}
turns=
for files in ${FILES:-100000 1000000}; do
    folder=$run/in.$files
    mkdir "$folder"
    "$spool" make "$folder" 0 "$files"
    for way in pass query limit zabbix find; do
        : >"$run/$files.$way"
    done
    # The first of each warms the caches.
    for round in $(seq 0 "$rounds"); do
        for way in pass query limit zabbix find; do
            case $way in
            pass) ms=$(worker_ms 3000 1000 3) ;;
            query) ms=$(worker_ms 200 86400000 25) ;;
            limit) ms=$("$spool" list "$folder") ;;
            zabbix) command -v zabbix_agentd >/dev/null || continue; ms=$(zabbix_ms) ;;
            find) ms=$("$spool" cpu sh -c "find '$folder' -type f -printf '%T@\n' | sort -n | head -n 1") ;;
            esac
            [ "$round" = 0 ] || echo "$ms" >>"$run/$files.$way"
        done
    done
    for way in pass query limit zabbix find; do
        median <"$run/$files.$way" >"$run/$files.$way.median"
    done
    collectd=-
    [ "${COLLECTD:-yes}" = no ] || ! command -v collectd >/dev/null || collectd=$(collectd_ms)
    pass=$(cat "$run/$files.pass.median")
    query=$(cat "$run/$files.query.median")
    {
        echo "$files files: a pass over the folder${tab}$pass${tab}ms${tab}zabbix vfs.dir.count${tab}$(cat "$run/$files.zabbix.median")${tab}<= 0.3"
        echo "$files files: a pass over the folder${tab}$pass${tab}ms${tab}find, sort, head${tab}$(cat "$run/$files.find.median")${tab}${tab}"
        echo "$files files: a pass over the folder${tab}$pass${tab}ms${tab}collectd filecount${tab}$collectd${tab}${tab}"
        echo "$files files: a pass over the folder${tab}$pass${tab}ms${tab}getdents64 alone${tab}$(cat "$run/$files.limit.median")${tab}${tab}the limit"
        echo "$files files: a check, events keep the count${tab}$query${tab}ms${tab}zabbix vfs.dir.count${tab}$(cat "$run/$files.zabbix.median")${tab}<= 0.01"
        [ -z "${first:-}" ] || echo "$files files: a check, events keep the count${tab}$query${tab}ms${tab}the same of $first files${tab}$first_query${tab}<= 2${tab}O(1)"
    } >>"$run/rows"
    first=${first:-$files}
    first_query=${first_query:-$query}
    "$spool" turns "$folder" "$burst" >"$run/turns"
    while read -r phase ms; do
        turns="$turns$files files, longest turn: $phase${tab}$ms${tab}ms${tab}${tab}${tab}<= 50
"
    done <"$run/turns"
    rm -rf "$folder"
done
{
    cat "$run/rows"
    printf '%s' "$turns"
} | top_srcdir=$top_srcdir sh "$top_srcdir/tests/bench/table.sh" queue
