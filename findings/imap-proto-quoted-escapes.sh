#!/bin/bash
# imap-proto leaves the escapes in quoted strings, so a folder whose name has a quote or a backslash is not the name it has.
#
# imap-proto 0.17.0 (the newest in November 2026). In a quoted string of IMAP, `\"` means `"` and `\\` means `\` (RFC 3501
# section 9, quoted-specials). Dovecot lists the folder  a"b  as  "a\"b" ; the parser gives the four characters  a\"b . Whoever
# quotes that name to open the folder asks for another one. Names as literals are read as they are.
#
# Seen:
#   * LIST () "/" "a\"b"        name a\"b  (4 characters; the folder has 3)
#   * LIST () "/" {3} a"b       name a"b
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "quoted"
version = "0.1.0"
edition = "2024"

[dependencies]
imap-proto = "=0.17.0"
TOML
cat >src/main.rs <<'RUST'
use imap_proto::{MailboxDatum, Response};

fn name(line: &str) -> String {
    match Response::parse(line.as_bytes()) {
        Ok((_, Response::MailboxData(MailboxDatum::List(found)))) => found.name.into_owned(),
        other => panic!("{other:?}"),
    }
}

fn main() {
    let (quoted, literal) = (name("* LIST () \"/\" \"a\\\"b\"\r\n"), name("* LIST () \"/\" {3}\r\na\"b\r\n"));
    println!("quoted: {quoted} ({} characters), literal: {literal} ({} characters)", quoted.len(), literal.len());
    assert_eq!((quoted.as_str(), literal.as_str()), ("a\\\"b", "a\"b"), "this has changed");
}
RUST
cargo run --quiet
