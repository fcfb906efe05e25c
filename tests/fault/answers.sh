#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# answers.sh: mail, webhook, syslog (TLS) and SNMP receivers (of informs) that are absent or answer wrongly, in every way of answers.py; then they are well again.
# Counts, from the ledger and from what the receivers own: lost, and taken for accepted though it was not. And what others
# pay for it: DRILLS (5) for each way, to a command and to a second receiver that the same worker serves, while all are well
# and while one is not; how long each took from its row in the ledger to its receipt's, side by side.
# ROUNDS=all, or a number of ways drawn by SEED. TAP; "# row|" lines are for table.sh.
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
count=${DRILLS:-5}

http_ways="absent 500 429 503_no_length garbage half_status half_head half_length 100_only hang reset slow cert_expired cert_name cert_unknown"
syslog_ways="absent hang reset closed closed_after_handshake garbage slow cert_expired cert_name cert_unknown"
snmp_ways="absent silent other_request other_community other_sender error report echo half garbage slow"
smtp_ways="absent greeting_421 garbage hang mail_451 rcpt_450 one_450 data_452 lost_reply hang_after_dot half_reply slow no_starttls cert_expired cert_name cert_unknown"

# ---- certificates ----
(
    cd "$run" || exit 1
    for name in http smtp syslog snmp; do mkdir -p "$name/accepted" "beside_$name/accepted"; done
    subject() { # name, days, SAN, CA
        openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -subj "/CN=$1" -out "$1.csr"
        printf 'subjectAltName=%s\n' "$3" >"$1.ext"
        openssl x509 -req -in "$1.csr" -CA "$4.crt" -CAkey "$4.key" -CAcreateserial -days "$2" -extfile "$1.ext" -out "$1.crt"
        cat "$1.key" "$1.crt" >"$1.pem"
        for name in http smtp syslog; do cp "$1.pem" "$name/" && cp "$1.pem" "beside_$name/"; done
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

# Ports that differ: http_port, beside_http_port ..
ports=
for name in http smtp syslog snmp beside_http beside_smtp beside_syslog beside_snmp; do
    while port=$(free_port) && case " $ports " in *" $port "*) true ;; *) false ;; esac do :; done
    ports="$ports $port"
    eval "${name}_port=$port"
done
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
    { name = "other"; channel = "exec"; command = ( "$run/tell" ); brake = 0; }
CONF
# shellcheck disable=SC2154 # ports
for beside in "" beside_; do
    eval "http=\$${beside}http_port smtp=\$${beside}smtp_port syslog=\$${beside}syslog_port snmp=\$${beside}snmp_port"
    cat >>"$run/h.conf" <<CONF
    , { name = "${beside}smtp"; channel = "mail"; host = "127.0.0.1:$smtp"; tls = "starttls"; ca_file = "$run/ca.crt"; timeout = "3s"; deadline = "8s"; brake = 0;
      from = "hashimori@example.net"; to = ( "first@example.net", "second@example.net" ); }
    , { name = "${beside}syslog"; channel = "syslog"; transport = "tls"; host = "127.0.0.1:$syslog"; ca_file = "$run/ca.crt"; timeout = "3s"; deadline = "8s"; brake = 0; }
    , { name = "${beside}snmp"; channel = "snmp"; host = "127.0.0.1:$snmp"; community_file = "$run/community"; timeout = "500ms"; retries = 1; deadline = "8s"; brake = 0; }
    , { name = "${beside}http"; channel = "webhook"; url = "https://127.0.0.1:$http/"; ca_file = "$run/ca.crt"; timeout = "3s"; deadline = "8s"; brake = 0; }
CONF
done
cat >>"$run/h.conf" <<CONF
    );
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
        tail -f /dev/null | "$python" "$source/tests/fault/answers.py" "${1#beside_}" "$port" "$run/$1" 2>>"$run/python.log" &
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
    find "$run/$1/accepted" -type f ! -name '*.new' -exec awk 1 {} + | tr -d '\r' | sed -n 's/^X-Hashimori-Key: //p; s/.*"key":"\([A-Z2-7]*\)".*/\1/p' | sort -u
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
# drill DESTINATION STATE: one, noted with the way that is measured; returns when its receipt is in the ledger.
drill() {
    sequence=$(ask notify test "$1" --json | sed -n 's/.*"sequence": *\([0-9]*\).*/\1/p')
    echo "$name $2 ${1%%_*} $sequence $way" >>"$run/drills"
    wait_for 10 empty "$1"
}
# measure STATE COUNT
measure() {
    for _ in $(seq "$2"); do
        drill other "$1" && drill "beside_$name" "$1" || return 1
    done
}
# spans NAME STATE WHO: "MEDIAN LONGEST WAY" of those drills, in ms, and the way of the longest.
spans() {
    awk -v want="$1 $2 $3" 'FNR == 1 { file++ }
        file == 1 { if ($1 " " $2 " " $3 == want) way[$4] = $5; next }
        $1 == "n" { began[$2] = $3 }
        $1 == "r" && $2 in way { print $3 - began[$2], way[$2] }' "$run/drills" "$run/rows" | sort -n |
        awk '{ ms[NR] = $1; way = $2 } END { print NR ? ms[int((NR + 1) / 2)] " " ms[NR] " " way : "- - -" }'
}

draw() { # ways: ROUNDS of them, by SEED
    if [ "${ROUNDS:-3}" = all ]; then
        echo "$1"
    else
        # shellcheck disable=SC2086 # words
        printf '%s\n' $1 | awk -v seed="$seed" 'BEGIN { srand(seed) } { print rand(), $0 }' | sort -n | head -n "${ROUNDS:-3}" | cut -d' ' -f2
    fi
}

for name in http smtp syslog snmp beside_http beside_smtp beside_syslog beside_snmp; do
    echo ok >"$run/$name/mode"
    receiver "$name"
done
"$build/agent/main/hashimorid" -c "$run/h.conf" 2>"$run/log" &
started "$!"
wait_for 30 ask status
http_sent=0
smtp_sent=0
syslog_sent=0
snmp_sent=0
number=0
: >"$run/drills"
for name in ${NAMES:-http smtp syslog snmp}; do
    eval "ways=\$${name}_ways"
    for way in $(draw "$ways"); do
        number=$((number + 1))
        problem=
        measure well "$count" || problem="nobody is told while all are well"
        mode "$name" "$way"
        ask notify test "$name" >>"$run/ask.log" 2>&1
        eval "${name}_sent=\$((${name}_sent + 1))"
        # While the first attempt may still be under way, and after it.
        measure bad $((count / 2 + 1)) || problem="$problem; another destination waited"
        wait_for 40 tried "$name" || problem="no attempt was made"
        measure bad $((count - count / 2 - 1)) || problem="$problem; another destination waited"
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
    ask ledger export | sed -n 's/.*"boot_ms":\([0-9]*\),"kind":"notice".*"sequence":"\([0-9]*\)".*/n \2 \1/p
        s/.*"boot_ms":\([0-9]*\),"kind":"receipt".*"sequence":"\([0-9]*\)".*/r \2 \1/p' >"$run/rows"
    told=
    number=$((number + 1))
    is_sooner=ok
    for who in other beside; do
        # shellcheck disable=SC2046 # words
        set -- $(spans "$name" well "$who") $(spans "$name" bad "$who")
        # The medians of the same run, the same load: twice as much and some milliseconds are noise on a busy machine. And
        # nobody waits out the time-out of another, which is 3 s, of informs 1 s.
        [ "$1" != - ] && [ "$4" != - ] && [ "$4" -le $((2 * $1 + 10)) ] && [ "$5" -lt 900 ] || is_sooner="not ok"
        told="$told; $who: median $4 ms (at most $5), $1 ms ($2) while all were well"
        echo "# $name: $who: longest $5 ms under $6, $2 ms before $3"
    done
    echo "$is_sooner $number - $name receiver: no other destination, of another worker or the same, is told later for it${told}"
    echo "# row|$name receiver absent, refusing, slow, hanging, cutting its answers, with wrong certificates|$sent|$((sent - $(owned "$name" | wc -l))) lost$told"
done
echo "1..$number"
