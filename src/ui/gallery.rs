//! Every component once, for one look. Shown at `/ui` in development.

use leptos::prelude::*;

/// The gallery page.
#[component]
pub fn Gallery() -> impl IntoView {
    view! { <p>"…"</p> }.into_any()
}
