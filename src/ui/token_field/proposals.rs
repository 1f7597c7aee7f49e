//! The completions below the entry.

use leptos::prelude::*;

use super::{state::Completion, view::Field};

/// The id of the completion that the arrow keys are on.
pub(super) fn active_id(field: Field, name: &str) -> impl Fn() -> Option<String> + use<> {
    let name = name.to_owned();
    move || field.suggestions.shown.with(|list| list.active()).map(|at| option_id(&name, at))
}

/// The list; nothing for a field without completions.
pub(super) fn proposals(field: Field, name: &str, label: &str) -> Option<impl IntoView + use<>> {
    let (shown, name) = (field.suggestions.shown, name.to_owned());
    let (list_id, label) = (format!("{name}-completions"), format!("Values for {label}"));
    // Walking through the list changes which line is active, not the lines.
    let list = Memo::new(move |_| shown.with(|completions| completions.list().to_vec()));
    let lines = move || {
        list.get()
            .into_iter()
            .enumerate()
            .map(|(at, one)| completion(field, option_id(&name, at), at, one))
            .collect::<Vec<_>>()
    };
    field.completes.then(|| {
        view! {
            <ul
                class="completions"
                role="listbox"
                id=list_id
                aria-label=label
                hidden=move || shown.with(|completions| completions.is_empty())
            >
                {lines}
            </ul>
        }
    })
}

fn option_id(name: &str, at: usize) -> String {
    format!("{name}-completion-{at}")
}

fn completion(field: Field, id: String, at: usize, one: Completion) -> impl IntoView {
    let is_active = move || field.suggestions.shown.with(|completions| completions.active()) == Some(at);
    let (taken, Completion { value, note, is_faint, .. }) = (one.clone(), one);
    view! {
        <li
            class="completion"
            class:completion-faint=is_faint
            role="option"
            id=id
            aria-selected=move || if is_active() { "true" } else { "false" }
            // Not click: the entry would lose the focus first and take what was typed.
            on:mousedown=move |event| {
                event.prevent_default();
                field.take(&taken);
            }
        >
            <span class="completion-value">{value}</span>
            <span class="completion-note">{note}</span>
        </li>
    }
}
