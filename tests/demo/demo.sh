#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# demo.sh BUILD: the main job, end to end, with real receivers on loopback, in BUILD/run/demo.
#
# Makes a small data-linkage server (a job engine, a spool, a transfer log in CP932), starts snmptrapd,
# rsyslogd, snmpd and hashimorid, injects four failures, and shows what arrived and when. Ends by itself; exits
# non-zero if anything that was expected did not arrive.
set -eu
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
run=$build/run/demo
PATH=$PATH:/usr/sbin:/sbin
export PATH
unset LC_ALL LANG LANGUAGE

rm -rf "$run"
mkdir -p "$run"
. "$source/tests/system/lib.sh"
trap tidy EXIT
trap 'exit 1' INT TERM

for tool in snmptrapd snmpd rsyslogd snmpget iconv; do
    command -v "$tool" >/dev/null || {
        echo "demo: $tool is not installed; ./setup.sh installs it" >&2
        exit 1
    }
done

# As root everything that the demo starts runs as nobody. exec: the caller's subshell becomes the program, so that $!
# is its pid.
if [ "$(id -u)" = 0 ]; then
    as_user() (
        exec setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"
    )
    user_exec() {
        exec setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"
    }
    own() {
        chown -R 65534:65534 "$@"
    }
else
    as_user() {
        "$@"
    }
    user_exec() {
        exec "$@"
    }
    own() {
        :
    }
fi

failed=0
say() {
    printf '\n\033[1m%s\033[0m\n' "$*"
}
hashimori() {
    "$build/agent/ctl/hashimori" --socket "$run/daemon/control.sock" --lang "${demo_language:-ja}" "$@"
}

# ---- the server that is watched ---------------------------------------------------------------
server=$run/renkei
mkdir -p "$server/in" "$server/done" "$server/error" "$server/log"
: >"$server/log/transfer.log"
cat >"$server/renkei-engine" <<'ENGINE'
#!/bin/sh
# Moves what arrives in in/ to done/.
cd "$(dirname "$0")"
while :; do
    for file in in/*.csv; do
        [ -e "$file" ] && mv "$file" done/
    done
    sleep 0.2
done
ENGINE
chmod +x "$server/renkei-engine"

# log_line TEXT: appended as the transfer software does it, in CP932 with CRLF.
log_line() {
    printf '%s %s\r\n' "$(date '+%Y/%m/%d %H:%M:%S')" "$*" | iconv -f UTF-8 -t CP932 >>"$server/log/transfer.log"
}

# Starts the engine; its pid is in $engine_pid.
start_engine() {
    user_exec "$server/renkei-engine" </dev/null >/dev/null 2>&1 &
    engine_pid=$!
    started "$engine_pid"
}

# ---- the receivers ----------------------------------------------------------------------------
trap_port=$(free_port)
syslog_port=$(free_port)
snmpd_port=$(free_port)
agent_port=$(free_port)
mkdir -p "$run/snmptrapd" "$run/snmpd" "$run/rsyslog" "$run/secret" "$run/state" "$run/daemon"
chmod 0700 "$run/secret" "$run/state"
printf 'renkei-demo\n' >"$run/secret/community"
printf 'auth-passphrase-of-the-demo\n' >"$run/secret/auth"
printf 'priv-passphrase-of-the-demo\n' >"$run/secret/priv"
chmod 0600 "$run"/secret/*

cat >"$run/snmptrapd/snmptrapd.conf" <<CONF
authCommunity log renkei-demo
createUser demo SHA-256 "auth-passphrase-of-the-demo" AES "priv-passphrase-of-the-demo"
authUser log demo priv
format1 %V\n
format2 %W %V | %v\n
CONF
cat >"$run/snmpd/snmpd.conf" <<CONF
master agentx
agentXSocket unix:$run/snmpd/agentx
agentXPerms 0770 0770
agentXTimeout 1
agentXRetries 1
view hashimori included .1.3.6.1.4.1.8072.9999.9999.8847
rocommunity renkei-demo 127.0.0.1 -V hashimori
CONF
cat >"$run/rsyslog/rsyslog.conf" <<CONF
global(workDirectory="$run/rsyslog")
module(load="imtcp")
input(type="imtcp" port="$syslog_port" address="127.0.0.1")
template(name="whole" type="string" string="<%PRI%>1 %TIMESTAMP:::date-rfc3339% %HOSTNAME% %APP-NAME% %PROCID% %MSGID% %STRUCTURED-DATA% %msg%\n")
action(type="omfile" file="$run/rsyslog/hashimori.log" template="whole" flushOnTXEnd="on" asyncWriting="off")
CONF
disk_mount=$(df -P "$run" | awk 'NR == 2 { print $6 }')
disk_free=$(($(df -P -B1 "$run" | awk 'NR == 2 { print $4 }')))
disk_limit=$((disk_free - 96 * 1024 * 1024))

cat >"$run/hashimori.conf" <<CONF
agent = {
    host = "renkei01"; timezone = "Asia/Tokyo"; language = "ja";
    state_dir = "$run/state"; runtime_dir = "$run/daemon"; plugin_dir = "$build/plugins";
};
calendars = ( { name = "always"; hours = ( "00:00-24:00" ); } );
services = (
    { name = "renkei"; environment = "production"; calendar = "always"; start = "$(TZ=Asia/Tokyo date +%F)";
      down_when = "any(engine)"; degraded_when = "any(spool)";
      sla = { availability = "99.9"; recovery = "2h"; notification = "30m"; period = "fiscal_year"; auto_counts = true; }; }
);
watch = (
    { subject = "engine"; plugin = "process"; command = "$server/renkei-engine"; interval = "5s"; service = "renkei"; },
    { subject = "spool"; plugin = "queue"; interval = "1s"; service = "renkei";
      stages = ( { name = "in"; path = "$server/in"; }, { name = "error"; path = "$server/error"; error = true; } );
      rules = ( { metric = "oldest_age_s"; instance = "in"; critical = ">= 3"; clear = "< 2"; } ); },
    { subject = "disk"; plugin = "disk"; interval = "1s"; mounts = ( "$disk_mount" );
      rules = ( { metric = "free_bytes"; critical = "< $disk_limit"; },
                { metric = "used_percent"; off = true; }, { metric = "inodes_percent"; off = true; } ); },
    { subject = "transfer-log"; plugin = "linklog"; interval = "10s"; service = "renkei";
      path = "$server/log/transfer.log"; encoding = "CP932";
      patterns = ( { kind = "failure"; pattern = "異常終了 .*ID=(?<job>[A-Z0-9-]+)"; },
                   { kind = "recovery"; pattern = "正常終了 .*ID=(?<job>[A-Z0-9-]+)"; } ); }
);
destinations = (
    { name = "nms"; channel = "snmp"; host = "127.0.0.1:$trap_port"; version = "2c"; inform = true; community_file = "$run/secret/community"; },
    { name = "nms-v3"; channel = "snmp"; host = "127.0.0.1:$trap_port"; version = "3"; inform = true; user = "demo";
      auth_file = "$run/secret/auth"; priv_file = "$run/secret/priv"; },
    { name = "syslog"; channel = "syslog"; transport = "tcp"; host = "127.0.0.1:$syslog_port"; }
);
routes = ( { to = ( "nms", "nms-v3", "syslog" ); } );
faces = (
    { name = "agentx"; face = "snmp"; mode = "agentx"; socket = "$run/snmpd/agentx"; },
    { name = "standalone"; face = "snmp"; mode = "standalone"; listen = "udp:127.0.0.1:$agent_port"; user = "demo";
      auth_file = "$run/secret/auth"; priv_file = "$run/secret/priv"; }
);
CONF
own "$run"

start_receivers() {
    export MIBS=""
    SNMPCONFPATH=$run/snmptrapd SNMP_PERSISTENT_DIR=$run/snmptrapd user_exec snmptrapd -f -OQ \
        -m "$source/mibs/HASHIMORI-MIB.txt" -M "$source/tests/lint/mib-stubs" -Lf "$run/snmptrapd/traps.log" -p "$run/snmptrapd/pid" "udp:127.0.0.1:$trap_port" >"$run/snmptrapd/out" 2>&1 &
    started $!
    user_exec rsyslogd -n -f "$run/rsyslog/rsyslog.conf" -i "$run/rsyslog/pid" >"$run/rsyslog/out" 2>&1 &
    started $!
    SNMPCONFPATH=$run/snmpd SNMP_PERSISTENT_DIR=$run/snmpd user_exec snmpd -f -I -smux,mteTrigger,mteTriggerConf \
        -Lf "$run/snmpd/log" -p "$run/snmpd/pid" "udp:127.0.0.1:$snmpd_port" >"$run/snmpd/out" 2>&1 &
    started $!
    wait_for 10 test -S "$run/snmpd/agentx"
    wait_for 10 test -s "$run/snmptrapd/pid"
    wait_for 10 test -s "$run/rsyslog/pid"
}

# ---- what is expected -------------------------------------------------------------------------
arrived_trap() {
    grep -aq -- "$1" "$run/snmptrapd/traps.log"
}
arrived_syslog() {
    grep -aq -- "$1" "$run/rsyslog/hashimori.log"
}

# expect TEXT SINCE PATTERN: both receivers must have a line with PATTERN; prints how long it took.
expect() {
    if wait_for 15 arrived_trap "$3"; then
        trap_took="$(($(now_ms) - $2)) ms"
    else
        trap_took="届かず / missing"
        failed=$((failed + 1))
    fi
    if wait_for 5 arrived_syslog "$3"; then
        syslog_took="$(($(now_ms) - $2)) ms"
    else
        syslog_took="届かず / missing"
        failed=$((failed + 1))
    fi
    printf '  %-44s  snmptrapd: %-8s  rsyslogd: %s\n' "$1" "$trap_took" "$syslog_took"
}

seen_by() {
    hashimori status --json 2>/dev/null | grep -q "$1"
}

# ---- the story --------------------------------------------------------------------------------
say "hashimori デモ / demo  ($run)"
start_receivers
start_engine
user_exec "$build/agent/main/hashimorid" -c "$run/hashimori.conf" >"$run/hashimorid.log" 2>&1 &
daemon_pid=$!
started "$daemon_pid"
if ! wait_for 15 seen_by '"ok": *4'; then
    echo "demo: hashimorid does not see all four subjects as good:" >&2
    tail -n 40 "$run/hashimorid.log" >&2
    hashimori status >&2 || true
    exit 1
fi
hashimori status

say "1. 転送ログに異常終了の行 / a transfer fails in the log (CP932)"
log_line "集信 異常終了 STS=250 ID=ZEI-0012 予約申請ファイル"
since=$(now_ms)
expect "異常 / raised" "$since" "transfer-log"
log_line "集信 正常終了 STS=0 ID=ZEI-0012 予約申請ファイル"
since=$(now_ms)
expect "復旧 / cleared" "$since" "HM-INC-CLEARED.*transfer-log"

say "2. 転送エンジンが固まりキューが滞留 / the engine hangs, the spool jams (limit: 3 s)"
kill -STOP "$engine_pid"
as_user sh -c "echo 1,2,3 >'$server/in/JUK-0001.csv'"
since=$(now_ms)
expect "滞留 / stagnation" "$since" "HM-INC-RAISED.*spool"
kill -CONT "$engine_pid"
since=$(now_ms)
expect "復旧 / cleared" "$since" "HM-INC-CLEARED.*spool"

say "3. ディスクの空きが減る / the disk fills"
as_user dd if=/dev/zero of="$run/state/filler" bs=1048576 count=160 2>/dev/null
since=$(now_ms)
expect "空き容量不足 / below the limit" "$since" "HM-INC-RAISED.*disk"
rm -f "$run/state/filler"
since=$(now_ms)
expect "復旧 / cleared" "$since" "HM-INC-CLEARED.*disk"

say "4. 転送エンジンを kill -9 / the engine is killed"
since=$(now_ms)
# The redirection keeps the shell's own word about the death out of the story.
{
    kill -KILL "$engine_pid"
    wait "$engine_pid" || true
} 2>/dev/null
expect "停止 / down" "$since" "HM-INC-RAISED.*engine"
sleep 2
start_engine
since=$(now_ms)
expect "復旧 / cleared" "$since" "HM-INC-CLEARED.*engine"

say "snmptrapd が受け取った INFORM / what snmptrapd has"
sed -n 's/.*hmEventId[^=]*= "*\([A-Z-]*\)"*.*hmEventSeverity[^=]*= \([a-z]*\).*hmEventText[^=]*= "*\([^"]*\)"*.*/  \1 \2  \3/p' "$run/snmptrapd/traps.log" | uniq | head -n 16
say "rsyslogd が受け取った行 / what rsyslogd has"
head -n 8 "$run/rsyslog/hashimori.log" | cut -c1-240

say "snmpget: snmpd (AgentX) と単独エージェント (v3) / through snmpd and from the standalone agent"
via_snmpd() {
    snmpget -v2c -c renkei-demo -t 2 -r 1 -m "$source/mibs/HASHIMORI-MIB.txt" -M "$source/tests/lint/mib-stubs" "127.0.0.1:$snmpd_port" "$@"
}
via_agent() {
    snmpget -v3 -l authPriv -u demo -a SHA-256 -A auth-passphrase-of-the-demo -x AES -X priv-passphrase-of-the-demo \
        -t 2 -r 1 -m "$source/mibs/HASHIMORI-MIB.txt" -M "$source/tests/lint/mib-stubs" "127.0.0.1:$agent_port" "$@"
}
counters="hmServiceName.1 hmServiceState.1 hmServiceUpSeconds.1 hmServiceDownSeconds.1 hmServiceDegradedSeconds.1 hmServiceUnmonitoredSeconds.1"
for ask in via_snmpd via_agent; do
    # shellcheck disable=SC2086
    "$ask" $counters >"$run/$ask" 2>"$run/$ask.err" || true
    if grep -q 'UpSeconds.1 = Counter64: [1-9]' "$run/$ask"; then
        cat "$run/$ask"
    else
        echo "  $ask: 届かず / no answer"
        cat "$run/$ask" "$run/$ask.err"
        failed=$((failed + 1))
    fi
done

say "hashimori status"
hashimori status || failed=$((failed + 1))
say "hashimori sla"
hashimori sla || failed=$((failed + 1))
say "hashimori incident list --all"
hashimori incident list --all || failed=$((failed + 1))
hashimori ledger verify || failed=$((failed + 1))

stop "$daemon_pid"
if [ "$failed" -ne 0 ]; then
    say "$failed 件が届きませんでした / $failed expected things did not arrive; log: $run/hashimorid.log"
    tail -n 30 "$run/hashimorid.log"
    exit 1
fi
say "すべて届きました / all that was expected arrived. 次に読むもの / read on: README.md"
