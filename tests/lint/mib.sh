#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# HASHIMORI-MIB is clean, and the check that says so can fail.
stubs=$top_srcdir/tests/lint/mib-stubs
mib=$top_srcdir/mibs/HASHIMORI-MIB.txt
built=$top_builddir/mibs/out/HASHIMORI-MIB.txt
if ! command -v smilint >/dev/null 2>&1; then
    echo "1..0 # SKIP smilint (Debian: smitools) is not installed"
    exit 0
fi
work=$(mktemp -d "$top_builddir/mib-lint.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM
SMIPATH=$stubs
export SMIPATH

number=0
report() { # exit status, sentence, what to show when it is not so
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        printf '%s\n' "$3" | sed 's/^/# /'
        failed=1
    fi
}
failed=0
echo 1..5

# smilint ends with 0 whatever it finds: silence is the verdict.
said=$(smilint -l 6 "$mib" 2>&1)
[ -z "$said" ]
report $? "smilint -l 6 has nothing to say of HASHIMORI-MIB" "$said"

said=$(smilint -l 6 "$built" 2>&1 | grep -v 'implicit node')
[ -s "$built" ] && [ -z "$said" ]
report $? "the module that is installed is as clean" "$said"

# Not "..SecondS": a column that the sequence does not know.
sed 's/hmServiceUpSeconds OBJECT-TYPE/hmServiceUpTime OBJECT-TYPE/' "$mib" >"$work/HASHIMORI-MIB.txt"
said=$(smilint -l 6 "$work/HASHIMORI-MIB.txt" 2>&1)
[ -n "$said" ]
report $? "a module with a misnamed column is noticed" "no complaint"

root=$(sed -n "s/^ENTERPRISE_OID = //p" "$top_builddir/Makefile")
said=$(smidump -f identifiers "$built" 2>&1 |
    awk -v root="$root" '$2 == "hashimoriMIB" && $NF == root { found = 1 } END { if (!found) print "no hashimoriMIB at " root }')
[ -n "$root" ] && [ -z "$said" ]
report $? "the installed module stands at the number that the programs were built with" "$said"

said=$(awk '/OBJECT-TYPE$/ && !/TABLE/ { n++ } /NOTIFICATION-TYPE$/ { e++ }
    END { if (e != 8) print e " notifications" ; if (n < 80) print n " objects" }' "$mib")
[ -z "$said" ]
report $? "the eight notifications and all tables are there" "$said"
exit $failed
