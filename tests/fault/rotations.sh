#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# A log of 5,000 numbered lines a second is rotated at random moments, by each scheme, while linklog follows it in its worker,
# which gets SIGKILL now and then (rotation.c). Each line must come once.
#
# ROTATIONS (40), KILLS of the worker (4), SEED (1), SCHEMES (all five), HOUR_MS (400): how long an hour is for `dated`.
set -eu
rotations=${ROTATIONS:-40}
kills=${KILLS:-4}
seed=${SEED:-1}
schemes=${SCHEMES:-rename copytruncate dated pair compress}
build=$top_builddir
run=$(mktemp -d "$build/rotations.XXXXXX")
. "$top_srcdir/tests/system/lib.sh"
trap 'rm -rf "$run"' EXIT
trap 'exit 99' INT TERM

# shellcheck disable=SC2086 # a list
set -- $schemes
plan $#
for scheme in "$@"; do
    mkdir "$run/$scheme"
    ok_if "each line comes once over rotations by $scheme" env "ROTATION_HOUR_MS=${HOUR_MS:-400}" "FAST_CLOCK=$build/tests/fault/.libs/fast_clock.so" \
        timeout 7200 "$build/tests/fault/rotation" "$scheme" "$rotations" "$kills" "$seed" "$run/$scheme" \
        "$build/agent/worker/hashimori-worker" "$build/plugins/watch_linklog/.libs/watch_linklog.so"
    grep '^# row' "$run/last.out" || true
    rm -rf "${run:?}/$scheme"
done
