//! The browser files: found once at start, each by its own name.

use std::path::{Path, PathBuf};

/// The folder of browser files and what they are called there.
#[derive(Debug, Clone)]
pub struct Assets {
    pub folder: PathBuf,
    /// `None` when the browser files were not built: pages then work without them.
    pub files: Option<Files>,
}

/// File names in `pkg/`. The Makefile gives all three one hash (`fairlead-3f9c2a.js`), cargo-leptos none (`fairlead.js`) or
/// one each (`fairlead.3f9c2a.js`, with `hash-files`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    pub css: String,
    pub js: String,
    pub wasm: String,
}

impl Assets {
    /// Looks in `configured`, else beside the executable (`../site`), else in `target/site`.
    pub fn find(configured: Option<&Path>) -> Self {
        let beside = std::env::current_exe().ok().and_then(|file| Some(file.parent()?.parent()?.join("site")));
        let candidates = configured
            .map(Path::to_path_buf)
            .into_iter()
            .chain(beside)
            .chain([PathBuf::from("target/site"), PathBuf::from("site")]);
        for folder in candidates {
            if let Some(files) = files_in(&folder.join("pkg")) {
                return Self { folder, files: Some(files) };
            }
        }
        Self { folder: PathBuf::from("target/site"), files: None }
    }
}

/// The three files in `folder`, if all are there.
fn files_in(folder: &Path) -> Option<Files> {
    let newest = |ending| newest(folder, ending);
    Some(Files { css: newest(".css")?, js: newest(".js")?, wasm: newest(".wasm")? })
}

/// The youngest file of ours with this ending: a build with hashes leaves the files of the build before it.
fn newest(folder: &Path, ending: &str) -> Option<String> {
    let ours = std::fs::read_dir(folder).ok()?.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let rest = name.strip_prefix("fairlead")?.strip_suffix(ending)?;
        let is_ours = rest.is_empty() || rest.starts_with(['-', '.']);
        is_ours.then_some((entry.metadata().ok()?.modified().ok()?, name))
    });
    ours.max().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    fn found(names: &[&str]) -> Option<Files> {
        let folder = tempfile::tempdir().unwrap();
        for (age, name) in names.iter().rev().enumerate() {
            let file = std::fs::File::create(folder.path().join(name)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 - age as u64)).unwrap();
        }
        files_in(folder.path())
    }

    fn files(css: &str, js: &str, wasm: &str) -> Option<Files> {
        Some(Files { css: css.into(), js: js.into(), wasm: wasm.into() })
    }

    #[test]
    fn the_files_are_found_under_all_three_forms_of_their_names() {
        let one_hash = ["fairlead-3f9c.css", "fairlead-3f9c.js", "fairlead-3f9c.wasm", "fairlead-3f9c.wasm.br"];
        assert_eq!(found(&one_hash), files(one_hash[0], one_hash[1], one_hash[2]));
        let plain = ["fairlead.css", "fairlead.js", "fairlead.wasm"];
        assert_eq!(found(&plain), files(plain[0], plain[1], plain[2]));
        let own_hashes = ["fairlead.aB_1.css", "fairlead.c-2D.js", "fairlead.e3F.wasm", "fairlead.c-2D.js.gz"];
        assert_eq!(found(&own_hashes), files(own_hashes[0], own_hashes[1], own_hashes[2]));
    }

    #[test]
    fn the_newest_build_is_served_and_other_files_never() {
        let two_builds =
            ["fairlead.aaa.css", "fairlead.zzz.js", "fairlead.aaa.js", "fairlead.aaa.wasm", "fairleader.js"];
        assert_eq!(found(&two_builds), files("fairlead.aaa.css", "fairlead.aaa.js", "fairlead.aaa.wasm"));
        assert_eq!(found(&["fairlead.css", "fairlead.js"]), None, "one of the three is missing");
        assert_eq!(found(&[]), None);
    }
}
