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

impl Tokens {
    /// The values of a text: one per line (or cell, or between semicolons). Not parted at commas: "Austin, Texas" is one
    /// place.
    pub fn read(text: &str) -> Self {
        let mut tokens = Self::default();
        tokens.add(text);
        tokens
    }

    /// Adds the values of `text` that are not there yet. Returns what to say about it; `None` when nothing was added.
    pub fn add(&mut self, text: &str) -> Option<String> {
        let before = self.0.len();
        for token in text.split(['\n', '\r', '\t', ';']).map(str::trim).filter(|token| !token.is_empty()) {
            let known = self.0.iter().any(|have| have.to_lowercase() == token.to_lowercase());
            if !known && self.0.len() < TOKENS_MAX {
                self.0.push(token.to_owned());
            }
        }
        match self.0.len() - before {
            0 => None,
            1 => self.0.last().map(|token| format!("Added {token}")),
            added => Some(format!("Added {added}")),
        }
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

/// A value that completes what was typed, and what choosing it would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    pub value: String,
    pub note: String,
}

/// The completions below the entry, and the one that the arrow keys are on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completions {
    list: Vec<Completion>,
    active: Option<usize>,
}

impl Completions {
    /// Those that the field has not got yet.
    pub fn new(list: Vec<Completion>, have: &Tokens) -> Self {
        let list = list.into_iter().filter(|one| !have.contains(&one.value)).collect();
        Self { list, active: None }
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

    fn chosen(&self) -> Option<&Completion> {
        self.list.get(self.active?)
    }
}

/// What a key in the entry does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyAction {
    Add(String),
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
    /// Enter takes the active completion or what was typed, arrows walk through the completions, Escape hides them, and
    /// Backspace in the empty entry takes the last value back.
    pub fn of(key: &str, typed: &str, tokens: &Tokens, completions: &Completions) -> Self {
        match key {
            "Enter" => Self::Add(completions.chosen().map_or(typed, |one| one.value.as_str()).to_owned()),
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
    use super::*;

    fn completions(values: &[&str], have: &Tokens) -> Completions {
        let list = values.iter().map(|value| Completion { value: (*value).into(), note: "1 person".into() }).collect();
        Completions::new(list, have)
    }

    #[test]
    fn a_pasted_list_becomes_separate_values_each_once() {
        let tokens = Tokens::read("CEO\n  VP, Sales ;ceo;\tCTO\r\n\n");
        assert_eq!(tokens.text(), "CEO\nVP, Sales\nCTO");
    }

    #[test]
    fn a_field_takes_only_so_many_values() {
        let text: String = (0..6_000).map(|number| format!("title {number}\n")).collect();
        let mut tokens = Tokens::read(&text);
        assert_eq!(tokens.iter().count(), TOKENS_MAX);
        assert_eq!(tokens.add("one more"), None);
    }

    #[test]
    fn what_was_added_is_said_and_what_was_there_is_not() {
        let mut tokens = Tokens::default();
        assert_eq!(tokens.add(" CEO "), Some("Added CEO".into()));
        assert_eq!(tokens.add("ceo; CTO"), Some("Added CTO".into()));
        assert_eq!(tokens.add("CFO\nCOO"), Some("Added 2".into()));
        assert_eq!((tokens.add("cto"), tokens.add("  ")), (None, None));
        tokens.remove("CTO");
        assert_eq!(tokens.text(), "CEO\nCFO\nCOO");
    }

    #[test]
    fn completions_leave_out_what_the_field_has_and_arrows_go_round() {
        let mut shown = completions(&["CEO", "CTO", "CFO"], &Tokens::read("CTO"));
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
        let (tokens, none) = (Tokens::read("CEO\nCTO"), Completions::default());
        let mut shown = completions(&["CFO"], &tokens);
        let action = |key, typed, shown: &Completions| KeyAction::of(key, typed, &tokens, shown);
        assert_eq!(action("Enter", "cf", &shown), KeyAction::Add("cf".into()), "nothing is chosen yet");
        assert_eq!(action("ArrowDown", "cf", &shown), KeyAction::Step(true));
        assert_eq!(action("ArrowUp", "cf", &shown), KeyAction::Step(false));
        assert_eq!(action("Escape", "cf", &shown), KeyAction::Hide);
        shown.step(true);
        assert_eq!(action("Enter", "cf", &shown), KeyAction::Add("CFO".into()));
        assert_eq!(action("ArrowDown", "", &none), KeyAction::Ask);
        assert_eq!(action("Escape", "", &none), KeyAction::Nothing, "the page may have a use for it");
        assert_eq!(action("Backspace", "", &none), KeyAction::Remove("CTO".into()));
        assert_eq!(action("Backspace", "x", &none), KeyAction::Nothing);
        assert_eq!(KeyAction::of("Backspace", "", &Tokens::default(), &none), KeyAction::Nothing);
    }
}
