#!/bin/bash
# Runs a command with a throw-away PostgreSQL cluster, whose address it finds in FAIRLEAD_TEST_POSTGRES.
# usage: tools/with-postgres.sh COMMAND…
#
# If FAIRLEAD_TEST_POSTGRES is set already, that one is used. Durability is off, because the cluster does not outlive the
# command, and it lies in memory where there is room: on a disk, deleting the files of so many databases took longer than the
# tests. DURABLE=1 asks for a cluster on the disk that keeps what it says (measurements).
set -eu

if [ -n "${FAIRLEAD_TEST_POSTGRES:-}" ]; then
    exec "$@"
fi

hasty="-o fsync=off -o synchronous_commit=off -o full_page_writes=off"
place=${TMPDIR:-/tmp}
if [ "${DURABLE:-}" = 1 ]; then
    hasty="-o shared_buffers=1GB -o max_wal_size=4GB"
elif [ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)" -gt 2000000 ] 2>/dev/null; then
    place=/dev/shm
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The command keeps our output (3 and 4); what the cluster's start and stop print goes to a log.
# shellcheck disable=SC2086 # one word per option is meant
TMPDIR=$place pg_virtualenv -t $hasty -o max_connections=400 \
    bash -c 'export FAIRLEAD_TEST_POSTGRES="postgres://$PGUSER:$PGPASSWORD@127.0.0.1:$PGPORT/postgres"
        export TMPDIR="$1"
        shift
        unset PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGSYSCONFDIR
        touch "$0.started"
        exec "$@" >&3 2>&4' "$log" "${TMPDIR:-/tmp}" "$@" 3>&1 4>&2 >"$log" 2>&1 </dev/null && status=0 || status=$?
if [ ! -e "$log.started" ]; then
    cat "$log" >&2
    echo "The throw-away PostgreSQL cluster did not start." >&2
fi
rm -f "$log.started"
exit "$status"
