#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# peers.sh BUILD: unpacks below BUILD/peers what tests and benches use but what cannot be installed beside what they
# use too: syslog-ng (conflicts with rsyslog). By apt-get download and dpkg -x; nothing is installed.
set -eu
mkdir -p "$1/peers/packages"
cd "$1/peers/packages"
[ -x ../syslog-ng/run ] && exit 0
wanted="syslog-ng-core"
for package in libivykis0 libnet1 libpcre3 libjson-c5 libcap2; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || wanted="$wanted $package"
done
# shellcheck disable=SC2086  # a list
apt-get download -q $wanted
for package in *.deb; do
    dpkg -x "$package" ../syslog-ng
done
# Its libraries and modules are looked for where they were unpacked.
here=$(cd ../syslog-ng && pwd)
folders=$(find "$here" -name '*.so*' -exec dirname {} + | sort -u | tr '\n' ':')
modules=$(find "$here/usr/lib/syslog-ng" -mindepth 1 -maxdepth 1 -type d)
cat >"$here/run" <<RUN
#!/bin/sh
LD_LIBRARY_PATH=$folders exec "$here/usr/sbin/syslog-ng" "--module-path=$modules" "\$@"
RUN
chmod 0755 "$here/run"
