#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# SIGKILL of the daemon at named borders of system calls along the commit path (point.c tells which there are). One story
# goes on and on: failing lines and their recovery, a service that is down, degraded and unmonitored, reloads. At each
# point the daemon dies and is started again: seconds and chain are looked at, and it is killed once more.
#
# POINTS: a number (12): that many of all, drawn with SEED (1); `all`; or a list of NAME:N. DEPTH (3): of each name the
# points 1..DEPTH; of writes four times as many, with `all` as many as the largest commit of that kind has.
# KIND: only names that begin so.
set -eu
points=${POINTS:-12}
seed=${SEED:-1}
depth=${DEPTH:-3}
build=$top_builddir
run=$(mktemp -d "$build/points.XXXXXX")
. "$top_srcdir/tests/system/lib.sh"
daemon=
cleanup() {
    tidy
    stop "$daemon"
    rm -rf "$run"
}
trap cleanup EXIT
trap 'exit 99' INT TERM
PATH=$PATH:/usr/sbin:/sbin

if ! command -v snmptrapd >/dev/null; then
    echo "1..0 # SKIP snmptrapd is not installed"
    exit 0
fi
plan 8

mkdir "$run/in" "$run/state" "$run/daemon" "$run/trapd"
chmod 0700 "$run/state"
port=$(free_port)
echo points-community >"$run/community"
chmod 0600 "$run/community"
for log in transfer batch; do
    : >"$run/$log.log"
done
cat >"$run/trapd/snmptrapd.conf" <<CONF
authCommunity log,execute points-community
format2 %v\n
CONF
# With a rule that holds a log that is read is ok, and so is the service.
silence='{ metric = "silent_s"; warning = "> 86400"; }'
# configure FILE INTERVAL
configure() {
    cat >"$1" <<CONF
agent = { host = "points"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins"; };
services = ( { name = "renkei"; environment = "production"; start = "$(date -d yesterday +%Y-%m-%d)"; down_when = "any(log, spool)"; degraded_when = "any(batch)";
               sla = { availability = "99.9"; recovery = "2h"; notification = "30m"; period = "fiscal_year"; }; } );
watch = ( { subject = "log"; plugin = "linklog"; path = "$run/transfer.log"; start = "begin"; patterns = ( { kind = "failure"; pattern = "FAILED ID=(?<job>JOB-[0-9]+)"; }, { kind = "recovery"; pattern = "AGAIN ID=(?<job>JOB-[0-9]+)"; } ); rules = ( $silence ); },
          { subject = "batch"; plugin = "linklog"; path = "$run/batch.log"; start = "begin"; patterns = ( { kind = "failure"; pattern = "FAILED ID=(?<job>B-[0-9]+)"; }, { kind = "recovery"; pattern = "AGAIN ID=(?<job>B-[0-9]+)"; } ); rules = ( $silence ); },
          { subject = "spool"; plugin = "queue"; interval = "$2"; stages = ( { name = "in"; path = "$run/in"; } ); rules = ( { metric = "depth"; critical = ">= 1000"; } ); } );
destinations = ( { name = "nms"; channel = "snmp"; host = "127.0.0.1:$port"; inform = true; community_file = "$run/community"; brake = 0; } );
routes = ( { to = ( "nms" ); } );
CONF
}
configure "$run/one.conf" 1s
configure "$run/two.conf" 2s
cp "$run/one.conf" "$run/hashimori.conf"

# start_daemon [NAME=VALUE...]
start_daemon() {
    rm -f "$run/daemon/control.sock"
    env "$@" LD_PRELOAD="$build/tests/fault/.libs/point.so" "$build/agent/main/hashimorid" -c "$run/hashimori.conf" \
        >>"$run/daemon.log" 2>&1 &
    daemon=$!
}
# Whoever waits for something that a dead daemon will not do waits no longer.
is_up_or_gone() {
    test -S "$run/daemon/control.sock" || gone "$daemon"
}
pause() {
    gone "$daemon" || sleep "$1"
}
written=0
step=1.1 # some seconds must be measured before the kills begin
# One round: down, degraded, a reload, up, unmonitored.
round() {
    written=$((written + 1))
    echo "FAILED ID=JOB-$written" >>"$run/transfer.log"
    pause "$step"
    echo "AGAIN ID=JOB-$written" >>"$run/transfer.log"
    echo "FAILED ID=B-$written" >>"$run/batch.log"
    pause "$step"
    [ $((written % 2)) = 0 ] && other=one || other=two
    cp "$run/$other.conf" "$run/hashimori.conf.new"
    mv "$run/hashimori.conf.new" "$run/hashimori.conf"
    kill -HUP "$daemon" 2>/dev/null || true
    pause "$step"
    echo "AGAIN ID=B-$written" >>"$run/batch.log"
    pause "$step"
    mv "$run/in" "$run/away"
    pause "$step"
    mv "$run/away" "$run/in"
    pause "$step"
}
# go_on POINT: the story, until the daemon is dead; 1: it lived for 20 s. A sign of life is committed alone when nothing
# happens.
go_on() {
    wait_for 20 is_up_or_gone
    case $1 in
    alive-*)
        round
        wait_for 20 gone "$daemon"
        return
        ;;
    esac
    limit=$(($(now_ms) + 20000))
    until gone "$daemon"; do
        [ "$(now_ms)" -lt "$limit" ] || return 1
        round
    done
}
ask() {
    "$build/agent/ctl/hashimori" --config "$run/one.conf" --socket "$run/daemon/control.sock" --lang en "$@"
}
sums=0
unmonitored=0
elapsed=0
: >"$run/figures"
# The seconds of all classes are those that went by, some of them measured; neither these nor what nobody saw become fewer.
look_at_sums() {
    ask sla --period FY2026 --json >"$run/sla" || return 1
    figures=$(tr ',{}[]' '\n\n\n\n\n' <"$run/sla" | awk -F'[": ]+' '
        !($2 in seen) { seen[$2] = $3 }
        END { print seen["up_s"] + seen["degraded_s"] + seen["down_s"] + seen["forgiven_s"] + seen["unmonitored_s"] + seen["excluded_s"],
                    seen["elapsed_s"], seen["clock_correction_s"] + 0, seen["unmonitored_s"], seen["up_s"], seen["degraded_s"], seen["down_s"] }')
    echo "$figures" >>"$run/figures"
    # shellcheck disable=SC2086 # figures
    set -- $figures
    [ "$1" -eq $(($2 + $3)) ] && [ "$2" -ge "$elapsed" ] && [ "$2" -gt 0 ] && [ "$4" -ge "$unmonitored" ] && [ $(($5 + $6 + $7)) -gt 0 ] || return 1
    elapsed=$2
    unmonitored=$4
    sums=$((sums + 1))
}
chains=0
look_at_chain() {
    ask ledger verify >"$run/verify" 2>&1 || return 1
    chains=$((chains + 1))
}
answers() {
    ask status --json
}
# What a point left, seen by a daemon that comes back and is killed in its turn, too.
look() {
    start_daemon
    wait_for 20 answers || true
    look_at_sums || echo "# $1: $(tail -n 1 "$run/figures")"
    look_at_chain || sed "s/^/# $1: /" "$run/verify"
    kill -KILL "$daemon"
    wait "$daemon" 2>/dev/null || true
}

SNMPCONFPATH=$run/trapd MIBS='' SNMP_PERSISTENT_DIR=$run/trapd snmptrapd -f -On -A -Lf "$run/traps" -p "$run/trapd/pid" \
    "udp:127.0.0.1:$port" >>"$run/trapd/out" 2>&1 &
started $!
wait_for 10 test -s "$run/trapd/pid"

# A slow round; then, on what it left, which borders there are in a life of two quick rounds.
start_daemon
wait_for 20 is_up_or_gone
round
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null || true
step=0.05
start_daemon POINT_TRACE="$run/trace"
wait_for 20 is_up_or_gone
round
round
sleep 0.2
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null || true
names="start reading receipt reload"
largest() { # of commits NAME: their writes
    awk -v name="$1" '$1 == name "-judged" { n = 0 } $1 == name "-writing" { n++; if (n > most) most = n } END { print most + 0 }' "$run/trace"
}
commits=$(for name in $names; do printf '%s-judged %s-writing %s-written %s-committed ' "$name" "$name" "$name" "$name"; done)
for border in judged writing written committed; do
    commits="$commits alive-$border"
done
borders="reading-in $commits saved saved-sent deliver deliver-sent receipt-in checkpoint"
# Of a name DEPTH, of writes more; of a start no more than one has, of what comes seldom the first.
all=$(for name in $borders; do
    case $points$name in
    *checkpoint | *alive-*) last=1 ;;
    all*-writing) last=$(largest "${name%-writing}") ;;
    *start-writing) last=$depth ;;
    *-writing) last=$((depth * 4)) ;;
    *) last=$depth ;;
    esac
    passed=$(cut -d ' ' -f 1 "$run/trace" | grep -cx "$name" || true)
    case $name in
    start-*) [ "$last" -le "$passed" ] || last=$passed ;;
    esac
    for n in $(seq "$last"); do echo "$name:$n"; done
done)
all=$(echo "$all" | grep "^${KIND:-}")
case $points in
all) ;;
*:*) all=$(echo "$points" | tr ' ' '\n') ;;
*) all=$(echo "$all" | grep -v '^checkpoint\|^alive' | awk -v s="$seed" 'BEGIN { srand(s) } { print rand() "\t" $0 }' | sort -n | head -n "$points" | cut -f 2) ;;
esac

died=0
total=0
for point in $all; do
    total=$((total + 1))
    start_daemon POINT="$point"
    if go_on "$point"; then
        code=0
        wait "$daemon" 2>/dev/null || code=$?
        [ "$code" -ne 137 ] || died=$((died + 1))
        [ "$code" -eq 137 ] || echo "# $point: ended with $code"
    else
        echo "# $point: not passed"
        kill -KILL "$daemon"
        wait "$daemon" 2>/dev/null || true
        # What a start writes depends on what the last one left.
        case $point in start-writing:*) died=$((died + 1)) ;; esac
    fi
    look "$point"
done

start_daemon
outbox_empty() {
    ask status --json | grep -q '"queued": *0'
}
all_read() {
    [ "$(ask ledger export --full | grep -c '"event_id":"HM-INC-RAISED".*"value":"JOB-')" -ge "$written" ]
}
wait_for 20 answers || true # before that, ask would take the ledger for itself
wait_for 30 all_read || true
ok_if "the daemon died at each point" test "$died" -eq "$total"
ok_if "the seconds of all classes were those that went by, each time" test "$sums" -eq "$total"
ok_if "the chain of the ledger was whole, each time" test "$chains" -eq "$total"
ok_if "the outbox empties" wait_for 60 outbox_empty
stop "$daemon"

"$build/agent/ctl/hashimori" --config "$run/hashimori.conf" ledger export --full >"$run/ledger"
sed -n 's/.*"kind":"notice".*"event_id":"HM-INC-RAISED".*"value":"JOB-\([0-9]*\)".*/\1/p' "$run/ledger" | sort -n >"$run/jobs"
sed -n 's/.*"kind":"notice".*"key":"\([A-Z2-7]\{26\}\)".*/\1/p' "$run/ledger" | sort >"$run/recorded"
grep -ao 'STRING: "[A-Z2-7]\{26\}"' "$run/traps" | sed 's/.*"\(.*\)"/\1/' | sort >"$run/received"
sort -u "$run/received" >"$run/once"
lines() {
    wc -l <"$1" | tr -d ' '
}
seq "$written" >"$run/expected"
lost=$(comm -23 "$run/recorded" "$run/once" | wc -l)
unexpected=$(comm -13 "$run/recorded" "$run/once" | wc -l)
duplicates=$(($(lines "$run/received") - $(lines "$run/once")))
ok_if "each line was recorded exactly once" cmp "$run/expected" "$run/jobs"
ok_if "no recorded alert was lost" test "$lost" -eq 0
ok_if "nothing came that was not recorded" test "$unexpected" -eq 0
ok_if "duplicates are at most one for each of two kills a point" test "$duplicates" -le $((2 * total + 1))
echo "# row|SIGKILL of the daemon at borders of system calls${KIND:+: $KIND}|$total borders|$written lines, $(lines "$run/recorded") recorded, $(lines "$run/received") received: lost $lost, duplicates $duplicates (at most $((2 * total + 1))), unexpected $unexpected; seconds add up $sums times, the chain is whole $chains times"
cut -d ' ' -f 1 "$run/trace" | sort | uniq -c | sed 's/^/# passed in one life: /'
