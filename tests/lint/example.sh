#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The plugin that docs/plugin-author.md prints is the one that is built and run.
set -u
cd "$top_srcdir" || exit 99
echo 1..1
if awk '/^```/ { inside = ($0 == "```c"); next } inside' docs/plugin-author.md | cmp -s - docs/example/watch_value.c; then
    echo "ok 1 - the example in docs/plugin-author.md is docs/example/watch_value.c"
else
    echo "not ok 1 - the example in docs/plugin-author.md is docs/example/watch_value.c"
fi
