#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# zabbix_server.pl PORT LOG REGEXP OUT: as much of a Zabbix server as an agent's active checks need. Gives it one log[]
# item, and appends the values that it sends to OUT, one a line.
use strict;
use warnings;
use IO::Handle;
use IO::Socket::INET;
use JSON::PP;

my ($port, $log, $regexp, $out) = @ARGV;
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 16, ReuseAddr => 1)
    or die "port $port: $!";
open my $file, '>>', $out or die "$out: $!";
$file->autoflush(1);
my $quoted = $regexp =~ s/"/\\"/gr;
my %answers = (
    'active checks' => {
        response => 'success',
        regexp => [],
        data => [{key => "log[$log,\"$quoted\",,1000,all]", itemid => 1, delay => '1', lastlogsize => 0, mtime => 0}],
    },
    'agent data' => {response => 'success', info => 'processed: 1; failed: 0; total: 1; seconds spent: 0.0'},
);

print STDERR "listening\n";

sub take {
    my ($peer, $length) = @_;
    my $bytes = '';
    while (length $bytes < $length) {
        $peer->read(my $more, $length - length $bytes) or return;
        $bytes .= $more;
    }
    return $bytes;
}

while (my $peer = $listener->accept) {
    my $head = take($peer, 13) or next;
    my $body = take($peer, unpack 'V', substr $head, 5, 4) or next;
    my $request = eval { decode_json($body) } or next;
    for my $value (@{$request->{data} // []}) {
        my $text = $value->{value} // '';
        utf8::encode($text);
        print $file $text =~ s/\n//gr, "\n";
    }
    my $answer = $answers{$request->{request}} // {response => 'failed'};
    # The arguments are bytes already: as characters they would be encoded twice.
    my $json = JSON::PP->new->encode($answer);
    print $peer "ZBXD\x01", pack('VV', length $json, 0), $json;
    close $peer;
}
