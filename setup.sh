#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# ./setup.sh        installs what is missing, builds, and shows the main job with real receivers
# ./setup.sh test   installs what is missing, builds, and runs all tests
# ./setup.sh bench  installs what is missing and the programs to compare with, builds, and measures
#
# Writes nothing outside build/ but Debian packages and the files of autotools that git ignores.
set -eu
cd "$(dirname "$0")"

usage() {
    cat <<'TEXT'
usage: ./setup.sh [demo | test | bench | build] [--no-install] [--print-deps]
  demo           (default) install, build, then show the main job end to end
  test           install, build, then run all tests; the last line counts them
  bench          install, build, then measure beside other programs (docs/performance.md)
  build          install and build only
  --no-install   do not call apt-get; end with the list of what is missing
  --print-deps   print the packages that the command needs, one a line
使い方: ./setup.sh [demo | test | bench | build]
  demo  必要なパッケージを入れ、ビルドし、本物の受信先に通知が届く様子を見せます（既定）
  test  必要なパッケージを入れ、ビルドし、すべての試験を行います
  bench 比較相手のプログラムも入れ、ビルドし、性能を測ります
TEXT
}

command=demo
install=yes
print_deps=no
for word in "$@"; do
    case $word in
    demo | test | bench | build) command=$word ;;
    --no-install) install=no ;;
    --print-deps) print_deps=yes ;;
    -h | --help)
        usage
        exit 0
        ;;
    *)
        usage >&2
        exit 2
        ;;
    esac
done

# Names of the packages that $command needs, from the one list.
packages() {
    while read -r tag package _; do
        case $tag:$command in
        build:* | demo:demo | demo:test | test:test | demo:bench | bench:bench) printf '%s\n' "$package" ;;
        esac
    done <build-aux/deps.debian
}

if [ "$print_deps" = yes ]; then
    packages
    exit 0
fi

missing() {
    for package in $(packages); do
        state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$state" = installed ] || printf '%s ' "$package"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        echo "setup.sh: these need root; run as root: $*" >&2
        exit 1
    fi
}

install_missing() {
    command -v dpkg-query >/dev/null 2>&1 || {
        echo "setup.sh: this is not Debian; install by hand what build-aux/deps.debian names, then run: ./setup.sh $command --no-install" >&2
        [ "$install" = no ] && return 0
        exit 1
    }
    wanted=$(missing)
    [ -n "$wanted" ] || return 0
    if [ "$install" = no ]; then
        echo "setup.sh: missing packages: $wanted" >&2
        exit 1
    fi
    echo "== installing with apt-get: $wanted"
    # A machine that was just made may have no package list, or an old one.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted >/dev/null
    # What configure did not find then is there now: without this the unit tests would stay left out.
    rm -f build/config.status
}

jobs() {
    getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1
}

build() {
    if [ ! -x configure ] || [ configure.ac -nt configure ]; then
        echo "== autoreconf"
        autoreconf -fi >build/autoreconf.log 2>&1 || {
            cat build/autoreconf.log >&2
            exit 1
        }
    fi
    if [ ! -f build/config.status ] || [ configure -nt build/config.status ]; then
        echo "== configure"
        (cd build && ../configure --quiet)
    fi
    echo "== make"
    make -C build -s -j"$(jobs)" >build/make.log 2>&1 || {
        tail -n 40 build/make.log >&2
        exit 1
    }
}

# Programs that are unpacked below build/ and not installed; tests and benches say what they leave out without them.
peers() {
    [ "$install" = yes ] || return 0
    make -C build -s peers >build/peers.log 2>&1 || echo "== syslog-ng and Postfix could not be fetched (build/peers.log)"
}

mkdir -p build
install_missing
build
case $command in
demo) exec make -C build -s demo ;;
test)
    peers
    exec sh tests/count.sh build check
    ;;
bench)
    peers
    exec make -C build -s bench
    ;;
build) echo "built: build/agent/main/hashimorid build/agent/ctl/hashimori" ;;
esac
