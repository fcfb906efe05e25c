#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A linkage in a real daemon: a file in a spool is its arrival, over restarts; a table becomes its settings.
# shellcheck disable=SC2154,SC1091  # make check gives top_srcdir and top_builddir
set -u
build=$(cd "$top_builddir" && pwd)
run=$(mktemp -d "$build/linkage.XXXXXX") || exit 99
. "$top_srcdir/tests/system/lib.sh"
trap 'tidy; rm -rf "$run"' EXIT
trap 'exit 99' INT TERM

mkdir "$run/state" "$run/daemon" "$run/in" "$run/tmp"
chmod 0700 "$run/state"
today=$(TZ=Asia/Tokyo date +%Y-%m-%d)
cat >"$run/hashimori.conf" <<CONF
agent = { host = "linkage"; timezone = "Asia/Tokyo"; language = "ja"; state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins"; };
services = ( { name = "renkei"; down_when = "linkage.class_a"; } );
watch = ( { subject = "spool"; plugin = "queue"; interval = "1s";
            stages = ( { name = "in"; path = "$run/in"; announce = true; settle = "0s"; } ); } );
linkages = ( { id = "ZEI-0012"; name = "税賦課"; class = "a"; service = "renkei"; deadline = "48:00";
               subject = "spool"; instance = "in"; match = ( "file=ZEI-0012_*.csv" ); },
             { id = "JUK-0001"; deadline = "24:00"; subject = "spool"; instance = "in"; match = ( "file=JUK-0001_*" ); },
             { id = "NEN-0001"; frequency = "yearly"; month = 1; day = "1"; deadline = "12:00";
               subject = "spool"; match = ( "file=NEN-0001_*" ); } );
CONF

begin() {
    "$build/agent/main/hashimorid" -c "$run/hashimori.conf" >>"$run/log" 2>&1 &
    daemon=$!
    started "$daemon"
    wait_for 20 ask linkage list
}
ask() {
    "$build/agent/ctl/hashimori" --config "$run/hashimori.conf" --socket "$run/daemon/control.sock" --lang ja "$@"
}
# prints TEXT COMMAND...: the text stands in what it prints.
prints() {
    wanted=$1
    shift
    "$@" >"$run/out" 2>&1
    code=$?
    cat "$run/out"
    grep -qF -e "$wanted" "$run/out" && return "$code"
    return 9
}
exits() {
    expected=$1
    shift
    "$@"
    [ $? -eq "$expected" ]
}
has_arrived() {
    ask linkage query ZEI-0012 --date "$today"
}
put_file() {
    printf 'a,b\n' >"$run/tmp/$1"
    mv "$run/tmp/$1" "$run/in/$1"
}
# counts WORD NUMBER: of the linkages due today.
counts() {
    ask status --json | tr -d ' \n' | sed 's/.*"linkages":{\([^}]*\)}.*/\1/' | grep -q "\"$1\":$2\b"
}
juk_arrives() {
    put_file "JUK-0001_20260415.csv"
    wait_for 20 counts arrived 1 && counts due 1 && counts waiting 0
}
is_watched() {
    ask subject show spool --json | grep -q '"depth"'
}
restarts() {
    stop "$daemon" && begin && has_arrived
}
bad_table() {
    printf '連携ID,周期,期限\nA-1,隔週,25:30\n' >"$run/bad.csv"
    exits 1 prints "bad.csv:2: 周期「隔週」" ask linkage import "$run/bad.csv"
}
good_table() {
    printf '連携ID,名称,方向,周期,期限,猶予分,最小件数\r\nJUK-0001,住記異動,受信,毎日,25:30,10,0\r\nKAI-0004,介護,送信,月初第1開庁日,05:30,30,1\r\n' |
        iconv -f UTF-8 -t CP932 >"$run/good.csv"
    sed '/^linkages/,$d' "$run/hashimori.conf" >"$run/imported.conf"
    echo 'calendars = ( { name = "office"; hours = ( "08:30-17:15" ); } );' >>"$run/imported.conf"
    ask linkage import "$run/good.csv" --subject spool >>"$run/imported.conf" || return 1
    sed -i 's/linkage.class_a/linkage.KAI-0004/' "$run/imported.conf"
    "$build/agent/ctl/hashimori" --config "$run/imported.conf" config check
}

yearly_table() {
    printf '連携ID,周期,期限\nN-1,年次(6月),25:30\nN-2,年次（１２月第1開庁日）,09:00\nN-3,毎年1月末,24:00\nN-4,年次(2月29日),12:00\nN-5,年次(6月),随時\nN-6,月末,12:00\nN-7,最終開庁日,12:00\nN-8,毎月5日,12:00\n' >"$run/yearly.csv"
    sed '/^linkages/,$d' "$run/hashimori.conf" >"$run/yearly.conf"
    echo 'calendars = ( { name = "office"; hours = ( "08:30-17:15" ); } );' >>"$run/yearly.conf"
    sed -i 's/; down_when = "linkage.class_a"//' "$run/yearly.conf"
    ask linkage import "$run/yearly.csv" --subject spool >"$run/yearly.out" || return 1
    cat "$run/yearly.out"
    cat "$run/yearly.out" >>"$run/yearly.conf"
    "$build/agent/ctl/hashimori" --config "$run/yearly.conf" config check &&
        tr -d '\n' <"$run/yearly.out" | grep -q '"N-1";  *frequency = "yearly"; month = 6; day = "end"; early = "31d"; deadline = "25:30"' &&
        tr -d '\n' <"$run/yearly.out" | grep -q '"N-2";  *frequency = "yearly"; month = 12; calendar = "office"; open_day = 1; deadline = "09:00"' &&
        [ "$(grep -c 'frequency = "monthly"' "$run/yearly.out")" -eq 3 ]
}
bad_yearly_table() {
    for cycle in '年次(13月)' '年次(6月' '年次()' '年次(6月32日)' '年次'; do
        printf '連携ID,周期,期限\nA-1,%s,25:30\n' "$cycle" >"$run/bad.csv"
        exits 1 prints "bad.csv:2: 周期「$cycle」" ask linkage import "$run/bad.csv" || return 1
    done
}
the_sample() {
    printf '連携ID,名称,方向,周期,期限,猶予分,最小件数\r\nNEN-0001,当初賦課,受信,年次(6月),随時,,1\r\n' | iconv -f UTF-8 -t CP932 >"$run/sample.csv"
    prints 'frequency = "irregular"' ask linkage import "$run/sample.csv" --subject spool
}
no_table() {
    head -c 4096 /dev/urandom >"$run/noise.csv"
    : >"$run/empty.csv"
    exits 1 prints "noise.csv:1: UTF-8" ask linkage import "$run/noise.csv" &&
        exits 1 prints "empty.csv:1: 見出し" ask linkage import "$run/empty.csv"
}

plan 16
ok_if "the daemon starts with linkages" begin
ok_if "what has not arrived is waited for, and the answer is no" \
    exits 1 prints 到着待ち ask linkage query ZEI-0012 --date "$today"
ok_if "what is not expected on a day is said to be so" \
    exits 1 prints 予定なし ask linkage query NEN-0001 --date 2026-02-03
ok_if "an id that is none is refused" exits 1 ask linkage show NONE
wait_for 20 is_watched
put_file "ZEI-0012_20260415_001.csv"
ok_if "a file in the spool is its arrival" wait_for 20 has_arrived
ok_if "it is shown with its business day" prints "$today" ask linkage show ZEI-0012
ok_if "what is due today is waited for in the status" counts waiting 1
ok_if "it has arrived in the status" juk_arrives
ok_if "the status says so in words" prints 本日が期限 ask status
ok_if "over a restart it has arrived still" restarts
ok_if "a table with a cell that nobody understands is refused with its line" bad_table
ok_if "a table in CP932 becomes settings that are good" good_table
ok_if "yearly transfers of a table become settings, by month, day or open day" yearly_table
ok_if "one by month without a deadline has none" the_sample
ok_if "a month that is none is refused with its line" bad_yearly_table
ok_if "noise and nothing are no table" no_table
