#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# latency.sh BUILD: the whole way, from the fault to the receivers' files, ROUNDS (100) times each, on loopback. The
# ledger's commit is inside. Beside it: a write-and-fdatasync of 200 bytes, and `snmpinform` once per notice.
set -eu
build=$(cd "$1" && pwd)
top_srcdir=$(cd "$(dirname "$0")/../.." && pwd)
rounds=${ROUNDS:-100}
run=$(mktemp -d "$build/latency.XXXXXX")
. "$top_srcdir/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 1' INT TERM
PATH=$PATH:/usr/sbin:/sbin
MIBS=
export MIBS

mkdir "$run/state" "$run/daemon" "$run/trapd" "$run/rsyslog"
chmod 0700 "$run/state"
trap_port=$(free_port)
syslog_port=$(free_port)
echo latency >"$run/community"
chmod 0600 "$run/community"
cp /bin/sleep "$run/latency-victim"
: >"$run/transfer.log"
: >"$run/syslog"
printf 'authCommunity log latency\nformat2 %%v\\n\n' >"$run/trapd/snmptrapd.conf"
cat >"$run/rsyslog.conf" <<CONF
global(workDirectory="$run/rsyslog")
module(load="imtcp")
input(type="imtcp" port="$syslog_port" address="127.0.0.1")
template(name="whole" type="string" string="%TIMESTAMP:::date-rfc3339% %MSGID% %msg%\n")
action(type="omfile" file="$run/syslog" template="whole" asyncWriting="off" flushOnTXEnd="on")
CONF
cat >"$run/hashimori.conf" <<CONF
agent = { host = "latency"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins"; };
watch = ( { subject = "victim"; plugin = "process"; name = "latency-victim"; interval = "5s"; rules = ( { metric = "restarts"; off = true; } ); },
          { subject = "log"; plugin = "linklog"; path = "$run/transfer.log"; patterns = ( { kind = "failure"; pattern = "failed ID=(?<job>LAT-[0-9]+)"; } ); } );
destinations = ( { name = "nms"; channel = "snmp"; host = "127.0.0.1:$trap_port"; inform = true; community_file = "$run/community"; brake = 0; },
                 { name = "syslog"; channel = "syslog"; transport = "tcp"; host = "127.0.0.1:$syslog_port"; } );
routes = ( { to = ( "nms", "syslog" ); } );
CONF
SNMPCONFPATH=$run/trapd SNMP_PERSISTENT_DIR=$run/trapd snmptrapd -f -On -Lf "$run/traps" -p "$run/trapd/pid" "udp:127.0.0.1:$trap_port" >"$run/trapd/out" 2>&1 &
started $!
rsyslogd -n -f "$run/rsyslog.conf" -i "$run/rsyslog/pid" >"$run/rsyslog/out" 2>&1 &
started $!
wait_for 10 test -s "$run/trapd/pid"
wait_for 10 test -s "$run/rsyslog/pid"
"$build/agent/main/hashimorid" -c "$run/hashimori.conf" >"$run/daemon.log" 2>&1 &
started $!
if ! wait_for 10 grep -q 'log: ok' "$run/daemon.log"; then
    cat "$run/daemon.log" >&2
    exit 1
fi

# Detection alone: the workers in the foreground.
worker() { # plugin, options as JSON
    printf '{"subject":"%s","interval_ms":5000,"deadline_ms":10000,"language":"en","options":%s}\n' "$1" "$2" >"$run/$1.open"
    "$build/agent/worker/hashimori-worker" --run "$build/plugins/watch_$1/.libs/watch_$1.so" <"$run/$1.open" \
        >"$run/$1.readings" 2>"$run/$1.err" &
    started $!
}
cp /bin/sleep "$run/latency-other"
worker process '{"name":"latency-other","reread":600000}'
wait_for 10 grep -q '"metric":"running"' "$run/process.readings"

bench() {
    "$build/tests/bench/latency" "$@" | sed "s,$run/,,"
}
echo "# $(nproc) cores, $(uname -r), load $(cut -d ' ' -f 1-3 /proc/loadavg)"
echo "| mode | what was written | rounds | p50 us | p99 us | max us |"
echo "|---|---|---|---|---|---|"
bench sync "$rounds" "$run/sync"
bench seen "$rounds" "$run/latency-other" "$run/process.readings"
bench line "$rounds" "$run/transfer.log" "$run/traps" "$run/syslog"
bench exit "$rounds" "$run/latency-victim" "$run/traps" "$run/syslog"
if command -v snmpinform >/dev/null; then
    began=$(now_ms)
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        snmpinform -v2c -c latency "127.0.0.1:$trap_port" '' 1.3.6.1.6.3.1.1.5.1 >/dev/null 2>&1
    done
    echo "| snmpinform, a process each | accepted | 20 | mean $((($(now_ms) - began) * 50)) | | |"
fi
