#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# `make install` puts everything where it belongs, and with that, pkg-config and a compiler alone, a plugin is
# built, installed and run.
# shellcheck disable=SC2154,SC1091,SC2317  # make check gives top_srcdir and top_builddir
set -u
unset MAKEFLAGS MFLAGS MAKELEVEL
run=$(mktemp -d "$top_builddir/out_of_tree.XXXXXX") || exit 99
. "$top_srcdir/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
root=$run/root
usr=$root/usr
PKG_CONFIG_LIBDIR=$usr/lib/pkgconfig
PKG_CONFIG_SYSROOT_DIR=$root
export PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR

# The staged tree stands in for /usr; hashimori.pc would say so if configure had been told.
install_all() {
    mkdir "$run/build" && cd "$run/build" &&
        env -u PKG_CONFIG_LIBDIR -u PKG_CONFIG_SYSROOT_DIR make -C "$top_builddir" install DESTDIR="$run/stage" &&
        prefix=$(sed -n 's/^prefix = //p' "$top_builddir/Makefile") &&
        mkdir -p "$root" && mv "$run/stage$prefix" "$usr" &&
        sed -i "s,^prefix=.*,prefix=/usr," "$usr/lib/pkgconfig/hashimori.pc"
}
all_are_there() {
    status=0
    for file in sbin/hashimorid bin/hashimori libexec/hashimori/hashimori-worker include/hashimori/plugin.h \
        share/snmp/mibs/HASHIMORI-MIB.txt share/man/man1/hashimori.1 share/man/man5/hashimori.conf.5 share/man/man8/hashimorid.8 \
        lib/systemd/system/hashimori.service lib/sysusers.d/hashimori.conf share/doc/hashimori/examples/hashimori.conf.example \
        share/bash-completion/completions/hashimori lib/pkgconfig/hashimori.pc; do
        [ -s "$usr/$file" ] || { echo "absent: $file"; status=1; }
    done
    for folder in "$top_srcdir"/plugins/*_*/; do
        [ -s "$plugindir/$(basename "$folder").so" ] || { echo "absent: $(basename "$folder").so"; status=1; }
    done
    find "$root" -name '*.la' -o -name '*.a' | grep . && status=1
    return $status
}
completes() {
    bash --norc --noprofile -c '. "$1"; COMP_WORDS=(hashimori st); COMP_CWORD=1; _hashimori; printf "%s\n" "${COMPREPLY[@]}"' \
        completion "$usr/share/bash-completion/completions/hashimori" | grep -x status
}
builds() {
    # shellcheck disable=SC2046  # flags are words
    ${CC:-cc} -shared -fPIC -Wall -Wextra -Werror $(pkg-config --cflags hashimori) -o "$run/watch_value.so" \
        "$top_srcdir/docs/example/watch_value.c" && cp "$run/watch_value.so" "$plugindir/"
}
reads() {
    echo 21.5 >"$run/value"
    printf '%s\n' "{\"subject\":\"s\",\"interval_ms\":60000,\"deadline_ms\":10000,\"language\":\"en\",\"once\":true,\"options\":{\"path\":\"$run/value\",\"factor\":2}}" |
        timeout 20 "$usr/libexec/hashimori/hashimori-worker" --run "$plugindir/watch_value.so" >"$run/readings"
    cat "$run/readings"
    grep -q '"metric":"value".*"number":43' "$run/readings"
}
writes_a_new_one() {
    (cd "$run" && "$top_builddir/agent/ctl/hashimori" plugin new sample) &&
        make -C "$run/watch_sample" check CFLAGS="-Wall -Wextra -Werror" HASHIMORI="$top_builddir/agent/ctl/hashimori"
}
says() { # variable, value
    got=$(pkg-config --variable="$1" hashimori)
    [ "$got" = "$2" ] || { echo "$1 is \"$got\", not \"$2\""; return 1; }
}

plan 8
ok_if "everything is installed below DESTDIR" install_all
plugindir=$usr/lib/hashimori/plugins/1
ok_if "programs, plugins, header, MIB, manual, unit, examples and completion are in their places" all_are_there
ok_if "bash completes a command" completes
ok_if "pkg-config knows the ABI" says abi "$(sed -nE 's/^#define HM_ABI_MAJOR +([0-9]+).*/\1/p' "$top_srcdir/include/hashimori/plugin.h")"
ok_if "and the folder of plugins" says plugindir "$root/usr/lib/hashimori/plugins/1"
ok_if "the example builds with the installed header alone" builds
ok_if "and the installed worker runs it" reads
ok_if "a new plugin builds and passes its own test as it was written" writes_a_new_one
