#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# wires.sh BUILD: what goes over the wires, beside others in the same run: syslog out of the plug-in and through the whole
# daemon, informs, requests to the SNMP face, and a kill told by inform. MESSAGES (500000) out of the plug-in: its first
# receipts wait until a new connection has lasted 0.2 s, which is part of its rate; INFORMS (5000) and NOTICES (1000)
# through the daemon, SECONDS_EACH (3) of asking, KILLS (200). What is missing here is not measured.
set -eu
build=$(cd "$1" && pwd)
top_srcdir=$(cd "$(dirname "$0")/../.." && pwd)
messages=${MESSAGES:-500000}
informs=${INFORMS:-5000}
notices=${NOTICES:-1000}
seconds=${SECONDS_EACH:-3}
kills=${KILLS:-200}
run=$(mktemp -d "$build/wires.XXXXXX")
. "$top_srcdir/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 1' INT TERM
PATH=$PATH:/usr/sbin:/sbin
MIBS=
export MIBS
root=1.3.6.1.4.1.8072.9999.9999.8847
rows=$run/rows
: >"$rows"

# row WHAT OURS UNIT AGAINST THEIRS GOAL [NOTE]
row() {
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" "$6" "${7:-}" >>"$rows"
    echo "# $1: $2 $3; $4 $5" >&2
}
has() {
    command -v "$1" >/dev/null
}
# rate COUNT MILLISECONDS
rate() {
    awk -v n="$1" -v ms="$2" 'BEGIN { printf "%.0f", (ms > 0 ? n * 1000 / ms : 0) }'
}

# What is measured stands in $result: what starts a process must not run in a subshell, or nobody would end it.
result=

# ---- receivers ---------------------------------------------------------------------------------
mkdir "$run/pem" "$run/trapd" "$run/snmpd" "$run/snmpd/kept"
sh "$top_srcdir/tests/unit/plugins/certificates.sh" "$run/pem"
tcp_port=$(free_port)
tls_port=$(free_port)
trap_port=$(free_port)
: >"$run/tcp"
: >"$run/tls"
"$build/tests/bench/sink" "$tcp_port" "$run/tcp" &
started $!
"$build/tests/bench/sink" "$tls_port" "$run/tls" "$run/pem/good.pem" "$run/pem/good.key" &
started $!
printf 'authCommunity log wires\nformat2 %%v\\n\n' >"$run/trapd/snmptrapd.conf"
SNMPCONFPATH=$run/trapd SNMP_PERSISTENT_DIR=$run/trapd snmptrapd -f -On -Lf "$run/traps" -p "$run/trapd/pid" \
    "udp:127.0.0.1:$trap_port" >"$run/trapd/out" 2>&1 &
started $!
wait_for 10 test -s "$run/trapd/pid"

# counted FILE COUNT: the sink has written down COUNT messages since `forget FILE`.
counted() {
    [ "$(awk '{ n += $1 } END { print n + 0 }' "$1")" -ge "$2" ]
}
# sink_rate FILE: messages a second, first byte to last; pauses of the sender are parts of it.
sink_rate() {
    awk '{ n += $1; s += $2 } END { printf "%.0f", (s > 0 ? n / s : 0) }' "$1"
}

# ---- syslog out of the plug-in -------------------------------------------------------------------
line='2026-04-15T10:00:00 renkei01 transfer[4711]: E failed ID=ZEI-0012 STS=250 while receiving from the partner, the file stays in the work folder and the job is tried again by the scheduler in five minutes'
yes "$line" | head -n "$messages" >"$run/lines" || true

# peer_rsyslog NAME PORT FILE OPTIONS: imfile to omfwd, from its start to the last line.
peer_rsyslog() {
    : >"$3"
    mkdir -p "$run/rs.$1"
    cat >"$run/rs.$1/conf" <<CONF
global(workDirectory="$run/rs.$1" DefaultNetstreamDriverCAFile="$run/pem/ca.pem")
module(load="imfile")
input(type="imfile" File="$run/lines" Tag="transfer" ruleset="out" freshStartTail="off")
ruleset(name="out") { action(type="omfwd" target="127.0.0.1" port="$2" protocol="tcp" TCP_Framing="octet-counted"
    template="RSYSLOG_SyslogProtocol23Format" $4) }
CONF
    rsyslogd -n -f "$run/rs.$1/conf" -i "$run/rs.$1/pid" >"$run/rs.$1/out" 2>&1 &
    peer=$!
    started "$peer"
    wait_for 120 counted "$3" "$messages" || true
    stop "$peer"
    result=$(sink_rate "$3")
}
# ours TRANSPORT PORT FILE [CA]
ours() {
    : >"$3"
    "$build/tests/bench/syslog_send" "$1" "127.0.0.1:$2" "$messages" ${4:+"$4"}
    wait_for 20 counted "$3" "$messages" || true
    result=$(sink_rate "$3")
}
rs_tcp=-
rs_tls=-
if has rsyslogd; then
    peer_rsyslog tcp "$tcp_port" "$run/tcp" ''
    rs_tcp=$result
    peer_rsyslog tls "$tls_port" "$run/tls" 'StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/certvalid"'
    [ "$result" = 0 ] || rs_tls=$result
fi
logger_tcp=-
if has logger; then
    : >"$run/tcp"
    logger -T --octet-count --rfc5424 -n 127.0.0.1 -P "$tcp_port" -f "$run/lines" || true
    wait_for 60 counted "$run/tcp" "$messages" || true
    logger_tcp=$(sink_rate "$run/tcp")
fi
ours tcp "$tcp_port" "$run/tcp"
our_tcp=$result
ours tls "$tls_port" "$run/tls" "$run/pem/ca.pem"
our_tls=$result
row "syslog by TCP, the plug-in alone, a receipt each" "$our_tcp" "msg/s" "rsyslog imfile to omfwd" "$rs_tcp" ">= 2"
row "the same" "$our_tcp" "msg/s" "\`logger -T --octet-count\`" "$logger_tcp" ""
row "syslog by TLS, the plug-in alone, a receipt each" "$our_tls" "msg/s" "rsyslog imfile to omfwd with gtls" "$rs_tls" ">= 2"

# ---- through the whole daemon ----------------------------------------------------------------------
mkdir "$run/state" "$run/daemon"
chmod 0700 "$run/state"
echo wires >"$run/community"
chmod 0600 "$run/community"
cp /bin/sleep "$run/wires-victim"
own_port=$(free_port)
agent_port=$(free_port)
cat >"$run/snmpd/snmpd.conf" <<CONF
master agentx
agentXSocket unix:$run/snmpd/agentx
rocommunity wires 127.0.0.1
CONF
if has snmpd; then
    SNMPCONFPATH=$run/snmpd SNMP_PERSISTENT_DIR=$run/snmpd/kept snmpd -f -Lf "$run/snmpd/log" -C \
        -c "$run/snmpd/snmpd.conf" -I -smux "udp:127.0.0.1:$agent_port" >"$run/snmpd/out" 2>&1 &
    started $!
fi

# configure DESTINATIONS ROUTES WATCHES FACES
configure() {
    cat >"$run/hashimori.conf" <<CONF
agent = { host = "wires"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/daemon";
          plugin_dir = "$build/plugins"; };
watch = ( { subject = "log"; plugin = "linklog"; path = "$run/transfer.log";
            patterns = ( { kind = "failure"; pattern = "failed ID=(?<job>WIR-[0-9]+)"; } ); } $3 );
destinations = ( $1 );
routes = ( { to = ( $2 ); } );
faces = ( $4 );
CONF
}
begin_daemon() {
    rm -rf "$run/state" "$run/daemon"
    mkdir "$run/state" "$run/daemon"
    chmod 0700 "$run/state"
    : >"$run/transfer.log"
    "$build/agent/main/hashimorid" -c "$run/hashimori.conf" >"$run/daemon.log" 2>&1 &
    daemon=$!
    started "$daemon"
    if ! wait_for 20 grep -q 'log: ok' "$run/daemon.log"; then
        cat "$run/daemon.log" >&2
        exit 1
    fi
}
# fail_lines FROM COUNT
fail_lines() {
    awk -v from="$1" -v count="$2" 'BEGIN { for (i = 0; i < count; i++) printf "E failed ID=WIR-%07d STS=250\n", from + i }' \
        >>"$run/transfer.log"
}
# A delivery is over when its receipt is in the ledger, not when the receiver has it.
drained() {
    "$build/agent/ctl/hashimori" --config "$run/hashimori.conf" --socket "$run/daemon/control.sock" notify outbox --json >"$run/outbox" &&
        ! grep -q '"key"' "$run/outbox"
}
told() { # FILE COUNT
    [ "$(grep -ac 'WIR-' "$1")" -ge "$2" ]
}

# informs WINDOW PORT FILE: notices a second, from the first line written to the last receipt recorded. FILE holds what the
# receiver at PORT got.
informs() {
    configure "{ name = \"nms\"; channel = \"snmp\"; host = \"127.0.0.1:$2\"; community_file = \"$run/community\";
                window = $1; brake = 0; }" '"nms"' '' ''
    begin_daemon
    had=$(grep -ac 'WIR-' "$3" || true)
    began=$(now_ms)
    fail_lines 1 "$informs"
    wait_for 120 told "$3" $((had + informs)) || echo "# informs are missing" >&2
    wait_for 30 drained || true
    spent=$(($(now_ms) - began))
    stop "$daemon"
    result=$(rate "$informs" "$spent")
}
answer_port=$(free_port)
"$build/tests/bench/answer" "$answer_port" "$run/answered" &
started $!
wait_for 10 test -e "$run/answered"
oids=
for i in 1 2 3 4 5 6 7 8 9 10 11; do
    oids="$oids $root.1.10.$i.0"
done
# shellcheck disable=SC2086  # a list
capacity=$("$build/tests/bench/ask" inform "$trap_port" wires "$seconds" 16 $oids)
began=$(now_ms)
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    snmpinform -v2c -c wires "127.0.0.1:$trap_port" '' 1.3.6.1.6.3.1.1.5.1 >/dev/null 2>&1 || true
done
each=$(rate 20 $(($(now_ms) - began)))
informs 16 "$trap_port" "$run/traps"
row "informs, 16 in flight, detected, recorded and receipted" "$result" "/s" "all that snmptrapd can take" "$capacity" ">= 0.9"
informs 16 "$answer_port" "$run/answered"
row "the same, to a receiver that only answers" "$result" "/s" "all that snmptrapd can take" "$capacity" ""
informs 1 "$trap_port" "$run/traps"
row "informs, 1 in flight, detected, recorded and receipted" "$result" "/s" "\`snmpinform\`, a process each" "$each" ">= 25"
informs 1 "$answer_port" "$run/answered"
row "the same, to a receiver that only answers" "$result" "/s" "\`snmpinform\`, a process each" "$each" ""

syslog_port=$(free_port)
# A receiver that writes lines: what is in its file has arrived.
if has rsyslogd; then
    mkdir "$run/rs.in"
    cat >"$run/rs.in/conf" <<CONF
global(workDirectory="$run/rs.in")
module(load="imtcp")
input(type="imtcp" port="$syslog_port" address="127.0.0.1")
template(name="t" type="string" string="%msg%\n")
action(type="omfile" file="$run/forwarded" template="t" flushOnTXEnd="on")
CONF
    rsyslogd -n -f "$run/rs.in/conf" -i "$run/rs.in/pid" >"$run/rs.in/out" 2>&1 &
    started $!
fi
# batches BATCH COUNT: lines written BATCH at a time, the next when the receiver has written them all; lines a second
sent=1000000
batches() {
    "$build/tests/bench/forward" "$run/transfer.log" "$run/forwarded" "$1" "$2" "$sent"
}
peer_queue() { # SYNC BATCH COUNT
    rm -rf "$run/rs.q"
    mkdir "$run/rs.q"
    : >"$run/transfer.log"
    cat >"$run/rs.q/conf" <<CONF
global(workDirectory="$run/rs.q")
module(load="imfile")
input(type="imfile" File="$run/transfer.log" Tag="transfer" ruleset="out")
ruleset(name="out") { action(type="omfwd" target="127.0.0.1" port="$syslog_port" protocol="tcp" TCP_Framing="octet-counted"
    template="RSYSLOG_SyslogProtocol23Format" queue.type="Disk" queue.filename="q" queue.checkpointInterval="1" queue.syncQueueFiles="$1") }
CONF
    rsyslogd -n -f "$run/rs.q/conf" -i "$run/rs.q/pid" >"$run/rs.q/out" 2>&1 &
    peer=$!
    started "$peer"
    wait_for 10 test -s "$run/rs.q/pid"
    sleep 0.5
    result=$(batches "$2" "$3")
    stop "$peer"
}
if has rsyslogd; then
    : >"$run/forwarded"
    configure "{ name = \"log\"; channel = \"syslog\"; transport = \"tcp\"; host = \"127.0.0.1:$syslog_port\"; window = 64; brake = 0; }" \
        '"log"' '' ''
    begin_daemon
    ours_100=$(batches 100 "$notices")
    sent=2000000
    ours_1=$(batches 1 "$notices")
    stop "$daemon"
    peer_queue off 100 "$notices"
    row "durable forward, 100 lines at a time, judged and recorded" "$ours_100" "/s" "rsyslog's disk queue, not synced" "$result" ">= 1.2"
    peer_queue on 1 "$notices"
    row "durable forward, 1 line at a time, judged and recorded" "$ours_1" "/s" "rsyslog's disk queue, synced" "$result" ">= 2"
fi

# ---- the face ----------------------------------------------------------------------------------------
if has snmpd; then
    watches=$(for i in $(seq 1 50); do echo ", { subject = \"w$i\"; plugin = \"process\"; name = \"wires-none-$i\"; interval = \"600s\"; }"; done)
    configure '' '' "$watches" "{ name = \"x\"; face = \"snmp\"; mode = \"agentx\"; socket = \"$run/snmpd/agentx\"; },
        { name = \"own\"; face = \"snmp\"; mode = \"standalone\"; listen = \"udp:127.0.0.1:$own_port\"; community_file = \"$run/community\"; }"
    sed -i 's/^routes = .*/routes = ( );/' "$run/hashimori.conf"
    begin_daemon
    answers() {
        snmpget -v2c -c wires -t 0.3 -r 0 -Ov "127.0.0.1:$1" ".$root.1.4.1.2.50" | grep -q '"'
    }
    wait_for 20 answers "$agent_port"
    wait_for 20 answers "$own_port"
    oids=$(for i in $(seq 1 12); do for c in 2 3 4 6 7; do echo "$root.1.4.1.$c.$i"; done; done)
    asked() { # MODE PORT WINDOW OID..
        how=$1 at=$2 window=$3
        shift 3
        "$build/tests/bench/ask" "$how" "$at" wires "$seconds" "$window" "$@"
    }
    # In turn: what else the machine does in a second then falls on all three alike.
    for window in 1 16; do
        rm -f "$run/plain" "$run/own" "$run/agent"
        for i in 1 2 3 4 5; do
            asked get "$agent_port" $window 1.3.6.1.2.1.1.3.0 >>"$run/plain"
            # shellcheck disable=SC2086  # a list
            asked get "$own_port" $window $oids >>"$run/own"
            # shellcheck disable=SC2086
            asked get "$agent_port" $window $oids >>"$run/agent"
        done
        plain=$(sort -n "$run/plain" | sed -n 3p)
        row "GET, standalone, $window in flight" "$(sort -n "$run/own" | sed -n 3p)" "/s" "snmpd, sysUpTime" "$plain" ">= 0.95"
        row "GET, by AgentX, $window in flight" "$(sort -n "$run/agent" | sed -n 3p)" "/s" "snmpd, sysUpTime" "$plain" ">= 0.45"
    done
    bulk=$(asked bulk "$agent_port" 1 "$root.1.4")
    row "GETBULK of 50, standalone" "$(asked bulk "$own_port" 1 "$root.1.4")" "values/s" "the same by AgentX" "$bulk" ">= 8"
    stop "$daemon"
fi

# ---- a kill, told --------------------------------------------------------------------------------------
configure "{ name = \"nms\"; channel = \"snmp\"; host = \"127.0.0.1:$trap_port\"; community_file = \"$run/community\"; brake = 0; }" '"nms"' \
    ", { subject = \"victim\"; plugin = \"process\"; name = \"wires-victim\"; interval = \"5s\"; rules = ( { metric = \"restarts\"; off = true; } ); }" ''
raised=$(grep -ac HM-INC-RAISED "$run/traps" || true)
begin_daemon
# It does not run yet, and that has been told.
more_raised() {
    [ "$(grep -ac HM-INC-RAISED "$run/traps")" -gt "$raised" ]
}
wait_for 20 more_raised
"$build/tests/bench/latency" exit "$kills" "$run/wires-victim" "$run/traps" >"$run/kills"
stop "$daemon"
cat "$run/kills" >&2
row "kill -9 of a process to the line of snmptrapd, p50" "$(awk -F'|' 'END { gsub(/ /, "", $5); printf "%.2f", $5 / 1000 }' "$run/kills")" "ms" "" "" "<= 1"
row "the same, p99" "$(awk -F'|' 'END { gsub(/ /, "", $6); printf "%.2f", $6 / 1000 }' "$run/kills")" "ms" "" "" "<= 10"

sh "$top_srcdir/tests/bench/table.sh" wires <"$rows"
