//! The state of a thing in a word.

use leptos::prelude::*;

use super::{OptionalText, Tone};

/// A short label with a coloured dot.
#[component]
pub fn Tag(
    #[prop(default = Tone::Neutral)] tone: Tone,
    #[prop(optional, into)] id: OptionalText,
    #[prop(optional, into)] live: OptionalText,
    children: Children,
) -> impl IntoView {
    view! {
        <span class=format!("tag tag-{}", tone.word()) id=id.0 data-live=live.0>{children()}</span>
    }
    .into_any()
}
