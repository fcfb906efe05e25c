#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# configure names all that is missing at once, by the names of Debian's packages, and those names are in
# the one list of dependencies.
set -u
work=$(mktemp -d "$top_builddir/configure.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM
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
cd "$work" || exit 99
echo 1..4

# A machine on which pkg-config finds nothing.
if PKG_CONFIG_LIBDIR="$work" PKG_CONFIG_PATH='' "$top_srcdir/configure" --quiet CC="${CC:-gcc}" >out 2>&1; then
    echo "configure succeeded" >status
fi
: >>status
verdict "configure fails where the libraries are absent" status

sed -nE 's/.*HM_NEED\(.*\[([a-z0-9+.-]+)\]\)$/\1/p' "$top_srcdir/configure.ac" | sort -u >needed
while read -r package; do
    grep -qE "^ +$package \(" out || echo "not named: $package"
done <needed >unnamed
[ "$(wc -l <needed)" -ge 9 ] || echo "only $(wc -l <needed) dependencies were found in configure.ac" >>unnamed
[ -s unnamed ] && sed 's/^/configure said: /' out >>unnamed
verdict "each of them is named with its Debian package, at once" unnamed

while read -r package; do
    grep -qE "^build $package( |\$)" "$top_srcdir/build-aux/deps.debian" || echo "not in build-aux/deps.debian: $package"
done <needed >unlisted
verdict "what configure asks for is what setup.sh installs" unlisted

# Without pkg.m4 autoreconf must say so, and not leave a configure that fails at a strange line.
: >autoconf.bad
if command -v autoconf >/dev/null 2>&1; then
    cp "$top_srcdir/configure.ac" .
    printf 'm4_define([AM_INIT_AUTOMAKE])\n' >aclocal.m4
    if autoconf -o configure >autoconf.out 2>&1; then
        echo "autoconf succeeded" >autoconf.bad
    elif ! grep -q 'pkg.m4 is absent: install the package pkg-config' autoconf.out; then
        cp autoconf.out autoconf.bad
    fi
    verdict "without pkg.m4 autoconf says which package has it" autoconf.bad
else
    number=$((number + 1))
    echo "ok $number - without pkg.m4 autoconf says which package has it # SKIP autoconf is not installed"
fi
