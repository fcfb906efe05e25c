#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Failing lines come in and informs go out while something is killed with SIGKILL again and again. Then three histories
# are compared: the lines that were written, the notices that the ledger holds, and what snmptrapd has.
#
# KILLS (12), VICTIM (daemon), WINDOW notices in flight (8), RATE failing lines a second (40), SEED (1). VICTIM is
#   daemon    with all its workers
#   receiver  snmptrapd
#   worker    of the log or of the destination, by turns; each time when both run. They come back later and later: few
#   power     the daemon, and of its folder only what was synced remains (powercut.c)
#   disk      each sync fails with EIO from some moment on; the daemon ends by itself, and comes back from what was synced
#   liar      like power, on a disk that does only every sixteenth sync: loss must show, or these tests could not see it
# The receiver thinks for 10 ms before it answers, so that a kill finds notices in flight.
set -eu
kills=${KILLS:-12}
victim=${VICTIM:-daemon}
window=${WINDOW:-8}
rate=${RATE:-40}
seed=${SEED:-1}
build=$top_builddir
run=$(mktemp -d "$build/crash.XXXXXX")
. "$top_srcdir/tests/system/lib.sh"
daemon=
receiver=
# Those two are started over and over: it is enough to know the last ones.
cleanup() {
    tidy
    for pid in $daemon $receiver; do
        stop "$pid"
    done
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

mkdir "$run/state" "$run/synced" "$run/daemon" "$run/trapd"
chmod 0700 "$run/state"
[ "$victim" != liar ] || export POWERCUT_LIES=1
port=$(free_port)
echo crash-community >"$run/community"
chmod 0600 "$run/community"
: >"$run/transfer.log"
cat >"$run/trapd/snmptrapd.conf" <<CONF
authCommunity log,execute crash-community
format2 %v\n
traphandle default /bin/sleep 0.01
CONF
cat >"$run/hashimori.conf" <<CONF
agent = { host = "crash"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins"; };
watch = ( { subject = "log"; plugin = "linklog"; path = "$run/transfer.log"; start = "begin";
            patterns = ( { kind = "failure"; pattern = "失敗しました ID=(?<job>JOB-[0-9]+)"; } ); } );
destinations = ( { name = "nms"; channel = "snmp"; host = "127.0.0.1:$port"; inform = true; community_file = "$run/community"; window = $window; brake = 0; } );
routes = ( { to = ( "nms" ); } );
CONF

# A handler that outlives a killed receiver holds its port a little longer.
port_is_free() {
    ! grep -q "$(printf ':%04X ' "$port")" /proc/net/udp
}
start_receiver() {
    wait_for 30 port_is_free
    rm -f "$run/trapd/pid"
    MIBS='' SNMPCONFPATH=$run/trapd SNMP_PERSISTENT_DIR=$run/trapd snmptrapd -f -On -A -Lf "$run/traps" -p "$run/trapd/pid" \
        "udp:127.0.0.1:$port" >>"$run/trapd/out" 2>&1 &
    receiver=$!
}
start_daemon() {
    case $victim in
    power | disk | liar)
        POWERCUT_DIR=$run/state POWERCUT_COPY=$run/synced LD_PRELOAD=$build/tests/fault/.libs/powercut.so \
            "$build/agent/main/hashimorid" -c "$run/hashimori.conf" >>"$run/daemon.log" 2>&1 &
        ;;
    *) "$build/agent/main/hashimorid" -c "$run/hashimori.conf" >>"$run/daemon.log" 2>&1 & ;;
    esac
    daemon=$!
}
ask() {
    "$build/agent/ctl/hashimori" --socket "$run/daemon/control.sock" --lang en "$@"
}
both_work() {
    ask plugin list --json | tr '{' '\n' | grep -c '"state": *"running"' | grep -q 2
}
# The workers are the daemon's children, the one that was started last at the end.
kill_worker() { # first or last
    wait_for 60 both_work
    workers=$(cat "/proc/$daemon/task/$daemon/children")
    # shellcheck disable=SC2086 # a list
    set -- "$1" $workers
    [ "$1" = first ] || shift
    kill -KILL "$2"
}
# What the disk holds when the power comes back.
come_back() {
    rm -rf "$run/state"
    cp -R "$run/synced" "$run/state"
    chmod 0700 "$run/state"
}
gave_up=0
kill_one() {
    kill -KILL "$1" 2>/dev/null || {
        gave_up=$((gave_up + 1))
        tail -n 5 "$run/daemon.log" | sed 's/^/# ended by itself: /'
    }
    wait "$1" 2>/dev/null || true
}

start_receiver
wait_for 30 test -s "$run/trapd/pid"
case $victim in
receiver | worker) start_daemon ;;
esac
"$build/tests/fault/writer" "$run/transfer.log" "$rate" >"$run/written" &
writer=$!
started "$writer"
for pause in $(awk -v n="$kills" -v s="$seed" 'BEGIN { srand(s); for (i = 0; i < n; i++) printf "%.3f ", 0.15 + rand() * 0.5 }'); do
    if [ "$victim" = worker ]; then
        sleep "$pause"
        kill_worker "${turn:-first}"
        [ "${turn:-first}" = first ] && turn=last || turn=first
    elif [ "$victim" = receiver ]; then
        wait_for 30 test -s "$run/trapd/pid"
        sleep "$pause"
        kill_one "$receiver"
        start_receiver
    elif [ "$victim" = disk ]; then
        POWERCUT_EIO_AFTER=$(echo "$pause" | awk '{ print int($1 * 100) }')
        export POWERCUT_EIO_AFTER
        start_daemon
        wait_for 20 gone "$daemon" || gave_up=$((gave_up + 1))
        unset POWERCUT_EIO_AFTER
        kill -KILL "$daemon" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
        come_back
    else
        start_daemon
        sleep "$pause"
        kill_one "$daemon"
        [ "$victim" = daemon ] || come_back
    fi
done
kill "$writer"
wait "$writer" || true
written=$(cat "$run/written")
case $victim in
receiver | worker) ;;
*) start_daemon ;;
esac

all_incidents() {
    [ "$(ask status --json | sed -n 's/.*"open_incidents": *\([0-9]*\).*/\1/p' | head -n 1)" = "$written" ]
}
outbox_empty() {
    ask status --json | grep -q '"queued": *0'
}
ok_if "every failing line became an incident" wait_for 60 all_incidents
ok_if "the outbox empties" wait_for 60 outbox_empty
ok_if "the chain of the ledger is whole" ask ledger verify
stop "$daemon"

# Each line has its own job, each notice its own key: what the ledger holds, and what came in.
"$build/agent/ctl/hashimori" --config "$run/hashimori.conf" ledger export --full >"$run/ledger"
sed -n 's/.*"kind":"notice".*"event_id":"HM-INC-RAISED".*"value":"JOB-\([0-9]*\)".*/\1/p' "$run/ledger" | sort >"$run/jobs"
sed -n 's/.*"kind":"notice".*"key":"\([A-Z2-7]\{26\}\)".*/\1/p' "$run/ledger" | sort >"$run/recorded"
grep -ao 'STRING: "[A-Z2-7]\{26\}"' "$run/traps" | sed 's/.*"\(.*\)"/\1/' | sort >"$run/received"
sort -u "$run/received" >"$run/once"
lines() {
    wc -l <"$1" | tr -d ' '
}
lost=$(comm -23 "$run/recorded" "$run/once" | wc -l)
unexpected=$(comm -13 "$run/recorded" "$run/once" | wc -l)
duplicates=$(($(lines "$run/received") - $(lines "$run/once")))
awk -v n="$written" 'BEGIN { for (i = 1; i <= n; i++) printf "%07d\n", i }' >"$run/expected"
ok_if "each line was recorded exactly once" cmp "$run/expected" "$run/jobs"
ok_if "no recorded alert was lost" test "$lost" -eq 0
if [ "$victim" = liar ]; then
    gave_up=0 # a damaged ledger may be refused
fi
ending="nothing had ended by itself before it was killed"
[ "$victim" != disk ] || ending="it ended by itself each time"
ok_if "$ending" test "$gave_up" -eq 0
if [ "$victim" = liar ]; then
    ok_if "what the disk lost is noticed" test "$unexpected" -gt 0
else
    ok_if "nothing came that was not recorded" test "$unexpected" -eq 0
fi
ok_if "duplicates are at most the window a kill" test "$duplicates" -le $((window * kills))
case $victim in
disk) what="EIO from every fdatasync after 15 to 65 of them; back from what was synced" ;;
power) what="power cut: what was not synced is gone" ;;
liar) what="the same on a disk that lies: only every sixteenth sync is done" ;;
*) what="SIGKILL of the $victim" ;;
esac
echo "# row|$what|$kills, window $window|$written lines, $(lines "$run/recorded") recorded, $(lines "$run/received") received: lost $lost, duplicates $duplicates (at most $((window * kills))), unexpected $unexpected"
