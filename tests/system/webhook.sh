#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Webhooks of a real daemon at a receiver that is not ours: the signature is checked as the channel's page tells a
# receiver to, and each chat tool gets what it takes.
# shellcheck disable=SC1091,SC2154  # lib.sh is found by make check's top_srcdir; the example reads what is set here
set -u
build=$(cd "${top_builddir:-.}" && pwd)
source=$(cd "${top_srcdir:-.}" && pwd)
for tool in python3 openssl; do
    command -v "$tool" >/dev/null || { echo "1..0 # SKIP $tool is not installed"; exit 0; }
done
run=$(mktemp -d "$build/tests/webhook.XXXXXX") || exit 99
. "$source/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
port=$(free_port)

umask 077
echo 's3cret of the desk' >"$run/secret"
echo t0ken >"$run/token"
python3 "$source/tests/system/http_peer.py" "$port" "$run" 2>"$run/peer.log" &
started "$!"
wait_for 30 test -e "$run/ready"
cat >"$run/h.conf" <<CONF
agent = { host = "renkei01"; timezone = "Asia/Tokyo"; language = "ja"; state_dir = "$run/state"; runtime_dir = "$run/run"; plugin_dir = "$build/plugins"; };
watch = ( { subject = "disk"; plugin = "disk"; mounts = ( "/" ); } );
destinations = (
    { name = "desk"; channel = "webhook"; url = "http://127.0.0.1:$port/desk"; allow_http = true; secret_file = "$run/secret"; },
    { name = "text"; channel = "webhook"; url = "http://127.0.0.1:$port/text"; allow_http = true; template = "text"; },
    { name = "teams"; channel = "webhook"; url = "http://127.0.0.1:$port/teams"; allow_http = true; template = "teams"; },
    { name = "lineworks"; channel = "webhook"; url = "http://127.0.0.1:$port/lineworks"; allow_http = true; template = "lineworks"; },
    { name = "chatwork"; channel = "webhook"; url = "http://127.0.0.1:$port/chatwork"; allow_http = true; template = "chatwork";
      token_file = "$run/token"; } );
routes = ( { to = ( "desk" ); } );
CONF
# The example of the channel's page, as it stands there.
sed -n '/<!-- verify -->/,/<!-- end -->/s/^    //p' "$source/plugins/channel_webhook/channel_webhook.md" >"$run/verify"

gets() { # destination
    hashimori notify test "$1" && wait_for 30 test -e "$run/$1.body"
}
field() { # destination, name
    sed -n "s/^$2: //p" "$run/$1.head"
}
verifies() { # file with the body
    (
        cd "$run" || exit 99
        timestamp=$(field desk X-Hashimori-Timestamp)
        signature=$(field desk X-Hashimori-Signature)
        body=$1
        . ./verify
    )
}
says_no() { # file with the body
    ! verifies "$1"
}
holds() { # destination, expression of Python about what came, as o
    python3 -c "import json, sys; o = json.load(open(sys.argv[1])); sys.exit(not ($2))" "$run/$1.body"
}
is_form() {
    [ "$(field chatwork Content-Type)" = application/x-www-form-urlencoded ] && [ "$(field chatwork X-ChatWorkToken)" = t0ken ] &&
        python3 -c "import sys, urllib.parse as u; t = u.parse_qs(open(sys.argv[1]).read(), strict_parsing=True)
assert list(t) == ['body'] and t['body'][0].startswith('[info][title][notice] renkei01[/title]'), t" "$run/chatwork.body"
}

plan 9
ok_if "the daemon answers" begin_daemon hashimori status
ok_if "a signed notice arrives" gets desk
ok_if "the page has an example that checks it" test -s "$run/verify"
ok_if "which says yes to what came" verifies desk.body
sed 's/renkei01/renkei02/' "$run/desk.body" >"$run/forged.body"
ok_if "and no to one word of it changed" says_no forged.body
ok_if "Slack and Mattermost get a text" eval 'gets text && holds text "set(o) == {\"text\"}"'
ok_if "Teams gets an Adaptive Card" eval \
    'gets teams && holds teams "o[\"attachments\"][0][\"content\"][\"type\"] == \"AdaptiveCard\" and o[\"type\"] == \"message\""'
ok_if "LINE WORKS gets a title and a body" eval 'gets lineworks && holds lineworks "o[\"title\"] and o[\"body\"][\"text\"]"'
ok_if "Chatwork gets a form with its token" eval "gets chatwork && is_form"
