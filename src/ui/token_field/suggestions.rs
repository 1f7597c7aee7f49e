//! Asking for values that complete what is typed.

use leptos::{prelude::*, web_sys::HtmlInputElement};

use super::state::{Completion, Completions, Tokens};
use crate::ui::browser;

/// The completions of one field, and the way to new ones.
#[derive(Clone, Copy)]
pub struct Suggestions {
    pub shown: RwSignal<Completions>,
    /// The number of the latest question: an answer to an earlier one is dropped.
    asked: StoredValue<u64>,
    /// Where to ask (`None`: nowhere), and the name of the field.
    way: StoredValue<(Option<String>, String)>,
    /// Whether the field has a fixed vocabulary.
    is_fixed: bool,
}

impl Suggestions {
    pub fn new(address: Option<String>, field: String, is_fixed: bool) -> Self {
        Self {
            shown: RwSignal::new(Completions::default()),
            asked: StoredValue::new(0),
            way: StoredValue::new((address, field)),
            is_fixed,
        }
    }

    /// Hides them; an answer that is under way does not bring them back.
    pub fn hide(self) {
        self.asked.update_value(|number| *number += 1);
        self.shown.set(Completions::default());
    }

    /// Asks for what completes the entry, once typing paused for so long, and hands it to `then`. Without an answer it gets
    /// none, and after a later question nothing.
    pub fn ask(
        self,
        entry: HtmlInputElement,
        tokens: RwSignal<Tokens>,
        pause_ms: u64,
        then: impl FnOnce(Completions) + 'static,
    ) {
        let (Some(address), field) = self.way.get_value() else { return then(Completions::default()) };
        self.asked.update_value(|number| *number += 1);
        let number = self.asked.get_value();
        let is_overtaken = move || self.asked.get_value() != number;
        browser::after(pause_ms, move || {
            if is_overtaken() {
                return;
            }
            let typed = entry.value();
            let fields = [("complete_field", field), ("complete_typed", typed.clone())];
            leptos::task::spawn_local(async move {
                let answer = browser::send_form_around(&entry, &address, &fields).await;
                if is_overtaken() {
                    return;
                }
                let list: Vec<Completion> =
                    answer.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
                then(tokens.with_untracked(|have| Completions::new(&typed, list, have, self.is_fixed)));
            });
        });
    }
}
