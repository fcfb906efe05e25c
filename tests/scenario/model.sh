#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Random time through `hashimori replay` and through the model of the rules (model.pl); all figures
# must be the same. TAP.
#
# MODEL_RUNS (3) stretches of MODEL_WEEKS (1), from seed MODEL_SEED (1) on; each fifth in Berlin. Then
# MODEL_LINKED (1) more with linkages in the expressions.
set -u
here=${top_srcdir:-.}/tests/scenario
build=${top_builddir:-.}
hashimori=$build/agent/ctl/hashimori
runs=${MODEL_RUNS:-3}
all=$((runs + ${MODEL_LINKED:-1}))
seed=${MODEL_SEED:-1}
dir=$(mktemp -d "$build/tests/model.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
dir=$(cd "$dir" && pwd)
plugins=$(cd "$build/plugins" && pwd)

echo "1..$all"
[ -e /usr/share/zoneinfo/Europe/Berlin ] || echo "# Europe/Berlin is not on this machine: no changes of the clock to summer time"
number=0
failed=0
while [ "$number" -lt "$all" ]; do
    number=$((number + 1))
    MODEL_LINKAGES=
    [ "$number" -le "$runs" ] || MODEL_LINKAGES=1
    export MODEL_LINKAGES
    MODEL_ZONE=Asia/Tokyo
    if [ $((seed % 5)) -eq 0 ] && [ -e /usr/share/zoneinfo/Europe/Berlin ]; then
        MODEL_ZONE=Europe/Berlin
    fi
    export MODEL_ZONE
    # shellcheck disable=SC2046 # one word a line, none of which holds a blank
    if perl "$here/random.pl" "$seed" "${MODEL_WEEKS:-1}" "$dir" >"$dir/why" 2>&1 &&
        sed -i "s|@plugin_dir@|$plugins|" "$dir/random.conf" &&
        "$hashimori" replay "$dir/input.jsonl" --config "$dir/random.conf" --json $(cat "$dir/args") \
            >"$dir/out" 2>"$dir/why" &&
        perl "$here/model.pl" --config "$dir/random.conf" $(cat "$dir/args") --compare "$dir/out" \
            "$dir/input.jsonl" >"$dir/why" 2>&1; then
        echo "ok $number - seed $seed, $MODEL_ZONE${MODEL_LINKAGES:+, linkages}: $(sed -n '$s/^# //p' "$dir/why")"
    else
        echo "not ok $number - seed $seed, $MODEL_ZONE${MODEL_LINKAGES:+, linkages}: the model says the same"
        head -20 "$dir/why" | sed 's/^#* */# /'
        failed=1
    fi
    seed=$((seed + 1))
done
exit $failed
