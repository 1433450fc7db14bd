#!/usr/bin/perl
# The scenario through SOAP::Lite. Its WSDL proxy (SOAP::Lite->service) does not know the document/literal style: it sends
# the arguments without a namespace and with types. So only the address and the order of the elements are taken out of
# the served WSDL, and the request is put together of SOAP::Data, as Perl programs that call such services do.
use strict;
use warnings;
use utf8;

use JSON::PP;
use LWP::UserAgent;
use SOAP::Lite;
use XML::Parser;

use constant NAMESPACE => 'urn:kopilka:ws:pos:1';
use constant TIMEOUT_S => 30;

my ($base, $scenario) = @ARGV;
binmode STDOUT, ':raw';
$| = 1;

# Element and type names with what is in them, in the WSDL's order: [name, type, is it a list].
my (%structure, $endpoint, @open);

sub opened {
    my (undef, $tag, %attribute) = @_;
    my $kind = $tag =~ s/^.*://r;
    $endpoint //= $attribute{location} if $kind eq 'address';
    return if $kind ne 'complexType' && $kind ne 'element';
    my ($name, $type) = ($attribute{name}, $attribute{type});
    if ($kind eq 'element' && defined $type) {
        my $list = ($attribute{maxOccurs} // '') eq 'unbounded';
        push @{$structure{$open[-1]}}, [$name, $type =~ s/^.*://r, $list];
    } elsif (defined $name) {
        @open = ($name);
        $structure{$name} = [];
    }
}

my $wsdl = LWP::UserAgent->new(timeout => TIMEOUT_S)->get("$base/ws/pos_1?wsdl");
die $wsdl->status_line unless $wsdl->is_success;
XML::Parser->new(Handlers => {Start => \&opened})->parse($wsdl->content);

# A value of the scenario as SOAP::Data; undef is written with xsi:nil.
sub typed {
    my ($name, $type, $value) = @_;
    if (ref $value eq 'HASH') {
        return SOAP::Data->name($name => \SOAP::Data->value(members($type, $value)));
    }
    $value = $value ? 'true' : 'false' if JSON::PP::is_bool($value);
    # What has no type is written as it is: the markup has to be escaped here.
    $value = SOAP::Utils::encode_data($value) if defined $value;
    return SOAP::Data->name($name => $value)->type('');
}

sub members {
    my ($type, $values) = @_;
    my @made;
    for my $member (grep { exists $values->{$_->[0]} } @{$structure{$type}}) {
        my ($name, $type_of, undef) = @$member;
        my $value = $values->{$name};
        push @made, map { typed($name, $type_of, $_) } ref $value eq 'ARRAY' ? @$value : ($value);
    }
    return @made;
}

# What SOAP::Lite read, as JSON: it leaves out that a list of one is a list, and reads every value as a string.
sub plain {
    my ($type, $value) = @_;
    return $value eq 'true' ? JSON::PP::true : JSON::PP::false if $type eq 'boolean';
    return $value unless ref $value;
    my %made;
    for my $member (@{$structure{$type}}) {
        my ($name, $type_of, $list) = @$member;
        next unless ref $value eq 'HASH' && exists $value->{$name};
        my $read = $value->{$name};
        my @items = map { plain($type_of, $_) } ref $read eq 'ARRAY' ? @$read : ($read);
        $made{$name} = $list ? \@items : $items[0];
    }
    return \%made;
}

sub told {
    my ($step) = @_;
    my $operation = $step->{operation};
    # Of the class, before the object is made: on an object it leaves the envelope without a namespace.
    SOAP::Lite->soapversion($step->{soap});
    my $soap = SOAP::Lite->proxy($endpoint, timeout => TIMEOUT_S)->default_ns(NAMESPACE)->autotype(0)
        ->on_action(sub { '"' . NAMESPACE . "#Pos_1:$operation\"" })
        ->on_fault(sub { $_[1] });
    my @login = ($step->{login}) x 2;
    no warnings 'redefine';
    local *SOAP::Transport::HTTP::Client::get_basic_credentials = sub { @login };
    my $read = $soap->call($operation, members($operation, $step->{arguments}));
    return {error => ref $read ? 'no envelope' : "$read"} unless ref $read && $read->isa('SOAP::SOM');
    return {answer => plain($structure{"${operation}Response"}[0][1], $read->result)} unless $read->fault;
    my $error = ref $read->faultdetail eq 'HASH' ? $read->faultdetail->{error} : undef;
    return $error ? {fault => $error} : {error => $read->faultstring};
}

my $json = JSON::PP->new->utf8->canonical;
open my $file, '<:raw', $scenario or die "$scenario: $!";
for my $step (@{$json->decode(do { local $/; <$file> })}) {
    my $line = eval { told($step) } // {error => "$@"};
    print $json->encode({step => $step->{step}, %$line}), "\n";
}
