#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# answers.sh: mail, webhook, syslog (TLS) and SNMP receivers (of informs) that are absent or answer wrongly, in every way of answers.py; then they are well again.
# Counts, from the ledger and from what the receivers own: lost, taken for accepted though it was not, and whether another
# destination was told in the meantime. ROUNDS=all, or a number of ways drawn by SEED. TAP; "# row|" lines are for table.sh.
# shellcheck disable=SC2154,SC1091  # make check gives top_srcdir and top_builddir
set -u
build=$(cd "${top_builddir:-.}" && pwd)
source=$(cd "${top_srcdir:-.}" && pwd)
python=$(command -v python3) && "$python" -c 'import ssl' 2>/dev/null && command -v openssl >/dev/null || {
    echo "1..0 # SKIP python3 and openssl are needed"
    exit 0
}
run=$(mktemp -d "$build/answers.XXXXXX") || exit 99
. "$source/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
seed=${SEED:-$(date +%j)}

http_ways="absent 500 429 503_no_length garbage half_status half_head half_length 100_only hang reset slow cert_expired cert_name cert_unknown"
syslog_ways="absent hang reset closed closed_after_handshake garbage slow cert_expired cert_name cert_unknown"
snmp_ways="absent silent other_request other_community other_sender error report echo half garbage slow"
smtp_ways="absent greeting_421 garbage hang mail_451 rcpt_450 one_450 data_452 lost_reply hang_after_dot half_reply slow no_starttls cert_expired cert_name cert_unknown"

# ---- certificates ----
(
    cd "$run" || exit 1
    mkdir http smtp syslog snmp beside http/accepted smtp/accepted syslog/accepted snmp/accepted beside/accepted
    subject() { # name, days, SAN, CA
        openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -subj "/CN=$1" -out "$1.csr"
        printf 'subjectAltName=%s\n' "$3" >"$1.ext"
        openssl x509 -req -in "$1.csr" -CA "$4.crt" -CAkey "$4.key" -CAcreateserial -days "$2" -extfile "$1.ext" -out "$1.crt"
        cat "$1.key" "$1.crt" >"$1.pem"
        cp "$1.pem" http/
        cp "$1.pem" smtp/
        cp "$1.pem" syslog/
    }
    for ca in ca other; do
        openssl req -x509 -newkey rsa:2048 -nodes -keyout "$ca.key" -subj "/CN=$ca" -days 30 -out "$ca.crt"
    done
    subject good 30 IP:127.0.0.1,DNS:localhost ca
    subject expired -1 IP:127.0.0.1,DNS:localhost ca
    subject name 30 DNS:elsewhere.example.net ca
    subject unknown 30 IP:127.0.0.1,DNS:localhost other
) >"$run/openssl.log" 2>&1 || {
    echo "Bail out! no certificates"
    cat "$run/openssl.log"
    exit 99
}

http_port=$(free_port)
smtp_port=$(free_port)
while [ "$smtp_port" -eq "$http_port" ]; do smtp_port=$(free_port); done
# shellcheck disable=SC2034 # by receiver
syslog_port=$((smtp_port + 1 == http_port ? smtp_port + 2 : smtp_port + 1))
snmp_port=$(free_port)
# shellcheck disable=SC2034 # by receiver
beside_port=$(free_port)
echo faults >"$run/community"
chmod 0600 "$run/community"
mkdir "$run/state" "$run/run"
chmod 0700 "$run/state"
# shellcheck disable=SC2016 # the script's own
printf '#!/bin/sh\n{ cat; echo; } >>"%s/other"\n' "$run" >"$run/tell"
chmod 0755 "$run/tell"
cat >"$run/h.conf" <<CONF
agent = { host = "renkei01"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/run"; plugin_dir = "$build/plugins"; };
watch = ( { subject = "disk"; plugin = "disk"; mounts = ( "/" ); } );
destinations = (
    { name = "other"; channel = "exec"; command = ( "$run/tell" ); },
    { name = "smtp"; channel = "mail"; host = "127.0.0.1:$smtp_port"; tls = "starttls"; ca_file = "$run/ca.crt"; timeout = "3s"; deadline = "8s";
      from = "hashimori@example.net"; to = ( "first@example.net", "second@example.net" ); },
    { name = "syslog"; channel = "syslog"; transport = "tls"; host = "127.0.0.1:$syslog_port"; ca_file = "$run/ca.crt"; timeout = "3s"; deadline = "8s"; },
    { name = "snmp"; channel = "snmp"; host = "127.0.0.1:$snmp_port"; community_file = "$run/community"; timeout = "500ms"; retries = 1; deadline = "8s"; },
    { name = "beside"; channel = "snmp"; host = "127.0.0.1:$beside_port"; community_file = "$run/community"; timeout = "5s"; },
    { name = "http"; channel = "webhook"; url = "https://127.0.0.1:$http_port/"; ca_file = "$run/ca.crt"; timeout = "3s"; deadline = "8s"; } );
routes = ( { to = ( "other" ); } );
CONF

ask() {
    "$build/agent/ctl/hashimori" --config "$run/h.conf" --socket "$run/run/control.sock" --lang en "$@"
}
receiver() { # http|smtp: starts it, or ends it when the mode is absent
    eval "pid=\${$1_pid:-}"
    if [ "$(cat "$run/$1/mode")" = absent ]; then
        [ -z "$pid" ] || stop "$pid"
        eval "$1_pid="
    elif [ -z "$pid" ]; then
        eval "port=\${$1_port}"
        kind=$1
        [ "$kind" != beside ] || kind=snmp
        tail -f /dev/null | "$python" "$source/tests/fault/answers.py" "$kind" "$port" "$run/$1" 2>>"$run/python.log" &
        eval "$1_pid=$!"
        started "$!"
    fi
}
mode() { # http|smtp, way
    : >"$run/$1/seen"
    echo "$2" >"$run/$1/mode"
    # A connection that stands is closed first: what went out by it would be sent, which is all that syslog can say.
    if [ "$1" = syslog ]; then
        wait_for 2 test -s "$run/syslog/seen" || true
        : >"$run/syslog/seen"
    fi
    receiver "$1"
}
owned() { # http|smtp: the keys that it has answered with 2xx
    find "$run/$1/accepted" -type f ! -name '*.new' -exec sh -c 'cat "$1"; echo' sh {} \; | tr -d '\r' | sed -n 's/^X-Hashimori-Key: //p; s/.*"key":"\([A-Z2-7]*\)".*/\1/p' | sort -u
}
waits() { # destination
    ask notify outbox --destination "$1" --json | grep -c '"key"'
}
tried() { # http|smtp: under this mode, and the daemon knows that it failed
    case $(cat "$run/$1/mode") in
    absent) ask notify outbox --destination "$1" --json | grep -q '"attempts": [1-9]' ;;
    slow) [ -s "$run/$1/seen" ] || [ "$(waits "$1")" -eq 0 ] ;;
    *) [ -s "$run/$1/seen" ] && { ask notify outbox --destination "$1" --json | grep -q '"attempts": [1-9]'; } ;;
    esac
}
empty() {
    [ "$(waits "$1")" -eq 0 ]
}
owns() { # destination, notices
    [ "$(owned "$1" | wc -l)" -eq "$2" ]
}
other_told() {
    [ "$(grep -c '"kind":"test"' "$run/other" 2>/dev/null)" -ge "$1" ]
}

draw() { # ways: ROUNDS of them, by SEED
    if [ "${ROUNDS:-3}" = all ]; then
        echo "$1"
    else
        # shellcheck disable=SC2086 # words
        printf '%s\n' $1 | awk -v seed="$seed" 'BEGIN { srand(seed) } { print rand(), $0 }' | sort -n | head -n "${ROUNDS:-3}" | cut -d' ' -f2
    fi
}

echo ok >"$run/http/mode"
echo ok >"$run/smtp/mode"
echo ok >"$run/syslog/mode"
echo ok >"$run/snmp/mode"
echo ok >"$run/beside/mode"
for name in http smtp syslog snmp beside; do
    receiver "$name"
done
"$build/agent/main/hashimorid" -c "$run/h.conf" 2>"$run/log" &
started "$!"
wait_for 30 ask status
http_sent=0
smtp_sent=0
syslog_sent=0
snmp_sent=0
others=0
besides=0
number=0
worst=0
for name in ${NAMES:-http smtp syslog snmp}; do
    eval "ways=\$${name}_ways"
    for way in $(draw "$ways"); do
        number=$((number + 1))
        problem=
        mode "$name" "$way"
        ask notify test "$name" >>"$run/ask.log" 2>&1
        eval "${name}_sent=\$((${name}_sent + 1))"
        wait_for 40 tried "$name" || problem="no attempt was made"
        begin=$(now_ms)
        ask notify test other >>"$run/ask.log" 2>&1
        others=$((others + 1))
        wait_for 10 other_told "$others" || problem="$problem; another destination waited"
        # The same worker serves both SNMP destinations: a receiver that is dead holds up no other.
        if [ "$name" = snmp ]; then
            ask notify test beside >>"$run/ask.log" 2>&1
            besides=$((besides + 1))
            wait_for 10 owns beside "$besides" || problem="$problem; another receiver of the same worker waited"
        fi
        took=$(($(now_ms) - begin))
        [ "$took" -le "$worst" ] || worst=$took
        # Nothing may be taken for accepted that the receiver does not own.
        eval "sent=\$${name}_sent"
        # Syslog by a receiver that reads slowly is sent: it has no better word, and comes again when the connection breaks.
        [ "$name $way" = "syslog slow" ] || [ $((sent - $(waits "$name"))) -le "$(owned "$name" | wc -l)" ] ||
            problem="$problem; taken for accepted"
        mode "$name" ok
        wait_for 90 empty "$name" || problem="$problem; still waits"
        wait_for 90 owns "$name" "$sent" || problem="$problem; lost: $(owned "$name" | wc -l) of $sent are there"
        if [ -z "$problem" ]; then
            echo "ok $number - $name receiver, $way: kept, not taken for accepted, delivered when it was well again"
        else
            echo "not ok $number - $name receiver, $way: ${problem#; }"
            tail -n 5 "$run/log" "$run/python.log" "$run/ask.log" | sed 's/^/# /'
        fi
    done
    eval "sent=\$${name}_sent"
    echo "# row|$name receiver absent, refusing, slow, hanging, cutting its answers, with wrong certificates|$sent|$((sent - $(owned "$name" | wc -l))) lost, another destination told within $worst ms"
done
echo "1..$number"
