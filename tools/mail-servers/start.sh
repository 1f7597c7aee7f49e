#!/bin/bash
# Configures and starts Postfix, OpenDKIM, Dovecot and dnsmasq inside the namespaces of tools/with-mail-servers.sh; returns when they answer.
# usage: tools/mail-servers/start.sh TREE RUN
set -euo pipefail

tree=$1 run=$2
here=$(cd "$(dirname "$0")" && pwd)

# Covers a file of the system in this mount namespace alone.
cover() { mount --bind "$1" "$2"; }

# Both have the places of their programs and libraries compiled in, and few are settings.
programs() { mount -t overlay overlay -o "lowerdir=$tree/usr:/usr" /usr; }

users_and_names() {
    local number=61100
    cp /etc/passwd "$run/passwd"
    cp /etc/group "$run/group"
    for name in mta mtadrop imap imapnull mailbox; do
        echo "$name:x:$number:$number::$run:/bin/false" >>"$run/passwd"
        echo "$name:x:$number:" >>"$run/group"
        number=$((number + 1))
    done
    cover "$run/passwd" /etc/passwd
    cover "$run/group" /etc/group

    printf '%s\n' "127.0.0.1 localhost mail.acme.test" "::1 localhost mail.acme.test" >"$run/hosts"
    # A mailbox that has signed in with Google sends and is read there.
    echo "127.0.0.1 smtp.gmail.com imap.gmail.com" >>"$run/hosts"
    # Twenty hosts on this machine for measurements (`benches/mail/`).
    for number in $(seq 20); do echo "127.0.0.1 mx$number.sink.test"; done >>"$run/hosts"
    cover "$run/hosts" /etc/hosts
}

certificates() {
    mkdir -p "$run/tls"
    (
        cd "$run/tls"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=Authority of this test run" \
            -keyout authority.key -out authority.pem
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=mail.acme.test" -keyout key.pem -out request.pem
        openssl x509 -req -in request.pem -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -out certificate.pem \
            -extfile <(echo "subjectAltName=DNS:mail.acme.test,DNS:smtp.gmail.com,DNS:imap.gmail.com,DNS:*.sink.test,DNS:localhost,IP:127.0.0.1,IP:::1")
        # The key too: a server of a test or a measurement may show the same certificate.
        chmod 0644 authority.pem certificate.pem key.pem
    ) >"$run/openssl.log" 2>&1
}

# The configuration files name the folder of this run.
fill() { sed "s|@RUN@|$run|g" "$here/$1" >"$2"; }

# Signs with a key of this run, whose public half the name server has.
signer() {
    mkdir -p "$run/dkim"
    openssl genrsa -out "$run/dkim/key.pem" 2048 2>>"$run/openssl.log"
    chown -R mta:mta "$run/dkim"
    chmod 0700 "$run/dkim"
    fill opendkim.conf "$run/opendkim.conf"
    (umask 007 && /usr/sbin/opendkim -x "$run/opendkim.conf" -P "$run/opendkim.pid")
}

# Knows acme.test, and that nothing else exists. Strings of a record have at most 255 characters.
names() {
    local key
    key=$(openssl rsa -in "$run/dkim/key.pem" -pubout 2>/dev/null | grep -v -- -- | tr -d '\n')
    printf '%s\n' "port=53" "listen-address=127.0.0.1" bind-interfaces no-resolv no-hosts "user=imapnull" "group=imapnull" \
        "local=/#/" "pid-file=$run/dnsmasq.pid" "log-facility=$run/dnsmasq.log" \
        "host-record=mail.acme.test,127.0.0.1" "host-record=acme.test,127.0.0.1" "mx-host=acme.test,mail.acme.test,10" \
        "txt-record=acme.test,v=spf1 mx -all" "txt-record=_dmarc.acme.test,v=DMARC1; p=quarantine" \
        "txt-record=s1._domainkey.acme.test,v=DKIM1; k=rsa; p=${key:0:200},${key:200}" \
        "host-record=mail.leads.test,127.0.0.1" "mx-host=leads.test,mail.leads.test,10" "address=/sink.test/127.0.0.1" >"$run/dnsmasq.conf"
    echo "nameserver 127.0.0.1" >"$run/resolv.conf"
    cover "$run/resolv.conf" "$(readlink -f /etc/resolv.conf)"
    /usr/sbin/dnsmasq --conf-file="$run/dnsmasq.conf"
}

dovecot() {
    mkdir -p "$run/dovecot/state" "$run/mailboxes"
    chown mailbox:mailbox "$run/mailboxes"
    printf '%s\n' "ada@acme.test:{plain}correct horse::::::" "grace@acme.test:{plain}battery staple::::::" \
        "alan@acme.test:{plain}bletchley park::::::" "hedy@acme.test:{plain}spread spectrum::::::" \
        "joan@acme.test:{plain}only by token::::::" "mary@acme.test:{plain}heat shield::::::" "rosa@acme.test:{plain}paper moon::::::" "leads@leads.test:{plain}leads::::::" >"$run/dovecot/users"
    chmod 0644 "$run/dovecot/users"
    fill dovecot.conf "$run/dovecot.conf"
    fill dovecot-oauth2.conf "$run/dovecot-oauth2.conf"
    /usr/sbin/dovecot -c "$run/dovecot.conf"
}

postfix() {
    local queue=$run/postfix/queue
    mkdir -p "$run/postfix/data" "$queue"
    (cd "$queue" && mkdir -p active bounce corrupt defer deferred flush hold incoming private saved trace maildrop pid public)
    chown -R mta "$run/postfix/data" "$queue"/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,private,saved,trace}
    chown root "$queue" "$queue/pid"
    chown mta:mtadrop "$queue/maildrop" "$queue/public"
    chmod 0700 "$queue"/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,private,saved,trace} "$run/postfix/data"
    chmod 1730 "$queue/maildrop"
    chmod 2710 "$queue/public"
    fill main.cf "$run/postfix/main.cf"
    fill master.cf "$run/postfix/master.cf"
    cut -d: -f1 "$run/dovecot/users" | awk '{ print $1, $1 }' | tee "$run/postfix/mailboxes" >"$run/postfix/owners"
    echo "@leads.test leads@leads.test" >"$run/postfix/aliases"
    MAIL_CONFIG=$run/postfix /usr/lib/postfix/sbin/master -w
}

# Whether the server at this port greets: that it listens does not say yet that it can serve.
greets() { (exec 3<>"/dev/tcp/127.0.0.1/$1" && read -r -t 2 _ <&3) 2>/dev/null; }

programs
users_and_names
certificates
if ! { signer && names && dovecot && postfix; } >"$run/start.log" 2>&1; then
    cat "$run"/*.log >&2
    echo "The mail servers did not start." >&2
    exit 1
fi
for port in 25 587 143; do
    for attempt in $(seq 50); do
        greets "$port" && break
        if [ "$attempt" = 50 ]; then
            cat "$run"/*.log >&2
            echo "The mail servers started, but nothing greets at port $port." >&2
            exit 1
        fi
        sleep 0.2
    done
done
