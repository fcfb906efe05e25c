#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# count.sh BUILD TARGET...: runs `make TARGET` in BUILD, prints what failed in full, and ends with the
# plain line "N passed, N failed" (", N skipped" where a tool was missing), counted from automake's results.
set -u
build=$1
shift

log=$build/check.log
make -C "$build" -j"$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)" "$@" >"$log" 2>&1
status=$?
grep -E '^(FAIL|ERROR|XPASS|SKIP)' "$log"

# Automake counts over all TAP lines of a run: "# PASS:  12".
sum() {
    awk -v name="$1" '$1 == "#" && $2 == name ":" { n += $3 } END { print n + 0 }' "$log"
}
passed=$(sum PASS)
skipped=$(sum SKIP)
failed=$(($(sum FAIL) + $(sum XPASS) + $(sum ERROR)))
if [ "$status" -ne 0 ]; then
    if [ "$failed" -eq 0 ]; then
        failed=1
        tail -n 60 "$log"
    else
        for result in "$build"/tests/unit/*/*.log "$build"/tests/*/*.log; do
            case $result in *'*'*) continue ;; esac
            if grep -qE '^(not ok|Bail out)' "$result" || ! grep -qE '^ok' "$result"; then
                echo "---- $result"
                tail -n 60 "$result"
            fi
        done
    fi
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
