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
        # What automake says of each test, so that one that leaks or is killed after its last line counts too.
        grep -lE '^:global-test-result: (FAIL|ERROR|XPASS)' "$build"/tests/unit/*/*.trs "$build"/tests/*/*.trs 2>/dev/null |
            while read -r result; do
                echo "---- ${result%.trs}.log"
                tail -n 60 "${result%.trs}.log"
            done
    fi
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
