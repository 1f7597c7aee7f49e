#!/bin/bash
# tantivy's memory budget of an index writer does not count the documents that wait for it.
#
# tantivy 0.27.0. `Index::writer_with_num_threads(1, 15_000_000)` bounds what the indexing thread keeps before it writes a segment out. In front
# of that thread is a queue of up to 10,000 operations (`PIPELINE_MAX_SIZE_IN_DOCS` in its source), each with its whole document. Whoever adds
# documents faster than they are indexed holds that many of them in memory, whatever the budget says. A commit empties the queue, because
# it waits for what was added before.
#
# Seen: 6,000 documents of 20 kB, added as fast as it goes   184 MB at the peak
#       the same with a commit after each 250               64 MB
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "queued"
version = "0.0.0"
edition = "2024"

[dependencies]
tantivy = { version = "=0.27.0", default-features = false, features = ["mmap"] }

[profile.dev]
debug = false
opt-level = 1
TOML
cat >src/main.rs <<'RUST'
use std::fs;

use tantivy::{Index, schema::{Schema, TEXT}, doc};

fn main() {
    let together = std::env::args().nth(1).is_some_and(|word| word == "commits");
    let mut schema = Schema::builder();
    let text = schema.add_text_field("text", TEXT);
    let folder = std::env::args().nth(2).expect("a folder");
    let index = Index::create_in_dir(folder, schema.build()).expect("an index");
    let mut writer = index.writer_with_num_threads(1, 15_000_000).expect("a writer");
    let words: String = (0..3_000).map(|number| format!("{:x} ", number * 7_919 + 65_536)).collect();
    for number in 1..=6_000 {
        writer.add_document(doc!(text => words.clone())).expect("added");
        if together && number % 250 == 0 {
            writer.commit().expect("committed");
        }
    }
    writer.commit().expect("committed");
    let status = fs::read_to_string("/proc/self/status").expect("the status of this process");
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).expect("the peak");
    let kilobytes: u64 = peak.split_whitespace().nth(1).and_then(|word| word.parse().ok()).expect("a number");
    println!("{}", kilobytes / 1_000);
}
RUST
cargo build --quiet
mkdir plain commits
plain=$(target/debug/queued plain plain)
commits=$(target/debug/queued commits commits)
echo "6,000 documents of 20 kB, a budget of 15 MB: at the peak $plain MB; with a commit after each 250: $commits MB"
[ "$plain" -gt 80 ] && [ $((commits * 2)) -lt "$plain" ] || { echo "This has changed." >&2; exit 1; }
