# Reads the mails of a folder as SpamAssassin would, without its network tests, and fails if one of its rules about form counts against a
# mail: fields, encodings, and how they are written. What words and links are worth is not asked: leads of tests are odd on purpose.
use strict;
use warnings;
use Mail::SpamAssassin;

my ($folder, $rules, $site) = @ARGV;
my $judge = Mail::SpamAssassin->new({
    local_tests_only => 1, dont_copy_prefs => 1, userprefs_filename => '/dev/null',
    rules_filename => $rules, site_rules_filename => $site, userstate_dir => $folder, home_dir_for_helpers => $folder,
});
my $form = qr/^(MISSING_|MIME_|INVALID_|MALFORMED|HEADER_|FROM_|TO_|SUBJ_|SUBJECT_|MSGID_|MULTIPLE_|RATWARE|FAKE_|FORGED_|DATE_|BASE64_|BAD_|EMPTY_|NULL_|CHARSET_|UNPARSEABLE|LONG_HEADERS|FH_|HEAD_|UNCLOSED|T_)/;
# A name with a quote or a dot in it, which leads and senders of the tests have.
my %odd = map { $_ => 1 } qw(FROM_ENDS_IN_NUMS);
my ($mails, $faults) = (0, 0);
for my $file (sort glob "$folder/*.eml") {
    open my $in, '<:raw', $file or die "$file: $!";
    my $status = $judge->check($judge->parse(do { local $/; <$in> }));
    $mails++;
    for my $rule (split /,/, $status->get_names_of_tests_hit()) {
        my $score = $judge->{conf}{scores}{$rule} // 1;
        next if $score <= 0.01 || $rule !~ $form || $odd{$rule};
        print "$file: $rule ($score)\n";
        $faults++;
    }
    $status->finish();
}
print "$mails mails, $faults faults of form\n";
exit($mails == 0 || $faults > 0);
