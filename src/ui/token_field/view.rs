//! The field as chips with an entry, and as the text area that it is without JavaScript.

use leptos::{
    ev,
    html::{Input, Textarea},
    prelude::*,
    web_sys::HtmlInputElement,
};

use super::{
    state::{Completion, KeyAction, Tokens},
    suggestions::Suggestions,
};
use crate::ui::{OptionalText, browser, text};

/// How long typing may pause before values are asked for.
const PAUSE_MS: u64 = 120;

/// A field of chips. Without JavaScript (and in what the form sends) it is a text area with one value per line.
///
/// Enter, a chosen suggestion, leaving the field or pasting a list adds; Backspace in the empty field takes the
/// last one back; each chip has its own remove button. The text area stays the truth: every change is written there and
/// announced with a bubbling `input` event, so a form's own listener notices.
///
/// With `complete`, the address given there is asked for values that go on with what was typed: it gets the form around the
/// field, with `complete_field` and `complete_typed`, and answers a list of [`Completion`].
#[island]
pub fn TokenField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional_no_strip)] values: Vec<String>,
    #[prop(optional_no_strip, into)] hint: OptionalText,
    #[prop(optional_no_strip)] suggestions: Vec<String>,
    #[prop(optional_no_strip, into)] error: OptionalText,
    #[prop(optional_no_strip, into)] placeholder: OptionalText,
    #[prop(optional_no_strip, into)] complete: OptionalText,
) -> impl IntoView {
    let (live, set_live) = signal(false);
    let field = Field::new(&name, values.clone(), complete.0);
    // The first render equals the server's; only then does the chip input replace the text area. What was typed before
    // that, or restored by the browser, is taken over.
    Effect::new(move |_| {
        if let Some(area) = field.area.get() {
            field.tokens.set(Tokens::read(&area.value()));
            set_live.set(true);
        }
    });
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    let described = text::described_by(&name, &hint, &error);
    let invalid = error.is_some().then_some("true");
    let label_for = {
        let name = name.clone();
        move || if live.get() { format!("{name}-entry") } else { name.clone() }
    };
    let placeholder = placeholder.0;
    let words = EntryWords {
        name: name.clone(),
        placeholder: placeholder.clone(),
        described: described.clone(),
        invalid,
        known: suggestions.clone(),
    };
    view! {
        <div class="field token-field" class:field-invalid=invalid.is_some() class:token-field-live=move || live.get()>
            <label class="field-label" for=label_for>{label.clone()}</label>
            {hint.0.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
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
            ></textarea>
            <div class="input token-box" hidden=move || !live.get()>
                <ul class="token-list">{move || chips(field)}</ul>
                {entry(field, words)}
            </div>
            {below(field, &name, &label, suggestions)}
            <span class="visually-hidden" role="status">{field.said}</span>
            {error.0.map(|error| view! { <p class="field-error" id=error_id>{error}</p> })}
        </div>
    }
}

/// One field on a page.
#[derive(Clone, Copy)]
struct Field {
    area: NodeRef<Textarea>,
    entry: NodeRef<Input>,
    tokens: RwSignal<Tokens>,
    /// What was done last, for screen readers.
    said: RwSignal<String>,
    suggestions: Suggestions,
    /// Whether completions are asked for.
    completes: bool,
}

impl Field {
    fn new(name: &str, values: Vec<String>, complete: Option<String>) -> Self {
        Self {
            area: NodeRef::new(),
            entry: NodeRef::new(),
            tokens: RwSignal::new(values.into()),
            said: RwSignal::new(String::new()),
            completes: complete.is_some(),
            suggestions: Suggestions::new(complete, name.to_owned()),
        }
    }

    fn add(self, text: &str) {
        let added = self.tokens.try_update(|tokens| tokens.add(text)).flatten();
        if let Some(entry) = self.entry.get_untracked() {
            entry.set_value("");
        }
        self.suggestions.hide();
        if let Some(added) = added {
            self.said.set(added);
            self.write();
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

    /// Writes the values into the text area and announces it.
    fn write(self) {
        if let Some(area) = self.area.get_untracked() {
            area.set_value(&self.tokens.with_untracked(Tokens::text));
            browser::announce_input(&area);
        }
    }

    fn ask(self, pause_ms: u64) {
        if let Some(entry) = self.entry.get_untracked() {
            self.suggestions.ask(entry, self.tokens, pause_ms);
        }
    }

    fn typed(self) -> String {
        self.entry.get_untracked().map(|entry: HtmlInputElement| entry.value()).unwrap_or_default()
    }

    fn on_input(self, event: &ev::Event, known: &[String]) {
        // Typing in the entry is not a change of the field yet.
        event.stop_propagation();
        let typed = self.typed();
        if typed.contains(';') || (browser::is_replacement(event) && known.contains(&typed)) {
            self.add(&typed);
        } else {
            self.ask(PAUSE_MS);
        }
    }

    fn on_key(self, event: &ev::KeyboardEvent) {
        if event.is_composing() {
            return;
        }
        let (key, typed, shown) = (event.key(), self.typed(), self.suggestions.shown);
        let action = self.tokens.with_untracked(|tokens| {
            shown.with_untracked(|completions| KeyAction::of(&key, &typed, tokens, completions))
        });
        match action {
            KeyAction::Add(text) => {
                event.prevent_default();
                self.add(&text);
            }
            KeyAction::Remove(token) => self.remove(&token),
            KeyAction::Step(down) => {
                event.prevent_default();
                shown.update(|completions| completions.step(down));
            }
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
        let typed = self.typed();
        if !typed.is_empty() {
            self.add(&typed);
        }
        self.suggestions.hide();
    }
}

/// The values, each with its button.
fn chips(field: Field) -> Vec<impl IntoView> {
    let chip = |token: &String| {
        let (shown, gone) = (token.clone(), token.clone());
        view! {
            <li class="token">
                <span>{shown}</span>
                <button type="button" class="token-remove" aria-label=format!("Remove {token}") on:click=move |_| field.remove(&gone)>
                    "×"
                </button>
            </li>
        }
    };
    field.tokens.with(|tokens| tokens.iter().map(chip).collect())
}

/// What the entry says and knows.
struct EntryWords {
    name: String,
    placeholder: Option<String>,
    described: Option<String>,
    invalid: Option<&'static str>,
    /// Values that the browser offers without the server.
    known: Vec<String>,
}

/// Where a value is typed.
fn entry(field: Field, words: EntryWords) -> impl IntoView {
    let EntryWords { name, placeholder, described, invalid, known } = words;
    let (completes, shown) = (field.completes, field.suggestions.shown);
    let expanded = move || completes.then(|| if shown.with(|list| list.is_empty()) { "false" } else { "true" });
    let active = {
        let name = name.clone();
        move || shown.with(|list| list.active()).map(|at| option_id(&name, at))
    };
    // Beside chips an example would look like one more of them.
    let placeholder = move || if field.tokens.with(Tokens::is_empty) { placeholder.clone() } else { None };
    view! {
        <input
            class="token-entry"
            type="text"
            id=format!("{name}-entry")
            node_ref=field.entry
            list=(!completes).then(|| format!("{name}-list"))
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
            on:input=move |event| field.on_input(&event, &known)
            on:keydown=move |event| field.on_key(&event)
            on:paste=move |event| field.on_paste(&event)
            on:blur=move |_| field.on_blur()
        />
    }
}

fn option_id(name: &str, at: usize) -> String {
    format!("{name}-completion-{at}")
}

/// The completions, or the values that the browser offers without the server.
fn below(field: Field, name: &str, label: &str, suggestions: Vec<String>) -> AnyView {
    if !field.completes {
        let options: Vec<_> = suggestions.into_iter().map(|text| view! { <option value=text></option> }).collect();
        return view! { <datalist id=format!("{name}-list")>{options}</datalist> }.into_any();
    }
    let (shown, name) = (field.suggestions.shown, name.to_owned());
    let list_id = format!("{name}-completions");
    // Walking through the list changes which line is active, not the lines.
    let list = Memo::new(move |_| shown.with(|completions| completions.list().to_vec()));
    let lines = move || {
        list.get()
            .into_iter()
            .enumerate()
            .map(|(at, one)| completion(field, option_id(&name, at), at, one))
            .collect::<Vec<_>>()
    };
    view! {
        <ul
            class="completions"
            role="listbox"
            id=list_id
            aria-label=format!("Values for {label}")
            hidden=move || shown.with(|completions| completions.is_empty())
        >
            {lines}
        </ul>
    }
    .into_any()
}

fn completion(field: Field, id: String, at: usize, one: Completion) -> impl IntoView {
    let is_active = move || field.suggestions.shown.with(|completions| completions.active()) == Some(at);
    let Completion { value, note } = one;
    let added = value.clone();
    view! {
        <li
            class="completion"
            role="option"
            id=id
            aria-selected=move || if is_active() { "true" } else { "false" }
            // Not click: the entry would lose the focus first and take what was typed.
            on:mousedown=move |event| {
                event.prevent_default();
                field.add(&added);
            }
        >
            <span class="completion-value">{value}</span>
            <span class="completion-note">{note}</span>
        </li>
    }
}
