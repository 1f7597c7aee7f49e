#!/bin/sh
# Runs cargo on the browser half (wasm32-unknown-unknown), with whichever toolchain can.
# usage: tools/browser-target.sh needs
#        tools/browser-target.sh build|check|clippy [CARGO OPTIONS]
#
# `needs` prints the programs that tools/need.sh has to bring first.
#
# BROWSER_TARGET says which toolchain:
#   rustup  the one in use, with the target added by rustup
#   debian  Debian's rustc-web, which builds the standard library along (for machines where rustup cannot download)
#   auto    whichever is there; else rustup if it can add the target within two minutes, else debian (the default)
set -eu

verb=$1
shift
triple=wasm32-unknown-unknown
target_dir=${CARGO_TARGET_DIR:-target}/front

rustup_has_target() {
    [ -d "$(rustc --print target-libdir --target $triple 2>/dev/null)" ]
}

choose() {
    case ${BROWSER_TARGET:-auto} in
        rustup | debian) echo "$BROWSER_TARGET" ;;
        auto)
            if rustup_has_target; then
                echo rustup
            elif tools/need.sh --have rustc-web; then
                echo debian
            elif { command -v rustup && timeout 120 rustup target add $triple && rustup_has_target; } >/dev/null 2>&1; then
                echo rustup
            else
                echo debian
            fi ;;
        *)
            echo "BROWSER_TARGET is '$BROWSER_TARGET', but must be auto, rustup or debian" >&2
            exit 1 ;;
    esac
}

toolchain=$(choose)
if [ "$verb" = needs ]; then
    [ "$toolchain" = rustup ] || echo rustc-web rust-web-clippy
    exit
fi

half="--locked --lib --target $triple --no-default-features --features hydrate --target-dir $target_dir"
lints=""
[ "$verb" = clippy ] && lints="-- -D warnings"

# shellcheck disable=SC2086 # the options are meant to be split
case $toolchain in
    rustup)
        exec cargo "$verb" $half "$@" $lints ;;
    debian)
        # Both are Debian's, whatever stands first in PATH; the compiler is a release that is allowed -Z by this variable.
        export RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc PATH="/usr/bin:$PATH"
        export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=/usr/lib/llvm-22/bin/wasm-ld
        exec /usr/bin/cargo "$verb" -Zbuild-std=std,panic_abort $half "$@" $lints ;;
esac
