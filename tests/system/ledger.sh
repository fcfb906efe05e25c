#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The ledger as evidence: copies, exports and what shows a change, with a daemon and without.
set -u
build=$(cd "${top_builddir:-.}" && pwd)
source=$(cd "${top_srcdir:-.}" && pwd)
run=$(mktemp -d "$build/tests/ledger.XXXXXX") || exit 1
. "$source/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
LC_ALL=C
export LC_ALL

begun=$(half_a_year_ago)
month=$(TZ=JST-9 date +%Y-%m)
configure() {
    cat >"$run/h.conf" <<CONF
agent        = { host = "ledger"; timezone = "Asia/Tokyo"; language = "en"; state_dir = "$run/state"; runtime_dir = "$run/run"; plugin_dir = "$build/plugins"; heartbeat = "1d"; };
services     = ( { name = "svc"; environment = "production"; start = "$begun"; down_when = "any(engine)";
                   sla = { availability = "99.9"; recovery = "2h"; notification = "30m"; period = "month"; }; } );
watch        = ( { subject = "engine"; plugin = "process"; name = "there-is-no-such-process"; interval = "$1"; service = "svc";
                   rules = ( { metric = "running"; critical = "< 1"; } ); } );
destinations = ( { name = "log"; channel = "syslog"; path = "$run/no-receiver"; heartbeat = true; } );
routes       = ( { to = ( "log" ); } );
CONF
}
start_daemon() {
    begin_daemon has_incident
}
head_of() {
    hashimori ledger verify --json "$@" | sed -n 's/.*"head": "\([0-9a-f]*\)".*/\1/p'
}
is_private() {
    [ "$(stat -c %a "$1")" = 600 ]
}
heartbeat_has_a_head() {
    hashimori notify outbox --json | tr -d '\n ' | grep -q '"kind":"heartbeat"[^}]*head of the ledger: [0-9a-f]\{64\}\|"kind":"heartbeat".*[0-9a-f]\{64\}'
}
load_is_a_row() {
    hashimori ledger export | grep '"kind":"config"' |
        grep '"path":"watch\[engine\].interval_s","before":1,"after":2'
}
same_figures() {
    hashimori sla --ledger "$run/copy.db" --period "$month" --service svc --as-of "$1" --json >"$run/a" &&
        hashimori sla --period "$month" --service svc --as-of "$1" --json >"$run/b" && cmp "$run/a" "$run/b"
}

# Incidents and gaps have numbers of their own in each ledger.
figures_as_before() {
    hashimori sla --period "$month" --service svc --as-of "$1" --json >"$run/c" || return 1
    for file in b c; do
        grep -v '"incident": \|"id": ' "$run/$file" >"$run/$file.plain"
    done
    diff "$run/b.plain" "$run/c.plain"
}

plan 31
configure 1s
start_daemon
ok_if "a heartbeat carries the head" wait_for 30 heartbeat_has_a_head
configure 2s
ok_if "the configuration is loaded again" exits 0 reload
ok_if "the load is a row with what changed" wait_for 30 load_is_a_row
ok_if "a copy is made while the daemon runs" exits 0 ledger snapshot "$run/copy.db"
ok_if "the copy is for its owner only" is_private "$run/copy.db"
ok_if "a copy is never written over a file" exits 1 ledger snapshot "$run/copy.db"
ok_if "the copy is sound" prints yes ledger verify --ledger "$run/copy.db"
ok_if "nothing was left beside copy and ledger" sh -c "cd '$run' && ! ls . state | grep -e tmp -e host_id.*copy -e copy.db-"
noted=$(head_of --ledger "$run/copy.db")
ok_if "the ledger goes on from the copy's head" prints yes ledger verify --head "$noted"
at=$(date -d '-1 seconds' +%Y-%m-%dT%H:%M:%S%:z)
ok_if "copy and daemon give the same figures" same_figures "$at"
stop "$daemon"
ok_if "a copy is made of the file when the daemon has ended" exits 0 ledger snapshot "$run/later.db"
ok_if "the head is in that one too" prints yes ledger verify --ledger "$run/later.db" --head "$noted"
ok_if "a head that never was is not" exits 1 ledger verify --ledger "$run/later.db" --head "$(echo "$noted" | tr 0-9a-f 1-9a-f0)"
hashimori ledger export --full >"$run/old.jsonl"
ok_if "an export proves itself" prints yes ledger verify "$run/old.jsonl"
gzip -k "$run/old.jsonl"
ok_if "a compressed one does, too" prints yes ledger verify "$run/old.jsonl.gz"
sed 's/"who":"start"/"who":"nobody"/' "$run/old.jsonl" >"$run/changed.jsonl"
ok_if "a changed one does not" exits 1 ledger verify "$run/changed.jsonl"
ok_if "rows of its own time are not taken in" exits 1 ledger import "$run/old.jsonl"
ok_if "nothing is old enough to be archived" prints keep_years ledger archive
rm -rf "$run/state"
start_daemon
ok_if "a running daemon takes no changed export in" exits 1 ledger import "$run/changed.jsonl"
ok_if "nor what is none" exits 1 ledger import "$run/h.conf"
ok_if "it takes an earlier ledger's export in" exits 0 ledger import "$run/old.jsonl.gz"
ok_if "figures of that time are what they were there" figures_as_before "$at"
ok_if "it is not taken in twice" exits 1 ledger import "$run/old.jsonl"
ok_if "who brought it in is a row" prints '"do":"ledger.import"' ledger export
ok_if "of the file nothing is left beside the ledger" sh -c "! test -e '$run/state/import.tmp'"
ok_if "the chain holds, and the daemon goes on" prints yes ledger verify
ok_if "nor is anything old there" prints keep_years ledger archive
stop "$daemon"
rm -rf "$run/state"
start_daemon
stop "$daemon"
ok_if "a changed export is not taken in" exits 1 ledger import "$run/changed.jsonl"
ok_if "an earlier ledger's export is taken in" exits 0 ledger import "$run/old.jsonl"
ok_if "and the chain holds" prints yes ledger verify
ok_if "figures of what is no copy are refused" exits 1 sla --ledger "$run/h.conf"
