#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# The contract's figures once more, by other means: an oracle for `hashimori replay`.
#
#   model.pl --config FILE [--period P].. [--as-of TIME] [--compare OUTPUT] READINGS.jsonl
#   model.pl --config FILE --facts READINGS.jsonl
#
# Written from the contract's rules (R1 to R19), not from the agent's code, and in another way: planned
# time is a string with one character for each second of wall time, of which the ones are counted; what
# a subject was is a list of pieces of boot time, rewritten when a run is credited back; what a service
# was is found by asking its expressions about each piece, from the first that was rewritten on. Only the
# detection of outages and what a person judged hang on when something became known; all else is a
# function of the readings. Needs nothing but perl-base.
#
# Where the rules leave room, this is what is taken:
#  - An outage reaches back to the first failed observation of its run, but never over time in which
#    nobody could look (R4, R10); its end likewise (R5).
#  - One outage is one sample from its first detection on, until the service was seen to work (R6). What
#    becomes known of it later leaves the detection as it is; of outages that become one the first's
#    counts, and no detection is earlier than its outage. An outage of which nothing is left once its
#    runs are credited back had 0 s.
#  - What began outside the hours or during planned work was detected when that was over.
#  - A linkage is bad from its deadline on, once its grace has passed without an arrival, until the next
#    arrival. (Only daily ones, that arrive at most once a day, by agents that ran throughout.)
#  - A reading is late when interval + deadline have passed; it was due after the interval.
use strict;
use warnings;
use POSIX ();

# ---- JSON and libconfig: near enough to be read by one reader -------------------------------------

my $source;

sub read_value {
    for ($source) {
        /\G(?:\s|#.*|\/\/.*)+/gc;
        return read_members('\}') if /\G\{/gc;
        return read_items() if /\G[\[(]/gc;
        return unquote($1) if /\G"((?:[^"\\]|\\.)*)"/gcs;
        return $1 + 0 if /\G(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)L?/gc;
        return { true => 1, false => 0, null => undef }->{$1} if /\G(true|false|null)\b/gc;
        die 'unreadable: ' . substr($_, pos // 0, 40) . "\n";
    }
}

sub unquote {
    my ($text) = @_;
    my %plain = (n => "\n", t => "\t");
    $text =~ s/\\(u([0-9a-fA-F]{4})|.)/defined $2 ? chr(hex $2) : $plain{$1} \/\/ $1/ges;
    return $text;
}

sub read_members {
    my ($end) = @_;
    my %group;
    for ($source) {
        until (/\G(?:\s|#.*)*$end/gc) {
            /\G(?:\s|#.*)*"?(\w+)"?\s*[:=]/gc or die 'no name: ' . substr($_, pos // 0, 40) . "\n";
            my $name = $1;
            $group{$name} = read_value();
            /\G\s*[;,]?/gc;
        }
    }
    return \%group;
}

sub read_items {
    my @list;
    until ($source =~ /\G(?:\s|#.*)*[\])]/gc) {
        push @list, read_value();
        $source =~ /\G\s*,?/gc;
    }
    return \@list;
}

sub read_text { $source = shift; pos($source) = 0; return read_value(); }

sub read_file {
    my ($path) = @_;
    open my $in, '<', $path or die "$path: $!\n";
    local $/;
    return scalar <$in>;
}

# ---- time ----------------------------------------------------------------------------------------

# Seconds since 1970 of a date and time in UTC: counted in days, not looked up.
sub utc {
    my ($y, $m, $d, $s) = @_;
    my $before = $y - 1;
    my @length = (31, ($y % 4 == 0 && $y % 100 != 0) || $y % 400 == 0 ? 29 : 28, 31, 30, 31, 30,
        31, 31, 30, 31, 30, 31);
    my $days = $before * 365 + int($before / 4) - int($before / 100) + int($before / 400) - 719162;
    $days += $_ for @length[0 .. $m - 2];
    return ($days + $d - 1) * 86400 + $s;
}

my %midnight;    # of dates as written

# RFC 3339 to milliseconds.
sub when {
    my ($text) = @_;
    $text =~ /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,3}))?(?:Z|([-+])(\d\d):(\d\d))$/
        or die "no time: $text\n";
    my $day = $midnight{"$1$2$3"} //= utc($1, $2, $3, 0);
    my $ms = ($day + $4 * 3600 + $5 * 60 + $6) * 1000 + (defined $7 ? substr("${7}00", 0, 3) : 0);
    return defined $8 ? $ms - "${8}1" * ($9 * 3600 + $10 * 60) * 1000 : $ms;
}

sub span {
    my ($text) = @_;
    $text =~ /^(\d+)(ms|s|m|h|d)$/ or die "no span: $text\n";
    return $1 * { ms => 1, s => 1000, m => 60000, h => 3600000, d => 86400000 }->{$2};
}

sub set_zone {
    my ($zone) = @_;
    $ENV{TZ} = $zone eq 'Asia/Tokyo' ? 'JST-9' : $zone;
    POSIX::tzset();
}

sub offset_at {
    my ($t) = @_;
    my @l = localtime $t;
    return utc($l[5] + 1900, $l[4] + 1, $l[3], $l[2] * 3600 + $l[1] * 60 + $l[0]) - $t;
}

# The first instant at which local clocks show @minute (of a day that may go on) or have passed it.
sub instant {
    my ($y, $m, $d, $minute) = @_;
    my $shown = utc($y, $m, $d, $minute * 60);
    my $t = $shown - offset_at($shown - 86400);
    return $t if $t + offset_at($t) == $shown;
    my $later = $shown - offset_at($shown + 86400);
    return $later if $later + offset_at($later) == $shown;
    for ($t = ($t < $later ? $t : $later) - 7200; $t + offset_at($t) < $shown;) { $t += 60; }
    return $t;
}

sub local_date { my @l = localtime $_[0]; return ($l[5] + 1900, $l[4] + 1, $l[3]); }

sub next_months {
    my ($y, $m, $n) = @_;
    my $months = $y * 12 + $m - 1 + $n;
    return (int($months / 12), $months % 12 + 1);
}

# ---- the calendar: one character a second --------------------------------------------------------

my %holidays;

# As published: YEAR MMDD MMDD .., beside this file's folder.
sub load_holidays {
    (my $path = $0) =~ s{[^/]*$}{};
    for (split /\n/, read_file("${path}../samples/holidays_jp.txt")) {
        my ($year, @dates) = split;
        next if $year eq '#';
        $holidays{ $year . substr($_, 0, 2) . substr($_, 2) } = 1 for @dates;
    }
}

# "mon-fri" or "sat"
sub is_among {
    my ($weekday, @ranges) = @_;
    my %number = (sun => 0, mon => 1, tue => 2, wed => 3, thu => 4, fri => 5, sat => 6);
    for (@ranges) {
        my ($from, $to) = map { $number{$_} } /^(\w+)(?:-(\w+))?$/ ? ($1, $2 // $1) : die "no days: $_\n";
        return 1 if ($weekday - $from) % 7 <= ($to - $from) % 7;
    }
    return 0;
}

sub is_business_day {
    my ($calendar, $y, $m, $d, $weekday) = @_;
    my $date = sprintf '%04d-%02d-%02d', $y, $m, $d;
    return 1 if grep { $_ eq $date } @{ $calendar->{open_days} // [] };
    return 0 if grep { $_ eq $date } @{ $calendar->{closed_days} // [] };
    return 0 if $calendar->{weekdays} && !is_among($weekday, @{ $calendar->{weekdays} });
    return !(($calendar->{holidays} // '') eq 'jp' && $holidays{ sprintf '%04d%02d%02d', $y, $m, $d });
}

my ($first_second, $last_second);    # of the strings

sub fill_calendar {
    my ($calendar) = @_;
    my $string = '0' x ($last_second - $first_second);
    my $hours = $calendar->{hours} // ['00:00-24:00'];
    # Noon is on the same date whatever the clocks do.
    my ($y0, $m0, $d0) = local_date($first_second);
    for (my $noon = utc($y0, $m0, $d0, 43200); $noon < $last_second + 86400; $noon += 86400) {
        my @l = gmtime $noon;
        my @date = ($l[5] + 1900, $l[4] + 1, $l[3]);
        next unless is_business_day($calendar, @date, $l[6]);
        for (@$hours) {
            /^(\d+):(\d+)-(\d+):(\d+)$/ or die "no hours: $_\n";
            my $from = instant(@date, $1 * 60 + $2) - $first_second;
            my $to = instant(@date, $3 * 60 + $4) - $first_second;
            $from = 0 if $from < 0;
            $to = length $string if $to > length $string;
            substr($string, $from, $to - $from, '1' x ($to - $from)) if $from < $to;
        }
    }
    return $string;
}

# Planned seconds of [from, to) of wall time; all of them without a calendar.
sub open_seconds {
    my ($string, $from, $to) = @_;
    return 0 if $from >= $to;
    return $to - $from unless defined $string;
    return substr($string, $from - $first_second, $to - $from) =~ tr/1//;
}

my @linkages;

# ---- expressions ---------------------------------------------------------------------------------

# any(a, b) as [any, [name, a], [name, b]]; at_least keeps its number behind the operands.
sub read_expression {
    my ($text) = @_;
    my @stack = ([]);
    my @at_least;
    while ($text =~ /(any|all|not|at_least)\(|(\))|(\d+)\s*,|([-\w.\/]+)/g) {
        if (defined $1) { push @stack, [$1]; push @at_least, undef; }
        elsif (defined $2) {
            my $done = pop @stack;
            my $number = pop @at_least;
            splice @$done, 1, 0, $number // ($done->[0] eq 'any' ? 1 : $#$done);
            push @{ $stack[-1] }, $done;
        }
        elsif (defined $3) { $at_least[-1] = $3; }
        else { push @{ $stack[-1] }, ['name', $4]; }
    }
    return $stack[0][0];
}

# A class of linkages is all of them.
sub with_linkages {
    my ($e) = @_;
    if ($e->[0] eq 'name') {
        return $e unless $e->[1] =~ /^linkage\.class_(.+)$/;
        my @names = map { ['name', "linkage.$_->{id}"] } grep { $_->{class} eq $1 } @linkages;
        return ['all', scalar @names, @names];
    }
    my ($op, $number, @operands) = @$e;
    return [$op, $number, map { with_linkages($_) } @operands];
}

# 1 yes, 0 no, undef: nobody knows. @is gives the same of a name.
sub truth {
    my ($e, $is) = @_;
    return $is->($e->[1]) if $e->[0] eq 'name';
    my ($op, $number, @operands) = @$e;
    my @truths = map { truth($_, $is) } @operands;
    return defined $truths[0] ? !$truths[0] + 0 : undef if $op eq 'not';
    my $yes = grep { defined && $_ } @truths;
    my $maybe = grep { !defined || $_ } @truths;
    return $yes >= $number ? 1 : $maybe < $number ? 0 : undef;
}

sub names_of { my ($e) = @_; return $e->[0] eq 'name' ? $e->[1] : map { ref $_ ? names_of($_) : () } @$e; }

# ---- what was seen: subjects ---------------------------------------------------------------------
# Pieces are [from, letter], each until the next: c critical, . not critical, b blind, ? nobody has
# looked yet. Times are milliseconds of boot time.

my (%subjects, @subject_order, @services, @incidents);
my ($now, $is_running, $is_polled, $boot_id);
my @legs;    # [boot time, wall - boot]: how the wall clock went on from there
my $changed;    # from when on the last reading changed a subject
my (@works, @exclusions);

sub met { my ($condition, $x) = @_;
    return 0 unless $condition && $condition =~ /^(<=|>=|<|>|==|!=)\s*(-?[\d.]+)$/;
    return $1 eq '<' ? $x < $2 : $1 eq '<=' ? $x <= $2 : $1 eq '>' ? $x > $2 : $1 eq '>=' ? $x >= $2
        : $1 eq '==' ? $x == $2 : $x != $2; }

# What a number argues for at a level: 0 ok, 1 warning, 2 critical (settled 7).
sub argument {
    my ($rule, $level, $x) = @_;
    return 2 if met($rule->{critical}, $x);
    my $leave = $rule->{critical_clear} // ($rule->{warning} ? undef : $rule->{clear});
    return 2 if $level == 2 && $leave && !met($leave, $x);
    return 1 if met($rule->{warning}, $x);
    return 0 if $level == 0 || !$rule->{warning};
    my $end = $rule->{warning_clear} // $rule->{clear};
    return !$end || met($end, $x) ? 0 : 1;
}

sub open_incident {
    my ($s, $severity) = @_;
    my $incident = { subject => $s->{subject}, service => $s->{service}, severity => $severity };
    # What keeps to its service's hours waits for them.
    raise_incident($incident) if is_timely($s);
    return $incident;
}

# Neither the hours nor planned work hold what is found of @s.
sub is_timely {
    my ($s) = @_;
    return !($s->{gate} && !is_open_at($s->{gate}, $now)) && !($s->{home} && is_worked_at($s->{home}, $now));
}

sub raise_incident {
    my ($incident) = @_;
    push @incidents, $incident;
    @$incident{qw(id detected)} = (scalar @incidents, $now);
}

sub is_open_at {
    my ($v, $t) = @_;
    return substr($v->{planned}, seconds(wall_of($t)) - $first_second, 1) eq '1';
}

# The window of @work in which incidents are held, in ms of wall time.
sub holding_window {
    my ($work) = @_;
    return unless $work->{approved} && !$work->{cancelled};
    my $to = defined $work->{ended} && $work->{ended} < $work->{to} ? $work->{ended} : $work->{to};
    return $work->{from} < $to ? ($work->{from}, $to) : ();
}

sub is_worked_at {
    my ($v, $t) = @_;
    my $wall = wall_of($t);
    for (@works) {
        next unless $_->{service} eq $v->{name};
        my ($from, $to) = holding_window($_) or next;
        return 1 if $wall >= $from && $wall < $to;
    }
    return 0;
}

# The hours begin, or work is over: what is still bad is an incident from now on.
sub release {
    my ($v) = @_;
    for my $s (grep { (($_->{gate} // 0) == $v || ($_->{home} // 0) == $v) && is_timely($_) } @subject_order) {
        for (grep { $s->{$_} && !$s->{$_}{id} } qw(silence incident)) { raise_incident($s->{$_}); }
        for (grep { !$_->{id} } @{ $s->{missing} // [] }) { raise_incident($_); }
    }
}

# When the hours of @v begin next after @from, at the latest at @until.
sub next_opening {
    my ($v, $from, $until) = @_;
    my $found = index $v->{planned}, '01', seconds(wall_of($from)) - $first_second;
    return undef if $found < 0;
    my $at = ($found + 1 + $first_second) * 1000 - $legs[-1][1];
    return $at <= $until ? $at : undef;
}

# When work at @v is over next after @from, at the latest at @until.
sub next_work_end {
    my ($v, $from, $until) = @_;
    my $next;
    for (grep { $_->{service} eq $v->{name} } @works) {
        my (undef, $to) = holding_window($_) or next;
        my $at = $to - $legs[-1][1];
        $next = $at if $at > $from && $at <= $until && (!defined $next || $at < $next);
    }
    return $next;
}

# From @from on it is @letter: back to where somebody could look again, and no further.
sub is_from {
    my ($s, $from, $letter) = @_;
    my $pieces = $s->{pieces};
    my $seen = $now;
    for (reverse @$pieces) { last if $_->[1] =~ /[b?]/; $seen = $_->[0]; }
    $from = $seen if $from < $seen;
    pop @$pieces while @$pieces > 1 && $pieces->[-1][0] >= $from;
    push @$pieces, [$from, $letter, $s->{last_good}] if $pieces->[-1][1] ne $letter;
    $changed = $from;
}

sub go_blind {
    my ($s, $from) = @_;
    return if $s->{pieces}[-1][1] eq 'b';
    pop @{ $s->{pieces} } while @{ $s->{pieces} } > 1 && $s->{pieces}[-1][0] >= $from;
    push @{ $s->{pieces} }, [$from, 'b'];
    $changed = $from;
}

sub take_blind {
    my ($s) = @_;
    see_again($s, 'silence');
    $s->{incident} //= $s->{blindness} //= open_incident($s, 'blind');
    go_blind($s, $now);
}

# The incident of a blindness ends when something is seen.
sub see_again {
    my ($s, $which) = @_;
    my $incident = delete $s->{$which} or return;
    $incident->{cleared} = $now;
    delete $s->{incident} if $s->{incident} && $s->{incident} == $incident;
}

sub take_number {
    my ($s, $rule, $x) = @_;
    my $before = $s->{level};
    my $towards = argument($rule, $before, $x);
    see_again($s, $_) for 'silence', 'blindness';

    # The readings in a row that argue against the level, each with what it argues for.
    $s->{row} = [] if $towards == $before || ($s->{row}[0] && ($s->{row}[-1][1] > $before) != ($towards > $before));
    push @{ $s->{row} }, [$now, $towards] if $towards != $before;
    my $since = $now;
    if ($towards > $before) {
        $since = raise($s, $rule, 1) // $since if $s->{level} < 1;
        $since = raise($s, $rule, 2) // $since if $s->{level} < 2;
    } elsif ($towards < $before) {
        my $first = $s->{row}[0][0];
        $since = $first if lower($s, $rule);
    }
    follow($s) if $s->{level} != $before || ($s->{level} > 0 && !$s->{incident});
    my $is_critical = $s->{level} == 2;
    my $is_other = $is_critical != ($before == 2);
    $s->{last_good} = $now if $s->{level} < 2 && (!@{ $s->{row} } || $s->{row}[-1][1] < 2);
    is_from($s, $is_other ? $since : $now, $is_critical ? 'c' : '.');
}

# Up to @level if the last `runs` readings all argue for at least that; the first of such.
sub raise {
    my ($s, $rule, $level) = @_;
    my $row = $s->{row};
    my $begin = @$row;
    $begin-- while $begin > 0 && $row->[ $begin - 1 ][1] >= $level;
    return undef if @$row - $begin < ($rule->{runs} // 1);
    my $since = $row->[$begin][0];
    $s->{level} = $level;
    # What goes on to argue for worse is what argues so at the end of the row.
    my $worse = @$row;
    $worse-- while $worse > $begin && $row->[ $worse - 1 ][1] > $level;
    $s->{row} = [@$row[$worse .. $#$row]];
    return $since;
}

sub lower {
    my ($s, $rule) = @_;
    my $row = $s->{row};
    my $wanted = $rule->{clear_runs} // 1;
    my $begin = @$row;
    $begin-- while $begin > 0 && $row->[ $begin - 1 ][1] == 0;
    my $fine = @$row - $begin;
    if ($fine >= $wanted) { $s->{level} = 0; $s->{row} = []; return 1; }
    if ($s->{level} == 2 && @$row >= $wanted) {
        $s->{level} = 1;
        $s->{row} = [@$row[$begin .. $#$row]];
        return 1;
    }
    return 0;
}

sub follow {
    my ($s) = @_;
    my $severity = ('', 'warning', 'critical')[ $s->{level} ];
    if ($s->{level} == 0) {
        my $incident = delete $s->{incident};
        $incident->{cleared} = $now if $incident;
    } elsif (!$s->{incident}) {
        $s->{incident} = open_incident($s, $severity);
    } elsif ($s->{incident}{severity} eq 'warning') {
        $s->{incident}{severity} = $severity;
        # A warning is no stop by a fault: its detection is that of the critical state.
        $s->{incident}{critical} = $now if $s->{incident}{id} && $severity eq 'critical';
    }
}

# ---- what followed: services ---------------------------------------------------------------------
# What a service was is its `line`: [from, letter, judged, known], each until the next: U up, G degraded,
# D down, R down since a reboot made it so and nothing good was seen yet, ? unmonitored, - before anybody
# looked for the first time. `outages` are its
# runs of D: [from, to, detected].

my $ever = 1e18;

sub letter_at {
    my ($s, $t) = @_;
    for (reverse @{ $s->{pieces} }) { return $_->[1] if $_->[0] <= $t; }
    return $s->{pieces}[0][1];
}

sub state_at {
    my ($v, $t) = @_;
    my $is = sub {
        my $letter = letter_at($subjects{ $_[0] } // die("no subject $_[0]\n"), $t);
        return $letter eq 'c' ? 1 : $letter eq '.' ? 0 : undef;
    };
    my $down = $v->{down} ? truth($v->{down}, $is) : 0;
    return '?' unless defined $down;
    return 'D' if $down;
    return 'G' if $v->{degraded} && truth($v->{degraded}, $is);
    return 'U';
}

# The pieces of what it names that begin at @from or later.
sub recent_pieces {
    my ($v, $from) = @_;
    my @recent;
    for my $name (@{ $v->{names} }) {
        for (reverse @{ $subjects{$name}{pieces} }) { last if $_->[0] < $from; push @recent, $_; }
    }
    return @recent;
}

# outage_start = "last_good": what went down from good time on did so at the last good observation.
sub begin_at_last_good {
    my ($v, $line) = @_;
    for (my $i = 1; $i < @$line; $i++) {
        next unless $line->[$i][1] eq 'D' && $line->[ $i - 1 ][1] =~ /[UG]/;
        my ($good) = sort { $a <=> $b } grep { defined } map { $_->[2] }
            grep { $_->[0] == $line->[$i][0] && $_->[1] eq 'c' } recent_pieces($v, $line->[$i][0]);
        next unless defined $good;
        my $outage = $line->[$i];
        my $before = $i;
        $before-- while $before > 0 && $line->[ $before - 1 ][1] =~ /[UG]/ && $line->[ $before - 1 ][0] >= $good;
        my $is_good = $before > 0 && $line->[ $before - 1 ][1] =~ /[UG]/;
        $outage->[0] = $is_good ? $good : $line->[$before][0];
        splice @$line, $before, $i - $before;
        $i = $before;
        splice @$line, $i--, 1 if $i > 0 && $line->[ $i - 1 ][1] eq 'D';
    }
}

# Its line from @from on, as far as it is known now.
sub consider {
    my ($v, $from) = @_;
    $from = $v->{since_start} if $from < $v->{since_start};
    my $old = $v->{line};
    if ($v->{last_good}) {
        for (map { $_->[2] // () } recent_pieces($v, $from)) { $from = $_ if $_ < $from; }
        for (reverse @$old) { next if $_->[0] > $from; $from = $_->[0]; last; }
        $from = $v->{since_start} if $from < $v->{since_start};
    }
    # Pieces before @kept stay; the last three of them may become one with what follows.
    my $kept = @$old;
    $kept-- while $kept > 0 && $old->[ $kept - 1 ][0] >= $from;
    my $left = $kept > 3 ? $kept - 3 : 0;
    my @line = map { [@$_] } @$old[$left .. $kept - 1];
    my $is_seen = !$v->{reboot};
    for (my $i = $kept - 1; !$is_seen && $i >= 0 && $old->[$i][0] >= $v->{since_start}; $i--) {
        $is_seen = 1 if $old->[$i][1] =~ /[UG]/;
    }
    my %edges = map { $_->[0] => 1 } recent_pieces($v, $from);
    $edges{$from} = 1;
    for my $edge (sort { $a <=> $b } grep { $_ <= $now } keys %edges) {
        my $letter = state_at($v, $edge);
        $is_seen = 1 if $letter =~ /[UG]/;
        $letter = 'R' if $letter eq '?' && !$is_seen;
        push @line, [$edge, $letter, undef, $now] if !@line || $line[-1][1] ne $letter;
    }
    begin_at_last_good($v, \@line) if $v->{last_good};
    rewrite_line($v, $left, \@line);
}

# The first moment from which on @line is other than @old.
sub first_difference {
    my ($old, $line) = @_;
    for (my $i = 0; $i < @$old || $i < @$line; $i++) {
        my ($a, $b) = ($old->[$i], $line->[$i]);
        return $a->[0] unless defined $b;
        return $b->[0] unless defined $a;
        return $a->[0] < $b->[0] ? $a->[0] : $b->[0] if $a->[0] != $b->[0] || $a->[1] ne $b->[1];
    }
    return undef;
}

# What lasts over the first difference or begins later is said anew; the rest is as it was.
sub rewrite_line {
    my ($v, $left, $line) = @_;
    my @old = @{ $v->{line} }[$left .. $#{ $v->{line} }];
    my $d = first_difference(\@old, $line) // return;
    for my $i (0 .. $#$line) {
        my $end = $i < $#$line ? $line->[ $i + 1 ][0] : $ever;
        if ($end <= $d) { $line->[$i] = $old[$i]; }
        else { $line->[$i] = [@{ $line->[$i] }[0, 1], undef, $line->[$i][0] < $d && $line->[$i][1] eq 'R' ? $line->[$i][3] : $now]; }
    }
    my %after = map { $old[$_][0] => $old[ $_ - 1 ][1] } 1 .. $#old;
    splice @{ $v->{line} }, $left, scalar @old, @$line;
    update_outages($v, $d, \%after);
}

# What follows on a reboot's down is no outage of its own: @after says what was before each piece.
sub update_outages {
    my ($v, $d, $after) = @_;
    my @old = grep { $_->[1] >= $d } @{ $v->{outages} };
    my @kept = grep { $_->[1] < $d } @{ $v->{outages} };
    my (@new, %left);
    my $line = $v->{line};
    for (my $i = $#$line; $i >= 0; $i--) {
        my $end = $i < $#$line ? $line->[ $i + 1 ][0] : $ever;
        last if $end < $d;
        unshift @new, [$line->[$i][0], $end, $now] if $line->[$i][1] eq 'D';
        # What a reboot makes down anyway is no outage of its own.
        if ($line->[$i][1] eq 'R') {
            $left{$_} = 1 for grep { $_->[0] < $end && $_->[1] > $line->[$i][0] } @old;
        }
    }
    for my $outage (@new) {
        my @same = grep { $_->[0] < $outage->[1] && $_->[1] > $outage->[0] } @old;
        $left{$_} = 1 for @same;
        next unless @same;
        $outage->[2] = $same[0][2] > $outage->[0] ? $same[0][2] : $outage->[0];
    }
    push @{ $v->{taken} }, map { [$_->[2], $now] } grep { !$left{$_} && ($after->{ $_->[0] } // '') ne 'R' } @old;
    $v->{outages} = [@kept, @new];
}

# ---- linkages ------------------------------------------------------------------------------------

sub linkage_deadline {
    my ($l) = @_;
    return instant(@{ $l->{date} }, $l->{minute}) * 1000 - $legs[-1][1];
}

sub next_date {
    my ($l) = @_;
    my @l = gmtime(utc(@{ $l->{date} }, 43200) + 86400);
    ($l->{date}, $l->{has_arrived}) = ([$l[5] + 1900, $l[4] + 1, $l[3]], 0);
}

# The first day whose deadline and grace are yet to come.
sub begin_linkages {
    for my $l (@linkages) {
        $l->{date} = [local_date(seconds($now) - 3 * 86400)];
        next_date($l) while linkage_deadline($l) + $l->{grace} <= $now;
    }
}

# Deadline and grace have passed: missing, if nothing came, from the deadline on.
sub pass_deadline {
    my ($l) = @_;
    my $s = $l->{subject};
    if (!$l->{has_arrived}) {
        push @{ $s->{missing} }, open_incident($s, 'critical');
        $changed = linkage_deadline($l);
        push @{ $s->{pieces} }, [$changed, 'c'] if $s->{pieces}[-1][1] ne 'c';
        consider($_, $changed) for @services;
    }
    next_date($l);
}

# Ends what waited, whether it is of the last day or of the one whose deadline is next.
sub take_arrival {
    my ($id) = @_;
    my ($l) = grep { $_->{id} eq $id } @linkages or return;
    my $s = $l->{subject};
    my $is_near = $now >= linkage_deadline($l) - 43200 * 1000;
    my $is_today = $is_near || $now >= instant(@{ $l->{date} }, 0) * 1000 - $legs[-1][1];
    $l->{has_arrived} = 1 if @{ $s->{missing} } ? $is_near : $is_today;
    return unless @{ $s->{missing} };
    $_->{cleared} = $now for @{ $s->{missing} };
    $s->{missing} = [];
    push @{ $s->{pieces} }, [$now, '.'];
    consider($_, $now) for @services;
}

# ---- the lines -----------------------------------------------------------------------------------

sub expire {
    my ($until) = @_;
    return unless $is_running;
    while (1) {
        my ($next, $which, $opens, $due);
        for my $v (@services) {
            my $at = next_opening($v, $now, $until) // next;
            ($next, $opens) = ($at, $v) if !defined $next || $at < $next;
        }
        for my $v (@services) {
            my $at = next_work_end($v, $now, $until) // next;
            ($next, $opens) = ($at, $v) if !defined $next || $at < $next;
        }
        for my $s (@subject_order) {
            next if $s->{is_silent} || !$s->{interval} || !$is_polled;
            my $at = $s->{last} + $s->{interval} + $s->{deadline};
            ($next, $which) = ($at, $s) if $at <= $until && (!defined $next || $at < $next);
        }
        for my $l (@linkages) {
            my $at = linkage_deadline($l) + $l->{grace};
            ($next, $due) = ($at, $l) if $at <= $until && (!defined $next || $at < $next);
        }
        return unless defined $next;
        $now = $next;
        if ($due) { pass_deadline($due); next; }
        if (!$which) { release($opens); next; }
        $which->{is_silent} = 1;
        $which->{silence} //= open_incident($which, 'blind');
        go_blind($which, $which->{last} + $which->{interval});
        consider($_, $changed) for @services;
    }
}

sub start_agent {
    my ($gap, $boot) = @_;
    my $is_reboot = defined $boot && defined $boot_id && $boot ne $boot_id;
    $boot_id = $boot if defined $boot;
    for my $s (@subject_order) {
        pop @{ $s->{pieces} } while @{ $s->{pieces} } > 1 && $s->{pieces}[-1][0] >= $gap;
        push @{ $s->{pieces} }, [$gap, '?'];
        $s->{last} = $now;
        $s->{is_silent} = 0;
        delete $s->{last_good};
        # Nobody was told of what waited.
        for (qw(silence blindness incident)) { delete $s->{$_} if $s->{$_} && !$s->{$_}{id}; }
    }
    for my $v (@services) {
        my $line = $v->{line};
        pop @$line while @$line > 1 && $line->[-1][0] >= $gap;
        push @$line, [$gap, $is_reboot ? 'R' : '?', undef, $now];
        $v->{outages} = [grep { $_->[0] < $gap } @{ $v->{outages} }];
        for (@{ $v->{outages} }) { $_->[1] = $gap if $_->[1] > $gap; }
        ($v->{reboot}, $v->{since_start}) = ($is_reboot, $now);
    }
    ($is_running, $is_polled) = (1, 1);
}

sub take_line {
    my ($line) = @_;
    if ($line->{reading} && $line->{reading}{kind} eq 'event') {
        take_arrival($line->{reading}{fields}{job});
    } elsif (my $r = $line->{reading}) {
        my $s = $subjects{ $r->{subject} } or return;
        my $before = $s->{pieces}[-1];
        $s->{last} = $now;
        $s->{is_silent} = 0;
        if ($r->{kind} eq 'blind') { take_blind($s); }
        else { take_number($s, $s->{rules}{ $r->{metric} }, $r->{number}); }
        return if $before == $s->{pieces}[-1];
        consider($_, $changed) for @services;
    } elsif ($line->{clock}) {
        my @was = map { [is_open_at($_, $now), is_worked_at($_, $now)] } @services;
        push @legs, [$now, $legs[-1][1] + $line->{clock}{step_ms}];
        for my $i (0 .. $#services) { look_at_hours($services[$i], @{ $was[$i] }); }
    } elsif ($line->{command}) {
        take_command($line->{command});
    }
}

sub look_at_hours {
    my ($v, $was_open, $was_worked) = @_;
    release($v) if ($was_worked && !is_worked_at($v, $now)) || (!$was_open && is_open_at($v, $now));
}

sub take_command {
    my ($c) = @_;
    my $wall = wall_of($now);
    if ($c->{do} eq 'incident.reported') {
        $incidents[ $c->{id} - 1 ]{reported} //= $now;
    } elsif ($c->{do} =~ /^maintenance/) {
        my @was = map { is_worked_at($_, $now) } @services;
        change_work($c, $wall);
        for my $i (0 .. $#services) { look_at_hours($services[$i], 1, $was[$i]); }
    } elsif ($c->{do} eq 'exclusion.add') {
        push @exclusions, { service => $c->{service}, from => when($c->{from}), to => when($c->{to}),
            kind => ($c->{mode} // '') eq 'numerator' ? 'f' : 'x' };
    } elsif ($c->{do} eq 'exclusion.revoke') {
        $exclusions[ $c->{id} - 1 ]{is_revoked} = 1;
    } elsif ($c->{do} eq 'sla.judge') {
        judge_gap($c, boot_of(when($c->{gap})));
    }
}

sub change_work {
    my ($c, $wall) = @_;
    if ($c->{do} eq 'maintenance.add') {
        my $work = { service => $c->{service}, from => when($c->{from}), to => when($c->{to}) };
        $work->{is_late} = $wall > $work->{from};
        $work->{approved} = defined $c->{approved_by} && !$work->{is_late};
        push @works, $work;
        return;
    }
    my $work = $works[ $c->{id} - 1 ];
    if ($c->{do} eq 'maintenance.approve') { $work->{approved} = 1; return; }
    $work->{ended} = defined $c->{at} ? when($c->{at}) : $wall;
    $work->{started} = when($c->{started}) if defined $c->{started};
    $work->{cancelled} = 1 if $wall < $work->{from};
}

# R10: what a person says of a gap, as long as the gap is what it was then.
sub judge_gap {
    my ($c, $at) = @_;
    my ($v) = grep { $_->{name} eq $c->{service} } @services;
    my ($gap) = grep { $_->[0] <= $at } reverse @{ $v->{line} };
    die "no gap: $c->{gap}\n" unless $gap->[1] eq '?' && $gap != $v->{line}[-1];
    $gap->[2] = $c->{as} eq 'up' ? 'U' : 'D';
}

my $quick = qr/^\{"at":"([^"]+)","reading":\{"subject":"([^"\\]+)","metric":"([^"\\]+)","kind":"(\w+)"(?:,"number":(-?[\d.]+))?\}\}$/;

sub run_lines {
    my ($path) = @_;
    my ($is_first, $last, $stopped) = (1, 0, undef);
    open my $in, '<', $path or die "$path: $!\n";
    while (<$in>) {
        chomp;
        my $line = /$quick/
            ? { at => $1, reading => { subject => $2, metric => $3, kind => $4, number => $5 } }
            : read_text($_);
        my $at = when($line->{at});
        if ($is_first) {
            @legs = ([$at, 0]);
            $boot_id = 'replay';
            begin($at, ($line->{agent} // '') ne 'start');
        }
        my $boot = $at - $legs[-1][1];
        my $agent = $line->{agent} // '';
        # What an agent that was killed would have done since its last sign of life, it did not do.
        expire($boot) unless $agent eq 'start' && $is_running;
        $now = $boot;
        if ($agent eq 'start') {
            start_agent($is_first ? $now : $stopped // $last, $line->{boot_id}) unless $is_first;
            start_first($line->{boot_id}) if $is_first;
            $stopped = undef;
        } elsif ($agent eq 'stop') { ($stopped, $is_running) = ($now, 0); }
        else { take_line($line); }
        ($is_first, $last) = (0, $now);
    }
}

sub begin {
    my ($at, $is_good) = @_;
    $now = $at;
    ($is_running, $is_polled) = ($is_good, !$is_good);
    for (@subject_order) { $_->{pieces} = [[-1e15, $is_good ? '.' : '?']]; $_->{last} = $at; }
    for (@services) {
        ($_->{line}, $_->{since_start}) = ([[-1e15, $is_good ? 'U' : '-', undef, $at]], $at);
        ($_->{outages}, $_->{taken}) = ([], []);
    }
    begin_linkages();
    return unless $is_good;
    consider($_, $now) for @services;
}

sub start_first {
    my ($boot) = @_;
    $boot_id = $boot if defined $boot;
    $is_running = 1;
    for (@services) { $_->{since_start} = $now; push @{ $_->{line} }, [$now, '?', undef, $now]; }
}

# ---- figures -------------------------------------------------------------------------------------

sub seconds { return POSIX::floor($_[0] / 1000); }

# What boot time [from, to) is on the wall: [from, to) in seconds, each as far as it lies in [low, high).
sub wall_pieces {
    my ($from, $to, $low, $high) = @_;
    my @pieces;
    for my $i (0 .. $#legs) {
        my ($begin, $offset) = @{ $legs[$i] };
        $begin = -1e15 if $i == 0;
        my $end = $i < $#legs ? $legs[ $i + 1 ][0] : 1e15;
        my $a = seconds(($from > $begin ? $from : $begin) + $offset);
        my $b = seconds(($to < $end ? $to : $end) + $offset);
        $a = $low if defined $low && $a < $low;
        $b = $high if defined $high && $b > $high;
        push @pieces, [$a, $b] if $a < $b;
    }
    return @pieces;
}

# Of those, the planned seconds in the cuts of @v whose kinds are among @kinds.
sub cut_seconds {
    my ($v, $kinds, @pieces) = @_;
    my $sum = 0;
    for my $cut (grep { index($kinds, $_->[2]) >= 0 } @{ $v->{cuts} }) {
        for (@pieces) {
            my $a = $_->[0] > $cut->[0] ? $_->[0] : $cut->[0];
            my $b = $_->[1] < $cut->[1] ? $_->[1] : $cut->[1];
            $sum += open_seconds($v->{planned}, $a, $b) if $a < $b;
        }
    }
    return $sum;
}

sub planned_seconds {
    my ($v, @pieces) = @_;
    my $sum = 0;
    $sum += open_seconds($v->{planned}, @$_) for @pieces;
    return $sum;
}

# The clock of recovery and notification stands still in work and in what is excluded.
sub clock_seconds {
    my ($v, @pieces) = @_;
    return planned_seconds($v, @pieces) - cut_seconds($v, 'wlx', @pieces);
}

sub offered_seconds {
    my ($v, @pieces) = @_;
    return planned_seconds($v, @pieces) - cut_seconds($v, 'wl', @pieces);
}

# R8, R9: where several hold, work comes before exclusions and those before forgiveness.
sub cuts_of {
    my ($v) = @_;
    my (@windows, %edges);
    for (grep { $_->{service} eq $v->{name} && $_->{approved} && !$_->{cancelled} } @works) {
        my ($from, $to) = @$_{qw(from to)};
        if (!$v->{whole_window}) {
            $from = $_->{started} if defined $_->{started} && $_->{started} > $from;
            $to = $_->{ended} if defined $_->{ended} && $_->{ended} < $to;
        }
        push @windows, [seconds($from), seconds($to), $_->{is_late} ? 'l' : 'w'] if $from < $to;
    }
    for (grep { $_->{service} eq $v->{name} && !$_->{is_revoked} } @exclusions) {
        push @windows, [seconds($_->{from}), seconds($_->{to}), $_->{kind}];
    }
    for (@windows) { $edges{ $_->[0] } = $edges{ $_->[1] } = 1; }
    my @edges = sort { $a <=> $b } keys %edges;
    my @cuts;
    for my $i (0 .. $#edges - 1) {
        my %holds = map { $_->[2] => 1 } grep { $_->[0] <= $edges[$i] && $_->[1] > $edges[$i] } @windows;
        my ($kind) = grep { $holds{$_} } qw(w l x f);
        push @cuts, [$edges[$i], $edges[ $i + 1 ], $kind] if defined $kind;
    }
    return \@cuts;
}

# The boot time at which clocks showed @wall, the last if more than once.
sub boot_of {
    my ($wall) = @_;
    for my $i (reverse 0 .. $#legs) {
        my ($begin, $offset) = @{ $legs[$i] };
        next unless $i == 0 || $wall - $offset >= $begin;
        # What no clock showed is where the next leg begins.
        return $i < $#legs && $wall - $offset > $legs[ $i + 1 ][0] ? $legs[ $i + 1 ][0] : $wall - $offset;
    }
}

sub wall_of {
    my ($boot) = @_;
    for (reverse @legs) { return $boot + $_->[1] if $boot >= $_->[0]; }
    return $boot;
}

# The line as the figures read it: [from, letter, detected, is a gap], cut at @as_of.
sub final_line {
    my ($v, $as_of) = @_;
    my %detected = map { $_->[0] => $_->[2] } @{ $v->{outages} };
    my @line;
    for (grep { $_->[0] <= $as_of } @{ $v->{line} }) {
        my ($from, $letter, $judged, $known) = @$_;
        push @line, { from => $from, letter => { R => 'D', '-' => '?' }->{$letter} // $letter, judged => $judged,
            detected => $letter eq 'D' ? $detected{$from} // die("no outage at $from\n") : $known,
            is_gap => $letter eq '?' };
    }
    hold_outages(\@line, $v->{hold}, $as_of);
    for (@line) { $_->{letter} = $_->{judged} if defined $_->{judged}; }
    forget_short(\@line, $v->{min_outage}) if $v->{min_outage};
    return \@line;
}

# R5, R19: what was good for less than the hold time did not end the outage.
sub hold_outages {
    my ($line, $hold, $end) = @_;
    for (my $i = 1; $i < @$line; $i++) {
        next unless $line->[ $i - 1 ]{letter} eq 'D' && $line->[$i]{letter} =~ /[UG]/;
        my $j = $i;
        $j++ while $j < @$line && $line->[$j]{letter} =~ /[UG]/;
        my $until = $j < @$line ? $line->[$j]{from} : $end;
        next if $until - $line->[$i]{from} >= $hold;
        @$_{qw(letter detected)} = ('D', $line->[ $i - 1 ]{detected}) for @$line[$i .. $j - 1];
        $line->[$j]{detected} = $line->[ $i - 1 ]{detected} if $j < @$line && $line->[$j]{letter} eq 'D';
    }
}

# R17: an outage below the least length, where the contract sets one.
sub forget_short {
    my ($line, $least) = @_;
    for (my $i = 0; $i < @$line; $i++) {
        next unless $line->[$i]{letter} eq 'D';
        my $j = $i;
        $j++ while $j < @$line && $line->[$j]{letter} eq 'D';
        if ($j < @$line && $line->[$j]{from} - $line->[$i]{from} < $least) {
            $_->{letter} = 'U' for @$line[$i .. $j - 1];
        }
        $i = $j;
    }
}

sub percent {
    my ($part, $whole) = @_;
    return 'n/a' if $whole <= 0;
    use integer;
    my $units = $part * 10000000 / $whole;
    return sprintf '%d.%05d', $units / 100000, $units % 100000;
}

sub floor_div { my ($a, $b) = @_; use integer; my $q = $a / $b; return $a % $b < 0 ? $q - 1 : $q; }

sub sample {
    my ($v, $start, $stop, $limit, $as_of) = @_;
    my $is_ended = defined $stop && $stop <= $as_of;
    $stop = $as_of unless $is_ended;
    my @pieces = wall_pieces($start, $stop);
    my $service = clock_seconds($v, @pieces);
    my $wall = 0;
    $wall += $_->[1] - $_->[0] for @pieces;
    return { service_s => $service, wall_s => $wall,
        result => $service > $limit / 1000 ? 'fail' : $is_ended ? 'pass' : 'pending' };
}

sub in_period {
    my ($t, $from, $to, $as_of) = @_;
    my $wall = seconds(wall_of($t));
    return $wall >= $from && $wall < $to && $t <= $as_of;
}

# What began outside the hours or during planned work was detected when that was over.
sub counted_detection {
    my ($v, $from, $detected, $end) = @_;
    my $next = $detected + 1000;
    return $detected if $next >= $end || offered_seconds($v, wall_pieces($from, $next));
    my $low = $detected;
    for (my $step = 4096 * 1000; $step >= 1000; $step /= 2) {
        while ($low + $step < $end && !offered_seconds($v, wall_pieces($detected, $low + $step))) { $low += $step; }
    }
    return $low;
}

sub recoveries {
    my ($v, $line, $from, $to, $as_of) = @_;
    my @samples;
    for (my $i = 0; $i < @$line;) {
        my $first = $line->[ $i++ ];
        next unless $first->{letter} eq 'D';
        $i++ while $i < @$line && $line->[$i]{letter} =~ /[D?]/;
        my $stop = $i < @$line ? $line->[$i]{from} : undef;
        my $end = $stop // $as_of;
        next unless clock_seconds($v, wall_pieces($first->{from}, $end));
        my $detected = counted_detection($v, $first->{from}, $first->{detected}, $end);
        next unless in_period($detected, $from, $to, $as_of);
        push @samples, sample($v, $detected, $stop, $v->{recovery}, $as_of);
    }
    for (@{ $v->{taken} }) {
        my ($detected, $taken_back) = @$_;
        next unless in_period($detected, $from, $to, $as_of);
        next unless clock_seconds($v, wall_pieces($detected, $taken_back));
        push @samples, sample($v, $detected, $detected, $v->{recovery}, $as_of);
    }
    return \@samples;
}

sub notifications {
    my ($v, $from, $to, $as_of) = @_;
    my @samples;
    for my $i (@incidents) {
        next unless $i->{severity} eq 'critical' && ($i->{service} // '') eq $v->{name};
        my $detected = $i->{critical} // $i->{detected};
        next unless in_period($detected, $from, $to, $as_of);
        my $end = $i->{cleared} && $i->{cleared} <= $as_of ? $i->{cleared} : $as_of;
        $end = $detected + 1000 if $end < $detected + 1000;
        next unless clock_seconds($v, wall_pieces($detected, $end));
        my $s = sample($v, $detected, $i->{reported}, $v->{notification}, $as_of);
        $s->{incident} = $i->{id};
        push @samples, $s;
    }
    return \@samples;
}

sub result_of {
    my ($samples) = @_;
    my %n = (pass => 0, fail => 0, pending => 0);
    $n{ $_->{result} }++ for @$samples;
    return { passed => $n{pass}, total => $n{pass} + $n{fail}, pending => $n{pending}, samples => $samples };
}

# Seconds by class; @kinds are the cuts that hold.
sub count_classes {
    my ($v, $line, $as_of, $from, $until, $kinds) = @_;
    my %n = map { $_ => 0 } qw(U G D ? w l x f);
    for my $i (0 .. $#$line) {
        my $end = $i < $#$line ? $line->[ $i + 1 ]{from} : $as_of;
        my @pieces = wall_pieces($line->[$i]{from}, $end, $from, $until);
        my $left = planned_seconds($v, @pieces);
        for my $kind (split //, $kinds) {
            next if $kind eq 'f' && $line->[$i]{letter} ne 'D';
            my $cut = cut_seconds($v, $kind, @pieces);
            $n{$kind} += $cut;
            $left -= $cut;
        }
        $n{ $line->[$i]{letter} } += $left;
    }
    return \%n;
}

sub is_met {
    my ($good, $known, $target) = @_;
    return $known ? ($good * 100000 >= $known * $target ? 1 : 0) : undef;
}

# The figures without exclusions by agreement (R9).
sub plain_figures {
    my ($v, $line, @of) = @_;
    my $cuts = $v->{cuts};
    local $v->{cuts} = [grep { $_->[2] =~ /[wl]/ } @$cuts];
    my $n = count_classes($v, $line, @of, 'wl');
    my $good = $n->{U} + $n->{G};
    return (percent($good, $good + $n->{D}), is_met($good, $good + $n->{D}, $v->{target}));
}

# R10: the last hundred stretches in which nobody could look, as they are judged.
sub gaps_of {
    my ($v, $line, $as_of, $from, $until) = @_;
    my @gaps;
    for my $i (grep { $line->[$_]{is_gap} } 0 .. $#$line) {
        my $end = $i < $#$line ? $line->[ $i + 1 ]{from} : $as_of;
        my $seconds = clock_seconds($v, wall_pieces($line->[$i]{from}, $end, $from, $until)) or next;
        push @gaps, "$seconds/" . { U => 'up', D => 'down', '?' => 'unmonitored' }->{ $line->[$i]{letter} };
    }
    return @gaps > 100 ? @gaps[-100 .. -1] : @gaps;
}

sub figures {
    my ($v, $label, $from, $to, $as_of_wall) = @_;
    my $as_of = boot_of($as_of_wall);
    my $line = final_line($v, $as_of);
    $from = $v->{start} if defined $v->{start} && $from < $v->{start};
    my $until = $to < seconds($as_of_wall) ? $to : seconds($as_of_wall);
    my @of = ($as_of, $from, $until);
    my $n = count_classes($v, $line, @of, 'wlxf');
    my $planned = open_seconds($v->{planned}, $from, $to);
    my $elapsed = open_seconds($v->{planned}, $from, $until);
    my $excluded = $n->{w} + $n->{l} + $n->{x};
    my $good = $n->{U} + $n->{G} + $n->{f};
    my $known = $good + $n->{D};
    my $all = $known + $n->{'?'};
    my $share = 100000 - $v->{target};
    my ($plain, $plain_met) = plain_figures($v, $line, @of);
    return {
        service => $v->{name}, period => $label, planned_s => $planned, elapsed_s => $elapsed,
        up_s => $n->{U}, degraded_s => $n->{G}, down_s => $n->{D}, unmonitored_s => $n->{'?'},
        excluded_s => $excluded, forgiven_s => $n->{f}, maintenance_s => $n->{w} + $n->{l},
        late_registered_s => $n->{l}, clock_correction_s => $all + $excluded - $elapsed,
        measured => percent($good, $known), pessimistic => percent($good, $all),
        optimistic => percent($good + $n->{'?'}, $all), coverage => percent($known, $all),
        met => is_met($good, $known, $v->{target}),
        without_exclusions => { measured => $plain, met => $plain_met },
        budget_s => floor_div(($planned - $excluded) * $share, 100000),
        budget_left_s => floor_div(($planned - $excluded) * $share - $n->{D} * 100000, 100000),
        gaps => [gaps_of($v, $line, @of)],
        recovery => result_of(recoveries($v, $line, $from, $to, $as_of)),
        notification => result_of(notifications($v, $from, $to, $as_of)),
    };
}

# ---- configuration -------------------------------------------------------------------------------

sub load_config {
    my ($path) = @_;
    my $text = read_file($path);
    $source = "$text\n}";
    pos($source) = 0;
    my $c = read_members('\}');
    set_zone($c->{agent}{timezone} // 'Asia/Tokyo');
    for my $w (@{ $c->{watch} }) {
        my $s = { subject => $w->{subject}, service => $w->{service}, hours => $w->{hours}, level => 0, row => [],
            interval => span($w->{interval}), deadline => span($w->{deadline} // '10s'),
            rules => { map { $_->{metric} => $_ } @{ $w->{rules} } } };
        $subjects{ $w->{subject} } = $s;
        push @subject_order, $s;
    }
    for my $l (@{ $c->{linkages} // [] }) {
        my $s = { subject => $l->{id}, service => $l->{service}, level => 0, row => [], interval => 0, missing => [] };
        my ($hour, $minute) = $l->{deadline} =~ /^(\d+):(\d+)$/ or die "no deadline: $l->{deadline}\n";
        push @linkages, { id => $l->{id}, class => $l->{class} // '', subject => $s, grace => span($l->{grace}),
            minute => $hour * 60 + $minute };
        $subjects{"linkage.$l->{id}"} = $s;
        push @subject_order, $s;
    }
    for my $service (@{ $c->{services} }) {
        next if ($service->{environment} // '') eq 'test';
        my $sla = $service->{sla};
        my $v = { name => $service->{name}, calendar => $service->{calendar},
            hold => $service->{hold} ? span($service->{hold}) : 0,
            target => sprintf('%.0f', $sla->{availability} * 1000),
            recovery => span($sla->{recovery}), notification => span($sla->{notification}),
            min_outage => span($sla->{min_outage} // '0s'), last_good => ($sla->{outage_start} // '') eq 'last_good',
            whole_window => ($sla->{maintenance} // '') eq 'approved' };
        for my $when (qw(down degraded)) {
            next unless $service->{"${when}_when"};
            $v->{$when} = with_linkages(read_expression($service->{"${when}_when"}));
            push @{ $v->{names} }, names_of($v->{$when});
        }
        $v->{start} = instant($1, $2, $3, 0)
            if ($service->{start} // '') =~ /^(\d{4})-(\d\d)-(\d\d)$/;
        push @services, $v;
    }
    for my $s (@subject_order) {
        my ($v) = grep { $_->{name} eq ($s->{service} // '') } @services;
        $s->{home} = $v;
        my $hours = $s->{hours} // ($v && grep({ $_ eq $s->{subject} } @{ $v->{names} }) ? 'service' : 'always');
        $s->{gate} = $v if $hours eq 'service';
    }
    return $c;
}

# "FY2026", "2026Q1", "2026-04" or "FROM..TO" in seconds of wall time.
sub period {
    my ($label, $agent) = @_;
    my $month = $agent->{fiscal_year_start} // 4;
    my $minute = ($agent->{day_start} // '00:00') =~ /^(\d+):(\d+)$/ ? $1 * 60 + $2 : 0;
    my ($y, $m, $n);
    if ($label =~ /^FY(\d{4})$/) { ($y, $m, $n) = ($1, $month, 12); }
    elsif ($label =~ /^(\d{4})Q(\d)$/) { (($y, $m), $n) = (next_months($1, $month, 3 * ($2 - 1)), 3); }
    elsif ($label =~ /^(\d{4})-(\d\d)$/) { ($y, $m, $n) = ($1, $2, 1); }
    elsif ($label =~ /^(\d{4})-(\d\d)-(\d\d)\.\.(\d{4})-(\d\d)-(\d\d)$/) {
        return (instant($1, $2, $3, $minute), instant($4, $5, $6, $minute));
    } else { die "no period: $label\n"; }
    return (instant($y, $m, 1, $minute), instant(next_months($y, $m, $n), 1, $minute));
}

# ---- output --------------------------------------------------------------------------------------

# One line a figure, so that what differs can be seen.
sub flat {
    my ($f) = @_;
    my %flat;
    for my $name (qw(planned_s elapsed_s up_s degraded_s down_s unmonitored_s excluded_s forgiven_s
        maintenance_s late_registered_s clock_correction_s measured pessimistic optimistic coverage met budget_s budget_left_s)) {
        $flat{$name} = $f->{$name} // ($name eq 'clock_correction_s' ? 0 : 'null');
    }
    $flat{"without_exclusions.$_"} = $f->{without_exclusions}{$_} // 'null' for qw(measured met);
    $flat{gaps} = join ' ', map { ref $_ ? "$_->{service_s}/$_->{as}" : $_ } @{ $f->{gaps} };
    for my $kind (qw(recovery notification)) {
        $flat{"$kind.$_"} = $f->{$kind}{$_} for qw(passed total pending);
        $flat{"$kind.samples"} = join ' ', map {
            ($kind eq 'notification' ? "$_->{incident}:" : '') . "$_->{service_s}/$_->{wall_s}/$_->{result}"
        } @{ $f->{$kind}{samples} };
    }
    return \%flat;
}

sub compare {
    my ($mine, $theirs) = @_;
    my ($figures, $wrong) = (0, 0);
    my %theirs = map { ("$_->{service} $_->{period}" => flat($_)) } @$theirs;
    for my $f (@$mine) {
        my $key = "$f->{service} $f->{period}";
        my ($a, $b) = (flat($f), $theirs{$key});
        for my $name (sort keys %$a) {
            $figures++;
            my $is = defined $b ? $b->{$name} : 'nothing';
            next if $is eq $a->{$name};
            $wrong++;
            print "# $key $name: model $a->{$name}, agent $is\n";
        }
    }
    return ($figures, $wrong);
}

# From when to when seconds are counted: whatever is asked or told of, and some days.
sub bound_time {
    my ($path, $as_of, @seconds) = @_;
    push @seconds, seconds(when($as_of)) if defined $as_of;
    open my $in, '<', $path or die "$path: $!\n";
    while (<$in>) { push @seconds, seconds(when($1)) if ($. == 1 || eof || /"clock"/) && /"at":"([^"]+)"/; }
    @seconds = sort { $a <=> $b } @seconds;
    ($first_second, $last_second) = ($seconds[0] - 4 * 86400, $seconds[-1] + 4 * 86400);
}

# What an operator may have something to say of, in ms of boot time.
sub print_facts {
    for (@incidents) {
        print join(' ', 'incident', @$_{qw(id severity detected)}, $_->{cleared} // '-'), "\n";
    }
    for my $v (@services) {
        my $line = $v->{line};
        for my $i (1 .. $#$line - 1) {
            print join(' ', 'gap', $v->{name}, $line->[$i][0], $line->[ $i + 1 ][0]), "\n" if $line->[$i][1] eq '?';
        }
    }
}

sub main {
    my (%option, @periods);
    while (@ARGV > 1) {
        my $name = shift @ARGV;
        if ($name eq '--period') { push @periods, shift @ARGV; }
        elsif ($name eq '--facts') { $option{$name} = 1; }
        elsif ($name =~ /^--(config|as-of|compare)$/) { $option{$name} = shift @ARGV; }
        else { die "unknown option $name\n"; }
    }
    my $config = load_config($option{'--config'});
    my @bounds = map { [$_, period($_, $config->{agent})] } @periods;
    bound_time($ARGV[0], $option{'--as-of'}, map { @$_[1, 2] } @bounds);
    load_holidays();
    my %calendars = map { $_->{name} => $_ } @{ $config->{calendars} };
    $_->{planned} = fill_calendar($calendars{ $_->{calendar} }) for @services;
    run_lines($ARGV[0]);
    if ($option{'--facts'}) {
        print_facts();
        return 0;
    }
    $_->{cuts} = cuts_of($_) for @services;
    my $as_of = defined $option{'--as-of'} ? when($option{'--as-of'}) : wall_of($now);
    my @figures;
    for my $v (@services) { push @figures, figures($v, @$_, $as_of) for @bounds; }
    if ($option{'--compare'}) {
        my ($figures, $wrong) = compare(\@figures, read_text(read_file($option{'--compare'}))->{sla});
        print "# $figures figures compared, $wrong differ\n";
        return $wrong ? 1 : 0;
    }
    for my $f (@figures) {
        my $flat = flat($f);
        print "$f->{service} $f->{period} $_ $flat->{$_}\n" for sort keys %$flat;
    }
    return 0;
}

exit main();
