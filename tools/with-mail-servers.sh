#!/bin/bash
# Runs a command beside a throw-away Postfix and Dovecot and a name server for their domain, in a network of its own where only loopback is up.
# usage: tools/with-mail-servers.sh COMMAND…        (after `make mail-servers`, which unpacks them below the target folder)
#
#   mail.acme.test       25 SMTP as from another server · 587 submission with STARTTLS · 465 submission with TLS
#                        143 IMAP with STARTTLS · 993 IMAP with TLS
#   ada@acme.test        password “correct horse”; grace@acme.test “battery staple”; alan, hedy, joan, mary and rosa for stories; each may
#                        send as itself alone; smtp.gmail.com and imap.gmail.com lead here too
#                        what acme.test sends is signed (DKIM, selector s1); 53 names, with MX, SPF, DKIM and DMARC of acme.test
#   …@leads.test         any address arrives in the mailbox leads@leads.test, password “leads”
#
# The command finds the same in FAIRLEAD_TEST_MAIL_HOST, FAIRLEAD_TEST_MAIL_PORTS (smtp=25 …), FAIRLEAD_TEST_MAIL_USERS (a line
# of address and password each), and in FAIRLEAD_TEST_MAIL the folder with the logs and `mailboxes/ADDRESS/mail` (Maildir).
# SSL_CERT_FILE names the authority of the certificates. The servers' programs are in the path (smtp-sink, smtp-source,
# doveadm, postqueue); MAIL_CONFIG and the second word of `doveadm -c $FAIRLEAD_TEST_MAIL/dovecot.conf` say which server.
#
# OTHERS=1 starts Exim, OpenSMTPD, Sendmail and Cyrus too, after `make other-mail-servers`; tools/mail-servers/others/start.sh says where.
#
# Namespaces keep it apart: a mail server of this machine is neither used nor seen, and when the command ends, however it ends,
# the kernel ends what was started and forgets the files, which lie in memory. Tests that need Postgres as well start its
# cluster inside: tools/with-mail-servers.sh tools/with-postgres.sh COMMAND…
set -euo pipefail

tools=$(cd "$(dirname "$0")" && pwd)
run=/var/mail   # covered by memory in this namespace alone; short, because paths of sockets have 108 bytes

if [ "${1:-}" != --inside ]; then
    [ $# -gt 0 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
    export FAIRLEAD_MAIL_SERVERS=${CARGO_TARGET_DIR:-$(dirname "$tools")/target}/mail-servers
    for folder in "$FAIRLEAD_MAIL_SERVERS" ${OTHERS:+"$FAIRLEAD_MAIL_SERVERS-others"}; do
        if [ ! -e "$folder/.installed" ]; then
            echo "The mail servers are not unpacked yet: run “make ${OTHERS:+other-}mail-servers”." >&2
            exit 1
        fi
    done
    apart=(unshare --net --mount --pid --fork --kill-child --mount-proc)
    back=()
    if [ "$(id -u)" != 0 ]; then
        # The servers give up root's rights for users of their own, so more than one user has to be mapped.
        apart+=(--map-root-user --map-auto)
        back=(unshare --user "--map-user=$(id -u)" "--map-group=$(id -g)")
    fi
    if ! refused=$("${apart[@]}" true 2>&1); then
        echo "This system does not let $(id -un) make namespaces, which the mail servers of the tests run in: $refused" >&2
        if [ "$(id -u)" = 0 ]; then
            echo "In a container, it needs --privileged." >&2
        else
            echo "It needs newuidmap (Debian: uidmap) and lines for $(id -un) in /etc/subuid and /etc/subgid, or root." >&2
        fi
        exit 1
    fi
    exec "${apart[@]}" "$tools/with-mail-servers.sh" --inside "${#back[@]}" "${back[@]}" "$@"
fi

# --- inside --------------------------------------------------------------------------------------------------------------

shift
back=("${@:2:$1}")
shift $(($1 + 1))

mount -t tmpfs -o mode=0755 tmpfs "$run"
# The sockets of clusters outside would look like clusters that run here.
if [ -d /run/postgresql ]; then mount -t tmpfs -o "$(stat -c 'mode=%a,uid=%u,gid=%g' /run/postgresql)" tmpfs /run/postgresql; fi
ip link set lo up
"$tools/mail-servers/start.sh" "$FAIRLEAD_MAIL_SERVERS/tree" "$run"
if [ -n "${OTHERS:-}" ]; then "$tools/mail-servers/others/start.sh" "$FAIRLEAD_MAIL_SERVERS-others/tree" "$run"; fi
unset FAIRLEAD_MAIL_SERVERS

export FAIRLEAD_TEST_MAIL=$run
export FAIRLEAD_TEST_MAIL_HOST=mail.acme.test
export FAIRLEAD_TEST_MAIL_PORTS="smtp=25 submission=587 submissions=465 imap=143 imaps=993"
FAIRLEAD_TEST_MAIL_USERS=$(sed 's/:{plain}/ /; s/:*$//' "$run/dovecot/users")
export FAIRLEAD_TEST_MAIL_USERS
export MAIL_CONFIG=$run/postfix
export SSL_CERT_FILE=$run/tls/authority.pem

# This shell is the first process here: it stays until the command ends, and nothing outlives it.
status=0
"${back[@]}" "$@" || status=$?
exit "$status"
