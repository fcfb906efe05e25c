#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The process, disk and queue plugins in a real worker, watching a real program, mount and folder.
set -u
worker=$top_builddir/agent/worker/hashimori-worker
folder=$(mktemp -d "$top_builddir/watch_basics.XXXXXX") || exit 99
name=hm$$eng
pids=
end() {
    for pid in $pids; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    rm -rf "$folder"
}
trap end EXIT
trap 'exit 99' INT TERM
number=0
verdict() { # sentence, exit code of what was tried
    number=$((number + 1))
    if [ "$2" -eq 0 ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        sed 's/^/# /' "$folder"/*.out "$folder"/*.err 2>/dev/null | tail -n 40
    fi
}
run() { # plugin, options as JSON
    printf '%s\n' "{\"subject\":\"s\",\"interval_ms\":60000,\"deadline_ms\":10000,\"language\":\"en\",\"options\":$2}" >"$folder/$1.line"
    "$worker" --run "$top_builddir/plugins/watch_$1/.libs/watch_$1.so" <"$folder/$1.line" \
        >"$folder/$1.out" 2>"$folder/$1.err" &
    pids="$pids $!"
}
# A shell that has not become the program yet would be looked at again only after a minute.
runs() { # pid: at most 20 s
    tries=0
    until [ "$(cat "/proc/$1/comm")" = "$name" ]; do
        tries=$((tries + 1))
        [ "$tries" -gt 400 ] && return 1
        sleep 0.05
    done
}
await() { # plugin, two patterns that stand in one line: at most 20 s
    tries=0
    until grep "$2" "$folder/$1.out" 2>/dev/null | grep -q "$3"; do
        tries=$((tries + 1))
        [ "$tries" -gt 400 ] && return 1
        sleep 0.05
    done
}
echo 1..6

ln -s /bin/sleep "$folder/$name"
"$folder/$name" 1000 &
engine=$!
pids=$engine
runs "$engine"
run process "{\"name\":\"$name\",\"reread\":600000}"
await process '"metric":"running"' '"number":1\.0'
verdict "a program that runs is seen" $?
kill -KILL "$engine"
wait "$engine" 2>/dev/null
await process '"metric":"running"' '"number":0\.0'
verdict "its end is told within the interval of a minute" $?
"$folder/$name" 1000 &
pids="$pids $!"
await process "\"pid $!\"" '"number":1\.0'
verdict "and so is its restart" $?

if awk '$5 == "/" { found = 1 } END { exit !found }' /proc/self/mountinfo; then
    run disk '{"mounts":["/"],"exclude":[],"types":[],"mountinfo":"/proc/self/mountinfo","span":21600000}'
    await disk '"instance":"/"' '"metric":"used_percent","kind":"number"'
    verdict "the root file system has a size" $?
else
    number=$((number + 1))
    echo "ok $number - the root file system has a size # SKIP / is no mount point here (chroot)"
fi

mkdir "$folder/in" "$folder/error"
printf '12345' >"$folder/in/ZEI-0012.csv"
stage='"error":true,"done":false,"recursive":false,"optional":false,"pattern":[],"ignore":[],"settle":0,"complete":"close"'
run queue "{\"recount\":600000,\"stages\":[{\"name\":\"error\",\"path\":\"$folder/error\",$stage}]}"
await queue '"metric":"error_depth"' '"number":0\.0'
verdict "an error folder is empty at first" $?
mv "$folder/in/ZEI-0012.csv" "$folder/error/"
await queue '"metric":"error_file"' 'ZEI-0012\.csv'
verdict "a file that is moved there is told within the interval" $?
