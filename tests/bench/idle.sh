#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# idle.sh BUILD: what an agent costs while nothing happens. 10 subjects, 2 destinations and the SNMP face by AgentX, for
# IDLE_SECONDS (300), beside snmpd, collectd and zabbix_agentd with about the same tasks, each at its usual interval.
# CPU from /proc/PID/task/*/schedstat (nanoseconds), context switches from /proc/PID/task/*/status, private memory from
# /proc/PID/smaps_rollup. As root everything runs as nobody, each peer in a folder of its own.
# Peers: apt-get install --no-install-recommends snmpd collectd-core zabbix-agent monit; who is not installed is "absent".
# IDLE_ROWS=FILE: rows for table.sh are added there too.
set -eu
build=$(cd "$1" && pwd)
top_srcdir=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${IDLE_SECONDS:-300}
run=$(mktemp -d "$build/idle.XXXXXX")
. "$top_srcdir/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 1' INT TERM
PATH=$PATH:/usr/sbin:/sbin
export PATH

# exec: the caller's subshell becomes the program, so that $! is its pid.
if [ "$(id -u)" = 0 ]; then
    chmod 0711 "$run"
    user_exec() {
        exec setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"
    }
    own() {
        chown -R 65534:65534 "$@"
    }
else
    user_exec() {
        exec "$@"
    }
    own() {
        :
    }
fi

mkdir -p "$run/state" "$run/daemon" "$run/trapd" "$run/rsyslog" "$run/master" "$run/snmpd" "$run/collectd" "$run/zabbix" "$run/monit" \
    "$run/log" "$run/spool/in" "$run/spool/error" "$run/spool/out" "$run/spool/failed"
chmod 0700 "$run/state"
trap_port=$(free_port)
syslog_port=$(free_port)
peer_port=$(free_port)
zabbix_port=$(free_port)
while [ "$zabbix_port" -gt 32767 ]; do # its limit
    zabbix_port=$(free_port)
done
echo idle >"$run/community"
chmod 0600 "$run/community"
for i in 1 2 3; do
    cp /bin/sleep "$run/idle-engine$i"
    : >"$run/log/$i"
done
printf 'authCommunity log idle\n' >"$run/trapd/snmptrapd.conf"
cat >"$run/rsyslog/conf" <<CONF
global(workDirectory="$run/rsyslog")
module(load="imtcp")
input(type="imtcp" port="$syslog_port" address="127.0.0.1")
action(type="omfile" file="$run/rsyslog/out")
CONF
cat >"$run/master/snmpd.conf" <<CONF
master agentx
agentXSocket unix:$run/master/agentx
rocommunity idle 127.0.0.1
CONF
pattern='patterns = ( { kind = "failure"; pattern = "異常終了 .*ID=(?<job>[A-Z0-9-]+)"; } );'
cat >"$run/hashimori.conf" <<CONF
agent = { host = "idle"; timezone = "Asia/Tokyo"; language = "ja"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins"; };
calendars = ( { name = "always"; hours = ( "00:00-24:00" ); } );
services = ( { name = "renkei"; environment = "production"; calendar = "always"; down_when = "any(engine1, engine2)";
               sla = { availability = "99.9"; recovery = "2h"; notification = "30m"; period = "fiscal_year"; }; } );
watch = ( { subject = "engine1"; plugin = "process"; name = "idle-engine1"; interval = "60s"; service = "renkei"; },
          { subject = "engine2"; plugin = "process"; name = "idle-engine2"; interval = "60s"; service = "renkei"; },
          { subject = "engine3"; plugin = "process"; name = "idle-engine3"; interval = "60s"; },
          { subject = "disk"; plugin = "disk"; interval = "60s"; mounts = ( "/" ); },
          { subject = "in"; plugin = "queue"; interval = "60s"; stages = ( { name = "in"; path = "$run/spool/in"; }, { name = "error"; path = "$run/spool/error"; error = true; } ); },
          { subject = "out"; plugin = "queue"; interval = "60s"; stages = ( { name = "out"; path = "$run/spool/out"; } ); },
          { subject = "failed"; plugin = "queue"; interval = "60s"; stages = ( { name = "failed"; path = "$run/spool/failed"; error = true; } ); },
          { subject = "log1"; plugin = "linklog"; interval = "60s"; path = "$run/log/1"; $pattern },
          { subject = "log2"; plugin = "linklog"; interval = "60s"; path = "$run/log/2"; $pattern },
          { subject = "log3"; plugin = "linklog"; interval = "60s"; path = "$run/log/3"; encoding = "CP932"; $pattern } );
destinations = ( { name = "nms"; channel = "snmp"; host = "127.0.0.1:$trap_port"; inform = true; community_file = "$run/community"; brake = 0; },
                 { name = "syslog"; channel = "syslog"; transport = "tcp"; host = "127.0.0.1:$syslog_port"; } );
routes = ( { to = ( "nms", "syslog" ); } );
faces = ( { name = "agent"; face = "snmp"; mode = "agentx"; socket = "$run/master/agentx"; } );
CONF
# The peers: the same three programs, file system and logs.
cat >"$run/snmpd/snmpd.conf" <<CONF
agentAddress udp:127.0.0.1:$peer_port
rocommunity idle 127.0.0.1
proc idle-engine1
proc idle-engine2
proc idle-engine3
disk / 10%
logmatch failed1 $run/log/1 30 failed
logmatch failed2 $run/log/2 30 failed
logmatch failed3 $run/log/3 30 failed
CONF
cat >"$run/collectd/conf" <<CONF
Hostname "idle"
FQDNLookup false
BaseDir "$run/collectd"
PIDFile "$run/collectd/pid"
Interval 10
LoadPlugin processes
LoadPlugin df
LoadPlugin tail
LoadPlugin csv
<Plugin csv>
  DataDir "$run/collectd/csv"
</Plugin>
<Plugin processes>
  Process "idle-engine1"
  Process "idle-engine2"
  Process "idle-engine3"
</Plugin>
<Plugin df>
  MountPoint "/"
</Plugin>
<Plugin tail>
$(for i in 1 2 3; do
    printf '<File "%s/log/%s">\n Instance "l%s"\n <Match>\n  Regex "failed"\n  DSType "CounterInc"\n  Type "counter"\n  Instance "m"\n </Match>\n</File>\n' "$run" "$i" "$i"
done)
</Plugin>
CONF
cat >"$run/zabbix/conf" <<CONF
PidFile=$run/zabbix/pid
LogFile=$run/zabbix/log
Server=127.0.0.1
ListenIP=127.0.0.1
ListenPort=$zabbix_port
Hostname=idle
StartAgents=3
CONF
cat >"$run/monit/rc" <<CONF
set daemon 10
set pidfile $run/monit/pid
set idfile $run/monit/id
set statefile $run/monit/state
check process engine1 matching "idle-engine1"
check process engine2 matching "idle-engine2"
check process engine3 matching "idle-engine3"
check filesystem root with path /
  if space usage > 90% then alert
$(for i in 1 2 3; do
    printf 'check file log%s with path %s/log/%s\n  if content = "failed" then alert\n' "$i" "$run" "$i"
done)
CONF
chmod 0600 "$run/monit/rc"
own "$run"/*

begin() { # name, program and arguments
    out=$run/$1.out
    shift
    user_exec "$@" >"$out" 2>&1 </dev/null &
    begun=$!
    started "$begun"
}
for i in 1 2 3; do
    begin "engine$i" "$run/idle-engine$i" 100000
done
export MIBS= SNMP_PERSISTENT_DIR="$run/trapd" SNMPCONFPATH="$run/trapd"
begin trapd snmptrapd -f -On -Lf "$run/trapd/log" "udp:127.0.0.1:$trap_port"
begin rsyslog rsyslogd -n -f "$run/rsyslog/conf" -i "$run/rsyslog/pid"
export SNMP_PERSISTENT_DIR="$run/master" SNMPCONFPATH="$run/master"
begin master snmpd -f -Lf "$run/master/log" -C -c "$run/master/snmpd.conf" -I -smux "udp:127.0.0.1:$(free_port)"
wait_for 10 test -S "$run/master/agentx"
begin hashimori "$build/agent/main/hashimorid" -c "$run/hashimori.conf"
agents="hashimori:$begun"
peer() { # name, program and arguments
    if command -v "$2" >/dev/null; then
        begin "$@"
        agents="$agents $1:$begun"
    else
        absent="${absent:-} $1"
    fi
}
export SNMP_PERSISTENT_DIR="$run/snmpd" SNMPCONFPATH="$run/snmpd"
peer snmpd snmpd -f -Lf "$run/snmpd/log" -C -c "$run/snmpd/snmpd.conf"
peer collectd collectd -f -C "$run/collectd/conf"
peer zabbix_agentd zabbix_agentd -f -c "$run/zabbix/conf"
peer monit monit -I -c "$run/monit/rc"
if ! wait_for 20 grep -q 'face agent: ' "$run/hashimori.out"; then
    cat "$run/hashimori.out" >&2
    exit 1
fi

family() { # pid and all that came from it
    echo "$1"
    for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do
        family "$child"
    done
}
# CPU ns, context switches, kB private of each process of PID: "pid comm cpu switches private" a line.
look() {
    for pid in $(family "$1"); do
        cpu=$(cat /proc/"$pid"/task/*/schedstat 2>/dev/null | awk '{ n += $1 } END { printf "%.0f", n }')
        switches=$(cat /proc/"$pid"/task/*/status 2>/dev/null | awk '/ctxt_switches/ { n += $2 } END { print n + 0 }')
        private=$(awk '/^Private_/ { n += $2 } END { print n + 0 }' "/proc/$pid/smaps_rollup" 2>/dev/null || echo 0)
        program=$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | awk '{ n = split($1, p, "/"); print p[n] }')
        echo "$pid ${program:-?} $cpu $switches $private"
    done
}

sleep 15 # all have begun
for agent in $agents; do
    if gone "${agent#*:}"; then
        cat "$run/${agent%%:*}.out" >&2
        echo "idle.sh: ${agent%%:*} did not stay" >&2
        exit 1
    fi
    look "${agent#*:}" >"$run/before.${agent%%:*}"
done
began=$(now_ms)
sleep "$seconds"
took=$(($(now_ms) - began))
set -- /proc/[0-9]*
echo "# $((took / 1000)) s, $(nproc) cores, $(uname -r), $# processes"
echo "| agent | processes | CPU % of a core | context switches/s | private MB |"
echo "|---|---|---|---|---|"
for agent in $agents; do
    name=${agent%%:*}
    look "${agent#*:}" >"$run/after.$name"
    awk -v name="$name" -v ms="$took" '
        FNR == NR { cpu[$1] = $3; switches[$1] = $4; next }
        { n++; c += $3 - cpu[$1]; s += $4 - switches[$1]; kb += $5 }
        END { printf "%s %d %.4f %.2f %.1f\n", name, n, c / ms / 1e4, s * 1000 / ms, kb / 1024 }' \
        "$run/before.$name" "$run/after.$name" >>"$run/figures"
done
awk '{ printf "| %s | %d | %s | %s | %s |\n", $1, $2, $3, $4, $5 }' "$run/figures"
# The same for table.sh: goals first, then each peer.
rows() {
    awk -v OFS='\t' -v seconds="$((took / 1000))" '
        NR == 1 {
            print "idle, " seconds " s: CPU", $3, "% of a core", "", "", "<= 0.005", $2 " processes"
            print "idle: context switches a second", $4, "", "", "", "<= 1", ""
            print "idle: private memory", $5, "MB", "", "", "<= 10", ""
            cpu = $3; switches = $4; next
        }
        { print "idle: CPU", cpu, "% of a core", $1, $3, "", ""; print "idle: switches a second", switches, "", $1, $4, "", "" }' "$run/figures"
}
[ -z "${IDLE_ROWS:-}" ] || rows >>"$IDLE_ROWS"
for name in ${absent:-}; do
    echo "| $name | absent | | | |"
done
# Which of our own processes it is.
awk -v ms="$took" '
    FNR == NR { cpu[$1] = $3; switches[$1] = $4; next }
    { printf "# %s %s: CPU %.4f %%, %.2f switches/s, %.2f MB private\n", $2, $1, ($3 - cpu[$1]) / ms / 1e4, ($4 - switches[$1]) * 1000 / ms, $5 / 1024 }' \
    "$run/before.hashimori" "$run/after.hashimori"
