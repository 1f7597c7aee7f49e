#!/bin/bash
# Composed mails judged by SpamAssassin's rules about form (`make form`). Its Debian packages are unpacked below the target folder, not
# installed. usage: tools/judge-form.sh TARGET_FOLDER
set -eu

place=$1/tools/spamassassin
packages="spamassassin libhtml-parser-perl libhtml-tagset-perl libnetaddr-ip-perl libnet-dns-perl libhttp-date-perl libtimedate-perl
    libdigest-hmac-perl liberror-perl libmail-dkim-perl liburi-perl libsocket6-perl libsys-hostname-long-perl libio-string-perl"
if [ ! -e "$place/.unpacked" ]; then
    command -v apt-get dpkg >/dev/null || { echo "This needs Debian's apt-get and dpkg." >&2; exit 1; }
    rm -rf "$place"
    mkdir -p "$place/packages"
    # shellcheck disable=SC2086 # one word per package is meant
    (cd "$place/packages" && apt-get download -q=2 -o APT::Sandbox::User=root $packages)
    for package in "$place"/packages/*.deb; do
        dpkg -x "$package" "$place/root"
    done
    touch "$place/.unpacked"
fi

mails=$(mktemp -d)
trap 'rm -rf "$mails"' EXIT
JUDGED_MAILS=$mails cargo test --locked --lib python_reads_every_mail_as_it_was_meant
libraries=$(find "$place/root/usr/share/perl5" "$place/root/usr/lib" -maxdepth 3 -type d -path '*perl5*' | paste -sd :)
PERL5LIB=$libraries perl tests/judge_form.pl "$mails" "$place/root/usr/share/spamassassin" "$place/root/etc/spamassassin"
