//! A part of a page that phones show on demand.

use leptos::prelude::*;

/// Closed on phones until its title is pressed, and without a title of its own on wider screens, where it is never closed
/// (`style/components/fold.css`).
#[component]
pub fn Fold(
    title: &'static str,
    /// Whether it is open on phones, too, because it says something that should not be missed.
    #[prop(optional)]
    open: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <details class="fold" open=open>
            <summary>{title}</summary>
            {children()}
        </details>
    }
    .into_any()
}
