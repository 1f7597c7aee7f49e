//! Many short values in one field: job titles, keywords, domains.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{OptionalText, browser};

/// How long typing may pause before values are asked for.
const PAUSE_MS: u64 = 120;

/// A value that completes what was typed, and what choosing it would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    pub value: String,
    pub note: String,
}

/// The most values one field takes; the server has its own limits.
const TOKENS_MAX: usize = 5_000;

/// The values of a text: one per line (or cell, or between semicolons). Not parted at commas: "Austin, Texas" is one place.
/// Trimmed, each once (whatever its case).
fn tokens_of(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    add_tokens(&mut tokens, text);
    tokens
}

/// Adds the values of `text` that are not there yet.
fn add_tokens(tokens: &mut Vec<String>, text: &str) {
    for token in text.split(['\n', '\r', '\t', ';']).map(str::trim).filter(|token| !token.is_empty()) {
        let known = tokens.iter().any(|have| have.to_lowercase() == token.to_lowercase());
        if !known && tokens.len() < TOKENS_MAX {
            tokens.push(token.to_owned());
        }
    }
}

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
    let area: NodeRef<leptos::html::Textarea> = NodeRef::new();
    let entry: NodeRef<leptos::html::Input> = NodeRef::new();
    let (live, set_live) = signal(false);
    let tokens = RwSignal::new(values.clone());
    let said = RwSignal::new(String::new());

    // The first render equals the server's; only then does the chip input replace the text area. What was typed before
    // that, or restored by the browser, is taken over.
    Effect::new(move |_| {
        if let Some(area) = area.get() {
            tokens.set(tokens_of(&area.value()));
            set_live.set(true);
        }
    });
    let completions = RwSignal::new(Vec::<Completion>::new());
    let active = RwSignal::new(None::<usize>);
    let asked = StoredValue::new(0_u64);
    let hide = move || {
        asked.update_value(|number| *number += 1);
        completions.set(Vec::new());
        active.set(None);
    };
    let completes = complete.0.is_some();
    let field_name = name.clone();
    let ask = move |pause_ms: u64| {
        let (Some(address), Some(entry)) = (complete.0.clone(), entry.get_untracked()) else { return };
        asked.update_value(|number| *number += 1);
        let (number, field) = (asked.get_value(), field_name.clone());
        browser::after(pause_ms, move || {
            if asked.get_value() != number {
                return;
            }
            let fields = [("complete_field", field), ("complete_typed", entry.value())];
            leptos::task::spawn_local(async move {
                let answer = browser::send_form_around(&entry, &address, &fields).await;
                if asked.get_value() != number {
                    return;
                }
                let list: Vec<Completion> =
                    answer.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
                let have = tokens.get_untracked();
                completions.set(list.into_iter().filter(|one| !have.contains(&one.value)).collect());
                active.set(None);
            });
        });
    };
    let write = move || {
        if let Some(area) = area.get_untracked() {
            area.set_value(&tokens.get_untracked().join("\n"));
            browser::announce_input(&area);
        }
    };
    let add = move |text: &str| {
        let before = tokens.with_untracked(Vec::len);
        tokens.update(|tokens| add_tokens(tokens, text));
        if let Some(entry) = entry.get_untracked() {
            entry.set_value("");
        }
        hide();
        let added = tokens.with_untracked(Vec::len) - before;
        if added > 0 {
            said.set(if added == 1 { format!("Added {}", text.trim()) } else { format!("Added {added}") });
            write();
        }
    };
    let remove = move |token: &str| {
        tokens.update(|tokens| tokens.retain(|have| have != token));
        said.set(format!("Removed {token}"));
        write();
        if let Some(entry) = entry.get_untracked() {
            let _ = entry.focus();
        }
    };

    let (hint_id, error_id, list_id) = (format!("{name}-hint"), format!("{name}-error"), format!("{name}-list"));
    let described = super::text::described_by(&name, &hint, &error);
    let invalid = error.is_some().then_some("true");
    let entry_id = format!("{name}-entry");
    let label_for = {
        let (name, entry_id) = (name.clone(), entry_id.clone());
        move || {
            if live.get() { entry_id.clone() } else { name.clone() }
        }
    };
    let known = suggestions.clone();
    let (ask_typed, ask_key, ask_focus) = (ask.clone(), ask.clone(), ask);
    let on_input = move |event: leptos::ev::Event| {
        // Typing in the entry is not a change of the field yet.
        event.stop_propagation();
        let Some(entry) = entry.get_untracked() else {
            return;
        };
        let typed = entry.value();
        if typed.contains(';') || (browser::is_replacement(&event) && known.contains(&typed)) {
            add(&typed);
        } else {
            ask_typed(PAUSE_MS);
        }
    };
    let step = move |down: bool| {
        let length = completions.with_untracked(Vec::len);
        if length == 0 {
            return false;
        }
        active.update(|active| {
            *active = Some(match (*active, down) {
                (None, true) => 0,
                (None, false) => length - 1,
                (Some(at), true) => (at + 1) % length,
                (Some(at), false) => (at + length - 1) % length,
            });
        });
        true
    };
    let on_keydown = move |event: leptos::ev::KeyboardEvent| {
        let Some(entry) = entry.get_untracked() else {
            return;
        };
        let typed = entry.value();
        match event.key().as_str() {
            "Enter" if !event.is_composing() => {
                event.prevent_default();
                let chosen =
                    active.get_untracked().and_then(|at| completions.with_untracked(|all| all.get(at).cloned()));
                add(&chosen.map_or(typed, |one| one.value));
            }
            "ArrowDown" | "ArrowUp" => {
                if step(event.key() == "ArrowDown") {
                    event.prevent_default();
                } else {
                    ask_key(0);
                }
            }
            "Escape" if completions.with_untracked(|all| !all.is_empty()) => {
                event.stop_propagation();
                hide();
            }
            "Backspace" if typed.is_empty() => {
                if let Some(last) = tokens.with_untracked(|tokens| tokens.last().cloned()) {
                    remove(&last);
                }
            }
            _ => {}
        }
    };
    let on_paste = move |event: leptos::ev::ClipboardEvent| {
        if let Some(text) = browser::pasted_list(&event) {
            event.prevent_default();
            add(&text);
        }
    };
    let on_blur = move |_| {
        if let Some(entry) = entry.get_untracked().filter(|entry| !entry.value().is_empty()) {
            add(&entry.value());
        }
        hide();
    };
    let chips = move || {
        tokens
            .get()
            .into_iter()
            .map(|token| {
                let gone = token.clone();
                view! {
                    <li class="token">
                        <span>{token.clone()}</span>
                        <button type="button" class="token-remove" aria-label=format!("Remove {token}") on:click=move |_| remove(&gone)>
                            "×"
                        </button>
                    </li>
                }
            })
            .collect::<Vec<_>>()
    };
    let listbox_id = format!("{name}-completions");
    let option_id = {
        let name = name.clone();
        move |at: usize| format!("{name}-completion-{at}")
    };
    let active_id = {
        let option_id = option_id.clone();
        move || active.get().map(&option_id)
    };
    let completion_list = move || {
        let lines = completions.get().into_iter().enumerate().map(|(at, one)| {
            let value = one.value.clone();
            view! {
                <li
                    class="completion"
                    role="option"
                    id=option_id(at)
                    aria-selected=move || if active.get() == Some(at) { "true" } else { "false" }
                    // Not click: the entry would lose the focus first and take what was typed.
                    on:mousedown=move |event| {
                        event.prevent_default();
                        add(&value);
                    }
                >
                    <span class="completion-value">{one.value}</span>
                    <span class="completion-note">{one.note}</span>
                </li>
            }
        });
        lines.collect::<Vec<_>>()
    };
    let options: Vec<_> = suggestions.into_iter().map(|text| view! { <option value=text></option> }).collect();
    let listbox_label = format!("Values for {label}");
    let placeholder = placeholder.0;
    let area_placeholder = placeholder.clone();
    // Beside chips an example would look like one more of them.
    let entry_placeholder = move || if tokens.with(Vec::is_empty) { placeholder.clone() } else { None };
    view! {
        <div class="field token-field" class:field-invalid=invalid.is_some() class:token-field-live=move || live.get()>
            <label class="field-label" for=label_for>{label}</label>
            {hint.0.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
            <textarea
                class="input"
                id=name.clone()
                name=name
                rows="3"
                node_ref=area
                placeholder=area_placeholder
                hidden=move || live.get()
                aria-describedby=described.clone()
                aria-invalid=invalid
                inner_html=super::text::textarea_content(&values.join("\n"))
            ></textarea>
            <div class="input token-box" hidden=move || !live.get()>
                <ul class="token-list">{chips}</ul>
                <input
                    class="token-entry"
                    type="text"
                    id=entry_id
                    node_ref=entry
                    list=(!completes).then(|| list_id.clone())
                    role=completes.then_some("combobox")
                    aria-autocomplete=completes.then_some("list")
                    aria-expanded=move || completes.then(|| if completions.with(Vec::is_empty) { "false" } else { "true" })
                    aria-controls=completes.then(|| listbox_id.clone())
                    aria-activedescendant=active_id
                    on:focus=move |_| ask_focus(0)
                    placeholder=entry_placeholder
                    autocomplete="off"
                    autocapitalize="off"
                    aria-describedby=described
                    aria-invalid=invalid
                    on:input=on_input
                    on:keydown=on_keydown
                    on:paste=on_paste
                    on:blur=on_blur
                />
            </div>
            {completes
                .then(|| {
                    view! {
                        <ul
                            class="completions"
                            role="listbox"
                            id=listbox_id.clone()
                            aria-label=listbox_label
                            hidden=move || completions.with(Vec::is_empty)
                        >
                            {completion_list}
                        </ul>
                    }
                })}
            {(!completes).then(|| view! { <datalist id=list_id.clone()>{options}</datalist> })}
            <span class="visually-hidden" role="status">{said}</span>
            {error.0.map(|error| view! { <p class="field-error" id=error_id>{error}</p> })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_list_becomes_separate_values_each_once() {
        assert_eq!(tokens_of("CEO\n  VP, Sales ;ceo;\tCTO\r\n\n"), ["CEO", "VP, Sales", "CTO"]);
    }

    #[test]
    fn a_field_takes_only_so_many_values() {
        let text: String = (0..6_000).map(|number| format!("title {number}\n")).collect();
        assert_eq!(tokens_of(&text).len(), TOKENS_MAX);
    }
}
