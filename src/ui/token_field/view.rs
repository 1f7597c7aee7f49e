//! The field as chips with an entry, and as the text area that it is without JavaScript.

use leptos::{
    ev,
    html::{Input, Textarea},
    prelude::*,
    web_sys::HtmlInputElement,
};

use super::{
    marks::marks,
    proposals::{active_id, proposals},
    state::{Completion, Completions, KeyAction, Mark, Offer, Parting, Tokens, Told},
    suggestions::Suggestions,
};
use crate::ui::{OptionalText, browser, text};

/// How long typing may pause before values are asked for.
const PAUSE_MS: u64 = 120;

/// A field of chips. Without JavaScript (and in what the form sends) it is a text area with one value per line.
///
/// Enter, a chosen completion, leaving the field or pasting a list adds; Backspace in the empty field takes the
/// last one back; each chip has its own remove button. In a field with a `fixed` vocabulary Enter and Tab take the first
/// completion. The text area stays the truth: every change is written there and announced with a bubbling `input` event, so a
/// form's own listener notices; what is written there by others is taken over in the same way.
///
/// With `complete`, the address given there is asked for values that go on with what was typed: it gets the form around the
/// field, with `complete_field` and `complete_typed`, and answers a list of [`Completion`]. What is to be said about values
/// comes as [`Told`], with the page and later through `browser::tell_field`.
#[island]
pub fn TokenField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional_no_strip)] values: Vec<String>,
    #[prop(optional_no_strip, into)] hint: OptionalText,
    #[prop(optional_no_strip, into)] error: OptionalText,
    #[prop(optional_no_strip, into)] placeholder: OptionalText,
    #[prop(optional_no_strip, into)] complete: OptionalText,
    #[prop(optional_no_strip)] parting: Parting,
    #[prop(optional_no_strip)] fixed: bool,
    #[prop(optional_no_strip)] told: Told,
) -> impl IntoView {
    let (live, set_live) = signal(false);
    let field = Field::new(&name, values.clone(), told, Ways { complete: complete.0, parting, is_fixed: fixed });
    // The first render equals the server's; only then does the chip input replace the text area. What was typed before
    // that, or restored by the browser, is taken over.
    Effect::new(move |_| {
        if let Some(area) = field.area.get() {
            field.read();
            browser::on_told(&area, move |told| field.hear(&told));
            set_live.set(true);
        }
    });
    let (hint_id, error_id, name_of_label) = (format!("{name}-hint"), format!("{name}-error"), name.clone());
    let described = text::described_by(&name, &hint, &error);
    let invalid = error.is_some().then_some("true");
    let label_for = move || if live.get() { format!("{name_of_label}-entry") } else { name_of_label.clone() };
    let placeholder = placeholder.0;
    let words =
        EntryWords { name: name.clone(), placeholder: placeholder.clone(), described: described.clone(), invalid };
    view! {
        <div class="field token-field" class:field-invalid=invalid.is_some() class:token-field-live=move || live.get()>
            <label class="field-label" for=label_for>{label.clone()}</label>
            {hint.0.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
            <p class="field-hint token-field-plain" hidden=move || live.get()>"One per line."</p>
            <textarea
                class="input"
                id=name.clone()
                name=name.clone()
                rows="3"
                node_ref=field.area
                placeholder=placeholder
                hidden=move || live.get()
                aria-describedby=described
                aria-invalid=invalid
                inner_html=text::textarea_content(&values.join("\n"))
                on:input=move |_| field.read()
            ></textarea>
            <div class="input token-box" hidden=move || !live.get()>
                <ul class="token-list">{move || chips(field)}</ul>
                {entry(field, words)}
            </div>
            {proposals(field, &name, &label)}
            <div class="token-marks">{move || marks(field, live.get())}</div>
            <span class="visually-hidden" role="status">{field.said}</span>
            {error.0.map(|error| view! { <p class="field-error" id=error_id>{error}</p> })}
        </div>
    }
}

/// How a field reads and asks.
struct Ways {
    complete: Option<String>,
    parting: Parting,
    is_fixed: bool,
}

/// One field on a page.
#[derive(Clone, Copy)]
pub(super) struct Field {
    area: NodeRef<Textarea>,
    entry: NodeRef<Input>,
    tokens: RwSignal<Tokens>,
    told: RwSignal<Told>,
    /// What was done last, for screen readers.
    said: RwSignal<String>,
    pub suggestions: Suggestions,
    /// Whether completions are asked for.
    pub completes: bool,
    parting: Parting,
    is_fixed: bool,
    /// Whether the first completion is waited for, to be taken.
    is_taking: StoredValue<bool>,
}

impl Field {
    fn new(name: &str, values: Vec<String>, told: Told, ways: Ways) -> Self {
        let Ways { complete, parting, is_fixed } = ways;
        Self {
            area: NodeRef::new(),
            entry: NodeRef::new(),
            tokens: RwSignal::new(values.into()),
            told: RwSignal::new(told),
            said: RwSignal::new(String::new()),
            completes: complete.is_some(),
            suggestions: Suggestions::new(complete, name.to_owned(), is_fixed),
            parting,
            is_fixed,
            is_taking: StoredValue::new(false),
        }
    }

    /// Takes over what the text area says.
    fn read(self) {
        let Some(area) = self.area.get_untracked() else { return };
        let tokens = Tokens::read(&area.value(), self.parting);
        if self.tokens.with_untracked(|have| *have != tokens) {
            self.tokens.set(tokens);
        }
    }

    /// Hears what the server says about the values; those that stand for others are put right.
    fn hear(self, told: &str) {
        let told: Told = serde_json::from_str(told).unwrap_or_default();
        let mut tokens = self.tokens.get_untracked();
        let replaced = told.spelt.iter().filter(|(typed, values)| tokens.replace(typed, values)).count();
        if let Some(area) = self.area.get_untracked().filter(|_| replaced > 0) {
            area.set_value(&tokens.text());
            self.tokens.set(tokens);
        }
        if let Some(bad) = told.marks.iter().find(|mark| mark.is_bad) {
            self.said.set(bad.text.clone());
        }
        if self.told.with_untracked(|known| *known != told) {
            self.told.set(told);
        }
    }

    fn add(self, text: &str) {
        let added = self.tokens.try_update(|tokens| tokens.add(text, self.parting)).flatten();
        self.empty_entry();
        if let Some(added) = added {
            self.said.set(added);
            self.write();
        }
    }

    fn empty_entry(self) {
        self.is_taking.set_value(false);
        if let Some(entry) = self.entry.get_untracked() {
            entry.set_value("");
        }
        self.suggestions.hide();
    }

    /// Adds a completion, to another field if it says so.
    pub fn take(self, one: &Completion) {
        if one.field.is_empty() {
            return self.add(&one.value);
        }
        self.empty_entry();
        browser::add_to_field(&one.field, &one.value);
        self.said.set(format!("Added {}", one.value));
    }

    /// Takes the first completion of what is typed as soon as it is known; without one, what is typed stays.
    fn take_first(self) {
        let (Some(entry), typed) = (self.entry.get_untracked(), self.typed()) else { return };
        self.is_taking.set_value(true);
        let watched = entry.clone();
        self.suggestions.ask(entry, self.tokens, 0, move |completions: Completions| {
            self.is_taking.set_value(false);
            if watched.value() != typed {
                return;
            }
            match completions.first() {
                Some(one) => self.take(&one.clone()),
                None => self.add(&typed),
            }
        });
    }

    /// Puts what is offered in the place of a value.
    pub fn accept(self, value: &str, offer: &Offer) {
        self.tokens.update(|tokens| tokens.remove(value));
        if offer.field.is_empty() {
            self.add(&offer.value);
        } else {
            self.write();
            browser::add_to_field(&offer.field, &offer.value);
        }
    }

    fn remove(self, token: &str) {
        self.tokens.update(|tokens| tokens.remove(token));
        self.said.set(format!("Removed {token}"));
        self.write();
        if let Some(entry) = self.entry.get_untracked() {
            let _ = entry.focus();
        }
    }

    /// What is said about the values that are there.
    pub fn marks(self) -> Vec<Mark> {
        let is_there = |mark: &&Mark| self.tokens.with(|tokens| tokens.contains(&mark.value));
        self.told.with(|told| told.marks.iter().filter(is_there).cloned().collect())
    }

    /// Writes the values into the text area and announces it.
    fn write(self) {
        if let Some(area) = self.area.get_untracked() {
            area.set_value(&self.tokens.with_untracked(Tokens::text));
            browser::announce_input(&area);
        }
    }

    fn ask(self, pause_ms: u64) {
        self.is_taking.set_value(false);
        if let Some(entry) = self.entry.get_untracked() {
            self.suggestions.ask(entry, self.tokens, pause_ms, move |completions| {
                self.suggestions.shown.set(completions);
            });
        }
    }

    fn typed(self) -> String {
        self.entry.get_untracked().map(|entry: HtmlInputElement| entry.value()).unwrap_or_default()
    }

    fn on_input(self, event: &ev::Event) {
        // Typing in the entry is not a change of the field yet.
        event.stop_propagation();
        let typed = self.typed();
        if typed.contains(|letter| self.parting.parts(letter)) {
            self.add(&typed);
        } else {
            self.ask(PAUSE_MS);
        }
    }

    fn on_key(self, event: &ev::KeyboardEvent) {
        if browser::is_of_input_method(event) {
            return;
        }
        let (key, typed, shown) = (event.key(), self.typed(), self.suggestions.shown);
        let action = self.tokens.with_untracked(|tokens| {
            shown.with_untracked(|completions| KeyAction::of(&key, &typed, tokens, completions, self.is_fixed))
        });
        // Tab moves to the next field as well.
        if key == "Enter" || matches!(action, KeyAction::Step(_)) {
            event.prevent_default();
        }
        match action {
            KeyAction::Add(text) => self.add(&text),
            KeyAction::Take(one) => self.take(&one),
            KeyAction::TakeFirst => self.take_first(),
            KeyAction::Remove(token) => self.remove(&token),
            KeyAction::Step(down) => shown.update(|completions| completions.step(down)),
            KeyAction::Ask => self.ask(0),
            KeyAction::Hide => {
                event.stop_propagation();
                self.suggestions.hide();
            }
            KeyAction::Nothing => {}
        }
    }

    fn on_paste(self, event: &ev::ClipboardEvent) {
        if let Some(text) = browser::pasted_list(event) {
            event.prevent_default();
            self.add(&text);
        }
    }

    fn on_blur(self) {
        if self.is_taking.get_value() {
            return;
        }
        let typed = self.typed();
        if !typed.is_empty() {
            self.add(&typed);
        }
        self.suggestions.hide();
    }
}

/// The values, each with its button.
fn chips(field: Field) -> Vec<impl IntoView> {
    let bad: Vec<String> = field.marks().into_iter().filter(|mark| mark.is_bad).map(|mark| mark.value).collect();
    let chip = |token: &String| {
        let (shown, gone) = (token.clone(), token.clone());
        view! {
            <li class="token" class:token-bad=bad.contains(token)>
                <span>{shown}</span>
                <button type="button" class="token-remove" aria-label=format!("Remove {token}") on:click=move |_| field.remove(&gone)>
                    "×"
                </button>
            </li>
        }
    };
    field.tokens.with(|tokens| tokens.iter().map(chip).collect())
}

/// What the entry says.
struct EntryWords {
    name: String,
    placeholder: Option<String>,
    described: Option<String>,
    invalid: Option<&'static str>,
}

/// Where a value is typed.
fn entry(field: Field, words: EntryWords) -> impl IntoView {
    let EntryWords { name, placeholder, described, invalid } = words;
    let (completes, shown) = (field.completes, field.suggestions.shown);
    let expanded = move || completes.then(|| if shown.with(|list| list.is_empty()) { "false" } else { "true" });
    let active = active_id(field, &name);
    // Beside chips an example would look like one more of them.
    let placeholder = move || if field.tokens.with(Tokens::is_empty) { placeholder.clone() } else { None };
    view! {
        <input
            class="token-entry"
            type="text"
            id=format!("{name}-entry")
            node_ref=field.entry
            role=completes.then_some("combobox")
            aria-autocomplete=completes.then_some("list")
            aria-expanded=expanded
            aria-controls=completes.then(|| format!("{name}-completions"))
            aria-activedescendant=active
            placeholder=placeholder
            autocomplete="off"
            autocapitalize="off"
            aria-describedby=described
            aria-invalid=invalid
            on:focus=move |_| field.ask(0)
            on:input=move |event| field.on_input(&event)
            on:keydown=move |event| field.on_key(&event)
            on:paste=move |event| field.on_paste(&event)
            on:blur=move |_| field.on_blur()
        />
    }
}
