#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# ledger.sh BUILD: durable commits a second: the ledger beside the disk and beside SQLite without a chain, in turn, ROUNDS (7)
# each of MS (700) milliseconds, medians; tests/bench/ledger.c says what each mode writes. The files lie beside the build.
set -eu
build=$(cd "$1" && pwd)
top_srcdir=$(cd "$(dirname "$0")/../.." && pwd)
rounds=${ROUNDS:-7}
ms=${MS:-700}
run=$(mktemp -d "$build/ledger.XXXXXX")
trap 'rm -rf "$run"' EXIT
trap 'exit 1' INT TERM
tab=$(printf '\t')
modes="fdatasync plain-1 chained-1 transition plain-100 chained-100"

for _ in $(seq "$rounds"); do
    for mode in $modes; do
        mkdir "$run/ledger"
        "$build/tests/bench/ledger" "$mode" "$run/ledger/file" "$ms" >>"$run/$mode"
        rm -rf "$run/ledger"
    done
done
# The median of MODE's COLUMN: 1 commits, 2 rows a second.
median() {
    cut -d ' ' -f "$2" "$run/$1" | sort -n | awk '{ n[NR] = $1 } END { print n[int((NR + 1) / 2)] }'
}
row() { # WHAT OURS UNIT AGAINST THEIRS GOAL NOTE
    printf "%s$tab%s$tab%s$tab%s$tab%s$tab%s$tab%s\n" "$@"
}
{
    row "a row of the chain, a commit each" "$(median chained-1 1)" "commits/s" "200 bytes in place and fdatasync" "$(median fdatasync 1)" ">= 0.85" ""
    row "the same" "$(median chained-1 1)" "commits/s" "SQLite, a row a commit, no chain" "$(median plain-1 1)" "" ""
    row "a whole transition: state, incident, notice for two destinations, offset, sign of life" "$(median transition 1)" "commits/s" "200 bytes in place and fdatasync" "$(median fdatasync 1)" "" ""
    row "rows of the chain, a hundred a commit" "$(median chained-100 2)" "rows/s" "SQLite, a hundred rows a commit, no chain" "$(median plain-100 2)" ">= 0.8" ""
} | sh "$top_srcdir/tests/bench/table.sh" ledger
