#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The example configurations through hashimorid -t, with the real worker and the real plugins.
# shellcheck disable=SC2154,SC1091  # make check gives top_srcdir and top_builddir
set -u
run=$(mktemp -d "$top_builddir/configuration.XXXXXX") || exit 99
. "$top_srcdir/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT

# copy FILE: as $run/hashimori.conf, with the plugins of this build and a secret that exists.
copy() {
    echo public >"$run/community"
    chmod 600 "$run/community"
    sed "s|^\( *\)language *= \"ja\";|&\n\1plugin_dir = \"$top_builddir/plugins\";|
         s|language = \"ja\"; };|language = \"ja\"; plugin_dir = \"$top_builddir/plugins\"; };|
         s|user    = \"postgres\";|user    = \"root\";|
         s|/etc/hashimori/community|$run/community|" "$top_srcdir/conf/$1" >"$run/hashimori.conf"
    chmod 600 "$run/hashimori.conf"
}

check() {
    "$top_builddir/agent/main/hashimorid" -t -c "$run/hashimori.conf" >"$run/out" 2>&1
    status=$?
    cat "$run/out"
    return $status
}

example_is_good() {
    copy "$1"
    check
}

# spoilt SED-COMMAND WANTED...: what -t says of the minimal configuration after that change.
spoilt() {
    copy minimal.conf
    sed -i "$1" "$run/hashimori.conf"
    shift
    check
    [ $? -eq 1 ] || return 1
    for wanted; do
        grep -qF -e "$wanted" "$run/out" || return 1
    done
}

line_of() {
    grep -n "$1" "$top_srcdir/conf/minimal.conf" | head -n 1 | cut -d : -f 1
}

plan 6
ok_if "the minimal configuration is good" example_is_good minimal.conf
ok_if "the example is good" example_is_good hashimori.conf.example
ok_if "a misspelt key is named with its file, its line and what was meant" \
    spoilt 's/interval =/intervall =/' "$run/hashimori.conf:$(line_of interval): " '"interval"'
ok_if "what only the plugin can know is said with the line of its option" \
    spoilt 's/name = "renkei-engine";/command = "(";/' "$run/hashimori.conf:$(line_of renkei-engine): " command
ok_if "a plugin that is not there is named" \
    spoilt 's/plugin = "process"/plugin = "proces"/' "$run/hashimori.conf:$(line_of renkei-engine): " 'watch_proces.so'
chmod_secret() {
    copy minimal.conf
    chmod 644 "$run/community"
    check && return 1
    grep -q "hashimori.conf:$(line_of community): .*community" "$run/out" && ! grep -qw public "$run/out"
}
ok_if "a secret that all may read is refused and not printed" chmod_secret
