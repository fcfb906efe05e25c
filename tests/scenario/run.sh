#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Replays each NAME.jsonl with NAME.conf (or default.conf) and the options in NAME.args, one word a
# line; what comes out must hold what NAME.expected says (holds.c). TAP.
set -u
here=${top_srcdir:-.}/tests/scenario
build=${top_builddir:-.}
hashimori=$build/agent/ctl/hashimori
dir=$(mktemp -d "$build/tests/scenario.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
# The configurations name plugins; their owner is whoever runs this, and the paths are absolute.
plugins=$(cd "$build/plugins" && pwd)
dir=$(cd "$dir" && pwd)
umask 077
echo public >"$dir/community"

set -- "$here"/*.jsonl
echo "1..$#"
number=0
failed=0
for input; do
    number=$((number + 1))
    name=$(basename "$input" .jsonl)
    conf=$here/$name.conf
    [ -f "$conf" ] || conf=$here/default.conf
    # Tokyo is built in, others are read from the zone database.
    zone=$(sed -n 's/.*timezone = "\([^"]*\)".*/\1/p' "$conf")
    if [ "$zone" != Asia/Tokyo ] && [ ! -e "/usr/share/zoneinfo/$zone" ]; then
        echo "ok $number - $(echo "$name" | tr _ ' ') # SKIP $zone is not on this machine"
        continue
    fi
    sed -e "s|@plugin_dir@|$plugins|; s|@dir@|$dir|" "$conf" >"$dir/$name.conf"
    # shellcheck disable=SC2046 # one word a line, none of which holds a blank
    if "$hashimori" replay "$input" --config "$dir/$name.conf" --json $(cat "$here/$name.args") \
        >"$dir/$name.out" 2>"$dir/$name.err" &&
        "$build/tests/scenario/holds" "$here/$name.expected" "$dir/$name.out" 2>>"$dir/$name.err"; then
        echo "ok $number - $(echo "$name" | tr _ ' ')"
    else
        echo "not ok $number - $(echo "$name" | tr _ ' ')"
        sed 's/^/# /' "$dir/$name.err"
        failed=1
    fi
done
exit $failed
