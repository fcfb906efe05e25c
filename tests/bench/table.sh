#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# table.sh NAME: what a bench measured, beside its goals, as a table on stdout. With WRITE=yes the table also
# replaces what stands in docs/performance.md between `<!-- bench: NAME -->` and `<!-- end: NAME -->`.
#
# One row a line on stdin, fields parted by a tab, those at the end may be missing:
#
#   WHAT  OURS  UNIT  AGAINST  THEIRS  GOAL  NOTE
#
# OURS and THEIRS are numbers, or `-` if they could not be measured (a peer that is not installed). GOAL is `>= 5`
# or `<= 1.7` and is compared with OURS / THEIRS, or with OURS itself where THEIRS is empty. A row without a
# goal is only shown. Exit: 0 the table stands, 1 a goal was missed and STRICT=yes, 2 it could not be written.
set -eu
name=$1
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
page=${PAGE:-$top_srcdir/docs/performance.md}
table=$(mktemp)
trap 'rm -f "$table" "$table.missed" "$table.page"' EXIT

cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo 2>/dev/null | head -n 1)
awk -F '\t' -v missed="$table.missed" '
function number(x,  text, whole, tail) { # 12345.6 -> 12,346; small ones keep three digits
    if (x !~ /^[0-9.]+$/) return x
    if (x < 999.5) return sprintf("%.3g", x)
    whole = sprintf("%.0f", x)
    for (; length(whole) > 3; whole = substr(whole, 1, length(whole) - 3))
        tail = "," substr(whole, length(whole) - 2) tail
    return whole tail
}
function verdict(value, goal,  part) {
    if (goal == "") return ""
    if (value == "") return "not measured"
    split(goal, part, " ")
    if (part[1] == ">=" ? value >= part[2] : value <= part[2]) return "reached"
    print >missed
    return "**missed**"
}
BEGIN {
    print "| what | measured | against | ratio | goal | |"
    print "|---|---|---|---|---|---|"
}
NF >= 2 {
    gsub(/\|/, "\\|")
    ours = $2; theirs = $5; ratio = ""
    is_known = ours != "-" && theirs != "-"
    if (is_known && theirs != "" && theirs > 0) ratio = ours / theirs
    value = !is_known ? "" : theirs != "" ? ratio : ours
    measured = ours == "-" ? "not measured" : number(ours) ($3 == "" ? "" : " " $3)
    against = $4
    if (theirs == "-") against = against ": not measured"
    else if (theirs != "") against = against ": " number(theirs) ($3 == "" ? "" : " " $3)
    result = verdict(value, $6)
    if ($7 != "") result = result (result == "" ? "" : "; ") $7
    goal = $6 == "" ? "" : $6 (theirs == "" ? ($3 == "" ? "" : " " $3) : " x")
    printf "| %s | %s | %s | %s | %s | %s |\n", $1, measured, against, ratio == "" ? "" : number(ratio) " x", goal, result
}' >"$table"
{
    echo
    echo "$(date -u +%F), $(nproc) cores ($cpu), Linux $(uname -r), load $(cut -d ' ' -f 1-3 /proc/loadavg) at the end."
} >>"$table"
cat "$table"

if [ "${WRITE:-no}" = yes ]; then
    if ! grep -q "^<!-- bench: $name -->\$" "$page" || ! grep -q "^<!-- end: $name -->\$" "$page"; then
        echo "table.sh: $page has no markers for $name" >&2
        exit 2
    fi
    awk -v name="$name" -v table="$table" '
        $0 == "<!-- end: " name " -->" { skip = 0 }
        !skip { print }
        $0 == "<!-- bench: " name " -->" {
            skip = 1
            while ((getline line <table) > 0) print line
        }' "$page" >"$table.page"
    cat "$table.page" >"$page"
fi
[ "${STRICT:-no}" != yes ] || [ ! -e "$table.missed" ]
