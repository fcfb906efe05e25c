#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# names.sh: receivers that are known by a name, and a name server that never answers, in a network and with a resolv.conf of
# their own. Two daemons side by side: one knows all receivers by their addresses; the other has for each channel a second
# destination, served by the same worker, that is known by a name. DRILLS (11) by turns through both to what is known by its
# address; how long each took by the ledgers. Then the name is known, and what waited for it comes.
# TAP; the "# row|" line is for table.sh.
# shellcheck disable=SC2154,SC1091  # make check gives top_srcdir and top_builddir
set -u
if [ -z "${NAMES_INSIDE:-}" ]; then
    export NAMES_INSIDE=yes
    if ! command -v python3 >/dev/null || ! python3 -c 'import ssl' 2>/dev/null || ! command -v ip >/dev/null || ! command -v openssl >/dev/null; then
        echo "1..0 # SKIP python3, openssl and iproute2 are needed"
        exit 0
    fi
    for how in "--mount --net" "--map-root-user --mount --net"; do
        # shellcheck disable=SC2086 # words
        unshare $how sh -c 'ip link set lo up && mount --bind /etc/hosts /etc/hosts' 2>/dev/null && exec unshare $how sh "$0" "$@"
    done
    echo "1..0 # SKIP no namespaces here: a name server of our own cannot be set"
    exit 0
fi
build=$(cd "${top_builddir:-.}" && pwd)
source=$(cd "${top_srcdir:-.}" && pwd)
python=$(command -v python3)
count=${DRILLS:-11}
run=$(mktemp -d "$build/names.XXXXXX") || exit 99
. "$source/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
channels="http smtp syslog snmp"
name=receiver.example.net

ip link set lo up
echo "nameserver 127.0.0.1" >"$run/resolv.conf"
echo "127.0.0.1 localhost" >"$run/hosts"
mount --bind "$run/resolv.conf" /etc/resolv.conf && mount --bind "$run/hosts" /etc/hosts || {
    echo "1..0 # SKIP /etc/resolv.conf cannot be set here"
    exit 0
}
# It takes questions and never answers.
tail -f /dev/null | "$python" -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 53))
sys.stdin.read()' &
started "$!"
(
    cd "$run" || exit 1
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj "/CN=ca" -days 30 -out ca.crt
    openssl req -newkey rsa:2048 -nodes -keyout good.key -subj "/CN=good" -out good.csr
    echo "subjectAltName=IP:127.0.0.1,DNS:$name" >good.ext
    openssl x509 -req -in good.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile good.ext -out good.crt
    cat good.key good.crt >good.pem
) >"$run/openssl.log" 2>&1

echo faults >"$run/community"
chmod 0600 "$run/community"
for channel in $channels; do
    mkdir -p "$run/$channel/accepted"
    cp "$run/good.pem" "$run/$channel/"
    echo ok >"$run/$channel/mode"
    port=$(free_port)
    eval "${channel}_port=$port"
    tail -f /dev/null | "$python" "$source/tests/fault/answers.py" "$channel" "$port" "$run/$channel" 2>>"$run/python.log" &
    started "$!"
done
destinations() { # prefix, host
    # A worker of their own is what mail destinations have: here they share one, too.
    cat <<CONF
    { name = "$1_smtp"; channel = "mail"; worker = "one"; host = "$2:$smtp_port"; tls = "starttls"; ca_file = "$run/ca.crt"; from = "hashimori@example.net"; to = ( "ops@example.net" ); timeout = "3s"; },
    { name = "$1_syslog"; channel = "syslog"; transport = "tls"; host = "$2:$syslog_port"; ca_file = "$run/ca.crt"; timeout = "3s"; },
    { name = "$1_snmp"; channel = "snmp"; host = "$2:$snmp_port"; community_file = "$run/community"; timeout = "500ms"; },
    { name = "$1_http"; channel = "webhook"; url = "https://$2:$http_port/"; ca_file = "$run/ca.crt"; timeout = "3s"; }
CONF
}
start() { # side, destinations
    mkdir "$run/$1" "$run/$1.state"
    chmod 0700 "$run/$1.state"
    cat >"$run/$1.conf" <<CONF
agent = { host = "names"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/$1.state"; runtime_dir = "$run/$1"; plugin_dir = "$build/plugins"; };
watch = ( { subject = "disk"; plugin = "disk"; mounts = ( "/" ); } );
destinations = ( $2 );
routes = ( { to = ( "known_snmp" ); } );
CONF
    "$build/agent/main/hashimorid" -c "$run/$1.conf" 2>"$run/$1.log" &
    started "$!"
    wait_for 30 ask "$1" status
}
ask() { # side, command..
    at=$1
    shift
    "$build/agent/ctl/hashimori" --config "$run/$at.conf" --socket "$run/$at/control.sock" --lang en "$@"
}
waits() { # side, destination
    ask "$1" notify outbox --destination "$2" --json | grep -c '"key"'
}
empty() {
    [ "$(waits "$1" "$2")" -eq 0 ]
}
drill() { # side, channel
    sequence=$(ask "$1" notify test "known_$2" --json | sed -n 's/.*"sequence": *\([0-9]*\).*/\1/p')
    echo "$1 $2 $sequence" >>"$run/drills"
    wait_for 10 empty "$1" "known_$2"
}
spans() { # side, channel: "MEDIAN LONGEST" in ms
    ask "$1" ledger export | sed -n 's/.*"boot_ms":\([0-9]*\),"kind":"notice".*"sequence":"\([0-9]*\)".*/n \2 \1/p
        s/.*"boot_ms":\([0-9]*\),"kind":"receipt".*"sequence":"\([0-9]*\)".*/r \2 \1/p' >"$run/rows"
    awk -v want="$1 $2" 'FNR == 1 { file++ }
        file == 1 { if ($1 " " $2 == want) wanted[$3] = 1; next }
        $1 == "n" { began[$2] = $3 }
        $1 == "r" && $2 in wanted { print $3 - began[$2] }' "$run/drills" "$run/rows" | sort -n |
        awk '{ ms[NR] = $1 } END { print NR ? ms[int((NR + 1) / 2)] " " ms[NR] : "0 999999" }'
}
all_wait() {
    for channel in $channels; do
        [ "$(waits named "named_$channel")" -eq 1 ] || return 1
    done
}
all_came() {
    for channel in $channels; do
        empty named "named_$channel" || return 1
    done
}

: >"$run/drills"
start alone "$(destinations known 127.0.0.1)"
start named "$(destinations known 127.0.0.1), $(destinations named "$name")"
for channel in $channels; do
    drill alone "$channel" && drill named "$channel" # connections stand
done
: >"$run/drills"
for channel in $channels; do
    ask named notify test "named_$channel" >/dev/null
done
for _ in $(seq "$count"); do
    for channel in $channels; do
        drill alone "$channel"
        drill named "$channel"
    done
done
ok_if "what is for a name that is not found waits" all_wait
row=
for channel in $channels; do
    # shellcheck disable=SC2046 # words
    set -- $(spans alone "$channel") $(spans named "$channel")
    # The resolver gives up after 10 s, an attempt after 3 s; nobody waits for that.
    ok_if "$channel: the same worker's other receiver is told as soon as without: median $3 ms (at most $4), $1 ms ($2)" \
        test "$3" -le $((2 * $1 + 10)) -a "$4" -lt 2500
    row="$row${row:+; }$channel: median $3 ms (at most $4), without it $1 ms ($2)"
done
echo "127.0.0.1 localhost $name" >"$run/hosts"
ok_if "once the name is known what waited for it comes" wait_for 120 all_came
ok_if "no worker was restarted" test "$(cat "$run"/*.log | grep -c 'started again')" -eq 0
echo "1..$test_number"
echo "# row|a name server that never answers, for one of two receivers of each channel's worker (\`tests/fault/names.sh\`)|$count drills each|$row"
