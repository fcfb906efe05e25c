#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A record that quotes what must not leave the host goes the whole way: by every channel to real receivers, to the
# rows of the SNMP face, reports, exports and the daemon's log. Nobody sees any of it; the ledger holds all of it.
# shellcheck disable=SC1091,SC1111  # lib.sh is found by make check's top_srcdir; curly quotation marks are meant
set -u
build=$(cd "${top_builddir:-.}" && pwd)
source=$(cd "${top_srcdir:-.}" && pwd)
PATH=$PATH:/usr/sbin:/sbin
for tool in python3 openssl rsyslogd snmptrapd snmpwalk; do
    command -v "$tool" >/dev/null || { echo "1..0 # SKIP $tool is not installed"; exit 0; }
done
run=$(mktemp -d "$build/tests/redact.XXXXXX") || exit 99
. "$source/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
LC_ALL=C.UTF-8
export LC_ALL
smtp_port=$(free_port)
syslog_port=$(free_port)
trap_port=$(free_port)
http_port=$(free_port)
face_port=$(free_port)

# What must not be seen.
cat >"$run/secrets" <<'SECRETS'
123456789012
１２３４５６７８９０１２
1234-5678-9012
00012345
１２３
山田
太郎
鈴木
佐藤
高橋
田中
伊藤
渡辺
中村
7654321
SECRETS
# A trap holds 255 bytes of text.
numbers="E JOB-7 個人番号 123456789012 と１２３４５６７８９０１２、1234-5678-9012 宛名番号=00012345 \
値 '山田 太郎' \"鈴木\" 「佐藤」『高橋』 \`田中' “伊藤” ‘中村’"
values="E JOB-6 宛名番号=00012345 can't use '１２３' Key (kojin_id)=(7654321) of 'ZEI-0012.csv', 閉じない '渡辺"

# ---- receivers ----
mkdir "$run/state" "$run/run" "$run/rs" "$run/trapd" "$run/http" "$run/http/accepted" "$run/mail" "$run/seen"
chmod 0700 "$run/state"
cat >"$run/rs/conf" <<CONF
global(workDirectory="$run/rs" maxMessageSize="64k")
module(load="imtcp")
input(type="imtcp" port="$syslog_port" address="127.0.0.1")
template(name="raw" type="string" string="%rawmsg%\\n")
action(type="omfile" file="$run/rs/got" template="raw" flushOnTXEnd="on")
CONF
rsyslogd -n -f "$run/rs/conf" -i "$run/rs/pid" >"$run/rs/out" 2>&1 &
started "$!"
printf 'authCommunity log redact\nformat2 %%v\\n\n' >"$run/trapd/snmptrapd.conf"
MIBS='' SNMPCONFPATH=$run/trapd SNMP_PERSISTENT_DIR=$run/trapd snmptrapd -f -On -Ox -Lf "$run/trapd/got" -p "$run/trapd/pid" \
    "udp:127.0.0.1:$trap_port" >"$run/trapd/out" 2>&1 &
started "$!"
: >"$run/mail/later"
python3 "$source/tests/system/smtp_peer.py" "$smtp_port" "$run/mail" 2>"$run/mail.log" &
started "$!"
(
    cd "$run/http" || exit 1
    printf 'subjectAltName=IP:127.0.0.1\n' >ext
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj /CN=ca -days 30 -out ca.crt
    openssl req -newkey rsa:2048 -nodes -keyout good.key -subj /CN=good -out good.csr
    openssl x509 -req -in good.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile ext -out good.crt
    cat good.key good.crt >good.pem
    echo ok >mode
) >"$run/openssl.log" 2>&1
mkfifo "$run/http/open"
python3 "$source/tests/fault/answers.py" http "$http_port" "$run/http" <"$run/http/open" 2>"$run/http.log" &
started "$!"
exec 9>"$run/http/open"
# shellcheck disable=SC2016  # the script's own
printf '#!/bin/sh\n{ cat; echo; } >>"%s/exec"\n' "$run" >"$run/tell"
chmod 0755 "$run/tell"
echo redact >"$run/community"
chmod 0600 "$run/community"
: >"$run/linkage.log"

cat >"$run/h.conf" <<CONF
agent = { host = "renkei01"; timezone = "Asia/Tokyo"; language = "ja"; state_dir = "$run/state"; runtime_dir = "$run/run"; plugin_dir = "$build/plugins";
          redact = { patterns = ( "宛名番号=\\\\K\\\\d+" ); }; };
watch = ( { subject = "log"; plugin = "linklog"; path = "$run/linkage.log"; start = "begin";
            patterns = ( { kind = "failure"; pattern = "^E (?<job>JOB-[0-9]+) .*宛名番号=(?<who>[0-9]+)"; } );
            rules = ( { metric = "failure"; event = "critical"; key = ( "job", "who" ); } ); } );
destinations = (
    { name = "nms"; channel = "snmp"; host = "127.0.0.1:$trap_port"; community_file = "$run/community"; inform = true; },
    { name = "syslog"; channel = "syslog"; transport = "tcp"; host = "127.0.0.1:$syslog_port"; },
    { name = "mail"; channel = "mail"; host = "127.0.0.1:$smtp_port"; tls = "none"; from = "hashimori@example.net"; to = ( "ops@example.net" ); },
    { name = "desk"; channel = "webhook"; url = "https://127.0.0.1:$http_port/"; ca_file = "$run/http/ca.crt"; },
    { name = "pager"; channel = "exec"; command = ( "$run/tell" ); accepts = true; } );
routes = ( { to = ( "nms", "syslog", "mail", "desk", "pager" ); } );
faces = ( { name = "agent"; face = "snmp"; mode = "standalone"; listen = "udp:127.0.0.1:$face_port"; community_file = "$run/community"; } );
CONF

ask() {
    "$build/agent/ctl/hashimori" --config "$run/h.conf" --socket "$run/run/control.sock" --lang ja "$@"
}
# What each has got so far, decoded, in $run/seen.
look() {
    seen() { # name, kind, files
        name=$1
        shift
        python3 "$source/tests/system/redact_seen.py" "$@" >"$run/seen/$name" 2>"$run/seen.err" || : >"$run/seen/$name"
    }
    seen snmp hex "$run/trapd/got"
    seen syslog text "$run/rs/got"
    seen mail mail "$run"/mail/mail.*
    seen webhook json "$run"/http/accepted/??????
    seen exec json "$run/exec"
    MIBS='' snmpwalk -v2c -c redact -t 1 -r 2 -Ox -On "127.0.0.1:$face_port" .1.3.6.1.4.1.8072.9999.9999.8847 >"$run/walk" 2>&1
    seen face hex "$run/walk"
}
everywhere_but() { # words, name that need not have it
    look
    for receiver in snmp syslog mail webhook exec face; do
        [ "$receiver" = "$2" ] || grep -qF -- "$1" "$run/seen/$receiver" || {
            echo "$receiver has not: $1"
            grep -a JOB "$run/seen/$receiver"
            return 1
        }
    done
}
everywhere() {
    everywhere_but "$1" -
}
has_none() { # files
    found=0
    for file in "$@"; do
        [ -s "$file" ] || { echo "$file is empty"; found=1; }
        grep -nF -f "$run/secrets" "$file" && found=1
    done
    return "$found"
}
has_all() { # file
    while read -r secret; do
        grep -qF -- "$secret" "$1" || { echo "not in $1: $secret"; return 1; }
    done <"$run/secrets"
}
shows_none() {
    ask "$@" >"$run/shown" || return 1
    has_none "$run/shown"
}
shows_all() {
    ask "$@" >"$run/shown" || return 1
    has_all "$run/shown"
}
exits() { # code, arguments
    wanted=$1
    shift
    ask "$@"
    [ "$?" -eq "$wanted" ]
}
says_why() {
    ask ledger verify "$run/export.jsonl"
    ask ledger verify "$run/export.jsonl" | grep -q 'ledger export --full'
}
refused_with_its_place() {
    sed 's/宛名番号=/(/' "$run/h.conf" >"$run/bad.conf"
    "$build/agent/main/hashimorid" -t -c "$run/bad.conf" >"$run/bad.out" 2>&1
    got=$?
    cat "$run/bad.out"
    [ "$got" -eq 1 ] && grep -q 'bad.conf:2: .*missing closing parenthesis' "$run/bad.out"
}
hides_more() {
    sed -i 's/redact = { patterns = (/redact = { patterns = ( "番号札[A-Z]+",/' "$run/h.conf"
    ask reload && ask config show --json | grep -q '番号札'
}
# The rows of incidents are made anew; those of notices stand as they were told.
hidden_in_incidents() {
    MIBS='' snmpwalk -v2c -c redact -t 1 -r 2 -Ox -On "127.0.0.1:$face_port" .1.3.6.1.4.1.8072.9999.9999.8847.1.6 >"$run/walk" 2>&1
    python3 "$source/tests/system/redact_seen.py" hex "$run/walk" | grep -aqF 'JOB-8 *** '
}

plan 23
ok_if "a pattern that is none is refused with file and line" refused_with_its_place
for pid in rs/pid trapd/pid mail/ready; do
    wait_for 30 test -e "$run/$pid"
done
"$build/agent/main/hashimorid" -c "$run/h.conf" 2>"$run/log" &
started "$!"
wait_for 30 ask status || {
    sed 's/^/# /' "$run/log"
    echo "Bail out! the daemon does not answer"
    exit 99
}
printf '%s\n' "$numbers" "$values" >>"$run/linkage.log"
ok_if "a record reaches every receiver and the face" wait_for 30 everywhere JOB-7
ok_if "another one, too" wait_for 30 everywhere JOB-6
ok_if "an individual number is seen to be hidden" everywhere '個人番号 ************ '
ok_if "in full width too" everywhere 'と＊＊＊＊＊＊＊＊＊＊＊＊、****-****-****'
ok_if "so is what the site's pattern looks for" everywhere '宛名番号=*** '
ok_if "so are quotations" everywhere "値 '***' \"***\" 「***」『***』 \`***' “***” ‘***’"
ok_if "so are the values of a database, and the name of a file is not" everywhere "can't use '***' Key (kojin_id)=(***) of 'ZEI-0012.csv', 閉じない '***"
ok_if "nothing of it is at any receiver" has_none "$run"/seen/*
ok_if "nor in the incident report" shows_none incident report 1 --form shogai
ok_if "nor in the daemon's log" has_none "$run/log"
ok_if "who asks on the host is shown all of it" shows_all incident list --json
ok_if "an export has nothing of it" shows_none ledger export
cp "$run/shown" "$run/export.jsonl"
ok_if "in full it has all of it" shows_all ledger export --full
cp "$run/shown" "$run/full.jsonl"
ok_if "which proves itself" exits 0 ledger verify "$run/full.jsonl"
ok_if "the other does not" exits 1 ledger verify "$run/export.jsonl"
ok_if "and says how to get one that does" says_why

echo "E JOB-8 番号札ABC 宛名番号=1" >>"$run/linkage.log"
ok_if "what no rule hides is told" wait_for 30 everywhere '番号札ABC'
ok_if "another configuration is taken over while it runs" hides_more
echo '番号札XYZ' >"$run/secrets"
echo "E JOB-9 番号札XYZ 宛名番号=1" >>"$run/linkage.log"
ok_if "the incident that stands in the face is hidden by it" wait_for 30 hidden_in_incidents
ok_if "it holds for what is told from then on" wait_for 30 everywhere 'JOB-9 *** '
look
ok_if "at every receiver" has_none "$run"/seen/*
ok_if "the ledger is sound" exits 0 ledger verify
