#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# coverage.sh BUILD [FOLDER..]: what the tests that ran in BUILD (configured with --enable-coverage) reached of each .c
# file of agent/FOLDER (all of agent), lines and branches, by gcov. FLOOR=95: exit 1 if a file has fewer branches.
# Branches within uthash's macros are the library's (growth of its tables, equal hashes) and are not counted.
# MISSED=yes: the lines of branches that were never taken, too.
set -eu
build=$(cd "$1" && pwd)
shift
gcov=${GCOV:-gcov}
command -v "$gcov" >/dev/null || { echo "coverage.sh: $gcov is not installed (it comes with gcc)" >&2; exit 2; }
[ $# -gt 0 ] || set -- .
for folder; do
    find "$build/agent/$folder" -name '*.gcda'
done | sort >"$build/coverage.list"
[ -s "$build/coverage.list" ] || { echo "coverage.sh: no test has run yet; configure --enable-coverage, then make check" >&2; exit 2; }
# One call for each file: its object's name says nothing of the name of its source.
while read -r data; do
    (cd "$build" && "$gcov" -b -t "$data" 2>/dev/null)
done <"$build/coverage.list" | awk -v floor="${FLOOR:-0}" -v missed="${MISSED:-no}" '
    function part(some, all) { return all > 0 ? 100 * some / all : 100 }
    function flush(  is_low) {
        if (file ~ /^agent\/[a-z]+\/[a-z0-9_]+\.c$/ && lines > 0) {
            is_low = part(taken, branches) < floor
            below += is_low
            printf "%-34s %5.1f %% of %4d lines   %5.1f %% of %4d branches%s\n", file, part(run, lines), lines,
                part(taken, branches), branches, is_low ? "  below " floor : ""
            split(file, name, "/")
            all_branches[name[2]] += branches
            all_taken[name[2]] += taken
            for (i = 1; missed == "yes" && i <= holes; i++) print "    " hole[i]
        }
        lines = run = branches = taken = holes = 0
        file = ""
    }
    /^ *-: *0:Source:/ { flush(); file = $0; sub(/.*Source:/, "", file); sub(/.*\/agent\//, "agent/", file); next }
    /^ *[-#=0-9*]+: *[0-9]+:/ {
        source = $0
        is_ours = source !~ /HASH_[A-Z_]+ ?\(/
        count = $1
        if (count != "-:" && source !~ /^ *-:/) { lines++; if (count !~ /^[#=]/) run++ }
        next
    }
    /^branch / && is_ours {
        branches++
        if ($3 == "taken" && $4 != "0%") taken++
        else if (hole[holes] != source) hole[++holes] = source
    }
    END {
        flush()
        for (folder in all_branches)
            printf "agent/%-28s %24s %5.1f %% of %4d branches\n", folder, "", part(all_taken[folder], all_branches[folder]),
                all_branches[folder] | "sort"
        close("sort")
        exit below > 0
    }'
