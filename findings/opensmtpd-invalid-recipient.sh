#!/bin/bash
# OpenSMTPD answers “550 Invalid recipient” both for an address that does not exist and for one that it does not relay to.
#
# OpenSMTPD 6.8.0p2-4+b4, Debian 12. Postfix and Exim call the second “Relay access denied” and “relay not permitted”. Here the
# words are the same, and neither has an enhanced code, so a client that reads them as “this address does not exist” gives up good
# addresses when its own sign-in, or a rule of the server, is wrong.
#
# Seen: RCPT TO:<ana@here.test>       250 2.1.5 Destination address valid: Recipient ok
#       RCPT TO:<ghost@here.test>     550 Invalid recipient: <ghost@here.test>
#       RCPT TO:<ana@elsewhere.test>  550 Invalid recipient: <ana@elsewhere.test>
# Needs root (or newuidmap) for namespaces: the server runs in one of its own, with a network of loopback only.
set -eu

if [ "${1:-}" != --inside ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    cd "$work"
    apt-get download -qq -o APT::Sandbox::User="$(id -un)" opensmtpd=6.8.0p2-4+b4
    dpkg -x opensmtpd_*.deb tree
    apart=(unshare --net --mount --pid --fork --kill-child --mount-proc)
    [ "$(id -u)" = 0 ] || apart+=(--map-root-user --map-auto)
    cd - >/dev/null
    "${apart[@]}" bash "$0" --inside "$work"
    exit
fi

work=$2
ip link set lo up
mount -t overlay overlay -o "lowerdir=$work/tree/usr:/usr" /usr
mount -t tmpfs -o mode=0755 tmpfs /var/spool
mkdir -m 0711 /var/spool/smtpd
mount -t tmpfs -o mode=0755 tmpfs /var/lib
mkdir -p /var/lib/opensmtpd/empty /var/lib/ana
chown 61203:61203 /var/lib/ana
cp /etc/passwd /etc/group "$work"
printf '%s\n' "opensmtpd:x:61201:61201::/var/lib/opensmtpd/empty:/bin/false" "opensmtpq:x:61202:61202::/:/bin/false" \
    "ana:x:61203:61203::/var/lib/ana:/bin/false" >>"$work/passwd"
printf '%s\n' opensmtpd:x:61201: opensmtpq:x:61202: ana:x:61203: >>"$work/group"
mount --bind "$work/passwd" /etc/passwd
mount --bind "$work/group" /etc/group
cat >"$work/smtpd.conf" <<'CONF'
listen on 127.0.0.1 port 2525 hostname mail.here.test
action "deliver" maildir "~/mail"
match from any for domain "here.test" action "deliver"
CONF
chmod 0644 "$work/smtpd.conf"
smtpd -d -f "$work/smtpd.conf" >"$work/log" 2>&1 &
for _ in $(seq 50); do (exec 3<>/dev/tcp/127.0.0.1/2525) 2>/dev/null && break; sleep 0.1; done

exec 3<>/dev/tcp/127.0.0.1/2525
say() { printf '%s\r\n' "$1" >&3; }
hear() { while IFS= read -r -t 10 line <&3; do case $line in ???-*) ;; *) printf '%s\n' "${line%$'\r'}"; return ;; esac; done; }
hear >/dev/null
say "EHLO client.test"; hear >/dev/null
say "MAIL FROM:<jo@client.test>"; hear >/dev/null
for address in ana@here.test ghost@here.test ana@elsewhere.test; do
    say "RCPT TO:<$address>"
    printf 'RCPT TO:<%s>  %s\n' "$address" "$(hear)"
done | tee "$work/seen"
say QUIT

grep -q '^RCPT TO:<ana@here.test>  250 ' "$work/seen" &&
    grep -q '^RCPT TO:<ghost@here.test>  550 Invalid recipient: <ghost@here.test>$' "$work/seen" &&
    grep -q '^RCPT TO:<ana@elsewhere.test>  550 Invalid recipient: <ana@elsewhere.test>$' "$work/seen" ||
    { cat "$work/log" >&2; echo "This has changed." >&2; exit 1; }
echo "As seen before."
