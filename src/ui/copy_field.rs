//! A text to be copied, such as a record or an address, and the button that copies it.

use leptos::prelude::*;

/// A text that one click selects as a whole. It wraps, because all of it has to be seen.
#[component]
pub fn CopyField(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    #[prop(into)] label: String,
    #[prop(into)] value: String,
) -> impl IntoView {
    view! {
        <pre class="copy-field" id=id tabindex="0" role="textbox" aria-readonly="true" aria-label=label>
            {value}
        </pre>
    }
    .into_any()
}

/// A button that copies the text of the element of that id, or of its value. Without JavaScript it is not there.
#[component]
pub fn CopyButton(
    #[prop(into)] of: String,
    /// What is copied, for screen readers.
    #[prop(into)]
    what: String,
) -> impl IntoView {
    view! {
        <button type="button" class="button button-secondary copy-button" data-copy=of>
            "Copy"
            <span class="visually-hidden">{format!(" {what}")}</span>
        </button>
    }
    .into_any()
}
