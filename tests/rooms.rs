//! Which part of the source uses which: no two parts use each other in a circle, and most parts do not know of most others.
//!
//! Every path that begins with `crate`, `super` or `self` is read from the tokens of every file; what is only compiled for
//! tests is left out.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

type Module = Vec<String>;
/// The paths that each module names, from the root of the crate.
type Uses = BTreeMap<Module, BTreeSet<Module>>;

/// Nouns whose own folders must not use each other in a circle either.
const NOUNS_WITH_ROOMS: [&str; 3] = ["campaigns", "credits", "directory"];
/// What every noun stands on: the root vocabulary, the server and the components. That a noun uses them says nothing of how nouns hang
/// together, so these arrows may not form a circle, and are not counted.
const GROUND: [&str; 7] = ["email", "fields", "ids", "mail", "server", "topics", "ui"];
/// Arrows between the other top-level modules, in percent of all that are possible.
const ARROWS_PERCENT_MAX: usize = 25;

#[test]
fn no_top_level_modules_use_each_other_in_a_circle_and_most_do_not_know_each_other() {
    let arrows = arrows(&source().uses, |path| path.first().cloned(), |_| true);
    assert_eq!(circle(&arrows), None);
    let is_noun = |module: &&String| !GROUND.contains(&module.as_str());
    let nouns: BTreeSet<&String> =
        arrows.iter().flat_map(|(from, to)| std::iter::once(from).chain(to)).filter(is_noun).collect();
    let between = |from: &&String| arrows.get(*from).into_iter().flatten().filter(is_noun).count();
    let (count, possible) = (nouns.iter().map(between).sum::<usize>(), nouns.len() * (nouns.len() - 1));
    println!("{count} arrows of {possible} possible between {} nouns", nouns.len());
    assert!(count * 100 <= possible * ARROWS_PERCENT_MAX, "{count} arrows of {possible} possible: {arrows:#?}");
}

/// Mail does not depend on credits: at zero, what was delivered is written to all the same.
#[test]
fn outreach_knows_nothing_of_credits() {
    let arrows = arrows(&source().uses, |path| path.first().cloned(), |_| true);
    assert!(!arrows["outreach"].contains("credits"));
}

#[test]
fn no_rooms_of_a_noun_use_each_other_in_a_circle() {
    let source = source();
    for noun in NOUNS_WITH_ROOMS {
        let room = |path: &[String]| {
            let name = path.get(1)?.clone();
            source.modules.contains(&vec![noun.to_owned(), name.clone()]).then_some(name)
        };
        let arrows = arrows(&source.uses, |path| room(path), |path| path.first().is_some_and(|first| first == noun));
        assert!(arrows.len() > 3, "{noun} has rooms");
        assert_eq!(circle(&arrows), None, "in {noun}");
    }
}

/// Which uses which, among modules and paths that `counts`, by the names that `name` gives them.
fn arrows(
    uses: &Uses,
    name: impl Fn(&[String]) -> Option<String>,
    counts: impl Fn(&[String]) -> bool,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (module, paths) in uses.iter().filter(|(module, _)| counts(module)) {
        let Some(from) = name(module) else { continue };
        let to = paths.iter().filter(|path| counts(path)).filter_map(|path| name(path)).filter(|to| *to != from);
        arrows.entry(from.clone()).or_default().extend(to);
    }
    arrows
}

/// A way from somewhere back to where it began.
fn circle(arrows: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn walk<'a>(
        arrows: &'a BTreeMap<String, BTreeSet<String>>,
        way: &mut Vec<&'a String>,
        done: &mut BTreeSet<&'a String>,
    ) -> Option<Vec<String>> {
        let here = *way.last()?;
        for next in arrows.get(here).into_iter().flatten() {
            if let Some(start) = way.iter().position(|module| *module == next) {
                return Some(way[start..].iter().chain([&next]).map(|module| (*module).clone()).collect());
            }
            if !done.contains(next) {
                way.push(next);
                if let Some(circle) = walk(arrows, way, done) {
                    return Some(circle);
                }
                way.pop();
            }
        }
        done.insert(here);
        None
    }
    let mut done = BTreeSet::new();
    arrows.keys().find_map(|start| walk(arrows, &mut vec![start], &mut done))
}

/// The modules of the library that are not only for tests, and what they use.
struct Source {
    modules: BTreeSet<Module>,
    uses: Uses,
}

fn source() -> Source {
    let mut raw = Raw::default();
    raw.read_module(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs")), &[]);
    let Raw { modules, exports, mut paths } = raw;
    // `bench` names what the programs in `benches/` reach, all over the library. Macros stand at the root.
    paths.remove(&vec!["bench".to_owned()]);
    let tops: BTreeSet<&String> = modules.iter().filter_map(|module| module.first()).collect();
    let uses = paths.into_iter().filter(|(module, _)| !module.is_empty()).map(|(module, paths)| {
        let found = paths.into_iter().map(|path| resolved(path, &exports));
        (module, found.filter(|path| path.first().is_some_and(|first| tops.contains(first))).collect())
    });
    Source { uses: uses.collect(), modules }
}

/// Follows re-exports to where something is defined.
fn resolved(mut path: Module, exports: &BTreeMap<Module, Module>) -> Module {
    for _ in 0..8 {
        let Some(length) = (1..=path.len()).find(|length| exports.contains_key(&path[..*length])) else { break };
        path = exports[&path[..length]].iter().chain(&path[length..]).cloned().collect();
    }
    path
}

#[derive(Default)]
struct Raw {
    modules: BTreeSet<Module>,
    /// What a module gives out under a name of its own, and what that is.
    exports: BTreeMap<Module, Module>,
    paths: BTreeMap<Module, BTreeSet<Module>>,
}

impl Raw {
    fn read_module(&mut self, file: &Path, module: &[String]) {
        self.modules.insert(module.to_vec());
        let tokens: TokenStream = fs::read_to_string(file).unwrap().parse().unwrap();
        self.read(file, module, tokens);
    }

    /// Reads items and everything in them.
    fn read(&mut self, file: &Path, module: &[String], tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        let mut for_tests = false;
        while let Some(token) = tokens.get(at) {
            let word = |offset: usize| match tokens.get(at + offset) {
                Some(TokenTree::Ident(word)) => word.to_string(),
                Some(TokenTree::Punct(sign)) => sign.to_string(),
                _ => String::new(),
            };
            match token {
                TokenTree::Punct(sign) if sign.as_char() == '#' => {
                    let attribute = tokens.get(at + 1).map(ToString::to_string).unwrap_or_default();
                    for_tests |= attribute.replace(' ', "").starts_with("[cfg(test)]");
                    at += 2;
                    continue;
                }
                TokenTree::Ident(ident) if ident == "mod" && word(2) == ";" && !for_tests => {
                    self.read_declared(file, module, &word(1));
                }
                // Not the `use<>` of a type.
                TokenTree::Ident(ident) if ident == "use" && word(1) != "<" && !for_tests => {
                    let public = at > 0 && matches!(&tokens[at - 1], TokenTree::Ident(word) if word == "pub")
                        || matches!(at.checked_sub(1).map(|before| &tokens[before]), Some(TokenTree::Group(_)));
                    let end = (at..tokens.len()).find(|end| tokens[*end].to_string() == ";").unwrap();
                    self.read_tree(module, &[], &tokens[at + 1..end], public);
                    at = end;
                }
                TokenTree::Ident(ident) if ident == "crate" || ident == "super" => {
                    let end = (at + 1..tokens.len())
                        .find(|end| !matches!(&tokens[*end], TokenTree::Ident(_)) && tokens[*end].to_string() != ":")
                        .unwrap_or(tokens.len());
                    if word(1) == ":" && !for_tests {
                        self.read_tree(module, &[], &tokens[at..end], false);
                        at = end - 1;
                    }
                }
                TokenTree::Group(group) => {
                    if !for_tests {
                        self.read(file, module, group.stream());
                    }
                    for_tests &= group.delimiter() != Delimiter::Brace;
                }
                _ => {}
            }
            for_tests &= tokens[at].to_string() != ";";
            at += 1;
        }
    }

    fn read_declared(&mut self, file: &Path, module: &[String], name: &str) {
        let stem = file.file_stem().unwrap();
        let folder = file.parent().unwrap();
        let folder = if stem == "mod" || stem == "lib" { folder.to_owned() } else { folder.join(stem) };
        let inner: Module = module.iter().cloned().chain([name.to_owned()]).collect();
        let files = [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")];
        // The browser's twin of a module has another name in `#[path]`.
        if let Some(file) = files.iter().find(|file| file.exists()) {
            self.read_module(file, &inner);
        }
    }

    /// Reads `a::b::{c, d as e}` after `before`.
    fn read_tree(&mut self, module: &[String], before: &[String], tree: &[TokenTree], public: bool) {
        let mut path = before.to_vec();
        let mut name = None;
        for (at, token) in tree.iter().enumerate() {
            match token {
                TokenTree::Ident(ident) if ident == "as" => name = tree.get(at + 1).map(ToString::to_string),
                TokenTree::Ident(ident) if name.is_none() => path.push(ident.to_string()),
                TokenTree::Group(group) => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    for part in inner.split(|token| token.to_string() == ",").filter(|part| !part.is_empty()) {
                        self.read_tree(module, &path, part, public);
                    }
                    return;
                }
                _ => {}
            }
        }
        if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
            path.pop();
        }
        let known = name.or_else(|| path.last().cloned());
        let Some(absolute) = absolute(module, &path, &self.modules) else { return };
        if public && let Some(known) = known {
            let outside: Module = module.iter().cloned().chain([known]).collect();
            if outside != absolute {
                self.exports.insert(outside, absolute.clone());
            }
        }
        self.paths.entry(module.to_vec()).or_default().insert(absolute);
    }
}

/// The path from the root; nothing for a path into another crate.
fn absolute(module: &[String], path: &[String], modules: &BTreeSet<Module>) -> Option<Module> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some(module.iter().chain(rest).cloned().collect()),
        "super" => {
            let ups = path.iter().take_while(|part| *part == "super").count();
            Some(module[..module.len().checked_sub(ups)?].iter().chain(&path[ups..]).cloned().collect())
        }
        // A module's own child, as in `pub use child::Thing`.
        child => {
            let inner: Module = module.iter().cloned().chain([child.to_owned()]).collect();
            (modules.contains(&inner) || !module.is_empty())
                .then(|| inner.into_iter().chain(rest.iter().cloned()).collect())
        }
    }
}
