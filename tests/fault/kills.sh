#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# SIGKILL again and again under load, by turns: of the daemon with all its workers at a random time, of a channel's worker at
# a random time after a delivery reached it, and of a channel's worker at each named border of system calls
# (worker_point.c), over and over through the four channels. Four receivers that confirm: informs to snmptrapd, mails to an
# SMTP server (STARTTLS) and notices to an HTTPS server, both of answers.py, and a command that writes each notice and syncs
# it. Then three histories are compared for each of them: lines written, notices in the ledger, notices received. After each
# 100 kills the lines go on in another log: of one subject at most 10,000 incidents are open, what follows is merged.
#
# KILLS (24), WINDOW notices in flight (8), RATE failing lines a second (10), SEED (1). DAEMONS (50): percent of the kills that
# are the daemon's.
# shellcheck disable=SC2154,SC1091  # make check gives top_srcdir and top_builddir
set -eu
kills=${KILLS:-24}
window=${WINDOW:-8}
rate=${RATE:-10}
seed=${SEED:-1}
daemons=${DAEMONS:-50}
build=$top_builddir
run=$(mktemp -d "$build/kills.XXXXXX")
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

python=$(command -v python3) && "$python" -c 'import ssl' 2>/dev/null && command -v openssl >/dev/null && command -v snmptrapd >/dev/null || {
    echo "1..0 # SKIP snmptrapd, python3 and openssl are needed"
    exit 0
}
channels="snmp mail webhook exec"
plan 15

mkdir "$run/state" "$run/daemon" "$run/trapd" "$run/main" "$run/worker" "$run/mail" "$run/webhook" "$run/mail/accepted" "$run/webhook/accepted"
chmod 0700 "$run/state"
run=$(cd "$run" && pwd)
# The daemon looks for its worker beside itself: ours kills what it starts.
cp "$build/agent/main/hashimorid" "$run/main/hashimorid"
worker=$(cd "$build/agent/worker" && pwd)/hashimori-worker
point=$(cd "$build/tests/fault" && pwd)/.libs/worker_point.so
cat >"$run/worker/hashimori-worker" <<SCRIPT
#!/bin/sh
export LD_PRELOAD="$point" WORKER_POINT="$run/point"
exec "$worker" "\$@"
SCRIPT
# What is answered was synced: a notice that is half written is not.
cat >"$run/page" <<SCRIPT
#!/bin/sh
exec dd of="$run/told" oflag=append conv=notrunc,fsync bs=64k iflag=fullblock status=none
SCRIPT
chmod 0755 "$run/worker/hashimori-worker" "$run/page"
(
    cd "$run"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj "/CN=ca" -days 30 -out ca.crt
    openssl req -newkey rsa:2048 -nodes -keyout good.key -subj "/CN=good" -out good.csr
    echo 'subjectAltName=IP:127.0.0.1' >good.ext
    openssl x509 -req -in good.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile good.ext -out good.crt
    cat good.key good.crt | tee mail/good.pem >webhook/good.pem
) >"$run/openssl.log" 2>&1
snmp_port=$(free_port)
mail_port=$(free_port)
webhook_port=$(free_port)
while [ "$webhook_port" -eq "$mail_port" ]; do webhook_port=$(free_port); done
echo kills-community >"$run/community"
chmod 0600 "$run/community"
logs=$((kills / 100 + 1))
cat >"$run/trapd/snmptrapd.conf" <<CONF
authCommunity log,execute kills-community
format2 %v\n
traphandle default /bin/sleep 0.01
CONF
watches=
for log in $(seq "$logs"); do
    : >"$run/$log.log"
    watches="$watches${watches:+, }{ subject = \"log$log\"; plugin = \"linklog\"; path = \"$run/$log.log\"; start = \"begin\"; patterns = ( { kind = \"failure\"; pattern = \"失敗しました ID=(?<job>JOB-[0-9]+)\"; } ); }"
done
cat >"$run/hashimori.conf" <<CONF
agent = { host = "kills"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins"; };
watch = ( $watches );
destinations = ( { name = "snmp"; channel = "snmp"; host = "127.0.0.1:$snmp_port"; inform = true; community_file = "$run/community"; window = $window; brake = 0; },
                 { name = "mail"; channel = "mail"; host = "127.0.0.1:$mail_port"; ca_file = "$run/ca.crt"; from = "hashimori@example.net"; to = ( "ops@example.net" ); window = $window; brake = 0; },
                 { name = "webhook"; channel = "webhook"; url = "https://127.0.0.1:$webhook_port/"; ca_file = "$run/ca.crt"; window = $window; brake = 0; },
                 { name = "exec"; channel = "exec"; command = ( "$run/page" ); accepts = true; window = $window; brake = 0; } );
routes = ( { to = ( "snmp", "mail", "webhook", "exec" ); } );
CONF
ask() {
    "$build/agent/ctl/hashimori" --socket "$run/daemon/control.sock" --lang en "$@"
}
start_daemon() {
    "$run/main/hashimorid" -c "$run/hashimori.conf" >>"$run/daemon.log" 2>&1 &
    daemon=$!
}
gave_up=0
kill_daemon() {
    kill -KILL "$daemon" 2>/dev/null || gave_up=$((gave_up + 1))
    wait "$daemon" 2>/dev/null || true
}
is_taken() {
    ! test -e "$run/point"
}
# Guests whose worker is not running, one a line.
away() {
    ask plugin list --json | tr -d ' \n' | tr '{' '\n' | grep '"kind":"channel"' | grep -v '"state":"running"' | sed -n 's/.*"guest":"\([a-z_-]*\)".*/\1/p'
}
is_away() {
    test -n "$(away)"
}
# A worker that is killed all the time comes back later and later, and in the end only after ten minutes: what was killed
# here is started again by the operator, at once.
bring_back() {
    for guest in $(away); do
        ask plugin restart "$guest" >/dev/null 2>&1 || true
    done
}
missed=0
longest=0
kill_worker() { # channel, border, number
    begin=$(now_ms)
    echo "$1 $2 $3" >"$run/point.new"
    mv "$run/point.new" "$run/point"
    if wait_for 120 is_taken; then
        took=$(($(now_ms) - begin))
        [ "$took" -le "$longest" ] || longest=$took
        wait_for 2 is_away || true
    else
        rm -f "$run/point"
        missed=$((missed + 1))
        echo "# nobody passed $1 $2 $3"
        ask status | sed -n '/^destinations/,$s/^/# /p'
        tail -n 5 "$run/daemon.log" | sed 's/^/# /'
    fi
    bring_back
}

MIBS='' SNMPCONFPATH=$run/trapd SNMP_PERSISTENT_DIR=$run/trapd snmptrapd -f -On -A -Lf "$run/traps" -p "$run/trapd/pid" \
    "udp:127.0.0.1:$snmp_port" >>"$run/trapd/out" 2>&1 &
started "$!"
wait_for 30 test -s "$run/trapd/pid"
for receiver in mail webhook; do
    echo ok >"$run/$receiver/mode"
    kind=smtp
    [ "$receiver" = mail ] || kind=http
    eval "port=\${${receiver}_port}"
    tail -f /dev/null | "$python" "$top_srcdir/tests/fault/answers.py" "$kind" "$port" "$run/$receiver" 2>>"$run/python.log" &
    started "$!"
done
start_daemon
log=0
writer=
: >"$run/expected.all"
written=0
# What was written to this log is known from now on.
end_log() {
    kill "$writer"
    wait "$writer" || true
    count=$(cat "$run/written")
    written=$((written + count))
    awk -v n="$count" -v of="$log" 'BEGIN { for (i = 1; i <= n; i++) printf "log%d %07d\n", of, i }' >>"$run/expected.all"
}
next_log() {
    [ -z "$writer" ] || end_log
    log=$((log + 1))
    "$build/tests/fault/writer" "$run/$log.log" "$rate" >"$run/written" &
    writer=$!
    started "$writer"
}
next_log

# One line a kill: "daemon SECONDS", or CHANNEL BORDER NUMBER. A mail goes through a dozen packets, a notice by HTTPS through six.
awk -v n="$kills" -v s="$seed" -v d="$daemons" -v channels="$channels" 'BEGIN {
    srand(s); split(channels, channel, " "); of = split("deliver-in receipt receipt-sent send sent answer-in", borders, " ")
    packets["snmp"] = 1; packets["mail"] = 12; packets["webhook"] = 6
    for (c = 1; c <= 4; c++) for (b = 1; b <= (channel[c] == "exec" ? 3 : of); b++) border[++all] = channel[c] " " borders[b]
    for (i = 0; i < n; i++) {
        if (rand() * 100 < d) { printf "daemon %.3f\n", 0.2 + rand() * 0.6; continue }
        if (rand() < 0.5) { printf "%s at:%d 1\n", channel[1 + int(rand() * 4)], rand() * 30000; continue }
        split(border[1 + w++ % all], at, " ")
        printf "%s %s %d\n", at[1], at[2], at[2] ~ /send|sent|answer/ && at[2] !~ /receipt/ ? 1 + int(rand() * packets[at[1]]) : 1
    } }' >"$run/plan"
done=0
while read -r what border number; do
    done=$((done + 1))
    [ $((done % 100)) -ne 0 ] || next_log
    if [ "$what" = daemon ]; then
        sleep "$border"
        kill_daemon
        rm -f "$run/daemon/control.sock"
        start_daemon
        wait_for 30 test -S "$run/daemon/control.sock" || true
    else
        kill_worker "$what" "$border" "$number"
    fi
    [ $((done % 100)) -ne 0 ] || echo "# $done kills; the longest wait for a border so far: $longest ms"
done <"$run/plan"
end_log

is_drained() {
    ask status --json | tr -d ' \n' | tr '{' '\n' | grep '"channel"' | grep -c '"queued":0' | grep -qx 4
}
is_recorded() {
    [ "$(ask status --json | sed -n 's/.*"open_incidents": *\([0-9]*\).*/\1/p' | head -n 1)" -ge "$written" ]
}
drains() {
    bring_back
    is_drained
}
ok_if "every failing line became an incident" wait_for 120 is_recorded
ok_if "the outbox empties" wait_for 300 drains
ok_if "the chain of the ledger is whole" ask ledger verify
stop "$daemon"

"$build/agent/ctl/hashimori" --config "$run/hashimori.conf" ledger export --full >"$run/ledger"
sed -n 's/.*"kind":"notice".*"event_id":"HM-INC-RAISED".*"subject":"\(log[0-9]*\)".*"value":"JOB-\([0-9]*\)".*/\1 \2/p' "$run/ledger" | sort >"$run/jobs"
grep '"kind":"notice"' "$run/ledger" >"$run/notices"
lines() {
    wc -l <"$1" | tr -d ' '
}
sort "$run/expected.all" >"$run/expected"
ok_if "each line was recorded exactly once" cmp "$run/expected" "$run/jobs"
# Each copy that came in, and each key.
grep -ac '\.1\.3\.6\.1\.6\.3\.1\.1\.4\.1\.0 = ' "$run/traps" >"$run/copies.snmp"
find "$run/mail/accepted" -type f | wc -l >"$run/copies.mail"
find "$run/webhook/accepted" -type f | wc -l >"$run/copies.webhook"
grep -ao '"event_id":' "$run/told" | wc -l >"$run/copies.exec"
grep -ao 'STRING: "[A-Z2-7]\{26\}"' "$run/traps" | sed 's/.*"\(.*\)"/\1/' | sort >"$run/received.snmp"
find "$run/mail/accepted" -type f -exec grep -ah '^X-Hashimori-Key: [A-Z2-7]\{26\}' {} + | tr -d '\r' | sed 's/.*: //' | sort >"$run/received.mail"
find "$run/webhook/accepted" -type f -exec grep -aho '"key":"[A-Z2-7]\{26\}"' {} + | sed 's/.*:"\(.*\)"/\1/' | sort >"$run/received.webhook"
grep -ao '"key":"[A-Z2-7]\{26\}"' "$run/told" | sed 's/.*:"\(.*\)"/\1/' | sort >"$run/received.exec"
row=
for to in $channels; do
    sed -n "s/.*\"key\":\"\\([A-Z2-7]\\{26\\}\\)\".*\"to\":\\[[^]]*\"$to\".*/\\1/p" "$run/notices" | sort >"$run/recorded.$to"
    sort -u "$run/received.$to" >"$run/once.$to"
    lost=$(comm -23 "$run/recorded.$to" "$run/once.$to" | wc -l | tr -d ' ')
    unexpected=$(comm -13 "$run/recorded.$to" "$run/once.$to" | wc -l | tr -d ' ')
    duplicates=$(($(lines "$run/received.$to") - $(lines "$run/once.$to")))
    ok_if "$to: no recorded alert was lost, nothing came that was not recorded" test "$lost$unexpected" = 00
    ok_if "$to: each copy has its key, and duplicates are at most the window a kill" \
        test "$(tr -d ' ' <"$run/copies.$to")" -eq "$(lines "$run/received.$to")" -a "$duplicates" -le $((window * kills))
    row="$row; $to: $(lines "$run/recorded.$to") recorded, $(lines "$run/received.$to") received, lost $lost, duplicates $duplicates, unexpected $unexpected"
done
ok_if "nothing had ended by itself before it was killed" test "$gave_up" -eq 0
ok_if "every point was passed" test "$missed" -eq 0
ok_if "no destination was given up or took nothing for a minute" test "$(grep -c 'was given up\|takes nothing' "$run/daemon.log")" -eq 0
of_daemon=$(grep -c '^daemon' "$run/plan" || true)
of_time=$(grep -c ' at:' "$run/plan" || true)
echo "# breakers opened: $(grep -c 'only probes are made' "$run/daemon.log" || true); the longest wait for a border: $longest ms"
echo "# row|SIGKILL under load: daemon $of_daemon and a channel's worker $of_time times at random, a channel's worker $((kills - of_daemon - of_time)) times at named borders|$kills, window $window|$written lines$row (duplicates at most $((window * kills)) each)"
