#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The ledger's disk while the daemon runs: first each sync takes SLOW_MS (300) longer and lines come in at RATE (20) a second for
# WITHIN (4) seconds, then it becomes read-only and writable again (disk.c). What was written, what the ledger holds
# and what a destination was told are compared; guests must not pay for it, and nobody may be left untold.
# shellcheck disable=SC2154,SC1091  # make check gives top_srcdir and top_builddir
set -eu
slow_ms=${SLOW_MS:-300}
rate=${RATE:-20}
within=${WITHIN:-4}
build=$top_builddir
run=$(mktemp -d "$build/disk.XXXXXX")
. "$top_srcdir/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
plan 13

mkdir "$run/state" "$run/daemon"
chmod 0700 "$run/state"
run=$(cd "$run" && pwd)
cat >"$run/page" <<SCRIPT
#!/bin/sh
{ printf '\n%s ' "\$(date +%s%N)"; cat; } >>"$run/told"
SCRIPT
chmod 0755 "$run/page"
: >"$run/told"
: >"$run/transfer.log"
echo 0 >"$run/slow"
cat >"$run/hashimori.conf" <<CONF
agent = { host = "disk"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins"; };
watch = ( { subject = "log"; plugin = "linklog"; path = "$run/transfer.log"; start = "begin"; interval = "1s"; deadline = "5s";
            patterns = ( { kind = "failure"; pattern = "FAILED ID=(?<job>[A-Z0-9-]+)"; } );
            rules = ( { metric = "failure"; event = "critical"; key = ( "job" ); } ); },
          { subject = "root"; plugin = "disk"; mounts = ( "/" ); interval = "1s"; deadline = "5s"; } );
destinations = ( { name = "pager"; channel = "exec"; command = ( "$run/page" ); accepts = true; brake = 0; window = 8; } );
routes = ( { to = ( "pager" ); } );
CONF
ask() {
    "$build/agent/ctl/hashimori" --config "$run/hashimori.conf" --socket "$run/daemon/control.sock" --lang en "$@"
}
fail_line() {
    printf '2026/04/15 01:30:00 E FAILED ID=%s\n' "$1" >>"$run/transfer.log"
}
told() { # JOB: as recorded
    grep -v 'not recorded' "$run/told" | grep -q "\"value\":\"$1\""
}
told_unrecorded() { # JOB: how often
    grep 'not recorded' "$run/told" | grep -c "\"value\":\"$1\"" || true
}
reads_all() {
    ask subject list --json | grep -c '"verdict": *"ok"' | grep -qx 2
}
all_told() {
    for i in $(seq "$lines"); do
        told "$1-$i" || return 1
    done
}
answers_within() { # ms
    asked=$(now_ms)
    ask status --json >"$run/status" && [ $(($(now_ms) - asked)) -le "$1" ]
}
no_restart() {
    ask plugin list --json | tr -d ' \n' | grep -o '"restarts":[0-9]*' | sort -u | grep -qx '"restarts":0'
}

DISK_DIR=$run/state DISK_SLOW=$run/slow DISK_READ_ONLY=$run/read-only LD_PRELOAD=$build/tests/fault/.libs/disk.so \
    "$build/agent/main/hashimorid" -c "$run/hashimori.conf" >"$run/daemon.log" 2>&1 &
daemon=$!
started "$daemon"
wait_for 30 reads_all || { cat "$run/daemon.log"; exit 1; }

echo "$slow_ms" >"$run/slow"
lines=$((rate * within))
for i in $(seq "$lines"); do
    fail_line "SLOW-$i"
    sleep "$(awk -v r="$rate" 'BEGIN { print 1 / r }')"
done
written=$(now_ms)
ok_if "with syncs of $slow_ms ms all $lines lines are told" wait_for 60 all_told SLOW
behind=$(($(now_ms) - written))
ok_if "the daemon answers meanwhile, after a few of them" answers_within $((slow_ms * 5 + 2000))
ok_if "no guest is restarted for it" no_restart
ok_if "that commits are slow is in the log" grep -q 'a commit took' "$run/daemon.log"
echo 0 >"$run/slow"

: >"$run/read-only"
fail_line GONE-1
fail_line GONE-2
unrecorded() {
    [ "$(told_unrecorded GONE-1)" -eq 1 ] && [ "$(told_unrecorded GONE-2)" -eq 1 ]
}
ok_if "what cannot be recorded because the disk became read-only is told, marked" wait_for 30 unrecorded
ok_if "the daemon stays and answers" answers_within 5000
ok_if "that the disk is read-only is told as well" wait_for 30 grep -q 'not recorded.*hashimori/state\|hashimori/state.*not recorded' "$run/told"
rm "$run/read-only"
lines=2
ok_if "once it is writable again the same is recorded and told as such" wait_for 30 all_told GONE
ok_if "... and was told once without" unrecorded
cleared() {
    grep '"subject":"hashimori/state"' "$run/told" | grep -q '"kind":"cleared"'
}
ok_if "... and that it is writable is told" wait_for 30 cleared
ok_if "no guest is restarted for that either" no_restart
ok_if "the chain of the ledger is whole" ask ledger verify
stop "$daemon"
ask ledger export >"$run/ledger"
once() {
    [ "$(grep '"kind":"notice"' "$run/ledger" | grep -c '"event_id":"HM-INC-RAISED".*FAILED ID=' || true)" -eq "$1" ]
}
ok_if "each line is in the ledger once" once $((rate * within + 2))
echo "# row|syncs of $slow_ms ms ($rate lines a second for $within s), then read-only and back|1|$((rate * within + 2)) lines, each recorded once; all told $behind ms after the last was written, $(grep -c 'a commit took' "$run/daemon.log") commits said to be slow; 2 told at once without being recorded, and again when they were"
