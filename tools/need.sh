#!/bin/sh
# Makes sure that the named programs are there; on Debian, installs the packages of those that are not, without asking.
# usage: tools/need.sh PROGRAM…
#        tools/need.sh --have PROGRAM    installs nothing: says by its exit code whether it is there
set -eu

package_of() {
    case $1 in
        cc) echo "gcc libc6-dev" ;;
        c++) echo "g++" ;;
        ip) echo "iproute2" ;;
        pg_virtualenv) echo "postgresql-common" ;;
        postgres-server) echo "postgresql" ;;
        rustc-web) echo "rustc-web cargo-web rust-web-src lld-22" ;;
        rust-web-clippy) echo "rust-web-clippy" ;;
        *) echo "$1" ;;
    esac
}

is_there() {
    case $1 in
        postgres-server) ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 ;;
        rustc-web)
            [ -x /usr/bin/cargo ] && [ -x /usr/lib/llvm-22/bin/wasm-ld ] && [ -d /usr/lib/rustlib/src/rust/library ] ;;
        rust-web-clippy) [ -x /usr/bin/cargo-clippy ] ;;
        python3-venv) python3 -c 'import ensurepip, venv' >/dev/null 2>&1 ;;
        *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        echo "Run this as root, or install sudo, so that these packages can be installed: $packages" >&2
        exit 1
    fi
}

if [ "$1" = --have ]; then
    is_there "$2"
    exit
fi

packages=""
for program in "$@"; do
    is_there "$program" && continue
    case $program in
        cargo)
            echo "Rust is missing: install it from https://rustup.rs, then run make again." >&2
            exit 1 ;;
        node)
            echo "Node.js 20 or newer is missing: install it from https://nodejs.org, then run make again." >&2
            exit 1 ;;
    esac
    packages="$packages $(package_of "$program")"
done
[ -z "$packages" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "These Debian packages (or your system's equivalents) are missing:$packages" >&2
    exit 1
fi

echo "Installing:$packages"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # one word per package is meant
if ! { as_root apt-get update -q &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $packages; } >"$log" 2>&1 </dev/null
then
    tail -n 20 "$log" >&2
    echo "The packages could not be installed:$packages" >&2
    exit 1
fi
