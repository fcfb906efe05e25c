# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# lib.sh - what demo and system tests share: free ports, own daemons, waiting for an event.
# The caller sets $run (a folder of its own) before it sources this file, and calls `trap tidy EXIT`.

pids=

# A UDP and TCP port on loopback that nobody has, below those that the kernel gives to whoever asks for any.
free_port() {
    while :; do
        port=$(($(od -An -N2 -tu2 /dev/urandom | tr -d ' ') % 12000 + 20000))
        hex=$(printf ':%04X ' "$port")
        cat /proc/net/udp /proc/net/tcp /proc/net/udp6 /proc/net/tcp6 2>/dev/null | grep -q "$hex" || break
    done
    echo "$port"
}

# started PID: ends with us.
started() {
    pids="$1 $pids"
}

# Milliseconds since 1970.
now_ms() {
    echo $(($(date +%s%N) / 1000000))
}

# wait_for SECONDS COMMAND...: until COMMAND succeeds; 1 when the time is over. Looks every 20 ms.
wait_for() {
    limit=$(($(now_ms) + $1 * 1000))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(now_ms)" -lt "$limit" ] || return 1
        sleep 0.02
    done
}

# stop PID: TERM, and KILL after 20 s.
stop() {
    kill "$1" 2>/dev/null || return 0
    wait_for 20 gone "$1" || kill -KILL "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

gone() {
    ! kill -0 "$1" 2>/dev/null || grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null
}

# Ends all that was started, in reverse order.
tidy() {
    for pid in $pids; do
        kill -CONT "$pid" 2>/dev/null || true
        stop "$pid"
    done
    pids=
}

# TAP: plan N, then ok_if "sentence" COMMAND...
test_number=0
plan() {
    echo "1..$1"
}
ok_if() {
    sentence=$1
    shift
    test_number=$((test_number + 1))
    if "$@" >"$run/last.out" 2>&1; then
        echo "ok $test_number - $sentence"
    else
        echo "not ok $test_number - $sentence"
        sed 's/^/# /' "$run/last.out"
    fi
}

# ---- the command line and the daemon of $run/h.conf, built in $build, whose sockets are in $run/run ----

hashimori() {
    "$build/agent/ctl/hashimori" --socket "$run/run/control.sock" --config "$run/h.conf" "$@"
}

# exits CODE ARGUMENT..
exits() {
    wanted=$1
    shift
    hashimori "$@"
    got=$?
    [ "$got" -eq "$wanted" ] || { echo "exit $got, expected $wanted"; return 1; }
}

# prints TEXT ARGUMENT..: with either exit code
prints() {
    wanted=$1
    shift
    hashimori "$@" >"$run/printed" 2>&1
    cat "$run/printed"
    grep -q -e "$wanted" "$run/printed"
}

has_incident() {
    hashimori incident list --json | grep -q '"id": 1,'
}

# begin_daemon CONDITION..: starts it as $daemon and waits until the condition holds.
begin_daemon() {
    "$build/agent/main/hashimorid" -c "$run/h.conf" 2>>"$run/log" &
    daemon=$!
    started "$daemon"
    wait_for 30 "$@"
}

# The day half a year ago: since when something is in use, whatever the date is.
half_a_year_ago() {
    TZ=JST-9 date -d '-180 days' +%Y-%m-%d
}
