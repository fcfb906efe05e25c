# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# linklog_follow.sh - the second half of linklog.sh, sourced: from an appended line to the commit of its reading, and
# what following a busy log costs. The time of the commit is taken inside the daemon by tests/fault/point.c.

CONFIG="agent = { host = \"bench\"; timezone = \"Asia/Tokyo\"; language = \"en\"; state_dir = \"$run/state\"; runtime_dir = \"$run/daemon\"; plugin_dir = \"$build/plugins\"; };
watch = ( { subject = \"log\"; plugin = \"linklog\"; path = \"$run/follow.log\"; patterns = (
    { kind = \"failure\"; pattern = \"failed ID=(?<job>LAT-[0-9]+)\"; }, { kind = \"failure\"; pattern = \"連携失敗|異常終了\"; },
    { kind = \"failure\"; pattern = \"rc=(?<rc>[1-9][0-9]*) job=(?<job>[A-Z0-9_]+)\"; } ); } );"

# start_daemon [TRACE]
start_daemon() {
    rm -rf "$run/state" "$run/daemon"
    mkdir "$run/state" "$run/daemon"
    chmod 0700 "$run/state"
    : >"$run/follow.log"
    echo "$CONFIG" >"$run/hashimori.conf"
    if [ -n "${1:-}" ]; then
        : >"$1"
        LD_PRELOAD=$build/tests/fault/.libs/point.so POINT_TRACE=$1 "$build/agent/main/hashimorid" -c "$run/hashimori.conf" >"$run/daemon.log" 2>&1 &
    else
        "$build/agent/main/hashimorid" -c "$run/hashimori.conf" >"$run/daemon.log" 2>&1 &
    fi
    daemon=$!
    started $daemon
    if ! wait_for 20 grep -q 'log: ok' "$run/daemon.log"; then
        cat "$run/daemon.log" >&2
        exit 1
    fi
}
# start_imfile: follows the same log with the same three patterns
start_imfile() {
    mkdir -p "$run/rsyslog"
    rm -f "$run/rsyslog"/*
    : >"$run/follow.log"
    : >"$run/found"
    cat >"$run/rsyslog.conf" <<CONF
global(workDirectory="$run/rsyslog")
module(load="imfile")
template(name="raw" type="string" string="%msg%\n")
input(type="imfile" file="$run/follow.log" tag="x" ruleset="r" freshStartTail="off" addMetadata="off")
ruleset(name="r") {
    if re_match(\$msg, "failed ID=LAT-[0-9]+|連携失敗|異常終了|rc=[1-9][0-9]* job=[A-Z0-9_]+") then { action(type="omfile" file="$run/found" template="raw" flushOnTXEnd="on") }
}
CONF
    LC_ALL=C rsyslogd -n -f "$run/rsyslog.conf" -i "$run/rsyslog/pid" >"$run/rsyslog.out" 2>&1 &
    peer=$!
    started $peer
    wait_for 20 test -s "$run/rsyslog/pid"
    echo 'failed ID=LAT-0 first' >>"$run/follow.log"
    wait_for 20 grep -q first "$run/found"
}
# cpu_ns PID...: of all their threads, until now
cpu_ns() {
    for pid in "$@"; do
        cat "/proc/$pid/task"/*/schedstat 2>/dev/null
    done | awk '{ sum += $1 } END { printf "%.0f", sum }'
}
# column FILE NUMBER: of a table that tests/bench/latency prints
column() {
    cut -d '|' -f "$2" "$1" | tr -d ' '
}
# cost_of RATE PID...: percent of a core while RATE lines/s are appended
cost_of() {
    lines=$1
    shift
    before=$(cpu_ns "$@")
    "$tools/linklog_data" append "$run/follow.log" "$lines" 10
    sleep 0.2
    awk "BEGIN { printf \"%.3f\", ($(cpu_ns "$@") - $before) / 1e8 }"
}

start_daemon "$run/trace"
"$tools/latency" recorded "$samples" "$run/follow.log" "$run/trace" >"$run/recorded"
"$tools/latency" sync "$samples" "$run/sync" >"$run/synced"
stop "$daemon"
peer_p50='' peer_p99=''
if have rsyslogd; then
    start_imfile
    "$tools/latency" line "$samples" "$run/follow.log" "$run/found" >"$run/imfile.latency"
    stop "$peer"
    peer_p50=$(column "$run/imfile.latency" 5) peer_p99=$(column "$run/imfile.latency" 6)
fi
row "line appended -> its reading committed (fdatasync inside), p50" "$(column "$run/recorded" 5)" us '' '' '<= 250' "rsyslog imfile, nothing durable: ${peer_p50:-not measured} us"
row "the same, p99" "$(column "$run/recorded" 6)" us '' '' '<= 2000' "rsyslog imfile: ${peer_p99:-not measured} us"

row "200 bytes written in place and fdatasync, p50: what no commit is quicker than" "$(column "$run/synced" 5)" us
row "the same, p99" "$(column "$run/synced" 6)" us

start_daemon
workers=$(cat "/proc/$daemon/task/$daemon/children")
worker_cost=$(cost_of 10000 $workers)
daemon_cost=$(cost_of 10000 "$daemon")
stop "$daemon"
peer_cost=-
if have rsyslogd; then
    start_imfile
    peer_cost=$(cost_of 10000 "$peer")
    stop "$peer"
fi
row "CPU of the follower at 10,000 lines/s, one write each" "$worker_cost" % 'rsyslog imfile' "$peer_cost" '<= 0.1'
row "CPU of the daemon then" "$daemon_cost" %
