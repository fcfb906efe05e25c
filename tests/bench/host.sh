#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# host.sh BUILD: what watching processes costs. From `kill -9` to the daemon's read of the reading (ROUNDS, 500); a
# steady pass over CROWD (10000) processes and a storm of STORM (20000) forks, CPU of the worker, beside what zabbix_agentd,
# collectd, monit and snmpd take for theirs; and what the whole agent costs while nothing happens (idle.sh, IDLE_SECONDS,
# 300; 0 leaves it out). Rows go through table.sh (WRITE=yes, STRICT=yes).
# Peers: apt-get install --no-install-recommends snmpd collectd-core zabbix-agent monit.
set -eu
build=$(cd "$1" && pwd)
top_srcdir=$(cd "$(dirname "$0")/../.." && pwd)
rounds=${ROUNDS:-500}
crowd=${CROWD:-10000}
storm=${STORM:-20000}
passes=20
run=$(mktemp -d "$build/host.XXXXXX")
. "$top_srcdir/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 1' INT TERM
PATH=$PATH:/usr/sbin:/sbin
export PATH
bench=$build/tests/bench/host
rows=$run/rows
: >"$rows"
row() { # what, ours, unit, against, theirs, goal, note
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$@" >>"$rows"
}

mkdir "$run/plugins" "$run/snmpd" "$run/collectd"
ln -s "$build/plugins/watch_process/.libs/watch_process.so" "$run/plugins/"
# Longer than what the kernel shows of a name would be another test: this one fits.
cp /bin/sleep "$run/hm-victim"

# watch NAME INTERVAL VARIABLES..: a daemon with one subject; $daemon and $worker.
watch() {
    name=$1
    mkdir "$run/$name" "$run/$name/state" "$run/$name/daemon"
    chmod 0700 "$run/$name/state"
    cat >"$run/$name/conf" <<CONF
agent = { host = "bench"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/$name/state"; runtime_dir = "$run/$name/daemon"; plugin_dir = "$run/plugins"; };
watch = ( { subject = "victim"; plugin = "process"; name = "hm-victim"; interval = "$2"; rules = ( { metric = "restarts"; off = true; } ); } );
CONF
    shift 2
    env "$@" "$build/agent/main/hashimorid" -c "$run/$name/conf" >"$run/$name/log" 2>&1 &
    daemon=$!
    started "$daemon"
    wait_for 30 grep -q 'judge: victim: ' "$run/$name/log" || { cat "$run/$name/log" >&2; exit 1; }
    worker=$(pgrep -P "$daemon" | head -n 1)
}
unwatch() {
    stop "$daemon"
}
# ns of CPU of PID and its threads.
cpu_ns() {
    cat /proc/"$1"/task/*/schedstat | awk '{ n += $1 } END { printf "%.0f", n }'
}
# per_pass PID: ms of CPU of one second of PID, which makes a pass in each.
per_pass() {
    before=$(cpu_ns "$1")
    sleep "$passes"
    echo "$before $(cpu_ns "$1")" | awk -v n="$passes" '{ printf "%.3f", ($2 - $1) / n / 1e6 }'
}

# ---- the end of a process ----
watch end 5s "LD_PRELOAD=$build/tests/fault/.libs/point.so" "POINT_TRACE=$run/trace"
wait_for 30 test -s "$run/trace"
"$bench" exit "$run/hm-victim" "$rounds" "$run/trace" >"$run/exits"
read -r count p50 p99 most <"$run/exits"
row "\`kill -9\` -> reading in the daemon, p50" "$p50" us "" "" "<= 250" "$count rounds"
row "\`kill -9\` -> reading in the daemon, p99" "$p99" us "" "" "<= 2000" "longest $most us"
unwatch

# ---- many processes ----
"$bench" crowd "$crowd" >"$run/crowd.out" &
crowd_pid=$!
started "$crowd_pid"
wait_for 120 grep -q ready "$run/crowd.out"
"$run/hm-victim" 100000 &
started $!
watch pass 1s
sleep 6 # nobody is young any more
ours=$(per_pass "$worker")
daemon_ms=$(per_pass "$daemon")

if command -v zabbix_agentd >/dev/null; then
    printf 'PidFile=%s\nLogFile=%s\nServer=127.0.0.1\nHostname=bench\n' "$run/zabbix.pid" "$run/zabbix.log" >"$run/zabbix.conf"
    chmod 0644 "$run/zabbix.conf"
    with=$("$bench" cpu 7 zabbix_agentd -c "$run/zabbix.conf" -t 'proc.num[hm-victim]')
    without=$("$bench" cpu 7 zabbix_agentd -c "$run/zabbix.conf" -t agent.ping)
    zabbix=$(awk -v a="$with" -v b="$without" 'BEGIN { printf "%.3f", (a - b) / 1000 }')
else
    zabbix=-
fi
row "steady pass over $crowd processes, CPU" "$ours" ms "zabbix_agentd proc.num" "$zabbix" "<= 0.0333" "the daemon for each: $daemon_ms ms"

if command -v collectd >/dev/null; then
    cat >"$run/collectd/conf" <<CONF
Hostname "bench"
FQDNLookup false
BaseDir "$run/collectd"
PIDFile "$run/collectd/pid"
Interval 1
LoadPlugin processes
<Plugin processes>
  Process "hm-victim"
</Plugin>
CONF
    collectd -f -C "$run/collectd/conf" >"$run/collectd/out" 2>&1 &
    peer=$!
    started "$peer"
    sleep 3
    row "the same" "$ours" ms "collectd processes" "$(per_pass "$peer")" "" "a cycle of all its processes"
    stop "$peer"
fi
if command -v monit >/dev/null; then
    printf 'set daemon 1\nset pidfile %s/monit.pid\nset idfile %s/monit.id\nset statefile %s/monit.state\ncheck process victim matching "hm-victim"\n' \
        "$run" "$run" "$run" >"$run/monitrc"
    chmod 0600 "$run/monitrc"
    monit -I -c "$run/monitrc" >"$run/monit.out" 2>&1 &
    peer=$!
    started "$peer"
    sleep 3
    row "the same" "$ours" ms "monit matching" "$(per_pass "$peer")" "" ""
    stop "$peer"
fi
if command -v snmpd >/dev/null && command -v snmpget >/dev/null; then
    port=$(free_port)
    printf 'agentAddress udp:127.0.0.1:%s\nrocommunity bench 127.0.0.1\nproc hm-victim\n' "$port" >"$run/snmpd/snmpd.conf"
    MIBS='' SNMP_PERSISTENT_DIR=$run/snmpd SNMPCONFPATH=$run/snmpd snmpd -f -Lf "$run/snmpd/log" -C -c "$run/snmpd/snmpd.conf" >"$run/snmpd/out" 2>&1 &
    peer=$!
    started "$peer"
    ask_snmpd() {
        MIBS='' snmpget -v2c -c bench -t 5 -r 0 "127.0.0.1:$port" "$1" >/dev/null 2>&1
    }
    # The first question that needs the processes: for half a minute its cache would answer.
    if wait_for 20 ask_snmpd .1.3.6.1.2.1.1.3.0; then
        before=$(cpu_ns "$peer")
        ask_snmpd .1.3.6.1.4.1.2021.2.1.5.1
        row "the same" "$ours" ms "snmpd proc, asked once" \
            "$(echo "$before $(cpu_ns "$peer")" | awk '{ printf "%.3f", ($2 - $1) / 1e6 }')" "" ""
    fi
    stop "$peer"
fi

# ---- a storm of forks, with a pass each second all along ----
before=$(cpu_ns "$worker")
began=$(now_ms)
"$bench" storm "$storm"
sleep 1
took=$(($(now_ms) - began))
row "a pass each second through a storm of $storm forks" \
    "$(echo "$before $(cpu_ns "$worker")" | awk -v ms="$took" '{ printf "%.3f", ($2 - $1) / ms / 1e3 }')" ms "a steady pass" "$ours" "" "$took ms of storm"
unwatch
stop "$crowd_pid"

# ---- nothing happens ----
if [ "${IDLE_SECONDS:-300}" -gt 0 ]; then
    IDLE_ROWS=$rows sh "$top_srcdir/tests/bench/idle.sh" "$build" >"$run/idle"
    cat "$run/idle"
    echo
fi
sh "$top_srcdir/tests/bench/table.sh" host <"$rows"
