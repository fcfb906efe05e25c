#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# peers.sh BUILD: unpacks below BUILD/peers what tests and benches use but what cannot be installed beside what is
# there: syslog-ng (conflicts with rsyslog) and Postfix (would take the place of the host's mail server). By apt-get
# download and dpkg -x; nothing is installed.
set -eu
mkdir -p "$1/peers"
cd "$1/peers"

# unpack FOLDER PACKAGE LIBRARY..: those of the libraries that the host has not, too.
unpack() {
    folder=$1
    wanted=$2
    shift 2
    for library; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$library" 2>/dev/null)" = installed ] || wanted="$wanted $library"
    done
    rm -rf "$folder.packages" "$folder"
    mkdir "$folder.packages"
    # shellcheck disable=SC2086  # a list
    (cd "$folder.packages" && apt-get download -q $wanted)
    for package in "$folder.packages"/*.deb; do
        dpkg -x "$package" "$folder.packages/root"
    done
    mv "$folder.packages/root" "$folder"
    rm -r "$folder.packages"
}

# Its libraries and modules are looked for where they were unpacked.
if [ ! -x syslog-ng/run ]; then
    unpack syslog-ng syslog-ng-core libivykis0 libnet1 libpcre3 libjson-c5 libcap2
    here=$PWD/syslog-ng
    folders=$(find "$here" -name '*.so*' -exec dirname {} + | sort -u | tr '\n' ':')
    modules=$(find "$here/usr/lib/syslog-ng" -mindepth 1 -maxdepth 1 -type d)
    cat >"$here/run" <<RUN
#!/bin/sh
LD_LIBRARY_PATH=$folders exec "$here/usr/sbin/syslog-ng" "--module-path=$modules" "\$@"
RUN
    chmod 0755 "$here/run"
fi
[ -x postfix/usr/lib/postfix/sbin/master ] || unpack postfix postfix libdb5.3 libicu72 libnsl2 libsasl2-2
