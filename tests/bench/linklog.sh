#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# linklog.sh BUILD: how fast the released worker scans logs and how soon the daemon has recorded a failing line, beside
# grep, ripgrep, rsyslog, syslog-ng, zabbix_agentd and plain read(2). Pairs run in turn, medians of ROUNDS (5) count.
# BYTES (1 GiB) of log are scanned; daemons get less, by their speed. A peer that is not installed is not measured.
# What is found is compared with grep: a line more or less ends with 1.
set -eu
build=$(cd "$1" && pwd)
top_srcdir=$(cd "$(dirname "$0")/../.." && pwd)
bytes=${BYTES:-1073741824}
rounds=${ROUNDS:-5}
samples=${SAMPLES:-500}
run=$(mktemp -d "$build/linklog.XXXXXX")
. "$top_srcdir/tests/system/lib.sh"
# What the worker prints goes to memory: the disk is not what is measured.
shm=$(mktemp -d /dev/shm/linklog.XXXXXX 2>/dev/null || echo "$run")
trap 'tidy; rm -rf "$run" "$shm"' EXIT
trap 'exit 1' INT TERM
PATH=$PATH:/usr/sbin:/sbin
export PATH top_srcdir
tools=$build/tests/bench
plugin=$build/plugins/watch_linklog/.libs/watch_linklog.so
last='2026-04-28 23:59:59.999 E 連携データの取込に失敗しました SENTINEL'
rows=$run/rows
mkdir "$run/times"
wrong=0

# ---- what is measured: each prints "wall_us cpu_us private_kib" --------------------------------------------

# worker LOG PATTERNS ENCODING [HEAD]: until the reading of the last line; NO_EXEC=-j: without machine code
worker() {
    "$tools/linklog_data" open "$1" "$2" "$3" ${4:+"$4"} >"$run/open"
    "$tools/timed" ${NO_EXEC:-} -i "$run/open" -o "$shm/readings" -n SENTINEL -t 300 \
        "$build/agent/worker/hashimori-worker" --run "$plugin" 2>/dev/null
}
grep_e() { # LOG PATTERNS
    : >"$run/counted"
    "$tools/timed" -o "$run/counted" env LC_ALL=C grep -c -E -f "$run/patterns.$2" "$1"
}
ripgrep() {
    : >"$run/counted"
    "$tools/timed" -o "$run/counted" rg -j1 -c -f "$run/patterns.$2" "$1"
}
iconv_grep() { # the pipe runs on two cores
    : >"$run/counted"
    "$tools/timed" -o "$run/counted" sh -c "iconv -f CP932 -t UTF-8 '$1' | LC_ALL=C grep -c -E -f '$run/patterns.$2'"
}
plain_read() {
    "$tools/timed" "$tools/read_blocks" "$1"
}
match_only() { # LOG PATTERNS
    : >"$run/counted"
    "$tools/timed" -o "$run/counted" "$tools/linklog_match" "$1" "$run/named.$2"
}
imfile() { # LOG PATTERNS: one regular expression for all, the quickest way there is to do it
    mkdir -p "$run/rsyslog"
    rm -f "$run/rsyslog"/*
    expression=$(sed 's/.*/(&)/' "$run/patterns.$2" | paste -sd '|' | sed 's/\\/\\\\/g; s/"/\\"/g')
    cat >"$run/rsyslog.conf" <<CONF
global(workDirectory="$run/rsyslog")
module(load="imfile")
template(name="raw" type="string" string="%msg%\n")
input(type="imfile" file="$1" tag="x" ruleset="r" freshStartTail="off" addMetadata="off")
ruleset(name="r" queue.type="FixedArray" queue.size="100000" queue.dequeueBatchSize="2048") {
    if re_match(\$msg, "$expression") then { action(type="omfile" file="$run/found" template="raw" flushOnTXEnd="on") }
}
CONF
    "$tools/timed" -o "$run/found" -n SENTINEL -t 300 env LC_ALL=C rsyslogd -n -f "$run/rsyslog.conf" -i "$run/rsyslog/pid"
}
syslog_ng() { # LOG PATTERNS
    root=$build/peers/syslog-ng
    expression=$(sed 's/.*/(?:&)/' "$run/patterns.$2" | paste -sd '|' | sed 's/\\/\\\\/g; s/"/\\"/g')
    rm -f "$run/persist"*
    cat >"$run/syslog-ng.conf" <<CONF
@version: 3.38
options { stats-freq(0); chain-hostnames(no); use-dns(no); flush-lines(1); };
source s { file("$1" flags(no-parse) follow-freq(1) log-fetch-limit(1000) log-iw-size(10000) read-old-records(yes)); };
filter f { message("$expression" type(pcre)); };
destination d { file("$run/found" template("\$MSG\n") log-fifo-size(100000)); };
log { source(s); filter(f); destination(d); flags(flow-control); };
CONF
    LD_LIBRARY_PATH=$root/usr/lib/$(gcc -print-multiarch):$root/usr/lib/syslog-ng \
        "$tools/timed" -o "$run/found" -n SENTINEL -t 300 "$root/usr/sbin/syslog-ng" -F --no-caps -f "$run/syslog-ng.conf" \
        --module-path "$root/usr/lib/syslog-ng/3.38" -R "$run/persist" -p "$run/syslog-ng.pid" -c "$run/syslog-ng.ctl" 2>/dev/null
}
zabbix() { # LOG PATTERNS: an active check, answered by a server of ours
    port=$(free_port)
    expression=$(sed 's/.*/(?:&)/' "$run/patterns.$2" | paste -sd '|')
    : >"$run/found"
    perl "$top_srcdir/tests/bench/zabbix_server.pl" "$port" "$1" "$expression" "$run/found" 2>"$run/zabbix.err" &
    server=$!
    started $server
    wait_for 10 grep -q listening "$run/zabbix.err"
    printf '%s\n' "PidFile=$run/zabbix.pid" "LogFile=$run/zabbix.log" "ServerActive=127.0.0.1:$port" Hostname=bench StartAgents=0 \
        AllowRoot=1 BufferSend=1 BufferSize=65535 MaxLinesPerSecond=1000 Timeout=30 >"$run/zabbix.conf"
    "$tools/timed" -o "$run/found" -n SENTINEL -t 300 env LC_ALL=C.UTF-8 zabbix_agentd -f -c "$run/zabbix.conf" 2>/dev/null
    took=$?
    stop $server
    return $took
}

# ---- pairs, medians, rows ----------------------------------------------------------------------------------

median() {
    sort -n | awk '{ v[NR] = $1 } END { if (NR == 0) print "-"; else print v[int((NR + 1) / 2)] }'
}
# in_turn ROUNDS NAME=COMMAND...: each in turn, ROUNDS times; results in $run/times/NAME
in_turn() {
    times=$1
    shift
    for pair in "$@"; do
        : >"$run/times/${pair%%=*}"
    done
    for round in $(seq "$times"); do
        for pair in "$@"; do
            eval "${pair#*=}" >>"$run/times/${pair%%=*}" || echo "linklog.sh: ${pair#*=}: failed in round $round" >&2
        done
    done
}
took() { # NAME COLUMN: median
    cut -d ' ' -f "$2" "$run/times/$1" | median
}
rate() { # NAME COLUMN BYTES: MB/s
    us=$(took "$1" "$2")
    [ "$us" = - ] && echo - || awk "BEGIN { printf \"%.1f\", $3 / ($us > 0 ? $us : 1) }"
}
row() {
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "${3:-}" "${4:-}" "${5:-}" "${6:-}" "${7:-}" >>"$rows"
}
have() {
    command -v "$1" >/dev/null 2>&1
}
size() {
    stat -c %s "$1"
}
# same_lines WHAT LOG PATTERNS: the readings of the last run against grep
same_lines() {
    found=$(grep -c '"metric":"failure"' "$shm/readings" || true)
    wanted=$(LC_ALL=C grep -c -E -f "$run/patterns.$3" "$2" || true)
    [ "$found" = "$wanted" ] || wrong=1
    row "$1: lines found" "$found" "" grep "$wanted" "" "$([ "$found" = "$wanted" ] && echo the same || echo '**differs**')"
}

# make_log FILE BYTES PPM
make_log() {
    "$tools/linklog_data" log "$2" "$3" >"$1"
    printf '%s\n2026-04-28 23:59:59.999 T with a head pattern the next line ends a record\n' "$last" >>"$1"
}
# syslog-ng conflicts with rsyslog as a package: it is unpacked beside the tree's objects.
if [ ! -x "$build/peers/syslog-ng/usr/sbin/syslog-ng" ] && have apt-get; then
    mkdir -p "$build/peers/syslog-ng"
    (cd "$build/peers" && timeout 120 apt-get download syslog-ng-core libivykis0 libnet1 >/dev/null 2>&1 &&
        for package in *.deb; do dpkg -x "$package" syslog-ng; done) || echo 'linklog.sh: syslog-ng cannot be downloaded' >&2
fi
for n in 10 40 200; do
    "$tools/linklog_data" patterns $n >"$run/patterns.$n"
done
"$tools/linklog_data" named 40 >"$run/named.40"
make_log "$run/big" "$bytes" 1000
make_log "$run/all" "$((bytes / 32))" 1000000
make_log "$run/small" "$((bytes / 16))" 1000
make_log "$run/tiny" "$((bytes / 128))" 1000
iconv -f UTF-8 -t CP932 "$run/big" >"$run/big.cp932"

# ---- A: scanning -------------------------------------------------------------------------------------------

in_turn "$rounds" us40='worker "$run/big" 40 UTF-8' grep40='grep_e "$run/big" 40' read='plain_read "$run/big"'
ours=$(rate us40 1 "$(size "$run/big")")
row "log to readings, 40 patterns with captures, 0.1 % failing" "$ours" MB/s 'grep -c -E -f (C locale)' "$(rate grep40 1 "$(size "$run/big")")" '>= 5'
row "the same" "$ours" MB/s 'read(2), nothing done' "$(rate read 1 "$(size "$run/big")")" '>= 0.25'
row "private memory of the worker then" "$(took us40 3 | awk '{ print $1 == "-" ? $1 : $1 / 1024 }')" MB '' '' '<= 8'
same_lines '40 patterns' "$run/big" 40
if have rg; then
    in_turn "$rounds" us40='worker "$run/big" 40 UTF-8' rg='ripgrep "$run/big" 40'
    row "the same" "$(rate us40 1 "$(size "$run/big")")" MB/s 'rg -j1 -c -f' "$(rate rg 1 "$(size "$run/big")")"
else
    row "the same" "$ours" MB/s 'rg -j1 -c -f' -
fi
if have rsyslogd; then
    in_turn 3 imfile='imfile "$run/small" 40'
    row "the same; $(($(size "$run/small") / 1000000)) MB for the daemons that follow" "$(rate us40 1 "$(size "$run/big")")" MB/s 'rsyslog imfile, re_match' "$(rate imfile 1 "$(size "$run/small")")" '>= 30'
else
    row "the same" "$ours" MB/s 'rsyslog imfile, re_match' - '>= 30'
fi
if [ -x "$build/peers/syslog-ng/usr/sbin/syslog-ng" ]; then
    in_turn 3 ng='syslog_ng "$run/small" 40'
    row "the same" "$(rate us40 1 "$(size "$run/big")")" MB/s 'syslog-ng file(), pcre' "$(rate ng 1 "$(size "$run/small")")"
else
    row "the same" "$ours" MB/s 'syslog-ng file(), pcre' -
fi
if have zabbix_agentd && have perl; then
    in_turn 1 zabbix='zabbix "$run/tiny" 40'
    row "CPU time; $(($(size "$run/tiny") / 1000000)) MB for the peer" "$(rate us40 2 "$(size "$run/big")")" MB/s 'zabbix_agentd log[]' "$(rate zabbix 2 "$(size "$run/tiny")")" '>= 300'
else
    row "CPU time" "$ours" MB/s 'zabbix_agentd log[]' - '>= 300'
fi
in_turn "$rounds" us10='worker "$run/big" 10 UTF-8' us200='worker "$run/big" 200 UTF-8' grep200='grep_e "$run/big" 200'
same_lines '200 patterns' "$run/big" 200
row "time with 200 patterns" "$(took us200 1 | awk '{ print $1 == "-" ? $1 : $1 / 1000 }')" ms "with 10" "$(took us10 1 | awk '{ print $1 == "-" ? $1 : $1 / 1000 }')" '<= 1.7'
row "200 patterns" "$(rate us200 1 "$(size "$run/big")")" MB/s 'grep -c -E -f' "$(rate grep200 1 "$(size "$run/big")")"
in_turn "$rounds" us40='worker "$run/big" 40 UTF-8' all='worker "$run/all" 40 UTF-8' match='match_only "$run/all" 40'
same_lines 'all lines failing' "$run/all" 40
row "all lines failing: a reading of each, with captures" "$(rate all 1 "$(size "$run/all")")" MB/s 'itself at 0.1 %' "$(rate us40 1 "$(size "$run/big")")" '>= 0.24'
row "the same" "$(rate all 1 "$(size "$run/all")")" MB/s 'PCRE2 and its captures on the same lines, nothing made of them' "$(rate match 1 "$(size "$run/all")")"
in_turn "$rounds" us40='worker "$run/big" 40 UTF-8' cp932='worker "$run/big.cp932" 40 CP932' iconv='iconv_grep "$run/big.cp932" 40'
same_lines 'CP932' "$run/big" 40
row "CP932" "$(rate cp932 1 "$(size "$run/big.cp932")")" MB/s "UTF-8" "$(rate us40 1 "$(size "$run/big")")" '>= 0.9'
row "the same" "$(rate cp932 1 "$(size "$run/big.cp932")")" MB/s "iconv | grep -c -E -f" "$(rate iconv 1 "$(size "$run/big.cp932")")" '>= 8'
make_log "$run/narrow" "$((bytes / 4))" 1000
iconv -f UTF-8 -t UTF-16LE "$run/narrow" >"$run/wide"
in_turn "$rounds" us40='worker "$run/narrow" 40 UTF-8' utf16='worker "$run/wide" 40 UTF-16LE'
same_lines 'UTF-16LE' "$run/narrow" 40
row "UTF-16LE" "$(rate utf16 1 "$(size "$run/wide")")" MB/s "UTF-8" "$(rate us40 1 "$(size "$run/narrow")")"
rm -f "$run/narrow" "$run/wide"
in_turn "$rounds" us40='worker "$run/big" 40 UTF-8' head='worker "$run/big" 40 UTF-8 ^\\\\d{4}-'
same_lines 'with a head pattern' "$run/big" 40
row "with a head pattern (records of several lines)" "$(rate head 1 "$(size "$run/big")")" MB/s "without" "$(rate us40 1 "$(size "$run/big")")"
NO_EXEC=-j
in_turn "$rounds" interpreted='worker "$run/big" 40 UTF-8'
NO_EXEC=
if [ -s "$run/times/interpreted" ]; then
    same_lines 'interpreted' "$run/big" 40
    row "patterns interpreted (MemoryDenyWriteExecute)" "$(rate interpreted 1 "$(size "$run/big")")" MB/s "machine code" "$(rate us40 1 "$(size "$run/big")")"
else
    row "patterns interpreted (MemoryDenyWriteExecute)" - MB/s "machine code" "$(rate us40 1 "$(size "$run/big")")" "" "the kernel is too old"
fi
rm -f "$run/big" "$run/big.cp932" "$run/all"

. "$top_srcdir/tests/bench/linklog_follow.sh"
sh "$top_srcdir/tests/bench/table.sh" linklog <"$rows"
exit "$wrong"
