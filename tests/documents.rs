//! What the documents say about the tree is so.

use std::{fs, path::Path};

/// Where a path in a document may begin.
const ROOTS: [&str; 3] = ["", "src/", "end2end/"];

#[test]
fn every_file_and_folder_that_a_document_names_exists() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(project.join(document)).unwrap();
        for name in text.split('`').skip(1).step_by(2).filter(|quoted| is_path(quoted)) {
            let exists = ROOTS.iter().any(|root| project.join(root).join(name).exists());
            assert!(exists, "{document} names {name}");
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen} paths are not all");
}

/// A file with a folder, such as `server/form.rs`, or a folder of the source, such as `src/ui/`.
fn is_path(quoted: &str) -> bool {
    let plain = quoted.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-".contains(letter));
    let (folder, file) = quoted.rsplit_once('/').unwrap_or_default();
    let made = ["target", "end2end/results"].iter().any(|made| folder.starts_with(made)) || quoted.starts_with('/');
    plain && !folder.is_empty() && !made && (file.contains('.') || file.is_empty() && folder.contains('/'))
}
