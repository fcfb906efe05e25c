#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The command line against a real daemon: every command, its exit codes, and its manual page.
set -u
build=$(cd "${top_builddir:-.}" && pwd)
source=$(cd "${top_srcdir:-.}" && pwd)
run=$(mktemp -d "$build/tests/cli.XXXXXX") || exit 1
. "$source/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
LC_ALL=C
export LC_ALL
begun=$(half_a_year_ago)

cat >"$run/h.conf" <<CONF
agent        = { host = "cli"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/run"; plugin_dir = "$build/plugins"; };
services     = ( { name = "svc"; environment = "production"; start = "$begun"; down_when = "any(engine)";
                   sla = { availability = "99.9"; recovery = "2h"; notification = "30m"; period = "fiscal_year"; }; } );
watch        = ( { subject = "engine"; plugin = "process"; name = "there-is-no-such-process"; interval = "1s"; service = "svc";
                   rules = ( { metric = "running"; critical = "< 1"; } ); } );
destinations = ( { name = "log"; channel = "syslog"; path = "$run/no-receiver"; } );
routes       = ( { to = ( "log" ); } );
CONF

sed "s|@plugin_dir@|$build/plugins|" "$source/tests/scenario/unconfirmed_counts.conf" >"$run/u.conf"

says_unconfirmed() {
    "$build/agent/ctl/hashimori" --config "$run/u.conf" replay "$source/tests/scenario/unconfirmed_counts.jsonl" | tee "$run/printed"
    grep -q 'no receiver confirmed' "$run/printed"
}
commands_are_in_the_manual() {
    page=$source/docs/man/hashimori.1
    hashimori help | sed -n 's/^  \([a-z]\{1,\}\( [a-z]\{1,\}\)\{0,1\}\) .*/\1/p' >"$run/commands"
    [ "$(wc -l <"$run/commands")" -ge 25 ] || return 1
    while read -r first second rest; do
        case $second in bash) second= ;; esac
        grep -q "^\.It Cm $first${second:+ $second}" "$page" || { echo "absent: $first $second"; return 1; }
        # shellcheck disable=SC2086 # two words
        for option in $(hashimori help $first $second | sed -n 's/^  --\([a-z-]*\).*/\1/p'); do
            shown=$(echo "$option" | sed 's/-/\\\\-/g')
            grep -q "Fl \\\\-$shown" "$page" || { echo "absent: --$option of $first $second"; return 1; }
        done
    done <"$run/commands"
}

# A day to come, one that has passed, and a month that has ended.
next=$(TZ=JST-9 date -d '+7 days' +%Y-%m-%d)
last=$(TZ=JST-9 date -d '-7 days' +%Y-%m-%d)
month=$(TZ=JST-9 date -d "$(TZ=JST-9 date +%Y-%m-01) -1 day" +%Y-%m)

plan 45
ok_if "without a daemon the exit code is 3" exits 3 status
ok_if "for a poller an absent daemon is unknown" exits 3 status --nagios
ok_if "a wrong option is wrong usage" exits 2 status --no-such-option
ok_if "a missing argument is wrong usage" exits 2 incident show
ok_if "an unknown command is wrong usage" exits 2 no such
ok_if "the configuration is checked without a daemon" exits 0 config check
ok_if "doctor names an absent daemon" exits 1 doctor

begin_daemon has_incident
ok_if "a dead process is an incident" has_incident
ok_if "status is one screen" prints engine status
ok_if "for a poller it is critical" exits 2 status --nagios
ok_if "perfdata stands behind a bar" prints "| 'open_incidents'=1;;;0" status --nagios
ok_if "subjects are listed in Japanese where asked for" prints 監視対象 subject list --lang ja
ok_if "a subject is shown with its rules" prints "< 1" subject show engine
ok_if "a subject that is not there is a no" exits 1 subject show nobody
ok_if "an incident is taken" exits 0 incident ack 1 --note mine
ok_if "who took it is shown" prints "$(id -un)" incident show 1
ok_if "it is reported" exits 0 incident reported 1
ok_if "it is reported only once" exits 1 incident reported 1
ok_if "figures are printed" prints FY sla
ok_if "figures that count what was only sent say so before they are printed" says_unconfirmed
ok_if "a period that is none is wrong usage" exits 2 sla --period yesterday
ok_if "planned work is registered" exits 0 maintenance add --service svc --from "$next 09:00" --to "$next 17:00" --plan-no W-12 --approved-by city
ok_if "it is listed as planned" prints 予定 maintenance list --lang ja
ok_if "its end before its start is wrong usage, and what is accepted is said" exits 2 maintenance add --service svc --from "$next 17:00" --to "$next 09:00" --plan-no W-13
ok_if "work that was approved is not approved again" exits 1 maintenance approve 1 --approved-by city
ok_if "it is cancelled before its start" prints cancelled maintenance end 1
ok_if "it is reported on" prints W-12 maintenance report 1
ok_if "work of an unknown number is a no" exits 1 maintenance end 9
ok_if "time is left out by agreement" prints K-7 exclusion add --service svc --from "$last 09:00" --to "$last 10:00" --reason POWER --agreed-by city --agreed-on 2026-05-12 --document K-7
ok_if "an exclusion is taken back" prints twice exclusion revoke 1 --why "entered twice" --approved-by city
ok_if "it stays listed" prints K-7 exclusion list
ok_if "a gap that is none cannot be judged" exits 1 sla judge 99999 --as up --evidence none
ok_if "a period that has ended is issued" prints 版 sla issue --period "$month" --lang ja
ok_if "without a change there is no second edition" exits 1 sla issue --service svc --period "$month" --reason r --approved-by city
ok_if "a period that runs is not issued" exits 1 sla issue --service svc --period "$(TZ=JST-9 date +%Y-%m)"
ok_if "a drill is put into the outbox" exits 0 notify test log
ok_if "the outbox says why it waits" prints no-receiver notify outbox
ok_if "a notice is explained" prints log notify explain 1
ok_if "file and daemon agree" exits 0 config diff
ok_if "a plugin is described" prints transport plugin doc "$build/plugins/channel_syslog/.libs/channel_syslog.so"
ok_if "the ledger is sound, asked of the daemon" prints yes ledger verify
stop "$daemon"
ok_if "and asked of the file, when the daemon has ended" prints yes ledger verify
ok_if "rows come out as JSON lines" prints '"kind":"stop"' ledger export
ok_if "every command and option is in the manual" commands_are_in_the_manual
hashimori completion bash >"$run/completion"
ok_if "completion is a shell's" sh -c "! command -v bash || bash -n '$run/completion'"
