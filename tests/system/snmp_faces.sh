#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The board by AgentX while snmpd stands still for STOPPED seconds (5), and while it is away: the daemon does not notice.
# What is told and answered has WITHIN seconds (30); on a machine that does nothing else 2 are enough.
# shellcheck disable=SC2154,SC1091  # make check gives top_srcdir and top_builddir
set -u
build=$top_builddir
stopped=${STOPPED:-5}
within=${WITHIN:-30}
run=$(mktemp -d "$build/faces.XXXXXX") || exit 99
. "$top_srcdir/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
PATH=$PATH:/usr/sbin:/sbin

if ! command -v snmpd >/dev/null || ! command -v snmpget >/dev/null || ! command -v snmptrapd >/dev/null; then
    echo "1..0 # SKIP snmpd, snmpget or snmptrapd is not installed"
    exit 0
fi
plan 11

mkdir "$run/state" "$run/daemon" "$run/snmpd" "$run/snmpd/kept" "$run/trapd" "$run/trapd/kept"
chmod 0700 "$run/state"
port=$(free_port)
trap_port=$(free_port)
echo faces >"$run/community"
chmod 0600 "$run/community"
: >"$run/transfer.log"
cat >"$run/snmpd/snmpd.conf" <<CONF
master agentx
agentXSocket unix:$run/snmpd/agentx
agentXTimeout 1
agentXRetries 0
rocommunity faces 127.0.0.1
CONF
printf 'authCommunity log faces\nformat2 %%v\\n\n' >"$run/trapd/snmptrapd.conf"
cat >"$run/hashimori.conf" <<CONF
agent = { host = "faces"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins"; };
watch = ( { subject = "log"; plugin = "linklog"; path = "$run/transfer.log"; start = "begin";
            patterns = ( { kind = "failure"; pattern = "失敗しました ID=(?<job>JOB-[0-9]+)"; },
                         { kind = "end"; pattern = "終了しました ID=(?<job>[A-Z]+-[0-9]+) RECCNT=(?<records>[0-9]+)"; } ); } );
linkages = ( { id = "ZEI-0012"; deadline = "47:00"; subject = "log"; metric = "end"; match = ( "job=ZEI-0012" ); } );
destinations = ( { name = "nms"; channel = "snmp"; host = "127.0.0.1:$trap_port"; inform = true; community_file = "$run/community"; } );
routes = ( { to = ( "nms" ); } );
faces = ( { name = "agent"; face = "snmp"; mode = "agentx"; socket = "$run/snmpd/agentx"; } );
CONF
begin_snmpd() {
    rm -f "$run/snmpd/agentx"
    MIBS='' SNMPCONFPATH=$run/snmpd SNMP_PERSISTENT_DIR=$run/snmpd/kept snmpd -f -Lf "$run/snmpd/log" -C -c "$run/snmpd/snmpd.conf" \
        -I -smux "udp:127.0.0.1:$port" >>"$run/snmpd/out" 2>&1 &
    snmpd=$!
    started "$snmpd"
}
ask() {
    "$build/agent/ctl/hashimori" --config "$run/hashimori.conf" --socket "$run/daemon/control.sock" --lang en "$@"
}
figure() {
    ask status --json | tr ',{}[]' '\n\n\n\n\n' | sed -n "s/^ *\"$1\": *\"*\([^\"]*\)\"* *$/\1/p" | head -n 1
}
# hmAgentHost.0
answers() {
    MIBS='' snmpget -v2c -c faces -t 0.3 -r 0 -Ov "127.0.0.1:$port" .1.3.6.1.4.1.8072.9999.9999.8847.1.1.2.0 | grep -q '"faces"'
}
# Id, last result and records of the first linkage, as hmLinkageTable has them.
shows_arrival() {
    table=.1.3.6.1.4.1.8072.9999.9999.8847.1.5.1
    MIBS='' snmpget -v2c -c faces -t 0.3 -r 0 -Ovq "127.0.0.1:$port" $table.2.1 $table.5.1 $table.6.1 >"$run/row" 2>&1
    cat "$run/row"
    [ "$(tr '\n' ' ' <"$run/row")" = '"ZEI-0012" "arrived" 1284 ' ]
}
told() {
    grep -aq "\"JOB-$1\"" "$run/traps"
}
fails() {
    echo "2026/04/15 01:30:00 E 受信に失敗しました ID=JOB-$1 STS=250" >>"$run/transfer.log"
    wait_for "$within" told "$1"
}

MIBS='' SNMPCONFPATH=$run/trapd SNMP_PERSISTENT_DIR=$run/trapd/kept snmptrapd -f -On -Lf "$run/traps" -p "$run/trapd/pid" \
    "udp:127.0.0.1:$trap_port" >"$run/trapd/out" 2>&1 &
started $!
wait_for 30 test -s "$run/trapd/pid"
"$build/agent/main/hashimorid" -c "$run/hashimori.conf" >"$run/log" 2>&1 &
daemon=$!
started "$daemon"
begin_snmpd
ok_if "the board answers by way of snmpd" wait_for 30 answers
ok_if "a failing line is told" fails 1
echo "2026/04/15 01:30:00 I 正常に終了しました ID=ZEI-0012 RECCNT=0000001284" >>"$run/transfer.log"
ok_if "a linkage that arrived stands in hmLinkageTable" wait_for 30 shows_arrival

# What was told and by whom it was taken: hmNoticeTable and hmDestinationTable, walked.
walks() { # table, words that must stand in it
    MIBS='' snmpwalk -v2c -c faces -t 0.5 -r 0 -Oq -Oa "127.0.0.1:$port" ".1.3.6.1.4.1.8072.9999.9999.8847.1.$1" >"$run/walk" 2>&1
    cat "$run/walk"
    shift
    for word; do
        grep -aq "$word" "$run/walk" || return 1
    done
}
ok_if "hmNoticeTable holds the notice: event, subject and text" wait_for 30 walks 7 '\.1\.7\.1\.3\.[0-9]* "HM-INC-RAISED"' '\.1\.7\.1\.6\.[0-9]* "log' 'JOB-1 '
ok_if "hmDestinationTable counts what was accepted, and that nothing waits" wait_for 30 walks 8 '\.1\.8\.1\.2\.1 "nms"' '\.1\.8\.1\.3\.1 "snmp"' \
    '\.1\.8\.1\.5\.1 0$' '\.1\.8\.1\.8\.1 [1-9]' '\.1\.8\.1\.9\.1 0$'

kill -STOP "$snmpd"
stands_still() {
    end=$(($(now_ms) + stopped * 1000))
    n=1
    while [ "$(now_ms)" -lt "$end" ]; do
        n=$((n + 1))
        fails "$n" || return 1
        sleep 0.2
    done
}
ok_if "while snmpd stands still for $stopped s every failing line is told within $within s" stands_still
same_worker() {
    [ "$(grep -c 'worker face_snmp.*: loaded ' "$run/log")" = 1 ]
}
ok_if "the worker of the face is the same still" same_worker
kill -CONT "$snmpd"
ok_if "snmpd goes on, and the board answers within $within s" wait_for "$within" answers

stop "$snmpd"
begin_snmpd
wait_for 30 test -S "$run/snmpd/agentx"
ok_if "snmpd is started anew, and the board answers within $within s" wait_for "$within" answers
ok_if "a failing line is told" fails 900
short() {
    echo "the longest turn took $(figure longest_turn_us) us"
    [ "$(figure longest_turn_us)" -lt $((stopped * 800000)) ]
}
# Not a figure of speed (a commit on a busy disk takes its time): what waits for snmpd waits until it goes on.
ok_if "the daemon's loop never waited for snmpd" short
sed 's/^/# /' "$run/last.out"
