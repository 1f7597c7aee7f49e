//! Pages, mails and commands speak plain English: a few words that a customer would stumble over are in no text.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What not to write, and what to write instead.
const FORBIDDEN: [(&str, &str); 11] = [
    ("somebody", "a person, another member, someone"),
    ("nobody", "no one, or turn the sentence round"),
    ("anybody", "anyone"),
    ("everybody", "everyone"),
    ("whom", "who, people"),
    ("so many", "a number of, at most"),
    ("goes on", "continues"),
    ("by itself", "automatically"),
    ("by themselves", "automatically"),
    ("fit together", "match"),
    ("in vain", "for nothing"),
];

/// Names that are written with a capital inside.
const NAMES: [&str; 18] = [
    "HubSpot",
    "OpenSSL",
    "SendGrid",
    "iCloud",
    "LinkedIn",
    "PostgreSQL",
    "SaaS",
    "JavaScript",
    "GmbH",
    "KGaA",
    "McDonald",
    "kB",
    "DevOps",
    "includeSubDomains",
    "ArrowLeft",
    "ArrowRight",
    "ArrowUp",
    "ArrowDown",
];

/// A replaced name of the code can end up in a sentence.
#[test]
fn no_text_shows_a_name_of_the_code() {
    let mut texts = Vec::new();
    read_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut texts);
    let is_code = |word: &&str| {
        let letters: Vec<char> = word.chars().collect();
        letters.iter().all(|letter| letter.is_alphanumeric())
            && letters.windows(2).any(|pair| pair[0].is_lowercase() && pair[1].is_uppercase())
            && !NAMES.contains(word)
    };
    let faults: Vec<String> = texts
        .iter()
        .filter(|(_, text)| text.split_whitespace().any(|word| is_code(&word)))
        .map(|(file, text)| format!("{}: {text}", file.display()))
        .collect();
    assert!(faults.is_empty(), "{} texts:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn no_text_uses_a_word_of_the_short_table() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut texts = Vec::new();
    read_folder(&source, &mut texts);
    assert!(texts.len() > 1_000, "{} texts are not all", texts.len());
    let faults: Vec<String> = texts.iter().filter_map(|(file, text)| fault(file, text)).collect();
    assert!(faults.is_empty(), "{} texts:\n{}", faults.len(), faults.join("\n"));
}

fn fault(file: &Path, text: &str) -> Option<String> {
    let said = text.split_whitespace().filter(|word| !word.contains('{'));
    let words: Vec<String> =
        said.map(|word| word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase()).collect();
    let spoken = format!(" {} ", words.join(" "));
    let (word, better) = FORBIDDEN.iter().find(|(word, _)| spoken.contains(&format!(" {word} ")))?;
    Some(format!("{}: “{word}” ({better}): {}", file.display(), text.trim()))
}

fn read_folder(folder: &Path, texts: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let for_tests = name.contains("tests") || ["testing.rs", "model.rs", "fake.rs"].contains(&name.as_str());
        match path.extension().and_then(|extension| extension.to_str()) {
            None if for_tests => {}
            None => read_folder(&path, texts),
            Some("rs") if !for_tests => {
                let tokens: TokenStream = fs::read_to_string(&path).unwrap().parse().unwrap();
                read(tokens, &mut |text| texts.push((path.clone(), text)));
            }
            // The topics of the guide, line by line.
            Some("html") => {
                let text = fs::read_to_string(&path).unwrap();
                texts.extend(text.lines().map(|line| (path.clone(), line.replace(['<', '>'], " "))));
            }
            _ => {}
        }
    }
}

/// Hands over every string that is a sentence: with a space, and no SQL. What is only for tests and comments are left out.
fn read(tokens: TokenStream, text: &mut impl FnMut(String)) {
    let mut for_tests = false;
    let mut after_hash = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) if after_hash => {
                let attribute = group.stream().to_string().replace(' ', "");
                for_tests |= attribute.starts_with("cfg(test)");
            }
            TokenTree::Group(group) => {
                let ends = group.delimiter() == Delimiter::Brace;
                if !for_tests {
                    read(group.stream(), text);
                }
                for_tests &= !ends;
            }
            TokenTree::Literal(literal) if !for_tests => {
                let literal = literal.to_string();
                let sql = ["select ", "insert into ", "update ", "delete from ", "where "];
                if literal.starts_with('"') && literal.contains(' ') && !sql.iter().any(|word| literal.contains(word)) {
                    text(literal.trim_matches('"').replace("\\\n", " "));
                }
            }
            TokenTree::Punct(ref sign) => {
                // `#[…]` and `#![…]`, doc comments among them.
                after_hash = sign.as_char() == '#' || after_hash && sign.as_char() == '!';
                for_tests &= sign.as_char() != ';';
                continue;
            }
            _ => {}
        }
        after_hash = false;
    }
}
