#!/bin/bash
# OpenSMTPD of Debian 12 offers STARTTLS, and no TLS handshake with it as a server succeeds, whatever kind of key it has.
#
# OpenSMTPD 6.8.0p2-4+b4 with libssl3 3.0. Its process that talks to clients has no private key and asks another process to sign;
# with OpenSSL 3 that request is never made. The configuration is accepted and the server says nothing at its start; a client that
# must use TLS gets alert 80 (internal error), and each handshake is one line in the server's log.
#
# Seen, for a key of RSA and for one of P-256:
#       EHLO  250-STARTTLS, STARTTLS  220 2.0.0 Ready to start TLS
#       handshake: tlsv1 alert internal error
#       log (with -v): missing private key
# Consequence: the tests that speak with this server do so in a network of loopback only, without TLS.
# Needs root (or newuidmap) for namespaces: the server runs in one of its own, with a network of loopback only.
set -eu

if [ "${1:-}" != --inside ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    cd "$work"
    apt-get download -qq -o APT::Sandbox::User="$(id -un)" opensmtpd=6.8.0p2-4+b4
    dpkg -x opensmtpd_*.deb tree
    make() { openssl req -x509 -nodes -days 2 -subj /CN=mail.here.test -keyout "$1.key" -out "$1.pem" -newkey "${@:2}" 2>/dev/null; }
    make rsa rsa:2048
    make p256 ec -pkeyopt ec_paramgen_curve:P-256
    chmod 0600 ./*.key
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
cat >"$work/smtpd.conf" <<CONF
pki rsa cert "$work/rsa.pem"
pki rsa key "$work/rsa.key"
pki p256 cert "$work/p256.pem"
pki p256 key "$work/p256.key"
listen on 127.0.0.1 port 2525 tls pki rsa hostname mail.here.test
listen on 127.0.0.1 port 2526 tls pki p256 hostname mail.here.test
action "deliver" maildir "~/mail"
match from any for domain "here.test" action "deliver"
CONF
chmod 0644 "$work/smtpd.conf"
smtpd -d -v -f "$work/smtpd.conf" >"$work/log" 2>&1 &
for _ in $(seq 50); do (exec 3<>/dev/tcp/127.0.0.1/2526) 2>/dev/null && break; sleep 0.1; done

exec 3<>/dev/tcp/127.0.0.1/2525
hear() { while IFS= read -r -t 10 line <&3; do printf '%s\n' "${line%$'\r'}"; case $line in ???-*) ;; *) return ;; esac; done; }
hear >/dev/null
printf 'EHLO client.test\r\n' >&3; hear | grep STARTTLS | tee "$work/offered"
printf 'STARTTLS\r\n' >&3; hear | tee -a "$work/offered"
exec 3>&-
for port in 2525 2526; do
    timeout 10 openssl s_client -starttls smtp -connect "127.0.0.1:$port" </dev/null >"$work/$port" 2>&1 || true
    grep -o 'alert internal error' "$work/$port" || true
done | tee "$work/alerts"
sleep 0.2
grep -o 'missing private key' "$work/log" | tee "$work/reasons"

grep -q '^250-STARTTLS$' "$work/offered" && grep -q '^220 2.0.0 ' "$work/offered" &&
    [ "$(wc -l <"$work/alerts")" = 2 ] && [ "$(wc -l <"$work/reasons")" = 2 ] ||
    { cat "$work/log" >&2; echo "This has changed." >&2; exit 1; }
echo "As seen before."
