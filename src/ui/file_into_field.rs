//! A text file into a text area: for lists that are too long to paste.

use leptos::prelude::*;

use super::browser;

/// The largest file that is read.
const BYTES_MAX: f64 = 2_000_000.0;

/// A button that adds the lines of a file to the text area of that name, in the browser. Without JavaScript it is not
/// there, and the list can be pasted.
#[island]
pub fn FileIntoField(#[prop(into)] field: String, #[prop(into)] label: String) -> impl IntoView {
    let (live, set_live) = signal(false);
    let said = RwSignal::new(String::new());
    Effect::new(move |_| set_live.set(true));
    let input: NodeRef<leptos::html::Input> = NodeRef::new();
    let read = move |_| {
        let Some(input) = input.get_untracked() else { return };
        let field = field.clone();
        leptos::task::spawn_local(async move {
            said.set(match browser::file_into_area(&input, &field, BYTES_MAX).await {
                Some(lines) => format!("{lines} lines added"),
                None => "The file could not be read. Choose a text or CSV file of at most 2 MB.".to_owned(),
            });
            input.set_value("");
        });
    };
    view! {
        <label class="file-into-field" hidden=move || !live.get()>
            <span class="visually-hidden">{label}</span>
            <span class="button button-quiet button-small" aria-hidden="true">"Add a file"</span>
            <input class="visually-hidden" type="file" accept=".txt,.csv,text/plain,text/csv" node_ref=input on:change=read />
            <span class="small soft" role="status">{said}</span>
        </label>
    }
}
