#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Routes, outbox and drills of a real daemon, as an operator sees them.
# shellcheck disable=SC2154,SC1091  # make check gives top_srcdir and top_builddir
set -u
build=$top_builddir
run=$(mktemp -d "$build/routes.XXXXXX") || exit 99
. "$top_srcdir/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM

mkdir "$run/state" "$run/daemon"
chmod 0700 "$run/state"
: >"$run/transfer.log"
printf '#!/bin/sh\n[ ! -e "%s/closed" ] || exit 1\ncat >>"%s/told"\n' "$run" "$run" >"$run/tell"
chmod 0755 "$run/tell"
cat >"$run/hashimori.conf" <<CONF
agent = { host = "renkei01"; timezone = "Asia/Tokyo"; language = "ja"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins"; };
calendars = ( { name = "never"; hours = ( "00:00-00:01" ); weekdays = "sun"; open_days = "2001-01-01"; } );
watch = ( { subject = "log"; plugin = "linklog"; path = "$run/transfer.log"; start = "begin"; patterns = ( { kind = "failure"; pattern = "FAILED ID=(?<job>[A-Z0-9-]+)"; } );
            rules = ( { metric = "failure"; event = "critical"; key = ( "job" ); } ); } );
destinations = ( { name = "desk"; channel = "exec"; command = ( "$run/tell" ); accepts = true; contact = "運用担当"; drill = "daily 00:00"; },
                 { name = "chief"; channel = "exec"; command = ( "$run/tell" ); accepts = true; contact = "前任の課長"; valid_to = "2020-03-31"; } );
routes = ( { name = "all"; when = { severity = "critical"; }; to = "desk"; repeat = "1m"; escalate = ( { after = "1s"; to = "chief"; } ); } );
CONF
ask() {
    "$build/agent/ctl/hashimori" --config "$run/hashimori.conf" --socket "$run/daemon/control.sock" --lang en "$@"
}
answers() {
    ask status
}
says() { # text, command...
    text=$1
    shift
    ask "$@" >"$run/said" 2>&1
    cat "$run/said"
    grep -q "$text" "$run/said"
}
told() { # text
    grep -q "$1" "$run/told"
}
answers_no() {
    ask "$@"
    [ "$?" -eq 1 ]
}

plan 16

ok_if "route show says who is told, when" says 'chief .*前任の課長 .*all .*escalation' route show --at 2026-05-01T20:00
ok_if "route show has the same in JSON" says '"at": "2026-05-01T20:00:01+09:00"' route show --at 2026-05-01T20:00 --json
ok_if "it is no when nobody would be told" answers_no route show --severity warning
ok_if "config check says what nobody would be told of" says 'nobody is told of: warning' config check
ok_if "config check says that a contact has left" says 'chief (前任の課長) was valid until 2020-03-31' config check

"$build/agent/main/hashimorid" -c "$run/hashimori.conf" >"$run/daemon.log" 2>&1 &
started "$!"
wait_for 30 answers
ok_if "a drill is ordered" ask notify test desk
ok_if "a drill comes the real way and says that it is one" wait_for 20 told '"kind":"test".*【訓練】'
ok_if "notify drills says that it came through" wait_for 20 says 'desk .*accepted' notify drills

echo "FAILED ID=ONE" >>"$run/transfer.log"
ok_if "the desk is told" wait_for 20 told '"kind":"raised".*ONE'
ok_if "nobody acknowledges: the chief, who has left, is told, for there is nobody else" wait_for 20 told '"kind":"reminder".*上位連絡'
ok_if "notify explain says what the route did and still owes" says 'all *escalation *told' notify explain 1
ok_if "an acknowledgement is taken" ask incident ack 1
ok_if "what was owed is not told any more, and why" says 'all *again *not told .*acknowledged' notify explain 1

: >"$run/closed"
ask notify test desk >/dev/null
ok_if "the outbox says why something waits" wait_for 20 says 'waits for its next attempt' notify outbox
ok_if "doctor says what waits" says 'notices wait for desk' doctor
rm "$run/closed"
emptied() {
    says 'nothing waits' notify outbox
}
ok_if "it goes out once its receiver takes it" wait_for 30 emptied
