//! What cargo-leptos reads from the manifest, for those who have it: `cargo leptos watch`, `build` and `end-to-end`
//! (cargo-leptos 0.3.11).
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{path::Path, process::Command};

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The package, and its `[package.metadata.leptos]`.
fn manifest() -> (Value, Value) {
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    let metadata: Value = serde_json::from_slice(&cargo.stdout).unwrap();
    let package =
        metadata["packages"].as_array().unwrap().iter().find(|package| package["name"] == "fairlead").unwrap();
    (package.clone(), package["metadata"]["leptos"].clone())
}

fn text<'a>(leptos: &'a Value, key: &str) -> &'a str {
    leptos[key].as_str().unwrap_or_else(|| panic!("{key} is missing"))
}

#[test]
fn the_program_among_several_is_named() {
    let (package, leptos) = manifest();
    let kinds = |kind: &str| -> Vec<&str> {
        let targets = package["targets"].as_array().unwrap().iter();
        targets.filter(|target| target["kind"][0] == kind).map(|target| target["name"].as_str().unwrap()).collect()
    };
    assert!(kinds("bin").len() > 1, "with a single one it would be found without a name");
    assert!(kinds("bin").contains(&text(&leptos, "bin-target")));
    assert_eq!(kinds("cdylib"), ["fairlead"], "the browser half");
    // The server looks for files of this name (`server/assets.rs`).
    assert_eq!(text(&leptos, "output-name"), "fairlead");
}

#[test]
fn the_style_sheet_comes_as_one_file() {
    let (_, leptos) = manifest();
    let style = std::fs::read_to_string(root().join(text(&leptos, "style-file"))).unwrap();
    assert!(style.contains("@import"), "imports are not served, so they must be bundled");
    assert_eq!(leptos["style-bundle"], true);
    assert!(root().join(text(&leptos, "assets-dir")).join("favicon.svg").exists());
}

#[test]
fn wasm_opt_is_told_the_same_as_by_the_makefile() {
    let (_, leptos) = manifest();
    let script = std::fs::read_to_string(root().join("tools/site.mjs")).unwrap();
    let mut ours: Vec<&str> = script.split('\'').filter(|word| word.starts_with("--enable-")).collect();
    let mut theirs: Vec<&str> =
        leptos["wasm-opt-features"].as_array().unwrap().iter().flat_map(Value::as_str).collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    assert!(!ours.is_empty());
    assert_eq!(theirs, ours);
}

#[test]
fn the_stories_run_on_what_was_built() {
    let (_, leptos) = manifest();
    assert_eq!(text(&leptos, "end2end-cmd"), "npm test", "see the scripts of end2end/package.json");
    let package = std::fs::read(root().join(text(&leptos, "end2end-dir")).join("package.json")).unwrap();
    let package: Value = serde_json::from_slice(&package).unwrap();
    assert!(package["scripts"]["test"].as_str().unwrap().contains("playwright test"));
    // Both look for the program in the folder of the profile `dev`.
    assert_eq!(leptos["bin-profile-dev"], Value::Null);
}
