#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Guests that crash, hang, flood, and one that is stuck in the kernel for good, all at once, while a log is followed:
# each costs only itself, each becomes an incident and a notice, and the log's lines are all there.
set -eu
build=$top_builddir
run=$(mktemp -d "$build/guests.XXXXXX")
. "$top_srcdir/tests/system/lib.sh"
mount=
# The mount goes first: whoever is stuck on it cannot be ended before.
trap 'unmount; tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
PATH=$PATH:/usr/sbin:/sbin
unmount() {
    [ -z "$mount" ] || stop "$mount"
    mount=
}

if ! command -v snmptrapd >/dev/null; then
    echo "1..0 # SKIP snmptrapd is not installed"
    exit 0
fi

mkdir "$run/state" "$run/daemon" "$run/trapd" "$run/dead" "$run/plugins"
chmod 0700 "$run/state"
port=$(free_port)
echo guests-community >"$run/community"
chmod 0600 "$run/community"
: >"$run/transfer.log"
printf 'authCommunity log guests-community\nformat2 %%v\\n\n' >"$run/trapd/snmptrapd.conf"
for plugin in watch_linklog channel_snmp; do
    ln -s "$build/plugins/$plugin/.libs/$plugin.so" "$run/plugins/"
done
ln -s "$build/tests/fake/.libs/watch_naughty.so" "$run/plugins/"

guest() { # subject, what it does, more
    printf ', { subject = "%s"; plugin = "naughty"; worker = "%s"; how = "%s"; interval = "1s"; deadline = "1s"; %s }' "$1" "$1" "$2" "${3:-}"
}
"$build/tests/fault/silent_mount" "$run/dead" >"$run/mount.out" &
mount=$!
stuck=
wait_for 30 test -s "$run/mount.out"
if grep -q mounted "$run/mount.out"; then
    stuck=stuck
else
    mount=
fi
cat >"$run/hashimori.conf" <<CONF
agent = { host = "guests"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$run/plugins"; };
watch = ( { subject = "log"; plugin = "linklog"; path = "$run/transfer.log"; start = "begin";
            patterns = ( { kind = "failure"; pattern = "失敗しました ID=(?<job>JOB-[0-9]+)"; } ); },
          { subject = "witness"; plugin = "naughty"; worker = "witness"; interval = "1s"; }
          $(guest crash crash_check) $(guest hang hang) $(guest flood flood) $([ -z "$stuck" ] || guest stuck stat "path = \"$run/dead/file\";") );
destinations = ( { name = "nms"; channel = "snmp"; host = "127.0.0.1:$port"; inform = true; community_file = "$run/community"; window = 8; brake = 0; } );
routes = ( { to = ( "nms" ); } );
CONF
if [ -n "$stuck" ]; then
    plan 12
else
    plan 9
    echo "# without the mount that never answers: $(cat "$run/mount.out")"
fi

MIBS='' SNMPCONFPATH=$run/trapd SNMP_PERSISTENT_DIR=$run/trapd snmptrapd -f -On -Lf "$run/traps" -p "$run/trapd/pid" \
    "udp:127.0.0.1:$port" >"$run/trapd/out" 2>&1 &
started $!
wait_for 30 test -s "$run/trapd/pid"
"$build/tests/fault/writer" "$run/transfer.log" 20 >"$run/written" &
writer=$!
started "$writer"
# The dead mount is in a mount namespace of its own: the daemon has to be there too.
${stuck:+nsenter --mount="/proc/$mount/ns/mnt"} "$build/agent/main/hashimorid" -c "$run/hashimori.conf" >"$run/daemon.log" 2>&1 &
daemon=$!
started "$daemon"

ask() {
    "$build/agent/ctl/hashimori" --socket "$run/daemon/control.sock" --lang en "$@"
}
# Incident of SUBJECT in what the ledger holds.
incident() {
    ask incident list --all --subject "$1" --json | grep -q '"detected_at"'
}
told() {
    grep -a "\"$1\"" "$run/traps" | grep -aq HM-INC-RAISED
}
for subject in crash hang flood $stuck; do
    ok_if "$subject: its worker becomes an incident" wait_for 40 incident "hashimori/worker/naughty-$subject"
    ok_if "$subject: and a notice at snmptrapd" wait_for 20 told "hashimori/worker/naughty-$subject"
done
if [ -n "$stuck" ]; then
    ok_if "stuck: SIGKILL does not end it, it is abandoned" wait_for 30 grep -q 'SIGKILL does not end it: abandoned' "$run/daemon.log"
fi

kill "$writer"
wait "$writer" || true
written=$(cat "$run/written")
all_lines() {
    [ "$(grep -ao '"JOB-[0-9]*"' "$run/traps" | sort -u | wc -l)" = "$written" ]
}
ok_if "each of the log's $written lines came to snmptrapd" wait_for 30 all_lines
ends_in_order() {
    kill -TERM "$daemon"
    wait_for 30 gone "$daemon" && wait "$daemon"
}
fresh() {
    ask subject show witness --json | tr ',' '\n' | grep -q '"verdict": *"ok"'
}
ok_if "a guest of the same plugin in a worker of its own is ok" fresh
ok_if "the daemon ends in order" ends_in_order
echo "# row|guests that crash, hang, flood${stuck:+, and one stuck in state D}, at once|each until it was told|$written lines of another subject meanwhile: $(grep -ao '"JOB-[0-9]*"' "$run/traps" | sort -u | wc -l) told; an incident and an inform for each guest"
