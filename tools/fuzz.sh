#!/bin/sh
# Runs each of the fuzzed readers for some seconds. What they found stays below the target folder, for the next run.
# usage: tools/fuzz.sh FOLDER SECONDS
set -eu

folder=$1 seconds=$2
seeds=$(cd "$(dirname "$0")/../tests/data/mail" && pwd)
for reader in reply imap message records; do
    mkdir -p "$folder/found/$reader"
    from=""
    [ "$reader" = message ] && from="$seeds/bounces $seeds/replies"
    # shellcheck disable=SC2086 # one word per folder is meant
    if ! "$folder"/*/release/$reader -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -max_len=65536 \
        -artifact_prefix="$folder/failed-$reader-" "$folder/found/$reader" $from >"$folder/$reader.log" 2>&1; then
        tail -n 40 "$folder/$reader.log" >&2
        echo "The reader “$reader” failed; $folder has the bytes." >&2
        exit 1
    fi
    echo "$reader: $(sed -n 's/^Done //p' "$folder/$reader.log")"
done
