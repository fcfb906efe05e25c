#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# How fast `hashimori replay` is: five services, 40 subjects, a reading a minute of each.
#
#   tests/bench/replay.sh [DAYS]      28 days are 1.6 million lines; 365 are 21 million (2.4 GB in $TMPDIR)
#
# From the build folder, top_srcdir set. Prints lines, seconds, lines a second and the largest memory.
set -eu
days=${1:-28}
build=${top_builddir:-.}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

perl -e '
    my ($dir, $days, $plugins) = @ARGV;
    my @subjects = map { sprintf "subject%02d", $_ } 0 .. 39;
    open my $conf, ">", "$dir/conf" or die;
    print $conf qq(agent = { host = "renkei01"; timezone = "Asia/Tokyo"; language = "ja"; plugin_dir = "$plugins"; };\n);
    print $conf qq{calendars = ( { name = "hours"; hours = ( "05:00-27:00" ); } );\nservices = ( };
    print $conf join ",\n", map { qq|{ name = "service$_"; environment = "production"; calendar = "hours"; down_when = "any(|
        . join(", ", @subjects[$_ * 8 .. $_ * 8 + 7])
        . qq|)"; hold = "60s"; sla = { availability = "99.9"; recovery = "2h"; notification = "30m"; period = "fiscal_year"; }; }| } 0 .. 4;
    print $conf qq{ );\nwatch = ( };
    print $conf join ",\n", map { qq|{ subject = "$subjects[$_]"; plugin = "process"; name = "x"; interval = "60s"; service = "service|
        . int($_ / 8) . qq|"; rules = ( { metric = "running"; critical = "< 1"; runs = 2; clear_runs = 1; } ); }| } 0 .. 39;
    print $conf qq{ );\ndestinations = ( { name = "log"; channel = "syslog"; transport = "udp"; host = "192.0.2.10:514"; } );\nroutes = ( { to = ( "log" ); } );\n};
    open my $out, ">", "$dir/readings" or die;
    print $out qq({"at":"2026-04-01T00:00:00Z","agent":"start","boot_id":"b1"}\n);
    for my $minute (0 .. $days * 1440 - 1) {
        my @t = gmtime(1775001600 + $minute * 60);
        my $at = sprintf "%04d-%02d-%02dT%02d:%02d:00Z", $t[5] + 1900, $t[4] + 1, @t[3, 2, 1];
        for my $i (0 .. 39) {
            # Each is down for three minutes in about three days, in turn.
            my $good = $minute % 4321 > 2 || int($minute / 4321) % 40 != $i ? 1 : 0;
            print $out qq({"at":"$at","reading":{"subject":"$subjects[$i]","metric":"running","kind":"state","number":$good}}\n);
        }
    }
' "$dir" "$days" "$(cd "$build/plugins" && pwd)"

perl -e '
    my ($build, $dir, $days) = @ARGV;
    my $lines = 1 + $days * 1440 * 40;
    open my $out, ">", "$dir/out" or die;
    my $pid = fork // die;
    if ($pid == 0) {
        open STDOUT, ">&", $out or die;
        exec "$build/agent/ctl/hashimori", "replay", "$dir/readings", "--config", "$dir/conf", "--json";
    }
    # The kernel keeps the high-water mark until the process is gone.
    my $peak = 0;
    while (waitpid($pid, 1) == 0) {
        open my $status, "<", "/proc/$pid/status" or last;
        /^VmHWM:\s+(\d+)/ and $peak = $1 for <$status>;
        select undef, undef, undef, 0.05;
    }
    die "replay failed\n" if $?;
    my (undef, undef, $user, $system) = times;
    my $seconds = $user + $system;
    printf "%d lines, %.2f s of CPU time, %.0f lines/s, peak %.1f MiB\n", $lines, $seconds, $lines / $seconds, $peak / 1024;
' "$build" "$dir" "$days"
