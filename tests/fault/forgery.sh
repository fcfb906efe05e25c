#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# forgery.sh: log records with header lines, SMTP commands, quotes, control and escape sequences, half characters and shell syntax go the whole
# way, from a watched log to mail, webhook and command, and are parsed back by parsers that are not ours. Nothing may be forged, lost or
# doubled. RECORDS (40), SEED (the day). TAP; the "# row|" line is for table.sh.
# shellcheck disable=SC2154,SC1091  # make check gives top_srcdir and top_builddir
set -u
build=$(cd "${top_builddir:-.}" && pwd)
source=$(cd "${top_srcdir:-.}" && pwd)
python=$(command -v python3) && "$python" -c 'import email, json' 2>/dev/null || {
    echo "1..0 # SKIP python3 is needed"
    exit 0
}
run=$(mktemp -d "$build/forgery.XXXXXX") || exit 99
. "$source/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
records=${RECORDS:-40}
seed=${SEED:-$(date +%j)}
http_port=$(free_port)
smtp_port=$(free_port)
while [ "$smtp_port" -eq "$http_port" ]; do smtp_port=$(free_port); done

mkdir "$run/state" "$run/run" "$run/http" "$run/http/accepted" "$run/mx" "$run/mx/accepted" "$run/out" "$run/out/sendmail" "$run/out/exec"
ln -s "$run/http/accepted" "$run/out/webhook"
ln -s "$run/mx/accepted" "$run/out/smtp"
chmod 0700 "$run/state"
echo plain >"$run/http/mode"
echo no_starttls >"$run/mx/mode"
# What a command is started with says nothing of the notice.
for kind in sendmail exec; do
    # shellcheck disable=SC2016 # the script's own
    printf '#!/bin/sh\necho "$# $*" >>"%s/%s.args"\nenv | grep -vE "^(PATH|LANG|TZ|PWD|_|SHLVL)=" >>"%s/%s.env"\nt=$(mktemp "%s/new.XXXXXX") && cat >"$t" && mv "$t" "%s/out/%s/"\n' \
        "$run" "$kind" "$run" "$kind" "$run" "$run" "$kind" >"$run/$kind"
    chmod 0755 "$run/$kind"
done
cat >"$run/h.conf" <<CONF
# What is hidden could forge nothing: all of it goes out here.
agent = { host = "renkei01"; timezone = "Asia/Tokyo"; language = "ja"; redact = { numbers = false; quoted = false; }; state_dir = "$run/state"; runtime_dir = "$run/run"; plugin_dir = "$build/plugins"; };
watch = ( { subject = "log"; plugin = "linklog"; path = "$run/linkage.log"; start = "begin"; head = "^FAIL "; flush = "1s";
            patterns = ( { kind = "failure"; pattern = "^FAIL (?<job>k[0-9]+)"; } ); rules = ( { metric = "failure"; event = "critical"; key = ( "job" ); } ); } );
destinations = (
    { name = "exec"; channel = "exec"; command = ( "$run/exec", "fixed" ); window = 8; brake = 0; },
    { name = "sendmail"; channel = "mail"; transport = "sendmail"; path = "$run/sendmail"; from = "hashimori@example.net"; to = ( "ops@example.net" ); window = 8; brake = 0; },
    { name = "smtp"; channel = "mail"; host = "127.0.0.1:$smtp_port"; tls = "none"; from = "hashimori@example.net"; to = ( "ops@example.net" ); window = 8; brake = 0; },
    { name = "webhook"; channel = "webhook"; url = "http://127.0.0.1:$http_port/"; allow_http = true; window = 8; brake = 0; } );
routes = ( { when = { severity = "critical"; }; to = ( "exec", "sendmail", "smtp", "webhook" ); } );
CONF
tail -f /dev/null | "$python" "$source/tests/fault/answers.py" http "$http_port" "$run/http" 2>>"$run/python.log" &
started "$!"
tail -f /dev/null | "$python" "$source/tests/fault/answers.py" smtp "$smtp_port" "$run/mx" 2>>"$run/python.log" &
started "$!"
"$python" "$source/tests/fault/forgery.py" write "$records" "$seed" >"$run/linkage.log"
"$build/agent/main/hashimorid" -c "$run/h.conf" 2>"$run/log" &
started "$!"

ask() {
    "$build/agent/ctl/hashimori" --config "$run/h.conf" --socket "$run/run/control.sock" --lang en "$@"
}
all_told() {
    [ "$(ask status --json | sed -n 's/.*"accepted": //p; s/.*"sent": //p' | tr -dc '0-9\n' | awk '{ n += $1 } END { print n + 0 }')" -ge $((4 * records)) ] &&
        [ "$(ask notify outbox --json | grep -c '"key"')" -eq 0 ]
}
only() { # file, line: that and nothing else
    [ "$(sort -u "$1")" = "$2" ]
}

plan 5
ok_if "every record becomes an alert and reaches all four receivers" wait_for $((200 + records)) all_told
ok_if "parsed back, nothing is forged, lost or doubled" "$python" "$source/tests/fault/forgery.py" read "$run/out" "$records"
"$python" "$source/tests/fault/forgery.py" read "$run/out" "$records" >"$run/counts"
ok_if "sendmail's arguments are those of the configuration" only "$run/sendmail.args" "5 -i -f hashimori@example.net -- ops@example.net"
ok_if "so are the command's" only "$run/exec.args" "1 fixed"
ok_if "their environments hold nothing more" test ! -s "$run/exec.env"
echo "# row|hostile records (header lines, SMTP commands, quotes, escapes, half characters, shell syntax) from a log to mail, webhook and command, parsed back|$records|$(grep records "$run/counts" | tr '\n' ';' | sed 's/;$//; s/;/; /g')"
