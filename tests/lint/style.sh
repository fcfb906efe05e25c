#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Form: clang-format 14, SPDX lines, manual pages, no marks of unfinished work.
set -u
cd "$top_srcdir" || exit 99
work=$(mktemp -d "$top_builddir/style.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
number=0
verdict() { # sentence, file with what contradicts it
    number=$((number + 1))
    if [ -s "$2" ]; then
        echo "not ok $number - $1"
        head -n 40 "$2" | sed 's/^/# /'
    else
        echo "ok $number - $1"
    fi
}
skip() {
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}
sources() {
    find agent plugins include tests docs -name '*.[ch]' -not -path '*/.libs/*'
}
echo 1..5

if clang-format --version 2>/dev/null | grep -q 'version 14'; then
    sources | xargs clang-format --dry-run 2>&1 | grep 'warning:' >"$work/format"
    verdict "the sources are formatted" "$work/format"
else
    skip "the sources are formatted" "clang-format 14 is not installed"
fi

sources | xargs grep -L 'SPDX-License-Identifier: BSD-2-Clause' >"$work/spdx"
verdict "every source says its licence" "$work/spdx"

sources | xargs grep -nE '\b(TODO|FIXME|XXX|HACK)\b' >"$work/marks"
verdict "nothing is marked as unfinished" "$work/marks"

if command -v mandoc >/dev/null 2>&1; then
    find docs/man -name '*.[1-8]' | while read -r page; do
        mandoc -T lint -W warning "$page" 2>&1
    done >"$work/man"
    verdict "manual pages are clean" "$work/man"
else
    skip "manual pages are clean" "mandoc is not installed"
fi

# Words that only some machines know must not get into what travels.
git grep -nE '/work/(h|main|shared)' -- . ':!tests/lint/style.sh' >"$work/paths" 2>/dev/null
verdict "no path of a developer's machine is in the tree" "$work/paths"
