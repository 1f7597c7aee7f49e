//! The browser files: found once at start, named by the hash of their content.

use std::path::{Path, PathBuf};

/// The folder of browser files and the name they share, e.g. `fairlead-3f9c2a`.
#[derive(Debug, Clone)]
pub struct Assets {
    pub folder: PathBuf,
    /// File name without ending; `None` when the browser files were not built: pages then work without them.
    pub name: Option<String>,
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
            if let Some(name) = name_in(&folder.join("pkg")) {
                return Self { folder, name: Some(name) };
            }
        }
        Self { folder: PathBuf::from("target/site"), name: None }
    }
}

fn name_in(folder: &Path) -> Option<String> {
    std::fs::read_dir(folder).ok()?.flatten().find_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let stem = name.strip_suffix(".js")?;
        stem.starts_with("fairlead-").then(|| stem.to_owned())
    })
}
