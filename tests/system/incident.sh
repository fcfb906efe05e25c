#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The life of an incident by the command line against a real daemon, over a kill -9: the city's
# call, notes, edits, the report's draft, closing, and who did what in order.
set -u
build=$(cd "${top_builddir:-.}" && pwd)
source=$(cd "${top_srcdir:-.}" && pwd)
run=$(mktemp -d "$build/tests/incident.XXXXXX") || exit 1
. "$source/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
LC_ALL=C
export LC_ALL
begun=$(half_a_year_ago)

cat >"$run/h.conf" <<CONF
agent        = { host = "city01"; timezone = "Asia/Tokyo"; language = "ja"; state_dir = "$run/state"; runtime_dir = "$run/run"; plugin_dir = "$build/plugins"; };
services     = ( { name = "web"; environment = "production"; start = "$begun"; down_when = "any(engine)";
                   sla = { availability = "99.9"; recovery = "2h"; notification = "30m"; period = "fiscal_year"; }; },
                 { name = "file"; environment = "production"; start = "$begun"; down_when = "any(spare)";
                   sla = { availability = "99.9"; recovery = "2h"; notification = "30m"; period = "fiscal_year"; }; } );
watch        = ( { subject = "engine"; plugin = "process"; name = "there-is-no-such-process"; interval = "1s"; service = "web";
                   rules = ( { metric = "running"; critical = "< 1"; } ); },
                 { subject = "spare"; plugin = "process"; name = "there-is-no-such-process-2"; interval = "1h"; service = "file";
                   rules = ( { metric = "running"; off = true; } ); } );
destinations = ( { name = "log"; channel = "syslog"; path = "$run/no-receiver"; } );
routes       = ( { to = ( "log" ); } );
CONF

begin() {
    begin_daemon has_incident
}
# The kinds of the timeline's entries, in order, without what depends on the moment.
story() {
    hashimori incident show 2 --json >"$run/show"
    sed -n '/"timeline"/,$s/.*"what": "\(.*\)",*$/\1/p' "$run/show" | grep '^incident\|^called$\|^cleared$' | tr '\n' ' '
}
story_is() {
    got=$(story)
    [ "$got" = "$1 " ] || { echo "got: $got"; return 1; }
}
# Minutes from the call to the report that is due.
due_in() {
    hashimori incident show 2 --json >"$run/show"
    called=$(sed -n 's/.*"called_at": "\(.*\)",*/\1/p' "$run/show")
    due=$(sed -n 's/.*"report_due_at": "\(.*\)",*/\1/p' "$run/show")
    [ $(($(date -d "$due" +%s) - $(date -d "$called" +%s))) -eq "$1" ]
}

plan 27
begin
ok_if "a dead process is an incident" has_incident
ok_if "a call about what was detected is its call" prints "incident 1" incident open --source city --service web --text "no screen"
ok_if "a call about another service is an incident of its own" prints "incident 2" incident open --source city --at "$(TZ=JST-9 date -d '-2 minutes' +%H:%M)" --service file --text "files do not come"
ok_if "its first report is due 30 minutes after the call" due_in 1800
ok_if "a second call about the same names the first" prints "incident note 2" incident open --service file --text again
ok_if "a service that is none is a no" exits 1 incident open --service nobody --text x
ok_if "a time to come is wrong usage" exits 2 incident open --service file --text x --at 2999-01-01T00:00:00+09:00
ok_if "an unknown source is wrong usage" exits 2 incident open --source rumour --service file --text x
ok_if "a note is written" exits 0 incident note 2 "asked the network team"
ok_if "a note without words is wrong usage" exits 2 incident note 2 ""
ok_if "what people know is filled in" exits 0 incident edit 2 --impact "two offices" --guess "the switch" --assignee sato
ok_if "an edit of nothing is wrong usage" exits 2 incident edit 2
ok_if "a false detection needs an approver" exits 2 incident edit 2 --false "none"
ok_if "what is seen to be bad cannot be closed, and what can be done is said" prints "incident edit 1 --false" incident close 1 --reason done
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null
begin
ok_if "after a kill the call goes on" due_in 1800
ok_if "who wrote the note is shown" prints "$(id -un) .*asked the network team" incident show 2
ok_if "the draft has what was written" prints "two offices" incident report 2 --form shogai --lang ja
ok_if "blanks are shown as blanks" prints "記入: ＿＿＿" incident report 2 --lang ja
ok_if "an interim draft has no prevention" prints '"interim": true' incident report 2 --interim --format json
ok_if "a form that is none is wrong usage" exits 2 incident report 2 --form tegami
ok_if "the first report is given" exits 0 incident reported 2
ok_if "a call is closed with a reason" exits 0 incident close 2 --reason "the switch was replaced"
ok_if "it is closed only once" exits 1 incident close 2 --reason again
ok_if "the reason is shown" prints "the switch was replaced" incident show 2
ok_if "all of it is told in order" story_is "called incident.open incident.open incident.note incident.edit incident.reported cleared incident.close cleared incident.close"
ok_if "a false detection is marked, with who approved" exits 0 incident edit 1 --false "the process has another name" --approved-by city
ok_if "the ledger is sound" prints yes ledger verify
