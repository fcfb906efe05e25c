#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# A random stretch of time for `hashimori replay` and model.pl, always the same for a seed.
#
#   random.pl SEED WEEKS DIR
#
# With MODEL_LINKAGES=1: linkages in the expressions, by an agent that never stops and a clock that is
# never set.
#
# Writes DIR/random.conf, DIR/input.jsonl and DIR/args (one word a line): services with calendars of
# their own, subjects that fail, flap, overlap, go blind or fall silent, an agent that stops, dies or
# is rebooted with its machine, clocks that are set, planned work in all its ways, exclusions, and
# operators who report some of the incidents and judge some of the gaps.
use strict;
use warnings;
use POSIX ();

my ($seed, $weeks, $dir) = @ARGV;
die "random.pl SEED WEEKS DIR\n" unless defined $dir;
srand $seed;

sub one_of { return $_[ int rand @_ ]; }
sub between { my ($least, $most) = @_; return $least + int rand($most - $least + 1); }
sub chance { return rand() < $_[0]; }

# Mostly short, now and then very long.
sub stretch { return int(60 * exp(rand(chance(0.1) ? 9 : 6))); }

my $is_berlin = $ENV{MODEL_ZONE} ? $ENV{MODEL_ZONE} ne 'Asia/Tokyo' : 0;
my $zone = $is_berlin ? 'Europe/Berlin' : 'Asia/Tokyo';
$ENV{TZ} = $is_berlin ? $zone : 'JST-9';
POSIX::tzset();

sub offset_at {
    my ($t) = @_;
    my @l = localtime $t;
    my @g = gmtime $t;
    my $days = ($l[5] <=> $g[5]) || ($l[7] <=> $g[7]);
    return $days * 86400 + ($l[2] - $g[2]) * 3600 + ($l[1] - $g[1]) * 60;
}

sub rfc3339 {
    my ($t) = @_;
    my $offset = offset_at($t);
    return POSIX::strftime('%Y-%m-%dT%H:%M:%S', localtime $t)
        . sprintf('%s%02d:%02d', $offset < 0 ? '-' : '+', int(abs($offset) / 3600), abs($offset) / 60 % 60);
}

# ---- who and what --------------------------------------------------------------------------------

# Somewhere from 2024 to 2030, on a whole hour.
my $begin = 1704067200 + 3600 * between(0, 6 * 8760);
my $end = $begin + $weeks * 7 * 86400;
my $has_linkages = $ENV{MODEL_LINKAGES};
my $is_polled = chance(0.7) && !$has_linkages;
my $scale = $weeks > 8 ? 6 : 1;    # a year of readings each minute would be a bench, not a test

my @subjects = map {
    { name => "s$_", interval => 60 * $scale * one_of(2, 3, 5, 5, 10), deadline => 10000 + $_,
        runs => one_of(1, 1, 2, 3), clear_runs => one_of(1, 1, 2, 3), is_level => chance(0.2) }
} 1 .. between(3, 6);
$_->{phase} = between(0, $_->{interval} - 1) for @subjects;

my @linkages = map { { id => "L$_", class => one_of('a', 'a', 'b'), hour => between(11, 14), grace => 300 + 7 * $_ } }
    1 .. ($has_linkages ? between(1, 3) : 0);
my @named = ((map { $_->{name} } @subjects),
    (map { ("linkage.$_->{id}", "linkage.class_$_->{class}") } @linkages));

sub expression {
    my ($depth, @names) = @_;
    @names = sort { rand() <=> 0.5 } @names;
    my @chosen = @names[0 .. between(0, $#names < 2 ? $#names : 2)];
    my @operands = map { $depth > 0 && chance(0.25) ? expression($depth - 1, @names) : $_ } @chosen;
    my $op = one_of('any', 'any', 'all', 'at_least', 'not');
    return "not($operands[0])" if $op eq 'not' && $depth < 2;
    return 'at_least(' . between(1, scalar @operands) . ', ' . join(', ', @operands) . ')' if $op eq 'at_least';
    return ($op eq 'not' ? 'any' : $op) . '(' . join(', ', @operands) . ')';
}

my @days = qw(sun mon tue wed thu fri sat);
sub some_date { return POSIX::strftime('%Y-%m-%d', localtime between($begin, $end)); }
sub quoted { return join ', ', map { qq("$_") } @_; }

sub calendar {
    my ($n) = @_;
    my $hours = one_of('"05:00-27:00"', '"05:00-27:00"', '"08:30-17:15"', '"00:00-24:00"', '"22:00-30:00"',
        '"09:00-12:00", "13:00-17:30"', '"24:00-48:00"', '"01:30-24:30"', '"06:00-20:00", "20:00-29:00"');
    # No two open at once, so that what waits for them comes in one order only.
    $hours =~ s/:(\d)0-/:$1$n-/g;
    my $text = qq({ name = "c$n"; hours = ( $hours ););
    $text .= ' weekdays = ( "mon", "tue", "wed", "thu", "fri" );' if chance(0.3);
    $text .= ' holidays = "jp";' if chance(0.4);
    $text .= ' closed_days = ( ' . quoted(map { some_date() } 1 .. 3) . ' );' if chance(0.3);
    $text .= ' open_days = ( ' . quoted(map { some_date() } 1 .. 2) . ' );' if chance(0.3);
    return "$text }";
}

sub sla_options {
    return join '', chance(0.4) ? ' maintenance = "approved";' : '',
        chance(0.15) ? sprintf(' min_outage = "%ds";', one_of(30, 300, 900)) : '',
        chance(0.2) ? ' outage_start = "last_good";' : '';
}

my (@services, @calendars);
for my $n (1 .. between(2, 4)) {
    my @names = @named;
    push @calendars, calendar($n);
    my $text = qq({ name = "v$n"; environment = "production"; calendar = "c$n"; down_when = ")
        . expression(2, @names) . '";';
    $text .= ' degraded_when = "' . expression(1, @names) . '";' if chance(0.5);
    $text .= ' hold = "' . one_of(60, 300, 900, 3600) . 's";' if chance(0.5);
    $text .= ' start = "' . some_date() . '";' if chance(0.2);
    $text .= sprintf ' sla = { availability = "%s"; recovery = "%s"; notification = "%s"; period = "fiscal_year";%s }; }',
        one_of('99.9', '99.95', '99', '100'), one_of('2h', '30m', '10m'), one_of('30m', '10m'), sla_options();
    push @services, $text;
}

my $fiscal = one_of(4, 4, 4, 1, 10);
my $day_start = one_of('00:00', '00:00', '05:00');
my @watches = map {
    my $rule = $_->{is_level}
        ? 'metric = "used"; warning = ">= 80"; critical = ">= 90"; clear = "< 70";'
        : 'metric = "running"; critical = "< 1";';
    my $service = $_->{is_level} ? '' : sprintf ' service = "v%d";', between(1, scalar @services);
    qq({ subject = "$_->{name}"; plugin = "process"; name = "x"; interval = "$_->{interval}s";)
        . qq( deadline = "$_->{deadline}ms";$service rules = ( { $rule runs = $_->{runs}; clear_runs = $_->{clear_runs}; } ); })
} @subjects;

my @transfers = map {
    sprintf '{ id = "%s"; name = "%s"; subject = "log"; metric = "end"; match = ( "job=%s" ); class = "%s";'
        . ' service = "v%d"; deadline = "%02d:00"; grace = "%ds"; }', ($_->{id}) x 3, $_->{class},
        between(1, scalar @services), $_->{hour}, $_->{grace}
} @linkages;
push @watches, '{ subject = "log"; plugin = "linklog"; interval = "0s"; path = "/var/log/renkei/trace.log";'
    . ' patterns = ( { kind = "end"; pattern = "END (?<job>\\\\S+)"; } ); rules = ( { metric = "failure"; off = true; } ); }'
    if @linkages;

open my $conf, '>', "$dir/random.conf" or die "$dir/random.conf: $!\n";
print $conf qq(agent = { host = "renkei01"; timezone = "$zone"; language = "en"; plugin_dir = "\@plugin_dir\@";\n)
    . qq(          fiscal_year_start = $fiscal; day_start = "$day_start"; };\n)
    . "calendars = ( " . join(",\n              ", @calendars) . " );\n"
    . "services = ( " . join(",\n             ", @services) . " );\n"
    . "watch = ( " . join(",\n          ", @watches) . " );\n"
    . (@transfers ? 'linkages = ( ' . join(",\n             ", @transfers) . " );\n" : '')
    . qq(destinations = ( { name = "log"; channel = "syslog"; transport = "udp"; host = "192.0.2.10:514"; } );\n)
    . qq(routes = ( { to = ( "log" ); } );\n);
close $conf;

# ---- what happens --------------------------------------------------------------------------------

# The stretches in which a subject is not well, in order: [from, to, how].
sub troubles {
    my @list;
    my $mean = $weeks > 8 ? 9 * 86400 : 86400;
    for (my $t = $begin + int rand $mean; $t < $end; $t += 60 + int(-$mean * log(1 - rand))) {
        my $to = $t + stretch();
        push @list, [$t, $to, one_of(qw(bad bad bad bad flap flap blind silent wobble))];
        $t = $to;
    }
    return \@list;
}
$_->{troubles} = troubles() for @subjects;

# Trouble that several share: outages that overlap.
for (1 .. $weeks) {
    my ($t, $length) = (between($begin, $end), stretch());
    for my $s (grep { chance(0.6) } @subjects) {
        my $from = $t + between(0, 900);
        my $to = $from + $length + between(0, 900);
        next if grep { $_->[0] < $to && $from < $_->[1] } @{ $s->{troubles} };
        $s->{troubles} = [sort { $a->[0] <=> $b->[0] } @{ $s->{troubles} }, [$from, $to, 'bad']];
    }
}

# Planned work: from when to when it is planned, and trouble that is part of it or outlasts it.
my @plans;    # [from, to, service]
for my $n (1 .. @services) {
    my $t = $begin;
    while (($t += 3600 + int(-($weeks > 8 ? 20 : 3) * 86400 * log(1 - rand))) < $end - 86400) {
        my $to = $t + between(1800, 6 * 3600);
        push @plans, [$t, $to, "v$n"];
        for my $s (chance(0.6) ? grep { chance(0.5) } @subjects : ()) {
            my ($from, $until) = ($t + between(-600, 3600), $to + between(-5400, 3600));
            next if $from >= $until || grep { $_->[0] < $until && $from < $_->[1] } @{ $s->{troubles} };
            $s->{troubles} = [sort { $a->[0] <=> $b->[0] } @{ $s->{troubles} },
                [$from, $until, one_of(qw(bad bad flap silent))]];
        }
        $t = $to;
    }
}

# Seconds of boot time, which is the wall clock at the beginning.
my @agent;    # [time, line without "at"]
my @away;     # [from, to]: nothing is read
my $boots = 1;
push @agent, [$begin, '"agent":"start","boot_id":"b1"'] if $is_polled;
for (my $t = $begin + between(3600, 86400 * 5); $t < $end - 86400 && !$has_linkages;
    $t += between(3600, 86400 * ($weeks > 8 ? 40 : 9))) {
    my $to = $t + between(5, chance(0.2) ? 20000 : 900);
    my $is_reboot = chance(0.4);
    $boots++ if $is_reboot;
    push @agent, [$t, '"agent":"stop"'] if chance(0.5);
    # After an agent that died only its own lines tell when.
    push @away, [$t, $to];
    push @agent, [$to, $is_reboot ? qq("agent":"start","boot_id":"b$boots") : '"agent":"start"'];
    $t = $to;
}
my @steps;
for (my $t = $begin + between(86400, 86400 * 9); $t < $end - 86400 && !$has_linkages;
    $t += between(86400, 86400 * ($weeks > 8 ? 80 : 12))) {
    next if grep { $t >= $_->[0] - 10 && $t <= $_->[1] + 10 } @away;
    my $step = one_of(-1, 1) * (chance(0.3) ? between(600, 7200) : between(3, 600));
    push @steps, [$t, sprintf '"clock":{"step_ms":%d}', $step * 1000];
    $steps[-1][2] = $step;
}

sub is_away { my ($t) = @_; return scalar grep { $t >= $_->[0] && $t <= $_->[1] } @away; }

# What a check of @s finds at @t: the members of a reading after its metric, '' for none.
sub finding {
    my ($s, $t) = @_;
    my ($trouble) = grep { $t >= $_->[0] && $t < $_->[1] } @{ $s->{troubles} };
    my $how = $trouble ? $trouble->[2] : 'good';
    return '' if $how eq 'silent';
    return '"kind":"blind"' if $how eq 'blind' || ($how eq 'wobble' && chance(0.4));
    my $is_bad = $how eq 'bad' || ($how =~ /flap|wobble/ && chance(0.5));
    return sprintf '"kind":"number","number":%d', $is_bad ? 0 : 1 unless $s->{is_level};
    return sprintf '"kind":"number","number":%d', !$trouble ? between(10, 65) : $is_bad ? between(80, 99) : between(60, 92);
}

# Without an agent's start only what is news is said.
sub is_told {
    my ($s, $t) = @_;
    return 1 if $is_polled || @away && $t > $away[0][0];
    return scalar grep { $t >= $_->[0] && $t < $_->[1] + 4 * $s->{interval} } @{ $s->{troubles} };
}

# The wall clock at a line: steps before it count, its own does not.
sub with_wall {
    my ($t, @before) = @_;
    my $offset = 0;
    $offset += $_->[2] for grep { $_->[0] < $t } @steps;
    return $t + $offset;
}

# ---- what people say -----------------------------------------------------------------------------

my @commands;

# Says it at @t, or not at all while nobody would hear it.
sub order {
    my ($t, $text) = @_;
    return 0 if $t <= $begin + 1 || $t >= $end || is_away($t) || grep { $_->[0] == $t } @steps;
    push @commands, [$t, qq("command":{$text})];
    return 1;
}

# In the order in which it is registered, which gives it its number.
my @registered = sort { $a->[0] <=> $b->[0] } map {
    [chance(0.75) ? $_->[0] - between(1, 5 * 86400) : $_->[0] + between(1, 2 * 86400), $_]
} @plans;
my $work = 0;
for (@registered) {
    my ($t, $plan) = @$_;
    my ($from, $to, $service) = @$plan;
    my $is_approved = chance(0.7);
    order($t, sprintf '"do":"maintenance.add","service":"%s","from":"%s","to":"%s","plan_no":"W-%d"%s', $service,
        rfc3339(with_wall($from)), rfc3339(with_wall($to)), $work + 1, $is_approved ? ',"approved_by":"city"' : '')
        or next;
    $work++;
    if (!($is_approved && $t < $from) && chance(0.7)) {
        my $approved = $t < $from && chance(0.7) ? between($t + 1, $from) : $t + between(1, 3 * 86400);
        order($approved, qq("do":"maintenance.approve","id":$work,"approved_by":"city"));
        $t = $approved;
    }
    if (chance(0.1) && $t + 1 < $from) { order(between($t + 1, $from), qq("do":"maintenance.end","id":$work)); }
    elsif (chance(0.6)) {
        my $at = chance(0.8) ? between($from + 1, $to) : $to + between(1, 3600);
        $at = $t + 1 if $at <= $t;
        my $started = $from + int(($to - $from) / 9);
        order($at, qq("do":"maintenance.end","id":$work)
            . (chance(0.3) && $at > $started + 7300 ? sprintf(',"started":"%s"', rfc3339(with_wall($started))) : ''));
    }
}

my @agreed;
for my $trouble (grep { chance($weeks > 8 ? 0.05 : 0.15) } map { @{ $_->{troubles} } } @subjects) {
    my $from = $trouble->[0] + between(-900, 900);
    my $to = $from + between(60, 2 * ($trouble->[1] - $trouble->[0]) + 600);
    push @agreed, [$to + between(3600, 10 * 86400), $from, $to];
}
my $exclusion = 0;
for (sort { $a->[0] <=> $b->[0] } @agreed) {
    my ($t, $from, $to) = @$_;
    order($t, sprintf '"do":"exclusion.add","service":"v%d","from":"%s","to":"%s","reason":"POWER","agreed_by":"city",'
        . '"agreed_on":"2026-05-25","document":"K-7","mode":"%s"', between(1, scalar @services),
        rfc3339(with_wall($from)), rfc3339(with_wall($to)), one_of('denominator', 'numerator')) or next;
    $exclusion++;
    order($t + between(60, 5 * 86400), qq("do":"exclusion.revoke","id":$exclusion,"why":"twice","approved_by":"city"))
        if chance(0.25);
}

# A transfer a day: in time, late, or none.
my @arrivals;
for my $l (@linkages) {
    for (my $noon = $begin + 43200 - ($begin + offset_at($begin)) % 86400; $noon < $end; $noon += 86400) {
        my @l = localtime $noon;
        my $deadline = $noon + ($l->{hour} - $l[2]) * 3600 - $l[1] * 60 - $l[0];
        next if chance(0.1);
        my $at = $deadline + (chance(0.8) ? -between(60, 4 * 3600) : $l->{grace} + between(1, 5 * 3600));
        push @arrivals, [$at, qq("reading":{"subject":"log","metric":"end","kind":"event","text":"END $l->{id}","fields":{"job":"$l->{id}"}})]
            if $at > $begin && $at < $end;
    }
}

# ---- lines ---------------------------------------------------------------------------------------

my @lines = (@agent, @commands, @arrivals, map { [@$_[0, 1]] } @steps);
for my $s (@subjects) {
    my $metric = $s->{is_level} ? 'used' : 'running';
    for (my $t = $begin + 1 + $s->{phase}; $t < $end; $t += $s->{interval}) {
        next if is_away($t) || !is_told($s, $t);
        my $found = finding($s, $t) or next;
        push @lines, [$t, qq("reading":{"subject":"$s->{name}","metric":"$metric",$found})];
    }
}
@lines = sort { $a->[0] <=> $b->[0] || $a->[1] cmp $b->[1] } @lines;

sub write_lines {
    my ($path, @all) = @_;
    my ($offset, $next) = (0, 0);
    open my $out, '>', $path or die "$path: $!\n";
    for my $line (@all) {
        print $out '{"at":"', rfc3339($line->[0] + $offset), '",', $line->[1], "}\n";
        if ($line->[1] =~ /^"clock":\{"step_ms":(-?\d+)/) { $offset += $1 / 1000; }
    }
    close $out;
}
write_lines("$dir/quiet.jsonl", @lines);

# An agent that is killed lived until the line above, so nothing may be said between the two.
my @last_lives;
for my $i (1 .. $#lines) {
    push @last_lives, [$lines[ $i - 1 ][0], $lines[$i][0]]
        if $lines[$i][1] =~ /"agent":"start"/ && $lines[ $i - 1 ][1] !~ /"agent":"stop"/;
}
sub is_heard {
    my ($t) = @_;
    return !is_away($t) && !grep { $t >= $_->[0] && $t <= $_->[1] } @last_lives;
}

# Whether the wall shows times near [@from, @to] only once.
sub is_plain {
    my ($from, $to) = @_;
    return !grep { $_->[0] > $from - 7300 && $_->[0] < $to + 7300 } @steps;
}

# An operator reports some of the incidents while they are open, not always in time, and judges some of
# the gaps when they are long over.
(my $model = $0) =~ s/random\.pl$/model.pl/;
my @reports;
for (`perl $model --config $dir/random.conf --facts $dir/quiet.jsonl`) {
    my ($what, $id, $severity, $detected, $cleared) = split;
    if ($what eq 'gap') {
        my ($from, $to) = ($severity / 1000, $detected / 1000);
        my $at = int($to + between(86400, 5 * 86400));
        next unless chance(0.4) && $to - $from >= 10 && $at < $end && is_heard($at) && is_plain($from, $to);
        push @reports, [$at, sprintf '"command":{"do":"sla.judge","service":"%s","gap":"%s","as":"%s","evidence":"access log"}',
            $id, rfc3339(with_wall(int(($from + $to) / 2))), one_of('up', 'down')];
        next;
    }
    $detected /= 1000;
    $cleared = $cleared eq '-' ? $lines[-1][0] : $cleared / 1000;
    my $at = int($detected + 1 + rand(chance(0.8) ? 1700 : 4000));
    next unless $severity eq 'critical' && chance(0.7) && $at < $cleared && is_heard($at);
    push @reports, [$at, qq("command":{"do":"incident.reported","id":$id})];
}
die "model.pl failed\n" if $?;
write_lines("$dir/input.jsonl", sort { $a->[0] <=> $b->[0] } @lines, @reports);
unlink "$dir/quiet.jsonl";

# ---- what is asked -------------------------------------------------------------------------------

my %periods;
for (my $t = $begin; $t < $end; $t += 5 * 86400) {
    my @l = localtime $t;
    my ($year, $month) = ($l[5] + 1900, $l[4] + 1);
    my $fy = $month >= $fiscal ? $year : $year - 1;
    $periods{ sprintf '%04d-%02d', $year, $month } = 1;
    $periods{ sprintf '%04dQ%d', $fy, int(($month + 12 - $fiscal) % 12 / 3) + 1 } = 1;
    $periods{"FY$fy"} = 1;
}
my $last = with_wall($end);
my $as_of = chance(0.3) ? $last + between(0, 40 * 86400) : chance(0.3) ? $begin + int(($end - $begin) * (0.5 + rand 0.4)) : $last;
open my $args, '>', "$dir/args" or die "$dir/args: $!\n";
print $args "--period\n$_\n" for sort keys %periods;
print $args "--as-of\n", rfc3339($as_of), "\n";
close $args;
