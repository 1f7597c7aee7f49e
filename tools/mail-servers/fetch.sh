#!/bin/sh
# Unpacks Debian's Postfix, OpenDKIM, Dovecot and dnsmasq, with the libraries this system does not have, into a folder. Installs nothing.
# usage: tools/mail-servers/fetch.sh FOLDER [PACKAGES…]     other packages: each word is a list of those that exclude no other of it
set -eu

folder=$1
shift
[ $# -gt 0 ] || set -- "postfix opendkim dovecot-core dovecot-imapd dovecot-lmtpd dnsmasq-base"

if ! command -v apt-get >/dev/null 2>&1; then
    echo "The tests with mail servers need Debian's packages of $*; this system has no apt-get." >&2
    exit 1
fi

rm -rf "$folder"
mkdir -p "$folder/packages"
cd "$folder/packages"

# What an installation would bring along is what is missing here.
missing() {
    for wanted in "$@"; do
        # shellcheck disable=SC2086 # one word per package is meant
        { apt-get install --simulate --no-install-recommends $wanted | awk '/^Inst/ { print $2 }'; printf '%s\n' $wanted; }
    done | sort -u
}
# The packages come as the user who asks, root included, so apt's own user is not needed.
# shellcheck disable=SC2046 # one word per package is meant
download() { apt-get download -qq -o APT::Sandbox::User="$(id -un)" $(missing "$@"); }

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! download "$@" >"$log" 2>&1; then
    # A fresh container has no lists of packages.
    if [ "$(id -u)" = 0 ]; then apt-get update -q >>"$log" 2>&1; fi
    if ! download "$@" >>"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "The packages of the mail servers could not be downloaded. Does “apt-get update” help?" >&2
        exit 1
    fi
fi
for package in *.deb; do dpkg -x "$package" "$folder/tree"; done
# Some packages still have their libraries in /lib, which is /usr/lib.
if [ -d "$folder/tree/lib" ]; then cp -a "$folder/tree/lib" "$folder/tree/usr/"; fi
rm -rf "$folder/packages"
touch "$folder/.installed"
