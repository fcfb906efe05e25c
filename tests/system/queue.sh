#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Spool folders and job listings in a real daemon: a burst of 100,000 files, lost events, an error file that is at the
# receiver in milliseconds, a listing that fails.
# shellcheck disable=SC2154,SC1091  # make check gives top_srcdir and top_builddir
set -u
build=$(cd "$top_builddir" && pwd)
run=$(mktemp -d "$build/queue.XXXXXX") || exit 99
. "$top_srcdir/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
PATH=$PATH:/usr/sbin:/sbin
if ! command -v snmptrapd >/dev/null 2>&1; then
    echo "1..0 # SKIP snmptrapd is not installed"
    exit 0
fi

mkdir "$run/state" "$run/daemon" "$run/trapd" "$run/in" "$run/work" "$run/error" "$run/aside" "$run/zei"
chmod 0700 "$run/state"
echo queue >"$run/community"
chmod 0600 "$run/community"
port=$(free_port)
printf 'authCommunity log queue\nformat2 %%v\\n\n' >"$run/trapd/snmptrapd.conf"
printf '#!/bin/sh\nexec cat "%s/listing"\n' "$run" >"$run/list"
chmod 0755 "$run/list"
echo "JOB 1 waiting" >"$run/listing"
cat >"$run/hashimori.conf" <<CONF
agent = { host = "queue"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins"; };
watch = ( { subject = "spool"; plugin = "queue"; interval = "1s"; deadline = "60s"; recount = "1d";
            stages = ( { name = "in"; path = "$run/in"; settle = "0s"; },
                       { name = "work"; path = "$run/work"; work = true; settle = "0s"; },
                       { name = "zei"; path = "$run/zei"; pair = ".end"; pair_records = "RECORDS=%d"; pair_bytes = "SIZE=%d"; count_lines = "csv"; skip_lines = 1; },
                       { name = "error"; path = "$run/error"; error = true; settle = "0s"; } ); },
          { subject = "jobs"; plugin = "jobqueue"; interval = "1s"; source = "command"; command = ( "$run/list" );
            states = ( { name = "waiting"; pattern = " waiting\$"; }, { name = "failed"; pattern = " failed\$"; error = true; } ); } );
destinations = ( { name = "nms"; channel = "snmp"; host = "127.0.0.1:$port"; inform = true; community_file = "$run/community"; } );
routes = ( { to = ( "nms" ); } );
CONF
MIBS='' SNMPCONFPATH=$run/trapd SNMP_PERSISTENT_DIR=$run/trapd snmptrapd -f -On -Lf "$run/traps" -p "$run/trapd/pid" "udp:127.0.0.1:$port" >"$run/trapd/out" 2>&1 &
started $!
wait_for 10 test -s "$run/trapd/pid"
"$build/agent/main/hashimorid" -c "$run/hashimori.conf" >"$run/log" 2>&1 &
daemon=$!
started "$daemon"

ask() {
    "$build/agent/ctl/hashimori" --config "$run/hashimori.conf" --socket "$run/daemon/control.sock" --lang en "$@"
}
# tells SUBJECT METRIC INSTANCE NUMBER: the last reading of it.
tells() {
    ask subject show "$1" --json | tr -d ' \n' | sed 's/{/\n{/g' | grep "\"metric\":\"$2\"" | grep "\"instance\":\"$3\"" | grep -qE "\"(number|value)\":\"?$4(\.0)?[,}\"]"
}
depth_is() {
    tells spool depth in "$1"
}
make_files() { # FROM TO
    (cd "$run/in" && seq -f 'ZEI-0012_%07.0f.csv' "$1" "$2" | xargs touch)
}
remove_files() {
    (cd "$run/in" && seq -f 'ZEI-0012_%07.0f.csv' "$1" "$2" | xargs rm)
}
trapped() { # TEXT
    grep -aqF -e "$1" "$run/traps"
}
# error_file NAME LIMIT: from the renaming to the line of snmptrapd, ms.
error_file() {
    echo x >"$run/aside/$1"
    begun=$(now_ms)
    mv "$run/aside/$1" "$run/error/$1"
    while ! trapped "$1"; do
        [ $(($(now_ms) - begun)) -lt 20000 ] || break
    done
    took=$(($(now_ms) - begun))
    echo "# $1: $took ms"
    [ "$took" -lt "$2" ]
}
# The worker that follows folders.
queue_worker() {
    for pid in $(cat /proc/"$daemon"/task/*/children); do
        # shellcheck disable=SC2010 # names of descriptors
        ls -l "/proc/$pid/fd" 2>/dev/null | grep -q inotify && echo "$pid"
    done
}
no_incident() {
    ask status --json | grep -qE '"open_incidents": *0'
}

plan 13
ok_if "folders and listings are counted" eval 'wait_for 30 depth_is 0 && wait_for 30 tells jobs depth waiting 1'
ok_if "a file in the error folder is at the receiver at once" error_file KOKUHO-0001.csv 1000
grep '^#' "$run/last.out"
rm "$run/error/KOKUHO-0001.csv"
ok_if "its removal ends the incident" wait_for 20 no_incident
make_files 1 100000 &
makers=$!
ok_if "and so it is during a burst of 100,000 files" error_file KOKUHO-0002.csv 5000
grep '^#' "$run/last.out"
wait "$makers"
ok_if "100,000 files are counted" wait_for 60 depth_is 100000
worker=$(queue_worker)
kill -STOP "$worker"
make_files 100001 115000
kill -CONT "$worker"
remove_files 1 60000
ok_if "what a worker could not follow is counted anew" wait_for 60 depth_is 55000
ok_if "and the log says that events were lost" wait_for 10 grep -q 'fs.inotify.max_queued_events' "$run/log"
ok_if "the same worker lives on" test "$(queue_worker)" = "$worker"
mv "$run/in/ZEI-0012_0100001.csv" "$run/work/"
ok_if "a file that is worked on is told by how long" eval 'wait_for 20 tells spool depth work 1 && ask subject show spool --json | grep -q stuck_age_s'
# cut_short NAME LIMIT: three records are announced and two are there.
cut_short() {
    printf 'id,name\n1,"a\nb"\n2,c\n' >"$run/zei/$1"
    printf 'RECORDS=3\nSIZE=%d\n' "$(wc -c <"$run/zei/$1")" >"$run/aside/$1.end"
    begun=$(now_ms)
    mv "$run/aside/$1.end" "$run/zei/"
    wait_for 20 trapped "$1: 3 records announced, 2 found"
    took=$(($(now_ms) - begun))
    echo "# $1: $took ms"
    [ "$took" -lt "$2" ]
}
ok_if "a file that holds less than its end file announced is at the receiver at once" cut_short ZEI-0001.csv 1000
grep '^#' "$run/last.out"
echo 'RECORDS=2' >"$run/zei/ZEI-0001.csv.end"
ok_if "an end file that is put right ends it" wait_for 20 tells spool mismatched_files zei 0
echo "JOB 2 failed" >>"$run/listing"
ok_if "a failed job of a listing is at the receiver" wait_for 20 trapped "failed: 1 more jobs, 1 in all"
rm "$run/listing"
blind_jobs() {
    ask subject show jobs --json | grep -q 'the command failed: exit 1'
}
ok_if "a listing that fails is blind and not empty" wait_for 20 blind_jobs
