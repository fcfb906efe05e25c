#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# SIGKILL of the daemon, again and again, where the position in a log is saved: before and after the commit that holds it,
# and before and after the guest is told that it is `saved` (point.c), while failing lines come in and the log is
# rotated. Each line must be in the ledger once: what it raises is over after a millisecond, so that a line that is read
# twice raises it twice. A position travels with the next reading: with an event, or with how long
# the log has been silent, each second.
#
# KILLS (12), RATE failing lines a second (8), SEED (1), ROTATE (5): after so many kills the log is renamed.
# shellcheck disable=SC2154,SC1091  # make check gives top_srcdir and top_builddir
set -eu
kills=${KILLS:-12}
rate=${RATE:-8}
seed=${SEED:-1}
rotate=${ROTATE:-5}
build=$top_builddir
run=$(mktemp -d "$build/offsets.XXXXXX")
. "$top_srcdir/tests/system/lib.sh"
daemon=
cleanup() {
    tidy
    stop "$daemon"
    rm -rf "$run"
}
trap cleanup EXIT
trap 'exit 99' INT TERM
plan 5

mkdir "$run/state" "$run/daemon"
chmod 0700 "$run/state"
cat >"$run/hashimori.conf" <<CONF
agent = { host = "offsets"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins"; };
watch = ( { subject = "log"; plugin = "linklog"; path = "$run/transfer.log"; start = "begin"; interval = "1s";
            patterns = ( { kind = "failure"; pattern = "失敗しました ID=(?<job>JOB-[0-9]+)"; } );
            rules = ( { metric = "failure"; event = "critical"; key = ( "job" ); clear_after = "1ms"; } ); } );
CONF
ask() {
    "$build/agent/ctl/hashimori" --socket "$run/daemon/control.sock" --lang en "$@"
}
start_daemon() { # [NAME=VALUE...]
    env "$@" LD_PRELOAD="$build/tests/fault/.libs/point.so" "$build/agent/main/hashimorid" -c "$run/hashimori.conf" \
        >>"$run/daemon.log" 2>&1 &
    daemon=$!
}
rotations=0
rotate_log() {
    rotations=$((rotations + 1))
    mv "$run/transfer.log" "$run/transfer.log.$rotations"
    kill -HUP "$writer"
    wait_for 20 test -s "$run/transfer.log"
}

"$build/tests/fault/writer" "$run/transfer.log" "$rate" >"$run/written" &
writer=$!
started "$writer"
wait_for 20 test -s "$run/transfer.log"
# One line a kill: which border, and which passing of it.
awk -v n="$kills" -v s="$seed" 'BEGIN {
    srand(s)
    count = split("reading-in reading-judged reading-writing reading-written reading-committed saved saved-sent", points, " ")
    for (i = 0; i < n; i++) printf "%s:%d\n", points[1 + i % count], 1 + rand() * 4 }' >"$run/plan"
done=0
died=0
while read -r point; do
    done=$((done + 1))
    start_daemon "POINT=$point"
    if wait_for 30 gone "$daemon"; then
        code=0
        wait "$daemon" || code=$?
        [ "$code" -eq 137 ] && died=$((died + 1)) || echo "# $point: ended with $code"
    else
        echo "# $point: not passed"
        kill -KILL "$daemon"
        wait "$daemon" 2>/dev/null || true
    fi
    [ $((done % rotate)) -ne 0 ] || rotate_log
done <"$run/plan"
kill "$writer"
wait "$writer" || true
written=$(cat "$run/written")

start_daemon
is_recorded() {
    ask ledger export | grep -q "$(printf '"event_id":"HM-INC-RAISED".*"value":"JOB-%07d"' "$written")"
}
ok_if "the last line was recorded" wait_for 120 is_recorded
ok_if "the chain of the ledger is whole" ask ledger verify
stop "$daemon"
"$build/agent/ctl/hashimori" --config "$run/hashimori.conf" ledger export >"$run/ledger"

sed -n 's/.*"kind":"notice".*"event_id":"HM-INC-RAISED".*"value":"JOB-\([0-9]*\)".*/\1/p' "$run/ledger" | sort >"$run/jobs"
awk -v n="$written" 'BEGIN { for (i = 1; i <= n; i++) printf "%07d\n", i }' >"$run/expected"
sort -u "$run/jobs" >"$run/once"
lost=$(comm -23 "$run/expected" "$run/once" | wc -l)
unexpected=$(comm -13 "$run/expected" "$run/once" | wc -l)
doubled=$(($(wc -l <"$run/jobs") - $(wc -l <"$run/once")))
ok_if "each line was recorded exactly once" test "$lost$unexpected$doubled" = 000
ok_if "none was said to be lost" sh -c "! grep -q '\"metric\":\"lost_bytes\"' '$run/ledger'"
ok_if "it died at every border" test "$died" -eq "$kills"
echo "# row|SIGKILL of the daemon before and after the commit of a position in a log, between its writes, before and after the guest is told \`saved\`: seven borders by turns, passing 1 to 4 of each; the log renamed after each $rotate|$died of $kills died there, $rotations rotations|$written lines: lost $lost, doubled $doubled, unexpected $unexpected"
