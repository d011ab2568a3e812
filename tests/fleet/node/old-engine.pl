#!/usr/bin/perl
# A fixture: answers on the engine's socket as Docker 18.09 does, as far as a client gets that only
# asks what it is talking to. Runs on perl-base, which every Debian has.
use strict;
use warnings;
use IO::Socket::UNIX;

my $API = '1.39';
my $path = '/run/docker.sock';
my $version = qq({"Version":"18.09.1","ApiVersion":"$API","MinAPIVersion":"1.12","GitCommit":"4c52b90",)
    . qq("GoVersion":"go1.10.6","Os":"linux","Arch":"amd64","KernelVersion":"4.19.0"}\n);
my $info = qq({"ID":"OLD","Containers":0,"Images":0,"Driver":"overlay2","ServerVersion":"18.09.1",)
    . qq("OperatingSystem":"Debian GNU/Linux 10 (buster)","OSType":"linux","Architecture":"x86_64"}\n);

unlink $path;
my $listener = IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => $path, Listen => 16) or die "$path: $!";
chown 0, scalar getgrnam('docker'), $path;
chmod 0660, $path;

while (my $client = $listener->accept) {
    my $request = <$client> // '';
    while (defined(my $header = <$client>)) { last if $header =~ /^\r?\n$/ }
    my ($method, $target) = split ' ', $request;
    my ($asked) = ($target // '') =~ m{^/v1\.(\d+)/};
    my $resource = ($target // '') =~ s{^/v[\d.]+}{}r =~ s{\?.*}{}r;
    my ($status, $type, $body) = ('404 Not Found', 'application/json', qq({"message":"page not found"}\n));
    if (defined $asked && $asked > 39) {
        ($status, $body) = ('400 Bad Request', qq({"message":"client version 1.$asked is too new. Maximum supported API version is $API"}\n));
    }
    elsif ($resource eq '/_ping')   { ($status, $type, $body) = ('200 OK', 'text/plain', 'OK') }
    elsif ($resource eq '/version') { ($status, $body) = ('200 OK', $version) }
    elsif ($resource eq '/info')    { ($status, $body) = ('200 OK', $info) }
    my $length = length $body;
    $body = '' if ($method // '') eq 'HEAD';
    print $client "HTTP/1.1 $status\r\nApi-Version: $API\r\nDocker-Experimental: false\r\nOstype: linux\r\n"
        . "Server: Docker/18.09.1 (linux)\r\nContent-Type: $type\r\nContent-Length: $length\r\nConnection: close\r\n\r\n$body";
    close $client;
}
