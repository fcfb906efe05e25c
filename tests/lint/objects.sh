#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the objects say: a plugin exports one symbol, the daemon links no network library, and writable
# variables at file scope are those of globals.allow.
set -u
work=$(mktemp -d "$top_builddir/objects.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
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
cd "$top_builddir" || exit 99
echo 1..6

if grep -q '^#define HM_SANITIZED' config.h; then
    : >"$work/exports"
else
    for plugin in plugins/*/.libs/*.so; do
        found=$(nm -D --defined-only "$plugin" | awk '{ print $3 }' | tr '\n' ' ')
        [ "$found" = "hashimori_plugin " ] || echo "$plugin exports: $found"
    done >"$work/exports"
fi
verdict "each plugin exports hashimori_plugin and nothing else" "$work/exports"

# .data and .bss; .data.rel.ro is constant once the program is loaded. Static variables of functions count too.
for object in agent/*/*.o plugins/*/.libs/*.o; do
    source=$(echo "$object" | sed -E 's/\.libs\///; s/([^/]*)-([^/]*)\.o$/\2.o/; s/\.o$/.c/')
    objdump -t "$object" | awk -v s="$source" '$4 == "O" || $3 == "O" {
        section = $3 == "O" ? $4 : $5; name = $NF
        sub(/\.[0-9]+$/, "", name)
        if (section ~ /^\.(data|bss|tdata|tbss)(\.|$)/ && section !~ /^\.data\.rel\.ro/ && name !~ /^(__|\.)/) print s "\t" name }'
done | grep -vE '	(asan|ubsan|gcov|__gcov)' | sort -u >"$work/found"
grep -v '^#' "$top_srcdir/tests/lint/globals.allow" | cut -f1,2 | sort -u >"$work/allowed"
if grep -qE '^#define HM_SANITIZED' config.h || [ -n "$(find agent -name '*.gcno' | head -n 1)" ]; then
    : >"$work/found"
fi
comm -23 "$work/found" "$work/allowed" >"$work/globals"
verdict "writable variables at file scope are those of globals.allow" "$work/globals"
awk -F'\t' '!/^#/ && NF < 3 { print "no reason: " $0 }' "$top_srcdir/tests/lint/globals.allow" >"$work/reasons"
verdict "each of them has its reason" "$work/reasons"

daemon=agent/main/hashimorid
[ -f agent/main/.libs/hashimorid ] && daemon=agent/main/.libs/hashimorid
objdump -p "$daemon" | awk '$1 == "NEEDED" { print $2 }' |
    grep -vE '^(libevent_core|libconfig|libsqlite3|libz|libjansson|libnettle|libpcre2-8|libc|libm|ld-linux.*|libasan|libubsan|libgcc_s)(-[0-9.]+)?\.so' >"$work/needed"
verdict "the daemon links what the house allows, and no network library" "$work/needed"

# Programs as they run, not libtool's wrappers; sanitizers and coverage bring flags of their own.
programs() {
    for program in agent/main/hashimorid agent/ctl/hashimori agent/worker/hashimori-worker; do
        if [ -f "$(dirname "$program")/.libs/$(basename "$program")" ]; then
            echo "$(dirname "$program")/.libs/$(basename "$program")"
        else
            echo "$program"
        fi
    done
    ls plugins/*/.libs/*.so
}
unfenced() { # object: what it lacks
    readelf -hldW "$1" >"$work/elf"
    grep -q '^ *GNU_RELRO' "$work/elf" || echo "$1: no RELRO"
    grep -qE '\((FLAGS|BIND_NOW)\).*NOW|\(BIND_NOW\)' "$work/elf" || echo "$1: symbols are bound late"
    grep -qE '^ *Type: *DYN' "$work/elf" || echo "$1: not position-independent"
    grep -E '^ *GNU_STACK' "$work/elf" | grep -qv 'RWE' || echo "$1: the stack may be executed"
    grep -E '^ *LOAD' "$work/elf" | grep -q 'RWE' && echo "$1: a segment is both writable and executable"
    grep -qE '\((RPATH|RUNPATH)\)' "$work/elf" && echo "$1: has a run path"
    return 0
}
if grep -q '^#define HM_SANITIZED' config.h; then
    : >"$work/unfenced"
else
    for object in $(programs); do unfenced "$object"; done >"$work/unfenced"
fi
verdict "programs and plugins have RELRO, NOW, PIE and no executable stack" "$work/unfenced"

printf 'int main(void) { return 0; }\n' >"$work/bare.c"
${CC:-gcc} -no-pie -Wl,-z,norelro -Wl,-z,lazy -Wl,-z,execstack -o "$work/bare" "$work/bare.c" 2>/dev/null
for wanted in RELRO 'bound late' 'position-independent' 'may be executed'; do
    unfenced "$work/bare" | grep -q "$wanted" || echo "not noticed: $wanted"
done >"$work/unnoticed"
verdict "a program without them is noticed" "$work/unnoticed"
