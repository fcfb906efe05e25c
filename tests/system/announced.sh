#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A log announces the size of files, in a real daemon: another size is an incident, which ends when the file has the size
# that was announced for its job; what is waited for outlives a kill; a folder on a dead mount costs only the comparison.
# shellcheck disable=SC2154,SC1091  # make check gives top_srcdir and top_builddir
set -u
build=$(cd "$top_builddir" && pwd)
run=$(mktemp -d "$build/announced.XXXXXX") || exit 99
. "$top_srcdir/tests/system/lib.sh"
mount=
# The mount goes first: whoever is stuck on it cannot be ended before.
unmount() {
    [ -z "$mount" ] || stop "$mount"
    mount=
}
trap 'unmount; tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM

mkdir "$run/state" "$run/daemon" "$run/in"
chmod 0700 "$run/state"
: >"$run/transfer.log"
cat >"$run/hashimori.conf" <<CONF
agent = { host = "announced"; timezone = "Asia/Tokyo"; language = "ja"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins"; };
watch = ( { subject = "transfer"; plugin = "linklog"; path = "$run/transfer.log"; start = "begin"; interval = "1s"; announced_in = ( "$run/in" ); announced_wait = "1s";
            patterns = ( { kind = "end"; pattern = "終了 ID=(?<job>\\\\S+) FILE=(?<name>\\\\S+) SIZE=(?<bytes>[\\\\d,]+)"; } ); } );
CONF

begin() {
    "$build/agent/main/hashimorid" -c "$run/hashimori.conf" >>"$run/log" 2>&1 &
    daemon=$!
    started "$daemon"
    wait_for 20 ask status
}
ask() {
    "$build/agent/ctl/hashimori" --config "$run/hashimori.conf" --socket "$run/daemon/control.sock" --lang ja "$@"
}
# announces JOB FILE SIZE
announces() {
    echo "2026/04/15 01:30:00 集信が終了 ID=$1 FILE=/renkei/in/$2 SIZE=$3" >>"$run/transfer.log"
}
# open_incidents NUMBER
open_incidents() {
    [ "$(ask status --json | sed -n 's/.*"open_incidents": *\([0-9]*\).*/\1/p' | head -n 1)" = "$1" ]
}
is_waited_for() {
    ask subject show transfer --json | tr -d ' \n' | grep -q '"metric":"announced_files"[^}]*"number":1\b\|"announced_files":1\b' ||
        ask subject show transfer | grep -q 'announced_files.*1'
}
is_told() {
    ask incident list | grep -qF "$1"
}

mkdir "$run/dead"
"$build/tests/fault/silent_mount" "$run/dead" >"$run/mount.out" &
mount=$!
wait_for 30 test -s "$run/mount.out"
if grep -q mounted "$run/mount.out"; then
    plan 8
else
    echo "# without the mount that never answers: $(cat "$run/mount.out")"
    mount=
    plan 6
fi
ok_if "the daemon runs" begin
printf 12345 >"$run/in/a.csv"
announces ZEI-0012 a.csv 1,284
ok_if "a file of another size is an incident" wait_for 20 open_incidents 1
ok_if "it says both sizes" is_told "通知 1284 バイト、実際 5 バイト"
printf 12345 >"$run/in/b.csv"
announces ZEI-0012 b.csv 5
ok_if "the next file of the job with its size ends it" wait_for 20 open_incidents 0

sed -i 's/announced_wait = "1s"/announced_wait = "1h"/' "$run/hashimori.conf"
ask reload >/dev/null
announces JUK-0001 c.csv 3
ok_if "a file that did not come is waited for" wait_for 20 is_waited_for
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null
rm -f "$run/daemon/control.sock"
sed -i 's/announced_wait = "1h"/announced_wait = "1s"/' "$run/hashimori.conf"
begin
ok_if "after a kill it is missed when its time is over" wait_for 20 is_told "c.csv"
[ -n "$mount" ] || exit 0

stop "$daemon"
sed -i "s|announced_in = .*|announced_in = ( \"$run/dead\" ); announced_wait = \"1s\"; deadline = \"1s\";|" "$run/hashimori.conf"
sed -i 's/kind = "end"; pattern = "終了/kind = "failure"; pattern = "終了/' "$run/hashimori.conf"
is_blind() {
    ask subject show transfer | grep -q '^announced .*監視不能'
}
# The dead mount is in a mount namespace of its own: the daemon has to be there too.
nsenter --mount="/proc/$mount/ns/mnt" "$build/agent/main/hashimorid" -c "$run/hashimori.conf" >>"$run/log" 2>&1 &
daemon=$!
started "$daemon"
wait_for 20 ask status
ok_if "a folder that does not answer is blind" wait_for 30 is_blind
announces KOK-0001 d.csv 3
ok_if "and the log is read on" wait_for 30 is_told "KOK-0001"
