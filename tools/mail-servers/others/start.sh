#!/bin/bash
# Configures and starts Exim, OpenSMTPD, Sendmail and Cyrus beside what tools/mail-servers/start.sh started; returns when they greet. Those that
# send hand everything on to that Postfix, which knows who is there: what it refuses comes back as their own report.
# usage: tools/mail-servers/others/start.sh TREE RUN
#
#   2587 Exim, submission with STARTTLS for ada@acme.test · 3587 OpenSMTPD and 4587 Sendmail, relays for this machine in the open
#   1143 and 1993 Cyrus IMAP, with mailboxes of its own: any name and password
set -euo pipefail

tree=$1 run=$2
here=$(cd "$(dirname "$0")" && pwd)

fill() { sed "s|@RUN@|$run|g" "$here/$1" >"$2"; }

users() {
    local number=61200
    for name in exim Debian-exim opensmtpd opensmtpq smmta smmsp cyrus; do
        # A file that covers another is changed in place.
        echo "$name:x:$number:$number::$run:/bin/false" >>"$run/passwd"
        echo "$name:x:$number:" >>"$run/group"
        number=$((number + 1))
    done
}

exim() {
    mkdir -p "$run/exim/spool"
    chown -R exim:exim "$run/exim"
    fill exim.conf "$run/exim.conf"
    /usr/sbin/exim4 -C "$run/exim.conf" -bd -q1m
}

# Its places are compiled in.
opensmtpd() {
    mkdir -p "$run/opensmtpd/lib/opensmtpd/empty"
    mount -t overlay overlay -o "lowerdir=$run/opensmtpd/lib:/var/lib" /var/lib
    mount -t tmpfs -o mode=0755 tmpfs /var/spool
    mount -t tmpfs -o mode=0755 tmpfs /run
    mkdir /var/spool/smtpd
    chmod 0711 /var/spool/smtpd
    fill opensmtpd.conf "$run/opensmtpd.conf"
    chmod 0644 "$run/opensmtpd.conf"
    /usr/sbin/smtpd -f "$run/opensmtpd.conf"
}

sendmail() {
    mkdir -p "$run/sendmail/queue"
    chown smmta:smmta "$run/sendmail/queue"
    printf '%s\n' 127.0.0.1 localhost mail.acme.test >"$run/sendmail/relay"
    fill sendmail.mc "$run/sendmail/sendmail.mc"
    m4 "$run/sendmail/sendmail.mc" >"$run/sendmail/sendmail.cf"
    /usr/libexec/sendmail/sendmail -C "$run/sendmail/sendmail.cf" -bd -q1m
}

cyrus() {
    mkdir -p "$run/cyrus"/{config/{db,socket,log,msg,proc,ptclient,lock},mail,socket}
    fill cyrus-imapd.conf "$run/cyrus/imapd.conf"
    fill cyrus.conf "$run/cyrus/cyrus.conf"
    chmod 0644 "$run/cyrus"/*.conf
    chown -R cyrus:cyrus "$run/cyrus"
    /usr/lib/cyrus/bin/master -C "$run/cyrus/imapd.conf" -M "$run/cyrus/cyrus.conf" -p "$run/cyrus/pid" -d
}

greets() { (exec 3<>"/dev/tcp/127.0.0.1/$1" && read -r -t 2 _ <&3) 2>/dev/null; }

mount -t overlay overlay -o "lowerdir=$tree/usr:/usr" /usr
users
if ! { exim && opensmtpd && sendmail && cyrus; } >"$run/others.log" 2>&1; then
    cat "$run/others.log" >&2
    echo "The other mail servers did not start." >&2
    exit 1
fi
for port in 2587 3587 4587 1143; do
    for attempt in $(seq 50); do
        greets "$port" && break
        if [ "$attempt" = 50 ]; then
            cat "$run/others.log" "$run"/exim/*log >&2
            echo "The other mail servers started, but nothing greets at port $port." >&2
            exit 1
        fi
        sleep 0.2
    done
done
