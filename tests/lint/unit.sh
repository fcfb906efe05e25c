#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The systemd unit is exposed to 2.5 at most, with every drop-in too, and systemd understands it.
set -u
if ! command -v systemd-analyze >/dev/null 2>&1; then
    echo "1..0 # SKIP systemd-analyze (Debian: systemd) is not installed"
    exit 0
fi
work=$(mktemp -d "$top_builddir/unit.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM
unit=$top_builddir/conf/systemd/hashimori.service
set -- "$top_srcdir"/conf/systemd/*.conf
echo "1..$(($# + 3))"
number=0
scored() { # sentence, THRESHOLD in tenths, 0 or 1 as wanted, unit file
    number=$((number + 1))
    systemd-analyze security --offline=true --no-pager --threshold="$2" "$4" >"$work/out" 2>&1
    status=$?
    if grep -q 'Overall exposure level' "$work/out" && [ $((status != 0)) -eq "$3" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        tail -n 12 "$work/out" | sed 's/^/# /'
    fi
}

scored "the unit's exposure is at most 2.5" 25 0 "$unit"
for dropin; do
    mkdir -p "$work/with"
    cat "$unit" "$dropin" >"$work/with/hashimori.service"
    scored "and with $(basename "$dropin")" 25 0 "$work/with/hashimori.service"
done

grep -vE '^(CapabilityBoundingSet|SystemCallFilter|ProtectSystem|RestrictAddressFamilies|User|NoNewPrivileges)=' "$unit" >"$work/hashimori.service"
scored "a unit without its fences is noticed" 25 1 "$work/hashimori.service"

# The program need not be installed, nor its manual pages.
sed -E 's,^(ExecStart)=[^ ]*,\1=/bin/true,; /^Documentation=/d' "$unit" >"$work/hashimori.service"
number=$((number + 1))
if said=$(systemd-analyze verify --man=no "$work/hashimori.service" 2>&1) && [ -z "$said" ]; then
    echo "ok $number - systemd understands every line of the unit"
else
    echo "not ok $number - systemd understands every line of the unit"
    printf '%s\n' "$said" | sed 's/^/# /'
fi
