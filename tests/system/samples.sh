#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Each sample log, by the profiles that come along or by patterns of its own: exactly the records, fields and incidents that
# are expected (tests/samples/expected.txt, tests/samples/incidents.txt).
set -eu
build=$top_builddir
run=$(mktemp -d "$build/samples.XXXXXX")
. "$top_srcdir/tests/system/lib.sh"
trap 'rm -rf "$run"' EXIT
trap 'exit 99' INT TERM
samples=$(cd "$top_srcdir/tests/samples" && pwd)

cat >"$run/hashimori.conf" <<CONF
agent = { host = "samples"; timezone = "Asia/Tokyo"; state_dir = "$run"; runtime_dir = "$run"; plugin_dir = "$build/plugins";
          profile_dir = "$top_srcdir/conf/profiles"; };
calendars = ( { name = "always"; hours = "00:00-24:00"; } );
services = ( { name = "renkei"; calendar = "always"; start = "2020-04-01"; } );
watch = (
    { subject = "history"; profile = "transfer-history"; command = ( "/bin/true" ); },
    { subject = "trace"; profile = "transfer-trace"; path = "/x"; },
    { subject = "scheduler"; profile = "scheduler-log"; path = "/x"; pair = "/y"; },
    { subject = "runs"; profile = "integration-log"; path = "/x"; },
    { subject = "java"; profile = "java-stack-trace"; path = "/x"; },
    { subject = "mixed"; plugin = "linklog"; path = "/x";
      patterns = ( { pattern = "ERROR (?<message>.*?)(?: 連携ID=(?<job>\\\\S+) rc=(?<rc>\\\\d+))?\$"; } ); },
    { subject = "extension"; plugin = "linklog"; path = "/x"; encoding = "CP932";
      patterns = ( { pattern = "取込エラー①:(?<partner>㈱\\\\S+) 行=(?<line>\\\\d+) 項目「〜」"; } ); },
    { subject = "pipes"; plugin = "linklog"; path = "/x"; encoding = "CP932";
      patterns = ( { pattern = "^\\\\d+\\\\|\\\\d+\\\\|E\\\\|(?<job>[^|]*)\\\\|(?<step>[^|]*)\\\\|(?<message>[^|]*)\$"; } ); },
    { subject = "results"; plugin = "linklog"; path = "/x"; head = "^\"(?:\\\\d{4}/|処理日時)";
      patterns = ( { kind = "warning"; pattern = "^\"[^\"]*\",\"(?<job>[^\"]*)\",\"NG\",\"(?<records>\\\\d+)\""; },
                   { kind = "end"; pattern = "^\"[^\"]*\",\"(?<job>[^\"]*)\",\"OK\",\"(?<records>\\\\d+)\""; } ); },
    { subject = "wrap"; plugin = "linklog"; path = "/x"; encoding = "CP932"; eof_mark = true;
      patterns = ( { pattern = " E (?<code>KZZZ\\\\d+-E) "; } ); },
    { subject = "windows"; plugin = "linklog"; path = "/x"; encoding = "UTF-16LE";
      patterns = ( { pattern = "エラー (?<message>.*に書き込めません。)\$"; } ); },
    { subject = "partial"; plugin = "linklog"; path = "/x"; patterns = ( { kind = "start"; pattern = "INFO 開始"; }, { pattern = "ERR"; } ); },
    { subject = "iso2022jp"; plugin = "linklog"; path = "/x"; encoding = "ISO-2022-JP"; patterns = ( { pattern = "異常終了しました"; } ); },
    { subject = "halfkana"; plugin = "linklog"; path = "/x"; encoding = "EUC-JP-MS"; patterns = ( { pattern = "異常 ｺｰﾄﾞ=(?<rc>\\\\d+)"; } ); }
);
CONF
ask() {
    timeout 60 "$build/agent/ctl/hashimori" --config "$run/hashimori.conf" --lang en "$@"
}
pairs="history:01_xfer_history_list.txt trace:02_xfer_trace_cp932.log scheduler:03_scheduler_eucjp.log java:04_tomcat_stack_utf8.log
mixed:05_mixed_utf8_cp932.log extension:06_cp932_extension.log runs:07_exec_20260415_utf8.log pipes:08_pipe_separated_cp932.log
results:09_result_bom_crlf.csv wrap:10_wraparound_cp932.log windows:11_windows_utf16le.log partial:12_partial_last_line.log
iso2022jp:13_iso2022jp.log halfkana:14_halfkana_eucjp.log"

plan 6
found() {
    cd "$samples"
    for pair in $pairs; do
        echo "== $pair"
        ask log test --subject "${pair%%:*}" "${pair#*:}"
    done
    echo "== 15_schedule_48h.csv"
    ask linkage import 15_schedule_48h.csv
}
found 2>&1 | sed "s,$samples/,," >"$run/found"
ok_if "each sample gives the records and fields that are expected" diff "$samples/expected.txt" "$run/found"

# What was found, as readings: the judge makes its incidents of them.
incidents() {
    for pair in $pairs; do
        ask log test --json --subject "${pair%%:*}" "$samples/${pair#*:}" >"$run/events.json"
        perl -MJSON::PP -MPOSIX=strftime -e '
            local $/; my $d = decode_json(<STDIN>); my $at = 1776218400;
            for my $e (@{$d->{events}}) {
                my %r = (subject => $d->{subject}, metric => $e->{metric}, kind => "event", text => $e->{text}, fields => $e->{fields});
                print JSON::PP->new->utf8->canonical->encode({at => strftime("%Y-%m-%dT%H:%M:%SZ", gmtime($at++)), reading => \%r}), "\n";
            }' <"$run/events.json" >"$run/readings.jsonl"
        echo "== $pair"
        ask replay --json "$run/readings.jsonl" 2>/dev/null | perl -MJSON::PP -e '
            local $/; my $d = decode_json(<STDIN>);
            print join(" ", $_->{subject}, $_->{severity}, defined $_->{recovered_at} ? "over" : "open"), "\n" for @{$d->{incidents}};'
    done
}
if perl -MJSON::PP -e 1 2>/dev/null; then
    incidents >"$run/incidents" 2>&1 || true
    ok_if "and the incidents" diff "$samples/incidents.txt" "$run/incidents"
else
    test_number=$((test_number + 1))
    echo "ok $test_number - and the incidents # SKIP perl with JSON::PP is not installed"
fi

# ---- profiles that are not as they should be
refused() { # configuration of the watch, sentence
    sed '/^watch = /,$d' "$run/hashimori.conf" >"$run/bad.conf"
    echo "watch = ( { subject = \"a\"; path = \"/x\"; $1 } );" >>"$run/bad.conf"
    ! "$build/agent/main/hashimorid" -c "$run/bad.conf" -t >"$run/said" 2>&1 && grep -q "$2" "$run/said" || {
        cat "$run/said"
        return 1
    }
}
mkdir "$run/profiles"
printf 'plugin = "linklog";\nsubject = "b";\npatterns = ( { pattern = "x"; } );\n' >"$run/profiles/greedy.conf"
printf 'plugin = "linklog";\npatterns = ( { pattern = "("; } );\n' >"$run/profiles/broken.conf"
printf 'plugin = "linklog";\nencoding = "CP932";\npatterns = ( { pattern = "mine"; } );\n' >"$run/profiles/transfer-trace.conf"
ok_if "a profile that is not there is named" refused 'profile = "no-such-thing";' 'bad.conf:.*no profile "no-such-thing"'
bad_profiles() {
    refused 'profile = "greedy";' 'greedy.conf:2: .*subject' && refused 'profile = "broken";' 'broken.conf:2: .*pattern' &&
        refused 'profile = "scheduler-log"; plugin = "disk";' 'for the plugin "linklog"'
}
ok_if "what a profile may not say, and what is wrong in it, is told with its file and line" bad_profiles
own_goes_first() {
    ask config show --json | tr -d ' \n' | grep -q '"subject":"trace".*"pattern":"mine"'
}
ok_if "a site's own profile goes before the one that came along" own_goes_first

# ---- log test without --subject
alone() {
    sed '/^watch = /,$d' "$run/hashimori.conf" >"$run/alone.conf"
    echo 'watch = ( { subject = "a"; path = "/x"; plugin = "linklog"; patterns = ( { pattern = "hit"; } ); } );' >>"$run/alone.conf"
    echo hit >"$run/alone.log"
    timeout 60 "$build/agent/ctl/hashimori" --config "$run/alone.conf" --lang en log test "$run/alone.log" | grep -q '^1 events' &&
        ! ask log test "$run/alone.log" 2>"$run/said" && grep -q subject "$run/said"
}
ok_if "the only log that is watched need not be named; where there are several, one must be" alone
