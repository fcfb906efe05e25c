#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# A storm: STORM (3000) failing lines in WITHIN (5) seconds, evenly over LOGS (10) logs, each its own incident. Two destinations with a
# brake: a command (BRAKE, 20 a minute) and informs to snmptrapd (60). Then it is counted, by programs that are no part of the
# agent: each line is in the ledger; each notice was sent or is in a digest, whose numbers add up; nobody got more within any
# minute than its brake allows; and what is critical came through though the storm was of warnings. The daemon's memory and the
# loop's longest turn are printed. The minute until the digest is not waited for: the daemon's clocks leap over it, as they do
# over a suspend (leap_clock.c), unless RELEASED is set: then the end of the brake is awaited as well, by the real clock.
# shellcheck disable=SC2154,SC1091  # make check gives top_srcdir and top_builddir
set -eu
storm=${STORM:-3000}
within=${WITHIN:-5}
logs=${LOGS:-10}
brake=${BRAKE:-20}
build=$top_builddir
run=$(mktemp -d "$build/storm.XXXXXX")
. "$top_srcdir/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
PATH=$PATH:/usr/sbin:/sbin

if ! command -v snmptrapd >/dev/null; then
    echo "1..0 # SKIP snmptrapd is not installed"
    exit 0
fi
plan 10

mkdir "$run/state" "$run/daemon" "$run/trapd"
chmod 0700 "$run/state"
run=$(cd "$run" && pwd)
port=$(free_port)
echo storm-community >"$run/community"
chmod 0600 "$run/community"
cat >"$run/trapd/snmptrapd.conf" <<CONF
authCommunity log,execute storm-community
format2 %v\n
CONF
cat >"$run/page" <<SCRIPT
#!/bin/sh
{ printf '\n%s\n' "\$(date +%s%N)"; cat; } >>"$run/told"
SCRIPT
chmod 0755 "$run/page"
: >"$run/told"
{
    echo "agent = { host = \"storm\"; timezone = \"Asia/Tokyo\"; language = \"en\"; state_dir = \"$run/state\"; runtime_dir = \"$run/daemon\"; plugin_dir = \"$build/plugins\"; };"
    echo "watch = ("
    for log in $(seq "$logs"); do
        : >"$run/$log.log"
        echo "{ subject = \"log$log\"; plugin = \"linklog\"; path = \"$run/$log.log\"; start = \"begin\"; interval = \"600s\"; patterns = ( { kind = \"failure\"; pattern = \"FAILED ID=(?<job>[A-Z0-9-]+)\"; } );"
        echo "  rules = ( { metric = \"failure\"; event = \"warning\"; key = ( \"job\" ); } ); },"
    done
    : >"$run/urgent.log"
    echo "{ subject = \"urgent\"; plugin = \"linklog\"; path = \"$run/urgent.log\"; start = \"begin\"; interval = \"600s\"; patterns = ( { kind = \"failure\"; pattern = \"FAILED ID=(?<job>[A-Z0-9-]+)\"; } ); } );"
    cat <<CONF
destinations = ( { name = "pager"; channel = "exec"; command = ( "$run/page" ); accepts = true; brake = $brake; window = 4; },
                 { name = "nms"; channel = "snmp"; host = "127.0.0.1:$port"; inform = true; community_file = "$run/community"; brake = 60; window = 8; } );
routes = ( { to = ( "pager", "nms" ); } );
CONF
} >"$run/hashimori.conf"
ask() {
    "$build/agent/ctl/hashimori" --config "$run/hashimori.conf" --socket "$run/daemon/control.sock" --lang en "$@"
}
figure() {
    ask status --json | sed -n "s/.*\"$1\": *\\([0-9]*\\).*/\\1/p" | head -n 1
}
reads_all() {
    ask subject list --json | grep -c '"verdict": *"\(ok\|warning\|unknown\)"' | grep -qx "$((logs + 1))"
}

MIBS='' SNMPCONFPATH=$run/trapd SNMP_PERSISTENT_DIR=$run/trapd snmptrapd -f -On -A -Lf "$run/traps" -p "$run/trapd/pid" \
    "udp:127.0.0.1:$port" >>"$run/trapd/out" 2>&1 &
started "$!"
wait_for 30 test -s "$run/trapd/pid"
preload=
[ -n "${RELEASED:-}" ] || preload=$build/tests/fault/.libs/leap_clock.so
LD_PRELOAD=$preload LEAP_CLOCK_FILE=$run/leap "$build/agent/main/hashimorid" -c "$run/hashimori.conf" >>"$run/daemon.log" 2>&1 &
daemon=$!
started "$daemon"
wait_for 30 reads_all || true
before=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$daemon/status")
begun=$(now_ms)
# Each tenth of a second its share; half of the time after the storm began one critical line.
perl -MTime::HiRes=time,sleep -e '
    my ($run, $logs, $storm, $within) = @ARGV;
    my (@files, $written, $urgent);
    for (1 .. $logs) { open $files[$_ - 1], ">>", "$run/$_.log"; $files[$_ - 1]->autoflush(1) }
    my $start = time;
    $written = 0;
    while ($written < $storm) {
        my $due = (time - $start) / $within * $storm;
        $due = $storm if $due > $storm;
        my @text = ("") x $logs;
        for (; $written < $due; $written++) { $text[$written % $logs] .= sprintf "2026/04/15 01:30:00 E FAILED ID=JOB-%07d\n", $written }
        for (0 .. $logs - 1) { print { $files[$_] } $text[$_] if $text[$_] ne "" }
        if (!$urgent && $written > $storm / 2) { open my $u, ">>", "$run/urgent.log"; print $u "2026/04/15 01:30:00 E FAILED ID=ENGINE\n"; close $u; $urgent = 1 }
        sleep 0.1;
    }' "$run" "$logs" "$storm" "$within"
written_ms=$(($(now_ms) - begun))

# Every event is in some incident (of one subject at most 10,000 are open, what follows is merged).
# Asked once a second: an answer goes through all that is open.
ask_counts() {
    sleep 1
    [ "$(figure open_incidents)" -ge "$((storm + 1))" ]
}
ok_if "every failing line became an incident" wait_for 600 ask_counts
counted_ms=$(($(now_ms) - begun))
# A digest a minute, until nothing more comes; a sample ends with the first one.
digested() {
    test "$(figure open_incidents)" -gt "$storm" && grep -q '"kind":"reminder"' "$run/told" && grep -aq 'hashimori/brake.*reminder\|reminder.*hashimori/brake\|counted and not sent' "$run/traps"
}
released() {
    grep -q '"kind":"cleared"' "$run/told"
}
if [ -n "${RELEASED:-}" ]; then
    ok_if "the brake is released once nothing more comes" wait_for 600 released
else
    echo 61 >"$run/leap"
    ask subject check log1 >/dev/null # it wakes
    ok_if "digests are told" wait_for 100 digested
fi
drained() {
    ask status --json | tr -d ' \n' | tr '{' '\n' | grep '"channel"' | grep -c '"queued":0' | grep -qx 2
}
ok_if "the outbox empties" wait_for 120 drained
after=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$daemon/status")
turn=$(figure longest_turn_us)
ok_if "the chain of the ledger is whole" ask ledger verify
stop "$daemon"

ask ledger export --full >"$run/ledger"
grep '"kind":"notice"' "$run/ledger" >"$run/notices"
recorded=$(grep -c '"event_id":"HM-INC-RAISED".*"subject":"log[0-9]*"' "$run/notices" || true)
ok_if "each has a notice in the ledger" test "$recorded" -eq "$storm"
for to in pager nms; do
    counted=$(grep -c "\"digest\":\\[[^]]*\"$to\"" "$run/notices" || true)
    told=$(grep "\"incident\":\"[1-9]" "$run/notices" | grep -c "\"to\":\\[[^]]*\"$to\"" || true)
    digests=$(sed -n "s/.*\"kind\":\"digest\".*\"destination\":\"$to\".*\"total\":\\([0-9]*\\).*/\\1/p" "$run/ledger" | awk '{ sum += $1 } END { print sum + 0 }')
    ok_if "$to: told $told and counted $counted are all there are, and the digests say $digests" \
        test "$((told + counted))" -eq "$((recorded + 1))" -a "$counted" -eq "$digests"
    eval "told_$to=$told counted_$to=$counted"
done
# The most that came within any 60 s; notices of the brake itself are one more each.
most=$(grep -a '^[0-9][0-9]*$' "$run/told" | awk '{ at[NR] = $1 / 1e9; while (at[NR] - at[first + 1] >= 60) first++; if (NR - first > most) most = NR - first } END { print most + 0 }')
own=$(grep -ac '"subject":"hashimori/brake"' "$run/told" || true)
ok_if "nobody got more than $brake within any minute, and $own notices of the brake: $most" test "$most" -le "$((brake + own))"
ok_if "what is critical came through" grep -q '"subject":"urgent".*"severity":3' "$run/told"
received=$(grep -ac 'hashimori/brake' "$run/traps" || true)
ok_if "the other receiver was told of the brake, too" test "$received" -ge 2
echo "# row|a storm of $storm alerts in $((written_ms / 1000)) s, brakes of $brake and 60 a minute|1|all recorded after $((counted_ms / 1000)) s; told $told_pager and $told_nms one by one, $counted_pager and $counted_nms in digests, whose counts add up; at most $most within any minute; memory of the daemon $before kB, at most $after kB; the loop's longest turn $((turn / 1000)) ms"
