//! What a page shows before there is anything on it.

use leptos::prelude::*;

/// Says what will be here; the children say how to get it there.
#[component]
pub fn EmptyState(#[prop(into)] title: String, children: Children) -> impl IntoView {
    view! {
        <div class="empty-state">
            <p class="empty-state-title">{title}</p>
            <div class="empty-state-body">{children()}</div>
        </div>
    }
    .into_any()
}
