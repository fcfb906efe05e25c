#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# forgery_wires.sh: the hostile records of forgery.py go the whole way, from a watched log by syslog (TCP) and by inform, and are parsed back by
# rsyslogd and snmptrapd themselves. Nothing may be forged, lost or doubled. RECORDS (40), SEED (the day). TAP; the "# row|" line is for
# table.sh.
# shellcheck disable=SC2154,SC1091  # make check gives top_srcdir and top_builddir
set -u
build=$(cd "${top_builddir:-.}" && pwd)
source=$(cd "${top_srcdir:-.}" && pwd)
PATH=$PATH:/usr/sbin:/sbin
python=$(command -v python3) && command -v rsyslogd >/dev/null && command -v snmptrapd >/dev/null || {
    echo "1..0 # SKIP python3, rsyslogd and snmptrapd are needed"
    exit 0
}
run=$(mktemp -d "$build/forgery.XXXXXX") || exit 99
. "$source/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
records=${RECORDS:-40}
seed=${SEED:-$(date +%j)}
syslog_port=$(free_port)
trap_port=$(free_port)
mkdir "$run/state" "$run/run" "$run/rs" "$run/trapd" "$run/out"
chmod 0700 "$run/state"
echo forgery >"$run/community"
chmod 0600 "$run/community"
: >"$run/out/rsyslog"

# The record as rsyslogd has parsed it: each part a member, quoted by rsyslogd.
cat >"$run/rs/conf" <<CONF
global(workDirectory="$run/rs" maxMessageSize="64k")
module(load="imtcp")
input(type="imtcp" port="$syslog_port" address="127.0.0.1")
template(name="parts" type="list") {
    constant(value="{") property(name="pri" format="jsonf" outname="pri") constant(value=",")
    property(name="hostname" format="jsonf" outname="host") constant(value=",")
    property(name="app-name" format="jsonf" outname="app") constant(value=",")
    property(name="msgid" format="jsonf" outname="msgid") constant(value=",")
    property(name="structured-data" format="jsonf" outname="sd") constant(value=",")
    property(name="msg" format="jsonf" outname="msg") constant(value="}\\n") }
action(type="omfile" file="$run/out/rsyslog" template="parts" flushOnTXEnd="on")
CONF
rsyslogd -n -f "$run/rs/conf" -i "$run/rs/pid" >"$run/rs/out" 2>&1 &
started "$!"
# Without a MIB and with -Ox every text is hex: what it holds can end no line and no value.
printf 'authCommunity log forgery\nformat2 %%v\\n\n' >"$run/trapd/snmptrapd.conf"
MIBS='' SNMPCONFPATH=$run/trapd SNMP_PERSISTENT_DIR=$run/trapd snmptrapd -f -On -Ox -Lf "$run/out/traps" -p "$run/trapd/pid" \
    "udp:127.0.0.1:$trap_port" >"$run/trapd/out" 2>&1 &
started "$!"
cat >"$run/h.conf" <<CONF
# What is hidden could forge nothing: all of it goes out here.
agent = { host = "renkei01"; timezone = "Asia/Tokyo"; language = "ja"; redact = { numbers = false; quoted = false; }; state_dir = "$run/state"; runtime_dir = "$run/run"; plugin_dir = "$build/plugins"; };
watch = ( { subject = "log"; plugin = "linklog"; path = "$run/linkage.log"; start = "begin"; head = "^FAIL "; flush = "1s";
            patterns = ( { kind = "failure"; pattern = "^FAIL (?<job>k[0-9]+)"; } ); rules = ( { metric = "failure"; event = "critical"; key = ( "job" ); } ); } );
destinations = (
    { name = "syslog"; channel = "syslog"; transport = "tcp"; host = "127.0.0.1:$syslog_port"; window = 8; brake = 0; },
    { name = "snmp"; channel = "snmp"; host = "127.0.0.1:$trap_port"; community_file = "$run/community"; timeout = "20s"; window = 8; brake = 0; } );
routes = ( { when = { severity = "critical"; }; to = ( "syslog", "snmp" ); } );
CONF
wait_for 20 test -s "$run/rs/pid"
wait_for 20 test -s "$run/trapd/pid"
"$python" "$source/tests/fault/forgery.py" write "$records" "$seed" >"$run/linkage.log"
"$build/agent/main/hashimorid" -c "$run/h.conf" 2>"$run/log" &
started "$!"

# Lines beyond them are looked at as well: all that come within a second of the last one.
all_written() {
    [ "$(wc -l <"$run/out/rsyslog")" -ge "$records" ] && [ "$(grep -c '^\.1\.3\.6\.1\.2\.1\.1\.3\.0 = ' "$run/out/traps")" -ge "$records" ]
}
plan 2
ok_if "every record becomes an alert and reaches both receivers" wait_for $((60 + records)) all_written
sleep 1
ok_if "as rsyslogd and snmptrapd parsed them, nothing is forged, lost or doubled" "$python" "$source/tests/fault/forgery.py" wires "$run/out" "$records"
"$python" "$source/tests/fault/forgery.py" wires "$run/out" "$records" >"$run/counts"
echo "# row|hostile records (as above) from a log by syslog and inform, as rsyslogd and snmptrapd parsed them|$records|$(grep records "$run/counts" | tr '\n' ';' | sed 's/;$//; s/;/; /g')"
