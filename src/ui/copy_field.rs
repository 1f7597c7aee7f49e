//! A text to be copied, such as a record or an address.

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
