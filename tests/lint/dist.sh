#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The tarball holds all that git does, and two runs of `make dist` give the same one.
# Packed loosely: how well is not what is tried here, and takes the longest.
set -u
unset MAKEFLAGS MFLAGS MAKELEVEL
work=$(mktemp -d "$top_builddir/dist.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM
if ! command -v xz >/dev/null 2>&1; then
    echo "1..0 # SKIP xz (Debian: xz-utils) is not installed"
    exit 0
fi
cd "$top_builddir" || exit 99
echo 1..2

tarball() { # name under which it is kept
    XZ_OPT=-0 make dist >"$work/log" 2>&1 && mv hashimori-*.tar.xz "$work/$1"
}
if tarball first && sleep 1.1 && tarball second && cmp "$work/first" "$work/second" >>"$work/log" 2>&1; then
    echo "ok 1 - two runs of make dist give equal tarballs"
else
    echo "not ok 1 - two runs of make dist give equal tarballs"
    tail -n 20 "$work/log" | sed 's/^/# /'
fi

if git -C "$top_srcdir" ls-files >"$work/git" 2>/dev/null; then
    xz -dc "$work/first" | tar tf - | sed 's,^[^/]*/,,' | sort >"$work/packed"
    grep -vE '^\.(ci|git)' "$work/git" | sort | comm -23 - "$work/packed" >"$work/absent"
    if [ -s "$work/absent" ]; then
        echo "not ok 2 - the tarball holds all that git does"
        sed 's/^/# not in the tarball: /' "$work/absent"
    else
        echo "ok 2 - the tarball holds all that git does"
    fi
else
    echo "ok 2 - the tarball holds all that git does # SKIP this tree is no git clone"
fi
