#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# table.sh: the fault campaign, and one table of what was injected, how often, and what came of it. Needs top_srcdir and
# top_builddir. KILLS (50) of each kind but the workers, which come back more slowly each time.
set -u
kills=${KILLS:-50}
rows=$(mktemp "$top_builddir/rows.XXXXXX")
trap 'rm -f "$rows"' EXIT
failed=0

run() { # script, settings NAME=VALUE...
    script=$1
    shift
    out=$(env "$@" sh "$top_srcdir/tests/fault/$script" 2>&1)
    printf '%s\n' "$out" | sed -n 's/^# row|//p' >>"$rows"
    if printf '%s\n' "$out" | grep -q '^not ok' || ! printf '%s\n' "$out" | grep -q '^ok'; then
        failed=1
        printf '%s\n' "$out"
    fi
}
run crash.sh "KILLS=$kills" VICTIM=daemon WINDOW=1 SEED=1
run crash.sh "KILLS=$kills" VICTIM=daemon WINDOW=8 SEED=2
run crash.sh "KILLS=$kills" VICTIM=receiver WINDOW=8 SEED=3
run crash.sh KILLS=6 VICTIM=worker WINDOW=8 SEED=1
run crash.sh "KILLS=$kills" VICTIM=power WINDOW=8 SEED=4
run crash.sh "KILLS=$kills" VICTIM=disk WINDOW=8 SEED=7
run crash.sh "KILLS=$kills" VICTIM=liar WINDOW=8 SEED=5
for commit in start reading receipt reload alive checkpoint saved deliver; do
    run points.sh POINTS=all KIND=$commit
done
run guests.sh
run answers.sh ROUNDS=all
run names.sh
run forgery.sh RECORDS=1000
run forgery_wires.sh RECORDS=1000
awk -F'|' 'BEGIN { print "| injected | how often | what came of it |"; print "|---|---|---|" } { printf "| %s | %s | %s |\n", $1, $2, $3 }' "$rows"
exit $failed
