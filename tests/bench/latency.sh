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
destinations = ( { name = "nms"; channel = "snmp"; host = "127.0.0.1:$trap_port"; inform = true; community_file = "$run/community"; },
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
echo "# $rounds rounds, $(nproc) cores, $(uname -r)"
"$build/tests/bench/latency" line "$rounds" "$run/transfer.log" "$run/traps" "$run/syslog" | sed "s,$run/,,"
"$build/tests/bench/latency" exit "$rounds" "$run/latency-victim" "$run/traps" "$run/syslog" | sed "s,$run/,,"
