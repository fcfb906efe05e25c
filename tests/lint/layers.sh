#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The include graph is data: arrows between layers are those of layers.tsv, modules have no cycles, and
# plugins include the public header, their own folder and plugins/shared only.
set -u
cd "$top_srcdir" || exit 99
work=$(mktemp -d "$top_builddir/layers.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT

# Every include of ours: FILE<tab>INCLUDED
grep -Hn '^#include ["<]' agent/*/*.c agent/*/*.h |
    sed -nE 's/^([^:]*):[0-9]*:#include "([^"]*)".*/\1\t\2/p; s/^([^:]*):[0-9]*:#include <(hashimori\/[^>]*)>.*/\1\tinclude\/\2/p' |
    grep -v 'config\.h$' >"$work/includes"

echo 1..4
number=0
verdict() { # sentence, file with what contradicts it
    number=$((number + 1))
    if [ -s "$2" ]; then
        echo "not ok $number - $1"
        sed 's/^/# /' "$2"
    else
        echo "ok $number - $1"
    fi
}

awk -F'\t' '
    FNR == NR { if ($0 !~ /^#/ && NF) { known[$1] = 1; n = split($2, to, " "); for (i = 1; i <= n; i++) may[$1, to[i]] = 1 } next }
    {
        split($1, from, "/"); split($2, to, "/"); layer = from[2]
        if (!(layer in known)) print $1 ": layer " layer " is not in layers.tsv"
        else if (to[1] != layer && !((layer, to[1]) in may)) print $1 ": " layer " may not include " $2
    }' tests/lint/layers.tsv "$work/includes" >"$work/arrows"
verdict "every include points along an arrow of layers.tsv" "$work/arrows"

# A module is x.c, x.h and x_internal.h together. Arrows that no cycle needs are taken away until none is left.
awk -F'\t' '
    function module(path) { sub(/^agent\//, "", path); sub(/(_internal)?\.[ch]$/, "", path); return path }
    $2 !~ /^include\// && $2 ~ /\.h$/ { a = module($1); b = module($2); if (a != b) edge[a, b] = 1 }
    END {
        do {
            changed = 0; split("", leaves); split("", enters); split("", gone)
            for (e in edge) { split(e, x, SUBSEP); leaves[x[1]] = 1; enters[x[2]] = 1 }
            for (e in edge) { split(e, x, SUBSEP); if (!(x[2] in leaves) || !(x[1] in enters)) gone[e] = 1 }
            for (e in gone) { delete edge[e]; changed = 1 }
        } while (changed)
        for (e in edge) { split(e, x, SUBSEP); print x[1] " -> " x[2] }
    }' "$work/includes" | sort >"$work/cycles"
verdict "no module is in an include cycle" "$work/cycles"

for file in plugins/*/*.c plugins/*/*.h; do
    folder=$(dirname "$file")
    grep '^#include "' "$file" | sed 's/.*"\(.*\)".*/\1/' | while read -r name; do
        case $name in shared/*) own=plugins ;; *) own=$folder ;; esac
        [ -f "$own/$name" ] || echo "$file: $name is neither in its own folder nor in plugins/shared"
    done
done >"$work/plugins"
verdict "plugins include the public header, their own folder and plugins/shared only" "$work/plugins"

grep -lE '^#include <event2?/' agent/*/*.[ch] plugins/*/*.[ch] | grep -vE '^agent/loop/' >"$work/libevent"
verdict "only the loop names libevent" "$work/libevent"
