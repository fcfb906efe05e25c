#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Three file systems, one of which never answers (a FUSE server that reads and says nothing): its worker cannot even be
# killed. It alone is blind, the others are looked at by a successor, and an unmount is told long before the interval.
set -eu
build=$top_builddir
run=$(mktemp -d "$build/disk.XXXXXX")
. "$top_srcdir/tests/system/lib.sh"
mount=
# The mount goes first: whoever is stuck on it cannot be ended before.
trap 'unmount; tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
unmount() {
    [ -z "$mount" ] || stop "$mount"
    mount=
}

mkdir "$run/state" "$run/daemon" "$run/dead" "$run/good" "$run/plugins"
chmod 0700 "$run/state"
ln -s "$build/plugins/watch_disk/.libs/watch_disk.so" "$run/plugins/"
"$build/tests/fault/silent_mount" "$run/dead" >"$run/mount.out" &
mount=$!
wait_for 30 test -s "$run/mount.out"
if ! grep -q mounted "$run/mount.out"; then
    mount=
    echo "1..0 # SKIP no mount that never answers: $(cat "$run/mount.out")"
    exit 0
fi
plan 11
# The mounts are in a namespace of their own: the daemon has to be there too.
inside() {
    nsenter --mount="/proc/$mount/ns/mnt" "$@"
}
inside mount -t tmpfs -o size=1m good "$run/good"
cat >"$run/hashimori.conf" <<CONF
agent = { host = "disks"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$run/plugins"; state_max = "1M"; };
watch = ( { subject = "disk"; plugin = "disk"; interval = "60s"; deadline = "1s"; mountinfo = "/proc/self/mountinfo";
            mounts = ( "/", "$run/dead", "$run/good" ); } );
CONF
nsenter --mount="/proc/$mount/ns/mnt" "$build/agent/main/hashimorid" -c "$run/hashimori.conf" >"$run/daemon.log" 2>&1 &
daemon=$!
started "$daemon"

ask() {
    "$build/agent/ctl/hashimori" --socket "$run/daemon/control.sock" --lang en "$@"
}
# Whether the objects of a JSON document hold one of INSTANCE and METRIC: a line each.
of() {
    tr -d ' \n' | tr '{' '\n' | grep -F "\"instance\":\"$1\",\"metric\":\"$2\","
}
has_incident() {
    ask incident list --all --subject disk --json | of "$@"
}
has_number() {
    ask subject show disk --json | of "$@"
}
ok_if "the mount that does not answer is blind as a whole" wait_for 40 has_incident "$run/dead" ""
ok_if "SIGKILL does not end its worker, it is abandoned" wait_for 30 grep -q 'SIGKILL does not end it: abandoned' "$run/daemon.log"
ok_if "a mount that answers is read by the successor" wait_for 40 has_number "$run/good" used_percent
ok_if "the root too" has_number / used_percent
inside dd if=/dev/zero of="$run/good/file" bs=1024 count=980 2>/dev/null
ask subject check disk >/dev/null
ok_if "it fills, and that is an incident" wait_for 20 has_incident "$run/good" used_percent
says_what_was_measured() {
    ask incident list --all --subject disk | grep -q 'used_percent is 9[0-9.]* (limit >= 9'
}
ok_if "the list says what was measured" says_what_was_measured
over_its_size() {
    ask incident list --all --subject hashimori/state --json | grep -q agent.state_max
}
ok_if "a state_dir over its configured size is a finding of its own" wait_for 20 over_its_size
inside umount "$run/good"
ok_if "an unmount is told at once, not after the interval" wait_for 20 has_incident "$run/good" mounted
one_blindness() {
    [ "$(has_incident "$run/dead" "" | wc -l)" = 1 ]
}
ok_if "the dead mount is one blindness still" one_blindness
answers() {
    ask status --json >/dev/null
}
ok_if "the daemon answers meanwhile" answers
ends_in_order() {
    kill -TERM "$daemon"
    wait_for 30 gone "$daemon" && wait "$daemon"
}
ok_if "the daemon ends in order" ends_in_order
