//! What a field of values holds, and what happens to it: no browser in here.

use serde::{Deserialize, Serialize};

/// The most values one field takes; the server has its own limits.
const TOKENS_MAX: usize = 5_000;

/// The values of a field: trimmed, each once (whatever its case), in the order in which they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens(Vec<String>);

impl From<Vec<String>> for Tokens {
    fn from(values: Vec<String>) -> Self {
        Self(values)
    }
}

/// What parts the values of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Parting {
    /// Lines, cells and semicolons. "Director, Information Technology" is one title; the server knows which are lists.
    #[default]
    Lines,
    /// Commas too.
    Commas,
}

impl Parting {
    /// Whether a letter ends a value.
    pub fn parts(self, letter: char) -> bool {
        matches!(letter, '\n' | '\r' | '\t' | ';') || (letter == ',' && self == Self::Commas)
    }
}

impl Tokens {
    /// The values of a text.
    pub fn read(text: &str, parting: Parting) -> Self {
        let mut tokens = Self::default();
        tokens.add(text, parting);
        tokens
    }

    /// Adds the values of `text` that are not there yet. Returns what to say about it; `None` when nothing was added.
    pub fn add(&mut self, text: &str, parting: Parting) -> Option<String> {
        let before = self.0.len();
        for token in text.split(|letter| parting.parts(letter)).map(str::trim).filter(|token| !token.is_empty()) {
            if !self.has(token) && self.0.len() < TOKENS_MAX {
                self.0.push(token.to_owned());
            }
        }
        match self.0.len() - before {
            0 => None,
            1 => self.0.last().map(|token| format!("Added {token}")),
            added => Some(format!("Added {added}")),
        }
    }

    fn has(&self, token: &str) -> bool {
        self.0.iter().any(|have| have.to_lowercase() == token.to_lowercase())
    }

    /// Puts the values that a text stands for in its place. Returns whether it was there.
    pub fn replace(&mut self, token: &str, values: &[String]) -> bool {
        let Some(at) = self.0.iter().position(|have| have == token) else { return false };
        self.0.remove(at);
        let fresh: Vec<String> = values.iter().filter(|value| !self.has(value)).cloned().collect();
        self.0.splice(at..at, fresh);
        true
    }

    pub fn remove(&mut self, token: &str) {
        self.0.retain(|have| have != token);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn contains(&self, token: &str) -> bool {
        self.0.iter().any(|have| have == token)
    }

    /// One value per line, as the form sends them.
    pub fn text(&self) -> String {
        self.0.join("\n")
    }

    pub fn iter(&self) -> impl Iterator<Item = &String> {
        self.0.iter()
    }
}

/// What the server says about the values of a field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub marks: Vec<Mark>,
    /// Texts that stand for other values: "CEO, CTO" for two titles, "USA" for the country's name.
    pub spelt: Vec<(String, Vec<String>)>,
}

/// What is to be said about one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub value: String,
    pub text: String,
    /// Whether the value is not understood, so that nothing is asked for with it.
    pub is_bad: bool,
    pub offers: Vec<Offer>,
}

/// What could stand instead of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub label: String,
    /// The field that takes it; empty for the same field.
    pub field: String,
    pub value: String,
}

/// A value that completes what was typed, and what choosing it would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    pub value: String,
    pub note: String,
    /// Whether it adds no people now.
    #[serde(default)]
    pub is_faint: bool,
    /// The field that takes it, if that is another one.
    #[serde(default)]
    pub field: String,
}

/// The completions below the entry, and the one that the arrow keys are on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completions {
    /// What they complete.
    typed: String,
    list: Vec<Completion>,
    active: Option<usize>,
}

impl Completions {
    /// Those that the field has not got yet. In a field with a fixed vocabulary the first one of its own is marked as soon as
    /// something is typed: Enter and Tab take it.
    pub fn new(typed: &str, list: Vec<Completion>, have: &Tokens, is_fixed: bool) -> Self {
        let list: Vec<Completion> =
            list.into_iter().filter(|one| !one.field.is_empty() || !have.contains(&one.value)).collect();
        let own = list.iter().position(|one| one.field.is_empty());
        let active = own.filter(|_| is_fixed && !typed.trim().is_empty());
        Self { typed: typed.to_owned(), list, active }
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn list(&self) -> &[Completion] {
        &self.list
    }

    pub fn active(&self) -> Option<usize> {
        self.active
    }

    /// One down or up; from the end to the beginning and back.
    pub fn step(&mut self, down: bool) {
        let length = self.list.len();
        self.active = match (self.active, down) {
            _ if length == 0 => None,
            (None, true) => Some(0),
            (None, false) => Some(length - 1),
            (Some(at), true) => Some((at + 1) % length),
            (Some(at), false) => Some((at + length - 1) % length),
        };
    }

    /// The first one that the field itself takes.
    pub fn first(&self) -> Option<&Completion> {
        self.list.iter().find(|one| one.field.is_empty())
    }

    /// The marked one, if it completes what is typed now and not what was typed before.
    pub fn chosen(&self, typed: &str) -> Option<&Completion> {
        self.list.get(self.active?).filter(|_| self.typed == typed)
    }
}

/// What a key in the entry does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyAction {
    Add(String),
    /// Adds a completion.
    Take(Completion),
    /// Takes the first completion, once it is known.
    TakeFirst,
    Remove(String),
    /// Down, or up, in the completions.
    Step(bool),
    /// Ask for completions at once.
    Ask,
    Hide,
    /// The browser's own.
    Nothing,
}

impl KeyAction {
    /// Enter takes the marked completion or what was typed, and in a field with a fixed vocabulary the first completion; Tab
    /// does the same and moves on. Arrows walk through the completions, Escape hides them, and Backspace in the empty entry
    /// takes the last value back.
    pub fn of(key: &str, typed: &str, tokens: &Tokens, completions: &Completions, is_fixed: bool) -> Self {
        let is_empty = typed.trim().is_empty();
        match key {
            "Enter" | "Tab" => match completions.chosen(typed) {
                Some(one) if key == "Enter" || !is_empty => Self::Take(one.clone()),
                _ if is_fixed && !is_empty => Self::TakeFirst,
                _ if key == "Enter" => Self::Add(typed.to_owned()),
                _ => Self::Nothing,
            },
            "ArrowDown" | "ArrowUp" if completions.is_empty() => Self::Ask,
            "ArrowDown" | "ArrowUp" => Self::Step(key == "ArrowDown"),
            "Escape" if !completions.is_empty() => Self::Hide,
            "Backspace" if typed.is_empty() => tokens.0.last().cloned().map_or(Self::Nothing, Self::Remove),
            _ => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Parting::*, *};

    fn completions(typed: &str, values: &[&str], have: &Tokens, is_fixed: bool) -> Completions {
        let completion =
            |value: &&str| Completion { value: (*value).into(), note: "1 person".into(), ..Completion::default() };
        Completions::new(typed, values.iter().map(completion).collect(), have, is_fixed)
    }

    #[test]
    fn a_pasted_list_becomes_separate_values_each_once() {
        let tokens = Tokens::read("CEO\n  VP, Sales ;ceo;\tCTO\r\n\n", Lines);
        assert_eq!(tokens.text(), "CEO\nVP, Sales\nCTO");
        assert_eq!(Tokens::read("Berlin, Paris;Rome\tBerlin", Commas).text(), "Berlin\nParis\nRome");
    }

    #[test]
    fn a_field_takes_only_so_many_values() {
        let text: String = (0..6_000).map(|number| format!("title {number}\n")).collect();
        let mut tokens = Tokens::read(&text, Lines);
        assert_eq!(tokens.iter().count(), TOKENS_MAX);
        assert_eq!(tokens.add("one more", Lines), None);
    }

    #[test]
    fn what_was_added_is_said_and_what_was_there_is_not() {
        let mut tokens = Tokens::default();
        assert_eq!(tokens.add(" CEO ", Lines), Some("Added CEO".into()));
        assert_eq!(tokens.add("ceo; CTO", Lines), Some("Added CTO".into()));
        assert_eq!(tokens.add("CFO\nCOO", Lines), Some("Added 2".into()));
        assert_eq!((tokens.add("cto", Lines), tokens.add("  ", Lines)), (None, None));
        tokens.remove("CTO");
        assert_eq!(tokens.text(), "CEO\nCFO\nCOO");
    }

    #[test]
    fn what_a_text_stands_for_takes_its_place() {
        let mut tokens = Tokens::read("VP\nCEO, CTO\nCFO", Lines);
        assert!(tokens.replace("CEO, CTO", &["CEO".into(), "cfo".into(), "CTO".into()]));
        assert_eq!(tokens.text(), "VP\nCEO\nCTO\nCFO", "what is there already is not there twice");
        assert!(!tokens.replace("CEO, CTO", &[]));
    }

    #[test]
    fn completions_leave_out_what_the_field_has_and_arrows_go_round() {
        let mut shown = completions("c", &["CEO", "CTO", "CFO"], &Tokens::read("CTO", Lines), false);
        assert_eq!(shown.list().iter().map(|one| one.value.as_str()).collect::<Vec<_>>(), ["CEO", "CFO"]);
        let mut walk = |down| {
            shown.step(down);
            shown.active()
        };
        assert_eq!([true, true, true, false].map(&mut walk), [Some(0), Some(1), Some(0), Some(1)]);
        let mut none = Completions::default();
        none.step(false);
        assert_eq!(none.active(), None);
    }

    #[test]
    fn a_key_acts_on_what_is_typed_held_and_shown() {
        let (tokens, none) = (Tokens::read("CEO\nCTO", Lines), Completions::default());
        let mut shown = completions("cf", &["CFO"], &tokens, false);
        let action = |key, typed, shown: &Completions| KeyAction::of(key, typed, &tokens, shown, false);
        assert_eq!(action("Enter", "cf", &shown), KeyAction::Add("cf".into()), "nothing is chosen yet");
        assert_eq!(action("Tab", "cf", &shown), KeyAction::Nothing);
        assert_eq!(action("ArrowDown", "cf", &shown), KeyAction::Step(true));
        assert_eq!(action("ArrowUp", "cf", &shown), KeyAction::Step(false));
        assert_eq!(action("Escape", "cf", &shown), KeyAction::Hide);
        shown.step(true);
        assert_eq!(action("Enter", "cf", &shown), KeyAction::Take(shown.list()[0].clone()));
        assert_eq!(action("ArrowDown", "", &none), KeyAction::Ask);
        assert_eq!(action("Escape", "", &none), KeyAction::Nothing, "the page may have a use for it");
        assert_eq!(action("Backspace", "", &none), KeyAction::Remove("CTO".into()));
        assert_eq!(action("Backspace", "x", &none), KeyAction::Nothing);
        assert_eq!(KeyAction::of("Backspace", "", &Tokens::default(), &none, true), KeyAction::Nothing);
    }

    #[test]
    fn in_a_fixed_vocabulary_enter_and_tab_take_the_first_completion_of_what_is_typed_now() {
        let tokens = Tokens::default();
        let shown = completions("germ", &["Germany"], &tokens, true);
        let action = |key, typed, shown: &Completions| KeyAction::of(key, typed, &tokens, shown, true);
        for key in ["Enter", "Tab"] {
            assert_eq!(action(key, "germ", &shown), KeyAction::Take(shown.list()[0].clone()), "{key}");
            assert_eq!(action(key, "germa", &shown), KeyAction::TakeFirst, "the list is of an earlier text");
            assert_eq!(action(key, "x", &Completions::default()), KeyAction::TakeFirst);
        }
        let elsewhere = Completion { value: "germ".into(), field: "keywords".into(), ..Completion::default() };
        let mut other = Completions::new("germ", vec![elsewhere.clone()], &tokens, true);
        assert_eq!(action("Enter", "germ", &other), KeyAction::TakeFirst, "another field takes only what is chosen");
        assert_eq!(other.first(), None);
        other.step(true);
        assert_eq!(action("Enter", "germ", &other), KeyAction::Take(elsewhere));
        let all = completions("", &["Germany"], &tokens, true);
        assert_eq!(action("Tab", "", &all), KeyAction::Nothing, "nothing is typed");
        assert_eq!(action("Enter", "", &all), KeyAction::Add(String::new()));
    }
}
