#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# certificates.sh FOLDER: what the tests of TLS need, as PEM: ca, other_ca; good, soon (ends in 5 days), expired,
# wrong_name, unknown (of other_ca); client, old_client (expired). NAME.pem and NAME.key. Takes openssl(1).
set -eu
cd "$1"

# authority NAME
authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" -days 30 \
        -subj "/CN=hashimori test $1" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
    : >"$1.index"
    echo 01 >"$1.serial"
    cat >"$1.conf" <<CONF
[ca]
default_ca = it
[it]
database = $1.index
serial = $1.serial
new_certs_dir = .
certificate = $1.pem
private_key = $1.key
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
CONF
}

# certificate NAME AUTHORITY COMMON-NAME ALTERNATIVES BEGIN END
certificate() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" \
        -subj "/CN=$3" -addext "subjectAltName=$4"
    openssl ca -batch -notext -config "$2.conf" -in "$1.csr" -out "$1.pem" -startdate "$5" -enddate "$6"
}

stamp() {
    date -u -d "$1" +%Y%m%d%H%M%SZ
}

{
    authority ca
    authority other_ca
    ours="DNS:localhost,IP:127.0.0.1,IP:::1"
    now=$(stamp '-1 hour')
    later=$(stamp '+30 days')
    certificate good ca localhost "$ours" "$now" "$later"
    certificate soon ca localhost "$ours" "$now" "$(stamp '+5 days +1 hour')"
    certificate expired ca localhost "$ours" "$(stamp '-9 days')" "$(stamp '-2 days')"
    certificate wrong_name ca elsewhere.example "DNS:elsewhere.example,IP:192.0.2.1" "$now" "$later"
    certificate unknown other_ca localhost "$ours" "$now" "$later"
    certificate client ca hashimori DNS:hashimori "$now" "$later"
    certificate old_client ca hashimori DNS:hashimori "$(stamp '-9 days')" "$(stamp '-2 days')"
    chmod 0600 ./*.key
} >log 2>&1 || {
    cat log >&2
    exit 1
}
