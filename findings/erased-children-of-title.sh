#!/bin/bash
# Leptos with components erased writes a marker as text into <title>.
#
# leptos 0.8.23, rendered on the server (`ssr`). `--cfg erase_components` (on by default in `cargo leptos watch` and
# `cargo leptos build` without `--release`, as of cargo-leptos 0.3.11) boxes each child of an element and closes it with the
# placeholder `<!>`. Between other tags that is a comment. A title has no comments inside (its content is escapable raw text;
# HTML standard, 13.1.2 Elements), so the tab of the browser shows `Orders<!>`. The children of a <script> are spared.
#
# Seen: without the option   <title>Orders</title>       <script>go()</script>
#       with the option      <title>Orders<!></title>    <script>go()</script>
# What works with both: inner_html.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "erased"
version = "0.0.0"
edition = "2024"

[dependencies]
leptos = { version = "=0.8.23", features = ["ssr"] }

[profile.dev]
debug = false
TOML
cat >src/main.rs <<'RUST'
use leptos::prelude::*;

fn main() {
    let (title, script) = ("Orders".to_owned(), "go()".to_owned());
    println!("{}", view! { <title>{title.clone()}</title> }.to_html());
    println!("{}", view! { <script>{script.clone()}</script> }.to_html());
    println!("{}", view! { <title inner_html=title></title> }.to_html());
    println!("{}", view! { <script inner_html=script></script> }.to_html());
}
RUST
plain=$(RUSTFLAGS='' cargo run --quiet)
erased=$(RUSTFLAGS='--cfg erase_components' cargo run --quiet)
printf 'components as they are:\n%s\n\ncomponents erased:\n%s\n' "$plain" "$erased"

sound='<title>Orders</title>
<script>go()</script>'
marked='<title>Orders<!></title>
<script>go()</script>'
[ "$plain" = "$sound
$sound" ] && [ "$erased" = "$marked
$sound" ] || { echo "This has changed." >&2; exit 1; }
